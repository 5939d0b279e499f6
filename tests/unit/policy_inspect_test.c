/* SPDX-License-Identifier: MIT */
/* The engine that walks a document along a table of fields: what it refuses,
 * what it drops, and what it says. Tables of its own, so that no operation's
 * fields matter here. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect/parts.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

static struct inspection in;
static char outcome[8 * 1024];

static void
begin(const struct profile *profile)
{
	in = (struct inspection){ .profile = profile };
	in.why = TEXT(in.why_memory);
	in.field = TEXT(in.field_memory);
	in.hint = TEXT(in.hint_memory);
	in.ask = TEXT(in.ask_memory);
	in.path = TEXT(in.path_memory);
}

/* "STATUS WHY", or the document. */
static void
tell(bool ok, const struct json *document)
{
	struct text text = TEXT(outcome);
	struct buf buf = { 0 };

	if (ok) {
		cr_assert(json_write(document, &buf));
		text_add(&text, buf_span(&buf));
		buf_clear(&buf);
	} else {
		text_number(&text, in.status);
		text_char(&text, ' ');
		text_add(&text, text_span(&in.why));
	}
	text_char(&text, '\0');
	cr_assert(not(text.full));
}

/* What comes of a body that is judged by those fields. */
static const char *
walk(const struct field *fields, const char *profile, const char *body)
{
	struct policy *policy = policies_web(profile);
	struct json *document;
	const char *why;

	begin(&policy->profiles[0]);
	document = json_read(span_of(body), &why);
	cr_assert(document != NULL, "%s: %s", body, why);
	tell(inspect_object(&in, document, fields), document);
	json_free(document);
	policy_free(policy);
	return outcome;
}

struct row {
	const char *body;
	const char *wanted; /* a glob; NULL: the body itself */
};

static void
check(const struct field *fields, const char *profile, const struct row *rows,
    size_t len)
{
	const char *wanted, *got;
	size_t i;

	for (i = 0; i < len; i++) {
		wanted = rows[i].wanted;
		got = walk(fields, profile, rows[i].body);
		if (wanted == NULL)
			cr_expect(strcmp(rows[i].body, got) == 0, "%s: got %s",
			    rows[i].body, got);
		else
			cr_expect(glob_matches(span_of(wanted), span_of(got)),
			    "%s: wanted %s, got %s", rows[i].body, wanted, got);
	}
}

/* "bad" is refused, "old" becomes "new", an element "gone" is removed. */
static bool
rule_word(struct inspection *inspection, struct json *value)
{
	if (span_eq(json_text(value), SPAN("gone"))) {
		json_remove_item(inspection->parent, inspection->index);
		return true;
	}
	if (span_eq(json_text(value), SPAN("bad")))
		return inspect_refuse_ever(inspection, "a bad word");
	return !span_eq(json_text(value), SPAN("old")) ||
	       inspect_replace(inspection, json_new_text(SPAN("new")));
}

/* An object whose A is "no" is refused; others are marked. */
static bool
rule_thing(struct inspection *inspection, struct json *value)
{
	struct span a = json_text(json_member(value, "A"));

	if (span_eq(a, SPAN("no")))
		return inspect_refuse_ever(inspection, "a bad thing");
	return json_set(value, "Seen", json_new_truth(true));
}

/* Says where it hangs: the array's name in its map. */
static bool
rule_outer(struct inspection *inspection, struct json *value)
{
	return json_set(
	    value, "Outer", json_new_text(span_of(inspection->outer)));
}

/* clang-format off */
static const struct field inner_fields[] = {
	{ "A", SHAPE_STRING, rule_word, KEY_NONE, NULL },
	{ "B", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field fields[] = {
	{ "String", SHAPE_STRING, rule_word, KEY_NONE, NULL },
	{ "Bool", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Integer", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Number", SHAPE_NUMBER, rule_pass, KEY_NONE, NULL },
	{ "Strings", SHAPE_STRINGS, rule_word, KEY_NONE, NULL },
	{ "Command", SHAPE_COMMAND, rule_word, KEY_NONE, NULL },
	{ "Integers", SHAPE_INTEGERS, rule_pass, KEY_NONE, NULL },
	{ "Map", SHAPE_MAP, rule_word, KEY_NONE, NULL },
	{ "Set", SHAPE_SET, rule_pass, KEY_NONE, NULL },
	{ "Object", SHAPE_OBJECT, rule_thing, KEY_NONE, inner_fields },
	{ "Objects", SHAPE_OBJECTS, rule_thing, KEY_NONE, inner_fields },
	{ "ObjectMap", SHAPE_OBJECT_MAP, rule_thing, KEY_NONE, inner_fields },
	{ "ObjectsMap", SHAPE_OBJECTS_MAP, rule_outer, KEY_NONE,
	    inner_fields },
	{ "Raw", SHAPE_RAW, rule_pass, KEY_NONE, NULL },
	{ "Ignored", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "Empty", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

Test(inspect_object, drops_what_is_empty_and_refuses_what_is_not_known)
{
	static const struct row rows[] = {
		ROW("{}", NULL),
		ROW("{\"X\":null}", "{}"),
		ROW("{\"X\":false}", "{}"),
		ROW("{\"X\":0}", "{}"),
		ROW("{\"X\":0.0}", "{}"),
		ROW("{\"X\":\"\"}", "{}"),
		ROW("{\"X\":[]}", "{}"),
		ROW("{\"X\":{}}", "{}"),
		ROW("{\"X\":{},\"Integer\":1,\"Y\":[],\"Z\":null}",
		    "{\"Integer\":1}"),
		ROW("{\"X\":true}", "403 X = true (a field that is not known)"),
		ROW("{\"X\":-1}", "403 X = -1 (a field that is not known)"),
		ROW("{\"X\":0.5}", "403 X (a field that is not known)"),
		ROW("{\"X\":\" \"}",
		    "403 X = \" \" (a field that is not known)"),
		ROW("{\"X\":[null]}", "403 X (a field that is not known)"),
		ROW("{\"X\":{\"a\":null}}",
		    "403 X (a field that is not known)"),
		ROW("{\"Object\":{\"X\":1}}",
		    "403 Object.X = 1 (a field that is not known)"),
		ROW("{\"Objects\":[{},{\"X\":\"y\"}]}",
		    "403 Objects[1].X = \"y\" (a field that is not known)"),
		ROW("{\"ObjectMap\":{\"m\":{\"X\":1}}}",
		    "403 ObjectMap.m.X = 1 (a field that is not known)"),
		ROW("{\"ObjectsMap\":{\"80/tcp\":[{},{\"X\":1}]}}",
		    "403 ObjectsMap.80/tcp[1].X = 1 (a field that is not "
		    "known)"),
		/* Of listed ones null is as good as absent, in every place. */
		ROW("{\"String\":null,\"Object\":null,\"Strings\":null}", "{}"),
		ROW("{\"Object\":{\"A\":null,\"B\":2}}",
		    "{\"Object\":{\"B\":2,\"Seen\":true}}"),
		ROW("{\"Raw\":null}", "{}"),
		/* What is empty but listed stays: it may mean something. */
		ROW("{\"String\":\"\",\"Strings\":[],\"Map\":{},\"Raw\":[]}",
		    NULL),
	};

	check(fields, "", rows, CASES(rows));
}

/* Go takes such a name for the listed one, and so may merge the two. */
Test(inspect_object, refuses_a_name_that_folds_to_a_listed_one)
{
	static const struct row rows[] = {
		ROW("{\"string\":\"x\"}",
		    "400 string = \"x\" (a field in the wrong case)"),
		ROW("{\"STRING\":\"\"}", "400 STRING*wrong case)"),
		ROW("{\"string\":null}", "400 string (*wrong case)"),
		ROW("{\"String\":\"x\",\"strinG\":\"x\"}", "400 strinG*"),
		ROW("{\"\xc5\xbftring\":\"x\"}",
		    "400 \\u00c5\\u00bftring = \"x\" (a field in the wrong "
		    "case)"),
		ROW("{\"\\u017ftring\":null}", "400 *wrong case)"),
		ROW("{\"Set\":{},\"\\u017fet\":{}}", "400 *wrong case)"),
		ROW("{\"object\":{}}", "400 object (*wrong case)"),
		ROW("{\"Object\":{\"a\":\"x\"}}", "400 Object.a = *case)"),
		ROW("{\"Objects\":[{\"b\":0}]}", "400 Objects[0].b = *case)"),
		ROW("{\"ObjectMap\":{\"m\":{\"a\":\"x\"}}}",
		    "400 ObjectMap.m.a = *case)"),
		/* Names of a map's are anybody's. */
		ROW("{\"Map\":{\"String\":\"x\",\"string\":\"y\"}}", NULL),
		ROW("{\"ObjectMap\":{\"STRING\":{}}}",
		    "{\"ObjectMap\":{\"STRING\":{\"Seen\":true}}}"),
		/* These do not fold. */
		ROW("{\"Strin\":null,\"Stringg\":0,\"\\u0160tring\":\"\"}",
		    "{}"),
		ROW("{\"Strin\":\"x\"}", "403 *not known)"),
	};
	static const struct field kelvin[] = {
		{"Links",	   SHAPE_STRING, rule_pass, KEY_NONE, NULL },
		{ 0},
	};
	static const struct row kelvins[] = {
		ROW("{\"Links\":\"a\"}", NULL),
		ROW("{\"Lin\xe2\x84\xaas\":\"a\"}", "400 *wrong case)"),
		ROW("{\"Lin\\u212a\\u017f\":null}", "400 *wrong case)"),
		ROW("{\"Lin\\u212bs\":null}", "{}"),
	};

	check(fields, "", rows, CASES(rows));
	check(kelvin, "", kelvins, CASES(kelvins));
}

/* Each shape with what it takes, and the nearest that it does not. */
Test(inspect_object, checks_every_shape)
{
	static const struct row rows[] = {
		ROW("{\"String\":\"x\"}", NULL),
		ROW("{\"String\":1}", "400 String = 1 (*wrong kind)"),
		ROW("{\"String\":[\"x\"]}", "400 String (*wrong kind)"),
		ROW("{\"String\":false}", "400 String = false (*wrong kind)"),
		ROW("{\"Bool\":true}", NULL),
		ROW("{\"Bool\":false}", NULL),
		ROW("{\"Bool\":\"true\"}", "400 Bool = \"true\" (*wrong kind)"),
		ROW("{\"Bool\":0}", "400 Bool = 0 (*wrong kind)"),
		ROW("{\"Integer\":-9223372036854775808}", NULL),
		ROW("{\"Integer\":1.0}", "400 Integer (*wrong kind)"),
		ROW("{\"Integer\":1e2}", "400 Integer (*wrong kind)"),
		ROW("{\"Integer\":\"1\"}", "400 Integer = \"1\" (*"),
		ROW("{\"Number\":1}", NULL),
		ROW("{\"Number\":0.5}", NULL),
		ROW("{\"Number\":\"0.5\"}", "400 Number = \"0.5\" (*"),
		ROW("{\"Strings\":[\"a\",\"\"]}", NULL),
		ROW("{\"Strings\":\"a\"}",
		    "400 Strings = \"a\" (not an array)"),
		ROW("{\"Strings\":{\"0\":\"a\"}}",
		    "400 Strings (not an array)"),
		ROW("{\"Strings\":[\"a\",null]}",
		    "400 Strings[1] (*wrong kind)"),
		ROW("{\"Strings\":[\"a\",[\"b\"]]}",
		    "400 Strings[1] (*wrong kind)"),
		ROW("{\"Command\":[\"a\",\"b\"]}", NULL),
		ROW("{\"Command\":\"a b\"}", "{\"Command\":[\"a b\"]}"),
		ROW("{\"Command\":\"\"}", "{\"Command\":[\"\"]}"),
		ROW("{\"Command\":\"bad\"}",
		    "403 Command[0] = \"bad\" (a bad word)"),
		ROW("{\"Command\":\"old\"}", "{\"Command\":[\"new\"]}"),
		ROW("{\"Command\":1}", "400 Command = 1 (not an array)"),
		ROW("{\"Command\":[1]}", "400 Command[0] = 1 (*wrong kind)"),
		ROW("{\"Integers\":[0,-1]}", NULL),
		ROW("{\"Integers\":[1.5]}", "400 Integers[0] (*wrong kind)"),
		ROW("{\"Integers\":1}", "400 Integers = 1 (not an array)"),
		ROW("{\"Map\":{\"a\":\"b\",\"\":\"\"}}", NULL),
		ROW("{\"Map\":{\"a\":1}}", "400 Map.a = 1 (*wrong kind)"),
		ROW("{\"Map\":{\"a\":null}}", "400 Map.a (*wrong kind)"),
		ROW("{\"Map\":[\"a\"]}", "400 Map (not an object)"),
		ROW("{\"Map\":\"a\"}", "400 Map = \"a\" (not an object)"),
		ROW("{\"Set\":{\"80/tcp\":{}}}", NULL),
		ROW("{\"Set\":{\"80/tcp\":null}}", "{\"Set\":{\"80/tcp\":{}}}"),
		ROW("{\"Set\":{\"80/tcp\":{\"a\":null}}}",
		    "400 Set.80/tcp (*wrong kind)"),
		ROW("{\"Set\":{\"80/tcp\":[]}}", "400 Set.80/tcp (*kind)"),
		ROW("{\"Set\":[]}", "400 Set (not an object)"),
		ROW("{\"Object\":{\"A\":\"x\"}}",
		    "{\"Object\":{\"A\":\"x\",\"Seen\":true}}"),
		ROW("{\"Object\":[]}", "400 Object (*wrong kind)"),
		ROW("{\"Object\":\"\"}", "400 Object = \"\" (*wrong kind)"),
		ROW("{\"Objects\":[{\"A\":\"x\"},{}]}",
		    "{\"Objects\":[{\"A\":\"x\",\"Seen\":true},"
		    "{\"Seen\":true}]}"),
		ROW("{\"Objects\":[null]}", "400 Objects[0] (*wrong kind)"),
		ROW("{\"Objects\":{\"A\":\"x\"}}",
		    "400 Objects (not an array)"),
		ROW("{\"Objects\":[[]]}", "400 Objects[0] (*wrong kind)"),
		ROW("{\"ObjectMap\":{\"m\":{},\"n\":null}}",
		    "{\"ObjectMap\":{\"m\":{\"Seen\":true},"
		    "\"n\":{\"Seen\":true}}}"),
		ROW("{\"ObjectMap\":{\"m\":[]}}",
		    "400 ObjectMap.m (*wrong kind)"),
		ROW("{\"ObjectMap\":[{}]}", "400 ObjectMap (not an object)"),
		ROW("{\"ObjectsMap\":{\"m\":[{\"B\":1},{}]}}",
		    "{\"ObjectsMap\":{\"m\":[{\"B\":1,\"Outer\":\"m\"},"
		    "{\"Outer\":\"m\"}]}}"),
		ROW("{\"ObjectsMap\":{\"m\":{}}}",
		    "400 ObjectsMap.m (not an array)"),
		ROW("{\"ObjectsMap\":{\"m\":[null]}}",
		    "400 ObjectsMap.m[0] (*wrong kind)"),
		ROW("{\"ObjectsMap\":{\"m\":0}}",
		    "400 ObjectsMap.m = 0 (not an array)"),
		ROW("{\"Raw\":{\"x\":[1,null,{\"y\":\"z\"}]}}", NULL),
	};

	check(fields, "", rows, CASES(rows));
}

/* To Docker 29 no binding at all is one to any port of the host's. */
Test(inspect_object, drops_names_without_elements)
{
	static const struct row rows[] = {
		ROW("{\"ObjectsMap\":{\"m\":null}}", "{\"ObjectsMap\":{}}"),
		ROW("{\"ObjectsMap\":{\"m\":[]}}", "{\"ObjectsMap\":{}}"),
		ROW("{\"ObjectsMap\":{\"m\":[],\"n\":[{}],\"o\":null}}",
		    "{\"ObjectsMap\":{\"n\":[{\"Outer\":\"n\"}]}}"),
	};

	check(fields, "", rows, CASES(rows));
}

Test(inspect_object, replaces_values_where_they_are)
{
	static const struct row rows[] = {
		ROW("{\"String\":\"old\",\"Bool\":true}",
		    "{\"String\":\"new\",\"Bool\":true}"),
		ROW("{\"Strings\":[\"old\",\"x\",\"old\"]}",
		    "{\"Strings\":[\"new\",\"x\",\"new\"]}"),
		ROW("{\"Map\":{\"b\":\"old\",\"a\":\"x\",\"c\":\"old\"}}",
		    "{\"Map\":{\"b\":\"new\",\"a\":\"x\",\"c\":\"new\"}}"),
		ROW("{\"Objects\":[{\"A\":\"old\"},{\"A\":\"x\"}]}",
		    "{\"Objects\":[{\"A\":\"new\",\"Seen\":true},"
		    "{\"A\":\"x\",\"Seen\":true}]}"),
		ROW("{\"ObjectMap\":{\"m\":{\"A\":\"old\"}}}",
		    "{\"ObjectMap\":{\"m\":{\"A\":\"new\",\"Seen\":true}}}"),
		ROW("{\"Ignored\":{\"any\":[1]},\"Bool\":true,"
		    "\"Empty\":[]}",
		    "{\"Bool\":true}"),
		ROW("{\"Empty\":[0]}", "403 Empty (nothing allows it)"),
		ROW("{\"Empty\":1}", "403 Empty = 1 (nothing allows it)"),
	};

	check(fields, "", rows, CASES(rows));
}

/* All others are judged, and called as the client counts them. */
Test(inspect_object, goes_on_behind_an_element_that_was_removed)
{
	static const struct row rows[] = {
		ROW("{\"Strings\":[\"gone\"]}", "{\"Strings\":[]}"),
		ROW("{\"Strings\":[\"gone\",\"old\"]}",
		    "{\"Strings\":[\"new\"]}"),
		ROW("{\"Strings\":[\"old\",\"gone\"]}",
		    "{\"Strings\":[\"new\"]}"),
		ROW("{\"Strings\":[\"a\",\"gone\",\"gone\",\"old\",\"gone\","
		    "\"b\"]}",
		    "{\"Strings\":[\"a\",\"new\",\"b\"]}"),
		ROW("{\"Strings\":[\"gone\",\"bad\"]}",
		    "403 Strings[1] = \"bad\" (a bad word)"),
		ROW("{\"Strings\":[\"gone\",\"x\",\"gone\",\"bad\",\"x\"]}",
		    "403 Strings[3] = \"bad\" (a bad word)"),
		ROW("{\"Strings\":[\"gone\",1]}",
		    "400 Strings[1] = 1 (*wrong kind)"),
		ROW("{\"Command\":\"gone\"}", "{\"Command\":[]}"),
		ROW("{\"Command\":[\"gone\",\"bad\"]}",
		    "403 Command[1] = \"bad\" (a bad word)"),
	};

	check(fields, "", rows, CASES(rows));
}

/* Go merges the two: each was judged alone. */
Test(inspect_object, takes_one_of_two_listed_names_that_fold)
{
	static const struct field part_fields[] = {
		{"Mode",	  SHAPE_STRING, rule_word, KEY_NONE, NULL },
		{ "mode", SHAPE_STRING, rule_word, KEY_NONE, NULL },
		{ 0	    },
	};
	static const struct field twin_fields[] = {
		{"Mode",	  SHAPE_STRING, rule_word, KEY_NONE, NULL },
		{ "mode", SHAPE_STRING, rule_word, KEY_NONE, NULL },
		{ "Modes",	   SHAPE_OBJECTS, rule_pass, KEY_NONE, part_fields },
		{ "Other",	   SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
		{ "OTHER", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
		{ 0	    },
	};
	static const struct row rows[] = {
		ROW("{\"Mode\":\"x\"}", NULL),
		ROW("{\"mode\":\"x\"}", NULL),
		ROW("{\"mode\":\"bad\"}", "403 mode = \"bad\" (a bad word)"),
		ROW("{\"Mode\":\"x\",\"mode\":\"y\"}",
		    "400 mode = \"y\" (a field that stands twice)"),
		ROW("{\"mode\":\"\",\"Modes\":[],\"Mode\":\"\"}",
		    "400 mode = \"\" (a field that stands twice)"),
		ROW("{\"Modes\":[{\"Mode\":\"x\"},{\"mode\":\"y\"}]}", NULL),
		ROW("{\"Modes\":[{},{\"Mode\":\"x\",\"mode\":\"x\"}]}",
		    "400 Modes[1].mode = \"x\" (a field that stands twice)"),
		/* What is dropped is not there. */
		ROW("{\"Mode\":\"x\",\"mode\":null}", "{\"Mode\":\"x\"}"),
		ROW("{\"Mode\":null,\"mode\":\"x\"}", "{\"mode\":\"x\"}"),
		ROW("{\"Other\":1,\"OTHER\":0}", "{}"),
		/* The first is what is told. */
		ROW("{\"Mode\":\"x\",\"mode\":\"bad\"}",
		    "403 mode = \"bad\" (a bad word)"),
	};

	check(twin_fields, "", rows, CASES(rows));
}

Test(inspect_object, says_where_and_what)
{
	static const struct row rows[] = {
		ROW("{\"String\":\"bad\"}",
		    "403 String = \"bad\" (a bad word)"),
		ROW("{\"Strings\":[\"x\",\"bad\",\"bad\"]}",
		    "403 Strings[1] = \"bad\" (a bad word)"),
		ROW("{\"Map\":{\"a b\\n\":\"bad\"}}",
		    "403 Map.a b\\n = \"bad\" (a bad word)"),
		ROW("{\"Object\":{\"A\":\"bad\"}}",
		    "403 Object.A = \"bad\" (a bad word)"),
		/* Not the member that was judged before. */
		ROW("{\"Object\":{\"A\":\"no\",\"B\":3}}",
		    "403 Object (a bad thing)"),
		ROW("{\"Objects\":[{},{\"A\":\"no\"}]}",
		    "403 Objects[1] (a bad thing)"),
		ROW("{\"ObjectMap\":{\"m\":{\"A\":\"no\",\"X\":null}}}",
		    "403 ObjectMap.m (a bad thing)"),
		/* Only the first counts. */
		ROW("{\"String\":\"bad\",\"X\":1}",
		    "403 String = \"bad\" (a bad word)"),
		ROW("{\"X\":\"\xc3\xa9\\\"\\\\\\n\\u0001\"}",
		    "403 X = \"\\u00c3\\u00a9\\\"\\\\\\n\\u0001\" (a field "
		    "that is not known)"),
	};

	check(fields, "", rows, CASES(rows));
}

/* A value is cut, and a path that does not fit leaves out what does not. */
Test(inspect_object, shortens_what_is_long)
{
	char body[4096], wanted[512], name[1024], value[200];

	memset(value, 'v', sizeof(value));
	snprintf(body, sizeof(body), "{\"X\":\"%.200s\"}", value);
	snprintf(wanted, sizeof(wanted),
	    "403 X = \"%.120s\" (a field that is not known)", value);
	cr_expect(eq(str, (char *)walk(fields, "", body), wanted));
	memset(name, 'n', sizeof(name));
	snprintf(body, sizeof(body), "{\"Map\":{\"%.1000s\":\"bad\"}}", name);
	cr_expect(eq(str, (char *)walk(fields, "", body),
	    "403 Map. = \"bad\" (a bad word)"));
	snprintf(
	    body, sizeof(body), "{\"%.1000s\":null,\"Strings\":[1]}", name);
	cr_expect(eq(str, (char *)walk(fields, "", body),
	    "400 Strings[0] = 1 (a value of the wrong kind)"));
}

/* clang-format off */
static const struct field keyed_fields[] = {
	{ "Flag", SHAPE_BOOL, rule_flag, CONTAINER_PRIVILEGED, NULL },
	{ "Listed", SHAPE_STRING, rule_listed, CONTAINER_RUNTIME, NULL },
	{ "Any", SHAPE_STRING, rule_listed_or_any, CONTAINER_VOLUME, NULL },
	{ "Many", SHAPE_STRINGS, rule_listed, CONTAINER_RUNTIME, NULL },
	{ "Env", SHAPE_STRINGS, rule_env, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

Test(rules, ask_the_profile)
{
	static const char said[] = "[container]\nprivileged = yes\n"
				   "runtime = runc kata-*\n"
				   "volume = data\n";
	static const char no[] = "[container]\nprivileged = no\n";
	static const struct row silent[] = {
		ROW("{\"Flag\":false}", NULL),
		ROW("{\"Flag\":true}",
		    "403 Flag = true (add [container] privileged = yes, or "
		    "drop the field)"),
		ROW("{\"Listed\":\"\"}", NULL),
		ROW("{\"Listed\":\"runc\"}",
		    "403 Listed = \"runc\" (add [container] runtime = runc, "
		    "or drop the field)"),
		ROW("{\"Any\":\"x\"}", NULL),
		ROW("{\"Any\":\"\"}", NULL),
	};
	static const struct row loud[] = {
		ROW("{\"Flag\":true}", NULL),
		ROW("{\"Flag\":false}", NULL),
		ROW("{\"Listed\":\"runc\"}", NULL),
		ROW("{\"Listed\":\"kata-\"}", NULL),
		ROW("{\"Listed\":\"kata-qemu\"}", NULL),
		ROW("{\"Listed\":\"kata\"}", "403 Listed = \"kata\" *"),
		ROW("{\"Listed\":\"RUNC\"}", "403 Listed = \"RUNC\" *"),
		ROW("{\"Listed\":\"runc \"}", "403 Listed = \"runc \" *"),
		ROW("{\"Many\":[\"runc\",\"\"]}", NULL),
		ROW("{\"Many\":[\"runc\",\"x\"]}",
		    "403 Many[1] = \"x\" (add [container] runtime = x, or "
		    "drop the field)"),
		ROW("{\"Any\":\"data\"}", NULL),
		ROW("{\"Any\":\"\"}", NULL),
		ROW("{\"Any\":\"date\"}",
		    "403 Any = \"date\" (add [container] volume = date, or "
		    "drop the field)"),
	};
	static const struct row denied[] = {
		ROW("{\"Flag\":true}", "403 Flag = true (add *"),
	};

	check(keyed_fields, "", silent, CASES(silent));
	check(keyed_fields, said, loud, CASES(loud));
	check(keyed_fields, no, denied, CASES(denied));
}

/* Names alone are dropped, if they are such as Podman takes for one. */
Test(rules, take_variables_with_values_only)
{
	static const struct row rows[] = {
		ROW("{\"Env\":[\"A=1\",\"B=\",\"=\",\"C=*\"]}", NULL),
		ROW("{\"Env\":[\"A=1\",\"PATH\"]}", "{\"Env\":[\"A=1\"]}"),
		ROW("{\"Env\":[\"PATH\",\"A=1\",\"_a.b-9\",\"B=2\",\"z\"]}",
		    "{\"Env\":[\"A=1\",\"B=2\"]}"),
		ROW("{\"Env\":[\"HOME\"]}", "{\"Env\":[]}"),
		ROW("{\"Env\":[\"P*\"]}",
		    "403 Env[0] = \"P*\" (a variable without a value)"),
		ROW("{\"Env\":[\"PATH\",\"*\"]}", "403 Env[1] = \"*\" (a *"),
		ROW("{\"Env\":[\"A=1\",\"PATH*\"]}",
		    "403 Env[1] = \"PATH*\" *"),
		ROW("{\"Env\":[\"\"]}", "403 Env[0] = \"\" *"),
		ROW("{\"Env\":[\"9\"]}", "403 Env[0] = \"9\" *"),
		ROW("{\"Env\":[\".a\"]}", "403 Env[0] = \".a\" *"),
		ROW("{\"Env\":[\"-a\"]}", "403 Env[0] = \"-a\" *"),
		ROW("{\"Env\":[\"A B\"]}", "403 Env[0] = \"A B\" *"),
		ROW("{\"Env\":[\"A\\n\"]}", "403 Env[0] = \"A\\n\" *"),
		ROW("{\"Env\":[\"\\u00c9\"]}", "403 Env[0] = *"),
	};

	check(keyed_fields, "", rows, CASES(rows));
}

/* The hint alone is what goes into the log; a word from the client in it is
 * escaped. */
Test(inspect_refuse, gives_a_hint_that_stays_one_line)
{
	walk(keyed_fields, "", "{\"Listed\":\"a\\n[allow]\\nb\"}");
	cases_same("hint", text_span(&in.hint),
	    SPAN("[container] runtime = a\\n[allow]\\nb"));
	cases_same("field", text_span(&in.field), SPAN("Listed"));
	cr_expect(in.status == 403);
	walk(fields, "", "{\"X\":1}");
	cr_expect(in.hint.len == 0, "nothing would allow it");
}

Test(inspect_refuse, keeps_the_first_refusal)
{
	static const struct origin near = { 0, 3 }, far = { 0, 9 };

	begin(NULL);
	cr_expect(not(inspect_refuse_by(&in, CONTAINER_LABEL, &near, "first")));
	cr_expect(not(inspect_refuse_by(&in, CONTAINER_USER, &far, "second")));
	cr_expect(not(inspect_refuse(&in, CONTAINER_IMAGE, SPAN("x"))));
	cr_expect(not(inspect_malformed(&in, "third")));
	cr_expect(not(inspect_not_found(&in, "image", SPAN("web"))));
	cr_expect(not(inspect_no_memory(&in)));
	cases_same("why", text_span(&in.why), SPAN(" (first)"));
	cr_expect(in.status == 403 && in.origin.line == 3 && in.hint.len == 0);
	begin(NULL);
	cr_expect(not(inspect_not_found(&in, "image", SPAN("we\"b"))));
	cases_same(
	    "not found", text_span(&in.why), SPAN("No such image: we\\\"b"));
	cr_expect(in.status == 404);
	begin(NULL);
	cr_expect(not(inspect_malformed(&in, "a body is missing")));
	cases_same("malformed", text_span(&in.why), SPAN("a body is missing"));
	cr_expect(in.status == 400);
}
