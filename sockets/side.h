/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_SIDE_H
#define SOCKETS_SIDE_H

#include <ev.h>
#include <stdbool.h>

#include "core/buf.h"

struct scratch;

/* One end of a session: the client's connection, or the daemon's. */
struct side {
	ev_io io;	 /* io.fd is -1 while there is no connection */
	struct buf held; /* received, and not judged yet */
	struct buf out;	 /* judged, and waiting to be sent to this side */
	bool ended;	 /* its end of stream was read */
	bool full;	 /* the last receive took as many bytes as it might */
};

enum received {
	RECEIVED_GONE = 0, /* the connection is broken */
	RECEIVED_NOTHING,  /* for now */
	RECEIVED_END,	   /* end of stream; ended is set */
	RECEIVED_SOME
};

/* Receive once, so many bytes at most. SOME: *bytes, in the scratch, are those
 * held, which are not held any more, and behind them what came. */
enum received side_receive(struct side *side, struct scratch *scratch,
    size_t most, char **bytes, size_t *len);

/* The held bytes to the scratch, without receiving. */
size_t side_unhold(struct side *side, struct scratch *scratch);

enum sent {
	SENT_GONE = 0, /* nothing was sent: the connection is broken */
	SENT_NO_MEMORY,
	SENT_OK /* or is waiting in out */
};

/* Send pieces in order, behind what waits already; what the socket does not
 * take now waits in out. */
enum sent side_send(struct side *side, const struct span *pieces, size_t len);

/* Send what waits. */
enum sent side_flush(struct side *side);

/* Want exactly these events (EV_READ, EV_WRITE) from now on. */
void side_want(struct ev_loop *loop, struct side *side, int events);

/* Close the connection, if there is one, and drop all bytes. */
void side_close(struct ev_loop *loop, struct side *side);

#endif
