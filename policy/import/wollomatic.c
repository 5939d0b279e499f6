/* SPDX-License-Identifier: MIT */
/* wollomatic/socket-proxy: an expression, or several, for each method. It puts
 * '^' and '$' around them as they are, so that an expression with '|' outside
 * of parentheses holds at one end only: that is asked about as it is. */

#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/import/regex.h"

static const char switches[] =
    "allowhealthcheck logjson stoponwatchdog version help h";

/* What says nothing about requests. */
static const char *const others[] = { "allowfrom", "allowhealthcheck",
	"listenip", "proxyport", "proxysocketendpoint",
	"proxysocketendpointfilemode", "logjson", "loglevel",
	"shutdowngracetime", "watchdoginterval", "stoponwatchdog" };

static const char *const unknown_methods[] = { "PATCH", "CONNECT", "TRACE" };

static bool
is_among(struct span name, const char *const *list, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (span_eq_nocase(name, span_of(list[i])))
			return true;
	return false;
}

static void
add_rule(struct import *import, unsigned line, enum method method,
    struct span name, const char *value)
{
	struct buf text = { 0 }, label = { 0 };

	put(&text, "^%s$", value);
	put_span(&text, (struct span){ "", 1 });
	put(&label, "%.*s = %s", SPAN_ARG(name), value);
	put_span(&label, (struct span){ "", 1 });
	if (import_rule(import, line, true, METHOD_BIT(method),
		buf_span(&text).at, buf_span(&label).at) &&
	    regex_is_split(span_of(value)))
		import_remark(import,
		    "%s: its '|' is outside of parentheses, so the first part "
		    "held only for how paths begin, and the last part only "
		    "for how they end.",
		    buf_span(&label).at);
	buf_clear(&text);
	buf_clear(&label);
}

/* "allowGET": false if it is none of that kind. */
static bool
take_allow(struct import *import, unsigned line, struct span name,
    struct span method, const char *value)
{
	enum method known = method_of(method);

	if (known == METHOD_UNKNOWN)
		return is_among(method, unknown_methods, 3);
	if (value != NULL)
		add_rule(import, line, known, name, value);
	return true;
}

static void
take_binds(struct import *import, unsigned line, const char *value)
{
	struct span rest = span_of(value), path;
	size_t i;
	bool good;

	while (span_word(&rest, ",", &path)) {
		while (path.len > 1 && path.at[path.len - 1] == '/')
			path.len--;
		good = *path.at == '/';
		for (i = 0; i < path.len; i++)
			if (path.at[i] <= ' ' || path.at[i] > '~' ||
			    strchr("*:;#\"", path.at[i]) != NULL ||
			    (path.at[i] == '/' && i + 1 < path.len &&
				(path.at[i + 1] == '/' ||
				    path.at[i + 1] == '.')))
				good = false;
		if (good && path.len < 80)
			words_add(&import->binds, path);
		else
			import_warn(import, line,
			    "allowbindmountfrom: %.*s is left out: a profile "
			    "cannot have such a path",
			    SPAN_ARG(path));
	}
}

static void
take(struct import *import, unsigned line, struct span name, const char *value)
{
	struct span method = { name.at + 5, name.len - 5 };

	if (span_starts(name, SPAN("allow")) &&
	    take_allow(import, line, name, method, value))
		return;
	if (span_eq(name, SPAN("allowbindmountfrom"))) {
		if (value != NULL)
			take_binds(import, line, value);
	} else if (span_eq(name, SPAN("socketpath"))) {
		import_warn(import, line,
		    "socketpath is not taken over: set upstream in "
		    "postern.ini");
	} else if (span_eq(name, SPAN("proxycontainername")) ||
		   span_eq(name, SPAN("dockerlabelprefix"))) {
		import_warn(import, line,
		    "%.*s is not taken over: what containers' labels allow is "
		    "not known here; give each client a profile",
		    SPAN_ARG(name));
	} else if (!is_among(name, others, sizeof(others) / sizeof(*others))) {
		import_warn(import, line, "%.*s: no such flag is known",
		    SPAN_ARG(name));
	}
}

static bool
is_flagged(const struct import *import, struct span name)
{
	struct flag flag;
	size_t at = 0;

	while (flag_next(&import->words, switches, &at, &flag))
		if (span_eq(flag.name, name))
			return true;
	return false;
}

/* SP_ALLOW_GET, SP_ALLOW_GET_2: a flag for the same beats them. */
static void
take_variable(struct import *import, const struct variable *variable)
{
	struct span name = span_of(variable->name), rest, method;
	char memory[64];
	struct text flag = TEXT(memory);
	size_t i;

	if (!span_starts(name, SPAN("SP_")))
		return;
	name.at += 3;
	name.len -= 3;
	if (span_starts(name, SPAN("ALLOW_"))) {
		rest = (struct span){ name.at + 6, name.len - 6 };
		if (!span_word(&rest, "_", &method))
			method = rest;
		text_format(&flag, "allow%.*s", SPAN_ARG(method));
		if (is_flagged(import, text_span(&flag)))
			return;
		if (!take_allow(import, variable->line, span_of(variable->name),
			method, variable->value))
			import_warn(import, variable->line,
			    "%s: no such method is known", variable->name);
		return;
	}
	for (i = 0; i < name.len; i++)
		text_char(&flag, name.at[i] >= 'A' && name.at[i] <= 'Z'
				     ? (char)(name.at[i] + 'a' - 'A')
				     : name.at[i]);
	if (!is_flagged(import, text_span(&flag)))
		take(import, variable->line, text_span(&flag), variable->value);
}

int
wollomatic_read(struct import *import, struct err *err)
{
	struct flag flag;
	size_t i, at = 0;

	if (source_read(import, "wollomatic/socket-proxy", err) == -1)
		return -1;
	import->rules.reading = READS_DECODED;
	for (i = 0; i < import->variables.len; i++)
		take_variable(import, &import->variables.list[i]);
	while (flag_next(&import->words, switches, &at, &flag))
		take(import, 0, flag.name, flag.value);
	return 0;
}
