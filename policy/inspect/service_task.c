/* SPDX-License-Identifier: MIT */
/* What the tasks of a service are like: a container on some node, by the same
 * keys as a container here, though spelled in other words. */

#include <string.h>

#include "policy/inspect/service.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* The minor versions of the API that brought something. */
enum {
	API_PIDS = 41,
	API_PRIVILEGES = 44,
	API_OLDEST = 41 /* of the daemons that there are */
};

/* Nodes fill in templates in mounts, which are then no longer what was judged:
 * what stands between braces can be any path. */
static bool
has_template(struct json *value)
{
	struct json_cursor member = { 0 };
	struct span text = json_text(value);
	size_t i;

	if (memmem(text.at, text.len, "{{", 2) != NULL)
		return true;
	if (json_kind(value) == JSON_IS_ARRAY)
		for (i = 0; i < json_count(value); i++)
			if (has_template(json_item(value, i)))
				return true;
	if (json_kind(value) == JSON_IS_OBJECT)
		while (json_next(value, &member))
			if (has_template(member.value))
				return true;
	return false;
}

static bool
rule_task_mount(struct inspection *in, struct json *value)
{
	if (has_template(value))
		return inspect_refuse_ever(in, "a mount with a template in it");
	return rule_mount(in, value);
}

/* "10.0.0.5 db" is what "db:10.0.0.5" is elsewhere. Names after the first one
 * mean nothing to the daemon. */
static bool
rule_host(struct inspection *in, struct json *value)
{
	char memory[512];
	struct text both = TEXT(memory);
	struct span rest = json_text(value), address, name, more;
	size_t i;

	for (i = 0; i < rest.len; i++)
		if (rest.at[i] < ' ' || rest.at[i] > '~')
			return inspect_malformed(in, "not a host's name");
	if (!span_word(&rest, " ", &address) || !span_word(&rest, " ", &name) ||
	    span_word(&rest, " ", &more))
		return inspect_malformed(in, "neither more nor less than an "
					     "address and a name");
	text_format(&both, "%.*s:%.*s", SPAN_ARG(name), SPAN_ARG(address));
	if (both.full)
		return inspect_malformed(in, "too long");
	if (!inspect_is_set(in, in->row->key) ||
	    inspect_matches(in, in->row->key, text_span(&both)))
		return true;
	return inspect_refuse(in, in->row->key, text_span(&both));
}

/* An option of the container's security, as [container] security-opt has it:
 * what else is written "seccomp=unconfined". */
static bool
judge_option(struct inspection *in, const char *option, struct span value)
{
	char memory[128];
	struct text word = TEXT(memory);

	if (value.len == 0)
		return true;
	text_add(&word, span_of(option));
	text_add(&word, value);
	if (word.full)
		return inspect_malformed(in, "too long");
	return inspect_matches(in, in->row->key, text_span(&word)) ||
	       inspect_refuse(in, in->row->key, text_span(&word));
}

static bool
rule_seccomp(struct inspection *in, struct json *value)
{
	struct span mode = json_text(value);

	return span_eq(mode, SPAN("default")) ||
	       judge_option(in, "seccomp=", mode);
}

static bool
rule_apparmor(struct inspection *in, struct json *value)
{
	struct span mode = json_text(value);

	if (span_eq(mode, SPAN("default")))
		return true;
	if (span_eq(mode, SPAN("disabled")))
		mode = SPAN("unconfined");
	return judge_option(in, "apparmor=", mode);
}

static bool
rule_selinux_disable(struct inspection *in, struct json *value)
{
	return !json_truth(value) ||
	       judge_option(in, "label=", SPAN("disable"));
}

static bool
rule_selinux_user(struct inspection *in, struct json *value)
{
	return judge_option(in, "label=user:", json_text(value));
}

static bool
rule_selinux_role(struct inspection *in, struct json *value)
{
	return judge_option(in, "label=role:", json_text(value));
}

static bool
rule_selinux_type(struct inspection *in, struct json *value)
{
	return judge_option(in, "label=type:", json_text(value));
}

static bool
rule_selinux_level(struct inspection *in, struct json *value)
{
	return judge_option(in, "label=level:", json_text(value));
}

/* A file's name in the container: under /run/secrets, or a path. */
static bool
rule_file_name(struct inspection *in, struct json *value)
{
	struct span rest = json_text(value), part;

	while (span_word(&rest, "/", &part))
		if (span_eq(part, SPAN("..")))
			return inspect_refuse_ever(in, "a path with .. in it");
	return true;
}

/* By its name: a daemon takes a secret by its ID and its name, and refuses
 * those that do not agree; a name cannot be changed. */
static bool
judge_payload(struct inspection *in, struct json *value, const char *name_field)
{
	struct span name = json_text(json_member(value, name_field));
	enum section_key key = in->row->key;

	if (name.len > 0 && inspect_matches(in, key, name))
		return true;
	value_go(in, value, name_field);
	if (name.len == 0)
		return inspect_malformed(in, "no name");
	return inspect_refuse(in, key, name);
}

static bool
rule_secret(struct inspection *in, struct json *value)
{
	return judge_payload(in, value, "SecretName");
}

static bool
rule_config(struct inspection *in, struct json *value)
{
	return judge_payload(in, value, "ConfigName");
}

/* Less than 0 would spare it at the cost of what else runs on the node. */
static bool
rule_oom_score(struct inspection *in, struct json *value)
{
	return json_int(value) >= 0 ||
	       inspect_refuse_ever(in, "others would be killed in its place");
}

static bool
rule_isolation(struct inspection *in, struct json *value)
{
	struct span isolation = json_text(value);

	return isolation.len == 0 || span_eq(isolation, SPAN("default")) ||
	       inspect_refuse_ever(in, "not default");
}

/* Swap beside the memory: -1 is all there is. What is no limit elsewhere is for
 * set_limits(). */
static bool
rule_swap(struct inspection *in, struct json *value)
{
	const struct section_setting *most = inspect_setting(in, in->row->key);

	if (json_int(value) >= 0 || most->number == 0)
		return rule_limit(in, value);
	return inspect_refuse_by(in, in->row->key, &most->origin,
	    "more than [container] memory-max");
}

/* What a node offers under a name of its own: its GPUs, mostly. */
static bool
rule_generic(struct inspection *in, struct json *value)
{
	(void)value;
	return inspect_setting(in, in->row->key)->yes ||
	       inspect_refuse(in, in->row->key, SPAN("yes"));
}

static bool
rule_runtime(struct inspection *in, struct json *value)
{
	struct span runtime = json_text(value);

	return runtime.len == 0 || span_eq(runtime, SPAN("container")) ||
	       inspect_refuse_ever(in, "not container");
}

static bool
rule_network(struct inspection *in, struct json *value)
{
	return network_is_allowed(in, json_text(value));
}

/* A profile is read where the mode is "custom", which was judged. */
static bool
rule_seccomp_profile(struct inspection *in, struct json *value)
{
	if (json_text(json_member(value, "Profile")).len == 0 ||
	    span_eq(json_text(json_member(value, "Mode")), SPAN("custom")))
		return true;
	return inspect_refuse_ever(in, "a profile without Mode custom");
}

/* clang-format off */
static const struct field seccomp_fields[] = {
	{ "Mode", SHAPE_STRING, rule_seccomp, CONTAINER_SECURITY_OPT, NULL },
	{ "Profile", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field apparmor_fields[] = {
	{ "Mode", SHAPE_STRING, rule_apparmor, CONTAINER_SECURITY_OPT, NULL },
	{ 0 }
};

#define OPT CONTAINER_SECURITY_OPT

static const struct field selinux_fields[] = {
	{ "Disable", SHAPE_BOOL, rule_selinux_disable, OPT, NULL },
	{ "User", SHAPE_STRING, rule_selinux_user, OPT, NULL },
	{ "Role", SHAPE_STRING, rule_selinux_role, OPT, NULL },
	{ "Type", SHAPE_STRING, rule_selinux_type, OPT, NULL },
	{ "Level", SHAPE_STRING, rule_selinux_level, OPT, NULL },
	{ 0 }
};

/* Credentials of Windows come from files and the registry of a node. */
static const struct field privilege_fields[] = {
	{ "CredentialSpec", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "SELinuxContext", SHAPE_OBJECT, rule_pass, KEY_NONE, selinux_fields },
	{ "Seccomp", SHAPE_OBJECT, rule_seccomp_profile, KEY_NONE,
	    seccomp_fields },
	{ "AppArmor", SHAPE_OBJECT, rule_pass, KEY_NONE, apparmor_fields },
	{ "NoNewPrivileges", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field file_fields[] = {
	{ "Name", SHAPE_STRING, rule_file_name, KEY_NONE, NULL },
	{ "UID", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "GID", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Mode", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field secret_fields[] = {
	{ "File", SHAPE_OBJECT, rule_pass, KEY_NONE, file_fields },
	{ "SecretID", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "SecretName", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field config_fields[] = {
	{ "File", SHAPE_OBJECT, rule_pass, KEY_NONE, file_fields },
	{ "ConfigID", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "ConfigName", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field dns_fields[] = {
	{ "Nameservers", SHAPE_STRINGS, rule_listed_or_any, CONTAINER_DNS,
	    NULL },
	{ "Search", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Options", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field health_fields[] = {
	{ "Test", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Interval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Timeout", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Retries", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartPeriod", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartInterval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field container_fields[] = {
	{ "Image", SHAPE_STRING, rule_image, CONTAINER_IMAGE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Command", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Args", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Hostname", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Env", SHAPE_STRINGS, rule_env, KEY_NONE, NULL },
	{ "Dir", SHAPE_STRING, rule_directory, KEY_NONE, NULL },
	{ "User", SHAPE_STRING, rule_user, CONTAINER_USER, NULL },
	{ "Groups", SHAPE_STRINGS, rule_listed, CONTAINER_GROUP_ADD, NULL },
	{ "Privileges", SHAPE_OBJECT, rule_pass, KEY_NONE, privilege_fields },
	{ "Init", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "StopSignal", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "StopGracePeriod", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "TTY", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "OpenStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "ReadOnly", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Mounts", SHAPE_OBJECTS, rule_task_mount, CONTAINER_BIND,
	    mount_fields },
	/* The API's documents spell the second. */
	{ "Healthcheck", SHAPE_OBJECT, rule_pass, KEY_NONE, health_fields },
	{ "HealthCheck", SHAPE_OBJECT, rule_pass, KEY_NONE, health_fields },
	{ "Hosts", SHAPE_STRINGS, rule_host, CONTAINER_EXTRA_HOST, NULL },
	{ "DNSConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, dns_fields },
	{ "Secrets", SHAPE_OBJECTS, rule_secret, SERVICE_SECRET,
	    secret_fields },
	{ "Configs", SHAPE_OBJECTS, rule_config, SERVICE_CONFIG,
	    config_fields },
	{ "OomScoreAdj", SHAPE_INTEGER, rule_oom_score, KEY_NONE, NULL },
	{ "Isolation", SHAPE_STRING, rule_isolation, KEY_NONE, NULL },
	{ "Sysctls", SHAPE_MAP, rule_sysctl, CONTAINER_SYSCTL, NULL },
	{ "CapabilityAdd", SHAPE_STRINGS, rule_capability, CONTAINER_CAPABILITY,
	    NULL },
	{ "CapabilityDrop", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Ulimits", SHAPE_OBJECTS, rule_ulimit, CONTAINER_ULIMIT,
	    ulimit_fields },
	{ 0 }
};

static const struct field discrete_fields[] = {
	{ "Kind", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Value", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field named_fields[] = {
	{ "Kind", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Value", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field generic_fields[] = {
	{ "DiscreteResourceSpec", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    discrete_fields },
	{ "NamedResourceSpec", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    named_fields },
	{ 0 }
};

static const struct field limit_fields[] = {
	{ "NanoCPUs", SHAPE_INTEGER, rule_limit, CONTAINER_CPUS_MAX, NULL },
	{ "MemoryBytes", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX,
	    NULL },
	{ "Pids", SHAPE_INTEGER, rule_limit, CONTAINER_PIDS_MAX, NULL },
	{ "GenericResources", SHAPE_OBJECTS, rule_generic, CONTAINER_GPU,
	    generic_fields },
	{ 0 }
};

static const struct field resource_fields[] = {
	{ "Limits", SHAPE_OBJECT, rule_pass, KEY_NONE, limit_fields },
	{ "Reservations", SHAPE_OBJECT, rule_pass, KEY_NONE, limit_fields },
	{ "SwapBytes", SHAPE_INTEGER, rule_swap, CONTAINER_MEMORY_MAX, NULL },
	{ "MemorySwappiness", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field restart_fields[] = {
	{ "Condition", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Delay", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "MaxAttempts", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Window", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field spread_fields[] = {
	{ "SpreadDescriptor", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field preference_fields[] = {
	{ "Spread", SHAPE_OBJECT, rule_pass, KEY_NONE, spread_fields },
	{ 0 }
};

static const struct field platform_fields[] = {
	{ "Architecture", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "OS", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field placement_fields[] = {
	{ "Constraints", SHAPE_STRINGS, rule_listed_or_any, SERVICE_CONSTRAINT,
	    NULL },
	{ "Preferences", SHAPE_OBJECTS, rule_pass, KEY_NONE,
	    preference_fields },
	{ "MaxReplicas", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Platforms", SHAPE_OBJECTS, rule_pass, KEY_NONE, platform_fields },
	{ 0 }
};

/* DriverOpts are sysctls and names of interfaces: refused, not being here. */
const struct field service_network_fields[] = {
	{ "Target", SHAPE_STRING, rule_network, CONTAINER_NETWORK, NULL },
	{ "Aliases", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

const struct field service_task_fields[] = {
	{ "ContainerSpec", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    container_fields },
	{ "Resources", SHAPE_OBJECT, rule_pass, KEY_NONE, resource_fields },
	{ "RestartPolicy", SHAPE_OBJECT, rule_pass, KEY_NONE, restart_fields },
	{ "Placement", SHAPE_OBJECT, rule_pass, KEY_NONE, placement_fields },
	{ "ForceUpdate", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Networks", SHAPE_OBJECTS, rule_pass, KEY_NONE,
	    service_network_fields },
	{ "LogDriver", SHAPE_OBJECT, rule_log_driver, CONTAINER_LOG_DRIVER,
	    log_driver_fields },
	/* A plugin on every node, and somebody's container in a network. */
	{ "Runtime", SHAPE_STRING, rule_runtime, KEY_NONE, NULL },
	{ "PluginSpec", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "NetworkAttachmentSpec", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* An object's member, which is an object, made if it is missing. */
static struct json *
take_object(struct inspection *in, struct json *object, const char *name)
{
	struct json *member = json_member(object, name);

	if (member != NULL)
		return member;
	member = json_new_object();
	if (member == NULL || !json_set(object, name, member)) {
		inspect_no_memory(in);
		return NULL;
	}
	return member;
}

static bool
set_limit(struct inspection *in, struct json *limits, const char *name,
    enum section_key key)
{
	const struct section_setting *most = inspect_setting(in, key);
	int64_t number = INT64_MAX;

	if (most->number == 0 || json_int(json_member(limits, name)) > 0)
		return true;
	if (most->number < INT64_MAX)
		number = (int64_t)most->number;
	return json_set(limits, name, json_new_int(number)) ||
	       inspect_no_memory(in);
}

/* Whether a request of this API version can say what is new in 1.MINOR: from
 * an older one a daemon does not take it, and says nothing. A version that is
 * not given is the daemon's own, which may be 1.41. */
static bool
can_say(const struct inspection *in, uint64_t minor)
{
	struct span version = in->request->target.version, major, behind;
	uint64_t number;

	if (version.len == 0)
		return minor <= API_OLDEST;
	return value_cut(version, '.', &major, &behind) &&
	       value_number(behind, UINT16_MAX, &number) && number >= minor;
}

/* Where the profile has a most, nothing and less are not without a limit. */
static bool
set_limits(struct inspection *in, struct json *task)
{
	struct json *resources, *limits;

	if (task == NULL)
		return true;
	if (!inspect_is_set(in, CONTAINER_CPUS_MAX) &&
	    !inspect_is_set(in, CONTAINER_MEMORY_MAX) &&
	    !inspect_is_set(in, CONTAINER_PIDS_MAX))
		return true;
	if (inspect_is_set(in, CONTAINER_PIDS_MAX) && !can_say(in, API_PIDS)) {
		inspect_down(in, "TaskTemplate");
		value_go(in, task, "Resources");
		return inspect_refuse_by(in, CONTAINER_PIDS_MAX,
		    &inspect_setting(in, CONTAINER_PIDS_MAX)->origin,
		    "for [container] pids-max a service needs API version "
		    "1.41");
	}
	resources = take_object(in, task, "Resources");
	if (resources == NULL)
		return false;
	limits = take_object(in, resources, "Limits");
	return limits != NULL &&
	       set_limit(in, limits, "NanoCPUs", CONTAINER_CPUS_MAX) &&
	       set_limit(in, limits, "MemoryBytes", CONTAINER_MEMORY_MAX) &&
	       set_limit(in, limits, "Pids", CONTAINER_PIDS_MAX);
}

/* Who may write to the host, but not as root, gets no setuid programs. */
static bool
set_no_new_privileges(struct inspection *in, struct json *container)
{
	struct json *privileges;

	if (inspect_setting(in, CONTAINER_BIND_AS_ROOT)->yes ||
	    !mounts_write_host(container))
		return true;
	if (!can_say(in, API_PRIVILEGES)) {
		value_go(in, container, "Mounts");
		return inspect_refuse_without(in, CONTAINER_BIND_AS_ROOT,
		    "to write to the host, not being root, a service needs "
		    "API version 1.44");
	}
	privileges = take_object(in, container, "Privileges");
	if (privileges == NULL)
		return false;
	return json_set(privileges, "NoNewPrivileges", json_new_truth(true)) ||
	       inspect_no_memory(in);
}

bool
service_finish_task(struct inspection *in, struct json *task)
{
	struct json *container = json_member(task, "ContainerSpec");
	size_t before;
	bool ok;

	if (!set_limits(in, task))
		return false;
	before = inspect_down(in, "TaskTemplate");
	inspect_down(in, "ContainerSpec");
	if (json_text(json_member(container, "Image")).len == 0) {
		value_go(in, container, "Image");
		return inspect_malformed(in, "missing");
	}
	ok = labels_finish(in, container) &&
	     user_finish(in, CONTAINER_USER, container, "User", "Image") &&
	     set_no_new_privileges(in, container);
	inspect_up(in, before);
	return ok;
}
