/* SPDX-License-Identifier: MIT */
/* From another proxy's settings to a profile. The settings become rules; the
 * rules are asked about every operation; the answers become lines. No
 * expression of theirs is carried over. */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/inspect.h"
#include "policy/profile_build.h"

static const struct {
	const char *name;
	int (*read)(struct import *import, struct err *err);
	bool environment, flags;
} kinds[] = {
	[IMPORT_NONE] = {"",	      NULL,	    false, false},
	[IMPORT_TECNATIVA] = { "tecnativa",   haproxy_read,	  true,	false},
	[IMPORT_LINUXSERVER] = { "linuxserver", haproxy_read,    true,  false},
	[IMPORT_WOLLOMATIC] = { "wollomatic",  wollomatic_read, true,  true },
	[IMPORT_CETUSGUARD] = { "cetusguard",  cetusguard_read, true,  true },
	[IMPORT_KNRDL] = { "knrdl",	    knrdl_read,	false, false},
	[IMPORT_SOCKGUARD] = { "sockguard",   sockguard_read,  false, false},
};

enum import_kind
import_kind_of(const char *name)
{
	enum import_kind kind;

	for (kind = IMPORT_TECNATIVA; kind <= IMPORT_SOCKGUARD; kind++)
		if (strcmp(kinds[kind].name, name) == 0)
			return kind;
	return IMPORT_NONE;
}

const char *
import_kinds(void)
{
	return "tecnativa, linuxserver, wollomatic, cetusguard, knrdl, "
	       "sockguard";
}

bool
import_takes_environment(enum import_kind kind)
{
	return kinds[kind].environment;
}

bool
import_takes_flags(enum import_kind kind)
{
	return kinds[kind].flags;
}

void
import_warn(struct import *import, unsigned line, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) == -1)
		err(1, "importing");
	va_end(arguments);
	complain(import->warnings, import->where, line, "%s", text);
	free(text);
}

void
import_remark(struct import *import, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) == -1)
		err(1, "importing");
	va_end(arguments);
	complain(&import->remarks, import->where, 0, "%s", text);
	free(text);
}

bool
import_rule(struct import *import, unsigned line, bool allow, unsigned methods,
    const char *expression, const char *text)
{
	struct err err;

	if (rules_add(
		&import->rules, allow, methods, span_of(expression), &err) == 0)
		return true;
	import_warn(import, line, "%s: left out: %s", text, err.text);
	return false;
}

/* Whether a profile can name single objects of this operation's. */
static bool
takes_globs(const struct operation *operation,
    const struct inspector *const *inspectors)
{
	return !operation->root || inspectors[operation - operations] != NULL;
}

static void
ask_all(struct import *import)
{
	const struct inspector *inspectors[OPERATIONS_MAX] = { NULL };
	struct versions docker, libpod;
	bool is_libpod;
	size_t i;

	inspect_list(inspectors);
	language_versions(&import->rules, false, &docker);
	language_versions(&import->rules, true, &libpod);
	import->answers = must(calloc(operations_len, sizeof(struct answer)));
	for (i = 0; i < operations_len; i++) {
		is_libpod = operation_is_libpod(&operations[i]);
		answer_find(&import->rules, &operations[i],
		    is_libpod ? &libpod : &docker,
		    takes_globs(&operations[i], inspectors),
		    &import->answers[i]);
	}
}

int
import_profile(const struct import_input *input, struct buf *profile,
    struct complaints *warnings, struct err *err)
{
	struct import import = { .input = input,
		.where = input->file != NULL	? input->file
			 : input->flags != NULL ? "the command line"
						: "the environment",
		.warnings = warnings };
	int result;
	size_t i;

	if (memchr(input->text.at, '\0', input->text.len) != NULL)
		return err_set(err, 0, "%s: a byte NUL is in it", import.where);
	result = kinds[input->kind].read(&import, err);
	if (result == 0) {
		ask_all(&import);
		remarks_find(&import);
		profile_write(&import, profile);
		for (i = 0; i < operations_len; i++)
			answer_clear(&import.answers[i]);
		free(import.answers);
	}
	complaints_clear(&import.remarks);
	variables_clear(&import.variables);
	words_clear(&import.words);
	words_clear(&import.binds);
	rules_clear(&import.rules);
	return result;
}
