/* SPDX-License-Identifier: MIT */
/* CodesWhat's sockguard: rules in YAML, each with a method, a glob for the
 * path without the API's version, and whether to allow it. What else it judges
 * by is not taken over. */

#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/import/tree.h"

/* '*' is a piece of a segment, and two of them are any; behind a slash they may
 * be nothing, and then the slash is not there either. */
static void
write_glob(struct span glob, struct buf *out)
{
	size_t i;

	put(out, "^");
	for (i = 0; i < glob.len; i++) {
		struct span rest = { glob.at + i, glob.len - i };

		if (span_starts(rest, SPAN("/**"))) {
			put(out, "(/.*)?");
			i += 2;
		} else if (span_starts(rest, SPAN("**"))) {
			put(out, ".*");
			i++;
		} else if (*rest.at == '*') {
			put(out, "[^/]*");
		} else {
			put_quoted(out, (struct span){ rest.at, 1 });
		}
	}
	put(out, "$");
	put_span(out, (struct span){ "", 1 });
}

/* "*", "GET" or "GET,HEAD". */
static bool
read_methods(struct span text, unsigned *methods)
{
	struct span method;

	*methods = METHODS_ALL;
	if (span_eq(text, SPAN("*")))
		return true;
	for (*methods = 0; span_word(&text, ", ", &method);) {
		if (method_of(method) != METHOD_UNKNOWN)
			*methods |= METHOD_BIT(method_of(method));
		else if (!span_eq(method, SPAN("PATCH")) &&
			 !span_eq(method, SPAN("CONNECT")) &&
			 !span_eq(method, SPAN("TRACE")))
			return false;
	}
	return true;
}

/* All that is in a match is known. */
static bool
is_known(struct tree *tree, int match)
{
	int key;
	size_t i;

	for (i = 0; i < tree_len(tree, match); i++) {
		tree_member(tree, match, i, &key);
		if (!span_eq(tree_text(tree, key), SPAN("method")) &&
		    !span_eq(tree_text(tree, key), SPAN("path")))
			return false;
	}
	return tree_is_map(tree, match);
}

/* A rule that is not understood allows nothing; and one that may deny anything
 * denies all that comes behind it. */
static void
read_rule(struct import *import, struct tree *tree, int rule)
{
	int match = tree_get(tree, rule, "match");
	struct span action = tree_text(tree, tree_get(tree, rule, "action"));
	struct span method = tree_text(tree, tree_get(tree, match, "method"));
	struct span path = tree_text(tree, tree_get(tree, match, "path"));
	bool allow = span_eq(action, SPAN("allow"));
	unsigned methods, line = tree_line(tree, rule);
	struct buf glob = { 0 };

	if (!is_known(tree, match) || !span_starts(path, SPAN("/")) ||
	    method.len == 0 || !read_methods(method, &methods) ||
	    (!allow && !span_eq(action, SPAN("deny")))) {
		import_warn(import, line,
		    allow ? "a rule that is not understood is left out"
			  : "a rule that is not understood: it, and all "
			    "behind it, allows nothing");
		if (!allow)
			import_rule(
			    import, line, false, METHODS_ALL, "^", "deny");
		return;
	}
	write_glob(path, &glob);
	if (!import_rule(import, line, allow, methods, buf_span(&glob).at,
		"match.path") &&
	    !allow)
		import_rule(import, line, false, METHODS_ALL, "^", "deny");
	buf_clear(&glob);
}

/* What is more than rules. */
static void
check_sections(struct import *import, struct tree *tree)
{
	static const char known[] = "rules listen upstream log health server "
				    "admin metrics response policy_bundle";
	struct span rest, word, name;
	bool is_known_one;
	int key;
	size_t i;

	for (i = 0; i < tree_len(tree, tree_root(tree)); i++) {
		tree_member(tree, tree_root(tree), i, &key);
		name = tree_text(tree, key);
		is_known_one = span_starts(name, SPAN("insecure_"));
		for (rest = SPAN(known); span_word(&rest, " ", &word);)
			if (span_eq(word, name))
				is_known_one = true;
		if (!is_known_one)
			import_warn(import, tree_line(tree, key),
			    "%.*s is not taken over, only methods and paths "
			    "are",
			    SPAN_ARG(name));
	}
}

int
sockguard_read(struct import *import, struct err *err)
{
	struct tree *tree;
	int rules, key, result = -1;
	size_t i;

	if (import->input->service != NULL)
		return err_set(
		    err, 0, "%s: such a file has no services", import->where);
	import->rules.reading = READS_UNVERSIONED;
	tree = tree_read(import->input->text, import->where, err);
	if (tree == NULL)
		return -1;
	rules = tree_get(tree, tree_root(tree), "rules");
	if (!tree_is_list(tree, rules)) {
		err_set(err, 0, "%s: there is no list of rules in it",
		    import->where);
	} else {
		check_sections(import, tree);
		for (i = 0; i < tree_len(tree, rules); i++)
			read_rule(
			    import, tree, tree_member(tree, rules, i, &key));
		result = 0;
	}
	tree_free(tree);
	return result;
}
