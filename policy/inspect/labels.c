/* SPDX-License-Identifier: MIT */
/* Labels that everything made through a door carries, or must carry. */

#include <stdlib.h>
#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

const char *
check_label(struct span word)
{
	struct span key, value;

	if (value_cut(word, '=', &key, &value) && key.len > 0)
		return NULL;
	return "KEY=VALUE is needed";
}

/* The object's labels; with none, an empty object of them. */
static struct json *
labels_of(struct inspection *in, struct json *object)
{
	if (json_member(object, "Labels") == NULL &&
	    !json_set(object, "Labels", json_new_object()))
		inspect_no_memory(in);
	return json_member(object, "Labels");
}

/* A label that is there with another value is not written over: somebody
 * counts on it. */
static bool
set_label(struct inspection *in, struct json *labels,
    const struct section_rule *rule, const char *key, struct span value)
{
	const struct json *there = json_member(labels, key);

	if (there == NULL)
		return json_set(labels, key, json_new_text(value)) ||
		       inspect_no_memory(in);
	if (span_eq(json_text(there), value))
		return true;
	value_go(in, labels, key);
	return inspect_refuse_by(in, CONTAINER_LABEL, &rule->origin,
	    "[container] label says another value");
}

static bool
set_labels(struct inspection *in, struct json *labels)
{
	const struct section_setting *setting;
	struct span key, value;
	char *name;
	size_t i;
	bool ok = true;

	setting = inspect_setting(in, CONTAINER_LABEL);
	for (i = 0; ok && i < setting->len; i++) {
		value_cut(span_of(setting->rules[i].text), '=', &key, &value);
		name = strndup(key.at, key.len);
		if (name == NULL)
			return inspect_no_memory(in);
		ok = set_label(in, labels, &setting->rules[i], name, value);
		free(name);
	}
	return ok;
}

static bool
has_label(struct json *labels, struct span glob)
{
	struct json_cursor label = { 0 };

	while (json_next(labels, &label))
		if (glob_matches(glob, span_of(label.name)))
			return true;
	return false;
}

static bool
has_required(struct inspection *in, struct json *labels)
{
	const struct section_setting *setting;
	const struct section_rule *rule;
	size_t i;

	setting = inspect_setting(in, CONTAINER_LABEL_REQUIRED);
	for (i = 0; i < setting->len; i++) {
		rule = &setting->rules[i];
		if (has_label(labels, span_of(rule->text)))
			continue;
		value_go(in, labels, rule->text);
		return inspect_refuse_by(in, CONTAINER_LABEL_REQUIRED,
		    &rule->origin,
		    "[container] label-required wants such a label");
	}
	return true;
}

bool
labels_finish(struct inspection *in, struct json *object)
{
	struct json *labels;
	size_t before;
	bool ok;

	if (!inspect_is_set(in, CONTAINER_LABEL) &&
	    !inspect_is_set(in, CONTAINER_LABEL_REQUIRED))
		return true;
	if (object == NULL)
		return inspect_malformed(in, "a body is needed");
	labels = labels_of(in, object);
	if (labels == NULL)
		return false;
	before = inspect_down(in, "Labels");
	ok = set_labels(in, labels) && has_required(in, labels);
	inspect_up(in, before);
	return ok;
}
