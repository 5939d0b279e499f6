/* SPDX-License-Identifier: MIT */
/* How many requests a door takes in a second. Numbers cannot overflow: what
 * comes back in more than a second fills the bucket, and a second's worth of
 * the highest rate is 10^15 parts. */

#include "sockets/rate.h"

void
rate_init(struct rate *rate, unsigned per_second, uint64_t now)
{
	*rate =
	    (struct rate){ per_second, (uint64_t)per_second * RATE_TOKEN, now };
}

bool
rate_take(struct rate *rate, uint64_t now)
{
	const uint64_t most = rate->per_second * RATE_TOKEN;
	uint64_t passed;

	if (rate->per_second == 0)
		return true;
	passed = now > rate->seen ? now - rate->seen : 0;
	if (passed > RATE_TOKEN)
		passed = RATE_TOKEN;
	rate->level += passed * rate->per_second;
	if (rate->level > most)
		rate->level = most;
	rate->seen = now;
	if (rate->level < RATE_TOKEN)
		return false;
	rate->level -= RATE_TOKEN;
	return true;
}
