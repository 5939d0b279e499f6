/* SPDX-License-Identifier: MIT */
#ifndef CMD_NOTIFY_H
#define CMD_NOTIFY_H

#include <stdbool.h>

/* Telling the service manager: sd_notify(3). All do nothing where there is
 * none. One that does not read is waited for, a second at most and only once
 * until it reads again. */

/* Whether a service manager listens. */
bool notify_is_on(void);

/* Lines such as "READY=1\nSTATUS=...". */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with a descriptor, for FDSTORE=1. */
void notify_send_fd(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* RELOADING=1 with the clock that systemd wants to see beside it. */
void notify_reloading(void);

/* Seconds after which the manager gives up waiting for WATCHDOG=1; 0: it does
 * not (sd_watchdog_enabled(3)). */
double notify_watchdog(void);

#endif
