/* SPDX-License-Identifier: MIT */
/* Sessions at a door that observes: what its profile would deny goes up, judged
 * and written anew, and what stays refused does not with one byte. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/cases.h"
#include "tests/unit/lookups.h"
#include "tests/unit/policies.h"

#define OBSERVE "[profile]\nmode = observe\n"
#define STOP	"POST /containers/a/stop HTTP/1.1\r\nHost: x\r\n\r\n"
#define STOP_OUT                                               \
	"POST /containers/a/stop HTTP/1.1\r\nHost: docker\r\n" \
	"Content-Length: 0\r\n\r\n"

/* Dropped is what is empty and not known. */
#define SENT \
	"{\"Image\":\"web\",\"Xyz\":null,\"HostConfig\":{\"Binds\":[\"a:/a\"]}}"

Test(observe_session, sends_what_it_would_deny)
{
	struct talk t;

	talk_start(&t, OBSERVE);
	talk_say(&t, t.client, STOP);
	talk_heard(&t, talk_daemon(&t), STOP_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	cr_expect(eq(int, t.rig.counters.allowed, 1));
	cr_expect(eq(int, t.rig.counters.denied, 0));
	talk_quiet(&t);
	talk_stop(&t);
}

/* And as often as there is a question: what was made before is let go of. */
Test(observe_session, asks_and_then_sends_what_was_judged)
{
	static const char request[] = CREATE("", SENT, "58");
	struct talk t;
	size_t cut;

	for (cut = 1; cut <= strlen(request); cut++) {
		talk_start(&t, OBSERVE "[allow]\noperation = SystemPing\n"
				       "[container]\nvolume = b\n");
		rig_say(&t.rig, t.client, (struct span){ request, cut });
		if (cut < strlen(request))
			cr_expect(eq(int, rig_daemon(&t.rig), -1));
		rig_say(&t.rig, t.client, span_of(request + cut));
		talk_heard(&t, talk_daemon(&t), ASK("a"));
		talk_say(&t, t.daemon, PLAIN("a"));
		talk_heard(&t, t.daemon, CREATE_ONE_OUT);
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.client, PONG);
		talk_empty(t.rig.server.sessions);
		talk_stop(&t);
	}
}

/* By an image's ID it would be allowed, and what it needs is asked for. */
Test(observe_session, asks_for_what_only_the_needs_depend_on)
{
	static const char request[] = CREATE("", "{\"Image\":\"abc\"}", "15");
	struct talk t;

	talk_start(&t, OBSERVE "[allow]\noperation = ContainerCreate\n");
	talk_say(&t, t.client, request);
	talk_heard(&t, talk_daemon(&t),
	    "GET /images/abc/json HTTP/1.1\r\nHost: docker\r\n\r\n");
	talk_say(&t, t.daemon,
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
	talk_heard(&t, t.daemon,
	    CREATE_OUT("{\"Image\":\"abc\",\"HostConfig\":{}}", "31"));
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_empty(t.rig.server.sessions);
	talk_stop(&t);
}

Test(observe_session, sends_nothing_of_what_stays_refused)
{
	static const char *const rows[] = {
		SAVE "Content-Length: 2\r\n\r\n{}",
		"POST /containers/b/stop HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
		CREATE("", "{\"HostConfig\":{\"Privileged\":true}}", "34"),
		CREATE("", "{\"HostConfig\":{\"Xyz\":1}}", "24"),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_start(
		    &t, OBSERVE "[deny]\nrequest = POST /containers/b/stop\n");
		rig_say(&t.rig, t.client, span_of(rows[i]));
		cr_expect(eq(int, rig_daemon(&t.rig), -1), "%s", rows[i]);
		cr_expect(eq(int, t.rig.counters.denied, 1), "%s", rows[i]);
		talk_stop(&t);
	}
}

/* What nobody judges goes up as it came. */
Test(observe_session, sends_what_can_give_root_where_that_is_said)
{
	struct talk t;

	talk_start(&t, OBSERVE "observe-root = yes\n");
	talk_say(&t, t.client, SAVE "Content-Length: 2\r\n\r\n{}");
	talk_heard(&t, talk_daemon(&t), SAVE_OUT "2\r\n\r\n{}");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_say(&t, t.client,
	    CREATE("", "{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}", "36"));
	talk_heard(&t, t.daemon,
	    CREATE_OUT("{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}", "36"));
	talk_stop(&t);
}

/* An archive streams, through the filter, to the container that was judged. */
Test(observe_session, filters_archives)
{
	struct talk t;

	talk_start(&t, OBSERVE);
	talk_say(&t, t.client,
	    PUT("", "", "web", "%2Fdata", "Content-Length: 1024\r\n"));
	talk_heard(&t, talk_daemon(&t),
	    "GET /containers/web/json HTTP/1.1\r\nHost: docker\r\n\r\n");
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon,
	    "PUT /containers/" ID "/archive?path=%2Fdata HTTP/1.1\r\n"
	    "Host: docker\r\n*");
	cr_expect(t.rig.server.sessions->exchange.upload != UPLOAD_DONE);
	talk_stop(&t);
}
