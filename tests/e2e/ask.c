/* SPDX-License-Identifier: MIT */
/* A client for containers that have nothing else in them.
 *
 *	ask SOCKET TARGET	print the answer to GET TARGET, to its end
 *	ask SOCKET TARGET often	the same on one connection, for each line of
 *input ask			leave a child to the first process
 *
 * Exits with 2, and says why, if it cannot connect. */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The child outlives its parent by a second. */
static int
leave_an_orphan(void)
{
	switch (fork()) {
	case -1:
		return 1;
	case 0:
		sleep(1);
	}
	return 0;
}

static int
pass_on(int fd)
{
	char buf[4096];
	ssize_t len;

	while ((len = read(fd, buf, sizeof(buf))) > 0)
		if (write(STDOUT_FILENO, buf, (size_t)len) != len)
			return 1;
	return len == 0 ? 0 : 1;
}

static int
ask_often(int fd, const char *target)
{
	char buf[4096];
	ssize_t len;

	while (fgets(buf, sizeof(buf), stdin) != NULL) {
		if (dprintf(fd, "GET %s HTTP/1.1\r\nHost: docker\r\n\r\n",
			target) < 0 ||
		    (len = read(fd, buf, sizeof(buf))) <= 0 ||
		    write(STDOUT_FILENO, buf, (size_t)len) != len)
			return 1;
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (argc < 3)
		return leave_an_orphan();
	if (strlen(argv[1]) >= sizeof(address.sun_path))
		return 1;
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		perror(argv[1]);
		return 2;
	}
	if (argc > 3)
		return ask_often(fd, argv[2]);
	if (dprintf(fd,
		"GET %s HTTP/1.1\r\n"
		"Host: docker\r\n"
		"Connection: close\r\n\r\n",
		argv[2]) < 0)
		return 1;
	return pass_on(fd);
}
