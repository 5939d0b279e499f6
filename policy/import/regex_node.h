/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_REGEX_NODE_H
#define POLICY_IMPORT_REGEX_NODE_H

#include "policy/import/machine.h"

/* An expression as a tree, whose nodes are numbers in an array: what regex.c
 * reads and regex_emit.c makes states of. */

enum regex_kind {
	REGEX_EMPTY = 0,
	REGEX_BYTES,
	REGEX_BEGIN,
	REGEX_END,
	REGEX_BOTH,   /* a, then b */
	REGEX_EITHER, /* a or b */
	REGEX_REPEAT  /* a, min to max times */
};

enum {
	REGEX_MANY = 0xffff /* no max */
};

struct regex_node {
	enum regex_kind kind;
	uint32_t a, b;
	unsigned min, max;
	struct byteset bytes;
};

/* Add the tree's states to the machine, as its next pattern, which may begin
 * anywhere or only where the subject does. False: it is too large, and there
 * may be states that lead nowhere. */
bool regex_emit(struct machine *machine, const struct regex_node *nodes,
    uint32_t root, bool anywhere);

#endif
