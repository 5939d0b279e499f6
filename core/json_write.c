/* SPDX-License-Identifier: MIT */
/* The writer: the shortest form, and one way of spelling each string. It calls
 * itself for what is nested. */

#include <string.h>

#include "core/json_parts.h"

enum {
	STEP = 4096, /* what a body most often takes */
	DIGITS = 20  /* of any integer, with its sign */
};

/* What is between begin and at is not yet in the buffer. */
struct writer {
	struct buf *buf;
	char *begin;
	char *at;
	char *end;
};

static bool write_value(struct writer *w, const struct json *value);

/* Room for so many bytes. */
static bool
make_room(struct writer *w, size_t size)
{
	if ((size_t)(w->end - w->at) >= size)
		return true;
	buf_grew(w->buf, (size_t)(w->at - w->begin));
	if (size < STEP)
		size = STEP;
	w->begin = w->at = w->end = buf_room(w->buf, size);
	if (w->at == NULL)
		return false;
	w->end += size;
	return true;
}

static bool
write_bytes(struct writer *w, const char *bytes, size_t len)
{
	if (!make_room(w, len))
		return false;
	memcpy(w->at, bytes, len);
	w->at += len;
	return true;
}

static bool
write_char(struct writer *w, char c)
{
	if (!make_room(w, 1))
		return false;
	*w->at++ = c;
	return true;
}

/* What may not stand in a string as it is. */
static bool
write_escape(struct writer *w, unsigned char c)
{
	static const char bytes[] = "\"\\\b\f\n\r\t", escapes[] = "\"\\bfnrt";
	static const char hex[] = "0123456789ABCDEF";
	char escape[6] = "\\u00";
	const char *found;

	found = memchr(bytes, c, sizeof(bytes) - 1);
	if (found != NULL) {
		escape[1] = escapes[found - bytes];
		return write_bytes(w, escape, 2);
	}
	escape[4] = hex[c >> 4];
	escape[5] = hex[c & 15];
	return write_bytes(w, escape, sizeof(escape));
}

static bool
write_string(struct writer *w, const char *at, size_t len)
{
	size_t plain;
	bool ok;

	ok = write_char(w, '"');
	while (ok && len > 0) {
		plain = json_plain(at, len);
		if (plain == 0 && (unsigned char)*at >= 0x80)
			plain = json_character(at, len);
		if (plain > 0) {
			ok = write_bytes(w, at, plain);
		} else {
			ok = write_escape(w, (unsigned char)*at);
			plain = 1;
		}
		at += plain;
		len -= plain;
	}
	return ok && write_char(w, '"');
}

static bool
write_integer(struct writer *w, int64_t integer)
{
	uint64_t number = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
	char digits[DIGITS];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	if (integer < 0)
		digits[--at] = '-';
	return write_bytes(w, digits + at, sizeof(digits) - at);
}

static bool
write_array(struct writer *w, const struct json *array)
{
	size_t i;
	bool ok;

	ok = write_char(w, '[');
	for (i = 0; ok && i < array->len; i++)
		ok = (i == 0 || write_char(w, ',')) &&
		     write_value(w, json_item(array, i));
	return ok && write_char(w, ']');
}

static bool
write_object(struct writer *w, const struct json *object)
{
	const struct json_members *members = object->object;
	const struct json_slot *slot;
	bool ok, first = true;
	size_t i;

	ok = write_char(w, '{');
	for (i = 0; ok && i < members->used; i++) {
		slot = &members->at[i];
		if (slot->value == NULL)
			continue;
		ok = (first || write_char(w, ',')) &&
		     write_string(w, slot->name, slot->len) &&
		     write_char(w, ':') && write_value(w, slot->value);
		first = false;
	}
	return ok && write_char(w, '}');
}

static bool
write_value(struct writer *w, const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_IS_NULL:
		return write_bytes(w, "null", 4);
	case JSON_IS_BOOL:
		return value->truth ? write_bytes(w, "true", 4)
				    : write_bytes(w, "false", 5);
	case JSON_IS_INTEGER:
		return write_integer(w, value->integer);
	case JSON_IS_NUMBER:
		return write_bytes(w, value->text, value->len);
	case JSON_IS_STRING:
		return write_string(w, value->text, value->len);
	case JSON_IS_ARRAY:
		return write_array(w, value);
	case JSON_IS_OBJECT:
		return write_object(w, value);
	}
	return false;
}

bool
json_write(const struct json *value, struct buf *buf)
{
	const size_t before = buf->len;
	struct writer w = { .buf = buf };
	bool ok;

	/* At once what it needs most often. */
	ok = make_room(&w, STEP) && write_value(&w, value);
	if (w.at != NULL)
		buf_grew(buf, (size_t)(w.at - w.begin));
	if (!ok)
		buf_remove(buf, before, buf->len - before);
	return ok;
}
