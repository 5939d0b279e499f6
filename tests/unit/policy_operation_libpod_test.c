/* SPDX-License-Identifier: MIT */
/* Podman's own operations: its part of the table told once more in other
 * words, that no path leads from one API to the other, and that no rule which
 * was written for Docker's reaches it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* Its description, and below it what it routes beside. */
static const char *const expected[] = {
	"SystemPingLibpod GET /libpod/_ping",
	"ArtifactAddLibpod POST /libpod/artifacts/add",
	"ArtifactListLibpod GET /libpod/artifacts/json",
	"ArtifactLocalLibpod POST /libpod/artifacts/local/add",
	"ArtifactPullLibpod POST /libpod/artifacts/pull",
	"ArtifactDeleteAllLibpod DELETE /libpod/artifacts/remove",
	"ArtifactDeleteLibpod DELETE /libpod/artifacts/{name}",
	"ArtifactExtractLibpod GET /libpod/artifacts/{name}/extract",
	"ArtifactInspectLibpod GET /libpod/artifacts/{name}/json",
	"ArtifactPushLibpod POST /libpod/artifacts/{name}/push",
	"ImageBuildLibpod POST /libpod/build",
	"ImageCommitLibpod POST /libpod/commit",
	"ContainerCreateLibpod POST /libpod/containers/create",
	"ContainerListLibpod GET /libpod/containers/json",
	"ContainerPruneLibpod POST /libpod/containers/prune",
	"ContainerShowMountedLibpod GET /libpod/containers/showmounted",
	"ContainersStatsAllLibpod GET /libpod/containers/stats",
	"ContainerDeleteLibpod DELETE /libpod/containers/{id}",
	"ContainerArchiveLibpod GET /libpod/containers/{id}/archive",
	"PutContainerArchiveLibpod PUT /libpod/containers/{id}/archive",
	"ContainerAttachLibpod POST /libpod/containers/{id}/attach",
	"ContainerChangesLibpod GET /libpod/containers/{id}/changes",
	"ContainerCheckpointLibpod POST /libpod/containers/{id}/checkpoint",
	"ContainerExecLibpod POST /libpod/containers/{id}/exec",
	"ContainerExistsLibpod GET /libpod/containers/{id}/exists",
	"ContainerExportLibpod GET /libpod/containers/{id}/export",
	"ContainerHealthcheckLibpod GET /libpod/containers/{id}/healthcheck",
	"ContainerInitLibpod POST /libpod/containers/{id}/init",
	"ContainerInspectLibpod GET /libpod/containers/{id}/json",
	"ContainerKillLibpod POST /libpod/containers/{id}/kill",
	"ContainerLogsLibpod GET /libpod/containers/{id}/logs",
	"ContainerMountLibpod POST /libpod/containers/{id}/mount",
	"ContainerPauseLibpod POST /libpod/containers/{id}/pause",
	"ContainerRenameLibpod POST /libpod/containers/{id}/rename",
	"ContainerResizeLibpod POST /libpod/containers/{id}/resize",
	"ContainerRestartLibpod POST /libpod/containers/{id}/restart",
	"ContainerRestoreLibpod POST /libpod/containers/{id}/restore",
	"ContainerStartLibpod POST /libpod/containers/{id}/start",
	"ContainerStatsLibpod GET /libpod/containers/{id}/stats",
	"ContainerStopLibpod POST /libpod/containers/{id}/stop",
	"ContainerTopLibpod GET /libpod/containers/{id}/top",
	"ContainerUnmountLibpod POST /libpod/containers/{id}/unmount",
	"ContainerUnpauseLibpod POST /libpod/containers/{id}/unpause",
	"ContainerUpdateLibpod POST /libpod/containers/{id}/update",
	"ContainerWaitLibpod POST /libpod/containers/{id}/wait",
	"SystemEventsLibpod GET /libpod/events",
	"ExecInspectLibpod GET /libpod/exec/{id}/json",
	"ExecResizeLibpod POST /libpod/exec/{id}/resize",
	"ExecStartLibpod POST /libpod/exec/{id}/start",
	"GenerateKubeLibpod GET /libpod/generate/kube",
	"GenerateSystemdLibpod GET /libpod/generate/{id}/systemd",
	"ImageExportLibpod GET /libpod/images/export",
	"ImageImportLibpod POST /libpod/images/import",
	"ImageListLibpod GET /libpod/images/json",
	"ImageLoadLibpod POST /libpod/images/load",
	"ImagePruneLibpod POST /libpod/images/prune",
	"ImagePullLibpod POST /libpod/images/pull",
	"ImageDeleteAllLibpod DELETE /libpod/images/remove",
	"ImageScpLibpod POST /libpod/images/scp/{name}",
	"ImageSearchLibpod GET /libpod/images/search",
	"ImageDeleteLibpod DELETE /libpod/images/{name}",
	"ImageChangesLibpod GET /libpod/images/{name}/changes",
	"ImageExistsLibpod GET /libpod/images/{name}/exists",
	"ImageGetLibpod GET /libpod/images/{name}/get",
	"ImageHistoryLibpod GET /libpod/images/{name}/history",
	"ImageInspectLibpod GET /libpod/images/{name}/json",
	"ImagePushLibpod POST /libpod/images/{name}/push",
	"ImageResolveLibpod GET /libpod/images/{name}/resolve",
	"ImageTagLibpod POST /libpod/images/{name}/tag",
	"ImageTreeLibpod GET /libpod/images/{name}/tree",
	"ImageUntagLibpod POST /libpod/images/{name}/untag",
	"SystemInfoLibpod GET /libpod/info",
	"KubeApplyLibpod POST /libpod/kube/apply",
	"LocalBuildLibpod POST /libpod/local/build",
	"LocalImagesLibpod POST /libpod/local/images/load",
	"ManifestCreateLibpod POST /libpod/manifests/{name}",
	"ManifestDeleteLibpod DELETE /libpod/manifests/{name}",
	"ManifestModifyLibpod PUT /libpod/manifests/{name}",
	"ManifestAddLibpod POST /libpod/manifests/{name}/add",
	"ManifestExistsLibpod GET /libpod/manifests/{name}/exists",
	"ManifestInspectLibpod GET /libpod/manifests/{name}/json",
	"ManifestPushV3Libpod POST /libpod/manifests/{name}/push",
	"ManifestPushLibpod POST /libpod/manifests/{id}/registry/{name}",
	"NetworkCreateLibpod POST /libpod/networks/create",
	"NetworkListLibpod GET /libpod/networks/json",
	"NetworkPruneLibpod POST /libpod/networks/prune",
	"NetworkDeleteLibpod DELETE /libpod/networks/{id}",
	"NetworkConnectLibpod POST /libpod/networks/{id}/connect",
	"NetworkDisconnectLibpod POST /libpod/networks/{id}/disconnect",
	"NetworkExistsLibpod GET /libpod/networks/{id}/exists",
	"NetworkInspectLibpod GET /libpod/networks/{id}/json",
	"NetworkUpdateLibpod POST /libpod/networks/{id}/update",
	"PlayKubeDownLibpod DELETE /libpod/play/kube",
	"PlayKubeLibpod POST /libpod/play/kube",
	"PodCreateLibpod POST /libpod/pods/create",
	"PodListLibpod GET /libpod/pods/json",
	"PodPruneLibpod POST /libpod/pods/prune",
	"PodStatsAllLibpod GET /libpod/pods/stats",
	"PodDeleteLibpod DELETE /libpod/pods/{id}",
	"PodExistsLibpod GET /libpod/pods/{id}/exists",
	"PodInspectLibpod GET /libpod/pods/{id}/json",
	"PodKillLibpod POST /libpod/pods/{id}/kill",
	"PodPauseLibpod POST /libpod/pods/{id}/pause",
	"PodRestartLibpod POST /libpod/pods/{id}/restart",
	"PodStartLibpod POST /libpod/pods/{id}/start",
	"PodStopLibpod POST /libpod/pods/{id}/stop",
	"PodTopLibpod GET /libpod/pods/{id}/top",
	"PodUnpauseLibpod POST /libpod/pods/{id}/unpause",
	"QuadletDeleteAllLibpod DELETE /libpod/quadlets",
	"QuadletInstallLibpod POST /libpod/quadlets",
	"QuadletListLibpod GET /libpod/quadlets/json",
	"QuadletDeleteLibpod DELETE /libpod/quadlets/{id}",
	"QuadletExistsLibpod GET /libpod/quadlets/{id}/exists",
	"QuadletFileLibpod GET /libpod/quadlets/{id}/file",
	"SecretCreateLibpod POST /libpod/secrets/create",
	"SecretListLibpod GET /libpod/secrets/json",
	"SecretDeleteLibpod DELETE /libpod/secrets/{id}",
	"SecretExistsLibpod GET /libpod/secrets/{id}/exists",
	"SecretInspectLibpod GET /libpod/secrets/{id}/json",
	"SystemCheckLibpod POST /libpod/system/check",
	"SystemDataUsageLibpod GET /libpod/system/df",
	"SystemPruneLibpod POST /libpod/system/prune",
	"SystemVersionLibpod GET /libpod/version",
	"VolumeCreateLibpod POST /libpod/volumes/create",
	"VolumeListLibpod GET /libpod/volumes/json",
	"VolumePruneLibpod POST /libpod/volumes/prune",
	"VolumeDeleteLibpod DELETE /libpod/volumes/{id}",
	"VolumeExistsLibpod GET /libpod/volumes/{id}/exists",
	"VolumeExportLibpod GET /libpod/volumes/{id}/export",
	"VolumeImportLibpod POST /libpod/volumes/{id}/import",
	"VolumeInspectLibpod GET /libpod/volumes/{id}/json",
	/* What it routes beside. */
	"SystemPingHeadLibpod HEAD /libpod/_ping",
	"AutoupdateLibpod POST /libpod/autoupdate",
	"ContainerArchiveInfoLibpod HEAD /libpod/containers/{id}/archive",
	"VolumeRenameLibpod POST /libpod/volumes/{id}/rename",
	"KubeGenerateLibpod GET /libpod/kube/generate",
	"KubePlayLibpod POST /libpod/kube/play",
	"KubePlayDownLibpod DELETE /libpod/kube/play",
};

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static bool
is_in(const char *name, const char *const *list, size_t len)
{
	char whole[64];
	size_t i;

	for (i = 0; i < len; i++) {
		snprintf(whole, sizeof(whole), "%sLibpod", list[i]);
		if (strcmp(whole, name) == 0)
			return true;
	}
	return false;
}

/* Where Podman's begin; they go on to the end. */
static size_t
first(void)
{
	size_t i = 0;

	while (!operation_is_libpod(&operations[i]))
		i++;
	return i;
}

static void
expect_meaning(enum method method, const char *path, const char *name)
{
	const struct operation *operation =
	    operation_route(method, span_of(path), NULL);

	cr_expect(strcmp(operation != NULL ? operation->name : "-", name) == 0,
	    "%s %s is %s, not %s", method_name(method), path,
	    operation != NULL ? operation->name : "-", name);
}

Test(operation_libpod, has_each_operation_and_nothing_else)
{
	const struct operation *operation;
	struct span row, name, method, path;
	size_t i;

	cr_expect(eq(sz, operations_len - first(), LEN(expected)));
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

/* Else a name or a group could mean both APIs. */
Test(operation_libpod, has_names_and_sections_of_its_own)
{
	struct span name;
	bool libpod;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		libpod = i >= first();
		name = span_of(operations[i].name);
		cr_expect(operation_is_libpod(&operations[i]) == libpod, "%s",
		    operations[i].name);
		cr_expect(span_starts(span_of(operations[i].section),
			      SPAN("libpod-")) == libpod,
		    "%s", operations[i].name);
		cr_expect(glob_matches(SPAN("*Libpod"), name) == libpod, "%s",
		    operations[i].name);
		cr_expect(glob_matches(SPAN("*Libpod*"), name) == libpod, "%s",
		    operations[i].name);
	}
}

Test(operation_libpod, keeps_the_sections_in_order_and_whole)
{
	static const char *const sections[] = { "system", "container", "exec",
		"image", "manifest", "artifact", "pod", "volume", "network",
		"secret", "kube", "quadlet" };
	const char *section;
	size_t i, at = 0;

	for (i = first(); i < operations_len; i++) {
		section = operations[i].section + strlen("libpod-");
		if (strcmp(section, sections[at]) != 0)
			at++;
		cr_assert(lt(sz, at, LEN(sections)));
		cr_expect(eq(str, (char *)section, (char *)sections[at]));
	}
	cr_expect(eq(sz, at + 1, LEN(sections)));
}

/* Whatever writes and has a body, and what reaches the host without. */
Test(operation_libpod, marks_as_root_exactly_what_can_give_root)
{
	static const char *const bodiless[] = { "SystemCheck", "SystemPrune",
		"Autoupdate", "ContainerMount", "ImageScp", "LocalBuild",
		"LocalImages", "ArtifactLocal", "ManifestPush",
		"ManifestPushV3", "QuadletDelete", "QuadletDeleteAll" };
	static const char *const named[] = { "ContainerCreate", "ContainerExec",
		"ContainerRestore", "ContainerUpdate", "PutContainerArchive",
		"ExecStart", "ImageBuild", "ImageImport", "ImageLoad",
		"ManifestAdd", "ManifestCreate", "ManifestModify",
		"ArtifactAdd", "PodCreate", "VolumeCreate", "VolumeImport",
		"NetworkCreate", "NetworkUpdate", "NetworkConnect",
		"NetworkDisconnect", "SecretCreate", "PlayKube", "KubePlay",
		"PlayKubeDown", "KubePlayDown", "KubeApply", "QuadletInstall" };
	const struct operation *operation;
	size_t i, count = 0;

	for (i = first(); i < operations_len; i++) {
		operation = &operations[i];
		cr_expect(
		    operation->root ==
			(is_in(operation->name, named, LEN(named)) ||
			    is_in(operation->name, bodiless, LEN(bodiless))),
		    "%s", operation->name);
		cr_expect(is_in(operation->name, named, LEN(named)) ==
			      (operation->body != BODY_NONE),
		    "%s", operation->name);
		cr_expect(operation->writes || !operation->root, "%s",
		    operation->name);
		count += operation->root;
	}
	cr_expect(eq(sz, count, LEN(named) + LEN(bodiless)));
}

Test(operation_libpod, marks_as_data_exactly_what_carries_content_out)
{
	static const char *const data[] = { "ContainerArchive",
		"ContainerAttach", "ContainerCheckpoint", "ContainerExport",
		"ContainerLogs", "ContainerTop", "ExecStart", "ImageExport",
		"ImageGet", "ImagePush", "ArtifactExtract", "ArtifactPush",
		"PodTop", "VolumeExport", "GenerateSystemd", "GenerateKube",
		"KubeGenerate", "QuadletFile" };
	size_t i;

	for (i = first(); i < operations_len; i++)
		cr_expect(operations[i].data ==
			      is_in(operations[i].name, data, LEN(data)),
		    "%s", operations[i].name);
}

Test(operation_libpod, marks_what_shows_settings)
{
	static const char *const secrets[] = { "SystemEvents", "ContainerList",
		"ContainerInspect", "ExecInspect", "ImageHistory",
		"ImageInspect", "PodInspect", "VolumeList", "VolumeInspect" };
	size_t i;

	for (i = first(); i < operations_len; i++)
		cr_expect(operations[i].secrets ==
			      is_in(operations[i].name, secrets, LEN(secrets)),
		    "%s", operations[i].name);
}

/* By method, save for these: a POST that waits, and a GET that executes. */
Test(operation_libpod, marks_as_writing_exactly_what_changes_something)
{
	static const char *const others[] = { "ContainerWait",
		"ContainerHealthcheck" };
	enum method method;
	size_t i;

	for (i = first(); i < operations_len; i++) {
		method = operations[i].method;
		cr_expect(
		    operations[i].writes ==
			((method != METHOD_GET && method != METHOD_HEAD) !=
			    is_in(operations[i].name, others, LEN(others))),
		    "%s", operations[i].name);
	}
}

Test(operation_libpod, marks_as_endless_exactly_what_may_go_on_for_days)
{
	static const char *const endless[] = { "SystemEvents",
		"ContainersStatsAll", "ContainerAttach", "ContainerLogs",
		"ContainerStats", "ContainerTop", "ContainerWait", "ExecStart",
		"PodStatsAll", "PodTop" };
	size_t i;

	for (i = first(); i < operations_len; i++)
		cr_expect(operations[i].endless ==
			      is_in(operations[i].name, endless, LEN(endless)),
		    "%s", operations[i].name);
}

Test(operation_libpod, lets_two_operations_hijack)
{
	static const char *const hijacks[] = { "ContainerAttach", "ExecStart" };
	size_t i;

	for (i = first(); i < operations_len; i++) {
		cr_expect(is_in(operations[i].name, hijacks, LEN(hijacks)) ==
			      (operations[i].upgrade != NULL),
		    "%s", operations[i].name);
		if (operations[i].upgrade != NULL)
			cr_expect(
			    eq(str, (char *)operations[i].upgrade, "tcp"));
	}
}

Test(operation_libpod, passes_credentials_only_where_registries_are_asked)
{
	static const char *const asking[] = { "ImagePull", "ImagePush",
		"ImageSearch", "ArtifactPull", "ArtifactPush" };
	size_t i;

	for (i = first(); i < operations_len; i++)
		cr_expect(strcmp(operations[i].fields,
			      is_in(operations[i].name, asking, LEN(asking))
				  ? "X-Registry-Auth"
				  : "") == 0,
		    "%s", operations[i].name);
}

/* Paths of the host, and other objects than the one that a pattern allows. */
Test(operation_libpod, takes_no_dangerous_parameter_without_root)
{
	static const char *const dangerous[] = { "all", "depend", "authfile",
		"path", "dir", "showsecret", "volume", "file", "url",
		"kubeConfig", "caCertFile", "localcontextdir" };
	/* Lists, and what a container's own path is. */
	static const char *const harmless[] = { "ContainerList",
		"ContainersStatsAll", "ContainerArchive", "PodStatsAll",
		"ContainerArchiveInfo", "ImageList", "ImagePrune", "ImagePush",
		"ImageDeleteAll", "ArtifactDeleteAll" };
	struct span rest, word;
	size_t i, k;

	for (i = first(); i < operations_len; i++) {
		if (operations[i].root ||
		    is_in(operations[i].name, harmless, LEN(harmless)))
			continue;
		rest = span_of(operations[i].parameters);
		while (span_word(&rest, " ", &word))
			for (k = 0; k < LEN(dangerous); k++)
				cr_expect(
				    not(span_eq(word, span_of(dangerous[k]))),
				    "%s: %s", operations[i].name, dangerous[k]);
	}
}

/* One bit of a word stands for each. */
Test(operation_libpod, has_parameters_that_can_be_counted)
{
	struct span rest, word;
	size_t i, count;

	for (i = 0; i < operations_len; i++) {
		rest = span_of(operations[i].parameters);
		for (count = 0; span_word(&rest, " ", &word);)
			count++;
		cr_expect(lt(sz, count, 63), "%s", operations[i].name);
	}
}

Test(operation_libpod, is_reached_by_no_path_of_dockers)
{
	const struct operation *found;
	struct span path;
	size_t i;

	for (i = first(); i < operations_len; i++) {
		path = span_of(operations[i].path);
		path.at += strlen("/libpod");
		path.len -= strlen("/libpod");
		found = operation_route(operations[i].method, path, NULL);
		cr_expect(found == NULL || !operation_is_libpod(found), "%s",
		    operations[i].name);
	}
	for (i = 0; i < first(); i++) {
		char whole[256];

		snprintf(whole, sizeof(whole), "/libpod%s", operations[i].path);
		found =
		    operation_route(operations[i].method, span_of(whole), NULL);
		cr_expect(found == NULL || operation_is_libpod(found), "%s",
		    operations[i].name);
	}
	expect_meaning(METHOD_OPTIONS, "/libpod/info", "-");
	expect_meaning(METHOD_OPTIONS, "/libpodx/info", "SystemOptions");
	expect_meaning(METHOD_GET, "/libpod/", "-");
	expect_meaning(METHOD_GET, "/libpod", "-");
	expect_meaning(METHOD_GET, "/libpod/libpod/info", "-");
}

/* Podman finds these by their last segment too, whichever comes first. */
Test(operation_libpod, takes_what_two_routes_share_to_the_one_with_root)
{
	expect_meaning(METHOD_POST, "/libpod/images/a/b/tag", "ImageTagLibpod");
	expect_meaning(
	    METHOD_POST, "/libpod/images/scp/a/tag", "ImageScpLibpod");
	expect_meaning(METHOD_POST, "/libpod/images/scp/tag", "ImageScpLibpod");
	expect_meaning(
	    METHOD_POST, "/libpod/images/scpx/tag", "ImageTagLibpod");
	expect_meaning(
	    METHOD_POST, "/libpod/manifests/a/push", "ManifestPushV3Libpod");
	expect_meaning(METHOD_POST, "/libpod/manifests/a/registry/b/push",
	    "ManifestPushLibpod");
	expect_meaning(METHOD_POST, "/libpod/manifests/a/b/registry/c",
	    "ManifestCreateLibpod");
	expect_meaning(
	    METHOD_DELETE, "/libpod/images/remove", "ImageDeleteAllLibpod");
	expect_meaning(
	    METHOD_DELETE, "/libpod/images/a/remove", "ImageDeleteLibpod");
	expect_meaning(METHOD_DELETE, "/libpod/artifacts/remove",
	    "ArtifactDeleteAllLibpod");
	expect_meaning(
	    METHOD_GET, "/libpod/images/a/json/get", "ImageGetLibpod");
	expect_meaning(METHOD_GET, "/libpod/containers/a/b/json", "-");
}

/* Whatever it is that allows Docker's. */
Test(operation_libpod, is_allowed_only_by_rules_that_say_so)
{
	static const struct {
		const char *name;
		const char *text;
		const char *allowed;
	} rows[] = {
		ROW("a wildcard", "operation = ContainerI*\n",
		    "ContainerInspect "),
		ROW("a wildcard that says so", "operation = *ListLibpod\n",
		    "ContainerListLibpod ImageListLibpod ArtifactListLibpod "
		    "PodListLibpod VolumeListLibpod NetworkListLibpod "
		    "SecretListLibpod QuadletListLibpod "),
		ROW("one that says so in its middle",
		    "operation = Quadlet*Libpod*\n",
		    "QuadletListLibpod QuadletExistsLibpod "
		    "QuadletFileLibpod "),
		ROW("a name", "operation = SystemInfo\n", "SystemInfo "),
		ROW("a name that says so", "operation = SystemInfoLibpod\n",
		    "SystemInfoLibpod "),
		ROW("a group", "group = secret:read\n",
		    "SecretList SecretInspect "),
		ROW("a group that says so", "group = libpod-secret:read\n",
		    "SecretListLibpod SecretExistsLibpod "
		    "SecretInspectLibpod "),
		ROW("a group's writes, without root",
		    "group = libpod-secret:write\n", "SecretDeleteLibpod "),
		ROW("a request", "request = GET /containers/*/json\n",
		    "~ContainerInspect "),
		ROW("a request that says so",
		    "request = GET /libpod/containers/*/json\n",
		    "~ContainerInspectLibpod "),
		ROW("any method", "request = * /containers/*\n",
		    "~ContainerDelete "),
		ROW("any method that says so",
		    "request = * /libpod/containers/*\n",
		    "~ContainerDeleteLibpod "),
		ROW("a path in full", "request = * /info\n", "SystemInfo "),
		ROW("a path in full that says so", "request = * /libpod/info\n",
		    "SystemInfoLibpod "),
		ROW("root by its name",
		    "root-equivalent = ContainerCreateLibpod\n",
		    "ContainerCreateLibpod "),
	};
	struct policy *policy;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[allow]\n%s", rows[i].text);
		policy = policies_web(text);
		cases_same(rows[i].name,
		    span_of(policies_allowed(&policy->profiles[0])),
		    span_of(rows[i].allowed));
		policy_free(policy);
	}
}

Test(operation_libpod, is_root_by_nothing_but_its_name)
{
	static const struct {
		const char *line;
		const char *wanted;
	} rows[] = {
		ROW("operation = ContainerCreateLibpod",
		    "web.ini:2: ContainerCreateLibpod can take over *\n"),
		ROW("operation = *CreateLibpod",
		    "web.ini:2: ContainerCreateLibpod can take over *\n"),
		ROW("request = POST /libpod/containers/create",
		    "web.ini:2: ContainerCreateLibpod can take over *\n"),
		ROW("request = POST /libpod/play/kube",
		    "web.ini:2: PlayKubeLibpod can take over *\n"),
		ROW("group = pod:read", "web.ini:2: no such group: *\n"),
		ROW("operation = Quadlet*",
		    "web.ini:2: operation: Quadlet* is no *\n"),
		ROW("root-equivalent = ContainerListLibpod",
		    "web.ini:2: ContainerListLibpod cannot take over *\n"),
	};
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[allow]\n%s\n", rows[i].line);
		policies_refused_web(rows[i].line, text, rows[i].wanted);
	}
}

/* A denial is meant as widely as it can be read. */
Test(operation_libpod, is_denied_by_every_wildcard)
{
	struct policy *policy = policies_web("[allow]\n"
					     "operation = *Libpod\n"
					     "[deny]\n"
					     "operation = Container*\n"
					     "request = GET /info\n");
	const struct profile *web = &policy->profiles[0];
	size_t i;

	for (i = first(); i < operations_len; i++)
		cr_expect(span_starts(span_of(operations[i].name),
			      SPAN("Container")) == (web->deny[i].line != 0),
		    "%s", operations[i].name);
	i = (size_t)(operation_named(SPAN("SystemInfoLibpod")) - operations);
	cr_expect(eq(int, web->allow[i].line, 2));
	policy_free(policy);
}
