/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_ARCHIVE_H
#define SOCKETS_ARCHIVE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/span.h"

/* An archive on its way up: decompressed, judged and written anew while it
 * streams, as chunks of a request's body. */

struct archive;

/* NULL without memory. */
struct archive *archive_new(void);
void archive_free(struct archive *archive);

/* Bytes of the body came, and with last no more will. False without memory. */
bool archive_feed(struct archive *archive, struct span bytes, bool last);

enum archive_result {
	ARCHIVE_BAD = 0, /* archive_why() */
	ARCHIVE_HUNGRY,	 /* nothing more goes up before more has come */
	ARCHIVE_MORE,	 /* more can go up at once */
	ARCHIVE_DONE	 /* all went up, the last chunk too */
};

/* Append to out what goes up next, framed as chunks: few of them, however
 * much a byte may decompress to. */
enum archive_result archive_pass(struct archive *archive, struct buf *out);

const char *archive_why(const struct archive *archive);

#endif
