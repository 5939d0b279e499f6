/* SPDX-License-Identifier: MIT */
/* Those who watch, as the supervisor sees them: which worker is told what, and
 * when one is forgotten. Workers are sockets here, whose other ends the tests
 * have. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/watchers.h"
#include "tests/unit/cases.h"

static struct workers workers;
static struct watchers watchers;

static void
on_message(struct worker *worker, const struct message *message, void *context)
{
	(void)worker;
	(void)message;
	(void)context;
}

static void
begin(void)
{
	workers = (struct workers){ .on_message = on_message };
	workers.loop = ev_loop_new(EVFLAG_AUTO);
	ev_set_userdata(workers.loop, &workers);
	watchers_init(&watchers, &workers);
}

static void
finish(void)
{
	watchers_clear(&watchers);
	workers_clear(&workers);
	ev_loop_destroy(workers.loop);
}

static void
turn(void)
{
	int i;

	for (i = 0; i < 5; i++)
		ev_run(workers.loop, EVRUN_NOWAIT);
}

/* A worker's own end. */
static int
add_worker(enum worker_state state)
{
	int fds[2], memory = memfd_create("counters", MFD_CLOEXEC);
	struct worker *worker;

	cr_assert(ftruncate(memory, 4096) == 0);
	cr_assert(message_pair(fds) == 0);
	worker = workers_take(
	    &workers, 1, fds[0], memory, 0, calloc(1, sizeof(char *)), 0);
	cr_assert(worker != NULL);
	worker->state = state;
	return fds[1];
}

/* The client's end of one that watches, which has had its head. */
static int
watch(const char *profile)
{
	char bytes[8];
	int ends[2];

	cr_assert(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	cr_assert(watchers_add(&watchers, ends[0], profile, SPAN("head")));
	close(ends[0]);
	cr_assert(eq(int, (int)recv(ends[1], bytes, sizeof(bytes), 0), 4));
	return ends[1];
}

/* What a worker is told; its descriptor, or -1. */
static int
told(int worker, enum message_type type, struct message_watch *watched)
{
	struct message message;

	cr_assert(eq(int, message_receive(worker, &message), MESSAGE_SOME));
	cr_expect(eq(int, message.type, type));
	cr_assert(eq(sz, message.len, sizeof(*watched)));
	memcpy(watched, message.content, sizeof(*watched));
	return message.fd;
}

static void
quiet(int worker)
{
	struct message message;

	cr_expect(eq(int, message_receive(worker, &message), MESSAGE_NONE));
}

Test(watchers, are_made_known_to_those_who_serve)
{
	struct message_watch first, again;
	int starting, serving, client, fd;
	char byte;

	begin();
	starting = add_worker(WORKER_STARTING);
	serving = add_worker(WORKER_SERVING);
	client = watch("web");
	fd = told(serving, MESSAGE_WATCH, &first);
	cr_expect(eq(str, (char *)first.profile, "web"));
	/* It is the same connection. */
	cr_assert(send(fd, "x", 1, 0) == 1);
	cr_expect(eq(int, (int)recv(client, &byte, 1, 0), 1));
	close(fd);
	quiet(starting);
	/* The one that was taken last is the first in the list. */
	workers.list->next->state = WORKER_SERVING;
	watchers_introduce(&watchers, workers.list->next);
	fd = told(starting, MESSAGE_WATCH, &again);
	cr_expect(ne(int, fd, -1));
	close(fd);
	cr_expect(eq(u64, again.number, first.number));
	cr_expect(eq(str, (char *)again.profile, "web"));
	quiet(serving);
	close(client);
	turn();
	cr_expect(eq(int, told(serving, MESSAGE_UNWATCH, &again), -1));
	cr_expect(eq(u64, again.number, first.number));
	cr_expect(eq(int, told(starting, MESSAGE_UNWATCH, &again), -1));
	watchers_introduce(&watchers, workers.list);
	quiet(serving);
	finish();
}

Test(watchers, have_a_limit_and_numbers_of_their_own)
{
	struct message_watch watched;
	int clients[LIMIT_WATCHERS], worker, i, ends[2];
	char byte;

	begin();
	worker = add_worker(WORKER_SERVING);
	for (i = 0; i < LIMIT_WATCHERS; i++) {
		clients[i] = watch("");
		close(told(worker, MESSAGE_WATCH, &watched));
		cr_expect(eq(u64, watched.number, (uint64_t)i));
	}
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	cr_expect(not(watchers_add(&watchers, ends[0], "", SPAN("head"))));
	close(ends[0]);
	/* No copy is left. */
	cr_expect(eq(int, (int)recv(ends[1], &byte, 1, 0), 0));
	quiet(worker);
	close(clients[3]);
	turn();
	cr_expect(eq(int, told(worker, MESSAGE_UNWATCH, &watched), -1));
	cr_expect(eq(u64, watched.number, 3));
	clients[3] = watch("");
	close(told(worker, MESSAGE_WATCH, &watched));
	cr_expect(eq(u64, watched.number, LIMIT_WATCHERS));
	finish();
	for (i = 0; i < LIMIT_WATCHERS; i++) {
		cr_expect(eq(int, (int)recv(clients[i], &byte, 1, 0), 0));
		close(clients[i]);
	}
}

/* As "nc -N" does. */
Test(watchers, may_end_their_own_side)
{
	struct message_watch watched;
	int client, worker;

	begin();
	worker = add_worker(WORKER_SERVING);
	client = watch("");
	close(told(worker, MESSAGE_WATCH, &watched));
	cr_assert(send(client, "what?", 5, 0) == 5);
	shutdown(client, SHUT_WR);
	turn();
	watchers_sweep(&watchers);
	quiet(worker);
	close(client);
	turn();
	watchers_sweep(&watchers);
	cr_expect(eq(int, told(worker, MESSAGE_UNWATCH, &watched), -1));
	finish();
}

/* Also where workers still have their connections. */
Test(watchers, are_hung_up_on)
{
	struct message_watch watched;
	int client, worker, fd;
	char byte;

	begin();
	worker = add_worker(WORKER_SERVING);
	client = watch("");
	fd = told(worker, MESSAGE_WATCH, &watched);
	watchers_clear(&watchers);
	cr_expect(eq(int, (int)recv(client, &byte, 1, 0), 0));
	cr_expect(eq(int, (int)send(fd, "x", 1, MSG_NOSIGNAL), -1));
	cr_expect(eq(int, errno, EPIPE));
	close(fd);
	close(client);
	finish();
}
