/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_RATE_H
#define SOCKETS_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* A bucket of tokens: so many come back each second, up to as many as that,
 * and each request takes one. So a second's worth may come at once. All times
 * are nanoseconds of one clock. */
struct rate {
	uint64_t per_second; /* 0: no limit */
	uint64_t level;	     /* tokens, in parts of 1 / RATE_TOKEN */
	uint64_t seen;	     /* when that was so */
};

/* With whole parts that come back in each nanosecond, nothing is lost by
 * rounding. */
#define RATE_TOKEN 1000000000U

/* A full bucket. */
void rate_init(struct rate *rate, unsigned per_second, uint64_t now);

/* Take a token; false: there is none. That takes a second at most to change.
 * A clock that goes back gives nothing. */
bool rate_take(struct rate *rate, uint64_t now);

#endif
