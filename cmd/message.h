/* SPDX-License-Identifier: MIT */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

#include <stddef.h>

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
	/* From a worker. */
	MESSAGE_READY,	 /* a struct sandbox: it can serve */
	MESSAGE_RETIRED, /* it judges no more requests */
	MESSAGE_PONG
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
