/* SPDX-License-Identifier: MIT */
/* Texts that may be JSON, read by core/json and by jansson at its strictest.
 * Both take the same, but for numbers from 1e308 on, and for a NUL behind a
 * number or word, which jansson passes over. What is taken
 *   - is the same tree to both, and still is when both change it alike;
 *   - is written in the same bytes, but for numbers that are no integers, which
 *     stay as they were spelled;
 *   - written and read again, is written the same. */

#undef NDEBUG
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where a string that begins at i ends. */
static size_t
skip_string(struct span text, size_t i)
{
	for (i++; i < text.len && text.at[i] != '"'; i++)
		if (text.at[i] == '\\')
			i++;
	return i;
}

/* Whether a tree of it is small enough: each value but the first follows one
 * of these bytes. */
static bool
is_small(struct span text)
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
				return false;
			/* fallthrough */
		case ',':
			values++;
			break;
		case ']':
		case '}':
			if (depth-- == 0)
				return false;
			break;
		}
	}
	return values <= LIMIT_JSON_VALUES;
}

static json_t *
read_reference(struct span text)
{
	json_t *other;

	if (text.len == 0 || memchr(text.at, '\0', text.len) != NULL ||
	    !is_small(text))
		return NULL;
	other = json_loadb(
	    text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (other == NULL || json_is_object(other) || json_is_array(other) ||
	    json_is_null(other))
		return other;
	json_decref(other);
	return NULL;
}

/* Whether there is a number that is no integer, and from this on. */
static bool
has_real(json_t *other, double least)
{
	const char *name;
	json_t *inner;
	size_t i;

	if (json_is_real(other))
		return fabs(json_real_value(other)) >= least;
	json_array_foreach(
	    other, i, inner) if (has_real(inner, least)) return true;
	json_object_foreach(
	    other, name, inner) if (has_real(inner, least)) return true;
	return false;
}

static void
check_real(const struct json *value, double real)
{
	struct buf buf = { 0 };

	assert(json_write(value, &buf) && buf_add(&buf, "", 1));
	assert(strtod(buf_span(&buf).at, NULL) == real);
	/* One that is too small for a double is not nothing. */
	assert(!json_is_empty(value) || real == 0);
	assert(json_is_empty(value) ||
	       strpbrk(buf_span(&buf).at, "123456789") != NULL);
	buf_clear(&buf);
}

static void check_same(struct json *value, json_t *other);

static void
check_members(struct json *object, json_t *other)
{
	struct json_cursor member = { 0 };
	const char *name;
	json_t *inner;

	assert(json_count(object) == json_object_size(other));
	json_object_foreach(other, name, inner)
	{
		assert(json_next(object, &member));
		assert(strcmp(member.name, name) == 0);
		assert(json_member(object, name) == member.value);
		check_same(member.value, inner);
	}
	assert(!json_next(object, &member));
}

static void
check_elements(struct json *array, json_t *other)
{
	size_t i;

	assert(json_count(array) == json_array_size(other));
	for (i = 0; i < json_array_size(other); i++)
		check_same(json_item(array, i), json_array_get(other, i));
	assert(json_item(array, i) == NULL);
}

static void
check_same(struct json *value, json_t *other)
{
	struct span text = json_text(value);

	switch (json_kind(value)) {
	case JSON_IS_NULL:
		assert(json_is_null(other));
		break;
	case JSON_IS_BOOL:
		assert(json_is_boolean(other));
		assert(json_truth(value) == json_is_true(other));
		break;
	case JSON_IS_INTEGER:
		assert(json_is_integer(other));
		assert(json_int(value) == json_integer_value(other));
		break;
	case JSON_IS_NUMBER:
		assert(json_is_real(other));
		check_real(value, json_real_value(other));
		break;
	case JSON_IS_STRING:
		assert(json_is_string(other));
		assert(span_eq(text, (struct span){ json_string_value(other),
					 json_string_length(other) }));
		break;
	case JSON_IS_ARRAY:
		assert(json_is_array(other));
		check_elements(value, other);
		break;
	case JSON_IS_OBJECT:
		assert(json_is_object(other));
		check_members(value, other);
		break;
	}
}

static void
check_written(struct json *value, json_t *other)
{
	struct buf buf = { 0 }, again = { 0 };
	struct json *second;
	const char *why;
	char *reference;

	assert(json_write(value, &buf));
	if (!has_real(other, 0)) {
		reference = json_dumps(other, JSON_COMPACT | JSON_ENCODE_ANY);
		assert(reference != NULL);
		assert(span_eq(buf_span(&buf), span_of(reference)));
		free(reference);
	}
	second = json_read(buf_span(&buf), &why);
	assert(second != NULL);
	check_same(second, other);
	assert(json_write(second, &again));
	assert(span_eq(buf_span(&buf), buf_span(&again)));
	json_free(second);
	buf_clear(&buf);
	buf_clear(&again);
}

/* The next of four choices, from the text itself. */
static unsigned
choose(uint32_t *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 16 & 3;
}

static void change(struct json *value, json_t *other, uint32_t *state);

static void
change_members(struct json *object, json_t *other, uint32_t *state)
{
	struct json_cursor member = { 0 };

	while (json_next(object, &member)) {
		switch (choose(state)) {
		case 0:
			assert(json_object_del(other, member.name) == 0);
			json_remove(object, member.name);
			break;
		case 1:
			json_object_set_new(
			    other, member.name, json_string("new"));
			assert(json_set(
			    object, member.name, json_new_text(SPAN("new"))));
			break;
		default:
			change(member.value,
			    json_object_get(other, member.name), state);
			break;
		}
	}
	if (choose(state) == 0) {
		json_object_set_new(other, "a", json_array());
		assert(json_set(object, "a", json_new_array()));
	}
}

static void
change_elements(struct json *array, json_t *other, uint32_t *state)
{
	size_t i = 0;

	while (i < json_count(array)) {
		switch (choose(state)) {
		case 0:
			json_array_remove(other, i);
			json_remove_item(array, i);
			break;
		case 1:
			json_array_set_new(other, i, json_object());
			assert(json_set_item(array, i++, json_new_object()));
			break;
		default:
			change(json_item(array, i), json_array_get(other, i),
			    state);
			i++;
			break;
		}
	}
	if (choose(state) == 0) {
		json_array_append_new(other, json_integer(-1));
		assert(json_append(array, json_new_int(-1)));
	}
}

static void
change(struct json *value, json_t *other, uint32_t *state)
{
	if (json_kind(value) == JSON_IS_OBJECT)
		change_members(value, other, state);
	else if (json_kind(value) == JSON_IS_ARRAY)
		change_elements(value, other, state);
}

static void
check(struct span text)
{
	json_t *other = read_reference(text);
	const char *why, *wrong = json_check(text);
	struct json *document = json_read(text, &why);
	uint32_t state = 0;
	size_t i;

	assert((document == NULL) == (why != NULL));
	assert(why == wrong || strcmp(why, wrong) == 0);
	if (document == NULL) {
		assert(other == NULL || has_real(other, 1e308));
		json_decref(other);
		return;
	}
	assert(other != NULL);
	check_same(document, other);
	check_written(document, other);
	for (i = 0; i < text.len; i++)
		state = state * 31 + (unsigned char)text.at[i];
	change(document, other, &state);
	check_same(document, other);
	check_written(document, other);
	json_free(document);
	json_decref(other);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Memory of its own, so that a sanitizer sees its end. */
	char *copy = malloc(size);

	assert(size == 0 || copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	check((struct span){ copy, size });
	free(copy);
	return 0;
}
