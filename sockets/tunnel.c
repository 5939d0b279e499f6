/* SPDX-License-Identifier: MIT */
/* A hijacked connection: bytes both ways, unread. Each side's end of stream
 * is handed on once the bytes before it have gone out, because that is how
 * "docker run -i" says that its input is over. */

#include <sys/socket.h>

#include "core/limits.h"
#include "sockets/hangup.h"
#include "sockets/session_parts.h"

enum step
tunnel_settle(struct session *s)
{
	if (s->daemon.ended && s->client.out.len == 0) {
		/* The daemon ends both ways at once; a client that is still
		 * typing is not waited for. */
		if (s->client.ended || hangup_is(s->daemon.io.fd))
			return answer_linger(s);
		shutdown(s->client.io.fd, SHUT_WR);
	}
	if (s->client.ended && s->daemon.out.len == 0)
		shutdown(s->daemon.io.fd, SHUT_WR);
	return STEP_WAIT;
}

static enum step
pass_up(struct session *s, struct span piece)
{
	session_count_up(s, piece.len);
	switch (side_send(&s->daemon, &piece, 1)) {
	case SENT_NO_MEMORY:
		return STEP_CLOSE;
	case SENT_GONE: /* it may have said something before */
	case SENT_OK:
		break;
	}
	return STEP_WAIT;
}

enum step
tunnel_begin(struct session *s, struct span first)
{
	struct span held = buf_span(&s->client.held);

	session_count_down(s, first.len);
	if (answer_send(s, &first, 1) == STEP_CLOSE ||
	    pass_up(s, held) == STEP_CLOSE)
		return STEP_CLOSE;
	buf_clear(&s->client.held);
	return tunnel_settle(s);
}

enum step
tunnel_on_client(struct session *s)
{
	char *bytes;
	size_t len;

	switch (side_receive(
	    &s->client, session_scratch(s), LIMIT_RECEIVE, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_GONE:
		return STEP_CLOSE;
	case RECEIVED_END:
		return tunnel_settle(s);
	case RECEIVED_SOME:
		break;
	}
	return pass_up(s, (struct span){ bytes, len });
}

enum step
tunnel_on_daemon(struct session *s)
{
	struct span piece;
	char *bytes;
	size_t len;

	switch (side_receive(
	    &s->daemon, session_scratch(s), LIMIT_RECEIVE, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_GONE:
		s->daemon.ended = true;
		return tunnel_settle(s);
	case RECEIVED_END:
		return tunnel_settle(s);
	case RECEIVED_SOME:
		break;
	}
	session_count_down(s, len);
	piece = (struct span){ bytes, len };
	return answer_send(s, &piece, 1);
}
