/* SPDX-License-Identifier: MIT */
/* What a session says by itself: its own answers, in the daemon's place, and
 * its end, so that the client can read the last of them. */

#include <sys/socket.h>

#include "core/limits.h"
#include "sockets/audit.h"
#include "sockets/door.h"
#include "sockets/record.h"
#include "sockets/reply.h"
#include "sockets/session_parts.h"

enum step
answer_send(struct session *s, const struct span *pieces, size_t len)
{
	return side_send(&s->client, pieces, len) == SENT_OK ? STEP_WAIT
							     : STEP_CLOSE;
}

enum step
answer_continue(struct session *s)
{
	const struct span go_on = SPAN("HTTP/1.1 100 Continue\r\n\r\n");

	return answer_send(s, &go_on, 1);
}

enum step
answer_linger(struct session *s)
{
	session_release_body(s);
	upload_end(s);
	if (s->exchange.streams)
		record_stream_end(s);
	s->exchange.streams = false;
	audit_over(s);
	side_close(s->door->server->loop, &s->daemon);
	buf_clear(&s->client.held);
	s->state = SESSION_LINGER;
	session_timer_stop(s);
	if (s->client.out.len > 0)
		return STEP_WAIT; /* however slowly it reads */
	if (s->client.ended)
		return STEP_CLOSE;
	session_timer(s, LIMIT_LINGER_SECONDS);
	shutdown(s->client.io.fd, SHUT_WR);
	return STEP_WAIT;
}

enum step
answer_reply(struct session *s, unsigned status, struct span message,
    bool to_head, bool keep)
{
	struct reply reply = { status, message, to_head, !keep };
	struct text text = TEXT(session_scratch(s)->head);
	struct span answer;

	if (s->door->server->state == SERVER_DRAINING)
		reply.close = true;
	reply_write(&reply, &text);
	answer = text_span(&text);
	if (answer_send(s, &answer, 1) == STEP_CLOSE)
		return STEP_CLOSE;
	audit_answered(s, status);
	if (reply.close)
		return answer_linger(s);
	audit_over(s);
	s->state = SESSION_HEAD;
	return STEP_WAIT;
}

enum step
answer_refuse(struct session *s, enum refusal refusal, const char *why,
    struct span target, bool to_head)
{
	record_refusal(s, refusal, why, target);
	return answer_reply(
	    s, refusal_status(refusal), span_of(why), to_head, false);
}
