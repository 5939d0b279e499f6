/* SPDX-License-Identifier: MIT */
/* The audit: one line for each request, whatever becomes of it; and what is
 * counted where nobody takes them. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "sockets/audit.h"
#include "tests/unit/cases.h"
#include "tests/unit/talk.h"

static const char profile[] =
    "[allow]\noperation = SystemPing SystemEvents\n"
    "root-equivalent = ContainerAttach CheckpointCreate\n"
    "[limits]\nbody = 100\n";

#define CREATED "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

/* A talk with an audit, and the end of the pipe where it can be read. */
static struct {
	struct talk talk;
	struct audit audit;
	uint64_t lost;
	int read;
} desk;

static void
begin_with(const char *text)
{
	int ends[2];

	talk_start(&desk.talk, text);
	cr_assert(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
	desk.read = ends[0];
	desk.audit = (struct audit){ ends[1], &desk.lost };
	desk.talk.rig.server.audit = &desk.audit;
}

static void
begin(void)
{
	begin_with(profile);
}

static void
finish(void)
{
	talk_stop(&desk.talk);
	close(desk.read);
	close(desk.audit.fd);
	cr_expect(eq(u64, desk.lost, 0));
}

/* The next line, and that it is a whole one. NULL: there is none. */
static struct json *
next_line(void)
{
	static char bytes[LIMIT_LOG_LINE + 1];
	struct json *line;
	const char *why;
	size_t len = 0;

	while (read(desk.read, bytes + len, 1) == 1)
		if (bytes[len++] == '\n')
			break;
	if (len == 0)
		return NULL;
	cr_assert(len <= LIMIT_LOG_LINE && bytes[len - 1] == '\n');
	line = json_read((struct span){ bytes, len - 1 }, &why);
	cr_assert(line != NULL, "%s: %.*s", why, (int)len, bytes);
	return line;
}

static void
expect_text(const struct json *line, const char *key, const char *wanted)
{
	const struct json *value = json_member(line, key);

	cr_assert(value != NULL, "no %s", key);
	if (wanted == NULL)
		cr_expect(eq(int, json_kind(value), JSON_IS_NULL), "%s", key);
	else
		cases_same(key, json_text(value), span_of(wanted));
}

static void
expect_number(const struct json *line, const char *key, int64_t wanted)
{
	cr_expect(eq(i64, json_int(json_member(line, key)), wanted), "%s", key);
}

struct wanted {
	const char *verdict, *reason, *operation, *method, *target;
	unsigned status; /* 0: null */
	int64_t sent, received;
	bool stream;
};

/* There is one line, and it says this. */
static void
expect_line(const struct wanted *wanted)
{
	struct json *line = next_line();

	cr_assert(line != NULL);
	expect_text(line, "verdict", wanted->verdict);
	expect_text(line, "reason", wanted->reason);
	expect_text(line, "operation", wanted->operation);
	expect_text(line, "method", wanted->method);
	expect_text(line, "target", wanted->target);
	expect_text(line, "profile", "web");
	expect_text(line, "container", NULL);
	expect_text(line, "needs", NULL);
	expect_number(line, "pid", 1);
	expect_number(line, "uid", 2);
	expect_number(line, "gid", 3);
	expect_number(line, "sent", wanted->sent);
	expect_number(line, "received", wanted->received);
	if (wanted->status == 0)
		expect_text(line, "status", NULL);
	else
		expect_number(line, "status", wanted->status);
	cr_expect(
	    eq(int, json_truth(json_member(line, "stream")), wanted->stream));
	json_free(line);
	cr_expect(next_line() == NULL);
}

static const struct wanted ping = { "allow", "allowed", "SystemPing", "GET",
	"/_ping", 200, 0, 2, false };

Test(audit, has_a_line_when_an_answer_is_over)
{
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client, PING);
	talk_daemon(t);
	cr_expect(next_line() == NULL);
	talk_say(t, t->daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO");
	cr_expect(next_line() == NULL);
	talk_say(t, t->daemon, "K");
	expect_line(&ping);
	/* And the next one on the same connections. */
	talk_say(t, t->client, PING);
	talk_say(t, t->daemon, PONG);
	expect_line(&ping);
	finish();
}

Test(audit, has_what_is_answered_by_us_at_once)
{
	static const struct {
		const char *in;
		struct wanted wanted;
	} rows[] = {
		{"DELETE /containers/a HTTP/1.1\r\nHost: x\r\n\r\n",
		    { "deny", "not-allowed", "ContainerDelete", "DELETE",
			"/containers/a", 403, 0, 0, false }								     },
		{ "GET /nope?a=\"b HTTP/1.1\r\nHost: x\r\n\r\n",
		    { "deny", "unknown-operation", NULL, "GET", "/nope?...",
			403, 0, 0, false }										      },
		{ "POST /containers/create?name=a&Env=A HTTP/1.1\r\n"
		  "Host: x\r\n\r\n",		    { "deny", "not-allowed", "ContainerCreate", "POST",
			"/containers/create?name=a&...", 403, 0, 0, false }},
		{ "GET /a\"b HTTP/1.1\r\nHost: x\r\n\r\n",
		    { "refuse", "malformed", NULL, "GET", "/a\"b", 400, 0, 0,
			false }												 },
		{ "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n",
		    { "deny", "unknown-operation", NULL, "GET", "/nope", 403, 0,
			0, false }											      },
		{ "GET /a/../b HTTP/1.1\r\nHost: x\r\n\r\n",
		    { "refuse", "malformed", NULL, "GET", "/a/../b", 400, 0, 0,
			false }												 },
		{ "\r\n",					       { "refuse", "malformed", NULL, NULL, NULL, 400, 0, 0,
			      false }								  },
		{ SAVE "Content-Length: 101\r\n\r\n",
		    { "refuse", "body-too-large", "CheckpointCreate", "POST",
			"/containers/a/checkpoints", 413, 0, 0, false }								},
		{ SAVE "Content-Length: 1\r\n\r\n{",
		    { "refuse", "malformed", "CheckpointCreate", "POST",
			"/containers/a/checkpoints", 400, 0, 0, false }								},
		{ SAVE "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nx",
		    { "refuse", "malformed", "CheckpointCreate", "POST",
			"/containers/a/checkpoints", 400, 0, 0, false }								},
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		begin();
		talk_say(&desk.talk, desk.talk.client, rows[i].in);
		expect_line(&rows[i].wanted);
		finish();
	}
}

Test(audit, has_clients_that_are_turned_away_once_they_ask)
{
	const struct wanted wanted = { "refuse", "too-many-connections", NULL,
		"GET", "/_ping", 429, 0, 0, false };
	int client;

	begin();
	client = rig_client(&desk.talk.rig, 429);
	rig_turn(&desk.talk.rig);
	cr_expect(next_line() == NULL);
	rig_say(&desk.talk.rig, client, SPAN(PING));
	expect_line(&wanted);
	close(client);
	rig_turn(&desk.talk.rig);
	cr_expect(next_line() == NULL);
	finish();
}

Test(audit, has_each_of_many_requests_in_one_piece)
{
	struct talk *t = &desk.talk;
	const struct wanted denied = { "deny", "not-allowed", "SystemInfo",
		"GET", "/info", 403, 0, 0, false };
	struct json *line;
	int i;

	begin();
	talk_say(t, t->client,
	    PING "GET /info HTTP/1.1\r\nHost: x\r\n\r\n" PING
		 "GET /info HTTP/1.1\r\nHost: x\r\n\r\n");
	for (i = 0; i < 2; i++) {
		if (i == 0)
			talk_daemon(t);
		talk_say(t, t->daemon, PONG);
		line = next_line();
		cr_assert(line != NULL);
		expect_text(line, "operation", "SystemPing");
		expect_number(line, "received", 2);
		json_free(line);
		expect_line(&denied);
	}
	finish();
}

Test(audit, says_why_an_allowed_request_came_to_nothing)
{
	const struct wanted down = { "refuse", "daemon-down", "SystemPing",
		"GET", "/_ping", 502, 0, 0, false };
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client, PING);
	talk_daemon(t);
	close(t->daemon);
	t->daemon = -1;
	rig_turn(&t->rig);
	expect_line(&down);
	finish();
}

Test(audit, has_no_status_where_nobody_was_answered)
{
	const struct wanted gone = { "allow", "allowed", "SystemPing", "GET",
		"/_ping", 0, 0, 0, false };
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client, PING);
	talk_daemon(t);
	close(t->client);
	t->client = -1;
	rig_turn(&t->rig);
	expect_line(&gone);
	finish();
}

/* An interim answer is none. */
Test(audit, counts_what_a_body_brings)
{
	const struct wanted made = { "allow", "allowed", "CheckpointCreate",
		"POST", "/containers/a/checkpoints", 201, 2, 0, false };
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client,
	    SAVE "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	cr_expect(next_line() == NULL);
	talk_say(t, t->client, "{}");
	talk_daemon(t);
	cr_expect(next_line() == NULL);
	talk_say(t, t->daemon, CREATED);
	expect_line(&made);
	finish();
}

Test(audit, has_a_request_whose_body_does_not_come)
{
	const struct wanted late = { "refuse", "timeout", "CheckpointCreate",
		"POST", "/containers/a/checkpoints", 408, 0, 0, false };
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client, SAVE "Content-Length: 2\r\n\r\n{");
	rig_fire(&t->rig);
	expect_line(&late);
	/* One that is taken back before it is judged is none. */
	talk_stop(t);
	begin();
	talk_say(t, t->client, SAVE "Content-Length: 2\r\n\r\n{");
	close(t->client);
	t->client = -1;
	rig_turn(&t->rig);
	cr_expect(next_line() == NULL);
	finish();
}

Test(audit, has_streams_and_tunnels_at_their_end)
{
	const struct wanted events = { "allow", "allowed", "SystemEvents",
		"GET", "/events", 200, 0, 9, true };
	const struct wanted attach = { "allow", "allowed", "ContainerAttach",
		"POST", "/containers/a/attach", 101, 3, 2, true };
	struct talk *t = &desk.talk;

	begin();
	talk_say(t, t->client, EVENTS);
	talk_daemon(t);
	talk_say(t, t->daemon,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntick"
	    "\r\n");
	cr_expect(next_line() == NULL);
	close(t->client);
	t->client = -1;
	rig_turn(&t->rig);
	expect_line(&events);
	talk_stop(t);
	begin();
	talk_say(t, t->client, ATTACH);
	talk_daemon(t);
	talk_say(t, t->daemon, SWITCH "ab");
	talk_say(t, t->client, "abc");
	cr_expect(next_line() == NULL);
	close(t->daemon);
	t->daemon = -1;
	rig_turn(&t->rig);
	expect_line(&attach);
	finish();
}

Test(audit, has_what_is_under_way_when_the_server_ends)
{
	struct talk *t = &desk.talk;
	struct json *line;

	begin();
	talk_say(t, t->client, EVENTS);
	talk_daemon(t);
	talk_stop(t);
	line = next_line();
	cr_assert(line != NULL);
	expect_text(line, "operation", "SystemEvents");
	expect_text(line, "status", NULL);
	json_free(line);
	cr_expect(next_line() == NULL);
}

/* The longest of everything, in bytes that want escaping. */
Test(audit, has_a_whole_line_whatever_is_in_it)
{
	struct talk *t = &desk.talk;
	char text[LIMIT_TARGET];
	struct json *line;
	size_t len;

	for (len = 1; len < 3000; len += len < 600 ? 1 : 97) {
		begin();
		memset(text, 0xff, sizeof(text));
		memcpy(text, "GET /", 5);
		snprintf(text + 5 + len, sizeof(text) - 5 - len,
		    " HTTP/1.1\r\nHost: x\r\n\r\n");
		memset(text + 5, '%', len);
		talk_say(t, t->client, text);
		line = next_line();
		cr_assert(line != NULL);
		cr_expect(eq(sz, json_text(json_member(line, "target")).len,
		    len + 1 < 512 ? len + 1 : 512));
		json_free(line);
		finish();
	}
}

#define OBSERVE "[profile]\nmode = observe\n"

/* The line of a container that is created with this body. */
static struct json *
create(const char *text, const char *body)
{
	struct talk *t = &desk.talk;
	char request[16384];
	struct json *line;

	begin_with(text);
	snprintf(request, sizeof(request),
	    "POST /containers/create HTTP/1.1\r\nHost: x\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	talk_say(t, t->client, request);
	if ((line = next_line()) != NULL)
		return line;
	talk_daemon(t);
	talk_say(t, t->daemon, PONG);
	return next_line();
}

static void
expect_needs(const struct json *line, size_t len, const char *const needs[])
{
	const struct json *list = json_member(line, "needs");
	size_t i;

	cr_assert(list != NULL && json_kind(list) == JSON_IS_ARRAY);
	cr_assert(eq(sz, json_count(list), len));
	for (i = 0; i < len; i++)
		cases_same(
		    needs[i], json_text(json_item(list, i)), span_of(needs[i]));
}

Test(audit, says_what_would_be_denied_and_what_it_needs)
{
	static const char *const needs[] = {
		"[container] image = docker.io/library/web:1",
		"[container] bind = /srv/\u00c3\u00a9:ro",
	};
	struct json *line;

	line = create(OBSERVE "[allow]\noperation = ContainerCreate\n"
			      "[container]\nimage = web:*\n",
	    "{\"Image\":\"web:1\",\"HostConfig\":{\"Binds\":[\"/srv/\xc3\xa9"
	    ":/a:ro\"]}}");
	cr_assert(line != NULL);
	expect_text(line, "verdict", "would-deny");
	expect_text(line, "reason", "field");
	expect_text(line, "field", "HostConfig.Binds[0]");
	expect_number(line, "status", 200);
	expect_needs(line, 2, needs);
	json_free(line);
	finish();
	line = create(OBSERVE, "{\"Image\":\"web:1\"}");
	cr_assert(line != NULL);
	expect_text(line, "verdict", "would-deny");
	expect_text(line, "reason", "not-allowed");
	expect_text(line, "rule", NULL);
	expect_needs(line, 1, needs);
	json_free(line);
	finish();
}

/* What does not pass is not said to need something. */
Test(audit, has_no_needs_of_what_is_denied)
{
	struct json *line;

	line = create(OBSERVE,
	    "{\"Image\":\"web\",\"HostConfig\":{\"Privileged\":true}}");
	cr_assert(line != NULL);
	expect_text(line, "verdict", "deny");
	expect_text(line, "reason", "field");
	expect_text(line, "field", "HostConfig.Privileged");
	expect_text(line, "needs", NULL);
	json_free(line);
	finish();
}

/* Mounts with names of any length: as many lines as fit, each whole, and then
 * why there are no more. */
Test(audit, has_whole_needs_however_many_there_are)
{
	static char body[12000];
	const struct json *needs;
	size_t count, len, i, at, most = 0;
	char wanted[256];
	struct json *line;
	struct span last;

	for (count = 1; count <= 60; count++) {
		len = 20 + 2 * count;
		at = (size_t)snprintf(body, sizeof(body),
		    "{\"Image\":\"web\",\"HostConfig\":{\"Binds\":[");
		for (i = 0; i < count; i++)
			at += (size_t)snprintf(body + at, sizeof(body) - at,
			    "%s\"/srv/%0*zu:/a%zu:ro\"", i > 0 ? "," : "",
			    (int)len, i, i);
		snprintf(body + at, sizeof(body) - at, "]}}");
		line = create(OBSERVE "[limits]\nbody = 20K\n", body);
		cr_assert(line != NULL);
		expect_text(line, "verdict", "would-deny");
		needs = json_member(line, "needs");
		cr_assert(gt(sz, json_count(needs), 1));
		for (i = 1; i < json_count(needs); i++) {
			snprintf(wanted, sizeof(wanted),
			    "[container] bind = /srv/%0*zu:ro", (int)len,
			    i - 1);
			last = json_text(json_item(needs, i));
			if (i < json_count(needs) - 1 ||
			    json_count(needs) == count + 1)
				cases_same("need", last, span_of(wanted));
			else
				cases_same("the last", last,
				    SPAN("unknown: they are too long for a "
					 "line of the audit"));
		}
		if (json_count(needs) == count + 1)
			most = count;
		json_free(line);
		finish();
	}
	/* Of both kinds. */
	cr_expect(gt(sz, most, 20));
	cr_expect(lt(sz, most, 60));
}

Test(audit, counts_lines_that_have_no_room)
{
	static const char page[4096];
	struct talk *t = &desk.talk;
	ssize_t n;

	begin();
	do {
		n = write(desk.audit.fd, page, sizeof(page));
	} while (n > 0);
	cr_assert(eq(int, errno, EAGAIN));
	talk_say(t, t->client, "GET /info HTTP/1.1\r\nHost: x\r\n\r\n" PING);
	cr_expect(eq(u64, desk.lost, 1));
	talk_daemon(t);
	talk_say(t, t->daemon, PONG);
	/* The client has noticed nothing. */
	talk_heard(t, t->client, "HTTP/1.1 403 *HTTP/1.1 200 OK*OK");
	cr_expect(eq(u64, desk.lost, 2));
	desk.lost = 0;
	finish();
}

Test(audit, costs_nothing_where_there_is_none)
{
	struct talk *t = &desk.talk;

	begin();
	t->rig.server.audit = NULL;
	talk_say(t, t->client, PING);
	cr_expect(t->rig.server.sessions->audit == NULL);
	talk_daemon(t);
	talk_say(t, t->daemon, PONG);
	talk_say(t, t->client, "x\r\n\r\n");
	cr_expect(next_line() == NULL);
	finish();
}
