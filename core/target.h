/* SPDX-License-Identifier: MIT */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/limits.h"
#include "core/span.h"
#include "core/text.h"

/* Request targets: origin-form (RFC 9112 section 3.2.1), and of that only
 * the canonical spelling. */

/* What stands before the path proper. */
enum target_api {
	TARGET_UNVERSIONED = 0, /* /info */
	TARGET_DOCKER,		/* /v1.N/info, N from 24 */
	TARGET_LIBPOD		/* /vN.N.N/libpod/info */
};

/* Spans point into the target that was read, or into the store. */
struct target {
	enum target_api api;
	struct span version; /* "1.41", "4.3.1", or empty */
	struct span path;    /* decoded once: "/containers/web/json" */
	struct span query;   /* as it was sent, without the '?' */
};

/* Read a target. The store is where escapes of the path are decoded to; one of
 * a '/' is good only behind "/vN.N.N/libpod/x/", where it is as good as a '/'.
 * Returns NULL, or what is wrong: such a request is refused with 400. The
 * path then holds only [A-Za-z0-9_.:@/+-], starts with "/", has no dot
 * segment and no empty segment but perhaps the last. */
const char *
target_read(struct target *target, struct span raw, char store[LIMIT_TARGET]);

/* Cut the next "name=value" off a query, still encoded; empty ones are
 * skipped. False at the end. */
bool
target_parameter(struct span *query, struct span *name, struct span *value);

/* Decode a name or a value (application/x-www-form-urlencoded: '+' is a
 * space) onto the text. False for an escape of NUL, which no daemon wants;
 * other escapes were checked by target_read(). */
bool target_decode(struct span encoded, struct text *text);

/* Encode decoded bytes anew, as Go's url.QueryEscape does: unreserved bytes
 * as they are, a space as '+', the rest as %XX. */
void target_encode(struct span decoded, struct text *text);

#endif
