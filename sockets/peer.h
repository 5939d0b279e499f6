/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_PEER_H
#define SOCKETS_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/profile.h"

/* Who is at the other end of a connection: unix(7), SO_PEERCRED. */
struct peer {
	pid_t pid; /* 0: in a namespace that we cannot see */
	uid_t uid;
	gid_t gid;
};

/* Ask the kernel. -1 everywhere, should it not say. */
struct peer peer_of(int fd);

/* A pidfd_open(2) of who connected, which is the caller's; or -1 with errno:
 * ENOPROTOOPT where the kernel has none, else that process is gone. */
int peer_pidfd(int fd);

/* Whether the door's "peers =" lets it in: anybody, where there is none. */
bool peer_may_enter(
    const struct peer *peer, int fd, const struct door_options *door);

#endif
