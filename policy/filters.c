/* SPDX-License-Identifier: MIT */
/* The "filters" of lists and prunes: JSON in a query, in one of the two forms
 * that there are, {"label": ["a=b"]} and {"label": {"a=b": true}}. What one
 * daemon cannot read another may take for no filter at all, and prune. */

#include "policy/filters.h"
#include "core/json.h"

static bool
is_bools(struct json *value)
{
	struct json_cursor member = { 0 };

	if (json_kind(value) != JSON_IS_OBJECT)
		return false;
	while (json_next(value, &member))
		if (json_kind(member.value) != JSON_IS_BOOL)
			return false;
	return true;
}

bool
filters_are_good(struct span value)
{
	struct json_cursor member = { 0 };
	struct json *filters;
	const char *why;
	size_t old = 0, new = 0;
	bool ok;

	if (value.len == 0)
		return true;
	filters = json_read(value, &why);
	ok = filters != NULL && json_kind(filters) == JSON_IS_OBJECT;
	while (ok && json_next(filters, &member)) {
		old += json_is_strings(member.value);
		new += is_bools(member.value);
	}
	ok = ok && (old == 0 || new == 0) && old + new == json_count(filters);
	json_free(filters);
	return ok;
}
