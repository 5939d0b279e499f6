/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_LOGGER_H
#define SOCKETS_LOGGER_H

#include "core/log.h"

/* Where log lines go: standard error, for whoever collects it. */
struct logger {
	struct log_line line; /* under way */
	enum log_format format;
	enum log_level level; /* the least urgent that is written */
	bool priority;	      /* the journal reads: sd-daemon(3) */
	bool may_block;	      /* it is a pipe or a socket */
	uint64_t lost;	      /* lines since the last that was written */
	uint64_t lost_ever;
};

/* Write to standard error from now on. */
void logger_init(
    struct logger *logger, enum log_format format, enum log_level level);

/* Write in another way, and go on counting. */
void logger_change(
    struct logger *logger, enum log_format format, enum log_level level);

/* Start a line. False: this level is not written, so spare yourself the
 * fields, and do not end it. */
bool
logger_begin(struct logger *logger, enum log_level level, const char *event);
void logger_field(struct logger *logger, const char *key, struct span value);
void logger_number(struct logger *logger, const char *key, uint64_t value);
void logger_seconds(struct logger *logger, const char *key, double value);

/* End the line and write it, in one piece. Where the reader has fallen so far
 * behind that writing would block, the line is lost, and counted. */
void logger_end(struct logger *logger);

#endif
