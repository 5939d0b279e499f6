/* SPDX-License-Identifier: MIT */
/* Descriptors with messages. */

#include <string.h>

#include "sockets/rights.h"

void
rights_give(struct msghdr *message, union rights *rights, int fd)
{
	memset(rights, 0, sizeof(*rights));
	message->msg_control = rights;
	message->msg_controllen = sizeof(*rights);
	rights->header.cmsg_level = SOL_SOCKET;
	rights->header.cmsg_type = SCM_RIGHTS;
	rights->header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&rights->header), &fd, sizeof(fd));
}

void
rights_expect(struct msghdr *message, union rights *rights)
{
	message->msg_control = rights;
	message->msg_controllen = CMSG_LEN(sizeof(int));
}

int
rights_take(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd;

	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
