/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_COUNTERS_H
#define SOCKETS_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* What happened at one door, in memory that one process writes and another
 * one may read: so it outlives its writer. All but the last two only grow. */
struct counters {
	uint64_t connections; /* accepted */
	uint64_t turned_away; /* of them, not let in: who, or too many */
	uint64_t allowed;     /* requests, by the profile's verdict */
	uint64_t denied;
	uint64_t refused; /* requests that were not understood, or broken */
	uint64_t failed;  /* requests that the daemon could not be given */
	uint64_t streams; /* requests that became a stream or a tunnel */
	uint64_t sent;	  /* bytes of requests' bodies and of tunnels */
	uint64_t received;
	uint64_t open;	  /* connections, now */
	uint64_t flowing; /* streams and tunnels, now */
};

/* All that one process counts: one piece of memory. */
struct tally {
	uint64_t lines_lost;	 /* of its log */
	uint64_t audit_lost;	 /* lines of the audit */
	struct counters doors[]; /* in the order of its policy */
};

/* The size of one for so many doors. */
static inline size_t
tally_size(size_t doors)
{
	return sizeof(struct tally) + doors * sizeof(struct counters);
}

/* One more, or one less. There is one writer, so that a plain store is enough
 * for a reader to see whole numbers. */
static inline void
counter_add(uint64_t *counter, uint64_t count)
{
	__atomic_store_n(counter, *counter + count, __ATOMIC_RELAXED);
}

static inline void
counter_sub(uint64_t *counter, uint64_t count)
{
	__atomic_store_n(counter, *counter - count, __ATOMIC_RELAXED);
}

static inline void
counter_set(uint64_t *counter, uint64_t count)
{
	__atomic_store_n(counter, count, __ATOMIC_RELAXED);
}

static inline uint64_t
counter_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
