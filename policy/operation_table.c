/* SPDX-License-Identifier: MIT */
/* The table of API operations: all that the Docker daemon routes, and what
 * each of them needs and can do. A request that is not in here reaches no
 * daemon, so a row too few costs a feature and a row too many, or one with
 * too few marks, costs somebody's host. No row may match what another one
 * matches, save that a spelled-out path may stand beside a parameter. */

#include "policy/operation.h"

#define GET	METHOD_GET
#define HEAD	METHOD_HEAD
#define POST	METHOD_POST
#define PUT	METHOD_PUT
#define DELETE	METHOD_DELETE
#define OPTIONS METHOD_OPTIONS

#define NONE	     BODY_NONE
#define JSON	     BODY_JSON
#define JSON_OR_NONE BODY_JSON_OR_NONE
#define STREAM	     BODY_STREAM

/* The five marks of a row, in this order; 0 stands for no. */
#define W true /* writes */
#define D true /* carries data out */
#define S true /* shows settings that may be secret */
#define R true /* can give root */
#define E true /* may be endless */

/* clang-format off */
const struct operation operations[] = {
	/* name, method, path,
	 *     section, marks, body, upgrade, parameters, header fields */

	{ "ContainerList", GET, "/containers/json",
	    "container", 0, 0, S, 0, 0, NONE, NULL,
	    "all before filters limit since size", "" },
	{ "ContainerCreate", POST, "/containers/create",
	    "container", W, 0, 0, R, 0, JSON, NULL, "name platform", "" },
	{ "ContainerInspect", GET, "/containers/{id}/json",
	    "container", 0, 0, S, 0, 0, NONE, NULL, "size", "" },
	/* ps_args=e shows the environments of its processes. */
	{ "ContainerTop", GET, "/containers/{id}/top",
	    "container", 0, D, 0, 0, 0, NONE, NULL, "ps_args", "" },
	{ "ContainerLogs", GET, "/containers/{id}/logs",
	    "container", 0, D, 0, 0, E, NONE, NULL,
	    "details follow since stderr stdout tail timestamps until", "" },
	{ "ContainerChanges", GET, "/containers/{id}/changes",
	    "container", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "ContainerExport", GET, "/containers/{id}/export",
	    "container", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "ContainerStats", GET, "/containers/{id}/stats",
	    "container", 0, 0, 0, 0, E, NONE, NULL, "one-shot stream", "" },
	{ "ContainerResize", POST, "/containers/{id}/resize",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "h w", "" },
	/* A checkpoint's directory is a path on the host. */
	{ "ContainerStart", POST, "/containers/{id}/start",
	    "container", W, 0, 0, 0, 0, NONE, NULL,
	    "!checkpoint !checkpoint-dir detachKeys", "" },
	{ "ContainerStop", POST, "/containers/{id}/stop",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "signal t", "" },
	{ "ContainerRestart", POST, "/containers/{id}/restart",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "signal t", "" },
	{ "ContainerKill", POST, "/containers/{id}/kill",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "signal", "" },
	{ "ContainerUpdate", POST, "/containers/{id}/update",
	    "container", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "ContainerRename", POST, "/containers/{id}/rename",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "name", "" },
	{ "ContainerPause", POST, "/containers/{id}/pause",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "ContainerUnpause", POST, "/containers/{id}/unpause",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "ContainerAttach", POST, "/containers/{id}/attach",
	    "container", W, D, 0, 0, E, NONE, "tcp",
	    "detachKeys logs stderr stdin stdout stream", "" },
	{ "ContainerAttachWebsocket", GET, "/containers/{id}/attach/ws",
	    "container", W, D, 0, 0, E, NONE, "websocket",
	    "detachKeys logs stderr stdin stdout stream",
	    "Sec-WebSocket-* Origin" },
	{ "ContainerWait", POST, "/containers/{id}/wait",
	    "container", 0, 0, 0, 0, E, NONE, NULL, "condition", "" },
	{ "ContainerDelete", DELETE, "/containers/{id}",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "force link v", "" },
	{ "ContainerArchiveInfo", HEAD, "/containers/{id}/archive",
	    "container", 0, 0, 0, 0, 0, NONE, NULL, "path", "" },
	{ "ContainerArchive", GET, "/containers/{id}/archive",
	    "container", 0, D, 0, 0, 0, NONE, NULL, "path", "" },
	{ "PutContainerArchive", PUT, "/containers/{id}/archive",
	    "container", W, 0, 0, R, 0, STREAM, NULL,
	    "copyUIDGID noOverwriteDirNonDir path", "" },
	{ "ContainerPrune", POST, "/containers/prune",
	    "container", W, 0, 0, 0, 0, NONE, NULL, "filters stream", "" },

	{ "ContainerExec", POST, "/containers/{id}/exec",
	    "exec", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "ExecStart", POST, "/exec/{id}/start",
	    "exec", W, D, 0, 0, E, JSON, "tcp", "", "" },
	{ "ExecResize", POST, "/exec/{id}/resize",
	    "exec", W, 0, 0, 0, 0, NONE, NULL, "h w", "" },
	{ "ExecInspect", GET, "/exec/{id}/json",
	    "exec", 0, 0, S, 0, 0, NONE, NULL, "", "" },

	{ "ImageList", GET, "/images/json",
	    "image", 0, 0, 0, 0, 0, NONE, NULL,
	    "all digests filter filters identity manifests shared-size", "" },
	{ "ImageBuild", POST, "/build",
	    "image", W, 0, 0, R, 0, STREAM, NULL,
	    "buildargs buildid cachefrom cgroupparent cpuperiod cpuquota "
	    "cpusetcpus cpusetmems cpushares dockerfile extrahosts* forcerm "
	    "isolation labels memory memswap networkmode nocache outputs "
	    "platform pull q remote rm securityopt* session shmsize squash "
	    "t* target ulimits version", "X-Registry-Config" },
	{ "BuildPrune", POST, "/build/prune",
	    "image", W, 0, 0, 0, 0, NONE, NULL,
	    "all filters keep-storage max-used-space min-free-space "
	    "reserved-space stream", "" },
	/* Has no operationId; nor have Grpc, SystemOptions, Checkpoint* and
	 * Debug*. */
	{ "BuildCancel", POST, "/build/cancel",
	    "image", W, 0, 0, 0, 0, NONE, NULL, "id", "" },
	/* A pull, or with fromSrc an import: from the body for "-". */
	{ "ImageCreate", POST, "/images/create",
	    "image", W, 0, 0, 0, 0, STREAM, NULL,
	    "changes* fromImage fromSrc message platform repo tag",
	    "X-Registry-Auth" },
	{ "ImageInspect", GET, "/images/{name}/json",
	    "image", 0, 0, S, 0, 0, NONE, NULL, "manifests platform", "" },
	{ "ImageAttestations", GET, "/images/{name}/attestations",
	    "image", 0, 0, 0, 0, 0, NONE, NULL, "platform* statement type*", "" },
	{ "ImageHistory", GET, "/images/{name}/history",
	    "image", 0, 0, S, 0, 0, NONE, NULL, "platform", "" },
	/* Daemons before 23 also took credentials in a body. */
	{ "ImagePush", POST, "/images/{name}/push",
	    "image", W, D, 0, 0, 0, NONE, NULL,
	    "platform tag", "X-Registry-Auth" },
	{ "ImageTag", POST, "/images/{name}/tag",
	    "image", W, 0, 0, 0, 0, NONE, NULL, "repo tag", "" },
	{ "ImageDelete", DELETE, "/images/{name}",
	    "image", W, 0, 0, 0, 0, NONE, NULL, "force noprune platforms*", "" },
	/* This, GetPluginPrivileges and DistributionInspect make the daemon
	 * connect to the host that they name. */
	{ "ImageSearch", GET, "/images/search",
	    "image", 0, 0, 0, 0, 0, NONE, NULL,
	    "filters limit term", "X-Registry-Auth" },
	{ "ImagePrune", POST, "/images/prune",
	    "image", W, 0, 0, 0, 0, NONE, NULL, "filters stream", "" },
	{ "ImageCommit", POST, "/commit",
	    "image", W, 0, 0, 0, 0, JSON_OR_NONE, NULL,
	    "author changes* comment container pause repo tag", "" },
	{ "ImageGet", GET, "/images/{name}/get",
	    "image", 0, D, 0, 0, 0, NONE, NULL, "platform*", "" },
	{ "ImageGetAll", GET, "/images/get",
	    "image", 0, D, 0, 0, 0, NONE, NULL, "names* platform*", "" },
	{ "ImageLoad", POST, "/images/load",
	    "image", W, 0, 0, 0, 0, STREAM, NULL, "platform* quiet", "" },

	{ "VolumeList", GET, "/volumes",
	    "volume", 0, 0, S, 0, 0, NONE, NULL, "filters", "" },
	/* The local driver mounts any path or device of the host. */
	{ "VolumeCreate", POST, "/volumes/create",
	    "volume", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "VolumeInspect", GET, "/volumes/{id}",
	    "volume", 0, 0, S, 0, 0, NONE, NULL, "", "" },
	{ "VolumeUpdate", PUT, "/volumes/{id}",
	    "volume", W, 0, 0, 0, 0, JSON, NULL, "version", "" },
	{ "VolumeDelete", DELETE, "/volumes/{id}",
	    "volume", W, 0, 0, 0, 0, NONE, NULL, "force", "" },
	{ "VolumePrune", POST, "/volumes/prune",
	    "volume", W, 0, 0, 0, 0, NONE, NULL, "filters stream", "" },

	{ "NetworkList", GET, "/networks",
	    "network", 0, 0, 0, 0, 0, NONE, NULL, "filters", "" },
	{ "NetworkInspect", GET, "/networks/{id}",
	    "network", 0, 0, 0, 0, 0, NONE, NULL, "scope verbose", "" },
	{ "NetworkDelete", DELETE, "/networks/{id}",
	    "network", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	/* Its options take over bridges and routes of the host. */
	{ "NetworkCreate", POST, "/networks/create",
	    "network", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "NetworkConnect", POST, "/networks/{id}/connect",
	    "network", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "NetworkDisconnect", POST, "/networks/{id}/disconnect",
	    "network", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "NetworkPrune", POST, "/networks/prune",
	    "network", W, 0, 0, 0, 0, NONE, NULL, "filters stream", "" },

	{ "PluginList", GET, "/plugins",
	    "plugin", 0, 0, S, 0, 0, NONE, NULL, "filters", "" },
	{ "GetPluginPrivileges", GET, "/plugins/privileges",
	    "plugin", 0, 0, 0, 0, 0, NONE, NULL, "remote", "X-Registry-Auth" },
	{ "PluginPull", POST, "/plugins/pull",
	    "plugin", W, 0, 0, R, 0, JSON, NULL,
	    "name remote", "X-Registry-Auth" },
	{ "PluginInspect", GET, "/plugins/{name}/json",
	    "plugin", 0, 0, S, 0, 0, NONE, NULL, "", "" },
	{ "PluginDelete", DELETE, "/plugins/{name}",
	    "plugin", W, 0, 0, 0, 0, NONE, NULL, "force", "" },
	{ "PluginEnable", POST, "/plugins/{name}/enable",
	    "plugin", W, 0, 0, R, 0, NONE, NULL, "timeout", "" },
	{ "PluginDisable", POST, "/plugins/{name}/disable",
	    "plugin", W, 0, 0, 0, 0, NONE, NULL, "force", "" },
	{ "PluginUpgrade", POST, "/plugins/{name}/upgrade",
	    "plugin", W, 0, 0, R, 0, JSON, NULL, "remote", "X-Registry-Auth" },
	{ "PluginCreate", POST, "/plugins/create",
	    "plugin", W, 0, 0, R, 0, STREAM, NULL, "name", "" },
	{ "PluginPush", POST, "/plugins/{name}/push",
	    "plugin", W, D, 0, 0, 0, NONE, NULL, "", "X-Registry-Auth" },
	{ "PluginSet", POST, "/plugins/{name}/set",
	    "plugin", W, 0, 0, R, 0, JSON, NULL, "", "" },

	{ "NodeList", GET, "/nodes",
	    "node", 0, 0, 0, 0, 0, NONE, NULL, "filters", "" },
	{ "NodeInspect", GET, "/nodes/{id}",
	    "node", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "NodeDelete", DELETE, "/nodes/{id}",
	    "node", W, 0, 0, 0, 0, NONE, NULL, "force", "" },
	{ "NodeUpdate", POST, "/nodes/{id}/update",
	    "node", W, 0, 0, R, 0, JSON, NULL, "version", "" },

	/* Carries the tokens that make any machine a manager. */
	{ "SwarmInspect", GET, "/swarm",
	    "swarm", 0, D, 0, R, 0, NONE, NULL, "", "" },
	{ "SwarmInit", POST, "/swarm/init",
	    "swarm", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "SwarmJoin", POST, "/swarm/join",
	    "swarm", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "SwarmLeave", POST, "/swarm/leave",
	    "swarm", W, 0, 0, 0, 0, NONE, NULL, "force", "" },
	{ "SwarmUpdate", POST, "/swarm/update",
	    "swarm", W, 0, 0, R, 0, JSON, NULL,
	    "rotateManagerToken rotateManagerUnlockKey rotateWorkerToken "
	    "version", "" },
	{ "SwarmUnlockkey", GET, "/swarm/unlockkey",
	    "swarm", 0, D, 0, R, 0, NONE, NULL, "", "" },
	{ "SwarmUnlock", POST, "/swarm/unlock",
	    "swarm", W, 0, 0, 0, 0, JSON, NULL, "", "" },

	{ "ServiceList", GET, "/services",
	    "service", 0, 0, S, 0, 0, NONE, NULL, "filters status", "" },
	{ "ServiceCreate", POST, "/services/create",
	    "service", W, 0, 0, R, 0, JSON, NULL, "", "X-Registry-Auth" },
	{ "ServiceInspect", GET, "/services/{id}",
	    "service", 0, 0, S, 0, 0, NONE, NULL, "insertDefaults", "" },
	{ "ServiceDelete", DELETE, "/services/{id}",
	    "service", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "ServiceUpdate", POST, "/services/{id}/update",
	    "service", W, 0, 0, R, 0, JSON, NULL,
	    "registryAuthFrom rollback version", "X-Registry-Auth" },
	{ "ServiceLogs", GET, "/services/{id}/logs",
	    "service", 0, D, 0, 0, E, NONE, NULL,
	    "details follow since stderr stdout tail timestamps", "" },

	{ "TaskList", GET, "/tasks",
	    "task", 0, 0, S, 0, 0, NONE, NULL, "filters", "" },
	{ "TaskInspect", GET, "/tasks/{id}",
	    "task", 0, 0, S, 0, 0, NONE, NULL, "", "" },
	{ "TaskLogs", GET, "/tasks/{id}/logs",
	    "task", 0, D, 0, 0, E, NONE, NULL,
	    "details follow since stderr stdout tail timestamps", "" },

	{ "SecretList", GET, "/secrets",
	    "secret", 0, 0, 0, 0, 0, NONE, NULL, "filters", "" },
	{ "SecretCreate", POST, "/secrets/create",
	    "secret", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "SecretInspect", GET, "/secrets/{id}",
	    "secret", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SecretDelete", DELETE, "/secrets/{id}",
	    "secret", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SecretUpdate", POST, "/secrets/{id}/update",
	    "secret", W, 0, 0, 0, 0, JSON, NULL, "version", "" },

	{ "ConfigList", GET, "/configs",
	    "config", 0, D, 0, 0, 0, NONE, NULL, "filters", "" },
	{ "ConfigCreate", POST, "/configs/create",
	    "config", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "ConfigInspect", GET, "/configs/{id}",
	    "config", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "ConfigDelete", DELETE, "/configs/{id}",
	    "config", W, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "ConfigUpdate", POST, "/configs/{id}/update",
	    "config", W, 0, 0, 0, 0, JSON, NULL, "version", "" },

	{ "DistributionInspect", GET, "/distribution/{name}/json",
	    "distribution", 0, 0, 0, 0, 0, NONE, NULL, "", "X-Registry-Auth" },

	{ "Session", POST, "/session",
	    "session", W, D, 0, R, E, NONE, "h2c",
	    "", "X-Docker-Expose-Session-*" },
	{ "Grpc", POST, "/grpc",
	    "session", W, D, 0, R, E, NONE, "h2c",
	    "", "X-Docker-Expose-Session-*" },

	/* Keeps nothing, but carries credentials to any registry. */
	{ "SystemAuth", POST, "/auth",
	    "system", W, 0, 0, 0, 0, JSON, NULL, "", "" },
	{ "SystemInfo", GET, "/info",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SystemVersion", GET, "/version",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SystemPing", GET, "/_ping",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SystemPingHead", HEAD, "/_ping",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "", "" },
	{ "SystemEvents", GET, "/events",
	    "system", 0, 0, S, 0, E, NONE, NULL, "filters since until", "" },
	{ "SystemDataUsage", GET, "/system/df",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "type* verbose", "" },
	{ "SystemOptions", OPTIONS, "/{any}",
	    "system", 0, 0, 0, 0, 0, NONE, NULL, "", "" },

	/* These three take a directory of the host: the first one would only
	 * list it, and can do without. */
	{ "CheckpointList", GET, "/containers/{id}/checkpoints",
	    "checkpoint", 0, 0, 0, 0, 0, NONE, NULL, "!dir", "" },
	{ "CheckpointCreate", POST, "/containers/{id}/checkpoints",
	    "checkpoint", W, 0, 0, R, 0, JSON, NULL, "", "" },
	{ "CheckpointDelete", DELETE, "/containers/{id}/checkpoints/{id}",
	    "checkpoint", W, 0, 0, R, 0, NONE, NULL, "dir", "" },

	{ "DebugVars", GET, "/debug/vars",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "DebugPprof", GET, "/debug/pprof/",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "DebugPprofCmdline", GET, "/debug/pprof/cmdline",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "DebugPprofProfile", GET, "/debug/pprof/profile",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "seconds", "" },
	{ "DebugPprofSymbol", GET, "/debug/pprof/symbol",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "", "" },
	{ "DebugPprofTrace", GET, "/debug/pprof/trace",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "seconds", "" },
	{ "DebugPprofLookup", GET, "/debug/pprof/{id}",
	    "debug", 0, D, 0, 0, 0, NONE, NULL, "debug gc seconds", "" },
};
/* clang-format on */

const size_t operations_len = sizeof(operations) / sizeof(*operations);

_Static_assert(sizeof(operations) / sizeof(*operations) <= OPERATIONS_MAX,
    "OPERATIONS_MAX is too small");
