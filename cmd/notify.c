/* SPDX-License-Identifier: MIT */
/* Telling the service manager: datagrams to the socket that $NOTIFY_SOCKET
 * names. They are few, so each one is sent from a socket of its own. A manager
 * that has much to read is waited for, since a READY=1 or a descriptor that is
 * lost is missed later; but only once for so long. */

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cmd/notify.h"
#include "sockets/rights.h"

/* Where to send. False: nobody listens, or on something else than a Unix
 * socket. */
static bool
address_of(struct sockaddr_un *address, socklen_t *len)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t path_len = path == NULL ? 0 : strlen(path);

	if (path_len < 2 || path_len >= sizeof(address->sun_path) ||
	    (*path != '/' && *path != '@'))
		return false;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, path, path_len);
	if (*path == '@')
		address->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len);
	return true;
}

bool
notify_is_on(void)
{
	struct sockaddr_un address;
	socklen_t len;

	return address_of(&address, &len);
}

/* fd: to go with the message, or -1. */
__attribute__((format(printf, 2, 0))) static void
send_lines(int fd, const char *format, va_list arguments)
{
	union rights rights;
	static const struct timeval patience = { .tv_sec = 1 };
	static bool is_deaf; /* it did not read for that long */
	struct sockaddr_un address;
	struct msghdr message = { .msg_name = &address, .msg_iovlen = 1 };
	struct iovec bytes;
	char lines[2048];
	int sender, len;

	if (!address_of(&address, &message.msg_namelen))
		return;
	len = vsnprintf(lines, sizeof(lines), format, arguments);
	if (len < 0)
		return;
	bytes.iov_base = lines;
	bytes.iov_len =
	    (size_t)len < sizeof(lines) ? (size_t)len : sizeof(lines) - 1;
	message.msg_iov = &bytes;
	if (fd != -1)
		rights_give(&message, &rights, fd);
	if ((sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	setsockopt(
	    sender, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (sendmsg(sender, &message,
		MSG_NOSIGNAL | (is_deaf ? MSG_DONTWAIT : 0)) == -1)
		is_deaf = errno == EAGAIN;
	else
		is_deaf = false;
	close(sender);
}

void
notify_send(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	send_lines(-1, format, arguments);
	va_end(arguments);
}

void
notify_send_fd(int fd, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	send_lines(fd, format, arguments);
	va_end(arguments);
}

void
notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send("RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)now.tv_sec * 1000000 +
		(unsigned long long)now.tv_nsec / 1000);
}

/* Digits only; 0: it is not. */
static unsigned long long
number_of(const char *variable)
{
	const char *value = getenv(variable);

	if (value == NULL || *value == '\0' ||
	    value[strspn(value, "0123456789")] != '\0')
		return 0;
	return strtoull(value, NULL, 10);
}

double
notify_watchdog(void)
{
	if (getenv("WATCHDOG_PID") != NULL &&
	    number_of("WATCHDOG_PID") != (unsigned long long)getpid())
		return 0;
	return (double)number_of("WATCHDOG_USEC") / 1e6;
}
