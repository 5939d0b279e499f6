/* SPDX-License-Identifier: MIT */
/* What is made of JSON: asking it, changing it, and writing it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "tests/unit/cases.h"

/* Read what is good. */
static struct json *
read_good(const char *text)
{
	const char *why;
	struct span copy = span_of(text);
	struct json *document;

	copy.at = cases_guard(copy);
	document = json_read(copy, &why);
	cr_assert(document != NULL, "%s: %s", text, why);
	cr_expect(why == NULL, "%s", text);
	return document;
}

static void
check_text(const char *name, const struct json *value, const char *wanted)
{
	struct buf buf = { 0 };

	cr_assert(json_write(value, &buf), "%s", name);
	cases_same(name, buf_span(&buf), span_of(wanted));
	buf_clear(&buf);
}

Test(json_kind, tells_the_kinds_apart_and_what_is_nothing)
{
	static const struct {
		const char *in;
		enum json_kind kind;
		bool empty;
	} rows[] = {
		{"[null]",	    JSON_IS_NULL,	  true },
		{ "[true]",	    JSON_IS_BOOL,	  false},
		{ "[false]",	     JSON_IS_BOOL,	   true },
		{ "[0]",		 JSON_IS_INTEGER, true },
		{ "[-0]",		  JSON_IS_INTEGER, true },
		{ "[1]",		 JSON_IS_INTEGER, false},
		{ "[-1]",		  JSON_IS_INTEGER, false},
		{ "[0.0]",	   JSON_IS_NUMBER,  true },
		{ "[0e5]",	   JSON_IS_NUMBER,  true },
		{ "[-0.00E-7]",	JSON_IS_NUMBER,	true },
		{ "[1e-400]",	      JSON_IS_NUMBER,  false},
		{ "[0.0001]",	      JSON_IS_NUMBER,  false},
		{ "[1.0]",	   JSON_IS_NUMBER,  false},
		{ "[1e0]",	   JSON_IS_NUMBER,  false},
		{ "[0.1]",	   JSON_IS_NUMBER,  false},
		{ "[\"\"]",	    JSON_IS_STRING,  true },
		{ "[\" \"]",	     JSON_IS_STRING,  false},
		{ "[\"0\"]",	     JSON_IS_STRING,  false},
		{ "[[]]",		  JSON_IS_ARRAY,	 true },
		{ "[[null]]",	      JSON_IS_ARRAY,   false},
		{ "[{}]",		  JSON_IS_OBJECT,  true },
		{ "[{\"a\":null}]", JSON_IS_OBJECT,  false},
	};
	struct json *document;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		document = read_good(rows[i].in);
		cr_expect(json_kind(json_item(document, 0)) == rows[i].kind,
		    "%s", rows[i].in);
		cr_expect(
		    json_is_empty(json_item(document, 0)) == rows[i].empty,
		    "%s", rows[i].in);
		json_free(document);
	}
}

Test(json, gives_each_value_as_its_own_kind_only)
{
	struct json *document =
	    read_good("{\"t\":true,\"n\":7,\"s\":\"7\\u00e9\",\"r\":7.5,"
		      "\"a\":[1,2,3],\"o\":{\"x\":1},\"z\":null}");

	cr_expect(json_truth(json_member(document, "t")));
	cr_expect(not(json_truth(json_member(document, "n"))));
	cr_expect(not(json_truth(json_member(document, "s"))));
	cr_expect(json_int(json_member(document, "n")) == 7);
	cr_expect(json_int(json_member(document, "s")) == 0);
	cr_expect(json_int(json_member(document, "r")) == 0);
	cases_same("a string", json_text(json_member(document, "s")),
	    SPAN("7\xc3\xa9"));
	cases_same(
	    "no string", json_text(json_member(document, "n")), SPAN(""));
	cr_expect(eq(sz, json_count(document), 7));
	cr_expect(eq(sz, json_count(json_member(document, "a")), 3));
	cr_expect(eq(sz, json_count(json_member(document, "o")), 1));
	cr_expect(eq(sz, json_count(json_member(document, "s")), 0));
	json_free(document);
}

Test(json, gives_nothing_for_what_is_not_there)
{
	struct json *document = read_good("{\"a\":[1],\"s\":\"x\"}");
	struct json *array = json_member(document, "a");
	struct json_cursor cursor = { 0 };

	cr_expect(json_member(document, "A") == NULL);
	cr_expect(json_member(document, "") == NULL);
	cr_expect(json_member(array, "a") == NULL);
	cr_expect(json_item(array, 1) == NULL);
	cr_expect(json_item(document, 0) == NULL);
	cr_expect(not(json_next(array, &cursor)));
	cr_expect(json_text(NULL).len == 0);
	cr_expect(not(json_truth(NULL)));
	cr_expect(json_int(NULL) == 0);
	cr_expect(eq(sz, json_count(NULL), 0));
	json_free(document);
	json_free(NULL);
}

/* What is written is read again as the same, to the last digit and in the same
 * order, by a reader that knows no more than this one. */
Test(json_write, writes_what_was_read)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"null",					 "null"			 },
		{ "{}",					  "{}"		     },
		{ "[ ]",					 "[]"		      },
		{ "{ \"b\" : 1,\n\"a\":2 , \"c\":[ ]}",
		    "{\"b\":1,\"a\":2,\"c\":[]}"						 },
		{ "[9223372036854775807,-9223372036854775808]",
		    "[9223372036854775807,-9223372036854775808]"				 },
		{ "[9007199254740993,-9007199254740993]",
		    "[9007199254740993,-9007199254740993]"				   },
		{ "[-0]",					"[0]"			},
		{ "[1.0,1e3,0.1,-2.5e-3]",			   "[1.0,1e3,0.1,-2.5e-3]" },
		{ "[true,false,null,\"\"]",			    "[true,false,null,\"\"]"},
		{ "[\"\\u00e9\\/\\ud83d\\ude00\"]",
		    "[\"\xc3\xa9/\xf0\x9f\x98\x80\"]"					      },
		{ "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u001f\\u007f\"]",
		    "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u001F\x7f\"]"			       },
		{ "{\"\\u0061\\n\":0,\"\":1}",		       "{\"a\\n\":0,\"\":1}"   },
	};
	struct json *document, *again;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		document = read_good(rows[i].in);
		check_text(rows[i].in, document, rows[i].out);
		again = read_good(rows[i].out);
		check_text(rows[i].out, again, rows[i].out);
		json_free(again);
		json_free(document);
	}
}

Test(json_write, appends_and_writes_parts)
{
	struct json *document = read_good("{\"a\":{\"b\":\"x\"}}");
	struct buf buf = { 0 };

	cr_assert(buf_add(&buf, "<", 1));
	cr_assert(json_write(json_member(document, "a"), &buf));
	cr_assert(
	    json_write(json_member(json_member(document, "a"), "b"), &buf));
	cases_same("parts", buf_span(&buf), SPAN("<{\"b\":\"x\"}\"x\""));
	buf_clear(&buf);
	json_free(document);
}

Test(json_next, walks_in_the_order_of_the_text)
{
	struct json *document = read_good("{\"z\":1,\"a\":2,\"m\":3}");
	struct json_cursor cursor = { 0 };
	char names[4] = "";
	size_t i = 0;

	while (json_next(document, &cursor)) {
		cr_assert(i < 3);
		names[i++] = cursor.name[0];
		cr_expect(json_int(cursor.value) == (int64_t)i);
	}
	cr_expect(eq(str, names, "zam"));
	cr_expect(not(json_next(document, &cursor)), "the end stays the end");
	json_free(document);
	document = read_good("{}");
	cursor = (struct json_cursor){ 0 };
	cr_expect(not(json_next(document, &cursor)));
	json_free(document);
}

/* 'r': remove the member; 'n': put a number in its place; 'o': an object; '.':
 * leave it. */
static void
change(struct json *document, const char *plan)
{
	struct json_cursor cursor = { 0 };

	for (; json_next(document, &cursor); plan++) {
		cr_assert(plan[0] != '\0', "met more than there are");
		cr_expect(cursor.name[0] == json_text(cursor.value).at[0]);
		if (*plan == 'r')
			json_remove(document, cursor.name);
		else if (*plan == 'n')
			cr_expect(
			    json_set(document, cursor.name, json_new_int(7)));
		else if (*plan == 'o')
			cr_expect(
			    json_set(document, cursor.name, json_new_object()));
	}
	cr_expect(plan[0] == '\0', "met fewer than there are");
}

Test(json_next, bears_that_its_member_is_removed_or_replaced)
{
	static const struct {
		const char *plan;
		const char *out;
	} rows[] = {
		{"....",  "{\"a\":\"a\",\"b\":\"b\",\"c\":\"c\",\"d\":\"d\"}"},
		{ "rrrr", "{}"					       },
		{ "r..r", "{\"b\":\"b\",\"c\":\"c\"}"			      },
		{ ".rr.", "{\"a\":\"a\",\"d\":\"d\"}"			      },
		{ "nonr", "{\"a\":7,\"b\":{},\"c\":7}"		       },
		{ "rnro", "{\"b\":7,\"d\":{}}"			       },
	};
	struct json *document;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		document = read_good(rows[0].out);
		change(document, rows[i].plan);
		check_text(rows[i].plan, document, rows[i].out);
		json_free(document);
	}
}

/* Enough of them that a table inside would grow or shrink meanwhile. */
Test(json_next, meets_each_of_many_once_while_half_are_removed)
{
	struct json *document = json_new_object();
	struct json_cursor cursor = { 0 };
	char name[8];
	size_t i;

	cr_assert(document != NULL);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "k%zu", i);
		cr_assert(json_set(document, name, json_new_int((int64_t)i)));
	}
	for (i = 0; json_next(document, &cursor); i++) {
		cr_assert(json_int(cursor.value) == (int64_t)i);
		if (i % 2 == 0)
			json_remove(document, cursor.name);
		else
			cr_assert(json_set(
			    document, cursor.name, json_new_truth(true)));
	}
	cr_expect(eq(sz, i, 1000));
	cr_expect(eq(sz, json_count(document), 500));
	json_free(document);
}

Test(json_set, puts_replaces_and_removes)
{
	struct json *document = read_good("{\"a\":1,\"b\":[1,2]}");
	struct json *array = json_member(document, "b");

	cr_expect(json_set(document, "a", json_new_text(SPAN("x\"y"))));
	cr_expect(json_set(document, "c", json_new_truth(false)));
	cr_expect(json_set_item(array, 1, json_new_array()));
	cr_expect(json_append(array, json_new_int(INT64_MIN)));
	check_text("set", document,
	    "{\"a\":\"x\\\"y\",\"b\":[1,[],-9223372036854775808],"
	    "\"c\":false}");
	json_remove(document, "a");
	json_remove(document, "not there");
	check_text("removed", document,
	    "{\"b\":[1,[],-9223372036854775808],\"c\":false}");
	json_free(document);
}

Test(json_remove_item, moves_up_what_stands_behind)
{
	static const struct {
		size_t index;
		const char *out;
	} rows[] = {
		{0,	     "[[1],\"c\"]"	   },
		{ 1,	     "[\"a\",\"c\"]"    },
		{ 2,	     "[\"a\",[1]]"	   },
		{ 3,	     "[\"a\",[1],\"c\"]"},
		{ SIZE_MAX, "[\"a\",[1],\"c\"]"},
	};
	struct json *document;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		document = read_good("[\"a\",[1],\"c\"]");
		json_remove_item(document, rows[i].index);
		check_text(rows[i].out, document, rows[i].out);
		json_free(document);
	}
	document = read_good("[1]");
	json_remove_item(document, 0);
	json_remove_item(document, 0);
	check_text("none left", document, "[]");
	json_free(document);
	document = read_good("{\"a\":1}");
	json_remove_item(document, 0);
	check_text("no array", document, "{\"a\":1}");
	json_free(document);
}

/* Nothing changes, and the new value is gone: a leak checker would tell. */
Test(json_set, takes_no_value_that_cannot_be)
{
	struct json *document = read_good("{\"a\":[1]}");
	struct json *array = json_member(document, "a");

	cr_expect(json_new_text(SPAN("\xff")) == NULL);
	cr_expect(not(json_set(document, "a", json_new_text(SPAN("\xff")))));
	cr_expect(not(json_set(document, "\xff", json_new_int(1))));
	cr_expect(not(json_set(array, "a", json_new_int(1))));
	cr_expect(not(json_set_item(array, 1, json_new_int(1))));
	cr_expect(not(json_set_item(document, 0, json_new_int(1))));
	cr_expect(not(json_append(document, json_new_int(1))));
	cr_expect(not(json_append(array, NULL)));
	json_remove(array, "a");
	json_remove(document, NULL);
	check_text("as it was", document, "{\"a\":[1]}");
	json_free(document);
}

Test(json_folds, takes_names_for_one_another_as_go_does)
{
	static const struct {
		const char *name;
		const char *other;
		bool folds;
	} rows[] = {
		{"HostConfig",	"HostConfig",	      true },
		{ "HostConfig",	"hostconfig",	      true },
		{ "HostConfig",	"HOSTCONFIG",	      true },
		{ "HostConfig",	"Ho\xc5\xbft\x43onfig",	true },
		{ "NetworkMode", "Networ\xe2\x84\xaaMode",  true },
		{ "Links",	   "lin\xe2\x84\xaa\xc5\xbf", true },
		{ "Sk",		"\xc5\xbf\xe2\x84\xaa",	true },
		{ "",	      "",			  true },
		{ "HostConfig",	"HostConfi",		     false},
		{ "HostConfig",	"HostConfigs",	       false},
		{ "HostConfig",	"HostConfig\xc5\xbf",      false},
		{ "HostConfig",	"Host Config",	       false},
		{ "HostConfig",
		    "Ho\xc5\xbe"
		    "tConfig",			      false},
		{ "Kill",
		    "\xe2\x84\xab"
		    "ill",				  false},
		{ "a_b",
		    "a\x7f"
		    "b",				    false},
		{ "a[b",	 "a{b",			false},
		{ "a@b",	 "a`b",			false},
		{ "Image",	   "\xc4\xb0mage",		   false},
		{ "Id",
		    "\xef\xbc\xa9"
		    "d",				    false},
		{ "s",	       "\xc5",		       false},
		{ "k",	       "\xe2\x84",		   false},
		{ "k",	       "",			   false},
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(json_folds(span_of(rows[i].name),
			      span_of(rows[i].other)) == rows[i].folds,
		    "row %zu: %s", i, rows[i].name);
		cr_expect(json_folds(span_of(rows[i].other),
			      span_of(rows[i].name)) == rows[i].folds,
		    "row %zu, the other way: %s", i, rows[i].name);
	}
}

Test(json_folds, reads_no_more_than_it_is_given)
{
	static const struct span names[] = { SPAN("\xe2\x84\xaa"),
		SPAN("\xc5\xbf"), SPAN("HostConfig") };
	struct span cut;
	size_t i, len;

	for (i = 0; i < CASES(names); i++) {
		for (len = 0; len < names[i].len; len++) {
			cut = (struct span){ cases_guard((struct span){
						 names[i].at, len }),
				len };
			cr_expect(not(json_folds(names[i], cut)));
		}
	}
}

Test(json_write, takes_what_room_it_needs)
{
	static const size_t lengths[] = { 0, 1, 4091, 4092, 4093, 4094, 4095,
		9000, 30000 };
	struct buf buf = { 0 };
	struct json *array;
	struct span text;
	size_t i;

	for (i = 0; i < CASES(lengths); i++) {
		array = json_new_array();
		text = cases_repeat("", "x", lengths[i], "");
		cr_assert(json_append(array, json_new_text(text)));
		cr_assert(buf_add(&buf, "before", 6));
		cr_expect(json_write(array, &buf));
		cr_expect(eq(sz, buf.len, 6 + lengths[i] + 4));
		text = cases_repeat("before[\"", "x", lengths[i], "\"]");
		cr_expect(span_eq(buf_span(&buf), text), "%zu", lengths[i]);
		json_free(array);
		buf_clear(&buf);
	}
}
