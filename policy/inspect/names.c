/* SPDX-License-Identifier: MIT */
/* Names that are given to what is new. Daemons look for a name before they
 * look for the beginning of an ID: who is called as another's ID begins would
 * be taken for that one. */

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

enum {
	NAME_LONGEST = 255
};

/* Whether the daemon knows the object by just this name, so that it will say
 * itself that there is one. */
static bool
is_called(const struct json *object, struct span name)
{
	struct span called = json_text(json_member(object, "Name"));

	if (called.len > 0 && called.at[0] == '/') {
		called.at++;
		called.len--;
	}
	return span_eq(called, name);
}

bool
name_is_free(struct inspection *in, const char *before, struct span name,
    const char *behind)
{
	const struct inspect_fact *fact;
	struct json *object;
	bool ok;

	if (!inspect_is_name(name) || name.len > NAME_LONGEST)
		return inspect_malformed(in, "not a name");
	if (name.len > INSPECT_ID || !value_is_hex(name))
		return true;
	fact = inspect_ask(in, "%s%.*s%s", before, SPAN_ARG(name), behind);
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return true;
	if (fact->status != 200)
		return inspect_refuse_ever(in, "IDs begin so");
	object = inspect_read_fact(in, fact);
	if (object == NULL)
		return false;
	ok = is_called(object, name);
	json_free(object);
	return ok || inspect_refuse_ever(in, "another's ID begins so");
}
