/* SPDX-License-Identifier: MIT */
/* Bytes in and out of one connection. Receives once, sends at once, and waits
 * only after EAGAIN. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/server.h"
#include "sockets/side.h"

enum {
	PIECES_MAX = 4
};

size_t
side_unhold(struct side *side, struct scratch *scratch)
{
	struct span held = buf_span(&side->held);

	memcpy(scratch->in, held.at, held.len);
	buf_clear(&side->held);
	return held.len;
}

enum received
side_receive(struct side *side, struct scratch *scratch, size_t most,
    char **bytes, size_t *len)
{
	size_t held = side->held.len;
	size_t room = sizeof(scratch->in) - held;
	ssize_t n;

	if (room > most)
		room = most;
	side->full = false;
	do {
		n = recv(side->io.fd, scratch->in + held, room, 0);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? RECEIVED_NOTHING : RECEIVED_GONE;
	if (n == 0) {
		side->ended = true;
		return RECEIVED_END;
	}
	side->full = (size_t)n == room;
	if (held > 0)
		side_unhold(side, scratch);
	*bytes = scratch->in;
	*len = held + (size_t)n;
	return RECEIVED_SOME;
}

static enum sent
wait_with(struct side *side, const struct span *pieces, size_t len, size_t skip)
{
	size_t i, part;

	for (i = 0; i < len; i++) {
		part = skip < pieces[i].len ? skip : pieces[i].len;
		if (!buf_add(
			&side->out, pieces[i].at + part, pieces[i].len - part))
			return SENT_NO_MEMORY;
		skip -= part;
	}
	return SENT_OK;
}

static ssize_t
send_pieces(int fd, const struct span *pieces, size_t len)
{
	struct iovec vectors[PIECES_MAX];
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = len };
	size_t i;

	/* For the kernel, one piece is less work than a list of one. */
	if (len == 1)
		return send(fd, pieces->at, pieces->len, MSG_NOSIGNAL);
	for (i = 0; i < len; i++) {
		/* sendmsg(2) does not write to them. */
		memcpy(&vectors[i].iov_base, &pieces[i].at,
		    sizeof(vectors[i].iov_base));
		vectors[i].iov_len = pieces[i].len;
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

enum sent
side_send(struct side *side, const struct span *pieces, size_t len)
{
	size_t i, all = 0;
	ssize_t n = 0;

	while (len > 0 && pieces[len - 1].len == 0)
		len--;
	for (i = 0; i < len; i++)
		all += pieces[i].len;
	if (side->out.len == 0 && all > 0) {
		do {
			n = send_pieces(side->io.fd, pieces, len);
		} while (n == -1 && errno == EINTR);
		if (n == -1 && errno != EAGAIN)
			return SENT_GONE;
		if (n == -1)
			n = 0;
		if ((size_t)n == all)
			return SENT_OK;
	}
	return wait_with(side, pieces, len, (size_t)n);
}

enum sent
side_flush(struct side *side)
{
	struct span out = buf_span(&side->out);
	ssize_t n;

	do {
		n = send(side->io.fd, out.at, out.len, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? SENT_OK : SENT_GONE;
	buf_take(&side->out, (size_t)n);
	return SENT_OK;
}

void
side_want(struct ev_loop *loop, struct side *side, int events)
{
	if (events == (ev_is_active(&side->io)
			      ? side->io.events & (EV_READ | EV_WRITE)
			      : 0))
		return;
	ev_io_stop(loop, &side->io);
	ev_io_set(&side->io, side->io.fd, events);
	if (events != 0)
		ev_io_start(loop, &side->io);
}

void
side_close(struct ev_loop *loop, struct side *side)
{
	buf_clear(&side->held);
	buf_clear(&side->out);
	side->ended = false;
	if (side->io.fd == -1)
		return;
	ev_io_stop(loop, &side->io);
	close(side->io.fd);
	side->io.fd = -1;
}
