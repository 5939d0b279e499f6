/* SPDX-License-Identifier: MIT */
#ifndef CMD_CONTAINER_H
#define CMD_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/span.h"
#include "sockets/newcomer.h"

/* Which container a process is in, as its control groups say: cgroups(7). */

/* The text of /proc/PID/cgroup. True, and the ID with a NUL; or false. */
bool container_read(struct span text, char id[NEWCOMER_ID]);

/* The container of the process of that number. With its pidfd_open(2), or -1,
 * it is made sure that it is the same one still. */
bool container_of(pid_t pid, int pidfd, char id[NEWCOMER_ID]);

#endif
