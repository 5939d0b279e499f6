/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_WATCH_H
#define SOCKETS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sockets/logger.h"
#include "sockets/server.h"

/* Those who watch decisions as they are made. Each gets lines of JSON, as the
 * log has them and with the time, on a connection of its own; what it does not
 * take at once is lost to it, and counted:
 *
 *	{"event":"lost","count":7} */

struct watch;

/* Somebody watches from now on, on that connection, which is the server's: a
 * profile, or all if that is empty. The number is its name. */
void
watch_add(struct server *server, uint64_t number, const char *profile, int fd);

/* It does not any more. */
void watch_remove(struct server *server, uint64_t number);

/* Hang up on all. */
void watch_clear(struct server *server);

/* If somebody watches that door, begin a line, which watch_end() sends; else
 * NULL. */
struct logger *
watch_begin(struct door *door, enum log_level level, const char *event);
void watch_end(struct door *door);

#endif
