/* SPDX-License-Identifier: MIT */
/* A client that has ended its own stream may still wait for an answer, and
 * one that was read from far enough may still be there. Only EPOLLHUP tells
 * such a client from one that is gone; but libev reports it only to those who
 * want to read or write. So a second epoll(7), which is watched by the loop
 * like any descriptor, waits for that and nothing else. */

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sockets/door.h"
#include "sockets/hangup.h"
#include "sockets/session.h"

/* One at a time: serving one may free another, whose event is then gone. */
static void
on_hangup(struct ev_loop *loop, ev_io *io, int revents)
{
	struct epoll_event event;

	(void)loop;
	(void)revents;
	while (epoll_wait(io->fd, &event, 1, 0) == 1)
		session_on_hangup(event.data.ptr);
}

int
hangup_init(struct server *server, struct err *err)
{
	int fd;

	if ((fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return err_set(err, errno, "epoll");
	ev_io_init(&server->hangups, on_hangup, fd, EV_READ);
	ev_io_start(server->loop, &server->hangups);
	return 0;
}

void
hangup_clear(struct server *server)
{
	ev_io_stop(server->loop, &server->hangups);
	close(server->hangups.fd);
}

void
hangup_watch(struct session *s, bool yes)
{
	struct epoll_event event = { .events = EPOLLET };

	if (s->hangup_watched == yes)
		return;
	event.data.ptr = s;
	if (epoll_ctl(s->door->server->hangups.fd,
		yes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->client.io.fd,
		&event) == 0)
		s->hangup_watched = yes;
}

bool
hangup_is(int fd)
{
	struct pollfd poll_fd = { .fd = fd };

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLHUP) != 0;
}
