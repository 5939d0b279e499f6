/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cmd/notify.h"
#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"

/* A service manager's socket; the variable names it. */
struct manager {
	char directory[32];
	char path[64];
	int fd;
};

static void
manager_start(struct manager *manager)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strncpy(manager->directory, "/tmp/notify-XXXXXX",
	    sizeof(manager->directory));
	cr_assert(mkdtemp(manager->directory) != NULL);
	snprintf(manager->path, sizeof(manager->path), "%s/socket",
	    manager->directory);
	snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", manager->path);
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	cr_assert(bind(manager->fd, (struct sockaddr *)&address,
		      sizeof(address)) == 0);
	setenv("NOTIFY_SOCKET", manager->path, 1);
}

static void
manager_stop(struct manager *manager)
{
	close(manager->fd);
	unlink(manager->path);
	rmdir(manager->directory);
}

/* The next message, as a string; empty: there is none. */
static const char *
next_message(int fd)
{
	static char message[4096];
	ssize_t len = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);

	message[len > 0 ? len : 0] = '\0';
	return message;
}

Test(notify, sends_lines_to_a_socket_in_the_file_system)
{
	struct manager manager;

	manager_start(&manager);
	cr_expect(notify_is_on());
	notify_send("READY=1\nSTATUS=%s, %d doors", "serving", 2);
	cr_expect(eq(str, (char *)next_message(manager.fd),
	    "READY=1\nSTATUS=serving, 2 doors"));
	notify_send("STOPPING=1");
	cr_expect(eq(str, (char *)next_message(manager.fd), "STOPPING=1"));
	cr_expect(eq(str, (char *)next_message(manager.fd), ""));
	manager_stop(&manager);
}

Test(notify, sends_lines_to_an_abstract_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa_family_t);
	char variable[64] = "@";
	int fd;

	/* The kernel chooses a free name: a NUL and five digits. */
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	cr_assert(bind(fd, (struct sockaddr *)&address, len) == 0);
	len = sizeof(address);
	cr_assert(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	memcpy(
	    variable + 1, address.sun_path + 1, len - sizeof(sa_family_t) - 1);
	setenv("NOTIFY_SOCKET", variable, 1);
	cr_expect(notify_is_on());
	notify_send("READY=1");
	cr_expect(eq(str, (char *)next_message(fd), "READY=1"));
	close(fd);
}

Test(notify, sends_a_descriptor)
{
	char memory[CMSG_SPACE(sizeof(int))], text[64] = "", byte = 0;
	struct iovec bytes = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = memory,
		.msg_controllen = sizeof(memory) };
	struct manager manager;
	struct cmsghdr *header;
	int fds[2], got;

	manager_start(&manager);
	cr_assert(pipe(fds) == 0);
	notify_send_fd(fds[1], "FDSTORE=1\nFDNAME=%s", "web");
	cr_assert(recvmsg(manager.fd, &message, MSG_DONTWAIT) > 0);
	cr_expect(eq(str, text, "FDSTORE=1\nFDNAME=web"));
	header = CMSG_FIRSTHDR(&message);
	cr_assert(header != NULL && header->cmsg_type == SCM_RIGHTS);
	memcpy(&got, CMSG_DATA(header), sizeof(got));
	/* It is the same pipe, and still ours too. */
	cr_expect(write(got, "x", 1) == 1 && write(fds[1], "y", 1) == 1);
	cr_expect(read(fds[0], &byte, 1) == 1 && byte == 'x');
	close(got);
	close(fds[0]);
	close(fds[1]);
	manager_stop(&manager);
}

static unsigned long long
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000 +
	       (unsigned long long)now.tv_nsec / 1000;
}

Test(notify, says_when_it_began_to_reload)
{
	unsigned long long before, said = 0, after;
	struct manager manager;
	int end = 0;
	const char *message;

	manager_start(&manager);
	before = microseconds();
	notify_reloading();
	after = microseconds();
	message = next_message(manager.fd);
	cr_expect(sscanf(message, "RELOADING=1\nMONOTONIC_USEC=%llu%n", &said,
		      &end) == 1 &&
		      message[end] == '\0',
	    "%s", message);
	cr_expect(before <= said && said <= after, "%llu %llu %llu", before,
	    said, after);
	manager_stop(&manager);
}

Test(notify, is_off_where_no_unix_socket_is_named)
{
	static const char *const values[] = { "", "/", "@", "run/notify",
		"vsock:2:1234", " /run/notify" };
	char longest[256] = "/";
	size_t i;

	unsetenv("NOTIFY_SOCKET");
	cr_expect(not(notify_is_on()));
	notify_send("READY=1");
	for (i = 0; i < CASES(values); i++) {
		setenv("NOTIFY_SOCKET", values[i], 1);
		cr_expect(not(notify_is_on()), "\"%s\"", values[i]);
		notify_send("READY=1");
	}
	memset(longest, '/', 108);
	setenv("NOTIFY_SOCKET", longest, 1);
	cr_expect(not(notify_is_on()));
	longest[107] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	cr_expect(notify_is_on());
}

Test(notify, waits_once_for_a_manager_that_does_not_read, .timeout = 20)
{
	struct manager manager;
	struct timespec before, after;
	int i;

	manager_start(&manager);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (i = 0; i < 3000; i++)
		notify_send("WATCHDOG=1\nSTATUS=%01000d", i);
	clock_gettime(CLOCK_MONOTONIC, &after);
	cr_expect(ge(int, (int)(after.tv_sec - before.tv_sec), 1));
	cr_expect(le(int, (int)(after.tv_sec - before.tv_sec), 5));
	cr_expect(ne(str, (char *)next_message(manager.fd), ""));
	manager_stop(&manager);
	/* Nor for one that is gone. */
	notify_send("WATCHDOG=1");
}

Test(notify, leaves_no_descriptor_open)
{
	struct manager manager;
	int before;

	manager_start(&manager);
	before = descriptors_open();
	notify_send("READY=1");
	notify_send_fd(manager.fd, "FDSTORE=1");
	unlink(manager.path);
	notify_send("READY=1");
	cr_expect(eq(int, descriptors_open(), before));
	manager_stop(&manager);
}

Test(notify_watchdog, is_for_this_process_only)
{
	static const struct {
		const char *usec;
		const char *pid; /* "self": our own */
		double seconds;
	} rows[] = {
		{NULL,	NULL,   0	},
		{ "30000000", NULL,   30 },
		{ "1500000",  "self", 1.5},
		{ "1500000",  "1",	  0  },
		{ "1500000",  "",	 0  },
		{ "1500000",  "x",	  0  },
		{ NULL,	"self", 0  },
		{ "",	      NULL,   0  },
		{ "0",	       NULL,   0  },
		{ "-1",	NULL,   0	},
		{ "1s",	NULL,   0	},
	};
	char self[24];
	size_t i;

	snprintf(self, sizeof(self), "%ld", (long)getpid());
	for (i = 0; i < CASES(rows); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (rows[i].usec != NULL)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid != NULL)
			setenv("WATCHDOG_PID",
			    strcmp(rows[i].pid, "self") == 0 ? self
							     : rows[i].pid,
			    1);
		cr_expect(notify_watchdog() == rows[i].seconds, "row %zu", i);
	}
}
