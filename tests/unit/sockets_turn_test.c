/* SPDX-License-Identifier: MIT */
/* Requests that come all at once: a client has its turn, and then others have
 * theirs; none is lost, and all are answered in their order. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets/handover.h"
#include "tests/unit/talk.h"

enum {
	TURN = 4, /* requests in one */
	MANY = 18
};

static const char profile[] = "[allow]\noperation = SystemPing\n";

#define STOP "POST /containers/c%02d/stop HTTP/1.1\r\nHost: x\r\n\r\n"

/* Send many requests, each for another container, as one piece; the server
 * does not run. */
static void
send_many(int fd)
{
	char memory[MANY * sizeof(STOP)], *at = memory;
	int i;

	for (i = 0; i < MANY; i++)
		at += snprintf(at, sizeof(STOP), STOP, i);
	cr_assert(eq(sz, (size_t)send(fd, memory, (size_t)(at - memory), 0),
	    (size_t)(at - memory)));
}

/* How many denials came, which name containers from the first on. */
static int
denials(int fd, int first)
{
	char name[32];
	struct span heard;
	const char *at;
	bool ended;
	int count = 0;

	heard = rig_hear(fd, &ended);
	cr_expect(not(ended));
	for (;;) {
		snprintf(name, sizeof(name), "/containers/c%02d/stop)",
		    first + count);
		at = memmem(heard.at, heard.len, name, strlen(name));
		if (at == NULL)
			return count;
		heard.len -= (size_t)(at + strlen(name) - heard.at);
		heard.at = at + strlen(name);
		count++;
	}
}

Test(turn, ends_after_a_few_requests)
{
	struct talk t;
	int other;

	talk_start(&t, profile);
	other = rig_client(&t.rig, 0);
	send_many(t.client);
	cr_assert(eq(
	    int, (int)send(other, PING, strlen(PING), 0), (int)strlen(PING)));
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	cr_expect(eq(int, denials(t.client, 0), TURN));
	/* The other's went up meanwhile. */
	talk_daemon(&t);
	rig_turn(&t.rig);
	talk_heard(&t, t.daemon, PING_OUT);
	rig_wait(&t.rig, .1);
	cr_expect(eq(int, denials(t.client, TURN), MANY - TURN));
	close(other);
	talk_stop(&t);
}

Test(turn, passes_to_the_daemon_in_between)
{
	struct talk t;

	talk_start(&t, profile);
	send_many(t.client);
	talk_say(&t, t.client, PING);
	rig_wait(&t.rig, .1);
	cr_expect(eq(int, denials(t.client, 0), MANY));
	talk_daemon(&t);
	talk_heard(&t, t.daemon, PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(turn, ends_with_a_client_that_has_gone)
{
	struct talk t;

	talk_start(&t, profile);
	send_many(t.client);
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	close(t.client);
	t.client = -1;
	rig_wait(&t.rig, .1);
	cr_expect(zero(ptr, t.rig.server.sessions));
	talk_stop(&t);
}

/* What was not judged yet is for the server that takes the place of this. */
Test(turn, goes_on_elsewhere)
{
	struct talk old, new;
	int channel[2];

	talk_start(&old, profile);
	talk_start(&new, profile);
	send_many(old.client);
	ev_run(old.rig.loop, EVRUN_NOWAIT);
	cr_expect(eq(int, denials(old.client, 0), TURN));
	cr_assert(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, channel) == 0);
	server_adopt(&new.rig.server, channel[1]);
	server_retire(&old.rig.server, channel[0]);
	rig_wait(&old.rig, .05);
	cr_expect(zero(ptr, old.rig.server.sessions));
	rig_wait(&new.rig, .1);
	cr_expect(eq(int, denials(old.client, TURN), MANY - TURN));
	talk_stop(&new);
	talk_stop(&old);
}

/* The last requests of a client are served, if nobody comes after this. */
Test(turn, is_not_cut_short_by_the_end)
{
	struct talk t;

	talk_start(&t, profile);
	send_many(t.client);
	ev_run(t.rig.loop, EVRUN_NOWAIT);
	cr_expect(eq(int, denials(t.client, 0), TURN));
	server_drain(&t.rig.server);
	rig_turn(&t.rig);
	talk_heard_last(&t, t.client,
	    "HTTP/1.1 403 Forbidden\r\n*Connection: close\r\n*c04/stop)*");
	talk_stop(&t);
}
