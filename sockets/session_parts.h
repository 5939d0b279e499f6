/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_SESSION_PARTS_H
#define SOCKETS_SESSION_PARTS_H

#include "core/span.h"
#include "policy/request.h"
#include "sockets/server.h"
#include "sockets/session.h"

/* What the files that make up a session share; for nobody else. Functions say
 * what is to be done with the session; only session.c does it. */

enum step {
	STEP_CLOSE = 0, /* free it */
	STEP_WAIT	/* go on when something happens */
};

/* session.c */

struct scratch *session_scratch(const struct session *s);
void session_timer(struct session *s, double seconds);
void session_timer_stop(struct session *s);

/* Bytes of the exchange or tunnel under way, for its record. */
void session_count_up(struct session *s, size_t bytes);
void session_count_down(struct session *s, size_t bytes);

/* Bytes that came from a side and cannot be judged yet. */
enum step session_hold(struct side *side, const char *bytes, size_t len);

/* A request is held in client.held until it is judged; false: too many are.
 * Release it, if one is, and what was looked up for it. */
bool session_keep_body(struct session *s);
void session_release_body(struct session *s);

/* answer.c: what a session says by itself */

/* Bytes to the client. */
enum step answer_send(struct session *s, const struct span *pieces, size_t len);

/* Tell the client to go on with its body: RFC 9110 section 15.2.1. */
enum step answer_continue(struct session *s);

/* Answer for the daemon. With keep, the next request may follow; else the
 * rest of what the client sends is thrown away. */
enum step answer_reply(struct session *s, unsigned status, struct span message,
    bool to_head, bool keep);

/* The same for anything but a profile's verdict: with a line in the log, and
 * without going on. */
enum step answer_refuse(struct session *s, enum refusal refusal,
    const char *why, struct span target, bool to_head);

/* No more answers: flush, end the stream, and wait a moment for the client's
 * end, so that it can read what was said. */
enum step answer_linger(struct session *s);

/* intake.c: the client's bytes while a request is read */

/* In SESSION_HEAD: these bytes came (or were held) and are to be judged: a few
 * requests, and then, in SESSION_TURN, others have theirs. */
enum step intake_requests(struct session *s, char *bytes, size_t len);

/* In SESSION_BODY: bytes were added to client.held. */
enum step intake_body(struct session *s);

/* In SESSION_LOOKUP: the daemon has answered. */
enum step intake_resume(struct session *s);

/* exchange.c: a request that was allowed, and its response */

/* Send the scratch's request to the daemon, its body framed like that, and
 * behind the head these first bytes of it. */
enum step exchange_begin(
    struct session *s, const struct request_body *body, struct span first);

/* Send pieces to the daemon, as the first of a request, and go on in that
 * state. */
enum step exchange_send(struct session *s, const struct span *pieces,
    size_t len, enum session_state then);

/* upload.c: the rest of a request's body */

/* More of it came. */
enum step upload_pass(struct session *s, char *bytes, size_t len);

/* All that went up was taken, and more of what came may go. */
enum step upload_go_on(struct session *s);

/* Send the scratch's request, whose body is an archive that is judged on its
 * way; these bytes of it are here. Nothing has gone up when the first part of
 * the archive is refused. */
enum step upload_begin(struct session *s, char *bytes, size_t len);

/* No archive goes up any more. */
void upload_end(struct session *s);

/* In SESSION_CONNECT: ask the daemon once more. */
enum step exchange_connect(struct session *s);

/* In SESSION_EXCHANGE: something can be read. */
enum step exchange_on_client(struct session *s);
enum step exchange_on_daemon(struct session *s);

/* tunnel.c: a connection that was hijacked */

/* These first bytes came from the daemon behind the response head, which has
 * been sent. */
enum step tunnel_begin(struct session *s, struct span first);

/* In SESSION_TUNNEL: something can be read; something was sent. */
enum step tunnel_on_client(struct session *s);
enum step tunnel_on_daemon(struct session *s);
enum step tunnel_settle(struct session *s);

#endif
