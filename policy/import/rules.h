/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_RULES_H
#define POLICY_IMPORT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/span.h"
#include "policy/import/machine.h"
#include "policy/operation.h"

/* What another proxy goes by: rules in their order. The first that has the
 * method and whose expression matches the target decides; if there is none,
 * the request is denied. */

#define METHODS_ALL   0xffu /* also those that postern does not know */
#define METHOD_BIT(m) (1u << (m))

struct rule {
	bool allow;
	unsigned methods; /* METHOD_BIT()s */
	uint32_t end;	  /* its states are those from the last rule's */
};

/* What a target is to that proxy. */
enum rules_reading {
	READS_DECODED = 0, /* its path, decoded */
	READS_CLEANED,	   /* the same, without dot segments and the like */
	READS_UNVERSIONED, /* cleaned, and without the API's version */
	READS_WHOLE	   /* path and query, as they are */
};

/* What one search leaves to the next, so that each need not ask for memory. */
struct rules_memory {
	struct place *places;
	uint32_t *table;
	uint32_t *pool;
	size_t pool_size;
	struct machine_set set, next;
};

struct rules {
	enum rules_reading reading;
	struct machine machine; /* a pattern for each rule */
	struct rule *list;
	size_t len;
	struct byteclasses classes;
	struct rules_memory memory;
};

void rules_clear(struct rules *rules);

/* Add a rule behind the others. -1 with err set: the expression is not
 * understood, and there is no such rule. */
int rules_add(struct rules *rules, bool allow, unsigned methods,
    struct span expression, struct err *err);

/* What the rules say, given which of them match. */
bool rules_decide(
    const struct rules *rules, enum method method, const bool *matches);

/* What they say of one target, as far as it is what the reading makes of it. */
bool rules_allow(struct rules *rules, enum method method, const char *target);

#endif
