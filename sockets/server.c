/* SPDX-License-Identifier: MIT */
/* Doors and sessions of one process, and how they come to their end. */

#include <stdlib.h>
#include <string.h>

#include "sockets/door.h"
#include "sockets/handover.h"
#include "sockets/hangup.h"
#include "sockets/server.h"
#include "sockets/session.h"
#include "sockets/watch.h"

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
    const struct policy *policy, const int *fds, struct counters *counters,
    struct details *details, struct err *err)
{
	size_t i;

	server->state = SERVER_READY;
	server->loop = loop;
	server->policy = policy;
	server->sessions = NULL;
	server->channels = NULL;
	server->doors_len = policy->profiles_len;
	server->doors = calloc(server->doors_len, sizeof(*server->doors));
	server->scratch =
	    aligned_alloc(_Alignof(struct scratch), sizeof(*server->scratch));
	if (server->doors == NULL || server->scratch == NULL)
		return err_set(err, 0, "out of memory");
	/* All but the bytes, most of which are never touched. */
	server->scratch->http = (struct http_head){ 0 };
	server->scratch->request = (struct request){ 0 };
	server->scratch->inspection = (struct inspection){ 0 };
	if (hangup_init(server, err) == -1)
		return -1;
	ev_init(&server->accept_pause, on_pause_end);
	server->accept_pause.data = server;
	for (i = 0; i < server->doors_len; i++)
		door_open(&server->doors[i], server, &policy->profiles[i],
		    fds[i], &counters[i], &details[i]);
	return 0;
}

/* No door accepts any more. */
static void
close_doors(struct server *server)
{
	size_t i;

	ev_timer_stop(server->loop, &server->accept_pause);
	for (i = 0; i < server->doors_len; i++)
		door_close(&server->doors[i]);
}

void
server_clear(struct server *server)
{
	while (server->sessions != NULL)
		session_free(server->sessions);
	newcomer_clear(server);
	watch_clear(server);
	close_doors(server);
	handover_clear(server);
	hangup_clear(server);
	free(server->doors);
	free(server->scratch);
}

void
server_serve(struct server *server)
{
	size_t i;

	server->state = SERVER_SERVING;
	for (i = 0; i < server->doors_len; i++)
		door_accepts(&server->doors[i], true);
}

void
server_adopt(struct server *server, int channel)
{
	handover_receive(server, channel);
}

void
server_leave(struct server *server)
{
	struct session *s, *next;

	for (s = server->sessions; s != NULL; s = next) {
		next = s->next;
		session_leave(s);
	}
}

void
server_retire(struct server *server, int channel)
{
	server->state = SERVER_RETIRED;
	close_doors(server);
	handover_send_to(server, channel);
	newcomer_serve_all(server);
	server_leave(server);
}

void
server_drain(struct server *server)
{
	server->state = SERVER_DRAINING;
	close_doors(server);
	newcomer_serve_all(server);
	server_leave(server);
}

void
server_cut(struct server *server, const char *profile)
{
	struct session *s, *next;

	for (s = server->sessions; s != NULL; s = next) {
		next = s->next;
		if (strcmp(s->door->profile->name, profile) == 0)
			session_free(s);
	}
}

bool
server_judges(const struct server *server)
{
	size_t i;

	if (server->state == SERVER_READY || server->state == SERVER_SERVING)
		return true;
	for (i = 0; i < server->doors_len; i++)
		if (server->doors[i].bodies > 0)
			return true;
	return false;
}

bool
server_is_empty(const struct server *server)
{
	return server->sessions == NULL && !handover_is_coming(server);
}
