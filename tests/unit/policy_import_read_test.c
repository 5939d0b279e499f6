/* SPDX-License-Identifier: MIT */
/* Reading what settings are written in: variables, command lines, YAML. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/tree.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(import_variables, are_read_as_compose_does)
{
	static const struct {
		const char *line, *value; /* of A; NULL: it has none */
	} rows[] = {
		ROW("A=1", "1"),
		ROW("A=", ""),
		ROW("  A = 1", NULL),
		ROW("export A=1", "1"),
		ROW("A=a b  ", "a b"),
		ROW("A=a # b", "a"),
		ROW("A=a#b", "a#b"),
		ROW("A=\"a # b\" c", "a # b"),
		ROW("A='a\"b'", "a\"b"),
		ROW("A=1\r", "1"),
		ROW("A=1\nA=2", "2"),
		ROW("#A=1\n\nA=3", "3"),
		ROW("A", NULL),
	};
	struct variables variables;
	const struct variable *found;
	struct err err;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		variables = (struct variables){ 0 };
		if (variables_read(
			&variables, span_of(rows[i].line), "x", &err) == -1) {
			cr_expect(rows[i].value == NULL, "%s: %s", rows[i].line,
			    err.text);
			variables_clear(&variables);
			continue;
		}
		found = variables_find(&variables, "A");
		cr_assert(found != NULL, "%s", rows[i].line);
		cr_expect(eq(int, found->value == NULL, rows[i].value == NULL),
		    "%s", rows[i].line);
		if (rows[i].value != NULL && found->value != NULL)
			cases_same(rows[i].line, span_of(found->value),
			    span_of(rows[i].value));
		variables_clear(&variables);
	}
}

Test(import_variables, are_refused_with_their_line)
{
	static const char *const texts[] = { "A=1\nB C", "A=1\n1=2", "\nA='b",
		"A=1\n=2", "#\nA-B=1" };
	struct variables variables;
	struct err err;
	size_t i;

	for (i = 0; i < CASES(texts); i++) {
		variables = (struct variables){ 0 };
		cr_expect(eq(int,
			      variables_read(
				  &variables, span_of(texts[i]), "x", &err),
			      -1),
		    "%s", texts[i]);
		cr_expect(strncmp(err.text, "x:2: ", 5) == 0, "%s", err.text);
		variables_clear(&variables);
	}
}

Test(import_words, are_split_as_a_shell_does)
{
	static const struct {
		const char *line, *words; /* each with a '|' behind it */
	} rows[] = {
		ROW("a  b\tc\nd", "a|b|c|d|"),
		ROW("'a b' \"c d\"", "a b|c d|"),
		ROW("a'b'\"c\"", "abc|"),
		ROW("'a\\.b' \"a\\.b\\\"\" a\\.b", "a\\.b|a\\.b\"|a.b|"),
		ROW("a \\\n b", "a|b|"),
		ROW("a # b c\nd#e", "a|d#e|"),
		ROW("''", "|"),
		ROW("", ""),
		ROW("'a", NULL),
		ROW("a \"b", NULL),
	};
	struct words words;
	char memory[256];
	struct text text;
	struct err err;
	size_t i, k;
	int result;

	for (i = 0; i < CASES(rows); i++) {
		words = (struct words){ 0 };
		text = TEXT(memory);
		result = words_split(&words, span_of(rows[i].line), &err);
		cr_expect(result == (rows[i].words == NULL ? -1 : 0), "%s",
		    rows[i].line);
		for (k = 0; k < words.len; k++)
			text_format(&text, "%s|", words.list[k]);
		if (rows[i].words != NULL)
			cases_same(rows[i].line, text_span(&text),
			    span_of(rows[i].words));
		words_clear(&words);
	}
}

Test(import_flags, are_read_as_go_does)
{
	static const char *const list[] = { "/program", "-a=1", "--b", "2",
		"-s", "-c", "-d", "-e=" };
	static const char *const wanted[] = { "a", "1", "b", "2", "s", NULL,
		"c", "-d", "e", "" };
	struct words words = { 0 };
	struct flag flag;
	size_t i, at = 0;

	for (i = 0; i < CASES(list); i++)
		words_add(&words, span_of(list[i]));
	for (i = 0; i < CASES(wanted); i += 2) {
		cr_assert(flag_next(&words, "s t", &at, &flag));
		cases_same("name", flag.name, span_of(wanted[i]));
		cr_expect(eq(int, flag.value == NULL, wanted[i + 1] == NULL));
		if (flag.value != NULL && wanted[i + 1] != NULL)
			cases_same("value", span_of(flag.value),
			    span_of(wanted[i + 1]));
	}
	cr_expect(not(flag_next(&words, "s t", &at, &flag)));
	words_clear(&words);
	cr_expect(
	    flag_is_true("1") && flag_is_true("true") && flag_is_true(NULL));
	cr_expect(not(flag_is_true("0")));
	cr_expect(not(flag_is_true("yes")));
	cr_expect(not(flag_is_true("")));
}

static const char yaml[] = "a: &x\n"
			   "  b: 1\n"
			   "  c: [one, 'two', ~]\n"
			   "d:\n"
			   "  <<: *x\n"
			   "  b: 2\n"
			   "e: {<<: [*x, {f: 3}]}\n"
			   "g: |\n"
			   "  text\n"
			   "h:\n"
			   "loop: &l\n"
			   "  <<: *l\n";

Test(import_tree, has_maps_lists_and_scalars)
{
	struct err err;
	struct tree *tree = tree_read(span_of(yaml), "x", &err);
	int root, a, c, d, e, key;

	cr_assert(tree != NULL, "%s", err.text);
	root = tree_root(tree);
	cr_expect(eq(sz, tree_len(tree, root), 6));
	a = tree_get(tree, root, "a");
	cr_expect(tree_is_map(tree, a));
	cases_same("b", tree_text(tree, tree_get(tree, a, "b")), SPAN("1"));
	c = tree_get(tree, a, "c");
	cr_expect(tree_is_list(tree, c) && tree_len(tree, c) == 3);
	cases_same("c[1]", tree_text(tree, tree_member(tree, c, 1, &key)),
	    SPAN("two"));
	cr_expect(tree_is_null(tree, tree_member(tree, c, 2, &key)));
	cr_expect(eq(u32, tree_line(tree, tree_member(tree, c, 2, &key)), 3));
	/* What is merged is there, and is beaten by what is not. */
	d = tree_get(tree, root, "d");
	cases_same("d.b", tree_text(tree, tree_get(tree, d, "b")), SPAN("2"));
	cr_expect(tree_get(tree, d, "c") == c);
	e = tree_get(tree, root, "e");
	cases_same("e.f", tree_text(tree, tree_get(tree, e, "f")), SPAN("3"));
	cases_same("e.b", tree_text(tree, tree_get(tree, e, "b")), SPAN("1"));
	cases_same(
	    "g", tree_text(tree, tree_get(tree, root, "g")), SPAN("text\n"));
	cr_expect(tree_is_null(tree, tree_get(tree, root, "h")));
	/* What is its own member has an end. */
	cr_expect(eq(
	    int, tree_get(tree, tree_get(tree, root, "loop"), "nothing"), 0));
	/* What is not there is nothing, and has nothing. */
	cr_expect(eq(int, tree_get(tree, root, "nothing"), 0));
	cr_expect(eq(int, tree_get(tree, 0, "a"), 0));
	cr_expect(eq(sz, tree_len(tree, 0), 0));
	cr_expect(eq(sz, tree_text(tree, a).len, 0));
	tree_free(tree);
}

Test(import_tree, is_refused_with_its_line)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		ROW("a: [\n", "x:2: *"),
		ROW("a: b: c\n", "x:1: *"),
		ROW("a: 'b\n", "x:2: *"),
		ROW("a: *b\n", "x:1: *"),
		ROW("", "x: nothing is in it"),
		ROW("# only this\n", "x: nothing is in it"),
		ROW("a: \"b\\0c\"\n", "x: a byte NUL is in it"),
	};
	struct err err;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(tree_read(span_of(rows[i].text), "x", &err) == NULL);
		cr_expect(glob_matches(span_of(rows[i].why), span_of(err.text)),
		    "%s", err.text);
	}
}
