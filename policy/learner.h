/* SPDX-License-Identifier: MIT */
#ifndef POLICY_LEARNER_H
#define POLICY_LEARNER_H

#include "policy/observe.h"

/* A profile that learns what a request needs, line by line. */

/* One line more. */
struct learnt {
	enum section_key key;
	char *text;   /* NULL: the key is lifted, so that anything passes */
	bool written; /* it can stand in a profile */
};

struct learner {
	struct profile profile; /* its own in what was learnt alone */
	struct learnt lines[OBSERVE_LINES];
	size_t len;
	bool owned[SECTION_KEYS]; /* the array of rules is the learner's */
	bool root;		  /* what can give root is learnt as well */
	bool closed;		  /* it begins with nothing */
	bool no_memory;
};

/* Begin as the profile is. It must outlive the learner. */
struct learner *learner_new(const struct profile *profile);

/* Begin with nothing: what is learnt is then all that is needed. */
struct learner *learner_new_closed(const struct profile *profile);

void learner_free(struct learner *learner);

/* inspect() by what the learner knows, and learn, until the request passes, the
 * daemon must be asked, or nothing that may be learnt would let it pass. What
 * is written is appended to out on INSPECT_PASS. */
enum inspect_result learner_inspect(struct learner *learner,
    struct inspection *in, struct span body, struct buf *out);

/* Append the lines. False without memory. */
bool learner_write(const struct learner *learner, struct buf *lines);

#endif
