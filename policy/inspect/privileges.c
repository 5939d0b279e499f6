/* SPDX-License-Identifier: MIT */
/* What takes a container's walls down: capabilities, security options, paths
 * that are masked, namespaces. All of it is refused unless a word of the
 * profile names it. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static const char *const capabilities[] = { "ALL", "AUDIT_CONTROL",
	"AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF",
	"CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH",
	"FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
	"LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP",
	"SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT",
	"SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE",
	"SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
	"WAKE_ALARM" };

/* Daemons take a capability in any case, with CAP_ or without. NULL: there is
 * none of that name. */
static const char *
find_capability(struct span name)
{
	size_t i;

	if (span_starts_nocase(name, SPAN("CAP_"))) {
		name.at += 4;
		name.len -= 4;
	}
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (span_eq_nocase(name, span_of(capabilities[i])))
			return capabilities[i];
	return NULL;
}

const char *
check_capability(struct span word)
{
	return find_capability(word) == NULL ? "no capability is called that"
					     : NULL;
}

static bool
capability_is_listed(
    const struct inspection *in, enum section_key key, const char *capability)
{
	const struct section_setting *setting = inspect_setting(in, key);
	const char *listed;
	size_t i;

	for (i = 0; i < setting->len; i++) {
		listed = find_capability(span_of(setting->rules[i].text));
		if (listed == capability || strcmp(listed, "ALL") == 0)
			return true;
	}
	return false;
}

bool
rule_capability(struct inspection *in, struct json *value)
{
	const char *capability = find_capability(json_text(value));

	if (capability == NULL)
		return inspect_refuse_ever(in, "no capability is called that");
	if (capability_is_listed(in, in->row->key, capability))
		return true;
	return inspect_refuse(in, in->row->key, span_of(capability));
}

/* Options are compared as KEY=VALUE, however they were written: daemons cut
 * them at the first '=', and where there is none at the first ':'. */
bool
rule_security_opt(struct inspection *in, struct json *value)
{
	const struct span harmless = SPAN("no-new-privileges");
	struct span option = json_text(value), key, setting;

	if (!value_cut(option, '=', &key, &setting) &&
	    !value_cut(option, ':', &key, &setting))
		return span_eq(option, harmless) || rule_listed(in, value);
	if (span_eq(key, harmless) && span_eq(setting, SPAN("true")))
		return true;
	return value_pair_is_allowed(in, in->row->key, key, setting);
}

/* What every daemon masks, or makes read-only, by itself; and then what newer
 * ones do. */
static const char *const masked[] = { "/proc/acpi", "/proc/asound",
	"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
	"/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware",
	NULL };
static const char *const masked_later[] = { "/proc/interrupts",
	"/sys/devices/system/cpu/cpu*/thermal_throttle",
	"/sys/devices/virtual/powercap", NULL };
static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq",
	"/proc/sys", "/proc/sysrq-trigger", NULL };
static const char *const readonly_later[] = { NULL };

static bool
is_among(const char *const *globs, struct span path)
{
	for (; *globs != NULL; globs++)
		if (glob_matches(span_of(*globs), path))
			return true;
	return false;
}

static bool
holds(const struct json *array, const char *path)
{
	size_t i;

	for (i = 0; i < json_count(array); i++)
		if (span_eq(json_text(json_item(array, i)), span_of(path)))
			return true;
	return false;
}

/* Whether a daemon wrote the list itself: whoever makes a container anew as
 * it was sends that back. */
static bool
is_default(const struct json *array, const char *const *always,
    const char *const *later)
{
	struct span path;
	size_t i;

	for (i = 0; i < json_count(array); i++) {
		path = json_text(json_item(array, i));
		if (!is_among(always, path) && !is_among(later, path))
			return false;
	}
	for (; *always != NULL; always++)
		if (!holds(array, *always))
			return false;
	return true;
}

/* An array is all that is masked, so one that is empty unmasks everything. A
 * default list is dropped: then this daemon takes its own, which may be
 * longer. */
bool
rule_paths(struct inspection *in, struct json *value)
{
	const struct span allows = SPAN("systempaths=unconfined");
	bool is_masked = strcmp(in->row->name, "MaskedPaths") == 0;
	size_t i;

	if (json_kind(value) != JSON_IS_ARRAY)
		return inspect_malformed(in, "not an array");
	for (i = 0; i < json_count(value); i++)
		if (json_kind(json_item(value, i)) != JSON_IS_STRING)
			return inspect_malformed(
			    in, "a value of the wrong kind");
	if (is_default(value, is_masked ? masked : readonly,
		is_masked ? masked_later : readonly_later))
		return rule_ignore(in, value);
	if (inspect_matches(in, in->row->key, allows))
		return true;
	return inspect_refuse(in, in->row->key, allows);
}

/* A namespace that may be another's. Values are compared exactly: Podman has
 * many more, such as "ns:/proc/1/ns/pid". */
struct namespace_row {
	const char *field;
	/* Those that share nothing; "shareable" only offers. */
	const char *harmless[3];
	const char *host; /* the word that allows "host" */
	const char *container;
};

/* clang-format off */
static const struct namespace_row namespaces[] = {
	{ "PidMode", { "private" }, "pid:host", "pid:container" },
	{ "IpcMode", { "private", "none", "shareable" }, "ipc:host",
	    "ipc:container" },
	{ "UTSMode", { "private" }, "uts:host", NULL },
	{ "UsernsMode", { NULL }, "userns:host", NULL },
	{ "CgroupnsMode", { "private" }, "cgroup:host", NULL },
	{ "Cgroup", { NULL }, NULL, "cgroup:container" },
	{ "NetworkMode", { NULL }, "network:host", "network:container" },
};
/* clang-format on */

const char *
check_namespace(struct span word)
{
	const struct namespace_row *row;
	size_t i;

	for (i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		row = &namespaces[i];
		if ((row->host != NULL && span_eq(word, span_of(row->host))) ||
		    (row->container != NULL &&
			span_eq(word, span_of(row->container))))
			return NULL;
	}
	return "not one of pid:host, pid:container, ipc:host, ipc:container, "
	       "uts:host, userns:host, cgroup:host, cgroup:container, "
	       "network:host, network:container";
}

static bool
needs_word(struct inspection *in, const char *word)
{
	if (word == NULL)
		return inspect_refuse_ever(in, "nothing allows it");
	if (inspect_matches(in, in->row->key, span_of(word)))
		return true;
	return inspect_refuse(in, in->row->key, span_of(word));
}

/* The row of a field that is judged here. */
static const struct namespace_row *
find_namespace(const char *field)
{
	size_t i, last = sizeof(namespaces) / sizeof(namespaces[0]) - 1;

	for (i = 0; i < last; i++)
		if (strcmp(namespaces[i].field, field) == 0)
			break;
	return &namespaces[i];
}

bool
rule_namespace(struct inspection *in, struct json *value)
{
	const struct namespace_row *row = find_namespace(in->row->name);
	struct span mode = json_text(value), kind, container;
	size_t i;

	if (mode.len == 0)
		return true;
	for (i = 0; i < 3 && row->harmless[i] != NULL; i++)
		if (span_eq(mode, span_of(row->harmless[i])))
			return true;
	if (span_eq(mode, SPAN("host")))
		return needs_word(in, row->host);
	if (value_cut(mode, ':', &kind, &container) &&
	    span_eq(kind, SPAN("container")) && inspect_is_name(container))
		return needs_word(in, row->container);
	return inspect_refuse_ever(in, "not a namespace that is known");
}

/* Sysctls that change nothing but the container's own network. */
static const char *const harmless_sysctls[] = { "net.core.somaxconn",
	"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range",
	NULL };

static bool
is_sysctl(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.at[i] == '/' || name.at[i] == '=')
			return false;
	return name.len > 0;
}

/* Runtimes refuse those of the network where that is the host's. */
bool
rule_sysctl(struct inspection *in, struct json *value)
{
	struct span name = span_of(in->name);

	if (!is_sysctl(name))
		return inspect_refuse_ever(in, "not a sysctl's name");
	return is_among(harmless_sysctls, name) ||
	       inspect_matches(in, in->row->key, name) ||
	       value_pair_is_allowed(in, in->row->key, name, json_text(value));
}

bool
rule_directory(struct inspection *in, struct json *value)
{
	return !value_is_in_proc(json_text(value)) ||
	       inspect_refuse_ever(in, "a directory of /proc");
}
