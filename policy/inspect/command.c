/* SPDX-License-Identifier: MIT */
/* Command lines against "[exec] command =". Each of its lines is "*", for any
 * command, or a JSON array of globs, one for each argument, so that no
 * argument can pretend to be two; "..." at the end stands for any further
 * arguments, or none. */

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"

const char *
check_command(struct span line)
{
	struct json *globs;
	const char *why;
	size_t i;
	bool ok;

	if (span_eq(line, SPAN("*")))
		return NULL;
	globs = json_read(line, &why);
	ok = globs != NULL && json_kind(globs) == JSON_IS_ARRAY &&
	     json_count(globs) > 0;
	for (i = 0; ok && i < json_count(globs); i++)
		ok = json_kind(json_item(globs, i)) == JSON_IS_STRING;
	json_free(globs);
	return ok ? NULL
		  : "a command is a JSON array of strings, such as "
		    "[\"sh\", \"-c\", \"*\"], or \"*\"";
}

static bool
globs_match(const struct json *globs, const struct json *argv)
{
	size_t i, len = json_count(globs);

	if (len > 0 &&
	    span_eq(json_text(json_item(globs, len - 1)), SPAN("..."))) {
		len--;
		if (json_count(argv) < len)
			return false;
	} else if (json_count(argv) != len) {
		return false;
	}
	for (i = 0; i < len; i++)
		if (!glob_matches(json_text(json_item(globs, i)),
			json_text(json_item(argv, i))))
			return false;
	return true;
}

bool
command_is_allowed(const struct inspection *in, const struct json *argv)
{
	const struct section_setting *setting =
	    inspect_setting(in, EXEC_COMMAND);
	struct span line;
	struct json *globs;
	const char *why;
	size_t i;
	bool matches = false;

	for (i = 0; !matches && i < setting->len; i++) {
		line = span_of(setting->rules[i].text);
		if (span_eq(line, SPAN("*")))
			return true;
		globs = json_read(line, &why);
		matches = globs != NULL && globs_match(globs, argv);
		json_free(globs);
	}
	return matches;
}
