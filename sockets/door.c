/* SPDX-License-Identifier: MIT */
/* Accepting. A door whose profile has its fill of connections still answers,
 * so that the client learns why; far beyond that it hangs up. */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/clock.h"
#include "sockets/door.h"
#include "sockets/record.h"
#include "sockets/server.h"
#include "sockets/session.h"

/* How many are told so. */
enum {
	TURNED_AWAY_MAX = 64
};

void
door_admit(
    struct door *door, int fd, const struct peer *peer, const char *container)
{
	const struct profile *profile = door->profile;
	unsigned turned_away = 0;

	if (!peer_may_enter(peer, fd, &profile->door))
		turned_away = 403;
	else if (door->connections >= profile->connections)
		turned_away = 429;
	if (turned_away != 0)
		door_count_turned_away(door, turned_away);
	if (turned_away != 0 && door->turned_away >= TURNED_AWAY_MAX)
		close(fd);
	else
		session_open(door, fd, peer, container, turned_away);
}

static void
admit(struct door *door, int fd)
{
	const struct peer peer = peer_of(fd);

	counter_add(&door->counters->connections, 1);
	if (!newcomer_waits(door, fd, &peer, false, "", 0))
		door_admit(door, fd, &peer, NULL);
}

static void
on_connection(struct ev_loop *loop, ev_io *io, int revents)
{
	struct door *door = io->data;
	int fd, i;

	(void)loop;
	(void)revents;
	for (i = 0; i < LIMIT_ACCEPT_BURST; i++) {
		fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			admit(door, fd);
			continue;
		}
		switch (errno) {
		case EINTR:
		case ECONNABORTED:
			continue;
		case EAGAIN:
			return;
		default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
			server_pause(door->server);
			return;
		}
	}
}

void
door_open(struct door *door, struct server *server,
    const struct profile *profile, int fd, struct counters *counters,
    struct details *details)
{
	*door = (struct door){ .server = server,
		.profile = profile,
		.counters = counters,
		.details = details };
	rate_init(&door->rate, profile->requests, clock_now());
	ev_io_init(&door->io, on_connection, fd, EV_READ);
	door->io.data = door;
	record_init(door);
}

void
door_count_turned_away(struct door *door, unsigned status)
{
	counter_add(&door->counters->turned_away, 1);
	details_count_refusal(door->details,
	    status == 429 ? REFUSAL_TOO_MANY_CONNECTIONS : REFUSAL_PEER);
}

void
door_close(struct door *door)
{
	door_accepts(door, false);
	record_clear(door);
	if (door->io.fd != -1)
		close(door->io.fd);
	ev_io_set(&door->io, -1, EV_READ);
}

void
door_accepts(struct door *door, bool yes)
{
	if (yes && door->io.fd != -1)
		ev_io_start(door->server->loop, &door->io);
	else
		ev_io_stop(door->server->loop, &door->io);
}
