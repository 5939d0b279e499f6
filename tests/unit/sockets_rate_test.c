/* SPDX-License-Identifier: MIT */
/* The bucket, at a clock that the tests set: exact counts, and no number that
 * makes it give more. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/limits.h"
#include "sockets/rate.h"
#include "tests/unit/cases.h"

#define SECOND 1000000000ULL

static const unsigned rates[] = { 1, 2, 3, 7, 10, 60, 100, 997, 1000, 65536,
	999983, LIMIT_REQUESTS_MAX };

/* How many of so many tries at one moment. */
static unsigned
take(struct rate *rate, uint64_t now, unsigned tries)
{
	unsigned taken = 0;

	while (tries-- > 0)
		taken += rate_take(rate, now);
	return taken;
}

Test(rate, gives_a_second_s_worth_at_once_and_then_nothing)
{
	struct rate rate;
	size_t i;

	for (i = 0; i < CASES(rates); i++) {
		rate_init(&rate, rates[i], 5 * SECOND);
		cr_expect(
		    eq(uint, take(&rate, 5 * SECOND, rates[i] + 10), rates[i]));
		cr_expect(not(rate_take(&rate, 5 * SECOND)));
	}
}

Test(rate, gives_each_token_back_when_it_is_time_and_not_before)
{
	struct rate rate;
	uint64_t each;
	size_t i;

	for (i = 0; i < CASES(rates); i++) {
		/* Up, where it is no whole number of nanoseconds. */
		each = (SECOND + rates[i] - 1) / rates[i];
		rate_init(&rate, rates[i], SECOND);
		take(&rate, SECOND, rates[i]);
		cr_expect(not(rate_take(&rate, SECOND + each - 1)));
		cr_expect(rate_take(&rate, SECOND + each));
		cr_expect(not(rate_take(&rate, SECOND + each)));
	}
}

/* What Retry-After says. */
Test(rate, has_a_token_after_a_second)
{
	struct rate rate;
	size_t i;

	for (i = 0; i < CASES(rates); i++) {
		rate_init(&rate, rates[i], 0);
		take(&rate, 0, rates[i]);
		cr_expect(rate_take(&rate, SECOND));
	}
}

/* All that there are at one moment. */
static unsigned
drain(struct rate *rate, uint64_t now)
{
	unsigned taken = 0;

	while (rate_take(rate, now))
		taken++;
	return taken;
}

/* However often it is asked in between, in however odd steps. (A bucket of one
 * is full between two steps.) */
Test(rate, loses_and_gains_nothing_in_ten_minutes)
{
	static const uint64_t steps[] = { 1000003, 333333, 7777777, 99999999 };
	struct rate rate;
	uint64_t now, taken;
	size_t i, j;

	for (i = 1; i < 7; i++) {
		for (j = 0; j < CASES(steps); j++) {
			rate_init(&rate, rates[i], 0);
			taken = 0;
			for (now = 0; now <= 600 * SECOND; now += steps[j])
				taken += drain(&rate, now);
			now -= steps[j];
			/* A full bucket, and all that came back; it still has
			 * a part of one. */
			cr_expect(eq(u64, taken,
			    rates[i] + now / SECOND * rates[i] +
				now % SECOND * rates[i] / SECOND));
		}
	}
}

Test(rate, holds_no_more_than_a_second_s_worth)
{
	static const uint64_t gaps[] = { SECOND, SECOND + 1, 3600 * SECOND,
		UINT64_MAX / LIMIT_REQUESTS_MAX + 1, UINT64_MAX / 2,
		UINT64_MAX };
	struct rate rate;
	size_t i, j;

	for (i = 0; i < CASES(rates); i++) {
		for (j = 0; j < CASES(gaps); j++) {
			rate_init(&rate, rates[i], 0);
			take(&rate, 0, rates[i]);
			cr_expect(eq(uint, take(&rate, gaps[j], rates[i] + 10),
			    rates[i]));
		}
	}
}

Test(rate, gives_nothing_when_the_clock_goes_back)
{
	struct rate rate;

	rate_init(&rate, 10, 100 * SECOND);
	cr_expect(eq(uint, take(&rate, 100 * SECOND, 20), 10));
	cr_expect(eq(uint, take(&rate, 5 * SECOND, 20), 0));
	cr_expect(eq(uint, take(&rate, 0, 20), 0));
	cr_expect(eq(uint, take(&rate, SECOND / 2, 20), 5));
}

Test(rate, of_none_is_no_limit)
{
	struct rate rate;

	rate_init(&rate, 0, 0);
	cr_expect(eq(uint, take(&rate, 0, 100000), 100000));
}
