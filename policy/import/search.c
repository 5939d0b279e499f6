/* SPDX-License-Identifier: MIT */
/* A walk, shortest words first, through what a language and the rules can be
 * in together. Bytes that no expression tells apart are tried once. A pair of
 * states that was met is not walked again, so it ends; the bounds are for
 * rules that were made to be slow. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/import/regex.h"
#include "policy/import/search.h"
#include "policy/profile_build.h"

enum {
	TABLE = 2 * LIMIT_IMPORT_PLACES
};

/* Where a walk has come to, and how. */
struct place {
	uint32_t from;
	uint32_t at, len; /* its states, in the pool */
	uint16_t depth;
	unsigned char byte;
};

enum foresight {
	FORESIGHT_NONE = 0,
	FORESIGHT_ALLOW,
	FORESIGHT_DENY
};

struct walk {
	struct rules *rules;
	const struct question *question;
	struct search *search;
	/* States: the rules', the language's, the filter's, the exception's. */
	uint32_t language, language_end, filter_end;
	bool *matches;		  /* rules, language, filter, except */
	unsigned char bytes[128]; /* one of each class, the nicest */
	size_t bytes_len;
	/* The table is of places, by their states; 0: none, else + 1. */
	struct rules_memory *memory;
	size_t places_len, pool_len;
};

/* One byte of each class: a letter or a digit, where it has one, so that words
 * that are shown look like names. */
static void
choose_bytes(struct walk *w)
{
	static const uint64_t nicest[][2] = {
		{0,		     0x07fffffe00000000}, /* a to z */
		{ 0x03ff000000000000, 0			}, /* 0 to 9 */
		{ 0,		     0x0000000007fffffe}, /* A to Z */
		{ UINT64_MAX,	      UINT64_MAX	 },
	};
	struct byteclasses classes = w->rules->classes;
	uint64_t *bits, low, high;
	size_t i, k;

	machine_classes(&w->rules->machine, w->language, &classes);
	w->bytes_len = 0;
	for (k = 0; k < sizeof(nicest) / sizeof(*nicest); k++) {
		for (i = 0; i < classes.len; i++) {
			bits = classes.bits[i];
			low = bits[0] & nicest[k][0];
			high = bits[1] & nicest[k][1];
			if ((low | high) == 0)
				continue;
			w->bytes[w->bytes_len++] =
			    (unsigned char)(low != 0
						? __builtin_ctzll(low)
						: 64 + __builtin_ctzll(high));
			bits[0] = bits[1] = 0; /* it has its byte */
		}
	}
}

static uint32_t
hash(const struct machine_set *set)
{
	uint32_t value = 2166136261u;
	size_t i;

	for (i = 0; i < set->len; i++)
		value = (value ^ set->list[i]) * 16777619u;
	return value;
}

/* Add the place, unless it is known. False: there are too many. */
static bool
add_place(struct walk *w, const struct machine_set *set, uint32_t from,
    unsigned char byte, unsigned depth)
{
	const struct place *known;
	uint32_t slot = hash(set) % TABLE;

	for (; w->memory->table[slot] != 0; slot = (slot + 1) % TABLE) {
		known = &w->memory->places[w->memory->table[slot] - 1];
		if (known->len == set->len &&
		    memcmp(w->memory->pool + known->at, set->list,
			set->len * sizeof(*set->list)) == 0)
			return true;
	}
	if (w->places_len == LIMIT_IMPORT_PLACES)
		return false;
	if (w->memory->pool_size - w->pool_len < set->len) {
		w->memory->pool_size =
		    2 * w->memory->pool_size + set->len + 1024;
		w->memory->pool = must(reallocarray(w->memory->pool,
		    w->memory->pool_size, sizeof(*w->memory->pool)));
	}
	memcpy(w->memory->pool + w->pool_len, set->list,
	    set->len * sizeof(*set->list));
	w->memory->places[w->places_len] = (struct place){ .from = from,
		.at = (uint32_t)w->pool_len,
		.len = (uint32_t)set->len,
		.depth = (uint16_t)depth,
		.byte = byte };
	w->pool_len += set->len;
	w->memory->table[slot] = (uint32_t)++w->places_len;
	return true;
}

static void
write_word(
    const struct walk *w, const struct place *place, char word[SEARCH_WORD])
{
	word[place->depth] = '\0';
	for (; place->depth > 0; place = &w->memory->places[place->from])
		word[place->depth - 1] = (char)place->byte;
}

/* Is the word that leads here one to be judged, and how is it judged? */
static void
judge(struct walk *w, const struct place *place, const struct machine_set *set)
{
	const struct question *q = w->question;
	const bool *extra = w->matches + w->rules->len;
	struct search *search = w->search;

	machine_matches(&w->rules->machine, set, w->matches);
	if (!extra[0] || !extra[1] || extra[2])
		return;
	if (rules_decide(w->rules, q->method, w->matches)) {
		if (q->allowed && !search->allowed)
			write_word(w, place, search->allowed_word);
		search->allowed = q->allowed;
	} else {
		if (q->denied && !search->denied)
			write_word(w, place, search->denied_word);
		search->denied = q->denied;
	}
}

static bool
is_done(const struct walk *w)
{
	const struct question *q = w->question;

	return (!q->allowed || w->search->allowed) &&
	       (!q->denied || w->search->denied);
}

/* What the rules will say of all that begins so: of those that have the method,
 * one matches whatever comes, and none before it can. */
static enum foresight
foresee(const struct walk *w, const struct machine_set *set)
{
	const struct rule *list = w->rules->list;
	const struct machine_state *states = w->rules->machine.states;
	size_t i, rule = 0;

	for (i = 0; i < set->len && set->list[i] < w->language; i++) {
		while (set->list[i] >= list[rule].end)
			rule++;
		if ((list[rule].methods & METHOD_BIT(w->question->method)) == 0)
			continue;
		/* Of a rule's states MATCH is the first. */
		if (states[set->list[i]].kind != MACHINE_MATCH)
			return FORESIGHT_NONE;
		return list[rule].allow ? FORESIGHT_ALLOW : FORESIGHT_DENY;
	}
	return FORESIGHT_DENY;
}

/* Whether anything can come of it: a word that is asked about, and a verdict
 * that is looked for. */
static bool
is_alive(const struct walk *w, const struct machine_set *set)
{
	const struct question *q = w->question;
	bool language = false, filter = false;
	size_t i;

	for (i = set->len; i > 0 && set->list[i - 1] >= w->language; i--) {
		if (set->list[i - 1] < w->language_end)
			language = true;
		else if (set->list[i - 1] < w->filter_end)
			filter = true;
	}
	if (!language || !filter)
		return false;
	switch (foresee(w, set)) {
	case FORESIGHT_NONE:
		return true;
	case FORESIGHT_ALLOW:
		return q->allowed && !w->search->allowed;
	case FORESIGHT_DENY:
		return q->denied && !w->search->denied;
	}
	return true;
}

/* What the language takes here. */
static struct byteset
next_bytes(const struct walk *w, const struct machine_set *set)
{
	const struct machine_state *state;
	struct byteset bytes = { 0 };
	size_t i, k;

	for (i = 0; i < set->len; i++) {
		state = &w->rules->machine.states[set->list[i]];
		if (set->list[i] < w->language ||
		    set->list[i] >= w->language_end ||
		    state->kind != MACHINE_BYTES)
			continue;
		for (k = 0; k < 4; k++)
			bytes.bits[k] |= state->bytes.bits[k];
	}
	return bytes;
}

/* False: it cannot go on. */
static bool
go_on(struct walk *w, uint32_t index, const struct machine_set *set,
    struct machine_set *next)
{
	unsigned depth = w->memory->places[index].depth + 1u;
	struct byteset bytes = next_bytes(w, set);
	size_t i;

	if (depth >= SEARCH_WORD)
		return true;
	for (i = 0; i < w->bytes_len; i++) {
		if (!byteset_has(&bytes, w->bytes[i]))
			continue;
		machine_step(&w->rules->machine, set, w->bytes[i], next);
		if (is_alive(w, next) &&
		    !add_place(w, next, index, w->bytes[i], depth))
			return false;
		if (w->rules->machine.work > LIMIT_IMPORT_WORK)
			return false;
	}
	return true;
}

static void
copy_set(
    const struct walk *w, const struct place *place, struct machine_set *set)
{
	if (set->size < place->len) {
		set->size = place->len;
		set->list = must(
		    reallocarray(set->list, set->size, sizeof(*set->list)));
	}
	set->len = place->len;
	if (set->len > 0)
		memcpy(set->list, w->memory->pool + place->at,
		    set->len * sizeof(*set->list));
}

static void
walk_through(struct walk *w)
{
	struct machine_set *set = &w->memory->set, *next = &w->memory->next;
	uint32_t i;

	machine_begin(&w->rules->machine, next);
	add_place(w, next, 0, 0, 0);
	for (i = 0; i < w->places_len && !w->search->gave_up; i++) {
		copy_set(w, &w->memory->places[i], set);
		judge(w, &w->memory->places[i], set);
		if (is_done(w))
			break;
		w->search->gave_up = !go_on(w, i, set, next);
	}
}

/* The table is empty again: where a place was put, or behind that. */
static void
empty_table(struct walk *w)
{
	struct machine_set *set = &w->memory->set;
	uint32_t slot;
	size_t i;

	for (i = 0; i < w->places_len; i++) {
		copy_set(w, &w->memory->places[i], set);
		slot = hash(set) % TABLE;
		for (; w->memory->table[slot] != 0; slot = (slot + 1) % TABLE)
			w->memory->table[slot] = 0;
	}
}

/* Where the question has no filter, all pass; and without an exception, none
 * is one. */
static int
add_scratch(struct walk *w)
{
	struct machine *machine = &w->rules->machine;
	struct span filter = w->question->filter, except = w->question->except;
	struct err err;

	w->language = (uint32_t)machine->states_len;
	if (regex_add(machine, w->question->language, &err) == -1)
		return -1;
	w->language_end = (uint32_t)machine->states_len;
	if (regex_add(machine, filter.len > 0 ? filter : SPAN("^"), &err) == -1)
		return -1;
	w->filter_end = (uint32_t)machine->states_len;
	if (regex_add(machine,
		except.len > 0 ? except : SPAN("^[^\\x00-\\x7f]"), &err) == -1)
		return -1;
	return 0;
}

void
search_ask(
    struct rules *rules, const struct question *question, struct search *search)
{
	struct machine *machine = &rules->machine;
	size_t states = machine->states_len, patterns = machine->patterns;
	struct walk w = {
		.rules = rules, .question = question, .search = search
	};

	*search = (struct search){ 0 };
	if (add_scratch(&w) == -1) {
		search->gave_up = true;
		machine_cut(machine, patterns, states);
		return;
	}
	w.memory = &rules->memory;
	w.matches = must(calloc(machine->patterns, sizeof(*w.matches)));
	if (w.memory->places == NULL) {
		w.memory->places =
		    must(calloc(LIMIT_IMPORT_PLACES, sizeof(struct place)));
		w.memory->table = must(calloc(TABLE, sizeof(uint32_t)));
	}
	choose_bytes(&w);
	walk_through(&w);
	empty_table(&w);
	free(w.matches);
	machine_cut(machine, patterns, states);
}
