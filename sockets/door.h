/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_DOOR_H
#define SOCKETS_DOOR_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/profile.h"
#include "sockets/details.h"
#include "sockets/peer.h"
#include "sockets/rate.h"

struct server;

/* A profile's listening socket. */
struct door {
	ev_io io;
	struct server *server;
	const struct profile *profile;
	struct counters *counters;
	struct details *details;
	/* What requests may take from. A worker begins with a full bucket:
	 * after a reload a second's worth may come once more. */
	struct rate rate;
	unsigned connections; /* that are open */
	unsigned turned_away; /* beside them: about to be told so */
	unsigned bodies;      /* of them, whose requests are held */
	unsigned archives;    /* of them, whose archives are judged */
	/* Lines about denials in this second; see record.c. */
	ev_timer second;
	unsigned lines;
	uint64_t left_out;
};

/* A listening descriptor, which is the door's from now on. Nothing is accepted
 * yet. */
void door_open(struct door *door, struct server *server,
    const struct profile *profile, int fd, struct counters *counters,
    struct details *details);

/* Count a connection that is not let in, by the status of the answer that it
 * gets: 403 or 429. */
void door_count_turned_away(struct door *door, unsigned status);

/* Let a client in that was accepted, as far as the profile says so; the
 * container, which may be NULL, is the one that it is in. */
void door_admit(
    struct door *door, int fd, const struct peer *peer, const char *container);

/* Close the descriptor, if it is open. Connections that were accepted stay. */
void door_close(struct door *door);

/* Accept, or leave connections in the backlog. */
void door_accepts(struct door *door, bool yes);

#endif
