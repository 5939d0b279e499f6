/* SPDX-License-Identifier: MIT */
/* Decisions and streams, as log lines. Whoever floods a door with requests
 * that are refused must not be able to flood the log. */

#include "sockets/record.h"
#include "core/limits.h"
#include "policy/observe.h"
#include "sockets/audit.h"
#include "sockets/door.h"
#include "sockets/server.h"
#include "sockets/session_parts.h"
#include "sockets/watch.h"

static void
put_peer(struct logger *logger, const struct session *s)
{
	logger_field(logger, "profile", span_of(s->door->profile->name));
	logger_number(logger, "uid", s->peer.uid);
	logger_number(logger, "gid", s->peer.gid);
	if (s->peer.pid > 0)
		logger_number(logger, "pid", (uint64_t)s->peer.pid);
	if (s->container != NULL)
		logger_field(logger, "container", span_of(s->container));
}

static void
put_target(struct logger *logger, const struct operation *operation,
    struct span target)
{
	char memory[LIMIT_LOG_TARGET];
	struct text text = TEXT(memory);

	request_log_target(operation, target, &text);
	logger_field(logger, "target", text_span(&text));
}

static void
tell_left_out(struct door *door)
{
	struct logger *logger = door->server->logger;

	if (door->left_out > 0 &&
	    logger_begin(logger, LOG_LEVEL_NOTICE, "denials-left-out")) {
		logger_field(logger, "profile", span_of(door->profile->name));
		logger_number(logger, "count", door->left_out);
		logger_end(logger);
	}
	door->left_out = 0;
}

static void
on_second(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct door *door = timer->data;

	(void)revents;
	if (door->lines == 0)
		ev_timer_stop(loop, timer);
	door->lines = 0;
	tell_left_out(door);
}

void
record_init(struct door *door)
{
	ev_timer_init(&door->second, on_second, 1., 1.);
	door->second.data = door;
}

void
record_clear(struct door *door)
{
	ev_timer_stop(door->server->loop, &door->second);
	tell_left_out(door);
}

/* Whether one more line about a refusal may be written now. */
static bool
may_tell(struct door *door)
{
	ev_timer_start(door->server->loop, &door->second);
	if (door->lines < LIMIT_DENIAL_LINES) {
		door->lines++;
		return true;
	}
	door->left_out++;
	return false;
}

static void
put_need(struct session *s, const struct request *request, const char *key,
    struct span value)
{
	struct logger *logger = s->door->server->logger;

	if (!logger_begin(logger, LOG_LEVEL_INFO, "need"))
		return;
	logger_field(logger, "profile", span_of(s->door->profile->name));
	logger_field(logger, "operation", span_of(request->operation->name));
	logger_field(logger, key, value);
	logger_end(logger);
}

void
record_needs(struct session *s, const struct request *request,
    const struct observation *seen)
{
	struct span rest = buf_span(&seen->needs), line;

	while (span_word(&rest, "\n", &line))
		put_need(s, request, "line", line);
	if (seen->unknown.len > 0)
		put_need(s, request, "unknown", text_span(&seen->unknown));
}

static void
put_decision(struct logger *logger, const struct session *s,
    const struct request *request, const struct verdict *verdict)
{
	const struct policy *policy = s->door->server->policy;
	char memory[LIMIT_LOG_HINT];
	struct text text;

	logger_field(
	    logger, "verdict", span_of(decision_name(verdict->decision)));
	logger_field(logger, "reason", span_of(reason_name(verdict->reason)));
	put_peer(logger, s);
	if (request->operation != NULL)
		logger_field(
		    logger, "operation", span_of(request->operation->name));
	logger_field(logger, "method", request->head->method);
	put_target(logger, request->operation, request->head->target);
	if (verdict->origin.line != 0) {
		text = TEXT(memory);
		text_format(&text, "%s:%u",
		    policy_file(policy, verdict->origin),
		    (unsigned)verdict->origin.line);
		logger_field(logger, "rule", text_span(&text));
	}
	if (verdict_field(verdict).len > 0)
		logger_field(logger, "field", verdict_field(verdict));
	if (verdict->decision != DECIDE_ALLOW) {
		text = TEXT(memory);
		verdict_hint(verdict, policy, request, &text);
		if (text.len > 0)
			logger_field(logger, "hint", text_span(&text));
	}
}

void
record_decision(struct session *s, const struct request *request,
    const struct verdict *verdict)
{
	struct logger *logger = s->door->server->logger, *watch;
	bool passes = verdict->decision != DECIDE_DENY;
	enum log_level level = verdict->decision == DECIDE_ALLOW
				   ? LOG_LEVEL_INFO
				   : LOG_LEVEL_NOTICE;

	counter_add(
	    passes ? &s->door->counters->allowed : &s->door->counters->denied,
	    1);
	details_count_verdict(s->door->details, request->operation, verdict);
	audit_decide(s, request, verdict);
	if ((watch = watch_begin(s->door, level, "decision")) != NULL) {
		put_decision(watch, s, request, verdict);
		watch_end(s->door);
	}
	if ((!passes && !may_tell(s->door)) ||
	    !logger_begin(logger, level, "decision"))
		return;
	put_decision(logger, s, request, verdict);
	logger_end(logger);
}

static void
put_refusal(struct logger *logger, const struct session *s,
    enum refusal refusal, const char *why, struct span target)
{
	logger_number(logger, "status", refusal_status(refusal));
	logger_field(logger, "reason", span_of(refusal_name(refusal)));
	logger_field(logger, "why", span_of(why));
	put_peer(logger, s);
	if (s->state == SESSION_EXCHANGE || s->state == SESSION_CONNECT ||
	    s->state == SESSION_LOOKUP)
		logger_field(
		    logger, "operation", span_of(s->exchange.operation->name));
	if (target.len > 0)
		put_target(
		    logger, session_scratch(s)->request.operation, target);
}

void
record_refusal(struct session *s, enum refusal refusal, const char *why,
    struct span target)
{
	unsigned status = refusal_status(refusal);
	struct logger *logger = s->door->server->logger, *watch;
	struct counters *counters = s->door->counters;
	enum log_level level =
	    status >= 500 ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE;

	/* Who was not let in was counted as a connection. */
	if (s->turned_away == 0) {
		counter_add(
		    status >= 500 ? &counters->failed : &counters->refused, 1);
		details_count_refusal(s->door->details, refusal);
	}
	audit_refuse(s, refusal, target);
	if ((watch = watch_begin(s->door, level, "refused")) != NULL) {
		put_refusal(watch, s, refusal, why, target);
		watch_end(s->door);
	}
	if (!may_tell(s->door) || !logger_begin(logger, level, "refused"))
		return;
	put_refusal(logger, s, refusal, why, target);
	logger_end(logger);
}

static void
put_stream(struct session *s, const char *event, bool ends)
{
	struct logger *logger = s->door->server->logger;

	if (!logger_begin(logger, LOG_LEVEL_INFO, event))
		return;
	put_peer(logger, s);
	logger_field(logger, "operation", span_of(s->exchange.operation->name));
	logger_number(logger, "status", s->exchange.status);
	if (ends) {
		logger_number(logger, "sent", s->exchange.bytes_up);
		logger_number(logger, "received", s->exchange.bytes_down);
		logger_seconds(logger, "seconds",
		    ev_now(s->door->server->loop) - s->exchange.began);
	}
	logger_end(logger);
}

void
record_stream_start(struct session *s)
{
	counter_add(&s->door->counters->streams, 1);
	counter_add(&s->door->counters->flowing, 1);
	audit_stream(s);
	put_stream(s, "stream-start", false);
}

void
record_stream_end(struct session *s)
{
	counter_sub(&s->door->counters->flowing, 1);
	put_stream(s, "stream-end", true);
}
