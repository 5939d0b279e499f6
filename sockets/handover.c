/* SPDX-License-Identifier: MIT */
/* Clients from one process to the next: each is one message with its
 * connection, SCM_RIGHTS of unix(7), and what was held of its bytes.
 *
 * A channel that is full or gone loses nobody: the clients wait, unread, until
 * there is room, or another channel. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/door.h"
#include "sockets/handover.h"
#include "sockets/rights.h"

/* One end of a pair. */
struct channel {
	ev_io io;
	struct server *server;
	struct channel *next;
	bool sends;
};

/* A message: this, and then the bytes. Both ends are of the same version: the
 * supervisor sees to it. */
struct letter {
	uint32_t held_len;
	char profile[256];
	char container[NEWCOMER_ID]; /* or "" */
};

static void
channel_close(struct channel *channel)
{
	struct server *server = channel->server;
	struct channel **at = &server->channels;

	while (*at != channel)
		at = &(*at)->next;
	*at = channel->next;
	ev_io_stop(server->loop, &channel->io);
	close(channel->io.fd);
	free(channel);
}

static struct channel *
sending(const struct server *server)
{
	struct channel *channel = server->channels;

	while (channel != NULL && !channel->sends)
		channel = channel->next;
	return channel;
}

static void
adopt(struct server *server, const struct letter *letter, int fd, char *held)
{
	const char *container = letter->container;
	struct door *door = NULL;
	struct peer peer;
	size_t i;

	for (i = 0; i < server->doors_len && door == NULL; i++)
		if (strcmp(server->doors[i].profile->name, letter->profile) ==
		    0)
			door = &server->doors[i];
	/* It came through a door that is not there any more. */
	if (door == NULL) {
		close(fd);
		return;
	}
	peer = peer_of(fd);
	if (*container != '\0' ||
	    !newcomer_waits(door, fd, &peer, true, held, letter->held_len))
		session_adopt(door, fd, *container == '\0' ? NULL : container,
		    held, letter->held_len);
}

static void
on_letter(struct ev_loop *loop, ev_io *io, int revents)
{
	struct channel *channel = io->data;
	struct server *server = channel->server;
	struct letter letter;
	struct iovec parts[2] = {
		{&letter,		   sizeof(letter)		  },
		{ server->scratch->in, sizeof(server->scratch->in)}
	};
	union rights rights;
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;
	int fd;

	(void)loop;
	(void)revents;
	rights_expect(&message, &rights);
	n = recvmsg(io->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		channel_close(channel);
		return;
	}
	if ((fd = rights_take(&message)) == -1)
		return;
	if ((size_t)n < sizeof(letter) ||
	    (size_t)n - sizeof(letter) != letter.held_len ||
	    memchr(letter.profile, 0, sizeof(letter.profile)) == NULL ||
	    memchr(letter.container, 0, sizeof(letter.container)) == NULL)
		close(fd);
	else
		adopt(server, &letter, fd, server->scratch->in);
}

/* There is room again, or the other end is gone. */
static void
on_room(struct ev_loop *loop, ev_io *io, int revents)
{
	struct channel *channel = io->data;

	(void)revents;
	ev_io_stop(loop, io);
	server_leave(channel->server);
}

static struct channel *
channel_open(struct server *server, int fd, bool sends)
{
	struct channel *channel;

	if (fd == -1) /* there was no descriptor left for it */
		return NULL;
	if ((channel = calloc(1, sizeof(*channel))) == NULL) {
		close(fd);
		return NULL;
	}
	channel->server = server;
	channel->sends = sends;
	channel->next = server->channels;
	server->channels = channel;
	ev_io_init(&channel->io, sends ? on_room : on_letter, fd,
	    sends ? EV_WRITE : EV_READ);
	channel->io.data = channel;
	return channel;
}

void
handover_receive(struct server *server, int channel)
{
	struct channel *opened = channel_open(server, channel, false);

	if (opened != NULL)
		ev_io_start(server->loop, &opened->io);
}

void
handover_send_to(struct server *server, int channel)
{
	struct channel *before = sending(server);

	if (before != NULL)
		channel_close(before);
	channel_open(server, channel, true);
}

enum handover_result
handover_send(struct session *s)
{
	struct server *server = s->door->server;
	struct channel *channel = sending(server);
	struct span held = buf_span(&s->client.held);
	struct letter letter = { 0 };
	struct iovec parts[2] = {
		{&letter, sizeof(letter)},
	};
	union rights rights;
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int fd = s->client.io.fd;
	ssize_t n;

	if (channel == NULL || ev_is_active(&channel->io))
		return HANDOVER_WAIT;
	letter.held_len = (uint32_t)held.len;
	memcpy(letter.profile, s->door->profile->name,
	    strlen(s->door->profile->name) + 1);
	if (s->container != NULL &&
	    strlen(s->container) < sizeof(letter.container))
		memcpy(letter.container, s->container, strlen(s->container));
	/* sendmsg(2) does not write to it. */
	memcpy(&parts[1].iov_base, &held.at, sizeof(parts[1].iov_base));
	parts[1].iov_len = held.len;
	rights_give(&message, &rights, fd);
	do {
		n = sendmsg(
		    channel->io.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n != -1)
		return HANDOVER_DONE;
	switch (errno) {
	case EAGAIN:
	case ETOOMANYREFS: /* too many descriptors are under way */
		ev_io_start(server->loop, &channel->io);
		return HANDOVER_WAIT;
	case EPIPE:
	case ECONNRESET: /* its reader died: another one will come */
		channel_close(channel);
		return HANDOVER_WAIT;
	default: /* EMSGSIZE, ENOBUFS */
		return HANDOVER_LOST;
	}
}

bool
handover_is_coming(const struct server *server)
{
	const struct channel *channel;

	for (channel = server->channels; channel != NULL;
	     channel = channel->next)
		if (!channel->sends)
			return true;
	return false;
}

void
handover_clear(struct server *server)
{
	while (server->channels != NULL)
		channel_close(server->channels);
}
