/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_RIG_H
#define TESTS_UNIT_RIG_H

#include "sockets/door.h"
#include "sockets/server.h"
#include "sockets/session.h"

/* A server with one door, its clients, and a daemon played by hand. What
 * cannot be set up ends the program. */
struct rig {
	struct ev_loop *loop;
	struct logger logger;
	struct policy *policy;
	struct counters counters;
	struct details details;
	struct server server;
	char directory[32];
	char door[64];	   /* the door's socket */
	char upstream[64]; /* the daemon's */
	int listener;	   /* at upstream */
	unsigned long calls;
};

/* A door with this profile's text, and a daemon that listens. Nothing is
 * logged. */
void rig_start(struct rig *rig, const char *profile);
void rig_stop(struct rig *rig);

/* Let the server do all that it can without waiting. */
void rig_turn(struct rig *rig);

/* The same for at least so long. */
void rig_wait(struct rig *rig, double seconds);

/* A session's client end, non-blocking. */
int rig_client(struct rig *rig, unsigned turned_away);

/* The daemon's end of the next connection that a session made, non-blocking;
 * -1, if there is none. */
int rig_daemon(struct rig *rig);

/* Give the daemon a place to listen, with such a backlog; or take it away. */
void rig_listen(struct rig *rig, int backlog);
void rig_unlisten(struct rig *rig);

/* The same with a backlog that is full: once a connection is taken, with
 * rig_daemon(), the next one can be made. */
void rig_listen_full(struct rig *rig);

/* Write it all and let the server turn. */
void rig_say(struct rig *rig, int fd, struct span bytes);

/* What can be read now, good until the next call; *ended, if that was all
 * there will ever be. */
struct span rig_hear(int fd, bool *ended);

/* Let the newest session's timer end now. */
void rig_fire(struct rig *rig);

#endif
