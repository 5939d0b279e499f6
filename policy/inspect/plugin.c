/* SPDX-License-Identifier: MIT */
/* Plugins of the daemon: which ones, and what of the host they get. A plugin
 * runs as root outside of any container, so nothing of it is granted that was
 * not said. */

#include <string.h>

#include "policy/inspect/parts.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* "[plugin] privilege =" says "capabilities=CAP_SYS_ADMIN", "mount=/var/lib",
 * "network=host", and, since its words stand between blanks,
 * "host-pid-namespace=true". */
static bool
judge_privilege(struct inspection *in, struct span name, struct span value)
{
	char memory[INSPECT_PATH_MAX];
	struct text word = TEXT(memory);
	size_t i;

	text_add(&word, name);
	for (i = 0; i < word.len; i++)
		if (word.at[i] == ' ')
			word.at[i] = '-';
	text_char(&word, '=');
	text_add(&word, value);
	if (word.full)
		return inspect_refuse_ever(in, "a privilege that is too long");
	if (inspect_matches(in, PLUGIN_PRIVILEGE, text_span(&word)))
		return true;
	in->value = value;
	inspect_refuse(in, PLUGIN_PRIVILEGE, text_span(&word));
	in->value = (struct span){ NULL, 0 };
	return false;
}

/* One that the client grants to a plugin that is pulled. The daemon compares:
 * a plugin that wants more than it is granted is not installed. */
static bool
rule_privilege(struct inspection *in, struct json *value)
{
	struct span name = json_text(json_member(value, "Name"));
	const struct json *values = json_member(value, "Value");
	size_t i, before;

	inspect_down(in, "Value");
	for (i = 0; i < json_count(values); i++) {
		before = inspect_down_index(in, i);
		if (!judge_privilege(in, name, json_text(json_item(values, i))))
			return false;
		inspect_up(in, before);
	}
	return true;
}

/* clang-format off */
static const struct field privilege_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Description", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Value", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field privilege = { "", SHAPE_OBJECTS, rule_privilege,
	PLUGIN_PRIVILEGE, privilege_fields };

static const struct field setting = { "", SHAPE_STRINGS, rule_listed,
	PLUGIN_SETTING, NULL };

/* clang-format on */

/* Where a plugin comes from, or what it will be called. */
static bool
parameter_reference(struct inspection *in, struct span value)
{
	if (value.len == 0 || image_matches(in, in->parameter->key, value))
		return true;
	return image_refuse(in, in->parameter->key, value, false);
}

/* clang-format off */
static const struct parameter_rule pull_parameters[] = {
	{ "remote", parameter_reference, PLUGIN_NAME },
	{ "name", parameter_reference, PLUGIN_NAME },
	{ 0 }
};
/* clang-format on */

static bool
finish_pull(struct inspection *in, struct json *body)
{
	char memory[LIMIT_TARGET];
	struct text remote = TEXT(memory);

	if (body == NULL)
		return inspect_malformed(in, "no body");
	if (inspect_parameter(in, "remote", &remote) && remote.len > 0)
		return true;
	inspect_down(in, "query");
	value_go(in, NULL, "remote");
	return inspect_malformed(in, "missing");
}

/* The plugin that the path names, as the daemon knows it, because it takes
 * IDs as well; to be freed. Or NULL: refused, or asked for. */
static struct json *
read_plugin(struct inspection *in)
{
	char memory[LIMIT_TARGET];
	struct text full = TEXT(memory);
	struct span name = in->request->arguments[0];
	const struct inspect_fact *fact;
	struct json *plugin;

	inspect_down(in, "name");
	in->value = name;
	if (!image_complete(name, &full) && !inspect_is_name(name)) {
		inspect_refuse_ever(in, "not the name of a plugin");
		return NULL;
	}
	fact = inspect_ask(in, "/plugins/%.*s/json", SPAN_ARG(name));
	if (fact == NULL)
		return NULL;
	if (fact->status == 404) {
		inspect_not_found(in, "plugin", name);
		return NULL;
	}
	if ((plugin = inspect_read_fact(in, fact)) == NULL)
		return NULL;
	name = json_text(json_member(plugin, "Name"));
	in->value = name;
	if (!image_matches(in, PLUGIN_NAME, name)) {
		image_refuse(in, PLUGIN_NAME, name, false);
		json_free(plugin);
		plugin = NULL;
	}
	in->value = (struct span){ NULL, 0 };
	inspect_up(in, 0);
	return plugin;
}

static bool
finish_named(struct inspection *in, struct json *body)
{
	struct json *plugin;

	if (body == NULL)
		return inspect_malformed(in, "no body");
	plugin = read_plugin(in);
	json_free(plugin);
	return plugin != NULL;
}

static bool
finish_upgrade(struct inspection *in, struct json *body)
{
	return finish_pull(in, body) && finish_named(in, body);
}

/* Each element of a list, or that member of each; null is not granted. */
static bool
judge_list(struct inspection *in, const struct json *list, const char *member,
    const char *name)
{
	const struct json *item;
	size_t i, before;

	for (i = 0; i < json_count(list); i++) {
		before = inspect_down_index(in, i);
		item = json_item(list, i);
		if (member != NULL) {
			inspect_down(in, member);
			item = json_member(item, member);
		}
		if (item != NULL && json_kind(item) != JSON_IS_NULL &&
		    !judge_privilege(in, span_of(name), json_text(item)))
			return false;
		inspect_up(in, before);
	}
	return true;
}

/* clang-format off */
/* What a plugin's description may say, and what the daemon calls it. */
static const struct {
	const char *part;
	const char *inner; /* or NULL */
	const char *list;
	const char *member; /* or NULL */
	const char *name;
} lists[] = {
	{ "Config", "Linux", "Capabilities", NULL, "capabilities" },
	{ "Config", "Linux", "Devices", "Path", "device" },
	{ "Config", NULL, "Mounts", "Source", "mount" },
	/* Where PluginSet has changed them. */
	{ "Settings", NULL, "Devices", "Path", "device" },
	{ "Settings", NULL, "Mounts", "Source", "mount" },
};
/* clang-format on */

static bool
judge_lists(struct inspection *in, const struct json *plugin)
{
	const struct json *part;
	size_t i, before;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		before = inspect_down(in, lists[i].part);
		part = json_member(plugin, lists[i].part);
		if (lists[i].inner != NULL) {
			inspect_down(in, lists[i].inner);
			part = json_member(part, lists[i].inner);
		}
		inspect_down(in, lists[i].list);
		if (!judge_list(in, json_member(part, lists[i].list),
			lists[i].member, lists[i].name))
			return false;
		inspect_up(in, before);
	}
	return true;
}

static bool
judge_flag(struct inspection *in, const struct json *object, const char *member,
    const char *name)
{
	size_t before;

	if (!json_truth(json_member(object, member)))
		return true;
	before = inspect_down(in, member);
	if (!judge_privilege(in, span_of(name), SPAN("true")))
		return false;
	inspect_up(in, before);
	return true;
}

/* Of the daemon's words for a plugin's network two are of its own, and empty;
 * any other is judged. */
static bool
judge_network(struct inspection *in, const struct json *config)
{
	const struct json *network = json_member(config, "Network");
	struct span type = json_text(json_member(network, "Type"));
	size_t before;

	if (type.len == 0 || span_eq(type, SPAN("null")) ||
	    span_eq(type, SPAN("bridge")))
		return true;
	before = inspect_down(in, "Network");
	inspect_down(in, "Type");
	if (!judge_privilege(in, SPAN("network"), type))
		return false;
	inspect_up(in, before);
	return true;
}

static bool
judge_config(struct inspection *in, const struct json *config)
{
	const struct json *linux_part = json_member(config, "Linux");
	size_t before;

	if (config == NULL || json_kind(config) != JSON_IS_OBJECT)
		return inspect_refuse_ever(
		    in, "what the daemon says of it cannot be read");
	before = inspect_down(in, "Config");
	if (!judge_network(in, config) ||
	    !judge_flag(in, config, "IpcHost", "host ipc namespace") ||
	    !judge_flag(in, config, "PidHost", "host pid namespace"))
		return false;
	inspect_down(in, "Linux");
	if (!judge_flag(in, linux_part, "AllowAllDevices", "allow-all-devices"))
		return false;
	inspect_up(in, before);
	return true;
}

/* A plugin that is enabled runs with all that it was granted, by whomever. */
static bool
finish_enable(struct inspection *in, struct json *body)
{
	struct json *plugin = read_plugin(in);
	bool ok;

	(void)body;
	if (plugin == NULL)
		return false;
	ok = judge_config(in, json_member(plugin, "Config")) &&
	     judge_lists(in, plugin);
	json_free(plugin);
	return ok;
}

/* PluginCreate is not among them: it streams a file system, and with it a
 * description that may ask for anything. */
/* clang-format off */
const struct inspector plugin_inspectors[] = {
	{ .operation = "PluginPull",
	    .each = &privilege,
	    .parameters = pull_parameters,
	    .finish = finish_pull },
	{ .operation = "PluginUpgrade",
	    .each = &privilege,
	    .parameters = pull_parameters,
	    .finish = finish_upgrade },
	{ .operation = "PluginSet",
	    .each = &setting,
	    .finish = finish_named,
	    .keys = { PLUGIN_NAME } },
	{ .operation = "PluginEnable",
	    .finish = finish_enable,
	    .keys = { PLUGIN_NAME, PLUGIN_PRIVILEGE } },
	{ 0 }
};
/* clang-format on */
