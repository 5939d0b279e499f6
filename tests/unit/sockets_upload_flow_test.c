/* SPDX-License-Identifier: MIT */
/* Archives that mean more than they are, or that are many: nobody else may
 * have to wait for them, and no memory grows with them. */

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

enum {
	LARGE = 64 * 1024 * 1024,
	/* What may be kept of an archive while it waits. */
	KEPT_MAX = 300 * 1024
};

/* An archive of one large file of zeros, or with as many zeros behind its
 * end, in a body of 64 KiB. */
static void
make_bomb(struct buf *gzip, bool behind)
{
	char *zeros = calloc(1, LARGE);
	struct buf archive = { 0 };

	cr_assert(zeros != NULL);
	uploads_good(&archive, (struct span){ zeros, behind ? 1 : LARGE });
	if (behind)
		buf_add(&archive, zeros, LARGE);
	uploads_gzip(gzip, buf_span(&archive));
	buf_clear(&archive);
	free(zeros);
}

static struct session *
oldest(const struct talk *t)
{
	struct session *s = t->rig.server.sessions;

	while (s->next != NULL)
		s = s->next;
	return s;
}

/* The request, and that the archive begins to go up. */
static void
start_put(struct talk *t, size_t len)
{
	char request[512];

	talk_start(t, profile);
	snprintf(request, sizeof(request),
	    PUT("", "", "web", "/data", "Content-Length: %zu\r\n"), len);
	talk_say(t, t->client, request);
	talk_heard(t, talk_daemon(t), "GET /containers/web/json *");
	talk_say(t, t->daemon, FOUND);
	talk_heard(t, t->daemon, "PUT /containers/" ID "/archive*\r\n\r\n");
}

static size_t
kept_by(const struct session *s)
{
	return s->client.held.size + s->client.out.size + s->daemon.held.size +
	       s->daemon.out.size;
}

/* The daemon gets the rest, which ends with the last chunk. */
static void
expect_end(struct talk *t)
{
	const struct span last = SPAN("0\r\n\r\n");
	struct span heard;
	bool ended;

	rig_turn(&t->rig);
	heard = rig_hear(t->daemon, &ended);
	cr_expect(eq(int, oldest(t)->exchange.upload, UPLOAD_DONE));
	cr_assert(ge(sz, heard.len, last.len));
	heard.at += heard.len - last.len;
	heard.len = last.len;
	cases_same("the end", heard, last);
}

Test(upload, reads_and_unpacks_no_faster_than_the_daemon_takes_it)
{
	struct buf gzip = { 0 };
	struct span heard;
	size_t all = 0, sent = 0;
	struct talk t;
	bool ended;
	ssize_t n;

	make_bomb(&gzip, false);
	start_put(&t, gzip.len);
	while (sent < gzip.len && (n = send(t.client, buf_span(&gzip).at + sent,
				       1024, MSG_DONTWAIT)) > 0) {
		sent += (size_t)n;
		if (sent + 1024 > gzip.len)
			break;
		rig_turn(&t.rig);
		cr_assert(le(sz, kept_by(oldest(&t)), KEPT_MAX));
	}
	cr_expect(gt(sz, oldest(&t)->daemon.out.len, 0));
	cr_expect(not(oldest(&t)->client.io.events & EV_READ));
	for (;;) {
		rig_turn(&t.rig);
		cr_assert(le(sz, kept_by(oldest(&t)), KEPT_MAX));
		if (oldest(&t)->exchange.upload == UPLOAD_DONE &&
		    oldest(&t)->daemon.out.len == 0)
			break;
		heard = rig_hear(t.daemon, &ended);
		all += heard.len;
		n = send(t.client, buf_span(&gzip).at + sent, gzip.len - sent,
		    MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		cr_assert(heard.len > 0 || n > 0);
	}
	cr_expect(gt(sz, all, LARGE - LARGE / 8));
	expect_end(&t);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
	talk_stop(&t);
	buf_clear(&gzip);
}

/* Of zeros behind the end nothing goes up, so the daemon holds nothing back. */
Test(upload, lets_others_have_their_turn)
{
	struct buf gzip = { 0 };
	struct talk t;
	int other, daemon;
	bool ended;

	make_bomb(&gzip, true);
	start_put(&t, gzip.len);
	cr_assert(eq(sz,
	    (size_t)send(t.client, buf_span(&gzip).at, gzip.len, 0), gzip.len));
	other = rig_client(&t.rig, 0);
	cr_assert(
	    eq(sz, (size_t)send(other, PING, strlen(PING), 0), strlen(PING)));
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	cr_expect(eq(int, oldest(&t)->exchange.upload, UPLOAD_FULL));
	daemon = rig_daemon(&t.rig);
	cr_assert(ne(int, daemon, -1));
	cases_same("another request", rig_hear(daemon, &ended), SPAN(PING_OUT));
	cr_expect(eq(int, oldest(&t)->exchange.upload, UPLOAD_FULL));
	expect_end(&t);
	close(other);
	close(daemon);
	talk_stop(&t);
	buf_clear(&gzip);
}

/* What came with the head waits there for the answer. */
Test(upload, lets_others_have_their_turn_with_its_first_bytes)
{
	static const char head[] =
	    PUT("", "", "web", "%2Fdata", "Transfer-Encoding: chunked\r\n");
	struct buf gzip = { 0 }, request = { 0 };
	struct talk t;

	make_bomb(&gzip, true);
	buf_add(&request, head, strlen(head));
	uploads_chunk(&request, buf_span(&gzip));
	talk_start(&t, profile);
	cr_assert(gt(int,
	    (int)send(t.client, buf_span(&request).at, request.len, 0), 0));
	rig_turn(&t.rig);
	talk_heard(&t, talk_daemon(&t), "GET /containers/web/json *");
	cr_assert(gt(int, (int)send(t.daemon, FOUND, strlen(FOUND), 0), 0));
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	cr_expect(eq(int, oldest(&t)->exchange.upload, UPLOAD_FULL));
	expect_end(&t);
	talk_stop(&t);
	buf_clear(&gzip);
	buf_clear(&request);
}

/* The daemon took the question, and takes no other connection for a while. */
Test(upload, waits_for_a_daemon_whose_backlog_is_full)
{
	static const char head[] =
	    PUT("", "", "web", "/data", "Transfer-Encoding: chunked\r\n");
	struct buf gzip = { 0 }, request = { 0 };
	struct talk t;
	int large;

	for (large = 0; large < 2; large++) {
		if (large)
			make_bomb(&gzip, true);
		else
			uploads_good(&gzip, SPAN("contents"));
		buf_add(&request, head, strlen(head));
		uploads_chunk(&request, buf_span(&gzip));
		talk_start(&t, profile);
		cr_assert(gt(int,
		    (int)send(t.client, buf_span(&request).at, request.len, 0),
		    0));
		rig_turn(&t.rig);
		talk_heard(&t, talk_daemon(&t), "GET /containers/web/json *");
		rig_listen_full(&t.rig);
		talk_say(&t, t.daemon, "HTTP/1.0 200 OK\r\n" FOUND_REST);
		cr_expect(eq(int, oldest(&t)->state, SESSION_CONNECT));
		cr_expect(eq(int, t.rig.server.doors[0].archives, !!large));
		cr_expect(eq(int, t.rig.server.doors[0].bodies, 0));
		cr_assert(ne(int, rig_daemon(&t.rig), -1));
		rig_wait(&t.rig, 3 * LIMIT_CONNECT_PAUSE);
		cr_expect(eq(int, oldest(&t)->state, SESSION_EXCHANGE));
		talk_daemon(&t);
		expect_end(&t);
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.client, PONG);
		cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
		talk_stop(&t);
		buf_clear(&gzip);
		buf_clear(&request);
	}
}

/* What is under way is not cut where the server goes. */
Test(upload, goes_on_when_the_server_drains)
{
	struct buf archive = { 0 };
	struct talk t;

	uploads_good(&archive, SPAN("contents"));
	start_put(&t, archive.len);
	server_drain(&t.rig.server);
	rig_say(&t.rig, t.client, buf_span(&archive));
	expect_end(&t);
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(&t, t.client, "HTTP/1.1 200 *Connection: close*OK");
	cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
	talk_stop(&t);
	buf_clear(&archive);
}

/* A client that goes while its archive waits takes it along. */
Test(upload, ends_with_a_client_that_goes_while_it_waits)
{
	struct buf gzip = { 0 };
	struct talk t;

	make_bomb(&gzip, false);
	start_put(&t, gzip.len);
	cr_assert(
	    gt(int, (int)send(t.client, buf_span(&gzip).at, 65536, 0), 0));
	rig_turn(&t.rig);
	cr_expect(gt(sz, oldest(&t)->daemon.out.len, 0));
	close(t.client);
	t.client = -1;
	rig_turn(&t.rig);
	cr_expect(t.rig.server.sessions == NULL);
	cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
	talk_stop(&t);
	buf_clear(&gzip);
}

Test(upload, goes_through_a_door_so_many_at_once)
{
	static const char request[] =
	    PUT("", "", "web", "%2Fdata", "Transfer-Encoding: chunked\r\n");
	int clients[LIMIT_ARCHIVES], daemons[LIMIT_ARCHIVES];
	struct talk t;
	size_t i;

	talk_start(&t, profile);
	for (i = 0; i < CASES(clients); i++) {
		clients[i] = rig_client(&t.rig, 0);
		talk_say(&t, clients[i], request);
		daemons[i] = rig_daemon(&t.rig);
		talk_say(&t, daemons[i], FOUND);
		talk_heard(&t, daemons[i], "GET *\r\n\r\nPUT *\r\n\r\n");
	}
	cr_expect(eq(int, t.rig.server.doors[0].archives, LIMIT_ARCHIVES));
	talk_say(&t, t.client, request);
	talk_heard(&t, talk_daemon(&t), "GET *\r\n\r\n");
	talk_say(&t, t.daemon, FOUND);
	talk_heard_last(&t, t.client, "HTTP/1.1 503 *\r\nRetry-After: 1\r\n*");
	talk_heard_last(&t, t.daemon, "");
	cr_expect(eq(int, t.rig.server.doors[0].archives, LIMIT_ARCHIVES));
	for (i = 0; i < CASES(clients); i++)
		close(clients[i]);
	for (i = 0; i < CASES(clients); i++)
		talk_heard_last(&t, daemons[i], "");
	cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
	talk_stop(&t);
}

/* Who may give root anyway is not asked, nor judged. */
Test(upload, is_a_plain_stream_where_it_is_root_equivalent)
{
	struct talk t;

	talk_start(&t, "[allow]\noperation = SystemPing\n"
		       "root-equivalent = PutContainerArchive\n");
	talk_say(&t, t.client,
	    PUT("", "", "web", "%2Fdata", "Content-Length: 4\r\n") "te");
	talk_heard(&t, talk_daemon(&t),
	    "PUT /containers/web/archive?path=%2Fdata HTTP/1.1\r\n"
	    "Host: docker\r\nContent-Type: application/x-tar\r\n"
	    "Content-Length: 4\r\n\r\nte");
	cr_expect(eq(int, t.rig.server.doors[0].archives, 0));
	talk_say(&t, t.client, "xt" PING);
	talk_heard(&t, t.daemon, "xt");
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_stop(&t);
}
