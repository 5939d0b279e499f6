/* SPDX-License-Identifier: MIT */
/* Questions to the daemon that are not answered, or not as they should be; and
 * what becomes of them when the server or the client goes. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/lookups.h"
#include "tests/unit/policies.h"

static const char profile[] = LOOKUPS_PROFILE;

static struct session *
session_of(const struct talk *t)
{
	return t->rig.server.sessions;
}

static void
start_asked(struct talk *t, const char *request)
{
	talk_start(t, profile);
	talk_say(t, t->client, request);
	talk_heard(t, talk_daemon(t), ASK("a"));
	cr_expect(eq(int, session_of(t)->state, SESSION_LOOKUP));
}

/* The client was told, nothing more went up, and nothing is left. */
static void
expect_given_up(struct talk *t, const char *answer)
{
	talk_heard_last(t, t->client, answer);
	talk_heard_last(t, t->daemon, "");
	cr_expect(eq(int, rig_daemon(&t->rig), -1));
	cr_expect(eq(int, session_of(t)->state, SESSION_LINGER));
	cr_expect(eq(int, t->rig.server.doors[0].bodies, 0));
	cr_expect(session_of(t)->lookup == NULL);
	talk_empty(session_of(t));
}

#define NOT_HTTP  "HTTP/1.1 502 *the daemon's answer is not HTTP*"
#define NO_ANSWER "HTTP/1.1 502 *the daemon's answer is none to this request*"

Test(lookup, refuses_answers_that_are_none)
{
	static const struct {
		const char *answer;
		const char *heard;
	} rows[] = {
		ROW("nonsense\r\n\r\n", NOT_HTTP),
		ROW("HTTP/2 200 OK\r\n\r\n", NOT_HTTP),
		ROW(SWITCH, NO_ANSWER),
		ROW(CONTINUE, NO_ANSWER),
		ROW("HTTP/1.1 103 Early Hints\r\n\r\n", NO_ANSWER),
		ROW("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		    "Content-Length: 2\r\n\r\n",
		    NO_ANSWER),
		ROW("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		    NO_ANSWER),
		ROW("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "2\r\n{}x",
		    NOT_HTTP),
	};
	const char *answer;
	struct talk t;
	size_t i, cut;

	for (i = 0; i < CASES(rows); i++) {
		answer = rows[i].answer;
		for (cut = 0; cut < strlen(answer); cut++) {
			start_asked(&t, CREATE_ONE PING);
			rig_say(&t.rig, t.daemon, (struct span){ answer, cut });
			if (session_of(&t)->state == SESSION_LOOKUP)
				rig_say(
				    &t.rig, t.daemon, span_of(answer + cut));
			expect_given_up(&t, rows[i].heard);
			talk_stop(&t);
		}
	}
}

Test(lookup, refuses_answers_that_break_off)
{
	static const char *const answers[] = {
		PLAIN("a"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\n{}\r\n0\r\n\r\n",
	};
	const char *answer;
	struct talk t;
	size_t i, cut;
	int way;

	for (i = 0; i < CASES(answers); i++) {
		answer = answers[i];
		for (cut = 0; cut < 2 * strlen(answer); cut++) {
			start_asked(&t, CREATE_ONE PING);
			rig_say(
			    &t.rig, t.daemon, (struct span){ answer, cut / 2 });
			way = cut % 2 == 0 ? SHUT_WR : SHUT_RDWR;
			shutdown(t.daemon, way);
			expect_given_up(
			    &t, "HTTP/1.1 502 *the daemon does not answer*");
			talk_stop(&t);
		}
	}
}

/* The first is read to its end, the next is too large. */
Test(lookup, reads_answers_of_a_size_and_no_more)
{
	static const char *const heads[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"100001\r\n",
	};
	static char bytes[LIMIT_LOOKUP];
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(heads); i++) {
		start_asked(&t, CREATE_ONE);
		talk_say(&t, t.daemon, heads[i]);
		rig_say(
		    &t.rig, t.daemon, (struct span){ bytes, sizeof(bytes) });
		cr_expect(eq(int, session_of(&t)->state, SESSION_LOOKUP));
		talk_say(&t, t.daemon, "x");
		expect_given_up(
		    &t, "HTTP/1.1 502 *the daemon's answer is too large*");
		talk_stop(&t);
	}
}

/* All of them are kept until the request is judged. */
Test(lookup, reads_no_more_of_several_answers_together)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"
	    "{\"Name\":\"a\"}";
	static char bytes[LIMIT_LOOKUP - 12];
	struct talk t;

	memset(bytes, ' ', sizeof(bytes));
	start_asked(&t, CREATE_TWO);
	talk_say(&t, t.daemon, head);
	rig_say(&t.rig, t.daemon, (struct span){ bytes, sizeof(bytes) });
	talk_heard(&t, t.daemon, ASK("b"));
	talk_say(&t, t.daemon, PLAIN("b"));
	expect_given_up(&t, "HTTP/1.1 502 *the daemon's answer is too large*");
	talk_stop(&t);
}

Test(lookup, reads_heads_of_a_size_and_no_more)
{
	static char bytes[LIMIT_HEAD_MAX];
	struct talk t;

	memset(bytes, 'x', sizeof(bytes));
	start_asked(&t, CREATE_ONE);
	talk_say(&t, t.daemon, "HTTP/1.1 200 OK\r\nX: ");
	rig_say(&t.rig, t.daemon, (struct span){ bytes, sizeof(bytes) });
	expect_given_up(
	    &t, "HTTP/1.1 502 *the daemon's answer has too large a head*");
	talk_stop(&t);
}

Test(lookup, ends_with_the_daemons_silence)
{
	struct talk t;

	start_asked(&t, CREATE_ONE PING);
	talk_say(&t, t.daemon, "HTTP/1.1 200 OK\r\n");
	rig_fire(&t.rig);
	expect_given_up(&t, "HTTP/1.1 504 *the daemon takes too long*");
	talk_stop(&t);
}

/* All questions together have no more time than one. */
Test(lookup, gives_a_slow_daemon_no_more_time_for_more_questions)
{
	struct talk t;
	double left;

	start_asked(&t, CREATE_TWO);
	rig_wait(&t.rig, .2);
	talk_say(&t, t.daemon, PLAIN("a"));
	talk_heard(&t, t.daemon, ASK("b"));
	left = ev_timer_remaining(t.rig.loop, &session_of(&t)->timer);
	cr_expect(left > 0 && left < LIMIT_LOOKUP_SECONDS - .1);
	talk_say(&t, t.daemon, PLAIN("b"));
	talk_heard(&t, t.daemon, CREATE_TWO_OUT);
	cr_expect(eq(int, ev_is_active(&session_of(&t)->timer), 0));
	talk_stop(&t);
}

Test(lookup, says_that_the_daemon_is_down)
{
	struct talk t;

	talk_start(&t, profile);
	rig_unlisten(&t.rig);
	talk_say(&t, t.client, CREATE_ONE);
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 502 *the daemon does not answer*");
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_empty(session_of(&t));
	talk_stop(&t);

	/* It goes down behind the answer. */
	start_asked(&t, CREATE_ONE);
	rig_unlisten(&t.rig);
	talk_say(&t, t.daemon, "HTTP/1.0 404 No\r\nContent-Length: 0\r\n\r\n");
	rig_listen(&t.rig, 1);
	expect_given_up(&t, "HTTP/1.1 502 *the daemon does not answer*");
	talk_stop(&t);
}

static void
start_busy(struct talk *t)
{
	talk_start(t, profile);
	rig_listen_full(&t->rig);
	talk_say(t, t->client, CREATE_ONE);
	cr_expect(eq(int, session_of(t)->state, SESSION_CONNECT));
	cr_expect(eq(int, t->rig.server.doors[0].bodies, 1));
}

Test(lookup, waits_for_a_daemon_whose_backlog_is_full)
{
	struct talk t;

	start_busy(&t);
	rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
	cr_expect(eq(int, session_of(&t)->state, SESSION_CONNECT));
	cr_assert(ne(int, rig_daemon(&t.rig), -1)); /* takes one off it */
	rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
	cr_expect(eq(int, session_of(&t)->state, SESSION_LOOKUP));
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	rig_fire(&t.rig);
	expect_given_up(&t, "HTTP/1.1 504 *the daemon takes too long*");
	talk_stop(&t);

	/* And it may be full again behind the answer. */
	start_asked(&t, CREATE_ONE);
	rig_listen_full(&t.rig);
	talk_say(&t, t.daemon, "HTTP/1.0 404 No\r\nContent-Length: 0\r\n\r\n");
	cr_expect(eq(int, session_of(&t)->state, SESSION_CONNECT));
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	cr_assert(ne(int, rig_daemon(&t.rig), -1));
	rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
	talk_heard(&t, talk_daemon(&t), CREATE_ONE_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(lookup, gives_a_daemon_up_that_takes_no_connections)
{
	struct talk t;

	start_busy(&t);
	session_of(&t)->deadline -= LIMIT_CONNECT_SECONDS;
	rig_fire(&t.rig);
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 504 *the daemon takes no connections*");
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_empty(session_of(&t));
	talk_stop(&t);
}

Test(lookup, ends_with_the_client)
{
	struct talk t;
	size_t cut;

	for (cut = 0; cut < strlen(PLAIN("a")); cut++) {
		start_asked(&t, CREATE_TWO PING);
		rig_say(&t.rig, t.daemon, (struct span){ PLAIN("a"), cut });
		close(t.client);
		t.client = -1;
		rig_turn(&t.rig);
		cr_expect(session_of(&t) == NULL);
		cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
		cr_expect(eq(int, t.rig.server.doors[0].connections, 0));
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}

	start_busy(&t);
	close(t.client);
	t.client = -1;
	rig_turn(&t.rig);
	cr_expect(session_of(&t) == NULL);
	cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
	talk_stop(&t);
}

/* What a session may still take, from now on. */
static void
expect_short(struct talk *t)
{
	struct session *s = session_of(t);
	double left = ev_timer_remaining(t->rig.loop, &s->timer);

	if (s->state == SESSION_CONNECT)
		left = s->deadline - ev_now(t->rig.loop);
	cr_expect(left <= LIMIT_RETIRED_BODY_SECONDS, "%f", left);
}

static int channel[2];

static void
retire(struct talk *t, bool drains)
{
	if (drains) {
		server_drain(&t->rig.server);
	} else {
		cr_assert(socketpair(AF_UNIX,
			      SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			      channel) == 0);
		server_retire(&t->rig.server, channel[0]);
	}
	rig_turn(&t->rig);
	cr_expect(server_judges(&t->rig.server));
}

Test(lookup, is_still_answered_when_the_server_goes)
{
	struct talk t;
	int drains;

	for (drains = 0; drains < 2; drains++) {
		start_asked(&t, CREATE_TWO PING);
		retire(&t, drains);
		expect_short(&t);
		talk_say(&t, t.daemon, PLAIN("a"));
		talk_heard(&t, t.daemon, ASK("b"));
		cr_expect(server_judges(&t.rig.server));
		expect_short(&t);
		talk_say(&t, t.daemon, PLAIN("b"));
		talk_heard(&t, t.daemon, CREATE_TWO_OUT);
		cr_expect(not(server_judges(&t.rig.server)));
		talk_say(&t, t.daemon, PONG);
		if (drains)
			talk_heard_last(&t, t.client,
			    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
			    "Connection: close\r\n\r\nOK");
		else
			talk_heard(&t, t.client, PONG);
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}
}

Test(lookup, is_still_denied_when_the_server_goes)
{
	struct talk t;
	int drains;

	for (drains = 0; drains < 2; drains++) {
		start_asked(&t, CREATE_ONE PING);
		retire(&t, drains);
		talk_say(&t, t.daemon,
		    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"
		    "{\"Name\":\"b\"}");
		cr_expect(not(server_judges(&t.rig.server)));
		if (drains)
			talk_heard_last(&t, t.client,
			    "HTTP/1.1 403 *\r\nConnection: close\r\n\r\n*");
		else
			talk_heard(&t, t.client, "HTTP/1.1 403 *}\n");
		talk_heard_last(&t, t.daemon, "");
		talk_stop(&t);
	}
}

/* Nobody can put off the end of the old rules: not by a slow daemon, not by
 * one that takes no connections, and not by a body that comes late. */
Test(lookup, does_not_keep_a_server_that_goes)
{
	struct talk t;
	int drains;

	for (drains = 0; drains < 2; drains++) {
		start_asked(&t, CREATE_ONE);
		retire(&t, drains);
		expect_short(&t);
		rig_fire(&t.rig);
		expect_given_up(&t, "HTTP/1.1 504 *");
		cr_expect(not(server_judges(&t.rig.server)));
		talk_stop(&t);

		start_busy(&t);
		retire(&t, drains);
		expect_short(&t);
		cr_assert(ne(int, rig_daemon(&t.rig), -1));
		rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
		cr_expect(eq(int, session_of(&t)->state, SESSION_LOOKUP));
		expect_short(&t);
		talk_stop(&t);

		talk_start(&t, profile);
		rig_say(&t.rig, t.client,
		    (struct span){ CREATE_ONE, strlen(CREATE_ONE) - 1 });
		retire(&t, drains);
		talk_say(&t, t.client, "}");
		talk_heard(&t, talk_daemon(&t), ASK("a"));
		expect_short(&t);
		talk_stop(&t);
	}
}
