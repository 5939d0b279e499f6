/* SPDX-License-Identifier: MIT */
/* Questions to the daemon. The client waits meanwhile, unread; nothing of its
 * request has gone up. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "sockets/door.h"
#include "sockets/lookup.h"

/* One question, and its answer as far as it has come. */
struct question {
	char path[INSPECT_ASK_MAX];
	unsigned status; /* 0: the head of the answer has not come */
	struct buf body;
};

struct lookup {
	struct question questions[INSPECT_FACTS_MAX];
	size_t len;   /* the last one may be open */
	size_t bytes; /* of all answers */
	struct frame down;
	bool hang_up;
};

static struct question *
open_question(const struct session *s)
{
	return &s->lookup->questions[s->lookup->len - 1];
}

static enum step
fail(struct session *s, enum refusal refusal, const char *why)
{
	return answer_refuse(s, refusal, why, SPAN(""), s->exchange.to_head);
}

/* The same time for one question as for many; less where the rules of this
 * process are to end. */
static struct lookup *
lookup_new(struct session *s)
{
	struct server *server = s->door->server;
	bool ends =
	    server->state == SERVER_RETIRED || server->state == SERVER_DRAINING;

	s->deadline = ev_now(server->loop) + (ends ? LIMIT_RETIRED_BODY_SECONDS
						   : LIMIT_LOOKUP_SECONDS);
	return calloc(1, sizeof(struct lookup));
}

enum step
lookup_begin(struct session *s, struct span path)
{
	struct request *request = &session_scratch(s)->request;
	char memory[INSPECT_ASK_MAX + 128];
	struct text text = TEXT(memory), copy;
	struct question *question;
	struct span head;

	if (s->lookup == NULL)
		s->lookup = lookup_new(s);
	if (s->lookup == NULL)
		return STEP_CLOSE;
	s->exchange = (struct exchange){ .operation = request->operation,
		.to_head = request->method == METHOD_HEAD };
	question = &s->lookup->questions[s->lookup->len++];
	copy = TEXT(question->path);
	text_add(&copy, path);
	text_char(&copy, '\0');
	text_add(&text, SPAN("GET "));
	if (request->target.api == TARGET_DOCKER) {
		text_add(&text, SPAN("/v"));
		text_add(&text, request->target.version);
	}
	text_add(&text, path);
	text_add(&text, SPAN(" HTTP/1.1\r\nHost: docker\r\n\r\n"));
	head = text_span(&text);
	lookup_wait(s);
	return exchange_send(s, &head, 1, SESSION_LOOKUP);
}

void
lookup_wait(struct session *s)
{
	session_timer(s, s->deadline - ev_now(s->door->server->loop));
}

/* The answer is whole. */
static enum step
finish(struct session *s)
{
	session_timer_stop(s);
	if (s->lookup->hang_up)
		side_close(s->door->server->loop, &s->daemon);
	return intake_resume(s);
}

static enum step
take_body(struct session *s, char *bytes, size_t len)
{
	struct question *question = open_question(s);
	enum frame_result result;
	size_t decoded, used;

	result = frame_pass(
	    &s->lookup->down, FRAME_BARE, bytes, len, &decoded, &used);
	if (result == FRAME_BAD)
		return fail(s, REFUSAL_DAEMON_MALFORMED,
		    "the daemon's answer is not HTTP");
	s->lookup->bytes += decoded;
	if (s->lookup->bytes > LIMIT_LOOKUP)
		return fail(s, REFUSAL_DAEMON_MALFORMED,
		    "the daemon's answer is too large");
	if (!buf_add(&question->body, bytes, decoded))
		return STEP_CLOSE;
	if (result == FRAME_MORE)
		return session_hold(&s->daemon, bytes + used, len - used);
	if (used < len)
		s->lookup->hang_up = true;
	return finish(s);
}

static enum step
take_head(struct session *s, char *bytes, size_t len)
{
	struct http_head *head = &session_scratch(s)->http;
	struct lookup *lookup = s->lookup;
	size_t used;

	switch (http_response((struct span){ bytes, len }, head, &used)) {
	case HTTP_MORE:
		if (len >= LIMIT_HEAD_MAX)
			return fail(s, REFUSAL_DAEMON_MALFORMED,
			    "the daemon's answer has too large a head");
		return session_hold(&s->daemon, bytes, len);
	case HTTP_BAD:
	case HTTP_TOO_LARGE:
	case HTTP_LONG_TARGET:
		return fail(s, REFUSAL_DAEMON_MALFORMED,
		    "the daemon's answer is not HTTP");
	case HTTP_OK:
		break;
	}
	if (head->status < 200 || !frame_response(&lookup->down, head, false))
		return fail(s, REFUSAL_DAEMON_MALFORMED,
		    "the daemon's answer is none to this request");
	open_question(s)->status = head->status;
	lookup->hang_up = head->minor == 0 ||
			  lookup->down.kind == FRAME_UNTIL_CLOSE ||
			  http_lists(head, SPAN("Connection"), SPAN("close"));
	return take_body(s, bytes + used, len - used);
}

enum step
lookup_on_daemon(struct session *s)
{
	char *bytes;
	size_t len;

	switch (side_receive(
	    &s->daemon, session_scratch(s), LIMIT_RECEIVE, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_END:
		if (open_question(s)->status != 0 &&
		    s->lookup->down.kind == FRAME_UNTIL_CLOSE)
			return finish(s);
		/* fallthrough */
	case RECEIVED_GONE:
		return fail(
		    s, REFUSAL_DAEMON_DOWN, "the daemon does not answer");
	case RECEIVED_SOME:
		break;
	}
	if (open_question(s)->status == 0)
		return take_head(s, bytes, len);
	return take_body(s, bytes, len);
}

size_t
lookup_facts(
    const struct session *s, struct inspect_fact facts[INSPECT_FACTS_MAX])
{
	const struct question *question;
	size_t i;

	if (s->lookup == NULL)
		return 0;
	for (i = 0; i < s->lookup->len; i++) {
		question = &s->lookup->questions[i];
		facts[i] = (struct inspect_fact){ span_of(question->path),
			question->status, buf_span(&question->body) };
	}
	return s->lookup->len;
}

void
lookup_end(struct session *s)
{
	size_t i;

	if (s->lookup == NULL)
		return;
	for (i = 0; i < s->lookup->len; i++)
		buf_clear(&s->lookup->questions[i].body);
	free(s->lookup);
	s->lookup = NULL;
}
