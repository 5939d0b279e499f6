/* SPDX-License-Identifier: MIT */
/* A door that takes so many requests in a second: what becomes of the others,
 * and of their connections. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/talk.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"

static const char twice[] = "[allow]\noperation = SystemPing\n"
			    "[limits]\nrequests-per-second = 2\n";

#define PUT_OFF                                                         \
	"HTTP/1.1 429 Too Many Requests\r\n"                            \
	"Content-Type: application/json\r\nContent-Length: 65\r\n"      \
	"Retry-After: 1\r\n\r\n"                                        \
	"{\"message\":\"postern: too many requests per second at this " \
	"door\"}\n"

Test(limit_of_requests, puts_off_what_comes_too_soon)
{
	struct talk t;

	talk_asked(&t, twice, PING);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	/* A denied one counts too. */
	talk_say(&t, t.client, GET("/info"));
	talk_heard(&t, t.client, "HTTP/1.1 403 *");
	talk_say(&t, t.client, PING);
	talk_heard(&t, t.client, "HTTP/1.1 429 *");
	talk_quiet(&t);
	cr_expect(eq(u64, t.rig.counters.refused, 1));
	/* The same connection serves it later. */
	rig_wait(&t.rig, .51);
	talk_say(&t, t.client, PING);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

/* Of one that was sent behind another. */
Test(limit_of_requests, answers_in_order)
{
	struct talk t;

	talk_start(&t, twice);
	talk_say(
	    &t, t.client, GET("/info") GET("/info") GET("/info") GET("/info"));
	talk_heard(&t, t.client,
	    "HTTP/1.1 403 *HTTP/1.1 403 *HTTP/1.1 429 *HTTP/1.1 429 *");
	talk_stop(&t);
}

Test(limit_of_requests, ends_where_the_rest_cannot_be_told)
{
	static const struct {
		const char *request;
		const char *answer;
		bool last;
	} rows[] = {
		{PING,				       PUT_OFF,		 false},
		{ "HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n",
		    "HTTP/1.1 429 *\r\nRetry-After: 1\r\n\r\n",			false},
		{ "GET /_ping HTTP/1.0\r\n\r\n",		 "HTTP/1.1 429 *", true },
		{ "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close"
		  "\r\n\r\n",		    "HTTP/1.1 429 *", true },
		{ SAVE "Content-Length: 2\r\n\r\n{}",	      "HTTP/1.1 429 *", true },
		{ SAVE "Transfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 429 *",
		    true							       },
 /* No request that is understood. */
		{ GET("/a%2fb"),				 "HTTP/1.1 429 *", true },
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(&t, twice);
		talk_say(&t, t.client, GET("/info") GET("/info"));
		talk_heard(&t, t.client, "*");
		talk_say(&t, t.client, rows[i].request);
		if (rows[i].last)
			talk_heard_last(&t, t.client, rows[i].answer);
		else
			talk_heard(&t, t.client, rows[i].answer);
		talk_stop(&t);
	}
}

/* A client that has no place is turned away at the door. */
Test(limit_of_requests, is_not_used_up_by_who_is_turned_away)
{
	struct talk t;
	int client, i;

	talk_start(&t, twice);
	for (i = 0; i < 5; i++) {
		client = rig_client(&t.rig, 403);
		talk_say(&t, client, PING);
		talk_heard_last(&t, client, "HTTP/1.1 403 *");
		close(client);
	}
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}
