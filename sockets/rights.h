/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_RIGHTS_H
#define SOCKETS_RIGHTS_H

#include <sys/socket.h>

/* One descriptor that goes with a message: SCM_RIGHTS of unix(7). */
union rights {
	struct cmsghdr header; /* for its alignment */
	char memory[CMSG_SPACE(sizeof(int))];
};

/* Send a copy of fd with the message; rights is where that is written. */
void rights_give(struct msghdr *message, union rights *rights, int fd);

/* Be ready to receive one, and no more: CMSG_SPACE() has room for two. */
void rights_expect(struct msghdr *message, union rights *rights);

/* The descriptor that came with a message, which is the caller's, or -1. */
int rights_take(struct msghdr *message);

#endif
