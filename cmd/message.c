/* SPDX-License-Identifier: MIT */
/* Messages between supervisor and worker: a type, and some bytes. */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cmd/message.h"
#include "sockets/rights.h"

int
message_pair(int fds[2])
{
	return socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds);
}

int
message_send(
    int to, enum message_type type, const void *content, size_t len, int fd)
{
	uint32_t head = (uint32_t)type;
	struct iovec parts[2] = {
		{&head, sizeof(head)},
	};
	union rights rights;
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	/* sendmsg(2) does not write to it. */
	memcpy(&parts[1].iov_base, &content, sizeof(parts[1].iov_base));
	parts[1].iov_len = len;
	if (fd != -1)
		rights_give(&message, &rights, fd);
	do {
		n = sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

enum received_message
message_receive(int from, struct message *message)
{
	uint32_t head = 0;
	struct iovec parts[2] = {
		{&head,		 sizeof(head)	      },
		{ message->content, sizeof(message->content)}
	};
	union rights rights;
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	rights_expect(&header, &rights);
	do {
		n = recvmsg(from, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return MESSAGE_NONE;
	if (n == -1)
		return MESSAGE_END;
	message->fd = rights_take(&header);
	if (n < (ssize_t)sizeof(head)) {
		if (message->fd != -1)
			close(message->fd);
		return MESSAGE_END;
	}
	message->type = (enum message_type)head;
	message->len = (size_t)n - sizeof(head);
	return MESSAGE_SOME;
}
