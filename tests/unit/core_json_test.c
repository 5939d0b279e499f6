/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/json.h"
#include "tests/unit/cases.h"

static const char *
check(struct span text)
{
	return json_check((struct span){ cases_guard(text), text.len });
}

Test(json_check, takes_what_all_readers_read_alike)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("an object", "{\"Image\":\"alpine\"}"),
		CASE("an array", "[1,\"a\",null,true,false]"),
		CASE("an empty object", "{}"),
		CASE("an empty array", "[]"),
		CASE("null", "null"),
		CASE("white space around it", " \t\r\n{ \"a\" : 1 }\r\n"),
		CASE("escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
		CASE("a pair of surrogates", "[\"\\ud83d\\ude00\"]"),
		CASE("UTF-8", "[\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"]"),
		CASE("numbers", "[0,-1,1.5,1e3,-0.25E-2]"),
		CASE("the largest integer", "[9223372036854775807]"),
		CASE("one key in two objects", "{\"a\":{\"b\":1},\"b\":2}"),
		CASE("keys that differ in case", "{\"a\":1,\"A\":2}"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(check(rows[i].in) == NULL, "%s", rows[i].name);
}

Test(json_check, refuses_what_one_reader_may_take_and_another_not)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("nothing", ""),
		CASE("white space", " \r\n"),
		CASE("cut short", "{\"a\":1"),
		CASE("a second document", "{}{}"),
		CASE("a second scalar", "null null"),
		CASE("a word cut short", "nul"),
		CASE("bytes behind it", "{} x"),
		CASE("a NUL behind it", "{}\0"),
		CASE("a byte order mark", "\xef\xbb\xbf{}"),
		CASE("UTF-16", "{\0}\0"),
		CASE("a NUL in a string", "[\"a\0b\"]"),
		CASE("an escaped NUL", "[\"a\\u0000b\"]"),
		CASE("an escaped NUL in a key", "{\"a\\u0000\":1}"),
		CASE("a line feed in a string", "[\"a\nb\"]"),
		CASE("the first half of a pair", "[\"\\ud83d\"]"),
		CASE("the second half of a pair", "[\"\\ude00\"]"),
		CASE("the halves the wrong way", "[\"\\ude00\\ud83d\"]"),
		CASE("a surrogate in UTF-8", "[\"\xed\xa0\xbd\"]"),
		CASE("Latin-1", "[\"\xe9\"]"),
		CASE("UTF-8 cut short", "[\"\xe2\x82\"]"),
		CASE("UTF-8 longer than needed", "[\"\xc0\xaf\"]"),
		CASE("behind Unicode's end", "[\"\xf4\x90\x80\x80\"]"),
		CASE("a comma behind the last", "[1,]"),
		CASE("a comma behind the last key", "{\"a\":1,}"),
		CASE("single quotes", "{'a':1}"),
		CASE("a key without quotes", "{a:1}"),
		CASE("a comment", "{/**/}"),
		CASE("a plus sign", "[+1]"),
		CASE("a leading zero", "[01]"),
		CASE("a point without digits", "[1.]"),
		CASE("not a number", "[NaN]"),
		CASE("hexadecimal", "[0x10]"),
		CASE("an integer too large", "[9223372036854775808]"),
		CASE("a real too large", "[1e999]"),
		CASE("an unknown escape", "[\"\\x41\"]"),
		CASE("True", "[True]"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		const char *why = check(rows[i].in);

		cr_expect(
		    why != NULL && strcmp(why, "the body is not JSON") == 0,
		    "%s: %s", rows[i].name, why == NULL ? "taken" : why);
	}
}

Test(json_check, refuses_values_that_no_operation_has_for_a_body)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("a string", "\"a\""),
		CASE("an object in a string", "\"{}\""),
		CASE("a number", "1"),
		CASE("true", "true"),
		CASE("false", "false"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		const char *why = check(rows[i].in);

		cr_expect(why != NULL && strstr(why, "null") != NULL, "%s: %s",
		    rows[i].name, why == NULL ? "taken" : why);
	}
}

Test(json_check, refuses_a_key_that_stands_twice)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("side by side", "{\"a\":1,\"a\":1}"),
		CASE("inside", "[{\"x\":{\"a\":{},\"b\":0,\"a\":{}}}]"),
		CASE("one of them escaped", "{\"a\":1,\"\\u0061\":2}"),
		CASE("empty", "{\"\":1,\"\":2}"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		const char *why = check(rows[i].in);

		cr_expect(why != NULL && strstr(why, "twice") != NULL, "%s: %s",
		    rows[i].name, why == NULL ? "taken" : why);
	}
}

Test(json_check, ends_at_a_depth_that_its_stack_can_bear)
{
	cr_expect(check(cases_repeat("", "[", 1000, "")) != NULL);
	cr_expect(check(cases_repeat("", "[", CASES_LARGEST, "")) != NULL);
	cr_expect(check(cases_repeat("", "{\"a\":", 12000, "1")) != NULL);
}
