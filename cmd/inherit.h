/* SPDX-License-Identifier: MIT */
#ifndef CMD_INHERIT_H
#define CMD_INHERIT_H

#include <stddef.h>

#include "core/err.h"

/* Descriptors by name, from whoever started this process: sd_listen_fds(3).
 * systemd hands them to the supervisor, the supervisor to its workers. */

struct inherited {
	char **names;
	int *fds;
	size_t len;
};

/* Take what LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES say, and forget these
 * variables. Each descriptor gets FD_CLOEXEC. Variables that are for another
 * process are none for us. Without LISTEN_FDNAMES each is named "unknown". 0,
 * or -1 with err set: the variables make no sense. */
int inherit_take(struct inherited *inherited, struct err *err);

/* The first one of that name, which is the caller's from now on; or -1. */
int inherit_find(struct inherited *inherited, const char *name);

/* Close what nobody took, and free. */
void inherit_clear(struct inherited *inherited);

/* In a child after fork(2): hand over these descriptors as 3, 4, ... and become
 * the program (a descriptor of it). NOTIFY_SOCKET and the watchdog's variables
 * are not for it. Returns only if that failed, with errno set. */
void inherit_exec(int program, char *const arguments[],
    const char *const names[], const int fds[], size_t len);

#endif
