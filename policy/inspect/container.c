/* SPDX-License-Identifier: MIT */
/* Containers: what one may be made with, what of it may be changed, and what
 * may be written into it. A profile that says nothing in [container] allows
 * what reaches nothing of the host, and of other containers only what is on
 * the default network. */

#include <string.h>

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* Where true loosens and nothing allows it. */
static bool
rule_never(struct inspection *in, struct json *value)
{
	return !json_truth(value) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* An address of the container's own. */
static bool
rule_address(struct inspection *in, struct json *value)
{
	if (json_text(value).len == 0 || inspect_setting(in, in->row->key)->yes)
		return true;
	return inspect_refuse(in, in->row->key, SPAN("yes"));
}

/* Others of the host are killed before it. */
static bool
rule_oom_score(struct inspection *in, struct json *value)
{
	return json_int(value) >= 0 ||
	       inspect_refuse_ever(in, "less than 0: nothing allows it");
}

static bool
rule_isolation(struct inspection *in, struct json *value)
{
	struct span isolation = json_text(value);

	return isolation.len == 0 || span_eq(isolation, SPAN("default")) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* A size of the container's own layer: without it, it has none. */
static bool
rule_storage(struct inspection *in, struct json *value)
{
	(void)value;
	return strcmp(in->name, "size") == 0 ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* clang-format off */
static const struct field healthcheck_fields[] = {
	{ "Interval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Retries", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartInterval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartPeriod", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Test", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Timeout", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field restart_fields[] = {
	{ "MaximumRetryCount", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Name", SHAPE_STRING, rule_restart_name, CONTAINER_RESTART, NULL },
	{ 0 }
};

/* What a container may use: said when it is made, and changed later. */
#define RESOURCES \
	{ "BlkioWeight", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL }, \
	{ "CpuPeriod", SHAPE_INTEGER, rule_limit, CONTAINER_CPUS_MAX, NULL }, \
	{ "CpuQuota", SHAPE_INTEGER, rule_limit, CONTAINER_CPUS_MAX, NULL }, \
	{ "CpuShares", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL }, \
	{ "CpusetCpus", SHAPE_STRING, rule_pass, KEY_NONE, NULL }, \
	{ "CpusetMems", SHAPE_STRING, rule_pass, KEY_NONE, NULL }, \
	{ "KernelMemory", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, \
	    NULL }, \
	{ "KernelMemoryTCP", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, \
	    NULL }, \
	{ "Memory", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, NULL }, \
	{ "MemoryReservation", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, \
	    NULL }, \
	{ "MemorySwap", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, NULL }, \
	{ "MemorySwappiness", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL }, \
	{ "NanoCpus", SHAPE_INTEGER, rule_limit, CONTAINER_CPUS_MAX, NULL }, \
	{ "OomKillDisable", SHAPE_BOOL, rule_never, KEY_NONE, NULL }, \
	{ "PidsLimit", SHAPE_INTEGER, rule_limit, CONTAINER_PIDS_MAX, NULL }, \
	{ "RestartPolicy", SHAPE_OBJECT, rule_pass, KEY_NONE, restart_fields }, \
	{ "BlkioDeviceReadBps", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "BlkioDeviceReadIOps", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "BlkioDeviceWriteBps", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "BlkioDeviceWriteIOps", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "BlkioWeightDevice", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	/* For nobody: processors in real time; docker-py's names are the second \
	 * and the fourth. */ \
	{ "CpuRealtimePeriod", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "CPURealtimePeriod", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "CpuRealtimeRuntime", SHAPE_RAW, rule_empty, KEY_NONE, NULL }, \
	{ "CPURealtimeRuntime", SHAPE_RAW, rule_empty, KEY_NONE, NULL }

static const struct field host_fields[] = {
	RESOURCES,
	{ "Annotations", SHAPE_MAP, rule_pair, CONTAINER_ANNOTATION, NULL },
	{ "AutoRemove", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Binds", SHAPE_STRINGS, rule_bind, CONTAINER_BIND, NULL },
	{ "CapAdd", SHAPE_STRINGS, rule_capability, CONTAINER_CAPABILITY,
	    NULL },
	{ "CapDrop", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Cgroup", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE, NULL },
	{ "CgroupParent", SHAPE_STRING, rule_listed, CONTAINER_CGROUP_PARENT,
	    NULL },
	{ "CgroupnsMode", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE,
	    NULL },
	{ "ConsoleSize", SHAPE_INTEGERS, rule_pass, KEY_NONE, NULL },
	/* The client writes it. Podman would remove that file of the host. */
	{ "ContainerIDFile", SHAPE_STRING, rule_ignore, KEY_NONE, NULL },
	{ "DeviceRequests", SHAPE_OBJECTS, rule_device_request, CONTAINER_GPU,
	    device_request_fields },
	{ "Devices", SHAPE_OBJECTS, rule_device, CONTAINER_DEVICE,
	    device_fields },
	{ "Dns", SHAPE_STRINGS, rule_listed_or_any, CONTAINER_DNS, NULL },
	{ "DnsOptions", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "DnsSearch", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "ExtraHosts", SHAPE_STRINGS, rule_listed_or_any,
	    CONTAINER_EXTRA_HOST, NULL },
	{ "GroupAdd", SHAPE_STRINGS, rule_listed, CONTAINER_GROUP_ADD, NULL },
	{ "Init", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "IpcMode", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE, NULL },
	{ "Isolation", SHAPE_STRING, rule_isolation, KEY_NONE, NULL },
	{ "LogConfig", SHAPE_OBJECT, rule_log_config, CONTAINER_LOG_DRIVER,
	    log_config_fields },
	{ "MaskedPaths", SHAPE_RAW, rule_paths, CONTAINER_SECURITY_OPT, NULL },
	{ "Mounts", SHAPE_OBJECTS, rule_mount, CONTAINER_BIND, mount_fields },
	{ "NetworkMode", SHAPE_STRING, rule_network_mode, CONTAINER_NETWORK,
	    NULL },
	{ "OomScoreAdj", SHAPE_INTEGER, rule_oom_score, KEY_NONE, NULL },
	{ "PidMode", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE, NULL },
	{ "PortBindings", SHAPE_OBJECTS_MAP, rule_port_binding,
	    CONTAINER_PUBLISH, port_binding_fields },
	{ "Privileged", SHAPE_BOOL, rule_flag, CONTAINER_PRIVILEGED, NULL },
	{ "PublishAllPorts", SHAPE_BOOL, rule_publish_all, CONTAINER_PUBLISH,
	    NULL },
	{ "ReadonlyPaths", SHAPE_RAW, rule_paths, CONTAINER_SECURITY_OPT,
	    NULL },
	{ "ReadonlyRootfs", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Runtime", SHAPE_STRING, rule_listed, CONTAINER_RUNTIME, NULL },
	{ "SecurityOpt", SHAPE_STRINGS, rule_security_opt,
	    CONTAINER_SECURITY_OPT, NULL },
	{ "ShmSize", SHAPE_INTEGER, rule_limit, CONTAINER_MEMORY_MAX, NULL },
	{ "StorageOpt", SHAPE_MAP, rule_storage, KEY_NONE, NULL },
	{ "Sysctls", SHAPE_MAP, rule_sysctl, CONTAINER_SYSCTL, NULL },
	{ "Tmpfs", SHAPE_MAP, rule_tmpfs, CONTAINER_TMPFS, NULL },
	{ "UTSMode", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE, NULL },
	{ "Ulimits", SHAPE_OBJECTS, rule_ulimit, CONTAINER_ULIMIT,
	    ulimit_fields },
	{ "Umask", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "UsernsMode", SHAPE_STRING, rule_namespace, CONTAINER_NAMESPACE,
	    NULL },
	{ "VolumeDriver", SHAPE_STRING, rule_volume_driver,
	    CONTAINER_VOLUME_DRIVER, NULL },

	/* For nobody: whatever devices the host has, and what another container
	 * has. */
	{ "DeviceCgroupRules", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "Links", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "VolumesFrom", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};

static const struct field networking_fields[] = {
	{ "EndpointsConfig", SHAPE_OBJECT_MAP, rule_endpoint,
	    CONTAINER_NETWORK, endpoint_fields },
	{ 0 }
};

/* What older daemons take from here when HostConfig is not there is not
 * listed: it is refused. */
static const struct field create_fields[] = {
	{ "ArgsEscaped", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStderr", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdout", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Cmd", SHAPE_COMMAND, rule_pass, KEY_NONE, NULL },
	{ "Domainname", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Entrypoint", SHAPE_COMMAND, rule_pass, KEY_NONE, NULL },
	{ "Env", SHAPE_STRINGS, rule_env, KEY_NONE, NULL },
	{ "ExposedPorts", SHAPE_SET, rule_exposed_port, KEY_NONE, NULL },
	{ "Healthcheck", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    healthcheck_fields },
	{ "HostConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, host_fields },
	{ "Hostname", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Image", SHAPE_STRING, rule_image, CONTAINER_IMAGE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "MacAddress", SHAPE_STRING, rule_address, CONTAINER_ADDRESS, NULL },
	{ "NetworkDisabled", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "NetworkingConfig", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    networking_fields },
	{ "OnBuild", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "OpenStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Shell", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "StdinOnce", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "StopSignal", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "StopTimeout", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Tty", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "User", SHAPE_STRING, rule_user, CONTAINER_USER, NULL },
	{ "Volumes", SHAPE_SET, rule_volume_path, KEY_NONE, NULL },
	{ "WorkingDir", SHAPE_STRING, rule_directory, KEY_NONE, NULL },

	/* Some clients repeat the query here, where no daemon looks. */
	{ "Name", SHAPE_STRING, rule_ignore, KEY_NONE, NULL },
	{ "name", SHAPE_STRING, rule_ignore, KEY_NONE, NULL },
	{ "platform", SHAPE_STRING, rule_ignore, KEY_NONE, NULL },
	{ 0 }
};

static const struct field update_fields[] = {
	RESOURCES,
	{ 0 }
};
/* clang-format on */

static struct json *
take_host_config(struct json *body)
{
	struct json *host_config = json_member(body, "HostConfig");

	if (host_config != NULL)
		return host_config;
	host_config = json_new_object();
	return host_config != NULL && json_set(body, "HostConfig", host_config)
		   ? host_config
		   : NULL;
}

static bool
finish_create(struct inspection *in, struct json *body)
{
	struct json *host_config = take_host_config(body);

	if (host_config == NULL)
		return inspect_no_memory(in);
	if (json_text(json_member(body, "Image")).len == 0) {
		value_go(in, body, "Image");
		return inspect_malformed(in, "an image is needed");
	}
	return user_finish(in, CONTAINER_USER, body, "User", "Image") &&
	       mounts_finish(in, host_config) &&
	       resources_finish(in, host_config, false) &&
	       labels_finish(in, body);
}

static bool
finish_update(struct inspection *in, struct json *body)
{
	return resources_finish(in, body, true);
}

static bool
parameter_name(struct inspection *in, struct span value)
{
	struct span name = value;

	if (name.len == 0)
		return true;
	if (name.at[0] == '/') {
		name.at++;
		name.len--;
	}
	return name_is_free(in, "/containers/", name, "/json");
}

static bool
parameter_link(struct inspection *in, struct span value)
{
	return !inspect_truth(value) ||
	       inspect_refuse_ever(in, "it removes a name, not a container");
}

static bool
parameter_flag(struct inspection *in, struct span value)
{
	if (!inspect_truth(value) ||
	    inspect_setting(in, in->parameter->key)->yes)
		return true;
	return inspect_refuse(in, in->parameter->key, SPAN("yes"));
}

static bool
has_parameter(const struct inspection *in, const char *name)
{
	char memory[LIMIT_TARGET];
	struct text value = TEXT(memory);

	return inspect_parameter(in, name, &value);
}

static bool
refuse_stdin(struct inspection *in)
{
	inspect_down(in, "query");
	inspect_down(in, "stdin");
	return inspect_refuse(in, CONTAINER_STDIN, SPAN("yes"));
}

static bool
is_podman(const struct json *version)
{
	const struct json *components = json_member(version, "Components");
	size_t i;

	for (i = 0; i < json_count(components); i++)
		if (span_starts(json_text(json_member(
				    json_item(components, i), "Name")),
			SPAN("Podman")))
			return true;
	return false;
}

/* Where nothing is said of it, Docker leaves standard input closed, and Podman
 * opens it. */
static bool
finish_attach(struct inspection *in, struct json *body)
{
	const struct inspect_fact *fact;
	struct json *version;
	bool podman;

	(void)body;
	if (inspect_setting(in, CONTAINER_STDIN)->yes ||
	    has_parameter(in, "stdin"))
		return true;
	fact = inspect_ask(in, "/version");
	if (fact == NULL)
		return false;
	version = inspect_read_fact(in, fact);
	if (version == NULL)
		return false;
	podman = is_podman(version);
	json_free(version);
	return !podman || refuse_stdin(in);
}

/* Before API 1.42, which is what an unversioned request may be, a WebSocket is
 * standard input too, whatever the query says. */
static bool
finish_websocket(struct inspection *in, struct json *body)
{
	struct span version = in->request->target.version, major, minor;
	uint64_t number;

	(void)body;
	if (inspect_setting(in, CONTAINER_STDIN)->yes ||
	    (value_cut(version, '.', &major, &minor) &&
		span_eq(major, SPAN("1")) &&
		value_number(minor, UINT16_MAX, &number) && number >= 42))
		return true;
	return refuse_stdin(in);
}

/* The directory that an archive is unpacked in. */
static bool
parameter_path(struct inspection *in, struct span value)
{
	if (value.len > 1 && value.at[value.len - 1] == '/')
		value.len--;
	if (!inspect_is_path(value))
		return inspect_refuse_ever(
		    in, "an absolute path is needed, without '.' and '..'");
	return path_is_allowed(in, in->parameter->key, value) ||
	       inspect_refuse(in, in->parameter->key, value);
}

/* One of the container's mounts. Where it was made from is not for the
 * client's eyes. */
static bool
judge_mounted(struct inspection *in, const struct json *mount)
{
	struct span type = json_text(json_member(mount, "Type"));

	if (span_eq(type, SPAN("tmpfs")) ||
	    (json_member(mount, "RW") != NULL &&
		!json_truth(json_member(mount, "RW"))))
		return true;
	if (span_eq(type, SPAN("volume")))
		return volume_is_plain(
		    in, json_text(json_member(mount, "Name")));
	return inspect_refuse_ever(in,
	    "a directory of the host, which the daemon would write to as root");
}

static bool
judge_all_mounted(struct inspection *in, const struct json *mounts)
{
	size_t i, before;
	bool ok = true;

	in->parent = NULL;
	inspect_down(in, "container");
	inspect_down(in, "Mounts");
	for (i = 0; ok && i < json_count(mounts); i++) {
		before = inspect_down_index(in, i);
		ok = judge_mounted(in, json_item(mounts, i));
		inspect_up(in, before);
	}
	return ok;
}

/* The archive goes to the container that is judged: by its name another one
 * could be there in the end. */
static bool
take_id(struct inspection *in, struct span id)
{
	if (!value_is_id(id))
		return inspect_refuse_ever(in, "the daemon gives no ID");
	text_add(&in->id, id);
	return true;
}

static bool
finish_archive(struct inspection *in, struct json *body)
{
	struct span id = in->request->arguments[0];
	const struct inspect_fact *fact;
	struct json *container;
	bool ok;

	(void)body;
	if (!has_parameter(in, "path"))
		return inspect_malformed(in, "a path is needed");
	if (!inspect_is_name(id))
		return inspect_malformed(in, "no name of a container");
	fact = inspect_ask(in, "/containers/%.*s/json", SPAN_ARG(id));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "container", id);
	container = inspect_read_fact(in, fact);
	if (container == NULL)
		return false;
	ok = take_id(in, json_text(json_member(container, "Id"))) &&
	     judge_all_mounted(in, json_member(container, "Mounts"));
	json_free(container);
	return ok;
}

static const struct parameter_rule name_parameters[] = {
	{"name",	  parameter_name, KEY_NONE },
	      { 0}
};

static const struct parameter_rule stdin_parameters[] = {
	{"stdin",	   parameter_flag, CONTAINER_STDIN },
	      { 0}
};

static const struct parameter_rule link_parameters[] = {
	{"link",	  parameter_link, KEY_NONE },
	      { 0}
};

static const struct parameter_rule path_parameters[] = {
	{"path",		  parameter_path, CONTAINER_ARCHIVE },
	       { 0}
};

const struct inspector container_inspectors[] = {
	{.operation = "ContainerCreate",
	    .fields = create_fields,
	    .parameters = name_parameters,
	    .finish = finish_create,
	    .keys = { CONTAINER_BIND_AS_ROOT, CONTAINER_LABEL,
		CONTAINER_LABEL_REQUIRED } },
	{ .operation = "ContainerUpdate",
	    .fields = update_fields,
	    .finish = finish_update },
	{ .operation = "ContainerRename", .parameters = name_parameters },
	{ .operation = "ContainerAttach",
	    .parameters = stdin_parameters,
	    .finish = finish_attach },
	{ .operation = "ContainerAttachWebsocket",
	    .parameters = stdin_parameters,
	    .finish = finish_websocket },
	{ .operation = "ContainerDelete",	  .parameters = link_parameters },
	{ .operation = "PutContainerArchive",
	    .parameters = path_parameters,
	    .finish = finish_archive,
	    .keys = { CONTAINER_VOLUME_DRIVER, VOLUME_DRIVER_OPTION } },
	{ 0   }
};
