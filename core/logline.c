/* SPDX-License-Identifier: MIT */
/* Reading log lines back. Other programs write into the same files, and what
 * strangers sent stands inside of our own lines: so a line is one of ours to
 * its last byte, or it is none. */

#include <string.h>

#include "core/logline.h"
#include "core/text.h"

struct reader {
	struct span rest;
	struct text values;
	bool ok;
};

static bool
skip(struct reader *r, const char *literal)
{
	const struct span wanted = span_of(literal);

	if (!span_starts(r->rest, wanted))
		return false;
	r->rest.at += wanted.len;
	r->rest.len -= wanted.len;
	return true;
}

/* So many bytes off the front. */
static struct span
cut(struct reader *r, size_t len)
{
	const struct span s = { r->rest.at, len };

	r->rest.at += len;
	r->rest.len -= len;
	return s;
}

static bool
is_key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static struct span
cut_key(struct reader *r)
{
	size_t len = 0;

	while (len < r->rest.len && is_key_byte(r->rest.at[len]))
		len++;
	r->ok = r->ok && len > 0;
	return cut(r, len);
}

/* What the writer escapes so, and nothing that it would have left. */
static bool
unescape(struct reader *r, char *c)
{
	static const char from[] = "\"\\nrt", to[] = "\"\\\n\r\t";
	const char *known;
	int high, low;

	if (r->rest.len == 0)
		return false;
	known = memchr(from, r->rest.at[0], sizeof(from) - 1);
	if (known != NULL) {
		*c = to[known - from];
		cut(r, 1);
		return true;
	}
	if (!skip(r, "u00") || r->rest.len < 2)
		return false;
	high = text_hex(r->rest.at[0]);
	low = text_hex(r->rest.at[1]);
	if (high == -1 || low == -1 ||
	    memchr("ABCDEF", r->rest.at[0], 6) != NULL ||
	    memchr("ABCDEF", r->rest.at[1], 6) != NULL)
		return false;
	*c = (char)(high << 4 | low);
	cut(r, 2);
	return ((unsigned char)*c < ' ' && memchr("\n\r\t", *c, 3) == NULL) ||
	       (unsigned char)*c >= 0x7f;
}

/* Behind the first '"'. */
static struct span
cut_string(struct reader *r)
{
	struct span value = { r->values.at + r->values.len, 0 };
	char c;

	while (r->ok && r->rest.len > 0 && *r->rest.at != '"') {
		c = *cut(r, 1).at;
		r->ok = c == '\\' ? unescape(r, &c) : c >= ' ' && c <= '~';
		text_char(&r->values, c);
		value.len++;
	}
	r->ok = r->ok && !r->values.full && skip(r, "\"");
	return value;
}

/* A value without quotes: up to a blank, or to a comma or brace of JSON. */
static struct span
cut_plain(struct reader *r, bool json)
{
	size_t len = 0;
	char c;

	for (; len < r->rest.len; len++) {
		c = r->rest.at[len];
		if (json ? !((c >= '0' && c <= '9') || c == '.')
			 : c <= ' ' || c > '~' || memchr("\"=\\", c, 3) != NULL)
			break;
	}
	r->ok = r->ok && len > 0;
	return cut(r, len);
}

static void
read_value(struct reader *r, struct logline *read, struct span key, bool json)
{
	struct logline_field *field;

	if (read->len == LOGLINE_FIELDS) {
		r->ok = false;
		return;
	}
	field = &read->fields[read->len++];
	field->key = key;
	field->value = skip(r, "\"") ? cut_string(r) : cut_plain(r, json);
}

static void
read_json(struct reader *r, struct logline *read)
{
	struct span key;

	do {
		r->ok = r->ok && skip(r, "\"");
		key = cut_key(r);
		r->ok = r->ok && skip(r, "\":");
		if (r->ok)
			read_value(r, read, key, true);
	} while (r->ok && skip(r, ","));
	r->ok = r->ok && skip(r, "}");
}

static void
read_logfmt(struct reader *r, struct logline *read)
{
	struct span key;

	do {
		key = cut_key(r);
		r->ok = r->ok && skip(r, "=");
		if (r->ok)
			read_value(r, read, key, false);
	} while (r->ok && skip(r, " "));
}

static bool
is_level(struct span value)
{
	static const char *const levels[] = { "error", "warning", "notice",
		"info", "debug" };
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (span_eq(value, span_of(levels[i])))
			return true;
	return false;
}

/* Level and event come first, and nothing twice. */
static bool
is_whole(const struct logline *read)
{
	size_t i, j;

	if (read->len < 2 || !span_eq(read->fields[0].key, SPAN("level")) ||
	    !span_eq(read->fields[1].key, SPAN("event")) ||
	    !is_level(read->fields[0].value))
		return false;
	for (i = 0; i < read->len; i++)
		for (j = 0; j < i; j++)
			if (span_eq(read->fields[i].key, read->fields[j].key))
				return false;
	return true;
}

bool
logline_read(struct logline *read, struct span line)
{
	struct reader r = {
		.rest = line, .values = TEXT(read->memory), .ok = true
	};

	if (line.len > 0 && line.at[line.len - 1] == '\n')
		r.rest.len--;
	read->len = 0;
	if (r.rest.len >= 3 && r.rest.at[0] == '<' && r.rest.at[1] >= '3' &&
	    r.rest.at[1] <= '7' && r.rest.at[2] == '>')
		cut(&r, 3);
	if (skip(&r, "{"))
		read_json(&r, read);
	else
		read_logfmt(&r, read);
	return r.ok && r.rest.len == 0 && is_whole(read);
}

bool
logline_find(struct logline *read, struct span line)
{
	static const char *const beginnings[] = { "level=", "{\"level\":\"" };
	const char *found, *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (line.len == 0)
			break;
		found = memmem(
		    line.at, line.len, beginnings[i], strlen(beginnings[i]));
		if (found != NULL && (first == NULL || found < first))
			first = found;
	}
	read->len = 0;
	if (first == NULL ||
	    (first > line.at && memchr(" \t>", first[-1], 3) == NULL))
		return false;
	line.len -= (size_t)(first - line.at);
	line.at = first;
	return logline_read(read, line);
}

struct span
logline_value(const struct logline *read, const char *key)
{
	size_t i;

	for (i = 0; i < read->len; i++)
		if (span_eq(read->fields[i].key, span_of(key)))
			return read->fields[i].value;
	return SPAN("");
}
