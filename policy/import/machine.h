/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_MACHINE_H
#define POLICY_IMPORT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* Patterns as one automaton: all of them read the same bytes at once, each
 * byte once, whatever the patterns are (Thompson's construction). */

struct byteset {
	uint64_t bits[4];
};

void byteset_add(struct byteset *set, unsigned first, unsigned last);
void byteset_invert(struct byteset *set);
bool byteset_has(const struct byteset *set, unsigned char byte);

enum machine_kind {
	MACHINE_MATCH = 0, /* stays, whatever comes behind it */
	MACHINE_BYTES,	   /* one of these bytes, then next */
	MACHINE_SPLIT,	   /* next and other */
	MACHINE_BEGIN,	   /* next, where nothing stands before */
	MACHINE_END	   /* next, where nothing stands behind */
};

struct machine_state {
	enum machine_kind kind;
	uint32_t next;
	uint32_t other; /* MATCH: the pattern's number */
	struct byteset bytes;
};

/* All zero is one without patterns. */
struct machine {
	struct machine_state *states;
	size_t states_len;
	size_t states_size;
	uint32_t *starts; /* of each pattern */
	size_t patterns;
	uint32_t *marks; /* by state: the last walk that met it */
	uint32_t walk;
	uint32_t *stack;
	size_t marks_size;
	uint64_t work; /* states that were looked at, in all */
};

/* The states that a machine is in: sorted, so that equal ones are the same
 * bytes. All zero is none. */
struct machine_set {
	uint32_t *list;
	size_t len;
	size_t size;
};

void machine_clear(struct machine *machine);
void machine_set_clear(struct machine_set *set);

/* Add a state. Its number, or UINT32_MAX: there are LIMIT_IMPORT_STATES. */
uint32_t
machine_add(struct machine *machine, const struct machine_state *state);

/* A pattern's states are complete; its number is how many there were. */
void machine_add_start(struct machine *machine, uint32_t start);

/* Forget the patterns behind the first so many, and the states behind theirs.
 */
void machine_cut(struct machine *machine, size_t patterns, size_t states);

/* Where it is before the first byte, and behind one more. */
void machine_begin(struct machine *machine, struct machine_set *set);
void machine_step(struct machine *machine, const struct machine_set *from,
    unsigned char byte, struct machine_set *to);

/* ASCII's bytes that no state tells apart are in one class. All zero is one
 * class of all. */
struct byteclasses {
	uint64_t bits[128][2];
	size_t len;
};

/* Split classes by the states from this one on. */
void machine_classes(
    const struct machine *machine, size_t from, struct byteclasses *classes);

/* Whether each pattern matches what was read, if nothing stands behind. */
void machine_matches(
    struct machine *machine, const struct machine_set *set, bool *matches);

/* The same for a whole subject. */
void machine_read(struct machine *machine, struct span subject, bool *matches);

#endif
