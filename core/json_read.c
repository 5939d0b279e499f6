/* SPDX-License-Identifier: MIT */
/* The reader: strict, and in one pass. The daemons' own reader merges duplicate
 * keys, repairs encodings and stops at the end of the first value. It calls
 * itself for what is nested, and so no deeper than LIMIT_JSON_DEPTH; it never
 * reads a byte behind the text, and looks at each at most a few times. */

#include <stdlib.h>
#include <string.h>

#include "core/json_parts.h"
#include "core/limits.h"

enum {
	OPEN_USUAL = 128,
	/* A double holds all numbers of so many digits before the point. */
	PLACES_MAX = 308
};

static const char not_json[] = "the body is not JSON";
static const char no_memory[] = "out of memory";

struct reader {
	const char *at;
	const char *end;
	struct json_document *document;
	const char *why;
	size_t depth;
	size_t values;
	/* Members and elements of all that is open, until it is complete. */
	struct json_slot *open;
	size_t open_len;
	size_t open_size;
	struct json_slot usual[OPEN_USUAL];
};

static bool read_value(struct reader *r, struct json *value);

static bool
fail(struct reader *r, const char *why)
{
	r->why = why;
	return false;
}

/* The next byte that is not white space, which is left there; NUL, which none
 * may be, at the end. */
static char
peek(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
				     *r->at == '\t' || *r->at == '\r'))
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

static bool
take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* A string, of which the first byte is a quote. */
static bool
read_string(struct reader *r, const char **text, uint32_t *len)
{
	const char *start = r->at + 1, *end;
	const size_t plain = json_plain(start, (size_t)(r->end - start));
	char *memory, *out;

	end = json_quote(start + plain, r->end);
	if (end == r->end)
		return fail(r, not_json);
	memory = json_bytes(r->document, (size_t)(end - start) + 1);
	if (memory == NULL)
		return fail(r, no_memory);
	memcpy(memory, start, plain);
	if ((out = json_unescape(start + plain, end, memory + plain)) == NULL)
		return fail(r, not_json);
	*out = '\0';
	*text = memory;
	*len = (uint32_t)(out - memory);
	r->at = end + 1;
	return true;
}

static bool
is_digit(const char *at, const char *end)
{
	return at < end && *at >= '0' && *at <= '9';
}

static const char *
skip_digits(const char *at, const char *end)
{
	while (is_digit(at, end))
		at++;
	return at;
}

/* The digits of an integer, which is exact or refused. */
static bool
read_integer(const char *at, const char *end, int64_t *integer)
{
	const bool negative = *at == '-';
	const uint64_t most = (uint64_t)INT64_MAX + negative;
	uint64_t number = 0, digit;

	for (at += negative; at < end; at++) {
		digit = (uint64_t)(*at - '0');
		if (number > (most - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*integer = negative && number > 0 ? -(int64_t)(number - 1) - 1
					  : (int64_t)number;
	return true;
}

/* The number behind an "e". Any that is far too large will do for those that
 * are larger: no text is long enough to make up for it. */
static int64_t
read_exponent(const char *at, const char *end)
{
	const int64_t most = INT64_C(1) << 40;
	bool negative = *at == '-';
	int64_t number = 0;

	if (*at == '-' || *at == '+')
		at++;
	for (; at < end && number < most; at++)
		number = number * 10 + (*at - '0');
	return negative ? -number : number;
}

/* Whether a number that is well formed is not 0, and has no more places before
 * the point than PLACES_MAX. What a double makes of it is the daemon's affair:
 * the first digit that is not 0 tells. */
static bool
is_in_range(const char *at, const char *end, bool *truth)
{
	int64_t places = 0, exponent = 0;
	bool fraction = false;

	*truth = false;
	for (; at < end && *at != 'e' && *at != 'E'; at++) {
		if (*at == '.')
			fraction = true;
		else if (*at >= '1' && *at <= '9')
			*truth = true;
		if (*at < '0' || *at > '9')
			continue;
		if (*truth && !fraction)
			places++;
		else if (!*truth && fraction)
			places--;
	}
	if (at < end)
		exponent = read_exponent(at + 1, end);
	return !*truth || places + exponent <= PLACES_MAX;
}

/* Where a number ends, or NULL if there is none. */
static const char *
skip_number(const char *at, const char *end, bool *is_integer)
{
	*is_integer = true;
	if (at < end && *at == '-')
		at++;
	if (!is_digit(at, end))
		return NULL;
	at = *at == '0' ? at + 1 : skip_digits(at, end);
	if (at < end && *at == '.') {
		*is_integer = false;
		if (!is_digit(++at, end))
			return NULL;
		at = skip_digits(at, end);
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		*is_integer = false;
		if (++at < end && (*at == '+' || *at == '-'))
			at++;
		if (!is_digit(at, end))
			return NULL;
		at = skip_digits(at, end);
	}
	return at;
}

static bool
read_number(struct reader *r, struct json *value)
{
	const char *start = r->at, *end;
	bool is_integer;
	char *memory;

	if ((end = skip_number(start, r->end, &is_integer)) == NULL)
		return fail(r, not_json);
	r->at = end;
	if (is_integer) {
		value->kind = JSON_IS_INTEGER;
		return read_integer(start, end, &value->integer) ||
		       fail(r, not_json);
	}
	value->kind = JSON_IS_NUMBER;
	if (!is_in_range(start, end, &value->truth))
		return fail(r, not_json);
	value->len = (uint32_t)(end - start);
	if ((memory = json_bytes(r->document, value->len)) == NULL)
		return fail(r, no_memory);
	value->text = memcpy(memory, start, value->len);
	return true;
}

static bool
read_word(
    struct reader *r, struct json *value, struct span word, enum json_kind kind)
{
	if (!span_starts(
		(struct span){ r->at, (size_t)(r->end - r->at) }, word))
		return fail(r, not_json);
	r->at += word.len;
	value->kind = (unsigned char)kind;
	return true;
}

/* One value more, as far as can be seen here: the limit is to be met before
 * memory is. */
static bool
count(struct reader *r)
{
	return ++r->values <= LIMIT_JSON_VALUES ||
	       fail(r, "the body's JSON has too many values");
}

/* The bracket that an array or object begins with. */
static bool
enter(struct reader *r)
{
	r->at++;
	return (++r->depth <= LIMIT_JSON_DEPTH ||
		   fail(r, "the body's JSON is nested too deeply")) &&
	       count(r);
}

/* The comma behind a member or an element, or the bracket at the end. */
static bool
take_comma(struct reader *r, char bracket, bool *more)
{
	*more = take(r, ',');
	if (*more)
		return count(r);
	return take(r, bracket) || fail(r, not_json);
}

static bool
grow(struct reader *r)
{
	const size_t size = 2 * r->open_size;
	struct json_slot *open;

	if ((open = malloc(size * sizeof(*open))) == NULL)
		return fail(r, no_memory);
	memcpy(open, r->open, r->open_len * sizeof(*open));
	if (r->open != r->usual)
		free(r->open);
	r->open = open;
	r->open_size = size;
	return true;
}

/* One more value, as a member, with its name, or as an element. */
static bool
read_slot(struct reader *r, bool is_member)
{
	struct json_slot *slot;
	struct json *value;

	if (r->open_len == r->open_size && !grow(r))
		return false;
	if ((value = json_memory(r->document, sizeof(*value))) == NULL)
		return fail(r, no_memory);
	slot = &r->open[r->open_len++];
	slot->value = value;
	if (is_member) {
		if (peek(r) != '"')
			return fail(r, not_json);
		if (!read_string(r, &slot->name, &slot->len))
			return false;
		slot->mark = json_mark(slot->name, slot->len);
		if (!take(r, ':'))
			return fail(r, not_json);
	}
	return read_value(r, value);
}

static bool
close_array(struct reader *r, struct json *value, const struct json_slot *slots)
{
	struct json_elements *elements;
	size_t i;

	elements = json_memory(r->document, sizeof(*elements));
	if (elements == NULL)
		return fail(r, no_memory);
	value->kind = JSON_IS_ARRAY;
	value->array = elements;
	elements->document = r->document;
	if (value->len == 0)
		return true;
	elements->at =
	    json_memory(r->document, value->len * sizeof(*elements->at));
	if (elements->at == NULL)
		return fail(r, no_memory);
	for (i = 0; i < value->len; i++)
		elements->at[i] = slots[i].value;
	elements->size = elements->gap = value->len;
	return true;
}

static bool
close_object(
    struct reader *r, struct json *value, const struct json_slot *slots)
{
	struct json_members *members;
	const char *why;

	members = json_memory(r->document, sizeof(*members));
	if (members == NULL)
		return fail(r, no_memory);
	value->kind = JSON_IS_OBJECT;
	value->object = members;
	members->document = r->document;
	if (value->len == 0)
		return true;
	members->at =
	    json_memory(r->document, value->len * sizeof(*members->at));
	if (members->at == NULL)
		return fail(r, no_memory);
	memcpy(members->at, slots, value->len * sizeof(*members->at));
	members->size = members->used = value->len;
	why = json_members_check(members);
	return why == NULL || fail(r, why);
}

/* An array or object, of which the first byte is a bracket. */
static bool
read_inner(struct reader *r, struct json *value, bool is_object)
{
	const char bracket = is_object ? '}' : ']';
	const size_t first = r->open_len;
	bool more;

	if (!enter(r))
		return false;
	more = !take(r, bracket);
	while (more)
		if (!read_slot(r, is_object) || !take_comma(r, bracket, &more))
			return false;
	r->depth--;
	value->len = (uint32_t)(r->open_len - first);
	r->open_len = first;
	return is_object ? close_object(r, value, r->open + first)
			 : close_array(r, value, r->open + first);
}

static bool
read_value(struct reader *r, struct json *value)
{
	switch (peek(r)) {
	case '{':
		return read_inner(r, value, true);
	case '[':
		return read_inner(r, value, false);
	case '"':
		value->kind = JSON_IS_STRING;
		return read_string(r, &value->text, &value->len);
	case 't':
		value->truth = true;
		return read_word(r, value, SPAN("true"), JSON_IS_BOOL);
	case 'f':
		return read_word(r, value, SPAN("false"), JSON_IS_BOOL);
	case 'n':
		return read_word(r, value, SPAN("null"), JSON_IS_NULL);
	}
	return read_number(r, value);
}

static bool
read_document(struct reader *r, struct json *root)
{
	if (!read_value(r, root))
		return false;
	if (peek(r) != '\0' || r->at != r->end)
		return fail(r, not_json);
	if (root->kind != JSON_IS_OBJECT && root->kind != JSON_IS_ARRAY &&
	    root->kind != JSON_IS_NULL)
		return fail(r, "the body is not a JSON object, array or null");
	return true;
}

/* The usual body needs three times its length: mostly names, and small values.
 */
static size_t
first_room(size_t len)
{
	const size_t usual = 16 * 1024;

	return 3 * (len < usual ? len : usual);
}

struct json *
json_read(struct span text, const char **why)
{
	struct reader r;
	bool ok;

	*why = no_memory;
	if (text.len > LIMIT_BODY_MAX) {
		*why = "the body's JSON is too long";
		return NULL;
	}
	r.document = json_document_new(JSON_IS_NULL, first_room(text.len));
	if (r.document == NULL)
		return NULL;
	r.at = text.len > 0 ? text.at : "";
	r.end = r.at + text.len;
	r.why = NULL;
	r.depth = r.open_len = 0;
	r.values = 1;
	r.open = r.usual;
	r.open_size = OPEN_USUAL;
	ok = read_document(&r, &r.document->root);
	if (r.open != r.usual)
		free(r.open);
	*why = r.why;
	if (ok)
		return &r.document->root;
	json_free(&r.document->root);
	return NULL;
}

const char *
json_check(struct span text)
{
	const char *why;

	json_free(json_read(text, &why));
	return why;
}
