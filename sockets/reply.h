/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_REPLY_H
#define SOCKETS_REPLY_H

#include <stdbool.h>

#include "core/span.h"
#include "core/text.h"

/* Answers of our own, in the shape of the daemon's errors, so that clients
 * show them: {"message":"postern: ..."}. */
struct reply {
	unsigned status;
	struct span message;
	bool to_head; /* a HEAD request's: no body */
	bool close;   /* the connection ends with it */
};

void reply_write(const struct reply *reply, struct text *text);

#endif
