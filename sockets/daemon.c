/* SPDX-License-Identifier: MIT */
/* Connecting to the daemon. On Unix sockets that is done at once, or not at
 * all: a full backlog says EAGAIN, and poll would call the socket writable,
 * so that waiting takes a timer of the caller's. */

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets/daemon.h"

enum daemon_result
daemon_connect(const char *path, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int number;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		return DAEMON_EXHAUSTED;
	if (connect(*fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return DAEMON_CONNECTED;
	number = errno;
	close(*fd);
	*fd = -1;
	errno = number;
	return number == EAGAIN ? DAEMON_BUSY : DAEMON_DOWN;
}
