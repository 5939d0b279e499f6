/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_HANGUP_H
#define SOCKETS_HANGUP_H

#include "core/err.h"
#include "sockets/server.h"

/* Noticing that a client is wholly gone while nothing is read from it. */

/* 0, or -1 with err set. */
int hangup_init(struct server *server, struct err *err);
void hangup_clear(struct server *server);

/* From now on session_on_hangup() is called when the client's connection is
 * closed both ways; or no longer. Calling it again changes nothing. */
void hangup_watch(struct session *s, bool yes);

/* Whether it is closed both ways now. */
bool hangup_is(int fd);

#endif
