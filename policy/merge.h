/* SPDX-License-Identifier: MIT */
#ifndef POLICY_MERGE_H
#define POLICY_MERGE_H

#include "core/buf.h"
#include "policy/profile.h"
#include "policy/suggestion.h"

/* A suggestion, put into the file of a profile that there is already. Nothing
 * is taken out of it. Ends the program where memory is short. */
struct merge {
	struct buf text;    /* the file as it would be */
	struct buf diff;    /* to it, as diff -u writes it; empty: none */
	struct buf remarks; /* for people, in lines */
};

/* Add what the profile, which the text is the file of, does not allow yet.
 * Label is the file's name in the diff. */
void merge_suggestion(struct merge *merge, const struct suggestion *suggestion,
    const struct profile *profile, struct span text, const char *label);
void merge_clear(struct merge *merge);

#endif
