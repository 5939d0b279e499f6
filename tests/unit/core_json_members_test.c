/* SPDX-License-Identifier: MIT */
/* Objects of any size, and arrays that change: what is found in them, and in
 * what order. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
#include "tests/unit/cases.h"

enum {
	MANY = LIMIT_JSON_VALUES - 1
};

/* Names of the same length that begin and end alike, or of many lengths. */
static const char *
name_of(size_t number, bool alike)
{
	static char memory[64];

	snprintf(
	    memory, sizeof(memory), alike ? "same%05zusame" : "%zu", number);
	return memory;
}

/* {"0":0,"1":1,...}, but the one at twice has the name of the one at first. */
static struct span
object_of(size_t len, bool alike, size_t first, size_t twice)
{
	static char memory[MANY * 32];
	struct text text = TEXT(memory);
	size_t i;

	text_char(&text, '{');
	for (i = 0; i < len; i++) {
		text_add(&text, i == 0 ? SPAN("\"") : SPAN(",\""));
		text_add(
		    &text, span_of(name_of(i == twice ? first : i, alike)));
		text_add(&text, SPAN("\":"));
		text_number(&text, i);
	}
	text_char(&text, '}');
	cr_assert(not(text.full));
	return text_span(&text);
}

static struct json *
read_object(size_t len, bool alike)
{
	const char *why;
	struct json *object;

	object = json_read(object_of(len, alike, len, len), &why);
	cr_assert(object != NULL, "%zu: %s", len, why);
	cr_expect(eq(sz, json_count(object), len));
	return object;
}

static void
check_twice(size_t len, bool alike, size_t first, size_t twice)
{
	const char *why = json_check(object_of(len, alike, first, twice));

	cr_expect(why != NULL &&
		      strcmp(why, "a key stands twice in a JSON object") == 0,
	    "%zu and %zu of %zu: %s", first, twice, len,
	    why == NULL ? "taken" : why);
}

Test(json_read, finds_a_key_that_stands_twice_anywhere)
{
	static const size_t sizes[] = { 2, 3, 8, 9, 63, 64, 65, 66, 127, 128,
		129, 1000, MANY };
	size_t i, len;
	int alike;

	for (i = 0; i < CASES(sizes); i++) {
		len = sizes[i];
		for (alike = 0; alike < 2; alike++) {
			cr_expect(
			    json_check(object_of(len, alike, len, len)) == NULL,
			    "%zu", len);
			check_twice(len, alike, 0, len - 1);
			check_twice(len, alike, 0, 1);
			check_twice(len, alike, len - 2, len - 1);
			check_twice(len, alike, len / 2 - 1, len / 2);
		}
	}
	for (len = 0; len < 69; len++)
		for (i = len + 1; i < 70; i++)
			check_twice(70, true, len, i);
}

Test(json_member, finds_each_of_any_number)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 66, 200, MANY };
	struct json *object;
	size_t i, k;
	int alike;

	for (i = 0; i < CASES(sizes); i++) {
		for (alike = 0; alike < 2; alike++) {
			object = read_object(sizes[i], alike);
			for (k = 0; k < sizes[i]; k++)
				cr_assert(
				    json_int(json_member(object,
					name_of(k, alike))) == (int64_t)k);
			cr_expect(
			    json_member(object, name_of(k, alike)) == NULL);
			cr_expect(json_member(object, "") == NULL);
			json_free(object);
		}
	}
}

static void
check_text(const char *name, const struct json *value, const char *wanted)
{
	struct buf buf = { 0 };

	cr_assert(json_write(value, &buf), "%s", name);
	cases_same(name, buf_span(&buf), span_of(wanted));
	buf_clear(&buf);
}

/* A name that was removed may come back, and is the last then. */
Test(json_set, puts_back_what_was_removed_from_few_and_many)
{
	static const size_t sizes[] = { 3, 64, 65, 500 };
	struct json_cursor cursor;
	struct json *object;
	size_t i, k, len;

	for (i = 0; i < CASES(sizes); i++) {
		len = sizes[i];
		object = read_object(len, false);
		json_remove(object, "1");
		cr_expect(json_member(object, "1") == NULL);
		json_remove(object, "1");
		cr_expect(eq(sz, json_count(object), len - 1));
		cr_expect(json_set(object, "2", json_new_int(-2)));
		cr_expect(json_set(object, "1", json_new_int(-1)));
		cr_expect(json_set(object, "new", json_new_int(-3)));
		cr_expect(json_set(object, "1", json_new_int(-4)));
		cr_expect(eq(sz, json_count(object), len + 1));
		cr_expect(json_int(json_member(object, "0")) == 0);
		cr_expect(json_int(json_member(object, "1")) == -4);
		cr_expect(json_int(json_member(object, "2")) == -2);
		cr_expect(json_int(json_member(object, "new")) == -3);
		cursor = (struct json_cursor){ 0 };
		for (k = 0; json_next(object, &cursor); k++) {
			if (k == len - 1)
				cr_expect(eq(str, (char *)cursor.name, "1"));
			else if (k == len)
				cr_expect(eq(str, (char *)cursor.name, "new"));
			else
				cr_expect(eq(str, (char *)cursor.name,
				    (char *)name_of(
					k == 0 ? 0 : k + 1, false)));
		}
		cr_expect(eq(sz, k, len + 1));
		json_remove(object, "1");
		json_remove(object, "new");
		cr_expect(json_member(object, "1") == NULL);
		cr_expect(eq(sz, json_count(object), len - 1));
		json_free(object);
	}
}

/* As the inspection of a body does it: in time, or the tests' own ends it. */
Test(json_next, bears_that_each_of_very_many_is_changed, .timeout = 60)
{
	struct json *object = read_object(MANY, true);
	struct json_cursor cursor = { 0 };
	size_t i;

	for (i = 0; json_next(object, &cursor); i++) {
		if (i % 3 == 0)
			json_remove(object, cursor.name);
		else if (i % 3 == 1)
			cr_assert(
			    json_set(object, cursor.name, json_new_object()));
	}
	cr_expect(eq(sz, i, MANY));
	cr_expect(eq(sz, json_count(object), MANY - (MANY + 2) / 3));
	for (i = 0; i < MANY; i++)
		cr_assert(json_kind(json_member(object, name_of(i, true))) ==
			  (i % 3 == 0	   ? JSON_IS_NULL
			      : i % 3 == 1 ? JSON_IS_OBJECT
					   : JSON_IS_INTEGER));
	json_free(object);
}

/* An array and what it should be. */
struct model {
	struct json *array;
	int64_t numbers[64];
	size_t len;
};

static void
check_model(const struct model *model)
{
	struct buf buf = { 0 };
	char memory[1024];
	struct text text = TEXT(memory);
	size_t i;

	cr_assert(eq(sz, json_count(model->array), model->len));
	text_char(&text, '[');
	for (i = 0; i < model->len; i++) {
		cr_assert(
		    json_int(json_item(model->array, i)) == model->numbers[i]);
		if (i > 0)
			text_char(&text, ',');
		text_number(&text, (uint64_t)model->numbers[i]);
	}
	text_char(&text, ']');
	cr_assert(json_item(model->array, i) == NULL);
	cr_assert(json_write(model->array, &buf));
	cases_same("array", buf_span(&buf), text_span(&text));
	buf_clear(&buf);
}

static void
change(struct model *model, unsigned choice, int64_t number)
{
	const size_t at = model->len == 0 ? 0 : choice / 4 % model->len;

	if (choice % 4 == 0 && model->len < CASES(model->numbers)) {
		cr_assert(json_append(model->array, json_new_int(number)));
		model->numbers[model->len++] = number;
	} else if (choice % 4 == 1 && model->len > 0) {
		cr_assert(
		    json_set_item(model->array, at, json_new_int(number)));
		model->numbers[at] = number;
	} else if (model->len > 0) {
		json_remove_item(model->array, at);
		model->len--;
		memmove(model->numbers + at, model->numbers + at + 1,
		    (model->len - at) * sizeof(*model->numbers));
	}
}

Test(json_remove_item, keeps_the_others_in_order_whatever_comes)
{
	struct model model;
	const char *why;
	unsigned seed, random;
	size_t i;

	for (seed = 0; seed < 200; seed++) {
		model.array = seed % 2 == 0
				  ? json_new_array()
				  : json_read(SPAN("[0,1,2,3,4,5,6,7]"), &why);
		model.len = seed % 2 == 0 ? 0 : 8;
		for (i = 0; i < model.len; i++)
			model.numbers[i] = (int64_t)i;
		random = seed;
		for (i = 0; i < 100; i++) {
			random = random * 1103515245 + 12345;
			change(&model, random >> 8, (int64_t)(100 + i));
			check_model(&model);
		}
		json_free(model.array);
	}
}

Test(
    json_remove_item, takes_no_longer_for_the_first_of_very_many, .timeout = 60)
{
	static char memory[4 * LIMIT_JSON_VALUES];
	struct text numbers = TEXT(memory);
	struct json *array;
	const char *why;
	size_t i, at = 0;

	text_add(&numbers, SPAN("[0"));
	for (i = 1; i < MANY; i++)
		text_add(&numbers, SPAN(",0"));
	text_char(&numbers, ']');
	array = json_read(text_span(&numbers), &why);
	cr_assert(array != NULL);
	for (i = 0; i < MANY; i++) {
		if (i % 100 == 0)
			at++;
		else
			json_remove_item(array, at);
	}
	cr_expect(eq(sz, json_count(array), (MANY + 99) / 100));
	json_free(array);
}

/* New values in new values: a leak checker would tell. */
Test(json_set, takes_whole_trees)
{
	const char *why;
	struct json *document = json_read(SPAN("{\"a\":[1]}"), &why);
	struct json *outer = json_new_array(), *inner = json_new_object();

	cr_assert(document != NULL);
	cr_expect(json_append(outer, json_new_text(SPAN("x"))));
	cr_expect(json_set(inner, "k", json_new_truth(true)));
	cr_expect(json_append(outer, inner));
	cr_expect(json_set(document, "b", outer));
	cr_expect(json_set(inner, "late", json_new_array()));
	cr_expect(
	    json_append(json_member(inner, "late"), json_new_text(SPAN("y"))));
	cr_expect(json_set_item(outer, 0, json_new_object()));
	check_text("tree", document,
	    "{\"a\":[1],\"b\":[{},{\"k\":true,\"late\":[\"y\"]}]}");
	/* What is replaced can be asked as long as the document is there. */
	cr_expect(json_set(document, "b", json_new_int(0)));
	check_text("replaced", document, "{\"a\":[1],\"b\":0}");
	check_text("not in it", inner, "{\"k\":true,\"late\":[\"y\"]}");
	json_free(document);
}
