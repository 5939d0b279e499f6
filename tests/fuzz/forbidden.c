/* SPDX-License-Identifier: MIT */
/* What a daemon must not be asked for: see forbidden.h. Written from what is
 * known of the daemons, Docker's and Podman's, old ones and new ones, and not
 * from what judges requests here. */

#include <stdio.h>
#include <string.h>

#include "tests/fuzz/harm.h"

/* What an option is named, and what it says: cut at the first '=', and without
 * one at the first ':'. */
static bool
is_no_new_privileges(const char *option)
{
	static const char name[] = "no-new-privileges";
	const size_t len = sizeof(name) - 1;

	return strncmp(option, name, len) == 0 &&
	       (option[len] == '\0' || strcmp(option + len, "=true") == 0 ||
		   strcmp(option + len, ":true") == 0);
}

static void
check_security(const struct go_value *options, bool needed)
{
	const struct go_value *option;
	bool set = false;

	for (option = go_first(options); option != NULL;
	     option = option->next) {
		/* Every daemon refuses it. */
		if (*go_text(option) == '\0')
			continue;
		set = is_no_new_privileges(go_text(option));
		harm_if(!set, "a security option");
	}
	harm_if(needed && !set, "setuid programs beside a path of the host's");
}

/* An empty one in the list is no group, and refused by the daemons. */
static void
check_groups(const struct go_value *list)
{
	const struct go_value *group;

	for (group = go_first(list); group != NULL; group = group->next)
		harm_if(*go_text(group) != '\0', "a group");
}

/* A list is all that is masked. Where there is one, it must have all of what
 * is masked without. */
static void
check_masks(const struct go_value *list, const char *defaults)
{
	const struct go_value *path;
	size_t len, count = 0;
	const char *at;

	if (list == NULL || list->kind == GO_NULL)
		return;
	for (at = defaults; *at != '\0'; at += len + (at[len] == ' ')) {
		len = strcspn(at, " ");
		for (path = go_first(list); path != NULL; path = path->next)
			if (strlen(go_text(path)) == len &&
			    strncmp(go_text(path), at, len) == 0)
				break;
		count += path == NULL;
	}
	harm_if(count > 0, "a path of the kernel's, not masked");
}

/* From 1 to the most. */
static bool
is_limited(const struct go_value *value, long long most)
{
	return go_int(value) > 0 && go_int(value) <= most;
}

static void
check_limits(const struct allowed *allowed, const struct go_value *host)
{
	const long long quota = go_int(go_get(host, "CpuQuota"));
	long long period = go_int(go_get(host, "CpuPeriod"));
	const struct go_value *cpus = go_get(host, "NanoCpus");

	if (period == 0)
		period = 100000;
	harm_if(
	    allowed->memory > 0 &&
		(!is_limited(go_get(host, "Memory"), allowed->memory) ||
		    !is_limited(go_get(host, "MemorySwap"), allowed->memory) ||
		    go_int(go_get(host, "MemoryReservation")) >
			allowed->memory),
	    "more memory");
	harm_if(allowed->pids > 0 &&
		    !is_limited(go_get(host, "PidsLimit"), allowed->pids),
	    "more processes");
	if (allowed->cpus == 0)
		return;
	if (go_is_empty(cpus))
		harm_if(quota <= 0 || period <= 0 ||
			    (long double)quota / (long double)period * 1e9L >
				(long double)allowed->cpus,
		    "more processors, by a quota");
	else
		harm_if(!is_limited(cpus, allowed->cpus) || quota < 0,
		    "more processors");
}

/* In an update what is not said stays; so does what is 0, but for the
 * processes. */
static void
check_changed_limits(const struct allowed *allowed, const struct go_value *body)
{
	static const char *const memory[] = { "Memory", "MemorySwap",
		"MemoryReservation" };
	const struct go_value *pids = go_get(body, "PidsLimit");
	const long long quota = go_int(go_get(body, "CpuQuota"));
	const long long period = go_int(go_get(body, "CpuPeriod"));
	size_t i;

	for (i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		harm_if(
		    allowed->memory > 0 &&
			!go_is_empty(go_get(body, memory[i])) &&
			!is_limited(go_get(body, memory[i]), allowed->memory),
		    "more memory");
	harm_if(allowed->pids > 0 && pids != NULL && pids->kind != GO_NULL &&
		    !is_limited(pids, allowed->pids),
	    "more processes");
	harm_if(allowed->cpus > 0 && !go_is_empty(go_get(body, "NanoCpus")) &&
		    !is_limited(go_get(body, "NanoCpus"), allowed->cpus),
	    "more processors");
	harm_if(allowed->cpus > 0 && (quota != 0 || period != 0) &&
		    (quota <= 0 || period <= 0 ||
			(long double)quota / (long double)period * 1e9L >
			    (long double)allowed->cpus),
	    "more processors, by a quota");
}

/* Fields that must say nothing, with a path in front. */
static void
check_empty(const struct go_value *object, const char *fields)
{
	char name[64];
	size_t len;

	for (; *fields != '\0'; fields += len + (fields[len] == ' ')) {
		len = strcspn(fields, " ");
		snprintf(name, sizeof(name), "%.*s", (int)len, fields);
		harm_if(!go_is_empty(go_get(object, name)),
		    "a field that is for nobody");
	}
}

static void
check_modes(const struct allowed *allowed, const struct go_value *host)
{
	const char *network = go_text(go_get(host, "NetworkMode"));

	harm_if(!harm_is_of(go_text(go_get(host, "PidMode")), "private"),
	    "PidMode");
	harm_if(!harm_is_of(
		    go_text(go_get(host, "IpcMode")), "private none shareable"),
	    "IpcMode");
	harm_if(!harm_is_of(go_text(go_get(host, "UTSMode")), "private"),
	    "UTSMode");
	harm_if(
	    !harm_is_of(go_text(go_get(host, "UsernsMode")), ""), "UsernsMode");
	harm_if(!harm_is_of(go_text(go_get(host, "CgroupnsMode")), "private"),
	    "CgroupnsMode");
	if (*network != '\0')
		harm_network_name(allowed, network);
}

static void
check_host_config(const struct allowed *allowed, const struct go_value *host)
{
	const struct go_value *one;
	bool writes = false;

	harm_if(host == NULL || host->kind != GO_OBJECT,
	    "no HostConfig: old daemons would look for it around it");
	check_empty(host,
	    "Privileged PublishAllPorts OomKillDisable VolumesFrom Links Cgroup "
	    "CgroupParent Runtime Devices DeviceRequests DeviceCgroupRules "
	    "BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps "
	    "BlkioDeviceWriteIOps BlkioWeightDevice CpuRealtimePeriod "
	    "CpuRealtimeRuntime Annotations Capabilities "
	    "ContainerIDFile");
	for (one = go_first(go_get(host, "Binds")); one != NULL;
	     one = one->next)
		harm_bind(allowed, go_text(one), &writes);
	for (one = go_first(go_get(host, "Mounts")); one != NULL;
	     one = one->next)
		harm_mount(allowed, one, &writes);
	harm_tmpfs(go_get(host, "Tmpfs"));
	for (one = go_first(go_get(host, "StorageOpt")); one != NULL;
	     one = one->next)
		harm_if(strcmp(one->name, "size") != 0, "a storage option");
	check_modes(allowed, host);
	check_groups(go_get(host, "GroupAdd"));
	harm_capabilities(allowed, go_get(host, "CapAdd"));
	check_security(go_get(host, "SecurityOpt"), writes);
	check_masks(go_get(host, "MaskedPaths"),
	    "/proc/acpi /proc/asound /proc/kcore /proc/keys "
	    "/proc/latency_stats /proc/sched_debug /proc/scsi "
	    "/proc/timer_list /proc/timer_stats /sys/firmware");
	check_masks(go_get(host, "ReadonlyPaths"),
	    "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger");
	harm_sysctls(go_get(host, "Sysctls"));
	harm_ulimits(go_get(host, "Ulimits"));
	harm_ports(allowed, go_get(host, "PortBindings"));
	harm_log(go_text(go_get(host, "LogConfig.Type")),
	    go_get(host, "LogConfig.Config"));
	check_limits(allowed, host);
	harm_if(go_int(go_get(host, "OomScoreAdj")) < 0, "OomScoreAdj");
	harm_if(!harm_is_of(go_text(go_get(host, "VolumeDriver")), "local"),
	    "a volume's driver");
	harm_if(!harm_is_of(go_text(go_get(host, "Isolation")), "default"),
	    "Isolation");
}

const char *
forbidden_container(const struct allowed *allowed, const struct go_value *body)
{
	const struct go_value *one;

	check_empty(body,
	    "Annotations AutoRemove Binds BlkioDeviceReadBps "
	    "BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps "
	    "BlkioWeight BlkioWeightDevice CapAdd CapDrop Capabilities Cgroup "
	    "CgroupParent CgroupnsMode ContainerIDFile CpuCount CpuPercent "
	    "CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpuShares "
	    "Cpuset CpusetCpus CpusetMems DeviceCgroupRules DeviceRequests "
	    "Devices Dns DnsOptions DnsSearch ExtraHosts GroupAdd "
	    "IOMaximumBandwidth IOMaximumIOps Init IpcMode Isolation "
	    "KernelMemory KernelMemoryTCP Links LogConfig MaskedPaths Memory "
	    "MemoryReservation MemorySwap MemorySwappiness Mounts NanoCpus "
	    "NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit "
	    "PortBindings Privileged PublishAllPorts ReadonlyPaths "
	    "ReadonlyRootfs RestartPolicy Runtime SecurityOpt ShmSize "
	    "StorageOpt Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver "
	    "VolumesFrom MacAddress");
	check_host_config(allowed, go_get(body, "HostConfig"));
	harm_image(allowed, go_text(go_get(body, "Image")));
	harm_env(go_get(body, "Env"));
	harm_label(allowed, go_get(body, "Labels"));
	harm_if(!harm_is_user(allowed->user, allowed->group,
		    go_text(go_get(body, "User"))),
	    "a user");
	for (one = go_first(go_get(body, "Volumes")); one != NULL;
	     one = one->next)
		harm_target(one->name);
	for (one = go_first(go_get(body, "NetworkingConfig.EndpointsConfig"));
	     one != NULL; one = one->next) {
		harm_network_name(allowed, one->name);
		harm_if(*one->name == '\0', "a network without a name");
		harm_endpoint(one);
	}
	return harm_found();
}

const char *
forbidden_update(const struct allowed *allowed, const struct go_value *body)
{
	check_empty(body,
	    "OomKillDisable BlkioDeviceReadBps BlkioDeviceReadIOps "
	    "BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeightDevice "
	    "CpuRealtimePeriod CpuRealtimeRuntime Devices DeviceRequests "
	    "DeviceCgroupRules CgroupParent");
	check_changed_limits(allowed, body);
	return harm_found();
}

const char *
forbidden_exec(const struct allowed *allowed, const struct go_value *body)
{
	const struct go_value *word = go_first(go_get(body, "Cmd"));
	const char *first = go_text(word);

	check_empty(body, "Privileged");
	harm_env(go_get(body, "Env"));
	harm_if(word == NULL, "no command");
	harm_if(allowed->command == NULL, "a command");
	harm_if(!harm_is_user(allowed->exec_user, allowed->group,
		    go_text(go_get(body, "User"))),
	    "a user");
	if (word != NULL && allowed->command != NULL &&
	    strcmp(allowed->command, "*") != 0)
		harm_if(strcmp(first, allowed->command) != 0 ||
			    word->next == NULL || word->next->next != NULL,
		    "another command");
	return harm_found();
}

static void
check_name(const char *name)
{
	harm_if(
	    *name != '\0' && !harm_is_name(name), "a name that may be a path");
}

const char *
forbidden_volume(const struct allowed *allowed, const struct go_value *body)
{
	check_name(go_text(go_get(body, "Name")));
	check_empty(body, "DriverOpts ClusterVolumeSpec");
	harm_if(
	    !harm_is_of(go_text(go_get(body, "Driver")), "local"), "a driver");
	harm_label(allowed, go_get(body, "Labels"));
	return harm_found();
}

const char *
forbidden_network(const struct allowed *allowed, const struct go_value *body)
{
	const char *name = go_text(go_get(body, "Name"));
	const struct go_value *one;

	check_name(name);
	/* With which, as the daemon of this test says, another's ID begins. */
	harm_if(strcmp(name, "feed") == 0, "a name that is taken for an ID");
	harm_if(
	    !harm_is_of(go_text(go_get(body, "Driver")), "bridge"), "a driver");
	harm_if(
	    !harm_is_of(go_text(go_get(body, "Scope")), "local"), "a scope");
	check_empty(body, "Ingress ConfigOnly ConfigFrom.Network IPAM.Options");
	harm_if(!harm_is_of(go_text(go_get(body, "IPAM.Driver")), "default"),
	    "a driver of addresses");
	for (one = go_first(go_get(body, "IPAM.Config")); one != NULL;
	     one = one->next)
		check_empty(one, "Subnet IPRange Gateway AuxiliaryAddresses "
				 "AuxAddress");
	for (one = go_first(go_get(body, "Options")); one != NULL;
	     one = one->next)
		harm_if(!harm_is_of(one->name,
			    "com.docker.network.bridge.enable_icc "
			    "com.docker.network.bridge.enable_ip_masquerade "
			    "com.docker.network.driver.mtu"),
		    "a network's option");
	harm_label(allowed, go_get(body, "Labels"));
	return harm_found();
}

const char *
forbidden_connect(const struct allowed *allowed, const struct go_value *body)
{
	const char *container = go_text(go_get(body, "Container"));

	(void)allowed;
	check_name(*container == '/' ? container + 1 : container);
	harm_endpoint(go_get(body, "EndpointConfig"));
	return harm_found();
}

static void
check_task_networks(const struct allowed *allowed, const struct go_value *list)
{
	const struct go_value *network;

	for (network = go_first(list); network != NULL;
	     network = network->next) {
		harm_network_name(allowed, go_text(go_get(network, "Target")));
		harm_if(!go_is_empty(go_get(network, "DriverOpts")),
		    "a network driver's options");
	}
}

static bool
has_template(const struct go_value *value)
{
	const struct go_value *one;

	if (strstr(go_text(value), "{{") != NULL)
		return true;
	for (one = go_first(value); one != NULL; one = one->next)
		if (has_template(one))
			return true;
	return false;
}

static void
check_task(const struct allowed *allowed, const struct go_value *container)
{
	const struct go_value *one, *no_new;
	bool writes = false;

	for (one = go_first(go_get(container, "Mounts")); one != NULL;
	     one = one->next) {
		harm_if(has_template(one), "a template in a mount");
		harm_mount(allowed, one, &writes);
	}
	harm_image(allowed, go_text(go_get(container, "Image")));
	harm_env(go_get(container, "Env"));
	harm_label(allowed, go_get(container, "Labels"));
	harm_capabilities(allowed, go_get(container, "CapabilityAdd"));
	harm_sysctls(go_get(container, "Sysctls"));
	harm_ulimits(go_get(container, "Ulimits"));
	check_groups(go_get(container, "Groups"));
	check_empty(container,
	    "Secrets Configs Privileges.CredentialSpec "
	    "Privileges.SELinuxContext.Disable Privileges.SELinuxContext.User "
	    "Privileges.SELinuxContext.Role Privileges.SELinuxContext.Type "
	    "Privileges.SELinuxContext.Level");
	harm_if(
	    !harm_is_of(go_text(go_get(container, "Privileges.Seccomp.Mode")),
		"default") ||
		!harm_is_of(
		    go_text(go_get(container, "Privileges.AppArmor.Mode")),
		    "default"),
	    "no confinement");
	harm_if(go_int(go_get(container, "OomScoreAdj")) < 0, "OomScoreAdj");
	harm_if(!harm_is_user(allowed->user, allowed->group,
		    go_text(go_get(container, "User"))),
	    "a user");
	no_new = go_get(container, "Privileges.NoNewPrivileges");
	harm_if(writes && !go_truth(no_new),
	    "setuid programs beside a path of the host's");
}

const char *
forbidden_service(const struct allowed *allowed, const struct go_value *body)
{
	const struct go_value *task = go_get(body, "TaskTemplate");
	const struct go_value *limits = go_get(task, "Resources.Limits");

	check_task(allowed, go_get(task, "ContainerSpec"));
	check_empty(task, "PluginSpec NetworkAttachmentSpec "
			  "Resources.Limits.GenericResources "
			  "Resources.Reservations.GenericResources");
	harm_if(!harm_is_of(go_text(go_get(task, "Runtime")), "container"),
	    "a runtime");
	check_task_networks(allowed, go_get(task, "Networks"));
	check_task_networks(allowed, go_get(body, "Networks"));
	harm_log(go_text(go_get(task, "LogDriver.Name")),
	    go_get(task, "LogDriver.Options"));
	check_empty(body, "EndpointSpec.Ports");
	harm_label(allowed, go_get(body, "Labels"));
	harm_if(
	    allowed->memory > 0 &&
		(!is_limited(go_get(limits, "MemoryBytes"), allowed->memory) ||
		    go_int(go_get(task, "Resources.SwapBytes")) < 0 ||
		    go_int(go_get(task, "Resources.SwapBytes")) >
			allowed->memory),
	    "more memory");
	harm_if(allowed->cpus > 0 &&
		    !is_limited(go_get(limits, "NanoCPUs"), allowed->cpus),
	    "more processors");
	harm_if(allowed->pids > 0 &&
		    !is_limited(go_get(limits, "Pids"), allowed->pids),
	    "more processes");
	return harm_found();
}
