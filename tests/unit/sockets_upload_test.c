/* SPDX-License-Identifier: MIT */
/* A session whose request's body is an archive that is judged while it goes
 * up. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/lookups.h"
#include "tests/unit/policies.h"
#include "tests/unit/uploads.h"

static const char profile[] = LOOKUPS_PROFILE;

#define PUT_DATA(framing) PUT("/v1.41", "", "web", "/data", framing)
#define CHUNKED		  "Transfer-Encoding: chunked\r\n"
#define QUESTION                                      \
	"GET /v1.41/containers/web/json HTTP/1.1\r\n" \
	"Host: docker\r\n\r\n"
#define PUT_OUT(fields)                                                  \
	"PUT /v1.41/containers/" ID "/archive?path=%2Fdata HTTP/1.1\r\n" \
	"Host: docker\r\nContent-Type: application/x-tar\r\n"            \
	"Transfer-Encoding: chunked\r\n" fields "\r\n"

static struct session *
session_of(const struct talk *t)
{
	return t->rig.server.sessions;
}

/* The client sends a head, and the daemon is asked for the container. */
static void
start_put(struct talk *t, const char *request)
{
	talk_start(t, profile);
	talk_say(t, t->client, request);
	talk_heard(t, talk_daemon(t), QUESTION);
	cr_expect(eq(int, session_of(t)->state, SESSION_LOOKUP));
}

/* An archive's request, framed by its length or as one chunk. */
static void
make_request(struct buf *request, struct span archive, bool chunked)
{
	char head[512];

	snprintf(head, sizeof(head), PUT_DATA("Content-Length: %zu\r\n"),
	    archive.len);
	if (chunked) {
		buf_add(request, PUT_DATA(CHUNKED), strlen(PUT_DATA(CHUNKED)));
		uploads_chunk(request, archive);
	} else {
		buf_add(request, head, strlen(head));
		buf_add(request, archive.at, archive.len);
	}
}

/* Send what the socket takes. */
static void
send_some(struct talk *t, struct buf *request, size_t most)
{
	ssize_t n = send(t->client, buf_span(request).at,
	    request->len < most ? request->len : most,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		buf_take(request, (size_t)n);
	rig_turn(&t->rig);
}

/* What the daemon has got. Whether that was all. */
static bool
hear_more(struct talk *t, struct buf *body)
{
	struct span heard;
	bool ended;

	rig_turn(&t->rig);
	heard = rig_hear(t->daemon, &ended);
	buf_add(body, heard.at, heard.len);
	return ended;
}

/* The same behind the head that it must have got first. */
static bool
hear_body(struct talk *t, struct buf *body)
{
	struct span head = SPAN(PUT_OUT(""));
	bool ended = hear_more(t, body);

	cr_assert(span_starts(buf_span(body), head), "%.*s",
	    SPAN_ARG(buf_span(body)));
	buf_take(body, head.len);
	return ended;
}

static void
expect_archive(struct talk *t, struct span archive)
{
	struct buf body = { 0 }, wanted = { 0 };

	cr_expect(not(hear_body(t, &body)));
	uploads_expect(&wanted, archive);
	cr_expect(eq(int, uploads_unchunk(&body), FRAME_DONE));
	cases_same("what went up", buf_span(&body), buf_span(&wanted));
	buf_clear(&body);
	buf_clear(&wanted);
}

static void
expect_let_go(struct talk *t)
{
	cr_expect(eq(int, t->rig.server.doors[0].archives, 0));
	cr_expect(eq(int, t->rig.server.doors[0].bodies, 0));
	if (session_of(t) != NULL) {
		cr_expect(session_of(t)->archive == NULL);
		talk_empty(session_of(t));
	}
}

/* However it is framed and cut, with another request behind it. */
Test(upload, passes_an_archive_on)
{
	struct buf archive = { 0 }, gzip = { 0 }, request = { 0 };
	struct span all;
	struct talk t;
	size_t cut;
	int way;

	uploads_good(&archive, SPAN("contents"));
	uploads_gzip(&gzip, buf_span(&archive));
	for (way = 0; way < 4; way++) {
		make_request(&request, buf_span(way < 2 ? &archive : &gzip),
		    way % 2 == 1);
		buf_add(&request, PING, strlen(PING));
		all = buf_span(&request);
		for (cut = 0; cut < all.len; cut += way < 2 ? 7 : 1) {
			talk_start(&t, profile);
			rig_say(&t.rig, t.client, (struct span){ all.at, cut });
			t.daemon = rig_daemon(&t.rig);
			if (t.daemon != -1) {
				talk_heard(&t, t.daemon, QUESTION);
				talk_say(&t, t.daemon, FOUND);
				rig_turn(&t.rig);
			}
			rig_say(&t.rig, t.client,
			    (struct span){ all.at + cut, all.len - cut });
			if (t.daemon == -1) {
				talk_heard(&t, talk_daemon(&t), QUESTION);
				talk_say(&t, t.daemon, FOUND);
			}
			expect_archive(&t, buf_span(&archive));
			cr_expect(eq(
			    int, session_of(&t)->exchange.upload, UPLOAD_DONE));
			talk_say(&t, t.daemon, PONG);
			talk_heard(&t, t.client, PONG);
			talk_heard(&t, t.daemon, PING_OUT);
			expect_let_go(&t);
			talk_say(&t, t.daemon, PONG);
			talk_heard(&t, t.client, PONG);
			talk_stop(&t);
		}
		buf_clear(&request);
	}
	buf_clear(&archive);
	buf_clear(&gzip);
}

/* Where all of it is here, the daemon hears nothing of it. */
Test(upload, refuses_a_small_archive_before_a_byte_goes_up)
{
	struct buf archive = { 0 }, gzip = { 0 }, request = { 0 };
	struct talk t;
	int way;

	uploads_bad(&archive, SPAN("contents"));
	uploads_gzip(&gzip, buf_span(&archive));
	for (way = 0; way < 4; way++) {
		make_request(&request, buf_span(way < 2 ? &archive : &gzip),
		    way % 2 == 1);
		talk_start(&t, profile);
		rig_say(&t.rig, t.client, buf_span(&request));
		talk_heard(&t, talk_daemon(&t), QUESTION);
		cr_expect(eq(int, t.rig.server.doors[0].bodies, 1));
		talk_say(&t, t.daemon, FOUND);
		talk_heard_last(&t, t.client,
		    "HTTP/1.1 403 Forbidden\r\n*\r\nConnection: close\r\n\r\n"
		    "*" UPLOADS_WHY "*}\n");
		talk_heard_last(&t, t.daemon, "");
		cr_expect(eq(int, rig_daemon(&t.rig), -1));
		expect_let_go(&t);
		talk_stop(&t);
		buf_clear(&request);
	}
	buf_clear(&archive);
	buf_clear(&gzip);
}

/* What went up breaks off, so that nobody takes it for all. */
Test(upload, breaks_off_where_a_later_entry_is_refused)
{
	static char bytes[300000];
	struct buf archive = { 0 }, gzip = { 0 }, request = { 0 }, body = { 0 };
	struct talk t;
	size_t i;
	int way;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * i >> 3);
	uploads_bad(&archive, (struct span){ bytes, sizeof(bytes) });
	uploads_gzip(&gzip, buf_span(&archive));
	for (way = 0; way < 4; way++) {
		make_request(&request, buf_span(way < 2 ? &archive : &gzip),
		    way % 2 == 1);
		talk_start(&t, profile);
		send_some(&t, &request, 9000);
		talk_heard(&t, talk_daemon(&t), QUESTION);
		talk_say(&t, t.daemon, FOUND);
		hear_body(&t, &body);
		for (i = 0; i < 100 && t.rig.server.doors[0].archives > 0;
		     i++) {
			if (request.len > 0)
				send_some(&t, &request, 50000);
			hear_more(&t, &body);
		}
		buf_clear(&request);
		talk_heard_last(
		    &t, t.client, "HTTP/1.1 403 *" UPLOADS_WHY "*}\n");
		talk_heard_last(&t, t.daemon, "");
		cr_expect(gt(sz, body.len, way < 2 ? 200000 : 100));
		cr_expect(eq(int, uploads_unchunk(&body), FRAME_MORE));
		buf_clear(&body);
		expect_let_go(&t);
		talk_stop(&t);
	}
	buf_clear(&archive);
	buf_clear(&gzip);
}

/* The client's answer has begun: it must see that it is not whole. */
Test(upload, breaks_off_the_answer_too_where_it_has_begun)
{
	struct talk t;

	start_put(&t, PUT_DATA(CHUNKED));
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon, PUT_OUT(""));
	talk_say(&t, t.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
	talk_heard(&t, t.client, "HTTP/1.1 200 *x");
	talk_say(&t, t.client, "3\r\nxyz\r\n0\r\n\r\n");
	talk_heard_last(&t, t.client, "");
	talk_heard_last(&t, t.daemon, "");
	cr_expect(session_of(&t) == NULL);
	expect_let_go(&t);
	talk_stop(&t);
}

Test(upload, refuses_a_body_that_is_no_archive_or_none)
{
	static const struct {
		const char *request;
		const char *heard;
	} rows[] = {
		ROW(PUT_DATA(""), "HTTP/1.1 403 *the archive is cut short*"),
		ROW(PUT_DATA("Content-Length: 0\r\n"),
		    "HTTP/1.1 403 *the archive is cut short*"),
		ROW(PUT_DATA(CHUNKED) "0\r\n\r\n",
		    "HTTP/1.1 403 *the archive is cut short*"),
		ROW(PUT_DATA("Content-Length: 4\r\n") "text",
		    "HTTP/1.1 403 *the archive is cut short*"),
		ROW(PUT_DATA(CHUNKED) "4\r\ntextx", "HTTP/1.1 400 *"),
		ROW(PUT_DATA(CHUNKED) "x", "HTTP/1.1 400 *"),
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		start_put(&t, rows[i].request);
		talk_say(&t, t.daemon, FOUND);
		talk_heard_last(&t, t.client, rows[i].heard);
		talk_heard_last(&t, t.daemon, "");
		expect_let_go(&t);
		talk_stop(&t);
	}

	/* And behind the head, which went up. */
	start_put(&t, PUT_DATA(CHUNKED));
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon, PUT_OUT(""));
	talk_say(&t, t.client, "x");
	talk_heard_last(&t, t.client, "HTTP/1.1 400 *");
	talk_heard_last(&t, t.daemon, "");
	expect_let_go(&t);
	talk_stop(&t);
}

Test(upload, refuses_what_is_behind_the_archive)
{
	struct buf archive = { 0 }, request = { 0 };
	struct talk t;

	uploads_good(&archive, SPAN("contents"));
	buf_add(&archive, "PUT", 3);
	make_request(&request, buf_span(&archive), true);
	start_put(&t, PUT_DATA(CHUNKED));
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon, PUT_OUT(""));
	rig_say(&t.rig, t.client,
	    (struct span){ buf_span(&request).at + strlen(PUT_DATA(CHUNKED)),
		request.len - strlen(PUT_DATA(CHUNKED)) });
	talk_heard_last(&t, t.client, "HTTP/1.1 403 *");
	expect_let_go(&t);
	talk_stop(&t);
	buf_clear(&archive);
	buf_clear(&request);
}

Test(upload, ends_with_a_client_that_ends_within_it)
{
	struct buf archive = { 0 }, request = { 0 }, body = { 0 };
	struct talk t;
	size_t cut;
	int way;

	uploads_good(&archive, SPAN("contents"));
	make_request(&request, buf_span(&archive), true);
	for (cut = strlen(PUT_DATA(CHUNKED)); cut < request.len; cut += 9) {
		for (way = 0; way < 2; way++) {
			start_put(&t, PUT_DATA(CHUNKED));
			talk_say(&t, t.daemon, FOUND);
			rig_say(&t.rig, t.client,
			    (struct span){ buf_span(&request).at +
					       strlen(PUT_DATA(CHUNKED)),
				cut - strlen(PUT_DATA(CHUNKED)) });
			shutdown(t.client, way == 0 ? SHUT_WR : SHUT_RDWR);
			cr_expect(hear_body(&t, &body));
			if (body.len > 0)
				cr_expect(eq(
				    int, uploads_unchunk(&body), FRAME_MORE));
			free(body.memory);
			body = (struct buf){ 0 };
			cr_expect(session_of(&t) == NULL);
			expect_let_go(&t);
			talk_stop(&t);
		}
	}
	buf_clear(&archive);
	buf_clear(&request);
}

/* Behind its whole request it may end its side, and gets its answer. */
Test(upload, answers_a_client_that_has_ended_its_side)
{
	struct buf archive = { 0 }, request = { 0 };
	struct talk t;

	uploads_good(&archive, SPAN("contents"));
	make_request(&request, buf_span(&archive), false);
	talk_start(&t, profile);
	rig_say(&t.rig, t.client, buf_span(&request));
	shutdown(t.client, SHUT_WR);
	talk_heard(&t, talk_daemon(&t), QUESTION);
	talk_say(&t, t.daemon, FOUND);
	expect_archive(&t, buf_span(&archive));
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(&t, t.client, PONG);
	expect_let_go(&t);
	talk_stop(&t);
	buf_clear(&archive);
	buf_clear(&request);
}

Test(upload, lets_the_daemon_say_when_to_go_on)
{
	struct buf archive = { 0 }, request = { 0 }, body = { 0 };
	struct talk t;

	uploads_good(&archive, SPAN("contents"));
	uploads_chunk(&request, buf_span(&archive));
	start_put(&t, PUT_DATA(CHUNKED "Expect: 100-continue\r\n"));
	talk_quiet(&t);
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon, PUT_OUT("Expect: 100-continue\r\n"));
	talk_heard(&t, t.client, "");
	talk_say(&t, t.daemon, CONTINUE);
	talk_heard(&t, t.client, CONTINUE);
	rig_say(&t.rig, t.client, buf_span(&request));
	cr_expect(not(hear_more(&t, &body)));
	cr_expect(eq(int, uploads_unchunk(&body), FRAME_DONE));
	buf_clear(&body);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	expect_let_go(&t);
	talk_stop(&t);
	buf_clear(&archive);
	buf_clear(&request);
}

/* The daemon answers at once, and reads no more. */
Test(upload, ends_with_a_daemon_that_does_not_want_it)
{
	static char zeros[64 * 1024];
	struct buf archive = { 0 };
	struct talk t;
	int i;

	uploads_good(&archive, (struct span){ zeros, sizeof(zeros) });
	start_put(&t, PUT_DATA("Content-Length: 10000000\r\n"));
	talk_say(&t, t.daemon, FOUND);
	rig_say(&t.rig, t.client, (struct span){ buf_span(&archive).at, 999 });
	talk_say(
	    &t, t.daemon, "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno");
	talk_heard_last(&t, t.client, "HTTP/1.1 404 No\r\n*no");
	cr_expect(eq(int, session_of(&t)->state, SESSION_LINGER));
	talk_heard_last(&t, t.daemon, PUT_OUT("") "*");
	expect_let_go(&t);
	talk_stop(&t);

	/* It closes, and says nothing. */
	start_put(&t, PUT_DATA("Content-Length: 10000000\r\n"));
	talk_say(&t, t.daemon, FOUND);
	talk_heard(&t, t.daemon, PUT_OUT(""));
	shutdown(t.daemon, SHUT_RD);
	for (i = 0; i < 2; i++)
		rig_say(&t.rig, t.client,
		    (struct span){ buf_span(&archive).at, 9999 });
	cr_expect(eq(int, session_of(&t)->exchange.upload, UPLOAD_BROKEN));
	talk_say(
	    &t, t.daemon, "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno");
	talk_heard_last(&t, t.client, "HTTP/1.1 500 No\r\n*no");
	expect_let_go(&t);
	talk_stop(&t);
	buf_clear(&archive);
}
