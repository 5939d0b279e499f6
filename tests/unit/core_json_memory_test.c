/* SPDX-License-Identifier: MIT */
/* JSON where memory ends: at each allocation once. A leak checker sees what is
 * left behind. The program is linked so that malloc() is the one here. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
#include "tests/unit/cases.h"

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* Those that still succeed, where they are counted. */
static size_t left = SIZE_MAX;

void *
__wrap_malloc(size_t size)
{
	if (left == 0)
		return NULL;
	if (left != SIZE_MAX)
		left--;
	return __real_malloc(size);
}

/* Many members, many elements, and a long string. */
static struct span
large_text(void)
{
	static char memory[CASES_LARGEST];
	struct text text = TEXT(memory);
	size_t i;

	text_add(&text, SPAN("{\"list\":["));
	for (i = 0; i < 1000; i++)
		text_format(&text, "[],%zu,0.%zu,", i, i);
	text_add(&text, SPAN("\""));
	for (i = 0; i < 2000; i++)
		text_add(&text, SPAN("\\n long "));
	text_add(&text, SPAN("\"]"));
	for (i = 0; i < 1000; i++)
		text_format(&text, ",\"k%zu\":{\"a\":true}", i);
	text_char(&text, '}');
	cr_assert(not(text.full));
	return text_span(&text);
}

Test(json_read, says_so_when_memory_is_out)
{
	struct span text = large_text();
	struct json *document = NULL;
	const char *why;
	size_t count;

	for (count = 0; document == NULL; count++) {
		left = count;
		document = json_read(text, &why);
		left = SIZE_MAX;
		if (document == NULL)
			cr_assert(strcmp(why, "out of memory") == 0, "%zu: %s",
			    count, why);
	}
	cr_expect(count > 8, "only %zu allocations", count);
	cr_expect(why == NULL);
	json_free(document);
}

/* One more, or nothing changes. */
static bool
append(struct json *array, size_t i)
{
	const size_t before = json_count(array);
	bool ok;

	ok = json_append(
	    array, i % 2 == 0 ? json_new_int(1) : json_new_text(SPAN("text")));
	cr_assert(json_count(array) == before + ok);
	return ok;
}

static bool
set(struct json *object, size_t i)
{
	const size_t before = json_count(object);
	char name[600];
	bool ok;

	snprintf(name, sizeof(name), "%0500zu", i);
	ok = json_set(
	    object, name, i % 2 == 0 ? json_new_array() : json_new_truth(true));
	cr_assert(json_count(object) == before + ok);
	cr_assert(ok == (json_member(object, name) != NULL));
	return ok;
}

static bool
change(struct json *document)
{
	struct json *list = json_member(document, "list");
	size_t i;

	for (i = 0; i < 20; i++)
		if (!append(list, i) || !set(document, i))
			return false;
	return json_set(document, "list", json_new_object()) &&
	       json_set(document, "other", json_new_array());
}

Test(json_set, leaves_all_as_it_was_when_memory_is_out)
{
	struct json *document;
	const char *why;
	size_t count;
	bool ok = false;

	for (count = 0; !ok; count++) {
		document = json_read(SPAN("{\"list\":[1],\"a\":2}"), &why);
		cr_assert(document != NULL);
		left = count;
		ok = change(document);
		left = SIZE_MAX;
		cr_expect(json_int(json_member(document, "a")) == 2);
		json_free(document);
	}
	cr_expect(count > 40, "only %zu allocations", count);
}

Test(json_write, leaves_the_buffer_as_it_was_when_memory_is_out)
{
	struct buf buf = { 0 };
	struct json *document;
	const char *why;
	size_t count;
	bool ok = false;

	document = json_read(large_text(), &why);
	cr_assert(document != NULL);
	for (count = 0; !ok; count++) {
		cr_assert(buf_add(&buf, "before", 6));
		left = count;
		ok = json_write(document, &buf);
		left = SIZE_MAX;
		if (!ok)
			cases_same("buffer", buf_span(&buf), SPAN("before"));
		else
			cr_expect(buf.len > 30000);
		buf_clear(&buf);
	}
	cr_expect(count > 3, "only %zu allocations", count);
	json_free(document);
}
