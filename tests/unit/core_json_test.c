/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
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
		CASE("a NUL behind a number", "[1\0]"),
		CASE("a NUL behind a word", "[null\0]"),
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

/* A text of more than a guarded copy can hold. */
static struct span
repeat(const char *before, const char *middle, size_t times, const char *after)
{
	static char memory[4 * LIMIT_JSON_VALUES];
	struct text text = TEXT(memory);

	text_add(&text, span_of(before));
	while (times-- > 0)
		text_add(&text, span_of(middle));
	text_add(&text, span_of(after));
	cr_assert(not(text.full));
	return text_span(&text);
}

/* So many arrays, or objects, in one another. */
static struct span
nest(const char *open, const char *close, size_t depth)
{
	static char memory[4096];
	struct text text = TEXT(memory);
	size_t i;

	for (i = 0; i < depth; i++)
		text_add(&text, span_of(open));
	text_char(&text, '0');
	for (i = 0; i < depth; i++)
		text_add(&text, span_of(close));
	cr_assert(not(text.full));
	return text_span(&text);
}

static void
check_why(const char *name, struct span text, const char *wanted)
{
	const char *why = json_check(text);

	cr_expect(why != NULL && strcmp(why, wanted) == 0, "%s: %s", name,
	    why == NULL ? "taken" : why);
}

Test(json_read, takes_the_deepest_and_no_deeper)
{
	static const char why[] = "the body's JSON is nested too deeply";

	cr_expect(json_check(nest("[", "]", LIMIT_JSON_DEPTH)) == NULL);
	check_why("arrays", nest("[", "]", LIMIT_JSON_DEPTH + 1), why);
	cr_expect(json_check(nest("{\"a\":", "}", LIMIT_JSON_DEPTH)) == NULL);
	check_why("objects", nest("{\"a\":", "}", LIMIT_JSON_DEPTH + 1), why);
	cr_expect(
	    json_check(nest("[{\"a\":", "}]", LIMIT_JSON_DEPTH / 2)) == NULL);
	check_why(
	    "both", nest("[{\"a\":", "}]", LIMIT_JSON_DEPTH / 2 + 1), why);
}

Test(json_read, takes_the_most_values_and_not_one_more)
{
	static const char why[] = "the body's JSON has too many values";

	cr_expect(
	    json_check(repeat("[0", ",0", LIMIT_JSON_VALUES - 2, "]")) == NULL);
	check_why(
	    "elements", repeat("[0", ",0", LIMIT_JSON_VALUES - 1, "]"), why);
	cr_expect(json_check(repeat("{\"a\":[[]", ",[]",
		      LIMIT_JSON_VALUES / 2 - 2, "]}")) == NULL);
	check_why("arrays",
	    repeat("{\"a\":[[]", ",[]", LIMIT_JSON_VALUES / 2 - 1, "]}"), why);
}

/* What counts depth and values must see strings as the reader does. */
Test(json_read, counts_nothing_inside_strings)
{
	struct json *document;
	const char *why;

	cr_expect(json_check(repeat("[\"", "[", 1000, "\"]")) == NULL);
	cr_expect(
	    json_check(repeat("[\"", ",", LIMIT_JSON_VALUES, "\"]")) == NULL);
	cr_expect(json_check(repeat("[\"\\\"", "{", 1000, "\"]")) == NULL);
	cr_expect(json_check(repeat("{\"", "]", 1000, "\":1}")) == NULL);
	check_why("behind an escaped backslash",
	    repeat("[\"\\\\\",", "[", 1000, "\"]"),
	    "the body's JSON is nested too deeply");
	check_why(
	    "cut behind a backslash", SPAN("[\"\\"), "the body is not JSON");
	check_why("one end more", SPAN("[]]"), "the body is not JSON");
	check_why("an end first", SPAN("}{"), "the body is not JSON");
	document = json_read(SPAN("[\"a\\\\\",\"\\\"]\"]"), &why);
	cr_assert(document != NULL);
	cr_expect(eq(sz, json_count(document), 2));
	json_free(document);
}

/* What is cut is refused, wherever that is; and what is behind the end. */
Test(json_check, refuses_each_document_that_is_cut)
{
	static const char *const rows[] = { "{}", "[]", "null", "[null]",
		"{\"a\":{\"b\":[1,-2,3.5e1,true,false,null,\"\"]},\"c\":[]}",
		"[\"\\u00e9\\ud83d\\ude00\\nÃ©â¬ð\"]",
		" { \"long enough a name\" : [ \"long enough a text\" ] }" };
	struct span text;
	size_t i, len;

	for (i = 0; i < CASES(rows); i++) {
		text = span_of(rows[i]);
		for (len = 0; len < text.len; len++)
			check_why(rows[i],
			    (struct span){
				cases_guard((struct span){ text.at, len }),
				len },
			    "the body is not JSON");
		cr_expect(check(text) == NULL, "%s", rows[i]);
		cr_expect(check(cases_repeat(rows[i], " ", 9, "")) == NULL);
		cr_expect(check(cases_repeat(rows[i], "", 0, "]")) != NULL);
		cr_expect(check(cases_repeat(rows[i], "", 0, "}")) != NULL);
		cr_expect(check(cases_repeat(rows[i], "", 0, ",")) != NULL);
		cr_expect(check(cases_repeat(rows[i], rows[i], 1, "")) != NULL);
	}
}

Test(json_check, refuses_what_is_in_the_wrong_place)
{
	static const char *const rows[] = { "[,]", "[1,,2]", "[,1]", "[1 2]",
		"[1:2]", "[\"a\":1]", "{,}", "{\"a\"}", "{\"a\",1}", "{\"a\":}",
		"{\"a\":,}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{:1}",
		"{1:2}", "{null:1}", "{[]:1}", "{\"a\"::1}", "{\"a\":1:2}",
		"[}", "{]", "[1}", "{\"a\":1]", "[[]", "{\"a\":{}", "[nul]",
		"[nulll]", "[truefalse]", "[true false]", "[tru]", "[fals]",
		"[NULL]", "[\"a\"\"b\"]", "[\f]", "[\v]", "\v[]", "[]\f",
		"[Â ]", ":", ",", "]" };
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_why(rows[i], span_of(rows[i]), "the body is not JSON");
}

/* Without a look at it. */
Test(json_check, refuses_a_text_that_no_body_is)
{
	check_why("too long", (struct span){ NULL, LIMIT_BODY_MAX + 1 },
	    "the body's JSON is too long");
	check_why("nothing", (struct span){ NULL, 0 }, "the body is not JSON");
}
