/* SPDX-License-Identifier: MIT */
/* The names in an object. Whoever chooses them must not choose how long this
 * takes: few are compared one by one, and many are sorted, by a merge that
 * takes as long with any names. */

#include <string.h>

#include "core/json_parts.h"

uint32_t
json_mark(const char *name, size_t len)
{
	uint32_t first = 0, last = 0;

	if (len >= sizeof(first)) {
		memcpy(&first, name, sizeof(first));
		memcpy(&last, name + len - sizeof(last), sizeof(last));
	} else if (len > 0) {
		memcpy(&first, name, len);
	}
	return (first ^ (last << 7 | last >> 25)) + (uint32_t)len * 0x9e3779b1U;
}

/* Any order, as long as it is one. */
static int
compare(const struct json_slot *a, const struct json_slot *b)
{
	if (a->mark != b->mark)
		return a->mark < b->mark ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->len == 0 ? 0 : memcmp(a->name, b->name, a->len);
}

/* Merge two sorted runs, which stand behind one another. */
static void
merge(const struct json_slot *slots, const uint32_t *from, size_t first,
    size_t both, uint32_t *to)
{
	size_t i = 0, k = first, at;

	for (at = 0; at < both; at++) {
		if (k == both || (i < first && compare(&slots[from[i]],
						   &slots[from[k]]) <= 0))
			to[at] = from[i++];
		else
			to[at] = from[k++];
	}
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The numbers of the slots, by their names. NULL without memory. */
static uint32_t *
sort(const struct json_members *members)
{
	uint32_t *from, *to, *other;
	size_t len = members->used, run, at, both;

	from = json_memory(members->document, len * sizeof(*from));
	to = json_memory(members->document, len * sizeof(*to));
	if (from == NULL || to == NULL)
		return NULL;
	for (at = 0; at < len; at++)
		from[at] = (uint32_t)at;
	for (run = 1; run < len; run *= 2) {
		for (at = 0; at < len; at += both) {
			both = least(2 * run, len - at);
			merge(members->at, from + at, least(run, both), both,
			    to + at);
		}
		other = from;
		from = to;
		to = other;
	}
	return from;
}

static bool
few_differ(const struct json_slot *slots, size_t len)
{
	size_t i, k;

	for (i = 1; i < len; i++)
		for (k = 0; k < i; k++)
			if (slots[i].mark == slots[k].mark &&
			    compare(&slots[i], &slots[k]) == 0)
				return false;
	return true;
}

static bool
sorted_differ(const struct json_members *members)
{
	const struct json_slot *slots = members->at;
	const uint32_t *sorted = members->sorted;
	size_t i;

	for (i = 1; i < members->sorted_len; i++)
		if (compare(&slots[sorted[i - 1]], &slots[sorted[i]]) == 0)
			return false;
	return true;
}

const char *
json_members_check(struct json_members *members)
{
	bool ok;

	if (members->used <= JSON_FEW) {
		ok = few_differ(members->at, members->used);
	} else {
		if ((members->sorted = sort(members)) == NULL)
			return "out of memory";
		members->sorted_len = members->used;
		ok = sorted_differ(members);
	}
	return ok ? NULL : "a key stands twice in a JSON object";
}

/* Among those that are sorted. */
static struct json_slot *
search(const struct json_members *members, const struct json_slot *wanted)
{
	size_t low = 0, high = members->sorted_len, middle;
	struct json_slot *slot;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		slot = &members->at[members->sorted[middle]];
		order = compare(slot, wanted);
		if (order == 0)
			return slot;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct json_slot *
json_members_find(const struct json_members *members, struct span name)
{
	struct json_slot wanted = { .name = name.at };
	struct json_slot *slot;
	size_t i;

	if (name.len > UINT32_MAX)
		return NULL;
	wanted.len = (uint32_t)name.len;
	wanted.mark = json_mark(name.at, name.len);
	slot = search(members, &wanted);
	if (slot != NULL && slot->value != NULL)
		return slot;
	for (i = members->sorted_len; i < members->used; i++) {
		slot = &members->at[i];
		if (slot->mark == wanted.mark && slot->value != NULL &&
		    compare(slot, &wanted) == 0)
			return slot;
	}
	return NULL;
}
