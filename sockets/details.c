/* SPDX-License-Identifier: MIT */
/* Counting one by one, and what the counts are called. */

#include "sockets/details.h"

const char *
details_verdict(enum counted verdict)
{
	switch (verdict) {
	case COUNTED_ALLOW:
		return decision_name(DECIDE_ALLOW);
	case COUNTED_DENY:
		return decision_name(DECIDE_DENY);
	case COUNTED_WOULD_DENY:
		return decision_name(DECIDE_OBSERVE);
	case COUNTED:
		break;
	}
	return NULL;
}

const char *
details_rejection(size_t rejection)
{
	return rejection < REJECTIONS_VERDICT
		   ? reason_name((enum reason)rejection)
		   : refusal_name(
			 (enum refusal)(rejection - REJECTIONS_VERDICT));
}

const char *
details_operation(size_t operation)
{
	if (operation == DETAILS_UNKNOWN)
		return "unknown";
	return operation < operations_len ? operations[operation].name : NULL;
}

/* The usual ones of Prometheus' clients, and one below: a daemon on the same
 * machine answers most requests within a millisecond or a few. */
static const struct {
	const char *name;
	uint64_t nanoseconds;
} bounds[DETAILS_BUCKETS] = {
	{"0.001",   1000000	   },
	{ "0.0025", 2500000    },
	{ "0.005",  5000000	   },
	{ "0.01",	  10000000   },
	{ "0.025",  25000000   },
	{ "0.05",	  50000000   },
	{ "0.1",	 100000000  },
	{ "0.25",	  250000000  },
	{ "0.5",	 500000000  },
	{ "1",      1000000000 },
	{ "2.5",	 2500000000 },
	{ "5",      5000000000 },
	{ "10",	10000000000},
	{ "+Inf",	  UINT64_MAX },
};

const char *
details_bound(size_t bucket)
{
	return bounds[bucket].name;
}

uint64_t
details_bound_nanoseconds(size_t bucket)
{
	return bounds[bucket].nanoseconds;
}

/* FNV-1a, with the NUL, so that names cannot run into each other. */
static uint64_t
mix(uint64_t hash, const char *name)
{
	do {
		hash ^= (unsigned char)*name;
		hash *= 0x100000001b3U;
	} while (*name++ != '\0');
	return hash;
}

uint64_t
details_legend(void)
{
	uint64_t hash = 0xcbf29ce484222325U;
	size_t i;

	for (i = 0; i < DETAILS_BUCKETS; i++)
		hash = mix(hash, details_bound(i));
	for (i = 0; i < REJECTIONS; i++)
		hash = mix(hash, details_rejection(i));
	for (i = 0; i < COUNTED; i++)
		hash = mix(hash, details_verdict((enum counted)i));
	/* With empty places: where the last one stands matters too. */
	for (i = 0; i < DETAILS_OPERATIONS; i++)
		hash = mix(hash,
		    details_operation(i) == NULL ? "" : details_operation(i));
	return hash;
}

void
details_count_verdict(struct details *details,
    const struct operation *operation, const struct verdict *verdict)
{
	const size_t i = operation == NULL ? (size_t)DETAILS_UNKNOWN
					   : (size_t)(operation - operations);

	switch (verdict->decision) {
	case DECIDE_OBSERVE:
		counter_add(&details->requests[i][COUNTED_WOULD_DENY], 1);
		return;
	case DECIDE_ALLOW:
		counter_add(&details->requests[i][COUNTED_ALLOW], 1);
		return;
	case DECIDE_DENY:
		counter_add(&details->requests[i][COUNTED_DENY], 1);
		counter_add(&details->rejections[verdict->reason], 1);
		return;
	}
}

void
details_count_refusal(struct details *details, enum refusal refusal)
{
	counter_add(&details->rejections[REJECTIONS_VERDICT + refusal], 1);
}

void
details_count_answer(struct details *details, uint64_t nanoseconds)
{
	size_t i = 0;

	while (nanoseconds > bounds[i].nanoseconds)
		i++;
	counter_add(&details->buckets[i], 1);
	counter_add(&details->nanoseconds, nanoseconds);
}

bool
details_times(const struct operation *operation)
{
	return !operation->endless && operation->body != BODY_STREAM;
}

void
details_add(struct details *sum, const struct details *details)
{
	size_t i, j;

	for (i = 0; i < DETAILS_BUCKETS; i++)
		sum->buckets[i] += counter_read(&details->buckets[i]);
	sum->nanoseconds += counter_read(&details->nanoseconds);
	for (i = 0; i < REJECTIONS; i++)
		sum->rejections[i] += counter_read(&details->rejections[i]);
	for (i = 0; i < DETAILS_OPERATIONS; i++)
		for (j = 0; j < COUNTED; j++)
			sum->requests[i][j] +=
			    counter_read(&details->requests[i][j]);
}
