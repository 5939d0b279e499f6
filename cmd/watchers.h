/* SPDX-License-Identifier: MIT */
#ifndef CMD_WATCHERS_H
#define CMD_WATCHERS_H

#include <ev.h>
#include <stdbool.h>

#include "cmd/workers.h"
#include "core/limits.h"
#include "core/span.h"

/* Those who watch decisions, as the supervisor sees them: it hands their
 * connections to all workers, which write to them, and notices when they
 * leave. See sockets/watch.h. */

struct watchers;

struct watching {
	struct watchers *watchers;
	ev_io io;	 /* its fd is -1: nobody */
	uint64_t number; /* that workers know it by */
	char profile[256];
};

struct watchers {
	struct workers *workers;
	uint64_t numbers; /* that were given */
	struct watching list[LIMIT_WATCHERS];
};

/* Nobody watches. */
void watchers_init(struct watchers *watchers, struct workers *workers);

/* Somebody does, on a connection of which a copy is made: it is sent the head
 * of an answer, and then lines about that profile, or if that is empty, about
 * all. False: there are too many. */
bool watchers_add(
    struct watchers *watchers, int fd, const char *profile, struct span head);

/* A worker begins to serve. */
void watchers_introduce(struct watchers *watchers, const struct worker *worker);

/* Forget those who are gone and have not said so. */
void watchers_sweep(struct watchers *watchers);

/* Hang up on all, also where workers have their connections. */
void watchers_clear(struct watchers *watchers);

#endif
