/* SPDX-License-Identifier: MIT */
/* Requests: from the client's bytes to a verdict. Whatever is refused here has
 * not reached the daemon with one byte. */

#include "core/json.h"
#include "core/limits.h"
#include "policy/observe.h"
#include "policy/verdict.h"
#include "sockets/clock.h"
#include "sockets/door.h"
#include "sockets/lookup.h"
#include "sockets/record.h"
#include "sockets/session_parts.h"

/* Of one client, in one turn: however many it sends at once, others have
 * theirs. */
enum {
	REQUESTS_MAX = 4
};

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
refuse_request(struct session *s, enum refusal refusal, const char *why)
{
	const struct http_head *head = &session_scratch(s)->http;

	return answer_refuse(
	    s, refusal, why, head->target, span_eq(head->method, SPAN("HEAD")));
}

/* What the client sends next is a request, if all of this one is here. */
static enum step
deny(struct session *s, const struct verdict *verdict, bool whole)
{
	const struct request *request = &session_scratch(s)->request;
	char memory[LIMIT_TARGET * 2];
	struct text message = TEXT(memory);
	unsigned status = 403;

	record_decision(s, request, verdict);
	if (verdict->reason == REASON_FIELD)
		status = verdict->inspection->status;
	if (status == 404)
		text_add(&message, text_span(&verdict->inspection->why));
	else
		verdict_message(verdict, s->door->profile, request, &message);
	return answer_reply(s, status, text_span(&message), is_head(s),
	    whole && !request->close);
}

static enum step
refuse_inside(struct session *s, const struct observation *seen, bool whole)
{
	struct inspection *in = &session_scratch(s)->inspection;
	struct verdict verdict = verdict_of_inspection(in);

	verdict.observation = seen;
	if (in->status == 403 || in->status == 404)
		return deny(s, &verdict, whole);
	in->why_memory[in->why.len < sizeof(in->why_memory)
			   ? in->why.len
			   : sizeof(in->why_memory) - 1] = '\0';
	return refuse_request(s,
	    in->status == 502	? REFUSAL_DAEMON_MALFORMED
	    : in->status == 503 ? REFUSAL_EXHAUSTED
				: REFUSAL_MALFORMED,
	    in->why_memory);
}

static struct verdict
judge(const struct session *s, const struct request *request)
{
	const struct profile *profile = s->door->profile;

	return profile->observes ? observe_verdict(profile, request)
				 : verdict_of(profile, request);
}

/* Look inside by a profile that observes. */
static enum inspect_result
observe_inside(struct session *s, const struct verdict *verdict,
    struct span body, struct buf *out, bool whole, enum step *step)
{
	struct scratch *scratch = session_scratch(s);
	struct observation seen = { 0 };
	enum inspect_result result;

	result = observe(&scratch->inspection, verdict, body, out, &seen);
	if (result == INSPECT_REFUSE) {
		*step = refuse_inside(s, &seen, whole);
	} else if (result == INSPECT_PASS) {
		record_needs(s, &scratch->request, &seen);
		record_decision(s, &scratch->request, &seen.verdict);
	}
	observe_clear(&seen);
	return result;
}

/* Judge what is inside a request that may pass, the body of which is whole, or
 * streams and is empty here. PASS: what goes up is in out. ASK: lookup_begin()
 * comes next, once the request is held. REFUSE: *step says how it went. */
static enum inspect_result
look_inside(struct session *s, const struct verdict *verdict, struct span body,
    struct buf *out, enum step *step)
{
	struct scratch *scratch = session_scratch(s);
	const struct request *request = &scratch->request;
	bool whole = request->operation->body != BODY_STREAM ||
		     request->frame.kind == FRAME_NONE;
	struct inspect_fact facts[INSPECT_FACTS_MAX];
	enum inspect_result result = INSPECT_PASS;
	const char *why = request_check_body(request, body);

	scratch->inspection.id.len = 0;
	if (request->operation->body == BODY_NONE)
		body.len = 0;
	if (why == NULL && !verdict->inspect && body.len > 0)
		why = json_check(body);
	if (why != NULL) {
		*step = refuse_request(s, REFUSAL_MALFORMED, why);
		return INSPECT_REFUSE;
	}
	if (verdict->inspect || s->door->profile->observes) {
		scratch->inspection.profile = s->door->profile;
		scratch->inspection.request = request;
		scratch->inspection.facts = facts;
		scratch->inspection.facts_len = lookup_facts(s, facts);
		if (s->door->profile->observes)
			return observe_inside(
			    s, verdict, body, out, whole, step);
		result = inspect(&scratch->inspection, body, out);
	} else if (!buf_add(out, body.at, body.len)) {
		*step = STEP_CLOSE;
		return INSPECT_REFUSE;
	}
	if (result == INSPECT_REFUSE)
		*step = refuse_inside(s, NULL, whole);
	else if (result == INSPECT_PASS)
		record_decision(s, request, verdict);
	return result;
}

static enum step
send_held(struct session *s, struct span body)
{
	struct request_body framing = {
		body.len > 0 ? FRAME_LENGTH : FRAME_NONE, body.len
	};

	return exchange_begin(s, &framing, body);
}

/* From now on the head, what was decoded of the body, and the bytes behind
 * it are in client.held, and more will be added there. */
static enum step
hold(struct session *s, struct window *w, size_t head_len, size_t decoded,
    size_t used)
{
	struct buf *held = &s->client.held;

	if (!session_keep_body(s))
		return refuse_request(s, REFUSAL_TOO_MANY_BODIES,
		    "too many bodies at once through this door");
	if (!buf_add(held, w->at, head_len + decoded) ||
	    !buf_add(held, w->at + head_len + used, w->len - head_len - used))
		return STEP_CLOSE;
	advance(w, w->len);
	s->state = SESSION_BODY;
	s->body_at = head_len;
	s->body_len = decoded;
	return STEP_WAIT;
}

static enum step
ask(struct session *s)
{
	return lookup_begin(s, text_span(&session_scratch(s)->inspection.ask));
}

/* What is known of the request is not enough: ask, with the request held. */
static enum step
hold_and_ask(struct session *s, struct window *w, size_t head_len,
    size_t decoded, size_t used)
{
	enum step step = hold(s, w, head_len, decoded, used);

	if (step == STEP_CLOSE || s->state == SESSION_LINGER)
		return step;
	return ask(s);
}

static enum step
hold_more(struct session *s, struct window *w, size_t head_len, size_t decoded,
    size_t used)
{
	enum step step = hold(s, w, head_len, decoded, used);

	if (step == STEP_CLOSE || s->state == SESSION_LINGER)
		return step;
	s->exchange.up = session_scratch(s)->request.frame;
	session_timer(s, LIMIT_BODY_SECONDS);
	if (session_scratch(s)->request.expect)
		return answer_continue(s);
	return STEP_WAIT;
}

static enum step
refuse_body(struct session *s, const char *why)
{
	return refuse_request(s,
	    why == NULL ? REFUSAL_BODY_TOO_LARGE : REFUSAL_MALFORMED,
	    why == NULL ? "the body is larger than the profile allows" : why);
}

/* A request whose body must be whole before it goes on. */
static enum step
take_held(struct session *s, const struct verdict *verdict, struct window *w,
    size_t head_len)
{
	struct frame *frame = &session_scratch(s)->request.frame;
	size_t limit = s->door->profile->body, decoded, used;
	enum step step = STEP_CLOSE;
	enum frame_result result;
	struct buf out = { 0 };
	struct span body;

	if (frame->kind == FRAME_LENGTH && frame->left > limit)
		return refuse_body(s, NULL);
	result = frame_pass(frame, FRAME_BARE, w->at + head_len,
	    w->len - head_len, &decoded, &used);
	if (result == FRAME_BAD)
		return refuse_body(s, frame->why);
	if (decoded > limit)
		return refuse_body(s, NULL);
	if (result == FRAME_MORE)
		return hold_more(s, w, head_len, decoded, used);
	body = (struct span){ w->at + head_len, decoded };
	switch (look_inside(s, verdict, body, &out, &step)) {
	case INSPECT_REFUSE:
		break;
	case INSPECT_PASS:
		step = send_held(s, buf_span(&out));
		break;
	case INSPECT_ASK:
		return hold_and_ask(s, w, head_len, decoded, used);
	}
	buf_clear(&out);
	advance(w, head_len + used);
	return step;
}

/* The body of a request that was allowed begins to stream. */
static enum step
begin_stream(struct session *s, struct window *w, size_t head_len)
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
begin_any_stream(struct session *s, const struct verdict *verdict,
    struct window *w, size_t head_len)
{
	const struct operation *operation =
	    session_scratch(s)->request.operation;
	enum step step;

	if (!verdict->inspect || !inspect_filters(operation))
		return begin_stream(s, w, head_len);
	step = upload_begin(s, w->at + head_len, w->len - head_len);
	advance(w, w->len);
	return step;
}

/* A request whose body streams. */
static enum step
take_stream(struct session *s, const struct verdict *verdict, struct window *w,
    size_t head_len)
{
	enum step step = STEP_CLOSE;
	struct buf out = { 0 };

	switch (look_inside(s, verdict, SPAN(""), &out, &step)) {
	case INSPECT_REFUSE:
		advance(w, head_len);
		break;
	case INSPECT_PASS:
		step = begin_any_stream(s, verdict, w, head_len);
		break;
	case INSPECT_ASK:
		return hold_and_ask(s, w, head_len, 0, 0);
	}
	return step;
}

/* The profile has no say in it. A client that has sent all of its request may
 * ask again on the same connection, later: a token comes within a second,
 * which is what Retry-After says with every 429. */
static enum step
put_off(struct session *s, struct window *w, size_t head_len, bool understood)
{
	static const char why[] = "too many requests per second at this door";
	const struct scratch *scratch = session_scratch(s);
	const struct request *request = &scratch->request;

	record_refusal(s, REFUSAL_TOO_MANY_REQUESTS, why, scratch->http.target);
	advance(w, head_len);
	return answer_reply(s, refusal_status(REFUSAL_TOO_MANY_REQUESTS),
	    span_of(why), span_eq(scratch->http.method, SPAN("HEAD")),
	    understood && request->frame.kind == FRAME_NONE && !request->close);
}

static enum step
take_request(struct session *s, struct window *w, size_t head_len)
{
	struct scratch *scratch = session_scratch(s);
	struct request *request = &scratch->request;
	struct request_fault fault;
	struct verdict verdict;
	bool understood;

	if (s->turned_away != 0)
		return s->turned_away == 429
			   ? refuse_request(s, REFUSAL_TOO_MANY_CONNECTIONS,
				 "too many connections through this door")
			   : refuse_request(
				 s, REFUSAL_PEER, "this door is not for you");
	understood = request_read(request, &scratch->http, &fault);
	if (s->door->profile->requests > 0 &&
	    !rate_take(&s->door->rate, clock_now()))
		return put_off(s, w, head_len, understood);
	if (!understood)
		return refuse_request(s, fault.refusal, fault.why);
	verdict = judge(s, request);
	switch (verdict.decision) {
	case DECIDE_DENY:
		advance(w, head_len);
		return deny(s, &verdict, request->frame.kind == FRAME_NONE);
	case DECIDE_OBSERVE:
	case DECIDE_ALLOW:
		break;
	}
	if (request->operation->body == BODY_STREAM)
		return take_stream(s, &verdict, w, head_len);
	return take_held(s, &verdict, w, head_len);
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
	session_scratch(s)->request.operation = NULL;
	switch (http_request(in, head, &used)) {
	case HTTP_BAD:
		return refuse_request(s, REFUSAL_MALFORMED, head->why);
	case HTTP_LONG_TARGET:
		return refuse_request(
		    s, REFUSAL_TARGET_TOO_LONG, "the target is too long");
	case HTTP_TOO_LARGE:
		return refuse_request(
		    s, REFUSAL_HEAD_TOO_LARGE, "too many fields");
	case HTTP_MORE:
		if (w->len >= limit)
			return refuse_request(
			    s, REFUSAL_HEAD_TOO_LARGE, "the head is too large");
		if (!ev_is_active(&s->timer))
			session_timer(s, LIMIT_HEAD_SECONDS);
		*more = true;
		return STEP_WAIT;
	case HTTP_OK:
		break;
	}
	if (used > limit)
		return refuse_request(
		    s, REFUSAL_HEAD_TOO_LARGE, "the head is too large");
	session_timer_stop(s);
	return take_request(s, w, used);
}

enum step
intake_requests(struct session *s, char *bytes, size_t len)
{
	struct window w = { bytes, len };
	bool more = false;
	int requests = 0;

	/* While an answer waits to go out, no more is judged. */
	while (s->state == SESSION_HEAD && w.len > 0 && !more &&
	       s->client.out.len == 0 && requests++ < REQUESTS_MAX)
		if (take_next(s, &w, &more) == STEP_CLOSE)
			return STEP_CLOSE;
	if (s->state == SESSION_LINGER)
		return STEP_WAIT;
	if (s->state == SESSION_HEAD && w.len > 0 && !more &&
	    s->client.out.len == 0) {
		s->state = SESSION_TURN;
		session_timer(s, 0.);
	}
	return session_hold(&s->client, w.at, w.len);
}

/* The head that is held, read again: its spans have moved. */
static bool
read_held(struct session *s, size_t *head_len)
{
	struct scratch *scratch = session_scratch(s);
	struct request_fault fault;

	return http_request(buf_span(&s->client.held), &scratch->http,
		   head_len) == HTTP_OK &&
	       request_read(&scratch->request, &scratch->http, &fault);
}

/* Forget what of client.held belongs to the request that was answered or sent
 * on; nothing is held any more where the client is to go. */
static enum step
drop_held(struct session *s, size_t len, enum step step)
{
	session_release_body(s);
	if (step == STEP_WAIT && s->state != SESSION_LINGER)
		buf_take(&s->client.held, len);
	return step;
}

/* A request whose body streams, and may go on. It moves out of client.held,
 * where what it leaves is put. */
static enum step
resume_stream(struct session *s, const struct verdict *verdict)
{
	struct scratch *scratch = session_scratch(s);
	struct request_fault fault;
	struct window w;
	enum step step;
	size_t head_len;

	session_release_body(s);
	w.at = scratch->in;
	w.len = side_unhold(&s->client, scratch);
	if (http_request((struct span){ w.at, w.len }, &scratch->http,
		&head_len) != HTTP_OK ||
	    !request_read(&scratch->request, &scratch->http, &fault))
		return STEP_CLOSE;
	step = begin_any_stream(s, verdict, &w, head_len);
	if (step == STEP_CLOSE || s->state == SESSION_LINGER)
		return step;
	return session_hold(&s->client, w.at, w.len);
}

enum step
intake_resume(struct session *s)
{
	struct scratch *scratch = session_scratch(s);
	enum step step = STEP_CLOSE;
	struct buf out = { 0 };
	struct verdict verdict;
	struct span body;
	size_t head_len;

	if (!read_held(s, &head_len))
		return STEP_CLOSE;
	verdict = judge(s, &scratch->request);
	body.at = buf_bytes(&s->client.held) + s->body_at;
	body.len = s->body_len;
	switch (look_inside(s, &verdict, body, &out, &step)) {
	case INSPECT_REFUSE:
		break;
	case INSPECT_PASS:
		if (scratch->request.operation->body == BODY_STREAM)
			return resume_stream(s, &verdict);
		step = send_held(s, buf_span(&out));
		break;
	case INSPECT_ASK:
		return ask(s);
	}
	buf_clear(&out);
	return drop_held(s, s->body_at + s->body_len, step);
}

enum step
intake_body(struct session *s)
{
	struct buf *held = &s->client.held;
	size_t at = s->body_at + s->body_len, decoded, used, head_len;
	char *bytes = buf_bytes(held);
	enum frame_result result;

	result = frame_pass(&s->exchange.up, FRAME_BARE, bytes + at,
	    held->len - at, &decoded, &used);
	/* What was decoded lies at its front; close the gap behind it. */
	buf_remove(held, at + decoded, used - decoded);
	s->body_len += decoded;
	if (result == FRAME_MORE && s->body_len <= s->door->profile->body)
		return STEP_WAIT;
	session_timer_stop(s);
	if (result == FRAME_DONE && s->body_len <= s->door->profile->body)
		return intake_resume(s);
	if (!read_held(s, &head_len))
		return STEP_CLOSE;
	return refuse_body(s, result == FRAME_BAD ? s->exchange.up.why : NULL);
}
