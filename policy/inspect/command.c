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

/* As JSON, in which what would end or begin a comment of a profile's line is
 * escaped, too; cut to so many bytes, with a '*' for the rest. */
static void
write_argument(struct span argument, size_t most, struct text *line)
{
	const bool cut = argument.len > most;
	size_t i;
	char c;

	if (cut)
		for (argument.len = most;
		     argument.len > 0 &&
		     (argument.at[argument.len] & 0xc0) == 0x80;)
			argument.len--;
	text_char(line, '"');
	for (i = 0; i < argument.len; i++) {
		c = argument.at[i];
		if (c == '"' || c == '\\')
			text_char(line, '\\');
		if ((unsigned char)c < ' ' || c == 0x7f || c == ';')
			text_format(line, "\\u%04x", (unsigned)c);
		else
			text_char(line, c);
	}
	if (cut)
		text_char(line, '*');
	text_char(line, '"');
}

/* The first few arguments; behind them "..." for the others. */
static bool
write_some(
    const struct json *argv, size_t count, size_t most, struct text *line)
{
	size_t i;

	line->len = 0;
	line->full = false;
	for (i = 0; i < count; i++) {
		text_char(line, i == 0 ? '[' : ',');
		write_argument(json_text(json_item(argv, i)), most, line);
	}
	if (count < json_count(argv))
		text_add(line, SPAN(",\"...\""));
	text_char(line, ']');
	return !line->full;
}

bool
command_write(const struct json *argv, struct text *line)
{
	static const size_t lengths[] = { SIZE_MAX, 128, 96, 64, 48, 32, 24, 16,
		12, 8 };
	size_t i, count = json_count(argv);

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		if (write_some(argv, count, lengths[i], line))
			return true;
	while (--count > 0)
		if (write_some(argv, count, 16, line))
			return true;
	return false;
}
