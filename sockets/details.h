/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_DETAILS_H
#define SOCKETS_DETAILS_H

#include "policy/operation.h"
#include "policy/refusal.h"
#include "policy/verdict.h"
#include "sockets/counters.h"

/* What struct counters sums up, one by one: for each door another struct, in
 * the same memory, written by the worker and read by the supervisor. Nothing
 * is here that is not there too: where a door's counters are zero, so is
 * this, and it need not be looked at. */

/* What is counted of a profile's verdicts. */
enum counted {
	COUNTED_ALLOW = 0,
	COUNTED_DENY,
	COUNTED_WOULD_DENY, /* it passed: struct counters has it as allowed */
	COUNTED
};

enum {
	/* Why requests were rejected: the reasons of a denial, and behind them
	 * all refusals. */
	REJECTIONS_VERDICT = REASON_ALLOWED,
	REJECTIONS = REJECTIONS_VERDICT + REFUSALS,
	/* The place of requests that are no operation. */
	DETAILS_UNKNOWN = OPERATIONS_MAX,
	DETAILS_OPERATIONS,
	/* Answers, by how long the daemon took; the last has no bound. */
	DETAILS_BUCKETS = 14
};

/* What each door needs comes first, and together; of the operations, each
 * touches its own few. */
struct details {
	uint64_t buckets[DETAILS_BUCKETS];
	uint64_t nanoseconds; /* of all answers in them */
	uint64_t rejections[REJECTIONS];
	uint64_t requests[DETAILS_OPERATIONS][COUNTED];
};

/* What the places are called: "allow", "not-allowed", "ContainerList" or
 * "unknown"; and a bucket's bound in seconds, "0.001" or "+Inf". NULL where
 * the table of operations is at its end. */
const char *details_verdict(enum counted verdict);
const char *details_rejection(size_t rejection);
const char *details_operation(size_t operation);
const char *details_bound(size_t bucket);

/* The same bound in nanoseconds; UINT64_MAX: none. */
uint64_t details_bound_nanoseconds(size_t bucket);

/* A number for what all places are called: programs of different versions may
 * have operations in other places, and must not read each other's. */
uint64_t details_legend(void);

/* Count a verdict; why it was not one; an answer that took so long. */
void details_count_verdict(struct details *details,
    const struct operation *operation, const struct verdict *verdict);
void details_count_refusal(struct details *details, enum refusal refusal);
void details_count_answer(struct details *details, uint64_t nanoseconds);

/* Whether an operation's answers are timed: not those that end when something
 * happens, nor those to a body that takes its own time to come. */
bool details_times(const struct operation *operation);

/* Add what another one has. */
void details_add(struct details *sum, const struct details *details);

/* The memory of a tally with details: behind those of all doors, their
 * details, in the same order. */
static inline size_t
details_tally_size(size_t doors)
{
	return tally_size(doors) + doors * sizeof(struct details);
}

static inline struct details *
details_of_tally(struct tally *tally, size_t doors)
{
	return (struct details *)(void *)&tally->doors[doors];
}

#endif
