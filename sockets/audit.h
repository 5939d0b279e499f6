/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_AUDIT_H
#define SOCKETS_AUDIT_H

#include <stdint.h>

#include "policy/verdict.h"
#include "sockets/session.h"

/* An account of every request, by one line of JSON for each: what it was and
 * what became of it, once it is over. Postern(8) lists the members.
 *
 * A request is over when the last byte of its answer has gone out, or when a
 * connection that it needs has ended. One that the client takes back before it
 * was judged has no line. */

/* Where lines go: a pipe that takes them whole or not at all, and what it did
 * not take. */
struct audit {
	int fd; /* non-blocking */
	uint64_t *lost;
};

/* What is known of a request that is under way. */
struct audit_entry;

/* A profile's verdict on the next request of the session. Nothing is done
 * without an audit, in this and all that follow. */
void audit_decide(struct session *s, const struct request *request,
    const struct verdict *verdict);

/* The request under way is answered by us for any other reason, or if there is
 * none, the next one. The target may be empty; else it is the scratch's. */
void audit_refuse(struct session *s, enum refusal refusal, struct span target);

/* The client is being answered with this status. */
void audit_answered(struct session *s, unsigned status);

/* What is under way may go on for long. */
void audit_stream(struct session *s);

/* The whole answer was handed to the client's side. */
void audit_over(struct session *s);

/* Bytes have gone out: if they were the last of an answer, write its line. */
void audit_settle(struct session *s);

/* The session ends, and with it what is under way. */
void audit_end(struct session *s);

#endif
