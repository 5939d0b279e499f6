/* SPDX-License-Identifier: MIT */
/* Log lines: what was written is read back as it was, and what is read back is
 * what would be written. The input is the fields of a line, or a line. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/logline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const keys[] = { "profile", "operation", "line", "hint",
	"target", "why" };

static void
check_written(struct span rest, enum log_format format)
{
	static struct log_line line;
	static struct logline read;
	struct span values[6] = { { NULL, 0 } }, s;
	size_t i, len, fields = 0, size = 0;

	log_begin(&line, format, rest.len % 2 == 0, LOG_LEVEL_INFO, "need");
	for (i = 0; i < 6 && rest.len > 0; i++) {
		len = (unsigned char)*rest.at % (rest.len + 1);
		values[i] = (struct span){ rest.at, len };
		rest.at += len > 0 ? len : 1;
		rest.len -= len > 0 ? len : 1;
		size = line.text.len;
		log_field(&line, keys[i], values[i]);
		/* One that did not fit is not there. */
		if (line.text.len == size)
			values[i].at = NULL;
		else
			fields++;
	}
	s = log_end(&line);
	assert(logline_read(&read, s));
	assert(read.len == fields + 2);
	for (i = 0; i < 6; i++)
		if (values[i].at != NULL)
			assert(
			    span_eq(logline_value(&read, keys[i]), values[i]));
}

/* A line of whatever bytes: those that are read are what we write. */
static void
check_read(struct span in)
{
	static struct log_line line;
	static struct logline read;
	size_t i;

	logline_find(&read, in);
	if (!logline_read(&read, in))
		return;
	for (i = 0; i < read.len; i++) {
		log_begin(&line, LOG_FORMAT_JSON, false, LOG_LEVEL_INFO, "x");
		log_field(&line, "value", read.fields[i].value);
		assert(
		    memchr(log_end(&line).at, '\n', line.text.len - 1) == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { (const char *)data, size };

	check_written(in, LOG_FORMAT_LOGFMT);
	check_written(in, LOG_FORMAT_JSON);
	check_read(in);
	return 0;
}
