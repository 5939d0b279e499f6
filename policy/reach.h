/* SPDX-License-Identifier: MIT */
#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include "policy/profile.h"

/* What a client can reach by what its profile allows, worked out from the
 * tables that decide: the operations, the fields of their requests, and the
 * keys of the sections that those fields ask for. */

/* Why something can be reached. */
struct reach_cause {
	enum reach reach;
	const struct operation *operation;
	enum section_key key;		 /* or KEY_NONE: by the operation */
	const struct section_rule *rule; /* of the key; NULL: of a flag */
};

/* What one word or line of a key leads to in a profile that is as it is; of a
 * flag that is set, with NULL. */
enum reach reach_of_rule(const struct profile *profile, enum section_key key,
    const struct section_rule *rule);

/* Call back for every cause but those of REACH_NOTHING, in the order of the
 * operations. */
void reach_each(const struct profile *profile,
    void (*each)(void *arg, const struct reach_cause *cause), void *arg);

/* The worst of them; of a profile that observes, what it lets pass as well. */
enum reach reach_of(const struct profile *profile);

/* "nothing risky", "reads secrets", "changes what others own", "root on the
 * host". */
const char *reach_name(enum reach reach);

/* Call back, with a sentence, for each combination of what is allowed that is
 * worse than its parts: an image that a container must be made of, and a way
 * to put another one in its place. */
void reach_notes(const struct profile *profile,
    void (*each)(void *arg, const char *note), void *arg);

#endif
