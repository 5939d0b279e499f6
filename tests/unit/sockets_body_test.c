/* SPDX-License-Identifier: MIT */
/* A session that holds a body until it is whole, and one that waits for the
 * daemon to take its connection. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"
#include "tests/unit/talk.h"

static const char profile[] = "[allow]\n"
			      "operation = SystemPing ContainerStop\n"
			      "root-equivalent = CheckpointCreate\n"
			      "[limits]\n"
			      "body = 1000\n";

/* BODY */

Test(session, holds_a_body_until_it_is_whole)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, SAVE "Content-Length: 9\r\n\r\n{\"a\"");
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_BODY));
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 1));
	talk_say(&t, t.client, ":\"b\"");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_say(&t, t.client, "}" PING);
	talk_heard(&t, talk_daemon(&t), SAVE_OUT "9\r\n\r\n{\"a\":\"b\"}");
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_EXCHANGE));
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_quiet(&t);
	talk_stop(&t);
}

Test(session, sends_chunks_that_it_held_as_one_body)
{
	static const char request[] =
	    SAVE "Transfer-Encoding: chunked\r\n\r\n"
		 "001;x=y\r\n{\r\n3\r\n\"a\"\r\n5\r\n:\"b\"}\r\n"
		 "0\r\nTrailer: x\r\n\r\n" PING;
	struct talk t;
	size_t cut;

	for (cut = 1; cut < strlen(request); cut++) {
		talk_start(&t, profile);
		rig_say(&t.rig, t.client, (struct span){ request, cut });
		if (cut < strlen(request) - strlen(PING))
			cr_expect(eq(int, rig_daemon(&t.rig), -1));
		rig_say(&t.rig, t.client, span_of(request + cut));
		talk_heard(
		    &t, talk_daemon(&t), SAVE_OUT "9\r\n\r\n{\"a\":\"b\"}");
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.daemon, PING_OUT);
		talk_stop(&t);
	}
}

Test(session, drops_an_empty_object_where_an_operation_has_no_body)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    "POST /containers/a/stop HTTP/1.1\r\nHost: x\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{");
	talk_say(&t, t.client, "}" PING);
	talk_heard(&t, talk_daemon(&t),
	    "POST /containers/a/stop HTTP/1.1\r\nHost: docker\r\n"
	    "Content-Length: 0\r\n\r\n");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);
}

Test(session, tells_a_client_to_go_on_with_a_body_that_it_holds)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    SAVE "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	talk_heard(&t, t.client, CONTINUE);
	talk_say(&t, t.client, "{}");
	talk_heard(&t, talk_daemon(&t), SAVE_OUT "2\r\n\r\n{}");
	talk_stop(&t);
}

Test(session, refuses_bodies_that_grow_too_large)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, SAVE "Transfer-Encoding: chunked\r\n\r\n");
	rig_say(&t.rig, t.client, cases_repeat("3e8\r\n", " ", 1000, "\r\n"));
	talk_heard(&t, t.client, "");
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 1));
	talk_say(&t, t.client, "1\r\n ");
	talk_heard_last(&t, t.client, "HTTP/1.1 413 Content Too Large\r\n*");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_stop(&t);
}

Test(session, refuses_bodies_that_break_while_they_are_held)
{
	static const struct {
		const char *first;
		const char *second;
	} rows[] = {
		ROW(SAVE "Content-Length: 2\r\n\r\n{", "x"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n2\r\n{}", "x"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r", "x"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n1", "g"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nT",
		    "\r\n"),
		ROW(SAVE "Transfer-Encoding: chunked\r\n\r\n4\r\n{}{}\r\n0",
		    "\r\n\r\n"),
		ROW("POST /containers/a/stop HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 7\r\n\r\n{\"t\"",
		    ":1}"),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(&t, profile);
		talk_say(&t, t.client, rows[i].first);
		cr_expect(eq(int, t.rig.server.sessions->state, SESSION_BODY),
		    "%s", rows[i].first);
		talk_say(&t, t.client, rows[i].second);
		talk_heard_last(&t, t.client, "HTTP/1.1 400 Bad Request\r\n*");
		cr_expect(eq(int, rig_daemon(&t.rig), -1), "%s", rows[i].first);
		cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
		talk_stop(&t);
	}
}

Test(session, gives_a_body_its_time_and_no_more)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, SAVE "Content-Length: 2\r\n\r\n{");
	rig_fire(&t.rig);
	talk_heard_last(&t, t.client, "HTTP/1.1 408 Request Timeout\r\n*");
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_stop(&t);
}

Test(session, ends_with_a_client_that_ends_within_a_body)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, SAVE "Content-Length: 2\r\n\r\n{");
	shutdown(t.client, SHUT_WR);
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_stop(&t);
}

Test(session, holds_no_more_bodies_than_a_door_may)
{
	int clients[LIMIT_BODIES_HELD];
	struct talk t;
	size_t i;

	talk_start(&t, profile);
	for (i = 0; i < CASES(clients); i++) {
		clients[i] = rig_client(&t.rig, 0);
		talk_say(&t, clients[i], SAVE "Content-Length: 2\r\n\r\n{");
	}
	talk_say(&t, t.client, SAVE "Content-Length: 2\r\n\r\n{");
	talk_heard_last(&t, t.client, "HTTP/1.1 503 *\r\nRetry-After: 1\r\n*");
	for (i = 0; i < CASES(clients); i++)
		close(clients[i]);
	rig_turn(&t.rig);
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_stop(&t);
}

/* CONNECT */

Test(session, waits_for_a_daemon_whose_backlog_is_full)
{
	struct talk t;

	talk_start(&t, profile);
	rig_listen_full(&t.rig);
	talk_say(&t, t.client, PING);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_CONNECT));
	rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_CONNECT));
	cr_assert(ne(int, rig_daemon(&t.rig), -1)); /* takes one off it */
	rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_EXCHANGE));
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(session, does_not_wait_for_a_client_that_is_gone)
{
	struct talk t;

	talk_start(&t, profile);
	rig_listen_full(&t.rig);
	talk_say(&t, t.client, PING);
	cr_expect(eq(int, t.rig.server.sessions->state, SESSION_CONNECT));
	close(t.client);
	t.client = -1;
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

Test(session, gives_a_daemon_up_that_takes_no_connections)
{
	struct talk t;

	talk_start(&t, profile);
	rig_listen_full(&t.rig);
	talk_say(&t, t.client, PING);
	t.rig.server.sessions->deadline -= LIMIT_CONNECT_SECONDS;
	rig_fire(&t.rig);
	talk_heard_last(&t, t.client, "HTTP/1.1 504 Gateway Timeout\r\n*");
	talk_stop(&t);
}

Test(session, says_that_the_daemon_is_down)
{
	struct talk t;

	talk_start(&t, profile);
	rig_unlisten(&t.rig);
	talk_say(&t, t.client, PING);
	talk_heard_last(&t, t.client, "HTTP/1.1 502 Bad Gateway\r\n*");
	talk_stop(&t);
}

Test(session, says_that_there_are_no_descriptors)
{
	struct rlimit limit, none;
	struct talk t;

	talk_start(&t, profile);
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
	talk_say(&t, t.client, PING);
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	talk_heard_last(&t, t.client,
	    "HTTP/1.1 503 Service Unavailable\r\n*Retry-After: 1\r\n*");
	talk_stop(&t);
}
