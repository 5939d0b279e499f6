/* SPDX-License-Identifier: MIT */
#ifndef CMD_PRIVILEGE_H
#define CMD_PRIVILEGE_H

#include "cmd/settings.h"

/* Root becomes an ordinary user, for good: the one that the settings name; by
 * default postern, and where there is none, nobody. It is in its own groups, in
 * that of the daemon's socket, and in those that profiles give their doors.
 * settings->config.directory is made for it, if it is not there. For anybody
 * but root this does nothing. 0, or -1 with err set: then the process must not
 * go on. */
int privilege_drop(const struct settings *settings, struct err *err);

#endif
