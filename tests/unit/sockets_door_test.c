/* SPDX-License-Identifier: MIT */
/* Doors: who is let in, how many, and what happens when descriptors run
 * out. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/talk.h"

enum {
	TURNED_AWAY_MAX = 64 /* door.c's */
};

/* Connect to the door's socket. */
static int
knock(struct talk *t)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", t->rig.door);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cr_assert(ne(int, fd, -1));
	cr_assert(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* A talk whose client came through the door. */
static void
start(struct talk *t, const char *profile)
{
	talk_start(t, profile);
	close(t->client);
	rig_turn(&t->rig);
	t->client = knock(t);
	rig_turn(&t->rig);
}

Test(door, serves_whoever_connects)
{
	struct talk t;

	start(&t, "[allow]\noperation = SystemPing\n");
	cr_expect(eq(int, t.rig.server.doors[0].connections, 1));
	cr_expect(eq(int, t.rig.server.sessions->peer.pid, getpid()));
	cr_expect(eq(int, t.rig.server.sessions->peer.uid, getuid()));
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	talk_stop(&t);
}

Test(door, is_closed_to_peers_that_it_is_not_for)
{
	struct talk t;

	start(&t, "[allow]\noperation = SystemPing\n"
		  "[socket]\npeers = uid:4294967294\n");
	talk_say(&t, t.client, PING);
	talk_heard_last(&t, t.client, "HTTP/1.1 403 *not for you*");
	cr_expect(eq(int, rig_daemon(&t.rig), -1));
	talk_stop(&t);
}

Test(door, turns_away_more_clients_than_it_may_have)
{
	static const char profile[] = "[allow]\noperation = SystemPing\n"
				      "[limits]\nconnections = 2\n";
	struct talk t;
	int second, third, last, i;

	start(&t, profile);
	second = knock(&t);
	third = knock(&t);
	talk_say(&t, third, PING);
	talk_heard_last(&t, third,
	    "HTTP/1.1 429 *\r\nRetry-After: 1\r\n*too many connections*");
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_say(&t, second, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);

	/* Far beyond, nothing is said. */
	for (i = 1; i < TURNED_AWAY_MAX; i++)
		knock(&t);
	last = knock(&t);
	talk_heard_last(&t, last, "");
	cr_expect(eq(int, t.rig.server.doors[0].connections, 2));
	cr_expect(eq(int, t.rig.server.doors[0].turned_away, TURNED_AWAY_MAX));

	/* Who goes makes room. */
	close(second);
	close(third);
	rig_turn(&t.rig);
	while (t.rig.server.doors[0].connections > 1)
		rig_fire(&t.rig);
	second = knock(&t);
	talk_say(&t, second, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}

Test(door, waits_a_moment_when_there_are_no_descriptors)
{
	struct rlimit limit, none;
	struct talk t;

	start(&t, "[allow]\noperation = SystemPing\n");
	close(t.client);
	rig_turn(&t.rig);
	t.client = knock(&t);
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
	rig_turn(&t.rig);
	/* It does not try all the time. */
	cr_expect(eq(int, t.rig.server.doors[0].io.active, 0));
	rig_wait(&t.rig, 1.5 * LIMIT_ACCEPT_PAUSE);
	cr_expect(eq(int, t.rig.server.doors[0].io.active, 0));
	cr_expect(t.rig.server.sessions == NULL);
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	rig_wait(&t.rig, 1.5 * LIMIT_ACCEPT_PAUSE);
	talk_say(&t, t.client, PING);
	talk_heard(&t, talk_daemon(&t), PING_OUT);
	talk_stop(&t);
}
