/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_NEWCOMER_H
#define SOCKETS_NEWCOMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sockets/peer.h"

struct door;
struct newcomer;
struct server;

/* Clients that have come, and are not served before it is known which
 * container they are in. This process cannot find that out, and asks another
 * one; it does so once for a connection, and does not wait for long. */

/* A container's ID, and a NUL. */
#define NEWCOMER_ID 65

/* In a server; all zero, and nobody is asked about. */
struct newcomers {
	/* Ask about the process of that number, and of that pidfd_open(2), or
	 * -1; newcomer_known() with the same ticket is to follow. False: nobody
	 * can be asked. */
	bool (*ask)(void *context, uint64_t ticket, pid_t pid, int pidfd);
	void *context;
	struct newcomer *list;
	size_t len;
	uint64_t asked;
};

/* Ask about a client of the door that is new here, and has sent these bytes
 * before if it is adopted. True: the connection is the newcomer's, and will be
 * served by and by. False: serve it now. */
bool newcomer_waits(struct door *door, int fd, const struct peer *peer,
    bool adopted, const char *held, size_t len);

/* The answer: an ID, or "" for none. */
void
newcomer_known(struct server *server, uint64_t ticket, const char *container);

/* Serve all now. */
void newcomer_serve_all(struct server *server);

/* Hang up on all. */
void newcomer_clear(struct server *server);

#endif
