/* SPDX-License-Identifier: MIT */
/* Doors and sessions of one process. */

#include <stdlib.h>

#include "sockets/door.h"
#include "sockets/hangup.h"
#include "sockets/server.h"
#include "sockets/session.h"

static void
on_pause_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct server *server = timer->data;
	size_t i;

	(void)loop;
	(void)revents;
	for (i = 0; i < server->doors_len; i++)
		door_accepts(&server->doors[i], true);
}

void
server_pause(struct server *server)
{
	size_t i;

	for (i = 0; i < server->doors_len; i++)
		door_accepts(&server->doors[i], false);
	if (!ev_is_active(&server->accept_pause)) {
		ev_timer_set(&server->accept_pause, LIMIT_ACCEPT_PAUSE, 0.);
		ev_timer_start(server->loop, &server->accept_pause);
	}
}

int
server_init(struct server *server, struct ev_loop *loop,
    const struct policy *policy, const int *fds, struct err *err)
{
	size_t i;

	server->loop = loop;
	server->policy = policy;
	server->sessions = NULL;
	server->doors_len = policy->profiles_len;
	server->doors = calloc(server->doors_len, sizeof(*server->doors));
	server->scratch = calloc(1, sizeof(*server->scratch));
	if (server->doors == NULL || server->scratch == NULL)
		return err_set(err, 0, "out of memory");
	if (hangup_init(server, err) == -1)
		return -1;
	ev_init(&server->accept_pause, on_pause_end);
	server->accept_pause.data = server;
	for (i = 0; i < server->doors_len; i++)
		door_open(
		    &server->doors[i], server, &policy->profiles[i], fds[i]);
	return 0;
}

void
server_clear(struct server *server)
{
	size_t i;

	while (server->sessions != NULL)
		session_free(server->sessions);
	for (i = 0; i < server->doors_len; i++)
		door_close(&server->doors[i]);
	ev_timer_stop(server->loop, &server->accept_pause);
	hangup_clear(server);
	free(server->doors);
	free(server->scratch);
}
