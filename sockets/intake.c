/* SPDX-License-Identifier: MIT */
/* Requests: from the client's bytes to a verdict. Whatever is refused here has
 * not reached the daemon with one byte. */

#include "core/limits.h"
#include "policy/verdict.h"
#include "sockets/door.h"
#include "sockets/record.h"
#include "sockets/session_parts.h"

/* The client's bytes that were not used yet. */
struct window {
	char *at;
	size_t len;
};

static void
advance(struct window *w, size_t bytes)
{
	w->at += bytes;
	w->len -= bytes;
}

static bool
is_head(const struct session *s)
{
	return session_scratch(s)->request.method == METHOD_HEAD;
}

static enum step
refuse_request(struct session *s, unsigned status, const char *why)
{
	const struct http_head *head = &session_scratch(s)->http;

	return session_refuse(
	    s, status, why, head->target, span_eq(head->method, SPAN("HEAD")));
}

static enum step
deny(struct session *s, const struct verdict *verdict)
{
	const struct request *request = &session_scratch(s)->request;
	char memory[LIMIT_TARGET * 2];
	struct text message = TEXT(memory);

	verdict_message(verdict, s->door->profile, request, &message);
	return session_reply(s, 403, text_span(&message), is_head(s),
	    request->frame.kind == FRAME_NONE && !request->close);
}

/* A body that was held is whole. */
static enum step
forward_held(struct session *s, struct span body)
{
	const struct request *request = &session_scratch(s)->request;
	struct request_body framing = { FRAME_LENGTH, body.len };
	const char *why = request_check_body(request, body);

	if (why != NULL)
		return refuse_request(s, 400, why);
	if (body.len == 0 || request->operation->body == BODY_NONE) {
		framing.kind = FRAME_NONE;
		body.len = 0;
	}
	return exchange_begin(s, &framing, body);
}

/* From now on the head, what was decoded of the body, and the bytes behind
 * it are in client.held, and more will be added there. */
static enum step
hold(struct session *s, struct window *w, size_t head_len, size_t decoded,
    size_t used)
{
	struct buf *held = &s->client.held;

	if (s->door->bodies == LIMIT_BODIES_HELD)
		return refuse_request(
		    s, 503, "too many bodies at once through this door");
	if (!buf_add(held, w->at, head_len + decoded) ||
	    !buf_add(held, w->at + head_len + used, w->len - head_len - used))
		return STEP_CLOSE;
	advance(w, w->len);
	s->state = SESSION_BODY;
	s->door->bodies++;
	s->body_at = head_len;
	s->body_len = decoded;
	s->exchange.up = session_scratch(s)->request.frame;
	session_timer(s, LIMIT_BODY_SECONDS);
	if (session_scratch(s)->request.expect)
		return session_continue(s);
	return STEP_WAIT;
}

static enum step
refuse_body(struct session *s, const char *why)
{
	return refuse_request(s, why == NULL ? 413 : 400,
	    why == NULL ? "the body is larger than the profile allows" : why);
}

/* A request whose body must be whole before it goes on. */
static enum step
take_held(struct session *s, struct window *w, size_t head_len)
{
	struct frame *frame = &session_scratch(s)->request.frame;
	size_t limit = s->door->profile->body, decoded, used;
	enum frame_result result;
	enum step step;

	if (frame->kind == FRAME_LENGTH && frame->left > limit)
		return refuse_body(s, NULL);
	result = frame_pass(frame, FRAME_BARE, w->at + head_len,
	    w->len - head_len, &decoded, &used);
	if (result == FRAME_BAD)
		return refuse_body(s, frame->why);
	if (decoded > limit)
		return refuse_body(s, NULL);
	if (result == FRAME_MORE)
		return hold(s, w, head_len, decoded, used);
	step = forward_held(s, (struct span){ w->at + head_len, decoded });
	advance(w, head_len + used);
	return step;
}

/* A request whose body streams. */
static enum step
take_stream(struct session *s, struct window *w, size_t head_len)
{
	struct request *request = &session_scratch(s)->request;
	const struct request_body framing = { request->frame.kind,
		request->frame.left };
	struct frame frame = request->frame;
	enum frame_result result;
	size_t decoded, used;
	enum step step;

	result = frame_pass(&frame, FRAME_ANEW, w->at + head_len,
	    w->len - head_len, &decoded, &used);
	if (result == FRAME_BAD)
		return refuse_body(s, frame.why);
	step = exchange_begin(
	    s, &framing, (struct span){ w->at + head_len, decoded });
	s->exchange.up = frame;
	s->exchange.upload = result == FRAME_DONE ? UPLOAD_DONE : UPLOAD_OPEN;
	advance(w, head_len + used);
	return step;
}

static enum step
take_request(struct session *s, struct window *w, size_t head_len)
{
	struct scratch *scratch = session_scratch(s);
	struct request *request = &scratch->request;
	struct request_fault fault;
	struct verdict verdict;

	if (s->turned_away != 0)
		return refuse_request(s, s->turned_away,
		    s->turned_away == 429
			? "too many connections through this door"
			: "this door is not for you");
	if (!request_read(request, &scratch->http, &fault))
		return refuse_request(s, fault.status, fault.why);
	verdict = verdict_of(s->door->profile, request);
	record_decision(s, request, &verdict);
	switch (verdict.decision) {
	case DECIDE_DENY:
		advance(w, head_len);
		return deny(s, &verdict);
	case DECIDE_ALLOW:
		break;
	}
	if (request->operation->body == BODY_STREAM)
		return take_stream(s, w, head_len);
	return take_held(s, w, head_len);
}

/* The next request in the window, if it is there. *more: it is not. */
static enum step
take_next(struct session *s, struct window *w, bool *more)
{
	struct http_head *head = &session_scratch(s)->http;
	size_t limit = s->door->server->head_limit, used;
	struct span in = { w->at, w->len };

	*more = false;
	head->method = head->target = SPAN("");
	switch (http_request(in, head, &used)) {
	case HTTP_BAD:
		return refuse_request(s, 400, head->why);
	case HTTP_LONG_TARGET:
		return refuse_request(s, 414, "the target is too long");
	case HTTP_TOO_LARGE:
		return refuse_request(s, 431, "too many fields");
	case HTTP_MORE:
		if (w->len >= limit)
			return refuse_request(s, 431, "the head is too large");
		if (!ev_is_active(&s->timer))
			session_timer(s, LIMIT_HEAD_SECONDS);
		*more = true;
		return STEP_WAIT;
	case HTTP_OK:
		break;
	}
	if (used > limit)
		return refuse_request(s, 431, "the head is too large");
	session_timer_stop(s);
	return take_request(s, w, used);
}

enum step
intake_requests(struct session *s, char *bytes, size_t len)
{
	struct window w = { bytes, len };
	bool more = false;

	/* While an answer waits to go out, no more is judged. */
	while (s->state == SESSION_HEAD && w.len > 0 && !more &&
	       s->client.out.len == 0)
		if (take_next(s, &w, &more) == STEP_CLOSE)
			return STEP_CLOSE;
	if (s->state == SESSION_LINGER)
		return STEP_WAIT;
	return session_hold(&s->client, w.at, w.len);
}

enum step
intake_body(struct session *s)
{
	struct scratch *scratch = session_scratch(s);
	struct buf *held = &s->client.held;
	size_t at = s->body_at + s->body_len, decoded, used, head_len;
	char *bytes = buf_bytes(held);
	struct request_fault fault;
	enum frame_result result;
	enum step step;

	result = frame_pass(&s->exchange.up, FRAME_BARE, bytes + at,
	    held->len - at, &decoded, &used);
	/* What was decoded lies at its front; close the gap behind it. */
	buf_remove(held, at + decoded, used - decoded);
	s->body_len += decoded;
	if (result == FRAME_MORE && s->body_len <= s->door->profile->body)
		return STEP_WAIT;

	/* The same head as before, read again: its spans have moved. */
	session_timer_stop(s);
	session_release_body(s);
	if (http_request(buf_span(held), &scratch->http, &head_len) !=
		HTTP_OK ||
	    !request_read(&scratch->request, &scratch->http, &fault))
		return STEP_CLOSE;
	if (result == FRAME_BAD)
		return refuse_body(s, s->exchange.up.why);
	if (s->body_len > s->door->profile->body)
		return refuse_body(s, NULL);
	step =
	    forward_held(s, (struct span){ bytes + s->body_at, s->body_len });
	if (step == STEP_WAIT && s->state != SESSION_LINGER)
		buf_take(held, s->body_at + s->body_len);
	return step;
}
