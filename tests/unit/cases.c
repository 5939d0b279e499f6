/* SPDX-License-Identifier: MIT */
/* Running a parser case: see cases.h. The memory behind a guarded copy is
 * PROT_NONE, so that a parser that reads on is killed there and then, with a
 * sanitizer or without. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <sys/mman.h>

#include "core/text.h"
#include "tests/unit/cases.h"

/* A multiple of every page size in use. */
enum {
	GUARD = 64 * 1024
};

char *
cases_guard(struct span bytes)
{
	static char *end;
	char *start;

	cr_assert(bytes.len <= CASES_LARGEST);
	if (end == NULL) {
		start = mmap(NULL, CASES_LARGEST + GUARD,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cr_assert(start != MAP_FAILED);
		end = start + CASES_LARGEST;
		cr_assert(mprotect(end, GUARD, PROT_NONE) == 0);
	}
	if (bytes.len > 0)
		memcpy(end - bytes.len, bytes.at, bytes.len);
	return end - bytes.len;
}

struct span
cases_repeat(
    const char *before, const char *middle, size_t times, const char *after)
{
	static char memory[CASES_LARGEST];
	struct text text = TEXT(memory);
	size_t i;

	text_add(&text, span_of(before));
	for (i = 0; i < times; i++)
		text_add(&text, span_of(middle));
	text_add(&text, span_of(after));
	cr_assert(not(text.full));
	return text_span(&text);
}

void
cases_cut(const char *name, struct span in, const struct cases_reader *reader,
    int expected, size_t used)
{
	int result, wanted = reader->more;
	size_t cut, took;

	for (cut = 0; cut <= in.len; cut++) {
		took = 0;
		result = reader->read(
		    (struct span){
			cases_guard((struct span){ in.at, cut }), cut },
		    &took);
		if (cut == in.len || (expected == reader->ok && cut >= used) ||
		    (expected != reader->ok && result != reader->more))
			wanted = expected;
		if (result != wanted) {
			cr_expect(eq(int, result, wanted),
			    "%s: cut at %zu of %zu", name, cut, in.len);
			return;
		}
		if (result == reader->ok && took != used) {
			cr_expect(eq(sz, took, used), "%s: cut at %zu of %zu",
			    name, cut, in.len);
			return;
		}
	}
}

void
cases_same(const char *name, struct span got, struct span wanted)
{
	char memory[4096];
	struct text text = TEXT(memory);

	if (span_eq(got, wanted))
		return;
	text_add(&text, SPAN("wanted \""));
	text_json(&text, wanted);
	text_add(&text, SPAN("\", got \""));
	text_json(&text, got);
	text_char(&text, '"');
	cr_fail("%s: %.*s", name, SPAN_ARG(text_span(&text)));
}
