/* SPDX-License-Identifier: MIT */
/* Questions to the daemon, before a request goes on: what is asked, how the
 * answer is read, and what comes of it. How they end when they do not end well
 * is in sockets_lookup_end_test.c. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/lookups.h"
#include "tests/unit/policies.h"

static const char profile[] = LOOKUPS_PROFILE;

static enum session_state
state_of(const struct talk *t)
{
	return t->rig.server.sessions->state;
}

static unsigned
bodies_of(const struct talk *t)
{
	return t->rig.server.doors[0].bodies;
}

Test(lookup, asks_once_and_says_nothing_of_the_request)
{
	static const char request[] = CREATE_ONE;
	struct talk t;
	size_t cut;

	for (cut = 1; cut <= strlen(request); cut++) {
		talk_start(&t, profile);
		rig_say(&t.rig, t.client, (struct span){ request, cut });
		if (cut < strlen(request))
			cr_expect(eq(int, rig_daemon(&t.rig), -1));
		rig_say(&t.rig, t.client, span_of(request + cut));
		talk_heard(&t, talk_daemon(&t), ASK("a"));
		cr_expect(eq(int, rig_daemon(&t.rig), -1));
		cr_expect(eq(int, state_of(&t), SESSION_LOOKUP));
		cr_expect(eq(int, bodies_of(&t), 1));
		talk_quiet(&t);
		talk_say(&t, t.daemon, PLAIN("a"));
		talk_heard(&t, t.daemon, CREATE_ONE_OUT);
		cr_expect(eq(int, rig_daemon(&t.rig), -1));
		cr_expect(eq(int, state_of(&t), SESSION_EXCHANGE));
		cr_expect(eq(int, bodies_of(&t), 0));
		cr_expect(t.rig.server.sessions->lookup == NULL);
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.client, PONG);
		talk_empty(t.rig.server.sessions);
		talk_quiet(&t);
		talk_stop(&t);
	}
}

/* It speaks the version of the API that the request speaks. */
Test(lookup, asks_in_the_words_of_the_request)
{
	static const struct {
		const char *request;
		const char *question;
	} rows[] = {
		ROW(PUT("/v1.24", "", "web", "%2Fdata",
			"Content-Length: 9\r\n") "123",
		    "GET /v1.24/containers/web/json HTTP/1.1\r\n"
		    "Host: docker\r\n\r\n"),
		ROW(PUT("", "User-Agent: me\r\nX-Registry-Auth: mine\r\n",
			"web", "%2Fdata&noOverwriteDirNonDir=1",
			"Transfer-Encoding: chunked\r\n"),
		    "GET /containers/web/json HTTP/1.1\r\n"
		    "Host: docker\r\n\r\n"),
		ROW("POST /v1.47/containers/a/attach?logs=1 HTTP/1.1\r\n"
		    "Host: x\r\n" UPGRADE "\r\nearly",
		    "GET /v1.47/version HTTP/1.1\r\nHost: docker\r\n\r\n"),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(&t, profile);
		talk_say(&t, t.client, rows[i].request);
		talk_heard(&t, talk_daemon(&t), rows[i].question);
		talk_quiet(&t);
		cr_expect(eq(int, bodies_of(&t), 1));
		talk_stop(&t);
	}
}

/* However it is framed; and the request goes up on the same connection where
 * that stays. */
Test(lookup, reads_an_answer_however_it_is_framed_and_cut)
{
	static const struct {
		const char *answer;
		bool kept;
		bool ends; /* with the connection */
	} rows[] = {
		ROW(PLAIN("a"), true, false),
		ROW("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", true,
		    false),
		ROW("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "006;x=y\r\n{\"Name\r\n6\r\n\":\"a\"}\r\n"
		    "0\r\nTrailer: x\r\n\r\n",
		    true, false),
		ROW("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n"
		    "Connection: close\r\n\r\n{\"Name\":\"a\"}",
		    false, false),
		ROW("HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n"
		    "{\"Name\":\"a\"}",
		    false, false),
		ROW("HTTP/1.1 200 OK\r\n\r\n{\"Name\":\"a\"}", false, true),
		ROW("HTTP/1.0 200 OK\r\n\r\n{\"Name\":\"a\"}", false, true),
	};
	const char *answer;
	struct talk t;
	size_t i, cut;

	for (i = 0; i < CASES(rows); i++) {
		answer = rows[i].answer;
		for (cut = 1; cut <= strlen(answer); cut++) {
			talk_start(&t, profile);
			talk_say(&t, t.client, CREATE_ONE);
			talk_heard(&t, talk_daemon(&t), ASK("a"));
			rig_say(&t.rig, t.daemon, (struct span){ answer, cut });
			if (cut < strlen(answer))
				talk_quiet(&t);
			rig_say(&t.rig, t.daemon, span_of(answer + cut));
			if (rows[i].ends) {
				talk_quiet(&t);
				shutdown(t.daemon, SHUT_WR);
				rig_turn(&t.rig);
			}
			if (!rows[i].kept)
				talk_heard_last(&t, t.daemon, "");
			talk_heard(&t,
			    rows[i].kept ? t.daemon : talk_daemon(&t),
			    CREATE_ONE_OUT);
			talk_say(&t, t.daemon, PONG);
			talk_heard(&t, t.client, PONG);
			talk_quiet(&t);
			talk_stop(&t);
		}
	}
}

/* Whoever says more than was asked for may not be asked again. */
Test(lookup, leaves_a_daemon_that_talks_on)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE_ONE);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_say(&t, t.daemon, PLAIN("a") PONG);
	talk_heard_last(&t, t.daemon, "");
	talk_heard(&t, talk_daemon(&t), CREATE_ONE_OUT);
	talk_quiet(&t);
	talk_stop(&t);
}

Test(lookup, asks_one_question_after_the_other)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE_TWO PING);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_say(&t, t.daemon, PLAIN("a"));
	talk_heard(&t, t.daemon, ASK("b"));
	cr_expect(eq(int, state_of(&t), SESSION_LOOKUP));
	cr_expect(eq(int, bodies_of(&t), 1));
	talk_say(&t, t.daemon, PLAIN("b"));
	talk_heard(&t, t.daemon, CREATE_TWO_OUT);
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);

	/* Nothing is remembered of it. */
	talk_say(&t, t.client, CREATE_TWO);
	talk_heard(&t, t.daemon, ASK("a"));
	talk_stop(&t);
}

Test(lookup, asks_on_a_new_connection_each_time_if_need_be)
{
	static const char gone[] =
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
	    "Connection: close\r\n\r\n";
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE_TWO);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_say(&t, t.daemon, gone);
	talk_heard_last(&t, t.daemon, "");
	talk_heard(&t, talk_daemon(&t), ASK("b"));
	talk_say(&t, t.daemon, gone);
	talk_heard_last(&t, t.daemon, "");
	talk_heard(&t, talk_daemon(&t), CREATE_TWO_OUT);
	talk_stop(&t);
}

/* The connection may have been kept from an earlier request, and the daemon
 * may have closed it meanwhile. */
Test(lookup, asks_on_the_connection_that_is_there)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_say(&t, t.client, CREATE_ONE);
	talk_heard(&t, t.daemon, ASK("a"));
	talk_say(&t, t.daemon, PLAIN("a"));
	talk_heard(&t, t.daemon, CREATE_ONE_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	close(t.daemon);
	t.daemon = -1;
	rig_say(&t.rig, t.client, span_of(CREATE_ONE));
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_stop(&t);
}

#define HOST                                            \
	"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n" \
	"{\"Name\":\"a\",\"Options\":{\"device\":\"/\"}}    "

Test(lookup, denies_behind_the_answer_and_goes_on)
{
	struct talk t;
	size_t i;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE_ONE CREATE_TWO PING);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	for (i = 0; i < 2; i++) {
		talk_say(&t, t.daemon, HOST);
		talk_heard(&t, t.client,
		    "HTTP/1.1 403 Forbidden\r\n*ContainerCreate: "
		    "HostConfig.Binds[0]*driver-option*}\n");
		talk_heard(&t, t.daemon, i == 0 ? ASK("a") : PING_OUT);
		cr_expect(eq(int, bodies_of(&t), i == 0));
	}
	cr_expect(t.rig.server.sessions->lookup == NULL);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_empty(t.rig.server.sessions);

	/* What comes later, too. */
	talk_say(&t, t.client, CREATE_ONE);
	talk_heard(&t, t.daemon, ASK("a"));
	talk_say(&t, t.daemon, HOST);
	talk_heard(&t, t.client, "HTTP/1.1 403 Forbidden\r\n*}\n");
	cr_expect(eq(int, state_of(&t), SESSION_HEAD));
	talk_say(&t, t.client, PING);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);
}

Test(lookup, closes_behind_a_denial_where_the_client_wants_that)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE("Connection: close\r\n", ONE, "47") PING);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_say(&t, t.daemon, HOST);
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 403 *\r\nConnection: close\r\n\r\n*}\n");
	talk_heard_last(&t, t.daemon, "");
	talk_stop(&t);
}

#define MISSING                                           \
	"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n" \
	"\r\n{}"

/* A body that streams has not been read: it ends the connection. */
Test(lookup, tells_what_does_not_exist)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, PUT("", "", "web", "%2Fdata", "") PING);
	talk_heard(&t, talk_daemon(&t),
	    "GET /containers/web/json HTTP/1.1\r\nHost: docker\r\n\r\n");
	talk_say(&t, t.daemon, MISSING);
	talk_heard(&t, t.client,
	    "HTTP/1.1 404 *{\"message\":\"postern: No such container: "
	    "web\"}\n");
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);

	talk_start(&t, profile);
	talk_say(&t, t.client,
	    PUT("", "", "web", "%2Fdata",
		"Content-Length: 5\r\n") "12345" PING);
	talk_heard(&t, talk_daemon(&t), "GET /containers/web/json *");
	talk_say(&t, t.daemon, MISSING);
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 404 *\r\nConnection: close\r\n\r\n*}\n");
	talk_heard_last(&t, t.daemon, "");
	cr_expect(eq(int, bodies_of(&t), 0));
	talk_stop(&t);
}

/* What comes behind the request belongs to the tunnel that it opens. */
Test(lookup, keeps_what_was_typed_ahead)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, ATTACH "early");
	talk_heard(&t, talk_daemon(&t),
	    "GET /version HTTP/1.1\r\nHost: docker\r\n\r\n");
	talk_say(&t, t.client, "er");
	talk_say(
	    &t, t.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
	talk_heard(&t, t.daemon,
	    "POST /containers/a/attach HTTP/1.1\r\nHost: docker\r\n" UPGRADE
	    "Content-Length: 0\r\n\r\n");
	talk_say(&t, t.daemon, SWITCH);
	talk_heard(&t, t.daemon, "earlyer");
	talk_heard(&t, t.client, "HTTP/1.1 101 *");
	talk_stop(&t);
}

Test(lookup, waits_for_a_client_that_has_ended_its_side)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, CREATE_ONE);
	shutdown(t.client, SHUT_WR);
	talk_heard(&t, talk_daemon(&t), ASK("a"));
	talk_say(&t, t.daemon, PLAIN("a"));
	talk_heard(&t, t.daemon, CREATE_ONE_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(&t, t.client, PONG);
	cr_expect(t.rig.server.sessions == NULL);
	talk_stop(&t);
}

/* No more than so many, and none of them at the daemon. */
Test(lookup, holds_no_more_requests_than_a_door_may)
{
	int clients[LIMIT_BODIES_HELD], daemons[LIMIT_BODIES_HELD];
	struct talk t;
	size_t i;

	talk_start(&t, profile);
	for (i = 0; i < CASES(clients); i++) {
		clients[i] = rig_client(&t.rig, 0);
		talk_say(&t, clients[i], CREATE_ONE);
		daemons[i] = rig_daemon(&t.rig);
		talk_heard(&t, daemons[i], ASK("a"));
	}
	cr_expect(eq(int, bodies_of(&t), LIMIT_BODIES_HELD));
	talk_say(&t, t.client, CREATE_ONE);
	talk_heard_last(&t, t.client, "HTTP/1.1 503 *\r\nRetry-After: 1\r\n*");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	for (i = 0; i < CASES(clients); i++)
		close(clients[i]);
	for (i = 0; i < CASES(daemons); i++)
		talk_heard_last(&t, daemons[i], "");
	cr_expect(eq(int, bodies_of(&t), 0));
	talk_stop(&t);
}
