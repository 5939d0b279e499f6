/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_OBSERVATIONS_H
#define TESTS_UNIT_OBSERVATIONS_H

#include "policy/observe.h"

/* What must be true of every request, whatever it asks for, of every profile,
 * once that observes. */

/* Check, of a request that was judged to be of this result by the profile:
 * where root is observed too, it passes if it was denied for what is in it, and
 * is refused as it was for anything else; where not, nothing is learnt that
 * gives root; and what it needs, written as a profile and loaded, lets it pass,
 * but not with one line less. The profile is changed. */
void observations_check(const char *name, struct profile *profile,
    const struct inspection *judged, enum inspect_result result,
    struct span body);

#endif
