/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_OBSERVING_H
#define TESTS_FUZZ_OBSERVING_H

#include "policy/inspect.h"

/* A request at a profile, which is then taken to observe. */
struct observing {
	const struct profile *profile;
	const struct request *request;
	struct inspect_fact *facts; /* with room for INSPECT_FACTS_MAX */
	size_t *facts_len;
	/* Add what the daemon says to a GET of that path. */
	void (*answer)(void *arg, struct span path);
	void *arg;
};

/* Check that what it learns of the request without root gives no root; and that
 * what the request needs, written as a profile and loaded, lets it pass. */
void observing_check(const struct observing *observing, struct span body);

#endif
