/* SPDX-License-Identifier: MIT */
/* Clients that wait to be known. Nothing is read from them meanwhile. Whoever
 * floods a door must find no place here to wait in: there are few, and those
 * who find none are served without being known. */

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/limits.h"
#include "sockets/door.h"
#include "sockets/newcomer.h"
#include "sockets/server.h"
#include "sockets/session.h"

struct newcomer {
	struct newcomer *next;
	struct door *door;
	uint64_t ticket;
	int fd;
	struct peer peer;
	bool adopted;
	struct buf held;
	ev_timer timer;
};

static void
forget(struct newcomer *newcomer)
{
	struct newcomers *all = &newcomer->door->server->newcomers;
	struct newcomer **at = &all->list;

	while (*at != newcomer)
		at = &(*at)->next;
	*at = newcomer->next;
	all->len--;
	ev_timer_stop(newcomer->door->server->loop, &newcomer->timer);
	buf_clear(&newcomer->held);
	free(newcomer);
}

/* The connection goes on where it would have begun. */
static void
serve(struct newcomer *newcomer, const char *container)
{
	struct span held = buf_span(&newcomer->held);

	if (container != NULL && *container == '\0')
		container = NULL;
	if (newcomer->adopted)
		session_adopt(
		    newcomer->door, newcomer->fd, container, held.at, held.len);
	else
		door_admit(
		    newcomer->door, newcomer->fd, &newcomer->peer, container);
	forget(newcomer);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	serve(timer->data, NULL);
}

/* Whether somebody can be asked about it. */
static bool
ask(struct newcomers *all, const struct newcomer *newcomer)
{
	int pidfd = peer_pidfd(newcomer->fd);
	bool asked;

	/* Its process is gone: another one may have its number. */
	if (pidfd == -1 && errno != ENOPROTOOPT)
		return false;
	asked =
	    all->ask(all->context, newcomer->ticket, newcomer->peer.pid, pidfd);
	if (pidfd != -1)
		close(pidfd);
	return asked;
}

bool
newcomer_waits(struct door *door, int fd, const struct peer *peer, bool adopted,
    const char *held, size_t len)
{
	struct server *server = door->server;
	struct newcomers *all = &server->newcomers;
	struct newcomer *newcomer;

	if (all->ask == NULL || server->state != SERVER_SERVING ||
	    peer->pid <= 0 || all->len == LIMIT_NEWCOMERS ||
	    (newcomer = calloc(1, sizeof(*newcomer))) == NULL)
		return false;
	newcomer->door = door;
	newcomer->fd = fd;
	newcomer->peer = *peer;
	newcomer->adopted = adopted;
	newcomer->ticket = all->asked++;
	ev_timer_init(&newcomer->timer, on_timer, LIMIT_NEWCOMER_SECONDS, 0.);
	newcomer->timer.data = newcomer;
	if (!buf_add(&newcomer->held, held, len) || !ask(all, newcomer)) {
		buf_clear(&newcomer->held);
		free(newcomer);
		return false;
	}
	newcomer->next = all->list;
	all->list = newcomer;
	all->len++;
	ev_timer_start(server->loop, &newcomer->timer);
	return true;
}

void
newcomer_known(struct server *server, uint64_t ticket, const char *container)
{
	struct newcomer *newcomer = server->newcomers.list;

	while (newcomer != NULL && newcomer->ticket != ticket)
		newcomer = newcomer->next;
	if (newcomer != NULL)
		serve(newcomer, container);
}

void
newcomer_serve_all(struct server *server)
{
	while (server->newcomers.list != NULL)
		serve(server->newcomers.list, NULL);
}

void
newcomer_clear(struct server *server)
{
	while (server->newcomers.list != NULL) {
		close(server->newcomers.list->fd);
		forget(server->newcomers.list);
	}
}
