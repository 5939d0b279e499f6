/* SPDX-License-Identifier: MIT */
/* What bodies are made of: the API's names, and for each some values that are
 * harmless and some that are not. */

#include "tests/fuzz/bodies.h"

#define WORDS(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* clang-format off */

static const char *const images[] = { "app", "app:latest", "docker.io/app",
	"app@sha256:0123456789abcdef0123456789abcdef"
	"0123456789abcdef0123456789abcdef",
	"rooted", "zero", "none", "APP", "evil.example/app", "library/app:2",
	NULL };

static const char *const users[] = { "1000", "1000:1000", "0", "root", "+0",
	"0:0", "00", "1000:0", "01000", "2147483648", "1000:", ":1000",
	"nonroot", " 0", "-1", "4294967296", NULL };
static const char *const binds[] = { "/srv/app:/app", "/srv/app:/app:ro",
	"data:/data", "/:/h", "/srv/app:/app:rw", "/srv/app/:/app", "./x:/h",
	"../../:/h", "/data", "/srv/app:/app:ro,z", "data-x:/data:nocopy",
	"trap:/h", "/srv/app/../../etc:/e:ro", "/srv/x:/x:ro", "//srv/app:/a",
	"/srv/app:/proc:ro", "/srv/app:/app:ro,rw", "/srv/app:/a:O", ".:/h",
	"/srv/app:/app:ro,shared", "data:/a,b", "/srv/./app:/a:ro",
	"other:/data", "/srv:/s:ro", "/srv/app:/app:ro:ro", ":/x", "a::", NULL };
static const char *const targets[] = { "/data", "/h", "/", "/proc", "h",
	"/h,source=/", "/h:ro", "/proc/sys/../..", "/data/", "//h", "/./",
	"/h,volume-opt=o=bind", NULL };
static const char *const sources[] = { "data", "data-x", "/srv/app", "/",
	"/srv/app/", "trap", "./x", "/srv/app/../..", "/srv/app,source=/", "",
	"other", "v,source=/", "/srv/x/y", "..", NULL };
static const char *const mount_types[] = { "volume", "tmpfs", "bind", "image",
	"npipe", "cluster", "Bind", "glob", "devpts", "", NULL };
static const char *const networks[] = { "bridge", "none", "default", "appnet",
	"host", "container:x", "feed", "HOST", "ns:/proc/1/ns/net", "pasta",
	"slirp4netns:allow_host_loopback=true", "private", "", "net-2", NULL };
static const char *const modes[] = { "", "private", "host", "container:x",
	"ns:/proc/1/ns/pid", "shareable", "none", "pod", "HOST", "keep-id",
	NULL };
static const char *const capabilities[] = { "NET_BIND_SERVICE",
	"CAP_NET_BIND_SERVICE", "cap_net_bind_service", "ALL", "sys_admin",
	"CAP_CAP_SYS_ADMIN", "", NULL };
static const char *const security_options[] = { "no-new-privileges",
	"no-new-privileges:true", "no-new-privileges=true",
	"no-new-privileges:false", "seccomp=unconfined", "seccomp:unconfined",
	"apparmor=unconfined", "label=disable", "disable", "unmask=ALL",
	"systempaths=unconfined", "writable-cgroups", "no-new-privileges=0",
	NULL };
static const char *const sysctls[] = { "net.core.somaxconn",
	"net.ipv4.ping_group_range", "kernel.core_pattern",
	"net/ipv4/ip_forward", "net.ipv4.ip_forward", NULL };
static const char *const masks[] = { "/proc/acpi", "/proc/asound",
	"/proc/kcore", "/proc/keys", "/proc/latency_stats",
	"/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/firmware", "/proc/bus", "/proc/fs",
	"/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };
static const char *const options[] = { "size", "type", "o", "device", "mtu",
	"com.docker.network.driver.mtu",
	"com.docker.network.bridge.enable_icc",
	"com.docker.network.bridge.name", "parent", "max-size", "tag",
	"syslog-address", "path", "type=none,o", NULL };
static const char *const variables[] = { "A=b", "A=", "HOME", "P*", "=", "",
	"A=\xc3\xa9", NULL };
static const char *const ports[] = { "80/tcp", "80", "53/udp", "80/TCP",
	"8000-8010/tcp", "0/tcp", "", "80/icmp", NULL };
static const char *const host_ports[] = { "8000", "8005-8010", "", "0", "22",
	"8000-9000", "+8000", "08000", "8010-8000", "65536", NULL };
static const char *const addresses[] = { "127.0.0.1", "0.0.0.0", "", "::1",
	"127.0.0.1 ", "0127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", NULL };
static const char *const drivers[] = { "local", "bridge", "json-file", "none",
	"", "syslog", "nfs", "macvlan", "host", "default", "journald",
	"overlay", NULL };
static const char *const labels[] = { "owner", "Owner", "a",
	"com.docker.compose.project", NULL };
const char *const body_values[] = { "web", "1", "true", "bind", "none", "/",
	"1500", "10m", "", "{{.ID}}", NULL };
static const char *const commands[] = { "ls", "-l", "sh", "-c", "", "*", NULL };

static const struct part pairs[] = { { "a", 's', NULL, body_values },
	{ 0 } };
static const struct part endpoint_addresses[] = {
	{ "IPv4Address", 's', NULL, addresses },
	{ "IPv6Address", 's', NULL, addresses },
	{ "LinkLocalIPs", 'S', NULL, addresses },
	{ 0 }
};
static const struct part endpoint[] = {
	{ "Aliases", 'S', NULL, body_values },
	{ "DriverOpts", 'm', NULL, options },
	{ "IPAMConfig", 'o', endpoint_addresses, NULL },
	{ "IPAddress", 's', NULL, addresses },
	{ "Links", 'S', NULL, body_values },
	{ "MacAddress", 's', NULL, addresses },
	{ "NetworkID", 's', NULL, body_values },
	{ "GwPriority", 'i', NULL, NULL },
	{ 0 }
};
static const struct part endpoints[] = {
	{ "EndpointsConfig", 'M', endpoint, networks },
	{ 0 }
};
static const struct part driver_config[] = {
	{ "Name", 's', NULL, drivers },
	{ "Options", 'm', NULL, options },
	{ 0 }
};
static const struct part volume_options[] = {
	{ "DriverConfig", 'o', driver_config, NULL },
	{ "Labels", 'm', NULL, labels },
	{ "NoCopy", 'b', NULL, NULL },
	{ "Subpath", 's', NULL, sources },
	{ 0 }
};
static const struct part bind_options[] = {
	{ "CreateMountpoint", 'b', NULL, NULL },
	{ "NonRecursive", 'b', NULL, NULL },
	{ "Propagation", 's', NULL,
	    WORDS("private", "rprivate", "shared", "rslave") },
	{ "ReadOnlyForceRecursive", 'b', NULL, NULL },
	{ "ReadOnlyNonRecursive", 'b', NULL, NULL },
	{ 0 }
};
static const struct part tmpfs_options[] = {
	{ "Mode", 'i', NULL, NULL },
	{ "Options", 'r', NULL,
	    WORDS("[[\"size\",\"1m\"]]", "[[\"noexec\"]]", "[[\"bind\"]]",
		"[[\"size\",\"1m,bind\"]]", "[[\"exec,dev\"]]", "[[]]") },
	{ "SizeBytes", 'i', NULL, NULL },
	{ 0 }
};
static const struct part mount[] = {
	{ "Type", 's', NULL, mount_types },
	{ "Target", 's', NULL, targets },
	{ "Source", 's', NULL, sources },
	{ "ReadOnly", 'b', NULL, NULL },
	{ "BindOptions", 'o', bind_options, NULL },
	{ "VolumeOptions", 'o', volume_options, NULL },
	{ "TmpfsOptions", 'o', tmpfs_options, NULL },
	{ "ImageOptions", 'o', pairs, NULL },
	{ "ClusterOptions", 'o', pairs, NULL },
	{ "Consistency", 's', NULL, body_values },
	{ 0 }
};
static const struct part device[] = {
	{ "PathOnHost", 's', NULL, WORDS("/dev/sda", "/dev") },
	{ "PathInContainer", 's', NULL, targets },
	{ "CgroupPermissions", 's', NULL, WORDS("rwm", "r", "") },
	{ 0 }
};
static const struct part device_request[] = {
	{ "Driver", 's', NULL, WORDS("nvidia", "cdi", "") },
	{ "Count", 'i', NULL, NULL },
	{ "Capabilities", 'r', NULL, WORDS("[[\"gpu\"]]", "[[]]") },
	{ "DeviceIDs", 'S', NULL, body_values },
	{ "Options", 'm', NULL, options },
	{ 0 }
};
static const struct part log_config[] = {
	{ "Type", 's', NULL, drivers },
	{ "Config", 'm', NULL, options },
	{ 0 }
};
static const struct part port_binding[] = {
	{ "HostPort", 's', NULL, host_ports },
	{ "HostIp", 's', NULL, addresses },
	{ 0 }
};
static const struct part restart_policy[] = {
	{ "Name", 's', NULL, WORDS("no", "always", "on-failure", "No") },
	{ "MaximumRetryCount", 'i', NULL, NULL },
	{ 0 }
};
static const struct part ulimit[] = {
	{ "Name", 's', NULL,
	    WORDS("nofile", "memlock", "rtprio", "RTPRIO", "nice", "core") },
	{ "Soft", 'i', NULL, NULL },
	{ "Hard", 'i', NULL, NULL },
	{ 0 }
};
static const struct part blkio[] = {
	{ "Path", 's', NULL, WORDS("/dev/sda") },
	{ "Rate", 'i', NULL, NULL },
	{ 0 }
};

#define LIMITS                                                      \
	{ "BlkioDeviceReadBps", 'O', blkio, NULL },                 \
	{ "CpuPeriod", 'i', NULL, NULL },                           \
	{ "CpuQuota", 'i', NULL, NULL },                            \
	{ "CpuRealtimeRuntime", 'i', NULL, NULL },                  \
	{ "CpuShares", 'i', NULL, NULL },                           \
	{ "KernelMemory", 'i', NULL, NULL },                        \
	{ "Memory", 'i', NULL, NULL },                              \
	{ "MemoryReservation", 'i', NULL, NULL },                   \
	{ "MemorySwap", 'i', NULL, NULL },                          \
	{ "MemorySwappiness", 'i', NULL, NULL },                    \
	{ "NanoCpus", 'i', NULL, NULL },                            \
	{ "OomKillDisable", 'b', NULL, NULL },                      \
	{ "PidsLimit", 'i', NULL, NULL },                           \
	{ "RestartPolicy", 'o', restart_policy, NULL }

static const struct part host_config[] = {
	LIMITS,
	{ "Annotations", 'm', NULL, options },
	{ "AutoRemove", 'b', NULL, NULL },
	{ "Binds", 'S', NULL, binds },
	{ "CapAdd", 'S', NULL, capabilities },
	{ "CapDrop", 'S', NULL, capabilities },
	{ "Capabilities", 'S', NULL, capabilities },
	{ "Cgroup", 's', NULL, modes },
	{ "CgroupParent", 's', NULL, WORDS("/../../x", "", "x") },
	{ "CgroupnsMode", 's', NULL, modes },
	{ "ContainerIDFile", 's', NULL, targets },
	{ "DeviceCgroupRules", 'S', NULL, WORDS("a *:* rwm") },
	{ "DeviceRequests", 'O', device_request, NULL },
	{ "Devices", 'O', device, NULL },
	{ "Dns", 'S', NULL, addresses },
	{ "ExtraHosts", 'S', NULL, WORDS("a:host-gateway") },
	{ "GroupAdd", 'S', NULL, users },
	{ "Init", 'b', NULL, NULL },
	{ "IpcMode", 's', NULL, modes },
	{ "Isolation", 's', NULL, WORDS("default", "", "chroot") },
	{ "Links", 'S', NULL, WORDS("db:db") },
	{ "LogConfig", 'o', log_config, NULL },
	{ "MaskedPaths", 'S', NULL, masks },
	{ "Mounts", 'O', mount, NULL },
	{ "NetworkMode", 's', NULL, networks },
	{ "OomScoreAdj", 'i', NULL, NULL },
	{ "PidMode", 's', NULL, modes },
	{ "PortBindings", 'P', port_binding, ports },
	{ "Privileged", 'b', NULL, NULL },
	{ "PublishAllPorts", 'b', NULL, NULL },
	{ "ReadonlyPaths", 'S', NULL, masks },
	{ "ReadonlyRootfs", 'b', NULL, NULL },
	{ "Runtime", 's', NULL, WORDS("", "runc", "x") },
	{ "SecurityOpt", 'S', NULL, security_options },
	{ "ShmSize", 'i', NULL, NULL },
	{ "StorageOpt", 'm', NULL, options },
	{ "Sysctls", 'm', NULL, sysctls },
	{ "Tmpfs", 'm', NULL, targets },
	{ "UTSMode", 's', NULL, modes },
	{ "Ulimits", 'O', ulimit, NULL },
	{ "UsernsMode", 's', NULL, modes },
	{ "VolumeDriver", 's', NULL, drivers },
	{ "VolumesFrom", 'S', NULL, WORDS("x", "x:ro") },
	{ 0 }
};

/* The first is in every body. */
const struct part body_container[] = {
	{ "Image", 's', NULL, images },
	{ "HostConfig", 'o', host_config, NULL },
	{ "User", 's', NULL, users },
	{ "Cmd", 'S', NULL, commands },
	{ "Entrypoint", 's', NULL, commands },
	{ "Env", 'S', NULL, variables },
	{ "ExposedPorts", 'e', NULL, ports },
	{ "Labels", 'm', NULL, labels },
	{ "MacAddress", 's', NULL, addresses },
	{ "NetworkingConfig", 'o', endpoints, NULL },
	{ "Tty", 'b', NULL, NULL },
	{ "Volumes", 'e', NULL, targets },
	{ "Name", 's', NULL, body_values },
	{ "StopTimeout", 'i', NULL, NULL },
	/* Old daemons take these here too. */
	{ "Privileged", 'b', NULL, NULL },
	{ "Binds", 'S', NULL, binds },
	{ "NetworkMode", 's', NULL, networks },
	{ "Memory", 'i', NULL, NULL },
	{ 0 }
};

const struct part body_update[] = { LIMITS,
	{ "Devices", 'O', device, NULL },
	{ "CgroupParent", 's', NULL, body_values },
	{ 0 } };

const struct part body_exec[] = {
	{ "Cmd", 'S', NULL, commands },
	{ "AttachStdout", 'b', NULL, NULL },
	{ "Container", 's', NULL, body_values },
	{ "DetachKeys", 's', NULL, body_values },
	{ "detachKeys", 's', NULL, body_values },
	{ "Env", 'S', NULL, variables },
	{ "Privileged", 'b', NULL, NULL },
	{ "Tty", 'b', NULL, NULL },
	{ "User", 's', NULL, users },
	{ "WorkingDir", 's', NULL, targets },
	{ 0 }
};

const struct part body_volume[] = {
	{ "Name", 's', NULL, sources },
	{ "ClusterVolumeSpec", 'o', pairs, NULL },
	{ "Driver", 's', NULL, drivers },
	{ "DriverOpts", 'm', NULL, options },
	{ "Labels", 'm', NULL, labels },
	{ 0 }
};

static const struct part pool[] = {
	{ "Subnet", 's', NULL, WORDS("8.8.8.0/24", "") },
	{ "Gateway", 's', NULL, addresses },
	{ "IPRange", 's', NULL, addresses },
	{ "AuxiliaryAddresses", 'm', NULL, body_values },
	{ 0 }
};
static const struct part ipam[] = {
	{ "Config", 'O', pool, NULL },
	{ "Driver", 's', NULL, drivers },
	{ "Options", 'm', NULL, options },
	{ 0 }
};
static const struct part config_from[] = {
	{ "Network", 's', NULL, networks },
	{ 0 }
};

const struct part body_network[] = {
	{ "Name", 's', NULL, networks },
	{ "Attachable", 'b', NULL, NULL },
	{ "CheckDuplicate", 'b', NULL, NULL },
	{ "ConfigFrom", 'o', config_from, NULL },
	{ "ConfigOnly", 'b', NULL, NULL },
	{ "Driver", 's', NULL, drivers },
	{ "IPAM", 'o', ipam, NULL },
	{ "Ingress", 'b', NULL, NULL },
	{ "Internal", 'b', NULL, NULL },
	{ "Labels", 'm', NULL, labels },
	{ "Options", 'm', NULL, options },
	{ "Scope", 's', NULL, drivers },
	{ 0 }
};

const struct part body_connect[] = {
	{ "Container", 's', NULL, WORDS("web", "/web", "web/db", "c154") },
	{ "EndpointConfig", 'o', endpoint, NULL },
	{ 0 }
};

static const struct part confinement[] = {
	{ "Mode", 's', NULL, WORDS("default", "unconfined", "custom",
	    "disabled") },
	{ "Profile", 's', NULL, body_values },
	{ 0 }
};
static const struct part selinux[] = {
	{ "Disable", 'b', NULL, NULL },
	{ "Type", 's', NULL, body_values },
	{ 0 }
};
static const struct part credentials[] = {
	{ "File", 's', NULL, targets },
	{ 0 }
};
static const struct part privileges[] = {
	{ "AppArmor", 'o', confinement, NULL },
	{ "CredentialSpec", 'o', credentials, NULL },
	{ "NoNewPrivileges", 'b', NULL, NULL },
	{ "SELinuxContext", 'o', selinux, NULL },
	{ "Seccomp", 'o', confinement, NULL },
	{ 0 }
};
static const struct part secret[] = {
	{ "SecretName", 's', NULL, body_values },
	{ "ConfigName", 's', NULL, body_values },
	{ 0 }
};
static const struct part task_container[] = {
	{ "Image", 's', NULL, images },
	{ "CapabilityAdd", 'S', NULL, capabilities },
	{ "Configs", 'O', secret, NULL },
	{ "Env", 'S', NULL, variables },
	{ "Groups", 'S', NULL, users },
	{ "HealthCheck", 'o', pairs, NULL },
	{ "Healthcheck", 'o', pairs, NULL },
	{ "Labels", 'm', NULL, labels },
	{ "Mounts", 'O', mount, NULL },
	{ "OomScoreAdj", 'i', NULL, NULL },
	{ "Privileges", 'o', privileges, NULL },
	{ "Secrets", 'O', secret, NULL },
	{ "Sysctls", 'm', NULL, sysctls },
	{ "Ulimits", 'O', ulimit, NULL },
	{ "User", 's', NULL, users },
	{ 0 }
};
static const struct part task_limits[] = {
	{ "GenericResources", 'O', pairs, NULL },
	{ "MemoryBytes", 'i', NULL, NULL },
	{ "NanoCPUs", 'i', NULL, NULL },
	{ "Pids", 'i', NULL, NULL },
	{ 0 }
};
static const struct part task_resources[] = {
	{ "Limits", 'o', task_limits, NULL },
	{ "Reservations", 'o', task_limits, NULL },
	{ "SwapBytes", 'i', NULL, NULL },
	{ 0 }
};
static const struct part task_network[] = {
	{ "Target", 's', NULL, networks },
	{ "DriverOpts", 'm', NULL, options },
	{ 0 }
};
static const struct part task_log[] = {
	{ "Name", 's', NULL, drivers },
	{ "Options", 'm', NULL, options },
	{ 0 }
};
static const struct part task[] = {
	{ "ContainerSpec", 'o', task_container, NULL },
	{ "LogDriver", 'o', task_log, NULL },
	{ "NetworkAttachmentSpec", 'o', pairs, NULL },
	{ "Networks", 'O', task_network, NULL },
	{ "PluginSpec", 'o', pairs, NULL },
	{ "Resources", 'o', task_resources, NULL },
	{ "Runtime", 's', NULL, WORDS("container", "plugin", "attachment") },
	{ 0 }
};
static const struct part task_port[] = {
	{ "TargetPort", 'i', NULL, NULL },
	{ "PublishedPort", 'i', NULL, NULL },
	{ "Protocol", 's', NULL, WORDS("tcp", "TCP") },
	{ 0 }
};
static const struct part endpoint_spec[] = {
	{ "Ports", 'O', task_port, NULL },
	{ 0 }
};

const struct part body_service[] = {
	{ "TaskTemplate", 'o', task, NULL },
	{ "EndpointSpec", 'o', endpoint_spec, NULL },
	{ "Labels", 'm', NULL, labels },
	{ "Name", 's', NULL, body_values },
	{ "Networks", 'O', task_network, NULL },
	{ 0 }
};
/* clang-format on */
