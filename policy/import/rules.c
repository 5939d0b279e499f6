/* SPDX-License-Identifier: MIT */
/* Another proxy's rules, and their verdict on one target. */

#include <stdlib.h>

#include "policy/import/regex.h"
#include "policy/import/rules.h"
#include "policy/profile_build.h"

void
rules_clear(struct rules *rules)
{
	machine_clear(&rules->machine);
	free(rules->list);
	free(rules->memory.places);
	free(rules->memory.table);
	free(rules->memory.pool);
	machine_set_clear(&rules->memory.set);
	machine_set_clear(&rules->memory.next);
	*rules = (struct rules){ 0 };
}

int
rules_add(struct rules *rules, bool allow, unsigned methods,
    struct span expression, struct err *err)
{
	size_t states = rules->machine.states_len;

	if (regex_add(&rules->machine, expression, err) == -1)
		return -1;
	machine_classes(&rules->machine, states, &rules->classes);
	rules->list = must(
	    reallocarray(rules->list, rules->len + 1, sizeof(*rules->list)));
	rules->list[rules->len++] = (struct rule){ allow, methods,
		(uint32_t)rules->machine.states_len };
	return 0;
}

bool
rules_decide(const struct rules *rules, enum method method, const bool *matches)
{
	size_t i;

	for (i = 0; i < rules->len; i++)
		if (matches[i] &&
		    (rules->list[i].methods & METHOD_BIT(method)) != 0)
			return rules->list[i].allow;
	return false;
}

bool
rules_allow(struct rules *rules, enum method method, const char *target)
{
	bool *matches = must(calloc(rules->len + 1, sizeof(*matches)));
	bool allow;

	machine_read(&rules->machine, span_of(target), matches);
	allow = rules_decide(rules, method, matches);
	free(matches);
	return allow;
}
