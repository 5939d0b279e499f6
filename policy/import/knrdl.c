/* SPDX-License-Identifier: MIT */
/* knrdl/docker-socket-protector: lines of two expressions, for the method and
 * for the whole target, query and all. */

#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/import/regex.h"

/* One '^' and one '$' are taken off, and both are put on. */
static void
anchor(struct span text, struct buf *out)
{
	if (span_starts(text, SPAN("^"))) {
		text.at++;
		text.len--;
	}
	if (text.len > 0 && text.at[text.len - 1] == '$')
		text.len--;
	put(out, "^");
	put_span(out, text);
	put(out, "$");
	put_span(out, (struct span){ "", 1 });
}

/* The methods that an expression means. */
static bool
read_methods(struct span word, unsigned *methods, struct err *err)
{
	struct rules rules = { 0 };
	struct buf expression = { 0 };
	enum method method;
	bool good;

	anchor(word, &expression);
	expression.len--; /* the NUL */
	good = rules_add(
		   &rules, true, METHODS_ALL, buf_span(&expression), err) == 0;
	*methods = 0;
	for (method = METHOD_GET; good && method <= METHOD_OPTIONS; method++)
		if (rules_allow(&rules, METHOD_GET, method_name(method)))
			*methods |= METHOD_BIT(method);
	rules_clear(&rules);
	buf_clear(&expression);
	return good;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static void
read_line(struct import *import, unsigned number, struct span line)
{
	struct buf expression = { 0 }, label = { 0 };
	struct span rest, word;
	unsigned methods;
	struct err err;

	while (line.len > 0 && is_blank(*line.at)) {
		line.at++;
		line.len--;
	}
	while (line.len > 0 && is_blank(line.at[line.len - 1]))
		line.len--;
	if (line.len == 0 || *line.at == '#')
		return;
	rest = line;
	span_word(&rest, " \t\r\f\v", &word);
	while (rest.len > 0 && is_blank(*rest.at)) {
		rest.at++;
		rest.len--;
	}
	if (!span_starts(rest, SPAN("/")) || rest.len == 1) {
		import_warn(import, number,
		    "left out: this is no line of a method and a path");
		return;
	}
	if (!read_methods(word, &methods, &err)) {
		import_warn(
		    import, number, "left out: its method: %s", err.text);
		return;
	}
	anchor(rest, &expression);
	put_span(&label, line);
	put_span(&label, (struct span){ "", 1 });
	if (import_rule(import, number, true, methods, buf_span(&expression).at,
		buf_span(&label).at) &&
	    regex_is_split(rest))
		import_remark(import,
		    "%s: its '|' is outside of parentheses, so the first part "
		    "held only for how targets begin, and the last part only "
		    "for how they end.",
		    buf_span(&label).at);
	buf_clear(&expression);
	buf_clear(&label);
}

int
knrdl_read(struct import *import, struct err *err)
{
	struct span text = import->input->text, line;
	unsigned number = 0;
	const char *end;

	if (import->input->service != NULL)
		return err_set(
		    err, 0, "%s: a profile has no services", import->where);
	import->rules.reading = READS_WHOLE;
	while (text.len > 0) {
		end = memchr(text.at, '\n', text.len);
		line.at = text.at;
		line.len = end == NULL ? text.len : (size_t)(end - text.at);
		text.at += line.len + (end != NULL);
		text.len -= line.len + (end != NULL);
		read_line(import, ++number, line);
	}
	return 0;
}
