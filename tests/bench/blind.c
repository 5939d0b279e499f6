/* SPDX-License-Identifier: MIT */
/* The least that a proxy in user space can do, to be compared with: accept,
 * connect, and copy bytes both ways without a look at them, in one thread.
 *
 * blind LISTEN CONNECT
 *
 * Per direction, a message is one epoll_wait, one recv and one send. */

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/net.h"

enum {
	BUFFER = 64 * 1024,
	EVENTS = 256
};

/* One end of a connection. What it could not take waits with it. */
struct end {
	int fd;
	uint32_t events;
	bool ended; /* it sends no more */
	char *waiting;
	size_t at;
	size_t len;
	struct end *other;
	struct end *next_dead;
};

static char buffer[BUFFER];
static int epoll;
static struct end *dead; /* until the events that were fetched are done */

/* Who waits for nothing is not watched: a peer that is gone would be told of
 * over and over. */
static void
want(struct end *end, uint32_t events)
{
	int how = events == 0	     ? EPOLL_CTL_DEL
		  : end->events == 0 ? EPOLL_CTL_ADD
				     : EPOLL_CTL_MOD;

	if (end->events == events)
		return;
	net_watch(epoll, how, end->fd, events, end);
	end->events = events;
}

static void
hang_up(struct end *end)
{
	if (end->fd == -1)
		return;
	close(end->fd);
	close(end->other->fd);
	end->fd = end->other->fd = -1;
	end->next_dead = end->other;
	end->other->next_dead = dead;
	dead = end;
}

static void
bury(void)
{
	struct end *end;

	while ((end = dead) != NULL) {
		dead = end->next_dead;
		free(end->waiting);
		free(end);
	}
}

static void
arm(struct end *end)
{
	uint32_t events = end->len > 0 ? EPOLLOUT : 0;

	if (!end->ended && end->other->len == 0)
		events |= EPOLLIN;
	want(end, events);
}

static void
let_wait(struct end *end, const char *bytes, size_t len)
{
	if (end->waiting == NULL && (end->waiting = malloc(BUFFER)) == NULL)
		err(1, "malloc");
	memcpy(end->waiting, bytes, len);
	end->at = 0;
	end->len = len;
}

static void
on_end_of_stream(struct end *end)
{
	end->ended = true;
	if (end->other->ended) {
		hang_up(end);
		return;
	}
	shutdown(end->other->fd, SHUT_WR);
	arm(end);
}

static void
on_bytes(struct end *end)
{
	ssize_t got, sent;

	if ((got = recv(end->fd, buffer, sizeof(buffer), 0)) == -1) {
		if (errno != EAGAIN)
			hang_up(end);
		return;
	}
	if (got == 0) {
		on_end_of_stream(end);
		return;
	}
	sent = send(end->other->fd, buffer, (size_t)got, MSG_NOSIGNAL);
	if (sent == got)
		return;
	if (sent == -1 && errno != EAGAIN) {
		hang_up(end);
		return;
	}
	if (sent == -1)
		sent = 0;
	let_wait(end->other, buffer + sent, (size_t)(got - sent));
	arm(end->other);
	arm(end);
}

static void
on_room(struct end *end)
{
	ssize_t sent;

	sent = send(end->fd, end->waiting + end->at, end->len, MSG_NOSIGNAL);
	if (sent == -1) {
		if (errno != EAGAIN)
			hang_up(end);
		return;
	}
	end->at += (size_t)sent;
	end->len -= (size_t)sent;
	if (end->len == 0) {
		free(end->waiting);
		end->waiting = NULL;
		arm(end);
		arm(end->other);
	}
}

static struct end *
end_new(int fd)
{
	struct end *end = calloc(1, sizeof(*end));

	if (end == NULL)
		err(1, "calloc");
	end->fd = fd;
	return end;
}

static void
admit(int client, const char *upstream)
{
	int daemon = net_connect(upstream, SOCK_NONBLOCK);
	struct end *a, *b;

	if (daemon == -1) {
		warn("%s", upstream);
		close(client);
		return;
	}
	a = end_new(client);
	b = end_new(daemon);
	a->other = b;
	b->other = a;
	want(a, EPOLLIN);
	want(b, EPOLLIN);
}

static void
on_event(const struct epoll_event *event)
{
	struct end *end = event->data.ptr;

	if (end->fd != -1 && (event->events & EPOLLOUT) != 0)
		on_room(end);
	if (end->fd != -1 && (event->events & EPOLLIN) != 0 &&
	    (end->events & EPOLLIN) != 0)
		on_bytes(end);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	int listener, client, i, n;

	if (argc != 3) {
		fprintf(stderr, "usage: blind LISTEN CONNECT\n");
		return 2;
	}
	epoll = net_epoll();
	listener = net_listen(argv[1]);
	net_watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr != NULL) {
				on_event(&events[i]);
				continue;
			}
			client = accept4(
			    listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (client != -1)
				admit(client, argv[2]);
		}
		bury();
	}
}
