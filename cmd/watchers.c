/* SPDX-License-Identifier: MIT */
/* The supervisor's list of those who watch. It sends them nothing but the head
 * of their answer: what they see comes from the workers. Each keeps its place
 * over reloads and the death of workers. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/watchers.h"
#include "sockets/hangup.h"

enum {
	/* Of what a worker sends in one piece there is always room for some. */
	SEND_BUFFER = 256 * 1024
};

static void
tell(const struct watching *one, const struct worker *worker,
    enum message_type type, int fd)
{
	struct message_watch watch = { .number = one->number };

	memcpy(watch.profile, one->profile, sizeof(watch.profile));
	/* One that does not read is found out by others. */
	if (worker->state >= WORKER_SERVING)
		message_send(worker->io.fd, type, &watch, sizeof(watch), fd);
}

static void
drop(struct watching *one)
{
	const struct workers *workers = one->watchers->workers;
	const struct worker *worker;

	for (worker = workers->list; worker != NULL; worker = worker->next)
		tell(one, worker, MESSAGE_UNWATCH, -1);
	ev_io_stop(workers->loop, &one->io);
	close(one->io.fd);
	ev_io_set(&one->io, -1, EV_READ);
}

/* What it says is of no interest. One that has ended its own side may still
 * read. */
static void
on_watcher(struct ev_loop *loop, ev_io *io, int revents)
{
	struct watching *one = io->data;
	char bytes[1024];
	ssize_t n;

	(void)revents;
	n = recv(io->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	if (n == -1 || hangup_is(io->fd))
		drop(one);
	else
		ev_io_stop(loop, io);
}

void
watchers_init(struct watchers *watchers, struct workers *workers)
{
	size_t i;

	*watchers = (struct watchers){ .workers = workers };
	for (i = 0; i < LIMIT_WATCHERS; i++) {
		watchers->list[i].watchers = watchers;
		ev_io_init(&watchers->list[i].io, on_watcher, -1, EV_READ);
		watchers->list[i].io.data = &watchers->list[i];
	}
}

bool
watchers_add(
    struct watchers *watchers, int fd, const char *profile, struct span head)
{
	const struct worker *worker;
	struct watching *one = NULL;
	const int size = SEND_BUFFER;
	size_t i;
	int copy;

	for (i = 0; i < LIMIT_WATCHERS && one == NULL; i++)
		if (watchers->list[i].io.fd == -1)
			one = &watchers->list[i];
	if (one == NULL || strlen(profile) >= sizeof(one->profile) ||
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1)
		return false;
	/* Without it, the system's own size will do as well. */
	setsockopt(copy, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ev_io_set(&one->io, copy, EV_READ);
	ev_io_start(watchers->workers->loop, &one->io);
	one->number = watchers->numbers++;
	memset(one->profile, 0, sizeof(one->profile));
	memcpy(one->profile, profile, strlen(profile));
	if (send(copy, head.at, head.len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)head.len) {
		drop(one);
		return true;
	}
	for (worker = watchers->workers->list; worker != NULL;
	     worker = worker->next)
		tell(one, worker, MESSAGE_WATCH, copy);
	return true;
}

void
watchers_introduce(struct watchers *watchers, const struct worker *worker)
{
	size_t i;

	for (i = 0; i < LIMIT_WATCHERS; i++)
		if (watchers->list[i].io.fd != -1)
			tell(&watchers->list[i], worker, MESSAGE_WATCH,
			    watchers->list[i].io.fd);
}

void
watchers_sweep(struct watchers *watchers)
{
	struct watching *one;
	size_t i;

	for (i = 0; i < LIMIT_WATCHERS; i++) {
		one = &watchers->list[i];
		if (one->io.fd != -1 && hangup_is(one->io.fd))
			drop(one);
	}
}

void
watchers_clear(struct watchers *watchers)
{
	size_t i;

	for (i = 0; i < LIMIT_WATCHERS; i++) {
		if (watchers->list[i].io.fd == -1)
			continue;
		shutdown(watchers->list[i].io.fd, SHUT_RDWR);
		drop(&watchers->list[i]);
	}
}
