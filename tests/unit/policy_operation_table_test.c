/* SPDX-License-Identifier: MIT */
/* Docker's part of the table of operations, told once more in other words: a
 * mark that is missing there must be missing here too before anybody is
 * harmed. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/operation.h"

/* The API's description (up to version 1.56), and below it what the daemon
 * routes beside. */
static const char *const expected[] = {
	"ContainerList GET /containers/json",
	"ContainerCreate POST /containers/create",
	"ContainerInspect GET /containers/{id}/json",
	"ContainerTop GET /containers/{id}/top",
	"ContainerLogs GET /containers/{id}/logs",
	"ContainerChanges GET /containers/{id}/changes",
	"ContainerExport GET /containers/{id}/export",
	"ContainerStats GET /containers/{id}/stats",
	"ContainerResize POST /containers/{id}/resize",
	"ContainerStart POST /containers/{id}/start",
	"ContainerStop POST /containers/{id}/stop",
	"ContainerRestart POST /containers/{id}/restart",
	"ContainerKill POST /containers/{id}/kill",
	"ContainerUpdate POST /containers/{id}/update",
	"ContainerRename POST /containers/{id}/rename",
	"ContainerPause POST /containers/{id}/pause",
	"ContainerUnpause POST /containers/{id}/unpause",
	"ContainerAttach POST /containers/{id}/attach",
	"ContainerAttachWebsocket GET /containers/{id}/attach/ws",
	"ContainerWait POST /containers/{id}/wait",
	"ContainerDelete DELETE /containers/{id}",
	"ContainerArchiveInfo HEAD /containers/{id}/archive",
	"ContainerArchive GET /containers/{id}/archive",
	"PutContainerArchive PUT /containers/{id}/archive",
	"ContainerPrune POST /containers/prune",
	"ImageList GET /images/json",
	"ImageBuild POST /build",
	"BuildPrune POST /build/prune",
	"ImageCreate POST /images/create",
	"ImageInspect GET /images/{name}/json",
	"ImageAttestations GET /images/{name}/attestations",
	"ImageHistory GET /images/{name}/history",
	"ImagePush POST /images/{name}/push",
	"ImageTag POST /images/{name}/tag",
	"ImageDelete DELETE /images/{name}",
	"ImageSearch GET /images/search",
	"ImagePrune POST /images/prune",
	"SystemAuth POST /auth",
	"SystemInfo GET /info",
	"SystemVersion GET /version",
	"SystemPing GET /_ping",
	"SystemPingHead HEAD /_ping",
	"ImageCommit POST /commit",
	"SystemEvents GET /events",
	"SystemDataUsage GET /system/df",
	"ImageGet GET /images/{name}/get",
	"ImageGetAll GET /images/get",
	"ImageLoad POST /images/load",
	"ContainerExec POST /containers/{id}/exec",
	"ExecStart POST /exec/{id}/start",
	"ExecResize POST /exec/{id}/resize",
	"ExecInspect GET /exec/{id}/json",
	"VolumeList GET /volumes",
	"VolumeCreate POST /volumes/create",
	"VolumeInspect GET /volumes/{id}",
	"VolumeUpdate PUT /volumes/{id}",
	"VolumeDelete DELETE /volumes/{id}",
	"VolumePrune POST /volumes/prune",
	"NetworkList GET /networks",
	"NetworkInspect GET /networks/{id}",
	"NetworkDelete DELETE /networks/{id}",
	"NetworkCreate POST /networks/create",
	"NetworkConnect POST /networks/{id}/connect",
	"NetworkDisconnect POST /networks/{id}/disconnect",
	"NetworkPrune POST /networks/prune",
	"PluginList GET /plugins",
	"PluginPull POST /plugins/pull",
	"PluginInspect GET /plugins/{name}/json",
	"PluginDelete DELETE /plugins/{name}",
	"PluginEnable POST /plugins/{name}/enable",
	"PluginDisable POST /plugins/{name}/disable",
	"PluginUpgrade POST /plugins/{name}/upgrade",
	"PluginCreate POST /plugins/create",
	"PluginPush POST /plugins/{name}/push",
	"PluginSet POST /plugins/{name}/set",
	"NodeList GET /nodes",
	"NodeInspect GET /nodes/{id}",
	"NodeDelete DELETE /nodes/{id}",
	"NodeUpdate POST /nodes/{id}/update",
	"SwarmInspect GET /swarm",
	"SwarmInit POST /swarm/init",
	"SwarmJoin POST /swarm/join",
	"SwarmLeave POST /swarm/leave",
	"SwarmUpdate POST /swarm/update",
	"SwarmUnlockkey GET /swarm/unlockkey",
	"SwarmUnlock POST /swarm/unlock",
	"ServiceList GET /services",
	"ServiceCreate POST /services/create",
	"ServiceInspect GET /services/{id}",
	"ServiceDelete DELETE /services/{id}",
	"ServiceUpdate POST /services/{id}/update",
	"ServiceLogs GET /services/{id}/logs",
	"TaskList GET /tasks",
	"TaskInspect GET /tasks/{id}",
	"TaskLogs GET /tasks/{id}/logs",
	"SecretList GET /secrets",
	"SecretCreate POST /secrets/create",
	"SecretInspect GET /secrets/{id}",
	"SecretDelete DELETE /secrets/{id}",
	"SecretUpdate POST /secrets/{id}/update",
	"ConfigList GET /configs",
	"ConfigCreate POST /configs/create",
	"ConfigInspect GET /configs/{id}",
	"ConfigDelete DELETE /configs/{id}",
	"ConfigUpdate POST /configs/{id}/update",
	"DistributionInspect GET /distribution/{name}/json",
	"Session POST /session",
	"BuildCancel POST /build/cancel",
	"GetPluginPrivileges GET /plugins/privileges",
	"Grpc POST /grpc",
	"SystemOptions OPTIONS /{any}",
	"CheckpointList GET /containers/{id}/checkpoints",
	"CheckpointCreate POST /containers/{id}/checkpoints",
	"CheckpointDelete DELETE /containers/{id}/checkpoints/{id}",
	"DebugVars GET /debug/vars",
	"DebugPprof GET /debug/pprof/",
	"DebugPprofCmdline GET /debug/pprof/cmdline",
	"DebugPprofProfile GET /debug/pprof/profile",
	"DebugPprofSymbol GET /debug/pprof/symbol",
	"DebugPprofTrace GET /debug/pprof/trace",
	"DebugPprofLookup GET /debug/pprof/{id}",
};

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static const struct operation *
named(const char *name)
{
	const struct operation *operation = operation_named(span_of(name));

	cr_assert(operation != NULL, "%s", name);
	return operation;
}

/* Docker's operations come first. */
static size_t
docker_len(void)
{
	size_t len = 0;

	while (len < operations_len && !operation_is_libpod(&operations[len]))
		len++;
	return len;
}

static bool
is_in(const char *name, const char *const *list, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool
has_word(const char *list, const char *word)
{
	struct span rest = span_of(list), item;

	while (span_word(&rest, " ", &item))
		if (span_eq(item, span_of(word)))
			return true;
	return false;
}

Test(operation_table, has_each_operation_of_the_api_and_nothing_else)
{
	const struct operation *operation;
	struct span row, name, method, path;
	size_t i;

	cr_expect(eq(sz, docker_len(), LEN(expected)));
	for (i = 0; i < LEN(expected); i++) {
		row = span_of(expected[i]);
		cr_assert(span_word(&row, " ", &name));
		cr_assert(span_word(&row, " ", &method));
		cr_assert(span_word(&row, " ", &path));
		operation = operation_named(name);
		cr_assert(operation != NULL, "%s", expected[i]);
		cr_expect(
		    operation->method == method_of(method), "%s", expected[i]);
		cr_expect(
		    span_eq(path, span_of(operation->path)), "%s", expected[i]);
	}
}

Test(operation_table, has_no_name_twice)
{
	size_t i;

	for (i = 0; i < operations_len; i++)
		cr_expect(operation_named(span_of(operations[i].name)) ==
			      &operations[i],
		    "%s", operations[i].name);
}

Test(operation_table, has_no_more_parameters_than_there_is_room_for)
{
	const char *p;
	size_t i, count;

	for (i = 0; i < operations_len; i++) {
		count = 0;
		for (p = operations[i].path; *p != '\0'; p++)
			count += *p == '{';
		cr_expect(le(sz, count, OPERATION_ARGUMENTS), "%s",
		    operations[i].name);
	}
}

Test(operation_table, keeps_the_sections_in_order_and_whole)
{
	static const char *const sections[] = { "container", "exec", "image",
		"volume", "network", "plugin", "node", "swarm", "service",
		"task", "secret", "config", "distribution", "session", "system",
		"checkpoint", "debug" };
	size_t i, at = 0;

	for (i = 0; i < docker_len(); i++) {
		if (strcmp(operations[i].section, sections[at]) != 0)
			at++;
		cr_assert(lt(sz, at, LEN(sections)));
		cr_expect(eq(
		    str, (char *)operations[i].section, (char *)sections[at]));
	}
	cr_expect(eq(sz, at + 1, LEN(sections)));
}

Test(operation_table, marks_as_root_exactly_what_can_give_root)
{
	static const char *const root[] = { "ContainerCreate", "ContainerExec",
		"ExecStart", "PutContainerArchive", "ImageBuild", "Session",
		"Grpc", "VolumeCreate", "NetworkCreate", "PluginPull",
		"PluginCreate", "PluginEnable", "PluginSet", "PluginUpgrade",
		"SwarmInit", "SwarmJoin", "SwarmUpdate", "SwarmInspect",
		"SwarmUnlockkey", "ServiceCreate", "ServiceUpdate",
		"NodeUpdate", "CheckpointCreate", "CheckpointDelete" };
	size_t i, count = 0;

	for (i = 0; i < docker_len(); i++) {
		cr_expect(operations[i].root ==
			      is_in(operations[i].name, root, LEN(root)),
		    "%s", operations[i].name);
		count += operations[i].root;
	}
	cr_expect(eq(sz, count, LEN(root)));
}

Test(operation_table, marks_as_data_exactly_what_carries_content_out)
{
	static const char *const data[] = { "ContainerTop", "ContainerLogs",
		"ContainerExport", "ContainerAttach",
		"ContainerAttachWebsocket", "ContainerArchive", "ExecStart",
		"ImageBuild", "ImageCommit", "ImagePush", "ImageGet",
		"ImageGetAll", "PluginPush", "SwarmInspect", "SwarmUnlockkey",
		"ServiceLogs", "TaskLogs", "ConfigList", "ConfigInspect",
		"Session", "Grpc", "DebugVars", "DebugPprof",
		"DebugPprofCmdline", "DebugPprofProfile", "DebugPprofSymbol",
		"DebugPprofTrace", "DebugPprofLookup" };
	size_t i;

	for (i = 0; i < docker_len(); i++)
		cr_expect(operations[i].data ==
			      is_in(operations[i].name, data, LEN(data)),
		    "%s", operations[i].name);
}

/* By method, save for these: a POST that waits, and a GET that types. */
Test(operation_table, marks_as_writing_exactly_what_changes_something)
{
	enum method method;
	const char *name;
	bool writes;
	size_t i;

	for (i = 0; i < docker_len(); i++) {
		method = operations[i].method;
		name = operations[i].name;
		writes = method == METHOD_POST || method == METHOD_PUT ||
			 method == METHOD_DELETE;
		if (strcmp(name, "ContainerWait") == 0 ||
		    strcmp(name, "ContainerAttachWebsocket") == 0)
			writes = !writes;
		cr_expect(operations[i].writes == writes, "%s", name);
	}
}

Test(operation_table, marks_as_endless_exactly_what_may_go_on_for_days)
{
	static const char *const endless[] = { "SystemEvents", "ContainerLogs",
		"ContainerStats", "ContainerWait", "ContainerAttach",
		"ContainerAttachWebsocket", "ExecStart", "ServiceLogs",
		"TaskLogs", "Session", "Grpc" };
	size_t i;

	for (i = 0; i < docker_len(); i++)
		cr_expect(operations[i].endless ==
			      is_in(operations[i].name, endless, LEN(endless)),
		    "%s", operations[i].name);
}

Test(operation_table, lets_exactly_five_operations_hijack)
{
	static const struct {
		const char *name, *upgrade;
	} hijacks[] = {
		{"ContainerAttach",	     "tcp"	   },
		{ "ExecStart",		       "tcp"	     },
		{ "ContainerAttachWebsocket", "websocket"},
		{ "Session",		     "h2c"	   },
		{ "Grpc",			  "h2c"	},
	};
	const struct operation *operation;
	size_t i, count = 0;

	for (i = 0; i < LEN(hijacks); i++) {
		operation = operation_named(span_of(hijacks[i].name));
		cr_assert(operation != NULL && operation->upgrade != NULL);
		cr_expect(eq(str, (char *)operation->upgrade,
		    (char *)hijacks[i].upgrade));
	}
	for (i = 0; i < docker_len(); i++)
		count += operations[i].upgrade != NULL;
	cr_expect(eq(sz, count, LEN(hijacks)));
}

Test(operation_table, takes_a_body_exactly_where_the_daemon_reads_one)
{
	static const char *const stream[] = { "PutContainerArchive",
		"ImageBuild", "ImageCreate", "ImageLoad", "PluginCreate" };
	static const char *const json[] = { "ContainerCreate",
		"ContainerUpdate", "ContainerExec", "ExecStart", "VolumeCreate",
		"VolumeUpdate", "NetworkCreate", "NetworkConnect",
		"NetworkDisconnect", "PluginPull", "PluginUpgrade", "PluginSet",
		"NodeUpdate", "SwarmInit", "SwarmJoin", "SwarmUpdate",
		"SwarmUnlock", "ServiceCreate", "ServiceUpdate", "SecretCreate",
		"SecretUpdate", "ConfigCreate", "ConfigUpdate", "SystemAuth",
		"CheckpointCreate" };
	const char *name;
	enum body body;
	size_t i;

	for (i = 0; i < docker_len(); i++) {
		name = operations[i].name;
		body = BODY_NONE;
		if (is_in(name, stream, LEN(stream)))
			body = BODY_STREAM;
		else if (is_in(name, json, LEN(json)))
			body = BODY_JSON;
		else if (strcmp(name, "ImageCommit") == 0)
			body = BODY_JSON_OR_NONE;
		cr_expect(operations[i].body == body, "%s", name);
	}
}

Test(operation_table, spells_parameters_the_way_they_are_read)
{
	struct span rest, word, other, others;
	size_t i, k, count;
	bool good;

	for (i = 0; i < operations_len; i++) {
		rest = span_of(operations[i].parameters);
		while (span_word(&rest, " ", &word)) {
			if (*word.at == '!') {
				word.at++;
				word.len--;
			}
			if (word.at[word.len - 1] == '*')
				word.len--;
			good = word.len > 0;
			for (k = 0; k < word.len; k++)
				good =
				    good && (strchr("-_", word.at[k]) != NULL ||
						(word.at[k] >= 'a' &&
						    word.at[k] <= 'z') ||
						(word.at[k] >= 'A' &&
						    word.at[k] <= 'Z'));
			cr_expect(good, "%s: %.*s", operations[i].name,
			    SPAN_ARG(word));
			others = span_of(operations[i].parameters);
			for (count = 0; span_word(&others, " !*", &other);)
				count += span_eq_nocase(word, other);
			cr_expect(eq(sz, count, 1), "%s: %.*s",
			    operations[i].name, SPAN_ARG(word));
		}
	}
}

Test(operation_table, refuses_parameters_that_are_paths_of_the_host)
{
	size_t i;

	cr_expect(has_word(named("ContainerStart")->parameters, "!checkpoint"));
	cr_expect(
	    has_word(named("ContainerStart")->parameters, "!checkpoint-dir"));
	cr_expect(has_word(named("CheckpointList")->parameters, "!dir"));
	for (i = 0; i < operations_len; i++)
		cr_expect(
		    operations[i].root ||
			has_word(operations[i].parameters, "dir") == false,
		    "%s", operations[i].name);
}

Test(operation_table, knows_the_parameters_that_may_be_repeated)
{
	static const char *const repeated[] = { "ImageBuild t*",
		"ImageBuild extrahosts*", "ImageBuild securityopt*",
		"ImageCreate changes*", "ImageCommit changes*",
		"ImageGetAll names*", "ImageGetAll platform*",
		"ImageGet platform*", "ImageLoad platform*",
		"ImageDelete platforms*", "ImageAttestations platform*",
		"ImageAttestations type*", "SystemDataUsage type*" };
	char name[64];
	size_t i, count = 0;
	const char *p;

	for (i = 0; i < LEN(repeated); i++) {
		p = strchr(repeated[i], ' ');
		snprintf(name, sizeof(name), "%.*s", (int)(p - repeated[i]),
		    repeated[i]);
		cr_expect(has_word(named(name)->parameters, p + 1), "%s",
		    repeated[i]);
	}
	for (i = 0; i < docker_len(); i++)
		for (p = operations[i].parameters; *p != '\0'; p++)
			count += *p == '*';
	cr_expect(eq(sz, count, LEN(repeated)));
}

Test(operation_table, passes_credentials_only_where_registries_are_asked)
{
	static const char *const asking[] = { "ImageCreate", "ImagePush",
		"ImageSearch", "DistributionInspect", "PluginPull",
		"PluginUpgrade", "PluginPush", "GetPluginPrivileges",
		"ServiceCreate", "ServiceUpdate" };
	const char *fields, *name;
	size_t i;

	for (i = 0; i < docker_len(); i++) {
		name = operations[i].name;
		fields = "";
		if (is_in(name, asking, LEN(asking)))
			fields = "X-Registry-Auth";
		else if (strcmp(name, "ImageBuild") == 0)
			fields = "X-Registry-Config";
		else if (strcmp(operations[i].section, "session") == 0)
			fields = "X-Docker-Expose-Session-*";
		else if (strcmp(name, "ContainerAttachWebsocket") == 0)
			fields = "Sec-WebSocket-* Origin";
		cr_expect(eq(str, (char *)operations[i].fields, (char *)fields),
		    "%s", name);
	}
}
