/* SPDX-License-Identifier: MIT */
/* The audit's lines. What a request is, is written when it is judged, since
 * its bytes do not stay; what became of it, when it is over. A line always is
 * one JSON object, whatever a client sends, and of at most PIPE_BUF bytes, so
 * that a pipe takes it whole: what is too long is cut, the needs first, which
 * then say so, and the target next.
 *
 * Nothing here waits: a line that there is no room for is counted. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/moment.h"
#include "policy/observe.h"
#include "sockets/audit.h"
#include "sockets/door.h"
#include "sockets/session_parts.h"

enum {
	/* What becomes of a request has room in this much. */
	TAIL = 256,
	/* Why the needs are not all there, once that is escaped; this with the
	 * end of the list; and with its key: what the target leaves. */
	NEEDS_WHY = 200,
	NEEDS_END = NEEDS_WHY + 16,
	NEEDS_LEAST = NEEDS_END + 16,
	/* The longest escape. */
	ESCAPE = 6,
	/* Of values that are not the target, once they are escaped. */
	METHOD_MAX = 64,
	FIELD_MAX = 600,
	/* A file's name and a line, before they are. */
	RULE_MAX = 272
};

struct audit_entry {
	const char *verdict;
	const char *reason;
	struct timespec began;
	unsigned status; /* 0: nothing was answered */
	bool stream;
	bool over;
	size_t len;
	char members[]; /* known from the beginning; without a comma behind */
};

static struct timespec
clock_of(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now;
}

static void
put_key(struct text *text, const char *key)
{
	text_add(text, SPAN(",\""));
	text_add(text, span_of(key));
	text_add(text, SPAN("\":"));
}

static void
put_number(struct text *text, const char *key, uint64_t value)
{
	put_key(text, key);
	text_number(text, value);
}

/* As much of a value as fits, escaped, in so many bytes. */
static void
put_cut(struct text *text, struct span value, size_t most)
{
	size_t end = text->size, i;

	if (most < end - text->len)
		text->size = text->len + most;
	/* A byte whose escape does not fit writes nothing. */
	for (i = 0; i < value.len && !text->full; i++)
		text_json(text, (struct span){ value.at + i, 1 });
	text->full = false;
	text->size = end;
}

/* The same as a member; null for an empty one. */
static void
put_some(struct text *text, const char *key, struct span value, size_t most)
{
	put_key(text, key);
	if (value.len == 0) {
		text_add(text, SPAN("null"));
		return;
	}
	text_char(text, '"');
	put_cut(text, value, most);
	text_char(text, '"');
}

static void
put_string(struct text *text, const char *key, const char *value)
{
	struct span span = SPAN("");

	if (value != NULL)
		span = span_of(value);
	put_some(text, key, span, ESCAPE * span.len);
}

static void
put_peer(struct text *text, const struct session *s)
{
	put_number(text, "uid", s->peer.uid);
	put_number(text, "gid", s->peer.gid);
	if (s->peer.pid > 0)
		put_number(text, "pid", (uint64_t)s->peer.pid);
	else
		put_string(text, "pid", NULL);
	put_string(text, "container", s->container);
}

/* "FILE:LINE"; of a path that is too long, its last name. */
static void
put_rule(struct text *text, const struct policy *policy,
    const struct verdict *verdict)
{
	char memory[RULE_MAX];
	struct text rule = TEXT(memory);
	const char *file, *slash;

	if (verdict != NULL && verdict->origin.line != 0) {
		file = policy_file(policy, verdict->origin);
		slash = strrchr(file, '/');
		if (strlen(file) > sizeof(memory) - 8 && slash != NULL)
			file = slash + 1;
		text_format(
		    &rule, "%s:%u", file, (unsigned)verdict->origin.line);
	}
	put_some(text, "rule", text_span(&rule), ESCAPE * rule.len);
}

static struct span
field_of(const struct verdict *verdict)
{
	return verdict == NULL ? SPAN("") : verdict_field(verdict);
}

/* A line whole, or not at all. */
static bool
put_need(struct text *text, struct span line)
{
	size_t len = text->len;

	text_char(text, '"');
	text_json(text, line);
	text_add(text, SPAN("\","));
	if (!text->full)
		return true;
	text->len = len;
	text->full = false;
	return false;
}

/* What a request needs that a profile which observes let pass. Where that is
 * not all, why is in the last string, which begins as no line of a profile
 * does. */
static void
put_needs(struct text *text, const struct verdict *verdict)
{
	const struct observation *seen = NULL;
	struct span rest, line, why;
	bool whole = true;

	if (verdict != NULL && verdict->decision != DECIDE_DENY)
		seen = verdict->observation;
	if (seen == NULL) {
		text_add(text, SPAN(",\"needs\":null"));
		return;
	}
	put_key(text, "needs");
	text_char(text, '[');
	rest = buf_span(&seen->needs);
	why = text_span(&seen->unknown);
	text->size -= NEEDS_END;
	while (whole && span_word(&rest, "\n", &line))
		whole = put_need(text, line);
	text->size += NEEDS_END;
	if (!whole && why.len == 0)
		why = SPAN("they are too long for a line of the audit");
	if (why.len > 0) {
		text_add(text, SPAN("\"unknown: "));
		put_cut(text, why, NEEDS_WHY);
		text_add(text, SPAN("\","));
	}
	/* The last comma. */
	if (text->at[text->len - 1] == ',')
		text->len--;
	text_char(text, ']');
}

/* What a request is. */
struct subject {
	const struct operation *operation; /* or NULL */
	struct span method, target;	   /* may be empty */
	const struct verdict *verdict;	   /* or NULL */
};

/* What was under way in s->exchange before has had its line. */
static void
begin(struct session *s, const struct subject *subject)
{
	const struct audit *audit = s->door->server->audit;
	struct audit_entry *entry;
	char memory[LIMIT_LOG_LINE];
	struct text text = { memory, 0, sizeof(memory) - TAIL - NEEDS_LEAST,
		false };
	char target_memory[LIMIT_LOG_TARGET];
	struct text target = TEXT(target_memory);
	size_t room;

	request_log_target(subject->operation, subject->target, &target);
	text_add(&text, SPAN("{\"time\":\""));
	moment_write(&text, clock_of(CLOCK_REALTIME));
	text_char(&text, '"');
	put_string(&text, "profile", s->door->profile->name);
	put_peer(&text, s);
	put_string(&text, "operation",
	    subject->operation == NULL ? NULL : subject->operation->name);
	put_some(&text, "method", subject->method, METHOD_MAX);
	put_rule(&text, s->door->server->policy, subject->verdict);
	put_some(&text, "field", field_of(subject->verdict), FIELD_MAX);
	room = text.size - text.len - sizeof(",\"target\":\"\"");
	put_some(&text, "target", text_span(&target), room);
	text.size += NEEDS_LEAST;
	put_needs(&text, subject->verdict);
	if ((entry = malloc(sizeof(*entry) + text.len)) == NULL) {
		counter_add(audit->lost, 1);
		return;
	}
	*entry = (struct audit_entry){ .began = clock_of(CLOCK_MONOTONIC),
		.len = text.len };
	memcpy(entry->members, text.at, text.len);
	s->audit = entry;
	s->exchange.status = 0;
	s->exchange.bytes_up = s->exchange.bytes_down = 0;
}

static double
seconds_since(struct timespec then)
{
	struct timespec now = clock_of(CLOCK_MONOTONIC);

	return (double)(now.tv_sec - then.tv_sec) +
	       (double)(now.tv_nsec - then.tv_nsec) / 1e9;
}

static void
write_line(struct session *s)
{
	const struct audit *audit = s->door->server->audit;
	struct audit_entry *entry = s->audit;
	char memory[LIMIT_LOG_LINE];
	struct text text = TEXT(memory);
	ssize_t n;

	s->audit = NULL;
	text_add(&text, (struct span){ entry->members, entry->len });
	put_string(&text, "verdict", entry->verdict);
	put_string(&text, "reason", entry->reason);
	if (entry->status != 0)
		put_number(&text, "status", entry->status);
	else
		put_string(&text, "status", NULL);
	put_number(&text, "sent", s->exchange.bytes_up);
	put_number(&text, "received", s->exchange.bytes_down);
	text_format(&text, ",\"seconds\":%.6f,\"stream\":%s}\n",
	    seconds_since(entry->began), entry->stream ? "true" : "false");
	do {
		n = write(audit->fd, text.at, text.len);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		counter_add(audit->lost, 1);
	free(entry);
}

static void
end_what_is_over(struct session *s)
{
	if (s->audit != NULL && s->audit->over)
		write_line(s);
}

void
audit_decide(struct session *s, const struct request *request,
    const struct verdict *verdict)
{
	const struct subject subject = { request->operation,
		request->head->method, request->head->target, verdict };

	if (s->door->server->audit == NULL)
		return;
	end_what_is_over(s);
	begin(s, &subject);
	if (s->audit == NULL)
		return;
	s->audit->verdict = decision_name(verdict->decision);
	s->audit->reason = reason_name(verdict->reason);
}

/* The head of a request that is held, because its body or what is asked about
 * it has not come. */
static void
read_held(struct session *s, struct subject *subject)
{
	struct scratch *scratch = session_scratch(s);
	struct http_head *head = &scratch->http;
	struct request_fault fault;
	size_t used;

	if (http_request(buf_span(&s->client.held), head, &used) != HTTP_OK)
		return;
	subject->method = head->method;
	subject->target = head->target;
	request_read(&scratch->request, head, &fault);
	subject->operation = scratch->request.operation;
}

static bool
is_held(const struct session *s)
{
	return s->state == SESSION_BODY || s->state == SESSION_LOOKUP ||
	       (s->state == SESSION_CONNECT && s->then == SESSION_LOOKUP);
}

void
audit_refuse(struct session *s, enum refusal refusal, struct span target)
{
	const struct scratch *scratch = session_scratch(s);
	const struct http_head *head = &scratch->http;
	struct subject subject = { 0 };

	if (s->door->server->audit == NULL)
		return;
	end_what_is_over(s);
	if (s->audit == NULL && is_held(s)) {
		read_held(s, &subject);
	} else if (s->audit == NULL && target.len > 0 &&
		   target.at == head->target.at) {
		subject.operation = scratch->request.operation;
		subject.method = head->method;
		subject.target = target;
	}
	if (s->audit == NULL)
		begin(s, &subject);
	if (s->audit == NULL)
		return;
	s->audit->verdict = "refuse";
	s->audit->reason = refusal_name(refusal);
}

void
audit_answered(struct session *s, unsigned status)
{
	if (s->audit != NULL)
		s->audit->status = status;
}

void
audit_stream(struct session *s)
{
	if (s->audit != NULL)
		s->audit->stream = true;
}

void
audit_over(struct session *s)
{
	if (s->audit == NULL)
		return;
	s->audit->over = true;
	audit_settle(s);
}

void
audit_settle(struct session *s)
{
	if (s->client.out.len == 0)
		end_what_is_over(s);
}

void
audit_end(struct session *s)
{
	if (s->audit != NULL)
		write_line(s);
}
