/* SPDX-License-Identifier: MIT */
/* JSON in Go's way: see goreader.h. A value is decoded into one that may be
 * there already, as Go decodes into a struct. */

#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/goreader.h"

enum {
	DEPTH = 1000
};

struct reader {
	const unsigned char *at;
	const unsigned char *end;
	struct go_reading *reading;
};

/* A string as it grows. It is never shorter than what is left to read. */
struct string {
	char *at;
	size_t len;
};

/* Fields whose value is a map: its names are data, and stay as they are. */
static const char *const maps[] = { "annotations", "auxiliaryaddresses",
	"config", "driveropts", "endpointsconfig", "exposedports", "labels",
	"options", "portbindings", "storageopt", "sysctls", "tmpfs",
	"volumes" };

static bool
is_map(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (strcmp(maps[i], name) == 0)
			return true;
	return false;
}

void
go_fold(char *name)
{
	char *to = name;

	while (*name != '\0') {
		if (strncmp(name, "\xc5\xbf", 2) == 0) {
			*to++ = 's';
			name += 2;
		} else if (strncmp(name, "\xe2\x84\xaa", 3) == 0) {
			*to++ = 'k';
			name += 3;
		} else if (*name >= 'A' && *name <= 'Z') {
			*to++ = (char)(*name++ | 0x20);
		} else {
			*to++ = *name++;
		}
	}
	*to = '\0';
}

static void
free_values(struct go_value *value)
{
	struct go_value *next;

	for (; value != NULL; value = next) {
		next = value->next;
		free_values(value->inner);
		free(value->text);
		free(value->name);
		free(value);
	}
}

static void
empty(struct go_value *value, enum go_kind kind)
{
	free_values(value->inner);
	free(value->text);
	value->inner = NULL;
	value->text = NULL;
	value->truth = false;
	value->kind = kind;
}

static struct go_value *
new_value(void)
{
	struct go_value *value = calloc(1, sizeof(*value));

	assert(value != NULL);
	return value;
}

static bool
fail(struct reader *reader, const char *why)
{
	reader->reading->error = why;
	return false;
}

static void
skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && *reader->at != '\0' &&
	       strchr(" \t\r\n", *reader->at) != NULL)
		reader->at++;
}

/* Take the bytes, if they are next. */
static bool
take(struct reader *reader, const char *bytes)
{
	size_t len = strlen(bytes);

	if ((size_t)(reader->end - reader->at) < len ||
	    memcmp(reader->at, bytes, len) != 0)
		return false;
	reader->at += len;
	return true;
}

static void
put(struct string *string, unsigned long rune)
{
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
	unsigned more = rune < 0x80	 ? 0
			: rune < 0x800	 ? 1
			: rune < 0x10000 ? 2
					 : 3;

	string->at[string->len++] = (char)(first[more] | rune >> 6 * more);
	while (more-- > 0)
		string->at[string->len++] =
		    (char)(0x80 | (rune >> 6 * more & 0x3f));
}

static void
put_replaced(struct reader *reader, struct string *string)
{
	reader->reading->replaced = true;
	put(string, 0xfffd);
}

static long
read_hex(struct reader *reader)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	long rune = 0;
	int i;

	if (reader->end - reader->at < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		digit = reader->at[i] == '\0'
			    ? NULL
			    : strchr(digits, reader->at[i] >= 'A'
						 ? reader->at[i] | 0x20
						 : reader->at[i]);
		if (digit == NULL)
			return -1;
		rune = rune * 16 + (digit - digits);
	}
	reader->at += 4;
	return rune;
}

/* What follows "\u". The first half of a pair without the second is replaced,
 * and what follows it is read by itself. */
static bool
read_escaped_rune(struct reader *reader, struct string *string)
{
	const unsigned char *behind;
	long rune = read_hex(reader), low = -1;

	if (rune == -1)
		return fail(reader, "bad \\u");
	if (rune == 0)
		reader->reading->nul = true;
	behind = reader->at;
	if (rune >= 0xd800 && rune < 0xdc00 && take(reader, "\\u"))
		low = read_hex(reader);
	if (low >= 0xdc00 && low < 0xe000) {
		put(string, 0x10000UL + (((unsigned long)rune & 0x3ff) << 10) +
				((unsigned long)low & 0x3ff));
		return true;
	}
	reader->at = behind;
	if (rune >= 0xd800 && rune < 0xe000)
		put_replaced(reader, string);
	else
		put(string, (unsigned long)rune);
	return true;
}

static bool
read_escape(struct reader *reader, struct string *string)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (take(reader, "u"))
		return read_escaped_rune(reader, string);
	if (reader->at == reader->end || *reader->at == '\0' ||
	    (found = strchr(from, *reader->at)) == NULL)
		return fail(reader, "bad escape");
	reader->at++;
	string->at[string->len++] = to[found - from];
	return true;
}

/* How long the character is that begins here; 0: it is no UTF-8. */
static size_t
rune_length(const unsigned char *at, const unsigned char *end)
{
	size_t len = *at < 0x80			  ? 1
		     : *at >= 0xc2 && *at <= 0xdf ? 2
		     : *at >= 0xe0 && *at <= 0xef ? 3
		     : *at >= 0xf0 && *at <= 0xf4 ? 4
						  : 0;
	size_t i;

	if (len > (size_t)(end - at))
		return 0;
	for (i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) ||
	    (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f))
		return 0;
	return len;
}

static bool
read_rune(struct reader *reader, struct string *string)
{
	size_t len = rune_length(reader->at, reader->end);

	if (*reader->at < ' ')
		return fail(reader, "a control byte in a string");
	if (len == 0) {
		put_replaced(reader, string);
		reader->at++;
		return true;
	}
	memcpy(string->at + string->len, reader->at, len);
	string->len += len;
	reader->at += len;
	return true;
}

/* Behind the opening quote. NULs are noted, and end the text here. */
static char *
read_string(struct reader *reader)
{
	struct string string = { NULL, 0 };
	bool ok = true;

	/* A byte that is replaced becomes three. */
	string.at = malloc(3 * (size_t)(reader->end - reader->at) + 1);
	assert(string.at != NULL);
	while (ok && !take(reader, "\"")) {
		if (reader->at == reader->end)
			ok = fail(reader, "no end of a string");
		else if (take(reader, "\\"))
			ok = read_escape(reader, &string);
		else
			ok = read_rune(reader, &string);
	}
	string.at[string.len] = '\0';
	if (ok)
		return string.at;
	free(string.at);
	return NULL;
}

static size_t
skip_digits(struct reader *reader)
{
	const unsigned char *begin = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' &&
	       *reader->at <= '9')
		reader->at++;
	return (size_t)(reader->at - begin);
}

static bool
read_number(struct reader *reader, struct go_value *into)
{
	const unsigned char *begin = reader->at;

	take(reader, "-");
	if (!take(reader, "0") && skip_digits(reader) == 0)
		return fail(reader, "no value");
	if (take(reader, ".") && skip_digits(reader) == 0)
		return fail(reader, "no digits behind a point");
	if (take(reader, "e") || take(reader, "E")) {
		if (!take(reader, "+"))
			take(reader, "-");
		if (skip_digits(reader) == 0)
			return fail(reader, "no exponent");
	}
	empty(into, GO_NUMBER);
	into->text = strndup((const char *)begin, (size_t)(reader->at - begin));
	assert(into->text != NULL);
	return true;
}

static bool read_value(struct reader *reader, struct go_value *into, int depth);

/* Elements go into those that were there before. */
static bool
read_array(struct reader *reader, struct go_value *into, int depth)
{
	struct go_value **element = &into->inner;

	if (into->kind != GO_ARRAY)
		empty(into, GO_ARRAY);
	skip_blanks(reader);
	if (!take(reader, "]")) {
		do {
			if (*element == NULL)
				*element = new_value();
			if (!read_value(reader, *element, depth))
				return false;
			element = &(*element)->next;
		} while (take(reader, ","));
		if (!take(reader, "]"))
			return fail(reader, "no end of an array");
	}
	free_values(*element);
	*element = NULL;
	return true;
}

/* The member of that name, which is taken over. In a map it is a new one. */
static struct go_value *
find_member(struct reader *reader, struct go_value *object, char *name)
{
	struct go_value **member = &object->inner;
	const char *byte;

	for (byte = name; !object->map && *byte != '\0'; byte++)
		if ((unsigned char)*byte >= 0x80)
			reader->reading->odd = true;
	if (!object->map)
		go_fold(name);
	while (*member != NULL && strcmp((*member)->name, name) != 0)
		member = &(*member)->next;
	if (*member == NULL) {
		*member = new_value();
		(*member)->name = name;
		(*member)->map = !object->map && is_map(name);
		return *member;
	}
	reader->reading->twice = true;
	free(name);
	if (object->map)
		empty(*member, GO_NULL);
	return *member;
}

static bool
read_object(struct reader *reader, struct go_value *into, int depth)
{
	char *name;

	if (into->kind != GO_OBJECT)
		empty(into, GO_OBJECT);
	skip_blanks(reader);
	if (take(reader, "}"))
		return true;
	do {
		skip_blanks(reader);
		if (!take(reader, "\""))
			return fail(reader, "no name");
		if ((name = read_string(reader)) == NULL)
			return false;
		skip_blanks(reader);
		if (!take(reader, ":")) {
			free(name);
			return fail(reader, "no colon");
		}
		if (!read_value(reader, find_member(reader, into, name), depth))
			return false;
	} while (take(reader, ","));
	return take(reader, "}") || fail(reader, "no end of an object");
}

static bool
read_value(struct reader *reader, struct go_value *into, int depth)
{
	bool ok = true;

	if (depth == DEPTH)
		return fail(reader, "too deep");
	skip_blanks(reader);
	if (take(reader, "{")) {
		ok = read_object(reader, into, depth + 1);
	} else if (take(reader, "[")) {
		ok = read_array(reader, into, depth + 1);
	} else if (take(reader, "\"")) {
		empty(into, GO_STRING);
		into->text = read_string(reader);
		ok = into->text != NULL;
	} else if (take(reader, "true")) {
		empty(into, GO_BOOL);
		into->truth = true;
	} else if (take(reader, "false")) {
		empty(into, GO_BOOL);
	} else if (!take(reader, "null")) {
		ok = read_number(reader, into);
	}
	skip_blanks(reader);
	return ok;
}

void
go_read(const char *at, size_t len, struct go_reading *reading)
{
	struct reader reader = { (const unsigned char *)at, NULL, reading };

	*reading = (struct go_reading){ .value = new_value() };
	reader.end = reader.at + len;
	if (read_value(&reader, reading->value, 0))
		reading->trailing = reader.at != reader.end;
}

void
go_clear(struct go_reading *reading)
{
	free_values(reading->value);
	reading->value = NULL;
}

const struct go_value *
go_first(const struct go_value *value)
{
	return value == NULL ? NULL : value->inner;
}

/* One member of an object; a map's by its exact name. */
static const struct go_value *
member(const struct go_value *value, const char *name, size_t len)
{
	const struct go_value *found;

	if (value == NULL || value->kind != GO_OBJECT)
		return NULL;
	for (found = value->inner; found != NULL; found = found->next)
		if (strlen(found->name) == len &&
		    (value->map ? memcmp(found->name, name, len)
				: strncasecmp(found->name, name, len)) == 0)
			return found;
	return NULL;
}

const struct go_value *
go_get(const struct go_value *value, const char *path)
{
	size_t len;

	for (;;) {
		len = strcspn(path, ".");
		value = member(value, path, len);
		if (path[len] == '\0')
			return value;
		path += len + 1;
	}
}

const char *
go_text(const struct go_value *value)
{
	return value == NULL || value->kind != GO_STRING ? "" : value->text;
}

bool
go_truth(const struct go_value *value)
{
	return value != NULL && value->kind == GO_BOOL && value->truth;
}

long long
go_int(const struct go_value *value)
{
	long long number;
	char *end;

	if (value == NULL || value->kind != GO_NUMBER)
		return 0;
	errno = 0;
	number = strtoll(value->text, &end, 10);
	return *end != '\0' || errno != 0 ? INT64_MIN : number;
}

bool
go_is_empty(const struct go_value *value)
{
	if (value == NULL)
		return true;
	switch (value->kind) {
	case GO_NULL:
		return true;
	case GO_BOOL:
		return !value->truth;
	case GO_NUMBER:
		return strspn(value->text, "-0.eE+") == strlen(value->text);
	case GO_STRING:
		return *value->text == '\0';
	case GO_ARRAY:
	case GO_OBJECT:
		return value->inner == NULL;
	}
	return false;
}
