/* SPDX-License-Identifier: MIT */
/* jansson, at its strictest. The daemons' own reader merges duplicate keys,
 * repairs encodings and stops at the end of the first value. Here a struct
 * json is a json_t. */

#include <jansson.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"

enum {
	TEXT_USUAL = 4096
};

static json_t *
of(const struct json *value)
{
	return (json_t *)(uintptr_t)value;
}

static struct json *
to(json_t *value)
{
	return (struct json *)value;
}

void
json_prepare(void)
{
	json_object_seed(0);
}

/* Where a string that begins at i ends. */
static size_t
skip_string(struct span text, size_t i)
{
	for (i++; i < text.len && text.at[i] != '"'; i++)
		if (text.at[i] == '\\')
			i++;
	return i;
}

/* What the tree would be, before anybody makes it: each value but the first
 * follows one of these bytes. */
static const char *
check_size(struct span text)
{
	size_t i, depth = 0, values = 1;

	for (i = 0; i < text.len; i++) {
		switch (text.at[i]) {
		case '"':
			i = skip_string(text, i);
			break;
		case '[':
		case '{':
			if (++depth > LIMIT_JSON_DEPTH)
				return "the body's JSON is nested too deeply";
			/* fallthrough */
		case ',':
			values++;
			break;
		case ']':
		case '}':
			if (depth-- == 0)
				return "the body is not JSON";
			break;
		}
	}
	return values > LIMIT_JSON_VALUES
		   ? "the body's JSON has too many values"
		   : NULL;
}

struct json *
json_read(struct span text, const char **why)
{
	json_error_t error;
	json_t *json;

	if ((*why = check_size(text)) != NULL)
		return NULL;
	json = json_loadb(text.at, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL) {
		*why = json_error_code(&error) == json_error_duplicate_key
			   ? "a key stands twice in a JSON object"
			   : "the body is not JSON";
		return NULL;
	}
	if (!json_is_object(json) && !json_is_array(json) &&
	    !json_is_null(json)) {
		json_decref(json);
		*why = "the body is not a JSON object, array or null";
		return NULL;
	}
	return to(json);
}

void
json_free(struct json *document)
{
	json_decref(of(document));
}

const char *
json_check(struct span text)
{
	const char *why;

	json_free(json_read(text, &why));
	return why;
}

enum json_kind
json_kind(const struct json *value)
{
	if (value == NULL)
		return JSON_IS_NULL;
	switch (json_typeof(of(value))) {
	case JSON_NULL:
		return JSON_IS_NULL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_IS_BOOL;
	case JSON_INTEGER:
		return JSON_IS_INTEGER;
	case JSON_REAL:
		return JSON_IS_NUMBER;
	case JSON_STRING:
		return JSON_IS_STRING;
	case JSON_ARRAY:
		return JSON_IS_ARRAY;
	case JSON_OBJECT:
		return JSON_IS_OBJECT;
	}
	return JSON_IS_NULL;
}

bool
json_is_empty(const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_IS_NULL:
		return true;
	case JSON_IS_BOOL:
		return !json_truth(value);
	case JSON_IS_INTEGER:
		return json_int(value) == 0;
	case JSON_IS_NUMBER:
		return json_real_value(of(value)) == 0;
	case JSON_IS_STRING:
		return json_string_length(of(value)) == 0;
	case JSON_IS_ARRAY:
	case JSON_IS_OBJECT:
		return json_count(value) == 0;
	}
	return false;
}

bool
json_truth(const struct json *value)
{
	return json_is_true(of(value));
}

int64_t
json_int(const struct json *value)
{
	return json_integer_value(of(value));
}

struct span
json_text(const struct json *value)
{
	if (!json_is_string(of(value)))
		return SPAN("");
	return (struct span){ json_string_value(of(value)),
		json_string_length(of(value)) };
}

size_t
json_count(const struct json *value)
{
	if (json_is_object(of(value)))
		return json_object_size(of(value));
	return json_array_size(of(value));
}

struct json *
json_item(const struct json *array, size_t index)
{
	return to(json_array_get(of(array), index));
}

struct json *
json_member(const struct json *object, const char *name)
{
	return to(json_object_get(of(object), name));
}

bool
json_next(struct json *object, struct json_cursor *cursor)
{
	void *here = cursor->next;

	if (!cursor->begun)
		here = json_object_iter(of(object));
	cursor->begun = true;
	if (here == NULL)
		return false;
	cursor->name = json_object_iter_key(here);
	cursor->value = to(json_object_iter_value(here));
	cursor->next = json_object_iter_next(of(object), here);
	return true;
}

bool
json_set(struct json *object, const char *name, struct json *value)
{
	return json_object_set_new(of(object), name, of(value)) == 0;
}

bool
json_set_item(struct json *array, size_t index, struct json *value)
{
	return json_array_set_new(of(array), index, of(value)) == 0;
}

void
json_remove(struct json *object, const char *name)
{
	json_object_del(of(object), name);
}

void
json_remove_item(struct json *array, size_t index)
{
	json_array_remove(of(array), index);
}

struct json *
json_new_text(struct span text)
{
	return to(json_stringn(text.at, text.len));
}

struct json *
json_new_int(int64_t number)
{
	return to(json_integer(number));
}

struct json *
json_new_truth(bool value)
{
	return to(json_boolean(value));
}

struct json *
json_new_object(void)
{
	return to(json_object());
}

struct json *
json_new_array(void)
{
	return to(json_array());
}

bool
json_append(struct json *array, struct json *value)
{
	return json_array_append_new(of(array), of(value)) == 0;
}

/* Into memory at once: what a body most often takes, and what it does take if
 * that is more. */
bool
json_write(const struct json *value, struct buf *buf)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t size = TEXT_USUAL, len;
	char *room;

	do {
		if ((room = buf_room(buf, size)) == NULL)
			return false;
		len = json_dumpb(of(value), room, size, flags);
		if (len <= size)
			break;
		size = len;
	} while (len > 0);
	buf_grew(buf, len);
	return len > 0;
}

/* The next character of *s, folded; of others than ASCII the first byte. */
static unsigned char
fold(struct span *s)
{
	static const struct span long_s = { "\xc5\xbf", 2 };
	static const struct span kelvin = { "\xe2\x84\xaa", 3 };
	unsigned char c = (unsigned char)*s->at;
	size_t used = 1;

	if (c >= 'A' && c <= 'Z') {
		c = (unsigned char)(c - 'A' + 'a');
	} else if (c >= 0x80 && span_starts(*s, long_s)) {
		c = 's';
		used = long_s.len;
	} else if (c >= 0x80 && span_starts(*s, kelvin)) {
		c = 'k';
		used = kelvin.len;
	}
	s->at += used;
	s->len -= used;
	return c;
}

bool
json_folds(struct span key, struct span other)
{
	while (key.len > 0 && other.len > 0)
		if (fold(&key) != fold(&other))
			return false;
	return key.len == 0 && other.len == 0;
}
