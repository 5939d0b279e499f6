/* SPDX-License-Identifier: MIT */
#ifndef POLICY_REFUSAL_H
#define POLICY_REFUSAL_H

/* Why a request is answered by us without a profile's verdict, or in spite of
 * it. A closed list: the names are part of the log's format, and none is also
 * a verdict's reason (policy/verdict.h). */

enum refusal {
	REFUSAL_MALFORMED = 0, /* the request is not understood, or broken */
	REFUSAL_EXPECTATION,   /* it expects what nobody knows */
	REFUSAL_TIMEOUT,       /* it does not come */
	REFUSAL_HEAD_TOO_LARGE,
	REFUSAL_TARGET_TOO_LONG,
	REFUSAL_BODY_TOO_LARGE, /* "[limits] body" */
	REFUSAL_ARCHIVE,	/* what is in the archive that it sends */

	REFUSAL_PEER,		      /* "[socket] peers" */
	REFUSAL_TOO_MANY_CONNECTIONS, /* "[limits] connections" */
	REFUSAL_TOO_MANY_REQUESTS,    /* "[limits] requests-per-second" */
	REFUSAL_TOO_MANY_BODIES,      /* held at once */

	REFUSAL_DAEMON_DOWN,	  /* it does not answer */
	REFUSAL_DAEMON_TIMEOUT,	  /* it takes no connections, or too long */
	REFUSAL_DAEMON_MALFORMED, /* what it answers is not understood */
	REFUSAL_EXHAUSTED,	  /* out of descriptors, or memory */

	REFUSALS
};

/* "malformed". */
const char *refusal_name(enum refusal refusal);

/* The HTTP status of our own answer. */
unsigned refusal_status(enum refusal refusal);

#endif
