/* SPDX-License-Identifier: MIT */
/* An automaton that is in many states at once: see machine.h. Time is bounded
 * by bytes times states; nothing here goes back. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/import/machine.h"
#include "policy/profile_build.h"

void
byteset_add(struct byteset *set, unsigned first, unsigned last)
{
	unsigned byte;

	for (byte = first; byte <= last && byte < 256; byte++)
		set->bits[byte / 64] |= (uint64_t)1 << byte % 64;
}

void
byteset_invert(struct byteset *set)
{
	size_t i;

	for (i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

bool
byteset_has(const struct byteset *set, unsigned char byte)
{
	return (set->bits[byte / 64] >> byte % 64 & 1) != 0;
}

void
machine_clear(struct machine *machine)
{
	free(machine->states);
	free(machine->starts);
	free(machine->marks);
	free(machine->stack);
	*machine = (struct machine){ 0 };
}

void
machine_set_clear(struct machine_set *set)
{
	free(set->list);
	*set = (struct machine_set){ 0 };
}

uint32_t
machine_add(struct machine *machine, const struct machine_state *state)
{
	if (machine->states_len == LIMIT_IMPORT_STATES)
		return UINT32_MAX;
	if (machine->states_len == machine->states_size) {
		machine->states_size =
		    machine->states_size == 0 ? 256 : machine->states_size * 2;
		machine->states = must(reallocarray(machine->states,
		    machine->states_size, sizeof(*machine->states)));
	}
	machine->states[machine->states_len] = *state;
	return (uint32_t)machine->states_len++;
}

void
machine_add_start(struct machine *machine, uint32_t start)
{
	machine->starts = must(reallocarray(
	    machine->starts, machine->patterns + 1, sizeof(*machine->starts)));
	machine->starts[machine->patterns++] = start;
}

void
machine_cut(struct machine *machine, size_t patterns, size_t states)
{
	machine->patterns = patterns;
	machine->states_len = states;
}

/* Another walk over the states: none of them has been met. */
static void
start_walk(struct machine *machine)
{
	size_t size = machine->states_size;

	if (machine->marks_size < size || machine->walk == UINT32_MAX) {
		machine->marks =
		    must(reallocarray(machine->marks, size, sizeof(uint32_t)));
		/* Each state is on the stack once at most, and its two
		 * successors. */
		machine->stack = must(
		    reallocarray(machine->stack, size, 3 * sizeof(uint32_t)));
		memset(machine->marks, 0, size * sizeof(uint32_t));
		machine->marks_size = size;
		machine->walk = 0;
	}
	machine->walk++;
}

static void
add_to_set(struct machine_set *set, uint32_t state)
{
	if (set->len == set->size) {
		set->size = set->size == 0 ? 16 : set->size * 2;
		set->list = must(
		    reallocarray(set->list, set->size, sizeof(*set->list)));
	}
	set->list[set->len++] = state;
}

/* Go from a state to all that can be reached without a byte. Those that wait
 * for one, or for the end, go to the set; or where set is NULL, what matches
 * goes to matches. */
static void
walk(struct machine *machine, uint32_t from, bool begin, bool end,
    struct machine_set *set, bool *matches)
{
	const struct machine_state *state;
	size_t depth = 0;

	machine->stack[depth++] = from;
	while (depth > 0) {
		from = machine->stack[--depth];
		if (machine->marks[from] == machine->walk)
			continue;
		machine->marks[from] = machine->walk;
		machine->work++;
		state = &machine->states[from];
		switch (state->kind) {
		case MACHINE_SPLIT:
			machine->stack[depth++] = state->other;
			machine->stack[depth++] = state->next;
			break;
		case MACHINE_BEGIN:
			if (begin)
				machine->stack[depth++] = state->next;
			break;
		case MACHINE_END:
			if (end)
				machine->stack[depth++] = state->next;
			if (set != NULL)
				add_to_set(set, from);
			break;
		case MACHINE_MATCH:
			if (matches != NULL)
				matches[state->other] = true;
			if (set != NULL)
				add_to_set(set, from);
			break;
		case MACHINE_BYTES:
			if (set != NULL)
				add_to_set(set, from);
			break;
		}
	}
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Most are short, and nearly sorted. */
static void
sort(struct machine_set *set)
{
	uint32_t state;
	size_t i, k;

	if (set->len > 128) {
		qsort(set->list, set->len, sizeof(*set->list), compare);
		return;
	}
	for (i = 1; i < set->len; i++) {
		state = set->list[i];
		for (k = i; k > 0 && set->list[k - 1] > state; k--)
			set->list[k] = set->list[k - 1];
		set->list[k] = state;
	}
}

void
machine_begin(struct machine *machine, struct machine_set *set)
{
	size_t i;

	set->len = 0;
	if (machine->states_len == 0)
		return;
	start_walk(machine);
	for (i = 0; i < machine->patterns; i++)
		walk(machine, machine->starts[i], true, false, set, NULL);
	sort(set);
}

void
machine_step(struct machine *machine, const struct machine_set *from,
    unsigned char byte, struct machine_set *to)
{
	const struct machine_state *state;
	size_t i;

	to->len = 0;
	if (from->len == 0)
		return;
	start_walk(machine);
	machine->work += from->len;
	for (i = 0; i < from->len; i++) {
		state = &machine->states[from->list[i]];
		if (state->kind == MACHINE_MATCH)
			walk(machine, from->list[i], false, false, to, NULL);
		else if (state->kind == MACHINE_BYTES &&
			 byteset_has(&state->bytes, byte))
			walk(machine, state->next, false, false, to, NULL);
	}
	sort(to);
}

/* Split classes that this set tells apart. */
static void
split(struct byteclasses *classes, const struct byteset *set)
{
	size_t i, before = classes->len;
	uint64_t in[2], *bits;

	for (i = 0; i < before; i++) {
		bits = classes->bits[i];
		in[0] = bits[0] & set->bits[0];
		in[1] = bits[1] & set->bits[1];
		if ((in[0] | in[1]) == 0 ||
		    (in[0] == bits[0] && in[1] == bits[1]))
			continue;
		bits[0] ^= in[0];
		bits[1] ^= in[1];
		memcpy(classes->bits[classes->len++], in, sizeof(in));
	}
}

void
machine_classes(
    const struct machine *machine, size_t from, struct byteclasses *classes)
{
	const struct byteset *last = NULL, *set;
	size_t i;

	if (classes->len == 0) {
		memset(classes->bits[0], 0xff, sizeof(classes->bits[0]));
		classes->len = 1;
	}
	for (i = from; i < machine->states_len; i++) {
		set = &machine->states[i].bytes;
		if (machine->states[i].kind != MACHINE_BYTES ||
		    (last != NULL && memcmp(last, set, sizeof(*set)) == 0))
			continue;
		split(classes, set);
		last = set;
	}
}

void
machine_matches(
    struct machine *machine, const struct machine_set *set, bool *matches)
{
	const struct machine_state *state;
	size_t i;

	memset(matches, 0, machine->patterns * sizeof(*matches));
	if (set->len == 0)
		return;
	start_walk(machine);
	for (i = 0; i < set->len; i++) {
		state = &machine->states[set->list[i]];
		if (state->kind == MACHINE_MATCH)
			matches[state->other] = true;
		else if (state->kind == MACHINE_END)
			walk(machine, state->next, false, true, NULL, matches);
	}
}

void
machine_read(struct machine *machine, struct span subject, bool *matches)
{
	struct machine_set set = { 0 }, next = { 0 }, swap;
	size_t i;

	machine_begin(machine, &set);
	for (i = 0; i < subject.len; i++) {
		machine_step(
		    machine, &set, (unsigned char)subject.at[i], &next);
		swap = set;
		set = next;
		next = swap;
	}
	machine_matches(machine, &set, matches);
	machine_set_clear(&set);
	machine_set_clear(&next);
}
