/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/span.h"
#include "core/text.h"
#include "tests/unit/cases.h"

static const struct span nowhere = { NULL, 0 };

/* A copy that ends where memory ends. */
static struct span
guarded(struct span s)
{
	return (struct span){ cases_guard(s), s.len };
}

Test(span_of, leaves_the_nul_out)
{
	cr_expect(eq(sz, span_of("abc").len, 3));
	cr_expect(eq(sz, span_of("").len, 0));
	cr_expect(eq(sz, SPAN("a\0b").len, 3));
}

Test(span_eq, compares_every_byte_and_the_length)
{
	cr_expect(span_eq(SPAN("a\0b"), guarded(SPAN("a\0b"))));
	cr_expect(not(span_eq(SPAN("a\0b"), guarded(SPAN("a\0c")))));
	cr_expect(not(span_eq(SPAN("abc"), guarded(SPAN("ab")))));
	cr_expect(not(span_eq(guarded(SPAN("ab")), SPAN("abc"))));
	cr_expect(not(span_eq(SPAN("abc"), SPAN("abC"))));
	cr_expect(span_eq(SPAN(""), nowhere));
	cr_expect(span_eq(nowhere, nowhere));
	cr_expect(not(span_eq(nowhere, SPAN("a"))));
}

Test(span_eq_nocase, folds_the_letters_of_ascii_and_nothing_else)
{
	char a, b;
	int i, j, same;

	cr_expect(span_eq_nocase(
	    SPAN("Content-Length"), guarded(SPAN("cONTENT-lENGTH"))));
	cr_expect(not(span_eq_nocase(SPAN("ab"), guarded(SPAN("abc")))));
	cr_expect(span_eq_nocase(SPAN(""), nowhere));
	for (i = 0; i < 256; i++) {
		for (j = 0; j < 256; j++) {
			a = (char)i;
			b = (char)j;
			same = i == j ||
			       (i >= 'A' && i <= 'Z' && j == i + 32) ||
			       (j >= 'A' && j <= 'Z' && i == j + 32);
			if (span_eq_nocase((struct span){ &a, 1 },
				(struct span){ &b, 1 }) != same)
				cr_fail("bytes %d and %d", i, j);
		}
	}
}

Test(span_starts, looks_at_the_front)
{
	cr_expect(span_starts(guarded(SPAN("/libpod/x")), SPAN("/libpod/")));
	cr_expect(span_starts(SPAN("ab"), SPAN("ab")));
	cr_expect(span_starts(SPAN("ab"), SPAN("")));
	cr_expect(span_starts(nowhere, nowhere));
	cr_expect(not(span_starts(guarded(SPAN("a")), SPAN("ab"))));
	cr_expect(not(span_starts(SPAN("xab"), SPAN("ab"))));
	cr_expect(not(span_starts(SPAN("Ab"), SPAN("ab"))));
}

Test(span_starts_nocase, looks_at_the_front_in_any_case)
{
	cr_expect(
	    span_starts_nocase(guarded(SPAN("BeareR x")), SPAN("bearer ")));
	cr_expect(span_starts_nocase(SPAN("ab"), SPAN("")));
	cr_expect(not(span_starts_nocase(guarded(SPAN("A")), SPAN("ab"))));
	cr_expect(not(span_starts_nocase(SPAN("xab"), SPAN("ab"))));
}

Test(span_word, cuts_words_off_the_front)
{
	static const struct {
		const char *name;
		struct span in;
		struct span words; /* "<word>" each */
	} rows[] = {
		CASE("nothing", "", SPAN("")),
		CASE("one", "ab", SPAN("<ab>")),
		CASE("two", "a b", SPAN("<a><b>")),
		CASE("separators around", " ,a ,, b, ", SPAN("<a><b>")),
		CASE("nothing but separators", " , ,", SPAN("")),
		CASE("a NUL is no separator", "a\0b c", SPAN("<a\0b><c>")),
	};
	char memory[256];
	struct text text;
	struct span rest, word;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		rest = guarded(rows[i].in);
		while (span_word(&rest, " ,", &word)) {
			text_char(&text, '<');
			text_add(&text, word);
			text_char(&text, '>');
		}
		cases_same(rows[i].name, text_span(&text), rows[i].words);
		cr_expect(eq(sz, rest.len, 0), "%s", rows[i].name);
	}
}

Test(span_word, leaves_the_rest_from_the_separator_on)
{
	struct span rest = SPAN("a=b c"), word;

	cr_assert(span_word(&rest, "=", &word));
	cases_same("word", word, SPAN("a"));
	cases_same("rest", rest, SPAN("=b c"));
	cr_assert(span_word(&rest, "= ", &word));
	cases_same("next word", word, SPAN("b"));
	cases_same("next rest", rest, SPAN(" c"));
}
