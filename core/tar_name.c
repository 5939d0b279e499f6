/* SPDX-License-Identifier: MIT */
/* Names in a tar archive: what they may be, and one spelling for each. */

#include <string.h>

#include "core/tar_parts.h"

/* Cut off the next component, with the slash behind it. */
static struct span
cut_component(struct span *rest)
{
	const char *slash = memchr(rest->at, '/', rest->len);
	struct span component = *rest;

	if (slash == NULL) {
		rest->len = 0;
		return component;
	}
	component.len = (size_t)(slash - rest->at);
	rest->at += component.len + 1;
	rest->len -= component.len + 1;
	return component;
}

static bool
is_nothing(struct span component)
{
	return component.len == 0 || span_eq(component, SPAN("."));
}

const char *
tar_name_clean(struct span raw, char *clean, struct span *name, bool *directory)
{
	struct span component = { "", 0 };
	size_t len = 0;

	if (raw.len == 0)
		return "an empty name";
	if (raw.len > TAR_NAME + 1)
		return "a name that is too long";
	if (memchr(raw.at, '\0', raw.len) != NULL)
		return "a NUL in its name";
	*directory = raw.at[raw.len - 1] == '/';
	while (raw.len > 0) {
		component = cut_component(&raw);
		if (is_nothing(component))
			continue;
		if (span_eq(component, SPAN("..")))
			return "a name with \"..\"";
		if (span_starts(component, SPAN(".wh.")))
			return "a name with \".wh.\", which means to delete";
		memcpy(clean + len, component.at, component.len);
		len += component.len;
		clean[len++] = '/';
	}
	if (is_nothing(component))
		*directory = true;
	if (len == 0) {
		memcpy(clean, "./", 2);
		len = 2;
	}
	*name = (struct span){ clean, len - 1 };
	return name->len > TAR_NAME ? "a name that is too long" : NULL;
}

const char *
tar_name_target(struct span name, struct span target)
{
	struct span component;
	size_t above = 0, i;
	bool in_front = true;

	for (i = 0; i < name.len; i++)
		above += name.at[i] == '/';
	if (target.len == 0)
		return "a symbolic link to nothing";
	if (target.len > TAR_NAME)
		return "a target that is too long";
	if (memchr(target.at, '\0', target.len) != NULL)
		return "a NUL in its target";
	if (*target.at == '/')
		return "a symbolic link to an absolute name";
	while (target.len > 0) {
		component = cut_component(&target);
		if (is_nothing(component))
			continue;
		if (!span_eq(component, SPAN("..")))
			in_front = false;
		else if (!in_front)
			return "a symbolic link with \"..\" behind a name";
		else if (above-- == 0)
			return "a symbolic link out of the archive";
	}
	return NULL;
}
