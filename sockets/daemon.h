/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_DAEMON_H
#define SOCKETS_DAEMON_H

/* The way to the real daemon's socket. Its path is looked up anew for each
 * connection: a daemon that restarts makes a new file. */

enum daemon_result {
	DAEMON_DOWN = 0,  /* nobody listens there: errno says why */
	DAEMON_BUSY,	  /* its backlog is full: ask again in a while */
	DAEMON_EXHAUSTED, /* we are out of descriptors or memory */
	DAEMON_CONNECTED  /* *fd is a non-blocking socket of the caller's */
};

enum daemon_result daemon_connect(const char *path, int *fd);

#endif
