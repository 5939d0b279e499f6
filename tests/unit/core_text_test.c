/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/cases.h"

/* A text whose memory ends where memory ends. */
static struct text
guarded(size_t size)
{
	static const char blank[64] = { 0 };

	cr_assert(size <= sizeof(blank));
	return (struct text){ cases_guard((struct span){ blank, size }), 0,
		size, false };
}

Test(text_add, appends_what_fits_and_leaves_out_what_does_not)
{
	struct text text = guarded(6);

	text_add(&text, SPAN("ab"));
	text_add(&text, SPAN(""));
	text_add(&text, SPAN("c\0d"));
	cr_expect(not(text.full));
	cases_same("fits", text_span(&text), SPAN("abc\0d"));
	text_add(&text, SPAN("ef"));
	cr_expect(text.full);
	cases_same("whole or not at all", text_span(&text), SPAN("abc\0d"));
}

Test(text_add, fills_to_the_last_byte)
{
	struct text text = guarded(3);

	text_add(&text, SPAN("abc"));
	cr_expect(not(text.full));
	text_add(&text, (struct span){ NULL, 0 });
	cr_expect(not(text.full));
	text_char(&text, 'd');
	cr_expect(text.full);
	cases_same("text", text_span(&text), SPAN("abc"));
}

Test(text_add, remembers_for_good_that_something_is_missing)
{
	struct text text = guarded(3);

	text_add(&text, SPAN("abcd"));
	text_char(&text, 'x');
	cr_expect(text.full);
}

Test(text_char, takes_any_byte)
{
	struct text text = guarded(3);

	text_char(&text, '\0');
	text_char(&text, '\xff');
	text_char(&text, 'a');
	cr_expect(not(text.full));
	cases_same("text", text_span(&text),
	    SPAN("\0\xff"
		 "a"));
}

Test(text_number, writes_every_number)
{
	static const struct {
		const char *name;
		struct span written;
		uint64_t number;
	} rows[] = {
		CASE("nought", "0", 0),
		CASE("nine", "9", 9),
		CASE("ten", "10", 10),
		CASE("32 bits", "4294967296", UINT64_C(4294967296)),
		CASE("the largest", "18446744073709551615", UINT64_MAX),
	};
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = guarded(20);
		text_number(&text, rows[i].number);
		cr_expect(not(text.full), "%s", rows[i].name);
		cases_same(rows[i].name, text_span(&text), rows[i].written);
	}
}

Test(text_number, is_left_out_whole)
{
	struct text text = guarded(3);

	text_number(&text, 1234);
	cr_expect(text.full);
	cases_same("text", text_span(&text), SPAN(""));
}

Test(text_format, writes_no_nul)
{
	struct text text = guarded(6);

	text_format(&text, "%s-%03d", "ab", 7);
	cr_expect(not(text.full));
	cases_same("text", text_span(&text), SPAN("ab-007"));
	text_format(&text, "%s", "");
	cr_expect(not(text.full));
	text_format(&text, "%d", 1);
	cr_expect(text.full);
	cases_same("text", text_span(&text), SPAN("ab-007"));
}

/* It may have a limit of its own, but not cut. */
Test(text_format, writes_long_pieces_whole_or_not_at_all)
{
	char memory[4096];
	struct text text;
	int len;

	for (len = 1; len < 3000; len++) {
		text = TEXT(memory);
		text_format(&text, "%*d", len, 7);
		cr_expect(
		    text.len == (text.full ? 0 : (size_t)len), "%d bytes", len);
	}
}

Test(text_json, escapes_what_a_json_string_cannot_hold)
{
	static const struct {
		const char *name;
		struct span in;
		struct span written;
	} rows[] = {
		CASE("nothing", "", SPAN("")),
		CASE("plain", "aZ09 /'<>~", SPAN("aZ09 /'<>~")),
		CASE("a quote", "a\"b", SPAN("a\\\"b")),
		CASE("a backslash", "a\\b", SPAN("a\\\\b")),
		CASE("a backslash at the end", "\\", SPAN("\\\\")),
		CASE("NUL", "a\0b", SPAN("a\\u0000b")),
		CASE("escape", "\x1b[0m", SPAN("\\u001b[0m")),
		CASE("DEL", "\x7f", SPAN("\\u007f")),
		CASE("UTF-8", "\xc3\xa9", SPAN("\\u00c3\\u00a9")),
		CASE("no UTF-8", "\xff", SPAN("\\u00ff")),
	};
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = guarded(32);
		text_json(&text, rows[i].in);
		cr_expect(not(text.full), "%s", rows[i].name);
		cases_same(rows[i].name, text_span(&text), rows[i].written);
	}
}

Test(text_json, leaves_nothing_that_ends_a_line_or_a_string)
{
	struct text text;
	size_t i;
	int byte;
	char c;

	for (byte = 0; byte < 256; byte++) {
		c = (char)byte;
		text = guarded(6);
		text_json(&text, (struct span){ &c, 1 });
		cr_expect(not(text.full), "byte %d", byte);
		for (i = 0; i < text.len; i++)
			cr_expect(text.at[i] >= ' ' && text.at[i] <= '~',
			    "byte %d", byte);
		if (c == '"' || c == '\\' || byte < ' ')
			cr_expect(text.at[0] == '\\' && text.len > 1, "byte %d",
			    byte);
	}
}

Test(text_json, never_writes_half_of_an_escape)
{
	const struct span in = SPAN("\"\0\n");
	const size_t ends[] = { 0, 2, 8, 10 };
	struct text text;
	size_t size, i;
	bool whole;

	for (size = 0; size <= 12; size++) {
		text = guarded(size);
		text_json(&text, in);
		cr_expect(text.full == (size < 10), "size %zu", size);
		if (text.full)
			continue;
		whole = false;
		for (i = 0; i < CASES(ends); i++)
			whole = whole || text.len == ends[i];
		cr_expect(whole, "size %zu", size);
	}
}

Test(text_hex, knows_every_byte)
{
	const struct span digits = SPAN("0123456789abcdefABCDEF");
	const char *at;
	int byte, value;

	for (byte = 0; byte < 256; byte++) {
		at = memchr(digits.at, byte, digits.len);
		value = at == NULL ? -1 : (int)(at - digits.at);
		if (value > 15)
			value -= 6;
		cr_expect(
		    eq(int, text_hex((char)byte), value), "byte %d", byte);
	}
}
