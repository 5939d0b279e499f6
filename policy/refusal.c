/* SPDX-License-Identifier: MIT */
/* The refusals, each with its name and what the client is told by it. */

#include "policy/refusal.h"

/* clang-format off */
static const struct {
	const char *name;
	unsigned status; /* RFC 9110 section 15; RFC 6585 */
} refusals[REFUSALS] = {
	[REFUSAL_MALFORMED] = { "malformed", 400 },
	[REFUSAL_EXPECTATION] = { "expectation", 417 },
	[REFUSAL_TIMEOUT] = { "timeout", 408 },
	[REFUSAL_HEAD_TOO_LARGE] = { "head-too-large", 431 },
	[REFUSAL_TARGET_TOO_LONG] = { "target-too-long", 414 },
	[REFUSAL_BODY_TOO_LARGE] = { "body-too-large", 413 },
	[REFUSAL_ARCHIVE] = { "archive", 403 },
	[REFUSAL_PEER] = { "peer", 403 },
	[REFUSAL_TOO_MANY_CONNECTIONS] = { "too-many-connections", 429 },
	[REFUSAL_TOO_MANY_REQUESTS] = { "too-many-requests", 429 },
	[REFUSAL_TOO_MANY_BODIES] = { "too-many-bodies", 503 },
	[REFUSAL_DAEMON_DOWN] = { "daemon-down", 502 },
	[REFUSAL_DAEMON_TIMEOUT] = { "daemon-timeout", 504 },
	[REFUSAL_DAEMON_MALFORMED] = { "daemon-malformed", 502 },
	[REFUSAL_EXHAUSTED] = { "exhausted", 503 },
};
/* clang-format on */

const char *
refusal_name(enum refusal refusal)
{
	return refusals[refusal].name;
}

unsigned
refusal_status(enum refusal refusal)
{
	return refusals[refusal].status;
}
