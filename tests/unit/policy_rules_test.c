/* SPDX-License-Identifier: MIT */
/* [allow] and [deny]: what each line reaches, and above all what none does. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* Patterns, as "ContainerStop(web-*,) "; a denying one with a '!'. */
static struct span
patterns_of(const struct profile *profile)
{
	static char memory[4096];
	struct text text = TEXT(memory);
	const struct pattern *pattern;
	size_t i;

	for (i = 0; i < profile->patterns_len; i++) {
		pattern = &profile->patterns[i];
		text_format(&text, "%s%s(%s,%s) ", pattern->deny ? "!" : "",
		    pattern->operation->name,
		    pattern->globs[0] != NULL ? pattern->globs[0] : "",
		    pattern->globs[1] != NULL ? pattern->globs[1] : "");
	}
	cr_assert(not(text.full));
	return text_span(&text);
}

/* What only "root-equivalent =" allows: nobody looks into it. */
static bool
is_for_the_trusted(const struct operation *operation)
{
	return operation->root && !policies_inspects(operation);
}

Test(rules, allow_what_they_name)
{
	static const struct {
		const char *name;
		const char *text;
		const char *allowed;
	} rows[] = {
		ROW("one", "operation = SystemPing\n", "SystemPing "),
		ROW("several", "operation = SystemPing\tSystemInfo  TaskList\n",
		    "TaskList SystemInfo SystemPing "),
		ROW("lines add up",
		    "operation = SystemPing\noperation = SystemInfo\n",
		    "SystemInfo SystemPing "),
		ROW("one twice",
		    "operation = SystemPing\noperation = SystemPing\n",
		    "SystemPing "),
		ROW("a wildcard", "operation = SystemP*\n",
		    "SystemPing SystemPingHead "),
		ROW("a wildcard in front", "operation = *Archive\n",
		    "ContainerArchive PutContainerArchive "),
		ROW("a wildcard with root in it", "operation = Checkpoint*\n",
		    "CheckpointList "),
		ROW("two stars", "operation = Network*isc*\n",
		    "NetworkDisconnect "),
		ROW("root by name", "root-equivalent = Session\n", "Session "),
		ROW("what is looked into", "operation = ContainerCreate\n",
		    "ContainerCreate "),
		ROW("what need not be", "root-equivalent = ContainerCreate\n",
		    "ContainerCreate "),
		ROW("its wildcard", "operation = ContainerC*e\n",
		    "ContainerCreate "),
		ROW("its request", "request = POST /containers/create\n",
		    "ContainerCreate "),
		ROW("a group", "group = task:read\n", "TaskList TaskInspect "),
		ROW("groups", "group = task:data exec:read\n",
		    "ExecInspect TaskLogs "),
		ROW("a group of what is looked into", "group = exec:write\n",
		    "ContainerExec ExecStart ExecResize "),
		ROW("a group with root in it", "group = plugin:write\n",
		    "PluginPull PluginDelete PluginEnable PluginDisable "
		    "PluginUpgrade PluginPush PluginSet "),
		ROW("root in a group by name",
		    "group = plugin:write\nroot-equivalent = PluginCreate\n",
		    "PluginPull PluginDelete PluginEnable PluginDisable "
		    "PluginUpgrade PluginCreate PluginPush PluginSet "),
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

/* Whatever the wildcard, group or pattern is. */
Test(rules, never_allow_root_without_its_full_name)
{
	static const char text[] = "[allow]\n"
				   "operation = *\n"
				   "operation = Container* *Create Swarm* *\n"
				   "request = * /containers/*\n"
				   "request = * /containers/*/archive\n"
				   "request = * /containers/*/checkpoints\n"
				   "request = POST /images/*/push\n";
	struct policy *policy = policies_web(text);
	const struct profile *web = &policy->profiles[0];
	size_t i;

	for (i = 0; i < operations_len; i++)
		cr_expect(is_for_the_trusted(&operations[i]) ||
				  operation_is_libpod(&operations[i])
			      ? web->allow[i].line == 0
			      : web->allow[i].line != 0,
		    "%s", operations[i].name);
	for (i = 0; i < web->patterns_len; i++)
		cr_expect(not(is_for_the_trusted(web->patterns[i].operation)),
		    "%s", web->patterns[i].operation->name);
	cr_expect(gt(sz, web->patterns_len, 3));
	for (i = 0; i < operations_len; i++)
		cr_expect(not(web->unjudged[i]), "%s", operations[i].name);
	policy_free(policy);
}

Test(rules, allow_no_root_by_any_group)
{
	struct policy *policy;
	char text[128];
	size_t i, k;

	for (i = 0; i < operations_len; i++) {
		if (is_for_the_trusted(&operations[i]))
			continue;
		snprintf(text, sizeof(text), "[allow]\ngroup = %s:%s\n",
		    operations[i].section, operation_access(&operations[i]));
		policy = policies_web(text);
		for (k = 0; k < operations_len; k++)
			if (is_for_the_trusted(&operations[k]))
				cr_expect(
				    policy->profiles[0].allow[k].line == 0,
				    "%s: %s", text, operations[k].name);
		cr_expect(policy->profiles[0].allow[i].line == 2, "%s", text);
		policy_free(policy);
	}
}

Test(rules, allow_by_its_name_all_that_is_no_root_or_looked_into)
{
	struct policy *policy;
	char text[128];
	size_t i, inspected = 0, trusted = 0;

	for (i = 0; i < operations_len; i++) {
		snprintf(text, sizeof(text), "[allow]\noperation = %s\n",
		    operations[i].name);
		if (is_for_the_trusted(&operations[i])) {
			policies_refused_web(operations[i].name, text,
			    "web.ini:2: * can take over the host; *");
			trusted++;
			continue;
		}
		inspected += operations[i].root;
		policy = policies_web(text);
		cr_expect(policy->profiles[0].allow[i].line == 2, "%s", text);
		cr_expect(not(policy->profiles[0].unjudged[i]), "%s", text);
		policy_free(policy);
	}
	cr_expect(gt(sz, inspected, 10));
	cr_expect(gt(sz, trusted, 10));
}

Test(rules, allow_every_root_by_its_name_and_deny_everything)
{
	struct policy *policy;
	char text[128];
	size_t i, k;

	for (i = 0; i < operations_len; i++) {
		snprintf(text, sizeof(text), "[allow]\n%s = %s\n",
		    operations[i].root ? "root-equivalent" : "operation",
		    operations[i].name);
		policy = policies_web(text);
		for (k = 0; k < operations_len; k++)
			cr_expect(policy->profiles[0].allow[k].line ==
				      (k == i ? 2 : 0),
			    "%s: %s", text, operations[k].name);
		policy_free(policy);
	}
	policy = policies_web("[allow]\nroot-equivalent = ContainerCreate\n"
			      "[deny]\noperation = *\n");
	for (i = 0; i < operations_len; i++)
		cr_expect(policy->profiles[0].deny[i].line == 4, "%s",
		    operations[i].name);
	policy_free(policy);
}

Test(rules, deny_roots_by_wildcard_group_and_request)
{
	struct policy *policy;
	const struct profile *web;
	size_t i, denied = 0;

	policy = policies_web("[deny]\n"
			      "operation = Swarm*\n"
			      "group = exec:write\n"
			      "request = POST /containers/create\n"
			      "request = * /containers/*/archive\n");
	web = &policy->profiles[0];
	for (i = 0; i < operations_len; i++)
		if (operations[i].root && web->deny[i].line < 4 &&
		    web->deny[i].line != 0)
			denied++;
	/* Five of Swarm*, ContainerExec and ExecStart. */
	cr_expect(eq(sz, denied, 7));
	i = (size_t)(operation_named(SPAN("ContainerCreate")) - operations);
	cr_expect(eq(int, web->deny[i].line, 4));
	cr_expect(span_starts(patterns_of(web),
	    SPAN("!ContainerArchiveInfo(*,) !ContainerArchive(*,) "
		 "!PutContainerArchive(*,) ")));
	policy_free(policy);
}

Test(rules, keep_the_first_line_that_says_it)
{
	struct policy *policy = policies_web("[allow]\n"
					     "operation = SystemP*\n"
					     "operation = SystemPing\n"
					     "group = system:read\n");
	size_t i = (size_t)(operation_named(SPAN("SystemPing")) - operations);

	cr_expect(eq(int, policy->profiles[0].allow[i].line, 2));
	i = (size_t)(operation_named(SPAN("SystemInfo")) - operations);
	cr_expect(eq(int, policy->profiles[0].allow[i].line, 4));
	policy_free(policy);
}

Test(rules, lay_patterns_along_the_paths_of_operations)
{
	static const struct {
		const char *line;
		const char *patterns;
	} rows[] = {
		ROW("GET /containers/*/json", "ContainerInspect(*,) "),
		ROW("GET\t/containers/web-*/json", "ContainerInspect(web-*,) "),
		ROW("DELETE /containers/web", "ContainerDelete(web,) "),
		ROW("DELETE /containers/*", "ContainerDelete(*,) "),
		/* An image's name takes the segments that are left over. */
		ROW("GET /images/*/json", "ImageInspect(*,) "),
		ROW("GET /images/alpine/json", "ImageInspect(alpine,) "),
		ROW("GET /images/a/b/c/json", "ImageInspect(a/b/c,) "),
		ROW("GET /images/r:5000/*/c:v@sha256:*/get",
		    "ImageGet(r:5000/*/c:v@sha256:*,) "),
		ROW("DELETE /images/a/b", "ImageDelete(a/b,) "),
		ROW("POST /plugins/a/b/disable", "PluginDisable(a/b,) "),
		ROW("GET /distribution/a/b/json", "DistributionInspect(a/b,) "),
		ROW("OPTIONS /a/b/c", "SystemOptions(a/b/c,) "),
		ROW("GET /debug/pprof/heap", "DebugPprofLookup(heap,) "),
		ROW("GET /containers/a/attach/ws",
		    "ContainerAttachWebsocket(a,) "),
		/* Root, but looked into. */
		ROW("POST /containers/web-*/exec", "ContainerExec(web-*,) "),
		ROW("PUT /containers/*/archive", "PutContainerArchive(*,) "),
	};
	struct policy *policy;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[allow]\nrequest = %s\n",
		    rows[i].line);
		policy = policies_web(text);
		cases_same(rows[i].line, patterns_of(&policy->profiles[0]),
		    span_of(rows[i].patterns));
		policy_free(policy);
	}
}

/* Where the API has a word and no name, there is nothing to compare. */
Test(rules, allow_an_operation_without_a_name_as_a_whole)
{
	static const struct {
		const char *line;
		const char *allowed;
	} rows[] = {
		ROW("GET /_ping", "SystemPing "),
		ROW("GET /containers/json", "ContainerList "),
		ROW("GET /images/json", "ImageList "),
		ROW("GET /images/search", "ImageSearch "),
		ROW("GET /debug/pprof/trace",
		    "DebugPprofTrace ~DebugPprofLookup "),
	};
	struct policy *policy;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[allow]\nrequest = %s\n",
		    rows[i].line);
		policy = policies_web(text);
		cases_same(rows[i].line,
		    span_of(policies_allowed(&policy->profiles[0])),
		    span_of(rows[i].allowed));
		policy_free(policy);
	}
}

Test(rules, mean_every_method_by_a_star)
{
	struct policy *policy =
	    policies_web("[allow]\nrequest = * /containers/*/archive\n");

	cr_expect(span_starts(patterns_of(&policy->profiles[0]),
	    SPAN("ContainerArchiveInfo(*,) ContainerArchive(*,) ")));
	policy_free(policy);
}

Test(rules, know_the_arguments_of_a_path_apart)
{
	struct policy *policy =
	    policies_web("[deny]\n"
			 "request = DELETE /containers/a/checkpoints/b*\n");

	cases_same("two", patterns_of(&policy->profiles[0]),
	    SPAN("!CheckpointDelete(a,b*) "));
	policy_free(policy);
}

Test(rules, refuse_lines_that_say_nothing_or_too_much)
{
	static const struct {
		const char *line;
		const char *wanted;
	} rows[] = {
		ROW("operation = ContainerLst",
		    "no such operation: ContainerLst; "
		    "did you mean ContainerList?"),
		ROW("operation = containerlist",
		    "*did you mean ContainerList?"),
		ROW("operation = SystemPing,SystemInfo",
		    "no such operation: *"),
		ROW("operation = SystemPing # c", "no such operation: #*\n*c*"),
		ROW("operation = Nothing*",
		    "operation: Nothing* is no operation*"),
		ROW("operation = CheckpointCreate",
		    "CheckpointCreate can take over the host; *say "
		    "root-equivalent = CheckpointCreate"),
		ROW("operation = CheckpointC*e",
		    "CheckpointCreate can take over *"),
		ROW("operation = CheckpointCreate*",
		    "CheckpointCreate can take over *"),
		ROW("operation = PluginCr*", "PluginCreate can take over *"),
		ROW("operation = ContainerCreateLibpod",
		    "ContainerCreateLibpod can take over *"),
		ROW("root-equivalent = ContainerList",
		    "ContainerList cannot take over the host; say operation = "
		    "ContainerList"),
		ROW("root-equivalent = *", "no such operation: *"),
		ROW("root-equivalent = Container*", "no such operation: *"),
		ROW("root-equivalent = Nothing", "no such operation: Nothing"),
		ROW("group = container", "no such group: container*"),
		ROW("group = container:*", "no such group: container:*"),
		ROW("group = *", "no such group: *"),
		ROW("group = Container:read", "*did you mean container:read?"),
		ROW("group = container:rad", "*did you mean container:read?"),
		ROW("group = secret:data", "no such group: secret:data*"),
		ROW("group = plugin:", "no such group: plugin:*"),
		ROW("group = session:write", "* can take over the host; *"),
		ROW("group = swarm:data", "* can take over the host; *"),
		ROW("request = GET", "*a path that begins with*"),
		ROW("request = /containers/json", "*a method (GET, *"),
		ROW("request = get /containers/json", "*a method (GET, *"),
		ROW("request = PATCH /containers/json", "*a method (GET, *"),
		ROW("request = G* /containers/json", "*a method (GET, *"),
		ROW("request = GET containers/json", "*begins with '/'*"),
		ROW("request = GET * /_ping", "*begins with '/'*"),
		ROW("request = GET *", "*begins with '/'*"),
		ROW("request = GET /_ping /info", "*one method and one path*"),
		ROW("request = GET /v1.41/_ping", "*leave the version off*"),
		ROW("request = GET /v1.*/containers/json",
		    "*leave the version off*"),
		ROW("request = GET /containers/json?all=1",
		    "*leave the query off*"),
		ROW("request = GET /containers/json/", "*an empty segment*"),
		ROW("request = GET //containers/json", "*an empty segment*"),
		ROW("request = GET /containers//json", "*an empty segment*"),
		ROW("request = GET /", "*an empty segment*"),
		ROW("request = GET /nothing", "request: GET /nothing is no *"),
		ROW("request = PUT /_ping", "request: PUT /_ping is no *"),
		ROW("request = GET /containers/a/b/json", "*is no operation*"),
		ROW("request = GET /libpod/nothing", "*is no operation*"),
		ROW("request = POST /plugins/create",
		    "PluginCreate can take over *"),
		ROW("request = POST /containers/*/checkpoints",
		    "CheckpointCreate can take over *"),
		ROW("request = DELETE /containers/a/checkpoints/b",
		    "CheckpointDelete can take over *"),
	};
	char text[256], wanted[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[allow]\n%s\n", rows[i].line);
		snprintf(
		    wanted, sizeof(wanted), "web.ini:2: %s\n", rows[i].wanted);
		policies_refused_web(rows[i].line, text, wanted);
	}
}

/* Else a slip of the fingers in [deny] would deny nothing, and say nothing. */
Test(rules, refuse_patterns_that_no_request_can_match)
{
	static const char *const lines[] = {
		"* /nothing",
		"* /contaners/*/exec",
		"GET /containers/{id}/json",
		"GET /containers/we%62/json",
		"GET /containers/we$b/json",
		"GET /containers/\xc3\xa9/json",
		"GET /images/../json",
		"GET /images/a/./json",
		"OPTIONS /{path}",
	};
	char text[256];
	size_t i;

	for (i = 0; i < CASES(lines); i++) {
		snprintf(
		    text, sizeof(text), "[deny]\nrequest = %s\n", lines[i]);
		policies_refused_web(lines[i], text, "web.ini:2: *\n");
	}
}

Test(rules, complain_of_each_word_in_a_line)
{
	policies_refused_web("three words",
	    "[allow]\noperation = Qqqqqqqqq SystemPing Session\n"
	    "[deny]\ngroup = x:y q:z\n",
	    "web.ini:2: no such operation: Qqqqqqqqq\n"
	    "web.ini:2: Session can take over *\n"
	    "web.ini:4: no such group: x:y\n"
	    "web.ini:4: no such group: q:z\n");
}
