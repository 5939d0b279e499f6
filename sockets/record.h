/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_RECORD_H
#define SOCKETS_RECORD_H

#include "policy/verdict.h"
#include "sockets/session.h"

/* What is written to the log about requests: a line per decision, and for
 * long streams one at their start and one at their end. Lines about refusals
 * are limited per door, and what is left out is counted. Those who watch, and
 * the audit, are told of all of them. */

void record_init(struct door *door);
void record_clear(struct door *door);

/* A profile's verdict on a request that was understood. */
void record_decision(struct session *s, const struct request *request,
    const struct verdict *verdict);

/* What a request needs, that a profile which observes lets pass: a line each,
 * before the decision's. */
void record_needs(struct session *s, const struct request *request,
    const struct observation *seen);

/* A request that was answered by us for any other reason. The target is that
 * of the scratch's head, or empty. */
void record_refusal(struct session *s, enum refusal refusal, const char *why,
    struct span target);

/* The exchange under way is a long one: it begins, it ends. */
void record_stream_start(struct session *s);
void record_stream_end(struct session *s);

#endif
