/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_SERVER_H
#define SOCKETS_SERVER_H

#include <ev.h>

#include "core/err.h"
#include "core/limits.h"
#include "policy/profile.h"
#include "policy/request.h"
#include "sockets/logger.h"

struct door;
struct session;

/* Memory that is only used within one callback, by whatever session it is
 * for. So an idle session needs none of its own. */
struct scratch {
	/* What was held back, and one receive behind it. */
	char in[LIMIT_HEAD_MAX + LIMIT_RECEIVE];
	/* A head that is written anew: see request_write(). */
	char head[3 * LIMIT_HEAD_MAX + 2048];
	struct http_head http;
	struct request request;
};

/* All the doors, and the loop that serves them. */
struct server {
	struct ev_loop *loop;
	const struct policy *policy;
	const char *upstream; /* the daemon's socket */
	size_t head_limit;
	struct logger *logger;
	struct door *doors;
	size_t doors_len;
	struct session *sessions; /* all that are open */
	ev_timer accept_pause;	  /* active: out of descriptors */
	ev_io hangups;		  /* an epoll(7) of its own: see hangup.c */
	struct scratch *scratch;
};

/* One door per profile of the policy, whose listening descriptors are in fds,
 * in the same order; they are the server's from now on. 0, or -1 with err
 * set. */
int server_init(struct server *server, struct ev_loop *loop,
    const struct policy *policy, const int *fds, struct err *err);

/* Close everything, and free what server_init() made. */
void server_clear(struct server *server);

/* Out of descriptors: stop accepting for a while. */
void server_pause(struct server *server);

#endif
