/* SPDX-License-Identifier: MIT */
/* CetusGuard: lines of methods and an expression, in which %NAME% stands for
 * one of its own. They are compared with a cleaned path. */

#include <stdlib.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/import/regex.h"

enum {
	EXPANDED_MAX = 16384, /* what it may come to */
	ROUNDS_MAX = 16	      /* names in names */
};

#define ID   "[a-fA-F0-9]+"
#define NAME "[a-zA-Z0-9][a-zA-Z0-9_.-]+"

/* What the names stand for. API_PREFIX_X is a path below API_PREFIX, and
 * API_PREFIX_LIBPOD_X one below API_PREFIX_LIBPOD. */
static const struct {
	const char *name, *expression;
} variables[] = {
	{"_API_VERSION",		  "(/v[0-9]+(\\.[0-9]+)*)"				   },
	{ "_OBJECT_ID",		"(" ID ")"					  },
	{ "_OBJECT_NAME",	  "(" NAME ")"					},
	{ "_LABEL",		    "([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)"	    },
	{ "DOMAIN",		    "(%_LABEL%(\\.%_LABEL%)*)"			       },
	{ "IPV4",		  "([0-9]{1,3}(\\.[0-9]{1,3}){3})"			   },
	{ "IPV6",		  "(\\[[a-fA-F0-9]{0,4}(:[a-fA-F0-9]{0,4}){2,7}"
		  "(\\x25[a-zA-Z0-9_]+)?\\])"			      },
	{ "IP",		    "(%IPV4%|%IPV6%)"				   },
	{ "DOMAIN_OR_IP",	  "(%DOMAIN%|%IP%)"				    },
	{ "HOST",		  "(%DOMAIN_OR_IP%(:[0-9]+)?)"			       },
	{ "IMAGE_ID",	      "(" ID ")"					  },
	{ "IMAGE_COMPONENT",	     "([a-zA-Z0-9]+((\\.|_{1,2}|-+)[a-zA-Z0-9]+)*)"	    },
	{ "IMAGE_TAG",	       "([a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})"		     },
	{ "IMAGE_DIGEST",	  "([a-zA-Z][a-zA-Z0-9]*([_.+-][a-zA-Z][a-zA-Z0-9]*)*"
			  ":[a-fA-F0-9]{32,})"		       },
	{ "IMAGE_NAME",		"((%HOST%/)?%IMAGE_COMPONENT%(/%IMAGE_COMPONENT%)*)"},
	{ "IMAGE_REFERENCE",
	    "(%IMAGE_NAME%(:%IMAGE_TAG%)?(@%IMAGE_DIGEST%)?)"			      },
	{ "IMAGE_ID_OR_REFERENCE", "(%IMAGE_ID%|%IMAGE_REFERENCE%)"		    },
	{ "CONTAINER_ID",	  "(" ID ")"					  },
	{ "CONTAINER_NAME",	    "(" NAME ")"					 },
	{ "CONTAINER_ID_OR_NAME",  "(" ID "|" NAME ")"				      },
	{ "VOLUME_ID",	       "(" ID ")"					  },
	{ "VOLUME_NAME",		 "(" NAME ")"					},
	{ "VOLUME_ID_OR_NAME",     "(" ID "|" NAME ")"				   },
	{ "NETWORK_ID",		"(" ID ")"					  },
	{ "NETWORK_NAME",	  "([^/]+)"					   },
	{ "NETWORK_ID_OR_NAME",	"([^/]+)"					   },
	{ "PLUGIN_ID",	       "(" ID ")"					  },
	{ "PLUGIN_NAME",		 "%IMAGE_NAME%"					},
	{ "PLUGIN_ID_OR_NAME",     "(" ID "|%IMAGE_NAME%)"			       },
	{ "API_PREFIX",		"%_API_VERSION%?"					  },
	{ "API_PREFIX_LIBPOD",     "%_API_VERSION%/libpod"			       },
};

static const char sections[] =
    "AUTH BUILD COMMIT CONFIGS CONTAINERS DEBUG DISTRIBUTION EVENTS EXEC GRPC "
    "IMAGES INFO NETWORKS NODES PING PLUGINS SECRETS SERVICES SESSION SWARM "
    "SYSTEM TASKS VERSION VOLUMES";
static const char libpod_sections[] =
    "BUILD COMMIT CONTAINERS EVENTS EXEC GENERATE IMAGES INFO MANIFESTS "
    "NETWORKS PING PLAY PODS SECRETS SYSTEM VERSION VOLUMES";

static const char builtin[] = "GET,HEAD %API_PREFIX_PING%\n"
			      "GET,HEAD %API_PREFIX_LIBPOD_PING%\n"
			      "GET %API_PREFIX_VERSION%\n"
			      "GET %API_PREFIX_LIBPOD_VERSION%\n"
			      "GET %API_PREFIX_INFO%\n"
			      "GET %API_PREFIX_LIBPOD_INFO%\n";

/* Append "%BEFORE%/section", if the section is one of those. */
static bool
write_section(
    struct buf *out, const char *before, struct span section, const char *known)
{
	struct span rest = span_of(known), word;
	size_t i;
	char c;

	while (span_word(&rest, " ", &word)) {
		if (!span_eq(word, section))
			continue;
		put(out, "%%%s%%/%s", before,
		    span_eq(section, SPAN("PING")) ? "_" : "");
		for (i = 0; i < section.len; i++) {
			c = (char)(section.at[i] + 'a' - 'A');
			put_span(out, (struct span){ &c, 1 });
		}
		return true;
	}
	return false;
}

static bool
write_variable(struct buf *out, struct span name)
{
	struct span libpod = SPAN("API_PREFIX_LIBPOD_"), rest = name;
	struct span docker = SPAN("API_PREFIX_");
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		if (span_eq(name, span_of(variables[i].name))) {
			put(out, "%s", variables[i].expression);
			return true;
		}
	}
	if (span_starts(name, libpod)) {
		rest.at += libpod.len;
		rest.len -= libpod.len;
		return write_section(
		    out, "API_PREFIX_LIBPOD", rest, libpod_sections);
	}
	if (!span_starts(name, docker))
		return false;
	rest.at += docker.len;
	rest.len -= docker.len;
	return write_section(out, "API_PREFIX", rest, sections);
}

/* Put each %NAME%'s meaning in its place, once. True: there were any. */
static bool
expand_once(struct span in, struct buf *out)
{
	const char *end;
	struct span name;
	bool any = false;

	while (in.len > 0) {
		end = *in.at == '%' && in.len > 1
			  ? memchr(in.at + 1, '%', in.len - 1)
			  : NULL;
		if (end != NULL) {
			name = (struct span){ in.at + 1,
				(size_t)(end - in.at) - 1 };
			if (write_variable(out, name)) {
				any = true;
				in.at += name.len + 2;
				in.len -= name.len + 2;
				continue;
			}
		}
		put_span(out, (struct span){ in.at, 1 });
		in.at++;
		in.len--;
	}
	return any;
}

/* The expression, with '^' and '$'. False: it is too large. */
static bool
expand(struct span pattern, struct buf *out)
{
	struct buf before = { 0 };
	unsigned round;
	bool any = true;

	put(out, "^");
	put_span(out, pattern);
	put(out, "$");
	for (round = 0; any && round < ROUNDS_MAX; round++) {
		buf_clear(&before);
		before = *out;
		*out = (struct buf){ 0 };
		any = before.len <= EXPANDED_MAX &&
		      expand_once(buf_span(&before), out);
	}
	buf_clear(&before);
	put_span(out, (struct span){ "", 1 });
	return !any && out->len > 1 && out->len <= EXPANDED_MAX;
}

static bool
read_methods(struct span word, unsigned *methods)
{
	struct span method;
	size_t i;

	for (i = 0; i < word.len; i++)
		if (word.at[i] != ',' &&
		    !(word.at[i] >= 'A' && word.at[i] <= 'Z'))
			return false;
	for (*methods = 0; span_word(&word, ",", &method);)
		if (method_of(method) != METHOD_UNKNOWN)
			*methods |= METHOD_BIT(method_of(method));
	return true;
}

static void
read_line(struct import *import, unsigned number, struct span line)
{
	struct span rest = line, word, pattern;
	struct buf expression = { 0 };
	char text[160];
	struct text label = TEXT(text);
	unsigned methods;

	if (!span_word(&rest, " \t", &word) || *word.at == '!')
		return;
	pattern = rest;
	while (pattern.len > 0 && (*pattern.at == ' ' || *pattern.at == '\t')) {
		pattern.at++;
		pattern.len--;
	}
	while (pattern.len > 0 && (pattern.at[pattern.len - 1] == ' ' ||
				      pattern.at[pattern.len - 1] == '\t'))
		pattern.len--;
	if (pattern.len == 0 || !read_methods(word, &methods)) {
		import_warn(import, number,
		    "left out: this is no line of methods and an expression");
		return;
	}
	text_format(&label, "%.*s",
	    (int)(pattern.len < sizeof(text) ? pattern.len : sizeof(text) - 1),
	    pattern.at);
	text[label.len < sizeof(text) ? label.len : sizeof(text) - 1] = '\0';
	if (!expand(pattern, &expression)) {
		import_warn(
		    import, number, "%s: left out: it is too large", text);
	} else if (import_rule(import, number, true, methods,
		       buf_span(&expression).at, text) &&
		   regex_is_split((struct span){
		       buf_span(&expression).at + 1, expression.len - 3 })) {
		import_remark(import,
		    "%s: its '|' is outside of parentheses, so the first part "
		    "held only for how paths begin, and the last part only "
		    "for how they end.",
		    text);
	}
	buf_clear(&expression);
}

/* Line 0 for text that stands in no file. */
static void
read_rules(struct import *import, struct span text, unsigned first)
{
	struct span line;
	const char *end;
	unsigned number = first;

	while (text.len > 0) {
		end = memchr(text.at, '\n', text.len);
		line.at = text.at;
		line.len = end == NULL ? text.len : (size_t)(end - text.at);
		text.at += line.len + (end != NULL);
		text.len -= line.len + (end != NULL);
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		read_line(import, number, line);
		number += first != 0;
	}
}

static bool
is_on(const struct import *import, const char *name)
{
	const struct variable *variable;

	variable = variables_find(&import->variables, name);
	return variable != NULL && variable->value != NULL &&
	       flag_is_true(variable->value);
}

static bool
has_builtin(const struct import *import)
{
	struct flag flag;
	size_t at = 0;
	bool none = is_on(import, "CETUSGUARD_NO_BUILTIN_RULES");

	while (
	    flag_next(&import->words, "no-builtin-rules version", &at, &flag))
		if (span_eq(flag.name, SPAN("no-builtin-rules")))
			none = flag_is_true(flag.value);
	return !none;
}

int
cetusguard_read(struct import *import, struct err *err)
{
	const struct import_input *input = import->input;
	struct import_input flags = *input;
	const struct variable *variable;
	struct flag flag;
	size_t at = 0;
	bool is_rules = input->file != NULL && !source_is_yaml(input->file) &&
			!variables_seem(input->text);

	/* A file of rules; the rest is as for the others. */
	if (is_rules && input->service == NULL) {
		flags.file = NULL;
		flags.environment = NULL;
		import->input = &flags;
	}
	if (source_read(import, "cetusguard", err) == -1) {
		import->input = input;
		return -1;
	}
	import->input = input;
	import->rules.reading = READS_CLEANED;
	if (has_builtin(import))
		read_rules(import, SPAN(builtin), 0);
	if (is_rules)
		read_rules(import, input->text, 1);
	variable = variables_find(&import->variables, "CETUSGUARD_RULES");
	if (variable != NULL && variable->value != NULL)
		read_rules(import, span_of(variable->value), 0);
	if (variables_find(&import->variables, "CETUSGUARD_RULES_FILE") != NULL)
		import_warn(import, 0,
		    "CETUSGUARD_RULES_FILE is not read: import that file");
	while (
	    flag_next(&import->words, "no-builtin-rules version", &at, &flag)) {
		if (span_eq(flag.name, SPAN("rules")) && flag.value != NULL)
			read_rules(import, span_of(flag.value), 0);
		else if (span_eq(flag.name, SPAN("rules-file")))
			import_warn(import, 0,
			    "rules-file is not read: import that file");
	}
	return 0;
}
