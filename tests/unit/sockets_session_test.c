/* SPDX-License-Identifier: MIT */
/* A session up to its verdict, and what it refuses. Bodies that it holds are
 * in sockets_body_test.c, what follows a verdict in sockets_exchange_test.c. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"
#include "tests/unit/talk.h"

static const char profile[] = "[allow]\n"
			      "operation = SystemPing SystemPingHead\n"
			      "operation = ContainerStop\n"
			      "root-equivalent = CheckpointCreate ImageLoad\n"
			      "[limits]\n"
			      "body = 1000\n";

/* HEAD */

Test(session, passes_a_request_on_and_its_answer_back)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_EXCHANGE));
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_HEAD));

	/* And once more, on the same connections. */
	talk_say(&t, t.client, PING);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_quiet(&t);
	talk_stop(&t);
}

Test(session, reads_a_head_however_it_is_cut)
{
	static const char head[] = PING;
	struct talk t;
	size_t cut;

	talk_start(&t, profile);
	for (cut = 1; cut < strlen(head); cut++) {
		rig_say(&t.rig, t.client, (struct span){ head, cut });
		if (cut > 1)
			talk_heard(&t, t.daemon, "");
		rig_say(&t.rig, t.client, span_of(head + cut));
		talk_heard(&t, cut == 1 ? talk_daemon(&t) : t.daemon, PING_OUT);
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.client, PONG);
	}
	talk_stop(&t);
}

Test(session, judges_requests_that_come_together_one_by_one)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    PING "DELETE /containers/a HTTP/1.1\r\nHost: x\r\n\r\n" PING
		 "GET /inf");
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_heard(&t, t.client, "");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_heard(&t, t.client,
	    PONG "HTTP/1.1 403 Forbidden\r\n*ContainerDelete*}\n");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_say(&t, t.client, "o HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 403 *SystemInfo*");
	talk_heard(&t, t.daemon, "");
	talk_quiet(&t);
	talk_stop(&t);
}

Test(session, denies_without_a_byte_to_the_daemon_and_goes_on)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, "GET /info HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&t, t.client,
	    "HTTP/1.1 403 Forbidden\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 73\r\n"
	    "\r\n"
	    "{\"message\":\"postern: profile web does not allow SystemInfo "
	    "(GET /info)\"}\n");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}

Test(session, denies_a_head_request_without_a_body)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    "HEAD /containers/a/archive HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 403 *\r\n\r\n");
	talk_say(&t, t.client, "HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 403 *\r\n\r\n");
	talk_stop(&t);
}

/* Its body, which nobody has read, could be taken for the next request. */
Test(session, ends_behind_a_denied_request_that_has_a_body)
{
	static const char *const requests[] = {
		"POST /commit HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n" PING,
		"POST /build HTTP/1.1\r\nHost: x\r\n"
		"Transfer-Encoding: chunked\r\n\r\n" PING,
		"GET /info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" PING,
		"GET /info HTTP/1.0\r\n\r\n" PING,
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(requests); i++) {
		talk_start(&t, profile);
		talk_say(&t, t.client, requests[i]);
		talk_heard_last(&t, t.client,
		    "HTTP/1.1 403 *\r\nConnection: close\r\n\r\n*");
		cr_expect(eq(int, rig_daemon(&t.rig), -1));
		cr_expect(
		    eq(int, t.rig.server.sessions->state, SESSION_LINGER));
		talk_stop(&t);
	}
}

Test(session, refuses_what_it_does_not_understand_and_ends)
{
	static const struct {
		const char *request;
		const char *answer;
	} rows[] = {
		ROW("x", ""),
		ROW("\r\n", "400 Bad Request"),
		ROW("\x16\x03\x01", "400 Bad Request"),
		ROW("PRI * HTTP/2.0\r\n", "400 Bad Request"),
		ROW("GET /_ping HTTP/1.1\nHost: x\n\n", "400 Bad Request"),
		ROW("GET /_ping HTTP/1.1\r\n\r\n", "400 Bad Request"),
		ROW("GET //_ping HTTP/1.1\r\nHost: x\r\n\r\n",
		    "400 Bad Request"),
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n",
		    "417 Expectation Failed"),
		ROW(SAVE "Content-Length: 1\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n",
		    "400 Bad Request"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n;\r\n",
		    "400 Bad Request"),
		ROW(SAVE "Content-Length: 1\r\n\r\n{", "400 Bad Request"),
		ROW(SAVE "\r\n", "400 Bad Request"),
		ROW(SAVE "Content-Length: 1001\r\n\r\n",
		    "413 Content Too Large"),
		ROW("POST /images/load HTTP/1.1\r\nHost: x\r\n"
		    "Transfer-Encoding: chunked\r\n\r\nx\r\n",
		    "400 Bad Request"),
	};
	char wanted[128];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(&t, profile);
		talk_say(&t, t.client, rows[i].request);
		if (*rows[i].answer == '\0') {
			talk_heard(&t, t.client, "");
		} else {
			snprintf(wanted, sizeof(wanted),
			    "HTTP/1.1 %s\r\n*\r\nConnection: close\r\n\r\n*",
			    rows[i].answer);
			talk_heard_last(&t, t.client, wanted);
		}
		cr_expect(
		    eq(int, rig_daemon(&t.rig), -1), "%s", rows[i].request);
		talk_stop(&t);
	}
}

Test(session, refuses_heads_that_are_too_large)
{
	static const struct {
		const char *before, *middle;
		size_t times;
		const char *after;
		const char *answer;
	} rows[] = {
		ROW("GET /", "a", 8200, "", "414 URI Too Long"),
		ROW("GET /", "a", 8190, " HTTP/1.1\r\n", "414 URI Too Long"),
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\n", "a: b\r\n", 64, "",
		    "431 Request Header Fields Too Large"),
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\nA: ", "a", 16384, "",
		    "431 Request Header Fields Too Large"),
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\nA: ", "a", 16348,
		    "\r\n\r\n", "431 Request Header Fields Too Large"),
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\nA: ", "a", 16347,
		    "\r\n\r\n", ""),
	};
	char wanted[128];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(&t, profile);
		rig_say(&t.rig, t.client,
		    cases_repeat(rows[i].before, rows[i].middle, rows[i].times,
			rows[i].after));
		if (*rows[i].answer == '\0') {
			talk_heard(&t, talk_daemon(&t), PING_OUT);
		} else {
			snprintf(wanted, sizeof(wanted), "HTTP/1.1 %s\r\n*",
			    rows[i].answer);
			talk_heard_last(&t, t.client, wanted);
			cr_expect(eq(int, rig_daemon(&t.rig), -1));
		}
		talk_stop(&t);
	}
}

static bool
has_timer(const struct session *s)
{
	return ev_is_active(&s->timer);
}

Test(session, gives_a_head_its_time_and_no_more)
{
	struct talk t;
	struct session *s;

	talk_start(&t, profile);
	s = t.rig.server.sessions;
	cr_expect(not(has_timer(s)), "idle clients may stay");
	talk_say(&t, t.client, "G");
	cr_expect(has_timer(s));
	talk_say(&t, t.client, "ET /_ping");
	cr_expect(
	    ev_timer_remaining(t.rig.loop, &s->timer) > LIMIT_HEAD_SECONDS - 1);
	rig_fire(&t.rig);
	talk_heard_last(&t, t.client, "HTTP/1.1 408 Request Timeout\r\n*");
	talk_stop(&t);

	talk_start(&t, profile);
	s = t.rig.server.sessions;
	talk_say(&t, t.client, "G");
	talk_say(&t, t.client, "ET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
	cr_expect(not(has_timer(s)), "the head was in time");
	talk_stop(&t);
}

Test(session, ends_with_a_client_that_ends_between_requests)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, PING);
	talk_daemon(&t);
	talk_say(&t, t.daemon, PONG);
	close(t.client);
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	talk_heard_last(&t, t.daemon, PING_OUT);
	t.client = -1;
	talk_stop(&t);
}

Test(session, owns_no_memory_between_requests)
{
	struct talk t;
	struct session *s;

	talk_start(&t, profile);
	s = t.rig.server.sessions;
	talk_say(&t, t.client, "GET");
	cr_expect(s->client.held.memory != NULL);
	talk_say(&t, t.client, " /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_daemon(&t);
	talk_empty(s);
	talk_say(&t, t.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2");
	talk_say(&t, t.daemon, "\r\n\r\nOK");
	talk_empty(s);
	talk_say(&t, t.client, SAVE "Content-Length: 2\r\n\r\n{");
	talk_say(&t, t.client, "}");
	talk_say(&t, t.daemon, PONG);
	talk_empty(s);
	cr_expect(lt(sz, sizeof(*s), 1024));
	talk_stop(&t);
}

/* LINGER */

Test(session, reads_on_for_a_while_so_that_its_answer_is_read)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, "\r\n");
	rig_say(&t.rig, t.client, cases_repeat("", PING, 1000, ""));
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_LINGER));
	talk_empty(t.rig.server.sessions);
	talk_heard_last(&t, t.client, "HTTP/1.1 400 *");
	shutdown(t.client, SHUT_WR);
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_stop(&t);
}

Test(session, does_not_linger_for_ever)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, "\r\n");
	rig_fire(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

/* Clients that may not come in. */

Test(session, turns_away_whoever_is_not_let_in)
{
	static const unsigned statuses[] = { 403, 429 };
	char wanted[128];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(statuses); i++) {
		talk_start(&t, profile);
		close(t.client);
		rig_turn(&t.rig);
		t.client = rig_client(&t.rig, statuses[i]);
		talk_say(&t, t.client, PING);
		snprintf(wanted, sizeof(wanted),
		    "HTTP/1.1 %u *\r\n"
		    "Connection: close\r\n*",
		    statuses[i]);
		talk_heard_last(&t, t.client, wanted);
		cr_expect(eq(int, rig_daemon(&t.rig), -1));
		rig_fire(&t.rig);
		cr_expect(t.rig.server.sessions == NULL);

		/* One that says nothing does not stay. */
		close(t.client);
		t.client = rig_client(&t.rig, statuses[i]);
		talk_say(&t, t.client, "GET");
		rig_fire(&t.rig);
		talk_heard_last(&t, t.client, "");
		cr_expect(t.rig.server.sessions == NULL);
		talk_stop(&t);
	}
}
