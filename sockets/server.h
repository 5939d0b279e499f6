/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_SERVER_H
#define SOCKETS_SERVER_H

#include <ev.h>
#include <stdbool.h>

#include "core/err.h"
#include "core/limits.h"
#include "policy/inspect.h"
#include "policy/profile.h"
#include "policy/request.h"
#include "sockets/details.h"
#include "sockets/logger.h"
#include "sockets/newcomer.h"

struct audit;
struct channel;
struct door;
struct session;
struct watch;

/* Memory that is only used within one callback, by whatever session it is
 * for. So an idle session needs none of its own. */
struct scratch {
	/* What was held back, and one receive behind it. At the start of a
	 * cache line: the kernel copies much of a stream a tenth faster. */
	_Alignas(64) char in[LIMIT_HEAD_MAX + LIMIT_RECEIVE];
	/* A head that is written anew: see request_write(). */
	char head[3 * LIMIT_HEAD_MAX + 2048];
	struct http_head http;
	struct request request;
	struct inspection inspection;
};

enum server_state {
	SERVER_READY = 0, /* has all that it needs, and accepts nothing yet */
	SERVER_SERVING,
	SERVER_RETIRED, /* another one serves; idle clients go to that one */
	SERVER_DRAINING /* nobody serves any more; idle clients are let go */
};

/* All the doors, and the loop that serves them. */
struct server {
	enum server_state state;
	struct ev_loop *loop;
	const struct policy *policy;
	const char *upstream; /* the daemon's socket */
	size_t head_limit;
	struct logger *logger;
	struct door *doors;
	size_t doors_len;
	struct session *sessions; /* all that are open */
	struct channel *channels; /* to and from other servers */
	ev_timer accept_pause;	  /* active: out of descriptors */
	ev_io hangups;		  /* an epoll(7) of its own: see hangup.c */
	struct scratch *scratch;
	struct audit *audit; /* the caller's; NULL: there is none */
	struct watch *watch; /* NULL: nobody watches; see watch.h */
	struct newcomers newcomers;
};

/* One door per profile of the policy, whose listening descriptors are in fds,
 * and whose counters and details are in those arrays, in the same order. The
 * descriptors are the server's from now on; the counts stay the caller's, and
 * all zero where nothing happened before. 0, or -1 with err set. */
int server_init(struct server *server, struct ev_loop *loop,
    const struct policy *policy, const int *fds, struct counters *counters,
    struct details *details, struct err *err);

/* Close everything, and free what server_init() made. */
void server_clear(struct server *server);

/* Start to accept. */
void server_serve(struct server *server);

/* Serve clients that another process lets go: see handover.h. The channel is
 * the server's from now on. */
void server_adopt(struct server *server, int channel);

/* Judge no more heads of requests. Clients go to another process through the
 * channel, which is the server's from now on, as soon as nothing is under way
 * for them. May be called again, when that process is replaced by another. */
void server_retire(struct server *server, int channel);

/* Accept no more, and let clients go when nothing is under way for them, and
 * those at once whose answers may never end. */
void server_drain(struct server *server);

/* Hang up on the clients of one profile. */
void server_cut(struct server *server, const char *profile);

/* Try once more for clients that could not go: handover.h calls it. */
void server_leave(struct server *server);

/* Whether a request may still be judged here: none, once it was retired and
 * the bodies that were on their way have come. */
bool server_judges(const struct server *server);

/* Whether nobody is here any more, nor on the way. */
bool server_is_empty(const struct server *server);

/* Out of descriptors: stop accepting for a while. */
void server_pause(struct server *server);

#endif
