/* SPDX-License-Identifier: MIT */
/* Messages between supervisor and worker: a type, and some bytes. */

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cmd/message.h"

union control {
	struct cmsghdr header;
	char memory[CMSG_SPACE(sizeof(int))];
};

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
	union control control = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	/* sendmsg(2) does not write to it. */
	memcpy(&parts[1].iov_base, &content, sizeof(parts[1].iov_base));
	parts[1].iov_len = len;
	if (fd != -1) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static void
take_descriptor(struct msghdr *header, struct message *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);

	message->fd = -1;
	if (control != NULL && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_RIGHTS &&
	    control->cmsg_len == CMSG_LEN(sizeof(message->fd)))
		memcpy(&message->fd, CMSG_DATA(control), sizeof(message->fd));
}

enum received_message
message_receive(int from, struct message *message)
{
	uint32_t head = 0;
	struct iovec parts[2] = {
		{&head,		 sizeof(head)	      },
		{ message->content, sizeof(message->content)}
	};
	union control control;
	struct msghdr header = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		/* Not sizeof: its padding is room for a second descriptor. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n;

	do {
		n = recvmsg(from, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return MESSAGE_NONE;
	if (n == -1)
		return MESSAGE_END;
	take_descriptor(&header, message);
	if (n < (ssize_t)sizeof(head)) {
		if (message->fd != -1)
			close(message->fd);
		return MESSAGE_END;
	}
	message->type = (enum message_type)head;
	message->len = (size_t)n - sizeof(head);
	return MESSAGE_SOME;
}
