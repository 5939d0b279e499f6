/* SPDX-License-Identifier: MIT */
/* Clients that are asked about before they are served. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"
#include "tests/unit/talk.h"

static const char profile[] = "[allow]\noperation = SystemPing\n";

#define ID   "4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f"
#define INFO "GET /info HTTP/1.1\r\nHost: x\r\n\r\n"

/* A server, and the questions that it asked. */
static struct {
	struct rig rig;
	uint64_t tickets[2 * LIMIT_NEWCOMERS];
	size_t asked;
	bool deaf; /* nobody can be asked */
} desk;

static bool
on_ask(void *context, uint64_t ticket, pid_t pid, int pidfd)
{
	cr_assert(context == &desk);
	cr_expect(eq(int, pid, getpid()));
	(void)pidfd;
	if (desk.deaf)
		return false;
	desk.tickets[desk.asked++] = ticket;
	return true;
}

static void
begin(void)
{
	memset(&desk, 0, sizeof(desk));
	rig_start(&desk.rig, profile);
	desk.rig.server.newcomers.ask = on_ask;
	desk.rig.server.newcomers.context = &desk;
}

static int
come(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, desk.rig.door);
	cr_assert(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	rig_turn(&desk.rig);
	return fd;
}

/* It asks, and is served. */
static void
is_served(int fd, const char *container)
{
	const struct session *s;
	struct span heard;
	bool ended;

	rig_say(&desk.rig, fd, SPAN(INFO));
	heard = rig_hear(fd, &ended);
	cr_expect(span_starts(heard, SPAN("HTTP/1.1 403 ")));
	s = desk.rig.server.sessions;
	if (container == NULL)
		cr_expect(s->container == NULL);
	else
		cr_expect(eq(str, s->container, (char *)container));
}

static bool
waits(int fd)
{
	bool ended;

	rig_say(&desk.rig, fd, SPAN(INFO));
	return rig_hear(fd, &ended).len == 0 && !ended;
}

Test(newcomer, is_served_when_it_is_known)
{
	int fd;

	begin();
	fd = come();
	cr_expect(eq(sz, desk.asked, 1));
	cr_expect(waits(fd));
	cr_expect(desk.rig.server.sessions == NULL);
	/* Another one's answer, and one too late. */
	newcomer_known(&desk.rig.server, desk.tickets[0] + 1, ID);
	cr_expect(waits(fd));
	newcomer_known(&desk.rig.server, desk.tickets[0], ID);
	newcomer_known(&desk.rig.server, desk.tickets[0], ID);
	rig_turn(&desk.rig);
	is_served(fd, ID);
	cr_expect(eq(sz, desk.asked, 1));
	close(fd);
	rig_stop(&desk.rig);
}

Test(newcomer, may_be_in_no_container)
{
	int fd;

	begin();
	fd = come();
	newcomer_known(&desk.rig.server, desk.tickets[0], "");
	is_served(fd, NULL);
	close(fd);
	rig_stop(&desk.rig);
}

Test(newcomer, does_not_wait_for_long)
{
	int fd;

	begin();
	fd = come();
	rig_wait(&desk.rig, 1.5 * LIMIT_NEWCOMER_SECONDS);
	is_served(fd, NULL);
	close(fd);
	rig_stop(&desk.rig);
}

Test(newcomer, does_not_wait_where_nobody_can_be_asked)
{
	int fd;

	begin();
	desk.deaf = true;
	fd = come();
	is_served(fd, NULL);
	close(fd);
	desk.rig.server.newcomers.ask = NULL;
	fd = come();
	is_served(fd, NULL);
	close(fd);
	rig_stop(&desk.rig);
}

Test(newcomer, finds_no_place_where_too_many_wait)
{
	int fds[LIMIT_NEWCOMERS + 1], i;

	begin();
	for (i = 0; i <= LIMIT_NEWCOMERS; i++)
		fds[i] = come();
	cr_expect(eq(sz, desk.asked, LIMIT_NEWCOMERS));
	is_served(fds[LIMIT_NEWCOMERS], NULL);
	for (i = 0; i < LIMIT_NEWCOMERS; i++)
		newcomer_known(&desk.rig.server, desk.tickets[i], ID);
	for (i = 0; i <= LIMIT_NEWCOMERS; i++)
		close(fds[i]);
	rig_turn(&desk.rig);
	cr_expect(desk.rig.server.sessions == NULL);
	rig_stop(&desk.rig);
}

Test(newcomer, goes_over_with_the_others)
{
	int fd, channel[2], before;
	bool ended;

	begin();
	fd = come();
	cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
		      channel) == 0);
	server_retire(&desk.rig.server, channel[0]);
	rig_turn(&desk.rig);
	cr_expect(desk.rig.server.newcomers.list == NULL);
	cr_expect(server_is_empty(&desk.rig.server));
	cr_expect(eq(int, (int)recv(channel[1], &before, 1, 0), 1));
	rig_hear(fd, &ended);
	close(fd);
	close(channel[1]);
	rig_stop(&desk.rig);
}

Test(newcomer, is_hung_up_on_at_the_end)
{
	bool ended;
	int fd;

	begin();
	fd = come();
	rig_stop(&desk.rig);
	rig_hear(fd, &ended);
	cr_expect(ended);
	close(fd);
}
