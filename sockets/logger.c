/* SPDX-License-Identifier: MIT */
/* Log lines to standard error, each in one write(2), so that lines of several
 * processes do not mix. Nobody's door may stand still because nobody reads the
 * log: a line that would have to wait is lost, and counted. */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sockets/logger.h"

/* systemd.exec(5): $JOURNAL_STREAM is "DEVICE:INODE" of what it connected. */
static bool
journal_reads(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream != NULL &&
	       sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

void
logger_init(struct logger *logger, enum log_format format, enum log_level level)
{
	struct stat status;

	logger->format = format;
	logger->level = level;
	logger->priority = journal_reads();
	logger->may_block =
	    fstat(STDERR_FILENO, &status) == 0 &&
	    (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
	logger->lost = logger->lost_ever = 0;
}

void
logger_change(
    struct logger *logger, enum log_format format, enum log_level level)
{
	logger->format = format;
	logger->level = level;
}

bool
logger_begin(struct logger *logger, enum log_level level, const char *event)
{
	if (level > logger->level)
		return false;
	log_begin(
	    &logger->line, logger->format, logger->priority, level, event);
	return true;
}

void
logger_field(struct logger *logger, const char *key, struct span value)
{
	log_field(&logger->line, key, value);
}

void
logger_number(struct logger *logger, const char *key, uint64_t value)
{
	log_number(&logger->line, key, value);
}

void
logger_seconds(struct logger *logger, const char *key, double value)
{
	log_seconds(&logger->line, key, value);
}

/* A pipe takes PIPE_BUF bytes, and so a whole line, where poll(2) says that it
 * takes any: pipe(7). */
static bool
would_block(const struct logger *logger)
{
	struct pollfd poll_fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	return logger->may_block && poll(&poll_fd, 1, 0) == 0;
}

void
logger_end(struct logger *logger)
{
	struct span line = log_end(&logger->line);
	uint64_t lost = logger->lost;
	ssize_t n;

	if (would_block(logger)) {
		logger->lost++;
		logger->lost_ever++;
		return;
	}
	n = write(STDERR_FILENO, line.at, line.len);
	(void)n; /* there is nowhere else to say so */
	logger->lost = 0;
	if (lost > 0 && logger_begin(logger, LOG_LEVEL_WARNING, "lines-lost")) {
		logger_number(logger, "count", lost);
		logger_end(logger);
	}
}
