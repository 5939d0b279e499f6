/* SPDX-License-Identifier: MIT */
/* From a tree to states of the machine. What is repeated is copied, so a short
 * expression may come to many states; it is given up then. */

#include "core/limits.h"
#include "policy/import/regex_node.h"

struct emitter {
	struct machine *machine;
	const struct regex_node *nodes;
	size_t budget; /* of nodes that may still be emitted */
	bool failed;
};

static uint32_t
fail(struct emitter *e)
{
	e->failed = true;
	return 0;
}

/* From the tree to states, from the end to the beginning: each function
 * returns where to begin, and goes on to next at its end. */

static uint32_t
emit_state(
    struct emitter *e, enum machine_kind kind, uint32_t next, uint32_t other)
{
	uint32_t state = machine_add(
	    e->machine, &(struct machine_state){
			    .kind = kind, .next = next, .other = other });

	if (state == UINT32_MAX) {
		e->failed = true;
		return 0;
	}
	return state;
}

static uint32_t emit(struct emitter *e, uint32_t index, uint32_t next);

static uint32_t
emit_repeat(struct emitter *e, struct regex_node node, uint32_t next)
{
	uint32_t end = next, split;
	unsigned i;

	if (node.max == REGEX_MANY) {
		split = emit_state(e, MACHINE_SPLIT, 0, next);
		next = emit(e, node.a, split);
		if (e->failed)
			return 0;
		e->machine->states[split].next = next;
		next = split;
	} else {
		for (i = node.min; i < node.max && !e->failed; i++)
			next = emit_state(
			    e, MACHINE_SPLIT, emit(e, node.a, next), end);
	}
	for (i = 0; i < node.min && !e->failed; i++)
		next = emit(e, node.a, next);
	return next;
}

static uint32_t
emit(struct emitter *e, uint32_t index, uint32_t next)
{
	struct regex_node node = e->nodes[index];
	uint32_t state;

	if (e->failed || e->budget-- == 0)
		return fail(e);
	switch (node.kind) {
	case REGEX_EMPTY:
		return next;
	case REGEX_BYTES:
		state = emit_state(e, MACHINE_BYTES, next, 0);
		if (!e->failed)
			e->machine->states[state].bytes = node.bytes;
		return state;
	case REGEX_BEGIN:
		return emit_state(e, MACHINE_BEGIN, next, 0);
	case REGEX_END:
		return emit_state(e, MACHINE_END, next, 0);
	case REGEX_BOTH:
		for (; node.kind == REGEX_BOTH && !e->failed;
		     node = e->nodes[index]) {
			next = emit(e, node.b, next);
			index = node.a;
		}
		return emit(e, index, next);
	case REGEX_EITHER:
		state = emit(e, node.b, next);
		for (index = node.a;
		     e->nodes[index].kind == REGEX_EITHER && !e->failed;
		     index = e->nodes[index].a)
			state = emit_state(e, MACHINE_SPLIT,
			    emit(e, e->nodes[index].b, next), state);
		return emit_state(
		    e, MACHINE_SPLIT, emit(e, index, next), state);
	case REGEX_REPEAT:
		return emit_repeat(e, node, next);
	}
	return next;
}

/* Where it may begin: anywhere, if it does not say otherwise. */
static uint32_t
emit_anywhere(struct emitter *e, uint32_t start)
{
	struct byteset all = { 0 };
	uint32_t any, split;

	any = emit_state(e, MACHINE_BYTES, 0, 0);
	split = emit_state(e, MACHINE_SPLIT, start, any);
	if (e->failed)
		return 0;
	byteset_add(&all, 0, 255);
	e->machine->states[any].bytes = all;
	e->machine->states[any].next = split;
	return split;
}

bool
regex_emit(struct machine *machine, const struct regex_node *nodes,
    uint32_t root, bool anywhere)
{
	struct emitter e = { .machine = machine,
		.nodes = nodes,
		.budget = LIMIT_IMPORT_STATES * 8 };
	uint32_t start;

	start = emit_state(&e, MACHINE_MATCH, 0, (uint32_t)machine->patterns);
	start = emit(&e, root, start);
	if (anywhere && !e.failed)
		start = emit_anywhere(&e, start);
	if (!e.failed)
		machine_add_start(machine, start);
	return !e.failed;
}
