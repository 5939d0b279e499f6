/* SPDX-License-Identifier: MIT */
/* What stands in JSON's strings, and how its numbers are spelled. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "tests/unit/cases.h"

/* Read an array of one, from memory that ends where it ends. NULL: it is no
 * JSON. */
static struct json *
read_one(struct span text)
{
	const char *why;
	struct json *document;

	document =
	    json_read((struct span){ cases_guard(text), text.len }, &why);
	if (document == NULL)
		cr_expect(
		    strcmp(why, "the body is not JSON") == 0, "said: %s", why);
	else
		cr_expect(eq(sz, json_count(document), 1));
	return document;
}

/* The string of so many bytes, in an array: is it refused, or what is it? */
static bool
is_refused(struct span string)
{
	char memory[256];
	struct json *document;
	int len;

	len = snprintf(
	    memory, sizeof(memory), "[\"%.*s\"]", (int)string.len, string.at);
	cr_assert(len > 0 && (size_t)len < sizeof(memory));
	document = read_one((struct span){ memory, (size_t)len });
	json_free(document);
	return document == NULL;
}

static void
check_string(const char *name, struct span written, struct span meant)
{
	char memory[256];
	struct json *document;
	int len;

	len = snprintf(
	    memory, sizeof(memory), "[\"%.*s\"]", (int)written.len, written.at);
	document = read_one((struct span){ memory, (size_t)len });
	cr_expect(document != NULL, "%s: refused", name);
	cases_same(name, json_text(json_item(document, 0)), meant);
	json_free(document);
}

Test(json_read, knows_each_escape)
{
	static const struct {
		const char *name;
		struct span written;
		struct span meant;
	} rows[] = {
		CASE("quote", "\\\"", SPAN("\"")),
		CASE("backslash", "\\\\", SPAN("\\")),
		CASE("slash", "\\/", SPAN("/")),
		CASE("short ones", "\\b\\f\\n\\r\\t", SPAN("\b\f\n\r\t")),
		CASE("the first", "\\u0001", SPAN("\x01")),
		CASE("a letter", "\\u0041", SPAN("A")),
		CASE("of one byte", "\\u007F", SPAN("\x7f")),
		CASE("of two bytes", "\\u0080", SPAN("\xc2\x80")),
		CASE("the last of two", "\\u07ff", SPAN("\xdf\xbf")),
		CASE("of three", "\\u0800", SPAN("\xe0\xa0\x80")),
		CASE("before surrogates", "\\ud7ff", SPAN("\xed\x9f\xbf")),
		CASE("behind them", "\\ue000", SPAN("\xee\x80\x80")),
		CASE("the last of three", "\\uFFFF", SPAN("\xef\xbf\xbf")),
		CASE("of four", "\\uD800\\uDC00", SPAN("\xf0\x90\x80\x80")),
		CASE("the last", "\\udbff\\uDfFf", SPAN("\xf4\x8f\xbf\xbf")),
		CASE("two pairs", "\\ud83d\\ude00\\ud83d\\ude01",
		    SPAN("\xf0\x9f\x98\x80\xf0\x9f\x98\x81")),
		CASE("among others", "a\\nb\xc3\xa9\\u00e9c",
		    SPAN("a\nb\xc3\xa9\xc3\xa9"
			 "c")),
		CASE("digits behind it", "\\u00411", SPAN("A1")),
		CASE("not an escape", "\\\\u0000", SPAN("\\u0000")),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_string(rows[i].name, rows[i].written, rows[i].meant);
}

Test(json_read, refuses_what_is_no_escape)
{
	static const char *const rows[] = { "\\", "\\a", "\\v", "\\0", "\\'",
		"\\x41", "\\U0041", "\\ ", "\\u", "\\u0", "\\u00", "\\u004",
		"\\u004g", "\\u+041", "\\u 041", "\\u0x41", "\\u-001",
		"\\u0000", "\\ud800", "\\udbff", "\\udc00", "\\udfff",
		"\\ud800a", "\\ud800\\n", "\\ud800\\u0041", "\\ud800\\ud800",
		"\\ud800\\udbff", "\\ud800\\ue000", "\\ud800\\u", "\\ud800\\",
		"\\ud800\\udc0", "\\ud800udc00aa", "\\ud800\\\\udc00",
		"\\udc00\\ud800", "\\ud83d\xed\xb8\x80" };
	char memory[64];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(is_refused(span_of(rows[i])), "%s", rows[i]);
		snprintf(memory, sizeof(memory), "%sxxxxxxxxxxxx", rows[i]);
		/* What was four digits short is not made up for. */
		if (strcmp(rows[i], "\\") != 0 && rows[i][1] != 'u')
			cr_expect(is_refused(span_of(memory)), "%s", memory);
	}
}

/* Of each byte by itself, wherever it stands: eight are looked at at once. */
Test(json_read, refuses_control_bytes_and_halves_of_characters_anywhere)
{
	char memory[32];
	size_t len, at;
	int byte;
	bool bad;

	for (byte = 1; byte < 256; byte++) {
		if (byte == '"' || byte == '\\')
			continue;
		bad = byte < 0x20 || byte >= 0x80;
		for (len = 1; len < 20; len++) {
			for (at = 0; at < len; at++) {
				memset(memory, 'x', sizeof(memory));
				memory[at] = (char)byte;
				cr_assert(is_refused((struct span){
					      memory, len }) == bad,
				    "byte %d at %zu of %zu", byte, at, len);
			}
		}
	}
	cr_expect(read_one(SPAN("[\"a\0b\"]")) == NULL);
	cr_expect(read_one(SPAN("[\"xxxxxxxx\0xxxxxxx\"]")) == NULL);
}

Test(json_read, finds_quotes_and_backslashes_anywhere)
{
	char memory[64], meant[32];
	size_t len, at;

	for (len = 1; len < 20; len++) {
		for (at = 0; at < len; at++) {
			memset(memory, 'y', sizeof(memory));
			memset(meant, 'y', sizeof(meant));
			memcpy(memory + at, "\\\"", 2);
			meant[at] = '"';
			check_string("a quote",
			    (struct span){ memory, len + 1 },
			    (struct span){ meant, len });
			memory[at] = 'y';
			cr_expect(is_refused((struct span){ memory, len + 1 }));
		}
	}
}

Test(json_read, takes_whole_characters_only)
{
	static const struct {
		const char *bytes;
		bool taken;
	} rows[] = {
		{"\x7f",		  true },
		{ "\xc2\x80",	      true },
		{ "\xdf\xbf",	      true },
		{ "\xe0\xa0\x80",	  true },
		{ "\xed\x9f\xbf",	  true },
		{ "\xee\x80\x80",	  true },
		{ "\xef\xbf\xbf",	  true },
		{ "\xf0\x90\x80\x80",     true },
		{ "\xf4\x8f\xbf\xbf",     true },
		{ "\x80",		  false},
		{ "\xbf",		  false},
		{ "\xc0\x80",	      false},
		{ "\xc1\xbf",	      false},
		{ "\xc2",		  false},
		{ "\xc2x",		   false},
		{ "\xc2\xc0",	      false},
		{ "\xe0\x9f\xbf",	  false},
		{ "\xe0\xa0",	      false},
		{ "\xe1\x80x",	       false},
		{ "\xe1x\x80",	       false},
		{ "\xed\xa0\x80",	  false},
		{ "\xed\xbf\xbf",	  false},
		{ "\xf0\x8f\xbf\xbf",     false},
		{ "\xf0\x90\x80",	  false},
		{ "\xf1\x80\x80x",	   false},
		{ "\xf4\x90\x80\x80",     false},
		{ "\xf5\x80\x80\x80",     false},
		{ "\xf8\x88\x80\x80\x80", false},
		{ "\xff",		  false},
	};
	struct json *value;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		if (rows[i].taken)
			check_string("taken", span_of(rows[i].bytes),
			    span_of(rows[i].bytes));
		else
			cr_expect(
			    is_refused(span_of(rows[i].bytes)), "row %zu", i);
		value = json_new_text(
		    (struct span){ cases_guard(span_of(rows[i].bytes)),
			strlen(rows[i].bytes) });
		cr_expect(rows[i].taken == (value != NULL), "row %zu", i);
		json_free(value);
	}
	cr_expect(json_new_text(SPAN("a\0b")) == NULL);
}

/* As they are spelled, since nothing but daemons reads them. */
Test(json_read, keeps_numbers_as_they_are)
{
	static const struct {
		const char *in;
		enum json_kind kind;
		const char *out;
	} rows[] = {
		{"0",			  JSON_IS_INTEGER, "0"	    },
		{ "-0",			JSON_IS_INTEGER, "0"	     },
		{ "10",			JSON_IS_INTEGER, "10"	      },
		{ "-1",			JSON_IS_INTEGER, "-1"	      },
		{ "9223372036854775807",	 JSON_IS_INTEGER,
		    "9223372036854775807"					  },
		{ "-9223372036854775808",	  JSON_IS_INTEGER,
		    "-9223372036854775808"					   },
		{ "0.0",			 JSON_IS_NUMBER,	 "0.0"       },
		{ "-0.0",			  JSON_IS_NUMBER,  "-0.0"	 },
		{ "0.10",			  JSON_IS_NUMBER,  "0.10"	 },
		{ "1e5",			 JSON_IS_NUMBER,	 "1e5"       },
		{ "1E+05",			   JSON_IS_NUMBER,  "1E+05"	   },
		{ "0e0",			 JSON_IS_NUMBER,	 "0e0"       },
		{ "1.25e-7",		     JSON_IS_NUMBER,  "1.25e-7"   },
		{ "9223372036854775808.0",	   JSON_IS_NUMBER,
		    "9223372036854775808.0"				    },
		{ "9.9e307",		     JSON_IS_NUMBER,  "9.9e307"   },
		{ "0.009e310",		       JSON_IS_NUMBER,  "0.009e310" },
		{ "1000e304",		      JSON_IS_NUMBER,  "1000e304"	 },
		{ "1e-9999999999999999999999", JSON_IS_NUMBER,
		    "1e-9999999999999999999999"				},
		{ "0e9999999999999999999999",  JSON_IS_NUMBER,
		    "0e9999999999999999999999"				       },
		{ "-0.000e400",		JSON_IS_NUMBER,	"-0.000e400"},
	};
	struct buf buf = { 0 };
	struct json *document;
	char memory[64];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(memory, sizeof(memory), "[%s]", rows[i].in);
		document = read_one(span_of(memory));
		cr_assert(document != NULL, "%s", rows[i].in);
		cr_expect(json_kind(json_item(document, 0)) == rows[i].kind,
		    "%s", rows[i].in);
		cr_assert(json_write(json_item(document, 0), &buf));
		cases_same(rows[i].in, buf_span(&buf), span_of(rows[i].out));
		buf_clear(&buf);
		json_free(document);
	}
}

Test(json_read, refuses_numbers_that_are_none_or_too_large)
{
	static const char *const rows[] = { "-", "+1", "--1", "00", "01", "-01",
		"-00", "1.", ".1", "-.1", "1.e1", "0.e0", "1e", "1e+", "1e-",
		"1E", "1e1.0", "1e+-1", "1.2.3", "1_000", "1,", "0x1", "1f",
		"1 2", "Infinity", "-Infinity", "nan", "9223372036854775808",
		"-9223372036854775809", "18446744073709551615",
		"18446744073709551616", "92233720368547758070",
		"99999999999999999999999", "1e308", "-1e308", "10.0e307",
		"0.1e309", "1000e305", "1e99999999999999999999",
		"1.0e+18446744073709551617" };
	char memory[64];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(memory, sizeof(memory), "[%s]", rows[i]);
		cr_expect(read_one(span_of(memory)) == NULL, "%s", rows[i]);
	}
}

Test(json_read, counts_the_places_of_long_numbers)
{
	cr_expect(json_check(cases_repeat("[1", "0", 307, ".0]")) == NULL);
	cr_expect(json_check(cases_repeat("[1", "0", 308, ".0]")) != NULL);
	cr_expect(json_check(cases_repeat("[0.", "0", 999, "1e1307]")) == NULL);
	cr_expect(json_check(cases_repeat("[0.", "0", 999, "1e1308]")) != NULL);
	cr_expect(json_check(cases_repeat("[0.", "9", 9999, "]")) == NULL);
	cr_expect(json_check(cases_repeat("[", "9", 9999, "e-9999]")) == NULL);
}

Test(json_write, writes_each_byte_in_one_way)
{
	char byte, wanted[16];
	struct buf buf = { 0 };
	struct json *value;
	int c;

	for (c = 1; c < 0x80; c++) {
		byte = (char)c;
		if (c == '"' || c == '\\')
			snprintf(wanted, sizeof(wanted), "\"\\%c\"", c);
		else if (c == '\b' || c == '\f' || c == '\n' || c == '\r' ||
			 c == '\t')
			snprintf(wanted, sizeof(wanted), "\"\\%c\"",
			    "btn?fr"[c - '\b']);
		else if (c < 0x20)
			snprintf(
			    wanted, sizeof(wanted), "\"\\u%04X\"", (unsigned)c);
		else
			snprintf(wanted, sizeof(wanted), "\"%c\"", c);
		value = json_new_text((struct span){ &byte, 1 });
		cr_assert(value != NULL && json_write(value, &buf));
		cases_same("byte", buf_span(&buf), span_of(wanted));
		buf_clear(&buf);
		json_free(value);
	}
}
