/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_HANDOVER_H
#define SOCKETS_HANDOVER_H

#include "sockets/server.h"
#include "sockets/session.h"

/* Clients that go from a server that has retired to the one that took its
 * place, in another process: their connection, and the bytes that they sent
 * and that nobody has judged. They notice nothing.
 *
 * The channel is a pair of SOCK_SEQPACKET sockets: unix(7). */

/* Receive clients from a channel, until its other end is closed. -1 is a
 * channel that did not come, in both of these. */
void handover_receive(struct server *server, int channel);

/* Send clients to that channel from now on, and no more to another. */
void handover_send_to(struct server *server, int channel);

enum handover_result {
	HANDOVER_WAIT = 0, /* not now: server_leave() is called when it can */
	HANDOVER_DONE,	   /* the session's connection is to be closed here */
	HANDOVER_LOST	   /* nobody can take it, ever */
};

/* Send one that is in SESSION_HEAD and has nothing to be sent. */
enum handover_result handover_send(struct session *s);

/* Whether a client may still come: another process has the other end of a
 * channel. */
bool handover_is_coming(const struct server *server);

/* Close all channels. */
void handover_clear(struct server *server);

#endif
