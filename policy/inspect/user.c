/* SPDX-License-Identifier: MIT */
/* Who a container's processes are. "nonroot" is a number other than root's: a
 * name means what the image's own /etc/passwd says, which is no promise. A
 * group is a number other than root's, too. Without one it is what the image
 * says, root's if it says nothing: that gives little, but a program that is
 * left on the host could be of that group. So where containers may write to
 * the host, the group must be said. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* What the daemon takes. */
enum {
	ID_MAX = 2147483647
};

/* A number other than 0 in its only spelling: daemons take "+0" and "00" for
 * root, and what is no number for a name. */
static bool
is_id(struct span s)
{
	uint64_t number;

	return value_number(s, ID_MAX, &number) && number > 0;
}

bool
user_is_nonroot(struct span user, bool *has_group)
{
	struct span id, group;

	*has_group = value_cut(user, ':', &id, &group);
	return is_id(id) && (!*has_group || is_id(group));
}

static bool
is_plain(struct span s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.at[i];
		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') &&
		    (c < 'a' || c > 'z') && memchr("_.-", c, 3) == NULL)
			return false;
	}
	return s.len > 0;
}

const char *
check_user(struct span word)
{
	struct span id, group;

	if (value_cut(word, ':', &id, &group) ? is_plain(id) && is_plain(group)
					      : is_plain(id))
		return NULL;
	return "a user is a number or a name, perhaps with a group (1000:1000), "
	       "or \"nonroot\"";
}

/* Whether a user that is root nowhere must say its group as well. */
static bool
needs_group(const struct inspection *in)
{
	return bind_writes(in->profile->sections) &&
	       !inspect_setting(in, CONTAINER_BIND_AS_ROOT)->yes;
}

static bool
word_allows(const struct inspection *in, struct span word, struct span user)
{
	bool has_group;

	/* What is written for an image that has none. */
	if (span_eq(word, SPAN("root")) && span_eq(user, SPAN("0")))
		return true;
	if (!span_eq(word, SPAN("nonroot")))
		return span_eq(word, user);
	return user_is_nonroot(user, &has_group) &&
	       (has_group || !needs_group(in));
}

bool
user_is_allowed(
    const struct inspection *in, enum section_key key, struct span user)
{
	const struct section_setting *setting = inspect_setting(in, key);
	size_t i;

	if (!inspect_is_set(in, key))
		return true;
	for (i = 0; i < setting->len; i++)
		if (word_allows(in, span_of(setting->rules[i].text), user))
			return true;
	return false;
}

static bool
refuse(struct inspection *in, enum section_key key, struct span user)
{
	bool has_group;

	if (user_is_nonroot(user, &has_group) && !has_group && needs_group(in))
		return inspect_refuse_without(in, CONTAINER_BIND_AS_ROOT,
		    "its group may be root's, and the profile lets containers "
		    "write to the host: say USER:GROUP");
	return inspect_refuse(in, key, user);
}

bool
rule_user(struct inspection *in, struct json *value)
{
	struct span user = json_text(value);

	if (user.len == 0 || user_is_allowed(in, in->row->key, user))
		return true;
	return refuse(in, in->row->key, user);
}

/* The image's user, in the place of the one that is missing. Nobody at all is
 * root, and written as such: else an image that is put in the place of this
 * one meanwhile would have its way. */
static bool
set_user(struct inspection *in, enum section_key key, struct span user)
{
	if (user.len == 0)
		user = SPAN("0");
	if (user_is_allowed(in, key, user))
		return inspect_replace(in, json_new_text(user));
	in->value = user;
	refuse(in, key, user);
	in->value = (struct span){ NULL, 0 };
	return false;
}

static bool
ask_image(struct inspection *in, enum section_key key, struct span image)
{
	char memory[INSPECT_ASK_MAX];
	struct text text = TEXT(memory);
	const struct inspect_fact *fact;
	struct json *document;
	bool ok;

	/* As it is spelled, since so the daemon will look for it: the beginning
	 * of an ID cannot be completed. */
	if (!inspect_is_name(image) &&
	    (!image_complete(image, &text) || text.full))
		return inspect_malformed(in, "no image whose user it could be");
	fact = inspect_ask(in, "/images/%.*s/json", SPAN_ARG(image));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "image", image);
	document = inspect_read_fact(in, fact);
	if (document == NULL)
		return false;
	ok = set_user(in, key,
	    json_text(json_member(json_member(document, "Config"), "User")));
	json_free(document);
	return ok;
}

bool
user_finish(struct inspection *in, enum section_key key, struct json *object,
    const char *user_name, const char *image_name)
{
	struct span image = json_text(json_member(object, image_name));
	size_t before;
	bool ok;

	if (!inspect_is_set(in, key) ||
	    json_text(json_member(object, user_name)).len > 0)
		return true;
	before = inspect_down(in, user_name);
	in->parent = object;
	in->name = user_name;
	ok = ask_image(in, key, image);
	inspect_up(in, before);
	return ok;
}
