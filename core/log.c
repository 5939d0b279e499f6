/* SPDX-License-Identifier: MIT */
/* Log lines, as logfmt or JSON. Values are strangers' bytes until they have
 * passed through here: quoted, escaped, never cut in the middle of an
 * escape, and never able to end a line. */

#include <stdio.h>
#include <string.h>

#include "core/log.h"

/* Kept free for the end of the line. */
enum {
	TAIL = 2
};

static const char *
level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error";
	case LOG_LEVEL_WARNING:
		return "warning";
	case LOG_LEVEL_NOTICE:
		return "notice";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		return "debug";
	}
	return "unknown";
}

void
log_begin(struct log_line *line, enum log_format format, bool priority,
    enum log_level level, const char *event)
{
	line->format = format;
	line->text = (struct text){ line->memory, 0,
		sizeof(line->memory) - TAIL, false };
	if (priority)
		text_format(&line->text, "<%d>", (int)level);
	if (format == LOG_FORMAT_JSON)
		text_format(&line->text, "{\"level\":\"%s\",\"event\":\"%s\"",
		    level_name(level), event);
	else
		text_format(
		    &line->text, "level=%s event=%s", level_name(level), event);
}

/* What a logfmt reader takes without quotes. */
static bool
is_plain(struct span value)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.at[i] <= ' ' || value.at[i] > '~' ||
		    value.at[i] == '"' || value.at[i] == '=' ||
		    value.at[i] == '\\')
			return false;
	return value.len > 0;
}

static void
begin_field(struct log_line *line, const char *key)
{
	if (line->format == LOG_FORMAT_JSON)
		text_format(&line->text, ",\"%s\":", key);
	else
		text_format(&line->text, " %s=", key);
}

/* A field that did not fit whole is taken back. */
static void
end_field(struct log_line *line, size_t before)
{
	if (line->text.full) {
		line->text.len = before;
		line->text.full = false;
	}
}

void
log_field(struct log_line *line, const char *key, struct span value)
{
	size_t before = line->text.len;

	begin_field(line, key);
	if (line->format == LOG_FORMAT_LOGFMT && is_plain(value)) {
		text_add(&line->text, value);
	} else {
		text_char(&line->text, '"');
		text_json(&line->text, value);
		text_char(&line->text, '"');
	}
	end_field(line, before);
}

void
log_number(struct log_line *line, const char *key, uint64_t value)
{
	size_t before = line->text.len;

	begin_field(line, key);
	text_number(&line->text, value);
	end_field(line, before);
}

void
log_seconds(struct log_line *line, const char *key, double value)
{
	size_t before = line->text.len;

	begin_field(line, key);
	text_format(&line->text, "%.3f", value);
	end_field(line, before);
}

struct span
log_end(struct log_line *line)
{
	line->text.size = sizeof(line->memory);
	if (line->format == LOG_FORMAT_JSON)
		text_char(&line->text, '}');
	text_char(&line->text, '\n');
	return text_span(&line->text);
}
