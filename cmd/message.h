/* SPDX-License-Identifier: MIT */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the supervisor and a worker say to each other, over a pair of
 * SOCK_SEQPACKET sockets: unix(7). A worker may have been taken over by a
 * stranger: nothing that it says is trusted for more than it says of itself. */

enum message_type {
	MESSAGE_NOTHING = 0,
	/* To a worker. */
	MESSAGE_SERVE,	/* start to accept */
	MESSAGE_ADOPT,	/* a descriptor: clients come through it */
	MESSAGE_CUT,	/* a profile's name: it is no more */
	MESSAGE_RETIRE, /* a descriptor: clients go through it */
	MESSAGE_DRAIN,	/* nobody serves any more */
	MESSAGE_PING,
	MESSAGE_CONTAINER, /* a struct message_container: the answer */
	MESSAGE_WATCH,	   /* a descriptor and a struct message_watch */
	MESSAGE_UNWATCH,   /* the same without: it watches no more */
	/* From a worker. */
	MESSAGE_READY,	 /* a struct sandbox: it can serve */
	MESSAGE_RETIRED, /* it judges no more requests */
	MESSAGE_PONG,
	MESSAGE_WHO /* a struct message_who, and a pidfd or none */
};

/* Which container is that process in? */
struct message_who {
	uint64_t ticket;
	pid_t pid;
};

struct message_container {
	uint64_t ticket;
	char id[65]; /* with its NUL; "" for none */
};

/* Somebody watches the decisions of that profile; "" for all. */
struct message_watch {
	uint64_t number;
	char profile[256];
};

struct message {
	enum message_type type;
	int fd;	    /* that came with it, or -1; the receiver's to close */
	size_t len; /* of the content */
	char content[1024];
};

/* A pair of non-blocking sockets. 0, or -1 with errno set. */
int message_pair(int fds[2]);

/* Send one, with a copy of the descriptor fd unless it is -1. Never waits. 0,
 * or -1: the other end is gone, or does not read. */
int message_send(
    int to, enum message_type type, const void *content, size_t len, int fd);

enum received_message {
	MESSAGE_END = 0, /* the other end is gone */
	MESSAGE_NONE,	 /* for now */
	MESSAGE_SOME
};

enum received_message message_receive(int from, struct message *message);

#endif
