/* SPDX-License-Identifier: MIT */
#ifndef CMD_BUNDLE_H
#define CMD_BUNDLE_H

#include "cmd/settings.h"
#include "core/err.h"

/* A configuration handed from the supervisor to its workers: the texts that
 * were read, in memory that nobody can change any more (memfd_create(2),
 * sealed). A worker reads no file. Both are the same program, so the bundle's
 * form may change with any version. */

/* Returns a sealed descriptor with FD_CLOEXEC, or -1 with err set. */
int bundle_make(const struct settings *settings, struct err *err);

/* Read it: the settings that a worker needs (upstream, log, head, drain) and
 * the policy, the profiles being in the same order. 0, or -1 with err set. The
 * descriptor stays the caller's. */
int bundle_read(int fd, struct settings *settings, struct err *err);

#endif
