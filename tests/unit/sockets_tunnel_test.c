/* SPDX-License-Identifier: MIT */
/* Tunnels: when they begin, and how each end of them ends. */

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

Test(tunnel, begins_when_the_daemon_switches_and_not_before)
{
	struct talk t;
	bool ended;

	talk_asked(&t, profile, ATTACH "early");
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_EXCHANGE));
	talk_say(&t, t.client, PING "x");
	talk_heard(&t, t.daemon, "");
	talk_say(&t, t.daemon, SWITCH "hello");
	talk_heard(&t, t.daemon, "early" PING "x");
	talk_heard(&t, t.client,
	    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
	    "Upgrade: tcp\r\n\r\nhello");
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_TUNNEL));
	rig_say(&t.rig, t.client, SPAN("\0\r\n\xff"));
	talk_say(&t, t.client, PING);
	cases_same(
	    "any byte", rig_hear(t.daemon, &ended), SPAN("\0\r\n\xff" PING));
	cr_expect(not(ended));
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_empty(t.rig.server.sessions);
	talk_stop(&t);
}

Test(tunnel, begins_with_a_raw_stream_too)
{
	static const char *const types[] = {
		"application/vnd.docker.raw-stream",
		"application/vnd.docker.multiplexed-stream",
	};
	char answer[128];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(types); i++) {
		talk_asked(&t, profile,
		    "POST /exec/e/start HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}early");
		snprintf(answer, sizeof(answer),
		    "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n", types[i]);
		talk_say(&t, t.daemon, answer);
		talk_heard(&t, t.client, answer);
		talk_heard(&t, t.daemon, "early");
		talk_say(&t, t.client, "late");
		talk_heard(&t, t.daemon, "late");
		talk_stop(&t);
	}
}

/* What the client typed ahead is a request then, or none. */
Test(tunnel, does_not_begin_with_any_other_answer)
{
	static const struct {
		const char *request;
		const char *answer;
		const char *heard;
	} rows[] = {
		ROW(ATTACH, "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
		    "HTTP/1.1 404 No\r\n*\r\n\r\nnoHTTP/1.1 400 *"),
		ROW(ATTACH, PONG, "HTTP/1.1 200 OK\r\n*OKHTTP/1.1 400 *"),
		ROW(ATTACH,
		    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: "
		    "application/vnd.docker.raw-stream\r\n\r\nOK",
		    "HTTP/1.1 200 OK\r\n*OKHTTP/1.1 400 *"),
		ROW(ATTACH,
		    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
		    "Upgrade: h2c\r\n\r\n",
		    "HTTP/1.1 502 *"),
		ROW(ATTACH, "HTTP/1.1 101 UPGRADED\r\n\r\n", "HTTP/1.1 502 *"),
		ROW("POST /containers/a/attach HTTP/1.1\r\nHost: x\r\n\r\n",
		    SWITCH, "HTTP/1.1 502 *"),
		ROW(EVENTS, SWITCH, "HTTP/1.1 502 *"),
	};
	char request[256];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(
		    request, sizeof(request), "%s\x01typed", rows[i].request);
		talk_asked(&t, profile, request);
		talk_say(&t, t.daemon, rows[i].answer);
		talk_heard_last(&t, t.client, rows[i].heard);
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}

	/* A raw stream where nothing hijacks runs one way only. */
	talk_asked(&t, profile, EVENTS "typed");
	talk_say(&t, t.daemon,
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/vnd.docker.raw-stream\r\n\r\nx");
	talk_heard(&t, t.client, "HTTP/1.1 200 OK\r\n*x");
	talk_heard(&t, t.daemon, "");
	talk_stop(&t);
}

Test(tunnel, hands_each_sides_end_on)
{
	struct talk t;

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH);
	talk_heard(&t, t.client, "HTTP/1.1 101 *");
	talk_say(&t, t.client, "last");
	shutdown(t.client, SHUT_WR);
	talk_heard_last(&t, t.daemon, "last");
	talk_say(&t, t.daemon, "more");
	talk_heard(&t, t.client, "more");
	shutdown(t.daemon, SHUT_WR);
	talk_heard_last(&t, t.client, "");
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH "last");
	shutdown(t.daemon, SHUT_WR);
	talk_heard_last(&t, t.client, "HTTP/1.1 101 *last");
	talk_say(&t, t.client, "more");
	talk_heard(&t, t.daemon, "more");
	shutdown(t.client, SHUT_WR);
	talk_heard_last(&t, t.daemon, "");
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);

	/* An end that came before the switch. */
	talk_asked(&t, profile, ATTACH "input");
	shutdown(t.client, SHUT_WR);
	talk_heard(&t, t.daemon, "");
	talk_say(&t, t.daemon, SWITCH "output");
	talk_heard_last(&t, t.daemon, "input");
	talk_heard(&t, t.client, "HTTP/1.1 101 *output");
	talk_stop(&t);
}

Test(tunnel, ends_when_the_daemon_is_gone_even_if_the_client_still_types)
{
	struct talk t;

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH "last");
	close(t.daemon);
	t.daemon = -1;
	talk_heard_last(&t, t.client, "HTTP/1.1 101 *last");
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_LINGER));
	rig_fire(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

Test(tunnel, ends_when_the_client_is_gone)
{
	struct talk t;

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH);
	talk_say(&t, t.client, "last");
	close(t.client);
	t.client = -1;
	talk_heard_last(&t, t.daemon, "last");
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

Test(tunnel, reads_no_faster_than_the_other_side)
{
	static char bytes[LIMIT_RECEIVE];
	struct talk t;
	size_t out = 0, in = 0;
	ssize_t n;
	bool ended;

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH);
	for (;;) {
		n = send(t.client, bytes, sizeof(bytes), MSG_NOSIGNAL);
		if (n == -1)
			break;
		out += (size_t)n;
		rig_turn(&t.rig);
		cr_assert(le(
		    sz, t.rig.server.sessions->daemon.out.len, LIMIT_RECEIVE));
	}
	/* The other way is still open. */
	talk_say(&t, t.daemon, "x");
	talk_heard(&t, t.client, "HTTP/1.1 101 *x");
	shutdown(t.client, SHUT_WR);
	do {
		rig_turn(&t.rig);
		in += rig_hear(t.daemon, &ended).len;
	} while (!ended);
	cr_expect(eq(sz, in, out));
	talk_stop(&t);
}
