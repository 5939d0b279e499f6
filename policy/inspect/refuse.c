/* SPDX-License-Identifier: MIT */
/* Saying no: where, what, and what would have to be changed. */

#include <string.h>

#include "policy/inspect/parts.h"

enum {
	VALUE_MAX = 120 /* of a value that is shown */
};

size_t
inspect_down(struct inspection *in, const char *name)
{
	size_t before = in->path.len;

	if (before > 0)
		text_char(&in->path, '.');
	text_add(&in->path, span_of(name));
	return before;
}

size_t
inspect_down_index(struct inspection *in, size_t index)
{
	size_t before = in->path.len;

	text_char(&in->path, '[');
	text_number(&in->path, index);
	text_char(&in->path, ']');
	return before;
}

void
inspect_up(struct inspection *in, size_t before)
{
	in->path.len = before;
	in->path.full = false;
}

static const struct json *
judged(const struct inspection *in)
{
	if (in->parent == NULL)
		return NULL;
	return in->name != NULL ? json_member(in->parent, in->name)
				: json_item(in->parent, in->index);
}

/* The value that is being judged, short. */
static void
put_value(const struct inspection *in, struct text *text)
{
	const struct json *value = judged(in);
	struct span string;

	if (in->value.at != NULL) {
		string = in->value;
	} else if (value == NULL) {
		return;
	} else {
		switch (json_kind(value)) {
		case JSON_IS_BOOL:
			text_format(text, " = %s",
			    json_truth(value) ? "true" : "false");
			return;
		case JSON_IS_INTEGER:
			text_format(
			    text, " = %lld", (long long)json_int(value));
			return;
		case JSON_IS_STRING:
			string = json_text(value);
			break;
		case JSON_IS_NULL:
		case JSON_IS_NUMBER:
		case JSON_IS_ARRAY:
		case JSON_IS_OBJECT:
			return;
		}
	}
	if (string.len > VALUE_MAX)
		string.len = VALUE_MAX;
	text_add(text, SPAN(" = \""));
	text_json(text, string);
	text_char(text, '"');
}

/* As it would stand in a file of policies; what no line can hold is written
 * as it would be in JSON. */
static void
put_plain(struct text *text, struct span value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		if (value.at[i] == '"' || value.at[i] == '\\')
			text_char(text, value.at[i]);
		else
			text_json(text, (struct span){ value.at + i, 1 });
	}
}

/* What every refusal begins with. Only the first counts. */
static bool
begin(struct inspection *in, unsigned status)
{
	if (in->why.len > 0)
		return false;
	in->status = status;
	text_json(&in->field, text_span(&in->path));
	text_add(&in->why, text_span(&in->field));
	put_value(in, &in->why);
	return true;
}

static bool
has_any(struct span s, const char *bytes)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.at[i] != '\0' && strchr(bytes, s.at[i]) != NULL)
			return true;
	return false;
}

/* Whether the line would allow more than was asked for: what the client wrote
 * holds what has a meaning there. */
static bool
allows_more(const struct inspection *in, const struct section_row *row,
    struct span value)
{
	static const char meaning[] = "* \t;";

	if (row->kind == SECTION_LINES)
		return has_any(value, "*");
	if (row->kind != SECTION_WORDS || !has_any(value, meaning))
		return false;
	return has_any(in->value, meaning) ||
	       has_any(json_text(judged(in)), meaning) ||
	       (in->name != NULL && has_any(span_of(in->name), meaning));
}

/* A value that is too long is cut: then its beginning has to do. */
void
inspect_want(struct inspection *in, struct span value)
{
	in->wanted.len = 0;
	if (value.len > in->wanted.size)
		value.len = in->wanted.size;
	text_add(&in->wanted, value);
}

bool
inspect_refuse(struct inspection *in, enum section_key key, struct span value)
{
	const struct section_row *row = &section_rows[key];

	if (!begin(in, 403))
		return false;
	in->wanted_key = key;
	inspect_want(in, value);
	text_format(&in->hint, "[%s] %s", row->section, row->name);
	if (allows_more(in, row, value)) {
		text_add(&in->why, SPAN(" (see "));
	} else {
		text_add(&in->hint, SPAN(" = "));
		put_plain(&in->hint, value);
		text_add(&in->why, SPAN(" (add "));
	}
	text_add(&in->why, text_span(&in->hint));
	text_add(&in->why, SPAN(", or drop the field)"));
	return false;
}

bool
inspect_refuse_ever(struct inspection *in, const char *why)
{
	if (begin(in, 403))
		text_format(&in->why, " (%s)", why);
	return false;
}

bool
inspect_refuse_by(struct inspection *in, enum section_key key,
    const struct origin *origin, const char *why)
{
	if (in->why.len == 0) {
		in->origin = *origin;
		in->wanted_key = key;
	}
	return inspect_refuse_ever(in, why);
}

bool
inspect_refuse_without(
    struct inspection *in, enum section_key flag, const char *why)
{
	if (in->why.len == 0) {
		in->wanted_key = flag;
		inspect_want(in, SPAN("yes"));
	}
	return inspect_refuse_ever(in, why);
}

bool
inspect_malformed(struct inspection *in, const char *why)
{
	if (begin(in, 400))
		text_format(&in->why, "%s%s%s", in->field.len > 0 ? " (" : "",
		    why, in->field.len > 0 ? ")" : "");
	return false;
}

bool
inspect_not_found(struct inspection *in, const char *what, struct span name)
{
	if (in->why.len > 0)
		return false;
	in->status = 404;
	text_format(&in->why, "No such %s: ", what);
	text_json(&in->why, name);
	return false;
}

bool
inspect_no_memory(struct inspection *in)
{
	if (begin(in, 503))
		text_add(&in->why, SPAN(": out of memory"));
	return false;
}
