/* SPDX-License-Identifier: MIT */
/* An exchange: the request goes up, the response comes down. The response's
 * head is read too, so that both sides agree on where it ends; a tunnel begins
 * only where the daemon itself has said so. */

#include <string.h>
#include <sys/socket.h>

#include "core/limits.h"
#include "sockets/audit.h"
#include "sockets/clock.h"
#include "sockets/daemon.h"
#include "sockets/door.h"
#include "sockets/hangup.h"
#include "sockets/lookup.h"
#include "sockets/record.h"
#include "sockets/session_parts.h"

static enum step
refuse(struct session *s, enum refusal refusal, const char *why)
{
	return answer_refuse(s, refusal, why, SPAN(""), s->exchange.to_head);
}

/* The daemon cannot be reached, or went away, before it answered. */
static enum step
unreachable(struct session *s, enum daemon_result result)
{
	switch (result) {
	case DAEMON_DOWN:
		return refuse(
		    s, REFUSAL_DAEMON_DOWN, "the daemon does not answer");
	case DAEMON_EXHAUSTED:
		return refuse(s, REFUSAL_EXHAUSTED, "out of descriptors");
	case DAEMON_BUSY:
		return refuse(s, REFUSAL_DAEMON_TIMEOUT,
		    "the daemon takes no connections");
	case DAEMON_CONNECTED:
		break;
	}
	return STEP_CLOSE;
}

static enum daemon_result
connect_daemon(struct session *s)
{
	enum daemon_result result;
	int fd;

	result = daemon_connect(s->door->server->upstream, &fd);
	if (result == DAEMON_CONNECTED)
		ev_io_set(&s->daemon.io, fd, 0);
	return result;
}

/* The request waits in daemon.out until the daemon takes a connection. */
static enum step
wait_for_daemon(struct session *s, const struct span *pieces, size_t len,
    enum session_state then)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!buf_add(&s->daemon.out, pieces[i].at, pieces[i].len))
			return STEP_CLOSE;
	s->state = SESSION_CONNECT;
	s->then = then;
	if (then != SESSION_LOOKUP)
		s->deadline =
		    ev_now(s->door->server->loop) + LIMIT_CONNECT_SECONDS;
	session_timer(s, LIMIT_CONNECT_PAUSE);
	return STEP_WAIT;
}

enum step
exchange_connect(struct session *s)
{
	enum daemon_result result = connect_daemon(s);

	if (result == DAEMON_BUSY &&
	    ev_now(s->door->server->loop) < s->deadline) {
		session_timer(s, LIMIT_CONNECT_PAUSE);
		return STEP_WAIT;
	}
	if (result != DAEMON_CONNECTED)
		return unreachable(s, result);
	s->state = s->then;
	if (side_flush(&s->daemon) != SENT_OK)
		return unreachable(s, DAEMON_DOWN);
	if (s->state == SESSION_LOOKUP)
		lookup_wait(s);
	return s->daemon.out.len == 0 ? upload_go_on(s) : STEP_WAIT;
}

/* A connection that was kept may have been closed by the daemon meanwhile; as
 * nothing was taken from us then, trying once more on a new one is safe for
 * any method. */
enum step
exchange_send(struct session *s, const struct span *pieces, size_t len,
    enum session_state then)
{
	bool kept = s->daemon.io.fd != -1;
	enum daemon_result result;

	s->state = then;
	if (kept) {
		switch (side_send(&s->daemon, pieces, len)) {
		case SENT_OK:
			return STEP_WAIT;
		case SENT_NO_MEMORY:
			return STEP_CLOSE;
		case SENT_GONE:
			side_close(s->door->server->loop, &s->daemon);
			break;
		}
	}
	result = connect_daemon(s);
	if (result == DAEMON_BUSY)
		return wait_for_daemon(s, pieces, len, then);
	if (result != DAEMON_CONNECTED)
		return unreachable(s, result);
	switch (side_send(&s->daemon, pieces, len)) {
	case SENT_OK:
		return STEP_WAIT;
	case SENT_NO_MEMORY:
		return STEP_CLOSE;
	case SENT_GONE:
		break;
	}
	return unreachable(s, DAEMON_DOWN);
}

enum step
exchange_begin(
    struct session *s, const struct request_body *body, struct span first)
{
	struct scratch *scratch = session_scratch(s);
	struct request *request = &scratch->request;
	struct text text = TEXT(scratch->head);
	struct span pieces[2];

	request->id = text_span(&scratch->inspection.id);

	s->exchange = (struct exchange){
		.operation = request->operation,
		.to_head = request->method == METHOD_HEAD,
		.old = request->head->minor == 0,
		.upgrade = request->upgrade,
		.expect = request->expect,
		.close =
		    request->close || s->door->server->state == SERVER_DRAINING,
		.began = ev_now(s->door->server->loop),
		.asked = details_times(request->operation) ? clock_now() : 0,
	};
	request_write(request, body, &text);
	if (text.full)
		return refuse(
		    s, REFUSAL_HEAD_TOO_LARGE, "the head is too large");
	pieces[0] = text_span(&text);
	pieces[1] = first;
	session_count_up(s, first.len);
	return exchange_send(s, pieces, 2, SESSION_EXCHANGE);
}

enum step
exchange_on_client(struct session *s)
{
	size_t most = LIMIT_RECEIVE, len;
	char *bytes;

	/* Of requests to come, no more than one head is read ahead. */
	if (s->exchange.upload == UPLOAD_DONE)
		most = s->door->server->head_limit;
	switch (
	    side_receive(&s->client, session_scratch(s), most, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_GONE:
		return STEP_CLOSE;
	case RECEIVED_END:
		/* Half-closed it may still wait for the answer, but half a
		 * body is none. */
		if (s->exchange.upload == UPLOAD_OPEN ||
		    hangup_is(s->client.io.fd))
			return STEP_CLOSE;
		return STEP_WAIT;
	case RECEIVED_SOME:
		break;
	}
	switch (s->exchange.upload) {
	case UPLOAD_OPEN:
		return upload_pass(s, bytes, len);
	case UPLOAD_BROKEN:
		return STEP_WAIT;
	case UPLOAD_FULL:
	case UPLOAD_DONE:
		break;
	}
	return session_hold(&s->client, bytes, len);
}

static enum step
finish(struct session *s)
{
	struct exchange *x = &s->exchange;

	if (x->close || x->upload != UPLOAD_DONE)
		return answer_linger(s);
	if (x->streams)
		record_stream_end(s);
	x->streams = false;
	audit_over(s);
	if (x->hang_up)
		side_close(s->door->server->loop, &s->daemon);
	s->state = SESSION_HEAD;
	return STEP_WAIT;
}

/* Fields that speak of the daemon's connection and not of the client's, or
 * that are written anew. */
static bool
is_hop_by_hop(struct span name)
{
	return span_eq_nocase(name, SPAN("Connection")) ||
	       span_eq_nocase(name, SPAN("Content-Length")) ||
	       span_eq_nocase(name, SPAN("Keep-Alive")) ||
	       span_eq_nocase(name, SPAN("Proxy-Connection")) ||
	       span_eq_nocase(name, SPAN("TE")) ||
	       span_eq_nocase(name, SPAN("Trailer")) ||
	       span_eq_nocase(name, SPAN("Transfer-Encoding")) ||
	       span_eq_nocase(name, SPAN("Upgrade"));
}

static void
write_framing(
    const struct session *s, const struct http_head *head, struct text *text)
{
	const struct exchange *x = &s->exchange;
	const struct span *length;

	length = http_find(head, SPAN("Content-Length"), NULL);
	if (s->state == SESSION_TUNNEL) {
		if (head->status == 101) {
			http_write_field(
			    text, SPAN("Connection"), SPAN("Upgrade"));
			http_write_field(text, SPAN("Upgrade"),
			    span_of(x->operation->upgrade));
		}
		return;
	}
	/* RFC 9110 section 8.6: 204 has none; HEAD and 304 may. */
	if (length != NULL && head->status != 204)
		http_write_field(text, SPAN("Content-Length"), *length);
	if (x->down.kind == FRAME_CHUNKED && !x->old)
		http_write_field(
		    text, SPAN("Transfer-Encoding"), SPAN("chunked"));
	if (x->close)
		http_write_field(text, SPAN("Connection"), SPAN("close"));
}

static void
write_response(
    const struct session *s, const struct http_head *head, struct text *text)
{
	size_t i;

	text_add(text, SPAN("HTTP/1.1 "));
	text_number(text, head->status);
	text_char(text, ' ');
	text_add(text, head->reason);
	text_add(text, SPAN("\r\n"));
	for (i = 0; i < head->fields_len; i++)
		if (!is_hop_by_hop(head->fields[i].name))
			http_write_field(
			    text, head->fields[i].name, head->fields[i].value);
	write_framing(s, head, text);
	text_add(text, SPAN("\r\n"));
}

/* Whether this answer, which has no length, is Docker's raw stream: bytes
 * both ways on the connection, as with 101, for clients that did not ask to
 * upgrade. */
static bool
is_raw_stream(const struct session *s, const struct http_head *head)
{
	const struct operation *operation = s->exchange.operation;
	const struct span *type;

	if (operation->upgrade == NULL || head->status != 200 ||
	    !span_eq(span_of(operation->upgrade), SPAN("tcp")) ||
	    s->exchange.down.kind != FRAME_UNTIL_CLOSE)
		return false;
	type = http_find(head, SPAN("Content-Type"), NULL);
	return type != NULL &&
	       (span_eq_nocase(
		    *type, SPAN("application/vnd.docker.raw-stream")) ||
		   span_eq_nocase(*type,
		       SPAN("application/vnd.docker.multiplexed-stream")));
}

/* Whether 101 is what was asked for. */
static bool
is_upgrade(const struct session *s, const struct http_head *head)
{
	const struct span *protocol;
	size_t count;

	protocol = http_find(head, SPAN("Upgrade"), &count);
	return head->status == 101 && s->exchange.upgrade && count == 1 &&
	       span_eq_nocase(
		   *protocol, span_of(s->exchange.operation->upgrade));
}

/* What a response head means, other than a plain answer. */
enum answer {
	ANSWER_BAD = 0,
	ANSWER_INTERIM, /* another head follows */
	ANSWER_FINAL,	/* with the body that exchange.down says */
	ANSWER_TUNNEL
};

static enum answer
read_answer(struct session *s, const struct http_head *head)
{
	struct exchange *x = &s->exchange;

	x->status = head->status;
	if (is_upgrade(s, head))
		return ANSWER_TUNNEL;
	if (head->status == 101)
		return ANSWER_BAD;
	if (head->status < 200)
		return ANSWER_INTERIM;
	if (!frame_response(&x->down, head, x->to_head))
		return ANSWER_BAD;
	if (is_raw_stream(s, head))
		return ANSWER_TUNNEL;
	if (head->minor == 0 || x->down.kind == FRAME_UNTIL_CLOSE ||
	    http_lists(head, SPAN("Connection"), SPAN("close")))
		x->hang_up = true;
	if (x->down.kind == FRAME_UNTIL_CLOSE)
		x->close = true;
	return ANSWER_FINAL;
}

/* The only interim answer that a client knows what to do with. */
static enum step
pass_interim(struct session *s, const struct http_head *head)
{
	if (head->status != 100 || !s->exchange.expect)
		return STEP_WAIT;
	s->exchange.expect = false;
	return answer_continue(s);
}

/* These bytes, which are in the scratch, behind a head, which may be empty. It
 * nearly always fits where the head that came was: one piece of memory is less
 * work for the kernel than two. */
static enum step
send_behind(struct session *s, struct span head, char *bytes, size_t len)
{
	size_t room = (size_t)(bytes - session_scratch(s)->in);
	struct span pieces[2] = {
		head, {bytes, len}
	};

	if (head.len > room)
		return answer_send(s, pieces, 2);
	memcpy(bytes - head.len, head.at, head.len);
	pieces[0] = (struct span){ bytes - head.len, head.len + len };
	return answer_send(s, pieces, 1);
}

/* The body of the response, behind its head if that is new. */
static enum step
download(struct session *s, struct span head, char *bytes, size_t len)
{
	struct exchange *x = &s->exchange;
	enum frame_output output = x->old ? FRAME_BARE : FRAME_ANEW;
	enum frame_result result;
	size_t out, used;

	result = frame_pass(&x->down, output, bytes, len, &out, &used);
	session_count_down(s, out);
	if (send_behind(s, head, bytes, out) == STEP_CLOSE)
		return STEP_CLOSE;
	audit_answered(s, x->status);
	switch (result) {
	case FRAME_BAD:
		return STEP_CLOSE;
	case FRAME_MORE:
		return session_hold(&s->daemon, bytes + used, len - used);
	case FRAME_DONE:
		break;
	}
	/* Nobody asked for what comes behind the answer. */
	if (used < len)
		x->hang_up = true;
	return finish(s);
}

/* A whole response head was read. */
static enum step
take_final(struct session *s, enum answer answer, char *bytes, size_t len)
{
	struct scratch *scratch = session_scratch(s);
	struct text text = TEXT(scratch->head);
	struct span head;

	if (answer == ANSWER_TUNNEL)
		s->state = SESSION_TUNNEL;
	write_response(s, &scratch->http, &text);
	if (text.full)
		return STEP_CLOSE;
	head = text_span(&text);
	if (s->exchange.asked != 0)
		details_count_answer(
		    s->door->details, clock_now() - s->exchange.asked);
	s->exchange.download = DOWNLOAD_BODY;
	if (answer == ANSWER_TUNNEL ||
	    (s->exchange.operation->endless && scratch->http.status < 300)) {
		record_stream_start(s);
		s->exchange.streams = true;
	}
	if (answer == ANSWER_FINAL)
		return download(s, head, bytes, len);
	if (answer_send(s, &head, 1) == STEP_CLOSE)
		return STEP_CLOSE;
	audit_answered(s, s->exchange.status);
	return tunnel_begin(s, (struct span){ bytes, len });
}

static enum step
take_heads(struct session *s, char *bytes, size_t len)
{
	struct http_head *head = &session_scratch(s)->http;
	enum answer answer;
	size_t used;

	for (;;) {
		switch (
		    http_response((struct span){ bytes, len }, head, &used)) {
		case HTTP_MORE:
			if (len >= LIMIT_HEAD_MAX)
				return refuse(s, REFUSAL_DAEMON_MALFORMED,
				    "the daemon's answer has too large a "
				    "head");
			return session_hold(&s->daemon, bytes, len);
		case HTTP_BAD:
		case HTTP_TOO_LARGE:
		case HTTP_LONG_TARGET:
			return refuse(s, REFUSAL_DAEMON_MALFORMED,
			    "the daemon's answer is not HTTP");
		case HTTP_OK:
			break;
		}
		answer = read_answer(s, head);
		bytes += used;
		len -= used;
		switch (answer) {
		case ANSWER_BAD:
			return refuse(s, REFUSAL_DAEMON_MALFORMED,
			    "the daemon's answer is none to this request");
		case ANSWER_INTERIM:
			if (pass_interim(s, head) == STEP_CLOSE)
				return STEP_CLOSE;
			break;
		case ANSWER_FINAL:
		case ANSWER_TUNNEL:
			return take_final(s, answer, bytes, len);
		}
	}
}

/* The daemon's end of stream, or a broken connection. */
static enum step
lost(struct session *s, bool cleanly)
{
	struct exchange *x = &s->exchange;

	if (x->download == DOWNLOAD_HEAD)
		return unreachable(s, DAEMON_DOWN);
	if (cleanly && x->down.kind == FRAME_UNTIL_CLOSE)
		return finish(s);
	/* The client must see that the answer is not whole. */
	return STEP_CLOSE;
}

enum step
exchange_on_daemon(struct session *s)
{
	char *bytes;
	size_t len;

	switch (side_receive(
	    &s->daemon, session_scratch(s), LIMIT_RECEIVE, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_GONE:
		return lost(s, false);
	case RECEIVED_END:
		return lost(s, true);
	case RECEIVED_SOME:
		break;
	}
	if (s->exchange.download == DOWNLOAD_HEAD)
		return take_heads(s, bytes, len);
	return download(s, (struct span){ "", 0 }, bytes, len);
}
