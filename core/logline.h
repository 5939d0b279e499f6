/* SPDX-License-Identifier: MIT */
#ifndef CORE_LOGLINE_H
#define CORE_LOGLINE_H

#include "core/limits.h"
#include "core/log.h"
#include "core/span.h"

/* Log lines, read back: just what core/log.h writes, and nothing else. */

enum {
	LOGLINE_FIELDS = 32 /* of one line, with level and event */
};

struct logline_field {
	struct span key;
	struct span value; /* as it was before it was quoted */
};

struct logline {
	struct logline_field fields[LOGLINE_FIELDS];
	size_t len;
	char memory[LIMIT_LOG_LINE]; /* of the values */
};

/* Read a whole line, which must outlive what is read; a line feed at its end is
 * no part of it, and "<N>" at its beginning is skipped. False: it is none of
 * ours. */
bool logline_read(struct logline *read, struct span line);

/* The same for a line that somebody else has put something before: the first
 * place in it that could be the beginning of one of ours must be that. */
bool logline_find(struct logline *read, struct span line);

/* The value of a field, or an empty span. */
struct span logline_value(const struct logline *read, const char *key);

#endif
