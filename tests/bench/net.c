/* SPDX-License-Identifier: MIT */
/* Unix sockets and epoll, for the programs of the benchmark. They run alone
 * and for seconds: what cannot be done ends them with a message. */

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/net.h"

enum {
	BACKLOG = 4096
};

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		errx(1, "%s: too long for a socket's path", path);
	memcpy(address.sun_path, path, len);
	return address;
}

int
net_listen(const char *path)
{
	const struct sockaddr_un address = address_of(path);
	int fd;

	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		-1 ||
	    chmod(path, 0666) == -1 || listen(fd, BACKLOG) == -1)
		err(1, "%s", path);
	return fd;
}

int
net_connect(const char *path, int flags)
{
	const struct sockaddr_un address = address_of(path);
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    -1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
net_unblock(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "fcntl");
}

int
net_send_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = send(fd, bytes, len, MSG_NOSIGNAL)) == -1)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int
net_epoll(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1)
		err(1, "epoll_create1");
	return fd;
}

void
net_watch(int epoll, int how, int fd, uint32_t events, void *data)
{
	struct epoll_event event = { .events = events, .data.ptr = data };

	if (epoll_ctl(epoll, how, fd, &event) == -1)
		err(1, "epoll_ctl");
}

uint64_t
net_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
