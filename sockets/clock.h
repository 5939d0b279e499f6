/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_CLOCK_H
#define SOCKETS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of a clock that nobody sets. Reading it costs no system call,
 * where the kernel lets programs do so: vdso(7). */
static inline uint64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

#endif
