/* SPDX-License-Identifier: MIT */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/span.h"
#include "core/text.h"

/* One line per event: "level=info event=door-open name=traefik", or the same
 * as a JSON object. Made in memory; a sink writes it. */

enum log_level { /* syslog's numbers: sd-daemon(3) */
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

enum log_format {
	LOG_FORMAT_LOGFMT = 0,
	LOG_FORMAT_JSON
};

/* A line under way. */
struct log_line {
	char memory[LIMIT_LOG_LINE];
	struct text text;
	enum log_format format;
};

/* Start a line: level and event, and before them "<N>" where the journal
 * reads (sd-daemon(3)). */
void log_begin(struct log_line *line, enum log_format format, bool priority,
    enum log_level level, const char *event);

/* Add key=value. Values may be anybody's bytes: they are quoted and escaped
 * wherever that is needed. Keys are ours. */
void log_field(struct log_line *line, const char *key, struct span value);
void log_number(struct log_line *line, const char *key, uint64_t value);
void log_seconds(struct log_line *line, const char *key, double value);

/* End the line. The span, with its line feed, is good until the line is used
 * again; it is whole even where something had to be left out. */
struct span log_end(struct log_line *line);

#endif
