/* SPDX-License-Identifier: MIT */
/* Exchanges: a request that was allowed on its way up, and its answer. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"
#include "tests/unit/talk.h"

static const char profile[] =
    "[allow]\n"
    "operation = SystemPing SystemPingHead\n"
    "operation = SystemEvents ContainerAttach\n"
    "root-equivalent = ExecStart ImageLoad CheckpointCreate\n"
    "[container]\n"
    "stdin = yes\n";

#define LOAD "POST /images/load HTTP/1.1\r\nHost: x\r\n"
#define LOAD_OUT                                         \
	"POST /images/load HTTP/1.1\r\nHost: docker\r\n" \
	"Content-Type: application/x-tar\r\n"

/* EXCHANGE: the way up */

Test(exchange, sends_a_stream_on_as_it_comes)
{
	struct talk t;

	talk_asked(&t, profile, LOAD "Transfer-Encoding: chunked\r\n\r\n");
	talk_say(&t, t.client, "003;x=y\r\nab");
	talk_heard(&t, t.daemon, "3\r\nab");
	talk_say(&t, t.client, "c\r\n1");
	talk_heard(&t, t.daemon, "c\r\n");
	talk_say(&t, t.client, "\r\nd\r\n0\r\nTrailer: x\r\n\r\n" PING);
	talk_heard(&t, t.daemon, "1\r\nd\r\n0\r\n\r\n");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);

	talk_asked(&t, profile, LOAD "Content-Length: 4\r\n\r\nab");
	talk_say(&t, t.client, "cd" PING);
	talk_heard(&t, t.daemon, "cd");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);
}

Test(exchange, passes_100_continue_where_the_client_waits_for_it)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    LOAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	talk_heard(&t, talk_daemon(&t),
	    LOAD_OUT "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	talk_say(&t, t.daemon, "HTTP/1.1 102 Processing\r\n\r\n");
	talk_heard(&t, t.client, "");
	talk_say(&t, t.daemon, CONTINUE CONTINUE);
	talk_heard(&t, t.client, CONTINUE);
	talk_say(&t, t.client, "ab");
	talk_heard(&t, t.daemon, "ab");
	talk_say(&t, t.daemon, CONTINUE PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(exchange, breaks_off_where_the_framing_of_a_stream_breaks)
{
	struct talk t;

	talk_asked(
	    &t, profile, LOAD "Transfer-Encoding: chunked\r\n\r\n2\r\nab");
	talk_say(&t, t.client, "c");
	talk_heard_last(&t, t.client, "HTTP/1.1 400 *");
	talk_heard_last(&t, t.daemon, "");
	talk_stop(&t);
}

Test(exchange, passes_an_early_answer_on_and_ends)
{
	struct talk t;

	talk_asked(&t, profile, LOAD "Content-Length: 100\r\n\r\nab");
	talk_say(
	    &t, t.daemon, "HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx");
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx");
	talk_heard_last(&t, t.daemon, "");
	/* The rest of the body is no request. */
	talk_say(&t, t.client, PING);
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_LINGER));
	talk_stop(&t);
}

Test(exchange, waits_for_the_answer_of_a_daemon_that_reads_no_more)
{
	static const char answer[] = "HTTP/1.1 413 Large\r\n"
				     "Content-Length: 1\r\n\r\nx";
	struct talk t;

	talk_asked(&t, profile, LOAD "Content-Length: 1000000\r\n\r\n");
	shutdown(t.daemon, SHUT_RD);
	rig_say(&t.rig, t.client, cases_repeat("", "a", 60000, ""));
	rig_say(&t.rig, t.client, cases_repeat("", "a", 60000, ""));
	cr_expect(
	    eq(int, t.rig.server.sessions->exchange.upload, UPLOAD_BROKEN));
	talk_say(&t, t.daemon, answer);
	talk_heard_last(&t, t.client, answer);
	talk_stop(&t);
}

Test(exchange, ends_with_a_client_that_ends_within_its_body)
{
	struct talk t;

	talk_asked(&t, profile, LOAD "Content-Length: 100\r\n\r\nab");
	shutdown(t.client, SHUT_WR);
	talk_heard_last(&t, t.daemon, "");
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

Test(exchange, answers_a_client_that_has_ended_its_own_side)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, PING PING);
	shutdown(t.client, SHUT_WR);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(&t, t.client, PONG);
	talk_heard_last(&t, t.daemon, "");
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

/* Whatever the session is busy with, it must not outlive its client. */
Test(exchange, ends_with_a_client_that_hangs_up)
{
	static const char *const requests[] = {
		PING,
		EVENTS,
		LOAD "Content-Length: 5\r\n\r\nab",
		PING PING,
		ATTACH,
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(requests); i++) {
		talk_asked(&t, profile, requests[i]);
		close(t.client);
		t.client = -1;
		talk_heard_last(&t, t.daemon, "");
		cr_expect(t.rig.server.sessions == NULL, "%s", requests[i]);
		cr_expect(eq(int, t.rig.server.doors[0].connections, 0));
		talk_stop(&t);
	}
}

Test(exchange, ends_with_a_client_that_hangs_up_while_the_daemon_does_not_read)
{
	struct talk t;

	talk_asked(&t, profile, LOAD "Content-Length: 99999999\r\n\r\n");
	while (t.rig.server.sessions->daemon.out.len == 0)
		rig_say(&t.rig, t.client, cases_repeat("", "a", 60000, ""));
	close(t.client);
	t.client = -1;
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

Test(exchange, notices_a_hang_up_behind_an_end_and_behind_unread_requests)
{
	struct talk t;
	size_t i;

	talk_asked(&t, profile, EVENTS);
	shutdown(t.client, SHUT_WR);
	talk_heard(&t, t.daemon, "");
	close(t.client);
	talk_heard_last(&t, t.daemon, "");
	cr_expect(t.rig.server.sessions == NULL);
	t.client = -1;
	talk_stop(&t);

	talk_asked(&t, profile, EVENTS);
	for (i = 0; i < 3; i++)
		rig_say(&t.rig, t.client, cases_repeat("", "a", 60000, ""));
	/* What it may send ahead is bounded by a head's size. */
	cr_expect(lt(sz, t.rig.server.sessions->client.held.len,
	    2 * LIMIT_HEAD_DEFAULT + 1));
	talk_heard(&t, t.daemon, "");
	close(t.client);
	talk_heard_last(&t, t.daemon, "");
	cr_expect(t.rig.server.sessions == NULL);
	t.client = -1;
	talk_stop(&t);
}

/* EXCHANGE: the way down */

Test(exchange, frames_answers_anew)
{
	static const struct {
		const char *request;
		const char *answer;
		const char *heard; /* NULL: the answer as it is */
	} rows[] = {
		ROW(PING, PONG, NULL),
		ROW(PING, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL),
		ROW(PING, "HTTP/1.1 204 None\r\n\r\n", NULL),
		ROW(PING, "HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n", NULL),
		ROW(PING, "HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n",
		    "HTTP/1.1 204 None\r\n\r\n"),
		ROW("HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n",
		    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", NULL),
		ROW(PING,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "0A;x\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "a\r\n0123456789\r\n0\r\n\r\n"),
		ROW(PING,
		    "HTTP/1.1 200 OK\r\nServer:  s\r\nConnection: x\r\n"
		    "Keep-Alive: 5\r\nTE: x\r\nTrailer: x\r\nUpgrade: x\r\n"
		    "Proxy-Connection: x\r\nX: y\r\n"
		    "Content-Length: 0\r\n\r\n",
		    "HTTP/1.1 200 OK\r\nServer: s\r\nX: y\r\n"
		    "Content-Length: 0\r\n\r\n"),
		ROW(PING, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" PONG, PONG),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_asked(&t, profile, rows[i].request);
		talk_say(&t, t.daemon, rows[i].answer);
		talk_heard(&t, t.client,
		    rows[i].heard != NULL ? rows[i].heard : rows[i].answer);
		/* Both connections go on. */
		talk_say(&t, t.client, PING);
		talk_heard(&t, t.daemon, PING_OUT);
		talk_stop(&t);
	}
}

Test(exchange, ends_where_one_of_the_two_says_so)
{
	static const struct {
		const char *request;
		const char *answer;
		const char *heard;
	} rows[] = {
		ROW("GET /_ping HTTP/1.1\r\nHost: x\r\n"
		    "Connection: close\r\n\r\n" PING,
		    PONG,
		    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
		    "Connection: close\r\n\r\nOK"),
		ROW("GET /_ping HTTP/1.0\r\n\r\n" PING,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab"),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_asked(&t, profile, rows[i].request);
		talk_say(&t, t.daemon, rows[i].answer);
		talk_heard_last(&t, t.client, rows[i].heard);
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}

	/* Until the daemon closes. */
	talk_asked(&t, profile, PING PING);
	talk_say(&t, t.daemon, "HTTP/1.0 200 OK\r\n\r\nab");
	talk_heard(
	    &t, t.client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab");
	close(t.daemon);
	t.daemon = -1;
	talk_heard_last(&t, t.client, "");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_stop(&t);

	/* The daemon's connection alone. */
	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon,
	    "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "Content-Length: 2\r\n\r\nOK");
	talk_heard(&t, t.client, PONG);
	talk_heard_last(&t, t.daemon, "");
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}

Test(exchange, passes_no_answer_that_it_does_not_understand)
{
	static const char *const answers[] = {
		"SSH-2.0-x\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
		"HTTP/1.1 099 x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		SWITCH, /* nobody asked */
		"HTTP/1.1 100 Continue\r\n\r\nx y z\r\n",
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(answers); i++) {
		talk_asked(&t, profile, PING);
		talk_say(&t, t.daemon, answers[i]);
		talk_heard_last(&t, t.client, "HTTP/1.1 502 *");
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}

	talk_asked(&t, profile, PING);
	rig_say(&t.rig, t.daemon,
	    cases_repeat("HTTP/1.1 200 OK\r\nA: ", "a", 65500, ""));
	talk_say(&t, t.daemon, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	talk_heard_last(&t, t.client, "HTTP/1.1 502 *");
	talk_stop(&t);
}

Test(exchange, shows_the_client_that_an_answer_is_not_whole)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\nOK\r\n",
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(answers); i++) {
		talk_asked(&t, profile, PING);
		talk_say(&t, t.daemon, answers[i]);
		talk_heard(&t, t.client, answers[i]);
		close(t.daemon);
		t.daemon = -1;
		talk_heard_last(&t, t.client, "");
		cr_expect(t.rig.server.sessions == NULL);
		talk_stop(&t);
	}

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab");
	talk_heard_last(&t, t.client, "HTTP/1.1 200 OK\r\n*a");
	talk_stop(&t);
}

Test(exchange, says_that_the_daemon_did_not_answer)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, "HTTP/1.1 2");
	close(t.daemon);
	t.daemon = -1;
	talk_heard_last(&t, t.client, "HTTP/1.1 502 Bad Gateway\r\n*");
	talk_stop(&t);
}

Test(exchange, uses_no_connection_on_which_something_came_unasked)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, PONG "HTTP/1.1 200 Fake\r\n\r\n");
	talk_heard(&t, t.client, PONG);
	talk_heard_last(&t, t.daemon, "");
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_say(&t, t.daemon, "HTTP/1.1 200 Fake\r\n\r\n");
	talk_heard_last(&t, t.daemon, "");
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}

Test(exchange, asks_anew_where_an_idle_connection_was_closed)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	/* Both at once: the loop sees the request first. */
	send(t.client, PING, strlen(PING), 0);
	close(t.daemon);
	t.daemon = -1;
	rig_turn(&t.rig);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(exchange, reads_no_faster_than_the_other_side)
{
	static char sent[2 * 1024 * 1024], heard[sizeof(sent)];
	size_t out = 0, in = 0, i;
	struct span piece;
	struct talk t;
	ssize_t n;
	bool ended;

	for (i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 2654435761u >> 13);
	talk_asked(&t, profile, EVENTS);
	talk_say(
	    &t, t.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 200 *");
	while (in < sizeof(sent)) {
		while (out < sizeof(sent) &&
		       (n = send(t.daemon, sent + out, sizeof(sent) - out,
			    MSG_NOSIGNAL)) > 0) {
			out += (size_t)n;
			rig_turn(&t.rig);
			cr_assert(le(sz, t.rig.server.sessions->client.out.len,
			    LIMIT_RECEIVE));
		}
		piece = rig_hear(t.client, &ended);
		cr_assert(le(sz, piece.len, sizeof(sent) - in));
		memcpy(heard + in, piece.at, piece.len);
		in += piece.len;
		rig_turn(&t.rig);
	}
	cr_expect(memcmp(sent, heard, sizeof(sent)) == 0);
	talk_quiet(&t);
	talk_stop(&t);
}

Test(exchange, owns_no_memory_while_a_stream_is_idle)
{
	struct talk t;

	talk_asked(&t, profile, EVENTS);
	talk_say(&t, t.daemon,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\n{}\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 200 *{}\r\n");
	talk_empty(t.rig.server.sessions);
	talk_stop(&t);
}
