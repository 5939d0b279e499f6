/* SPDX-License-Identifier: MIT */
#ifndef POLICY_REQUEST_H
#define POLICY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/http.h"
#include "core/target.h"
#include "core/text.h"
#include "policy/operation.h"
#include "policy/refusal.h"

/* A request as the policy sees it: what it means, not how it was spelled.
 * And the way back: the head that the daemon gets, written anew from the
 * meaning. */

/* Spans point into the head that was read, or into store. */
struct request {
	const struct http_head *head;
	struct target target;
	enum method method;
	const struct operation *operation; /* NULL: none that is known */
	struct span arguments[OPERATION_ARGUMENTS];
	/* Of the object that the first argument names, where it was looked at:
	 * it goes up in the name's place. Else empty. */
	struct span id;
	struct frame frame; /* of its body */
	bool close;	    /* the connection ends with this exchange */
	bool upgrade;	    /* asks for the operation's own protocol */
	bool expect;	    /* waits for "100 Continue" before its body */
	char store[LIMIT_TARGET];
};

/* Why a request was not understood. */
struct request_fault {
	enum refusal refusal; /* MALFORMED or EXPECTATION */
	const char *why;      /* for the answer; constant text */
};

/* Understand a request head. False: it is refused with the fault, and the
 * connection is closed. A request that is no known operation is understood;
 * no profile allows it. */
bool request_read(struct request *request, const struct http_head *head,
    struct request_fault *fault);

/* Whether a body, all of which is here, is of the kind that the operation has.
 * Where it has none, a JSON object without members, or of such as the query has
 * too, will do, because clients send it, and is to be dropped. Returns NULL, or
 * what is wrong: such a request is refused with 400. What is in it is for
 * others to judge: policy/inspect.h. */
const char *request_check_body(const struct request *request, struct span body);

/* How the body will be framed on the way to the daemon. */
struct request_body {
	enum frame_kind kind; /* NONE, LENGTH or CHUNKED */
	uint64_t length;      /* for LENGTH */
};

/* Write the head that goes to the daemon. The request must have an
 * operation. What does not fit is marked in the text (text->full); 2 KiB
 * more than thrice the client's head is always enough. */
void request_write(const struct request *request,
    const struct request_body *body, struct text *text);

/* The same thing for people: "POST /containers/web/stop", without version
 * and query. */
void request_describe(const struct request *request, struct text *text);

/* A target as it may stand in logs: as it was sent, as much of it as fits, but
 * for what may be secret. Clients put the settings of new containers into the
 * query, where no daemon reads them; so what the operation does not have is
 * left out, and all of the query without an operation (NULL). A last parameter
 * "..." says that something was; so does a value "..." of those that may hold
 * passwords. The target may be any bytes; one with an operation is what
 * request_read() found it by. */
void request_log_target(
    const struct operation *operation, struct span target, struct text *text);

#endif
