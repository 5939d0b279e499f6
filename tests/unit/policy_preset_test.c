/* SPDX-License-Identifier: MIT */
/* The presets as they are built in: that each says what it is, and that what a
 * profile gets by extending one reaches no further than it says. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/preset.h"
#include "policy/reach.h"
#include "policy/verdict.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

/* The policy of one profile, which extends the preset and says no more. */
static struct policy *
load(const char *name)
{
	char text[64];

	cr_assert(preset_named(name) != NULL, "%s", name);
	snprintf(text, sizeof(text), "[profile]\nextends = %s\n", name);
	return policies_web(text);
}

static bool
allows(const char *name, const char *operation)
{
	const struct operation *found = operation_named(span_of(operation));
	struct policy *policy = load(name);
	enum coverage coverage;

	cr_assert(found != NULL, "%s", operation);
	coverage = verdict_coverage(&policy->profiles[0], found);
	policy_free(policy);
	return coverage != COVERAGE_NONE;
}

Test(presets, are_in_alphabetical_order)
{
	size_t i;

	cr_assert(eq(sz, presets_len, 32));
	for (i = 1; i < presets_len; i++)
		cr_expect(strcmp(presets[i - 1].name, presets[i].name) < 0,
		    "%s", presets[i].name);
}

Test(presets, are_found_by_their_whole_name_only)
{
	size_t i;

	for (i = 0; i < presets_len; i++)
		cr_expect(preset_named(presets[i].name) == &presets[i]);
	cr_expect(preset_named("traefi") == NULL);
	cr_expect(preset_named("traefik2") == NULL);
	cr_expect(preset_named("Traefik") == NULL);
	cr_expect(preset_named("") == NULL);
}

/* With its name in front, each has a line of a terminal. */
Test(presets, say_in_their_first_line_what_they_are_for)
{
	struct span summary;
	size_t i;

	for (i = 0; i < presets_len; i++) {
		summary = preset_summary(&presets[i]);
		cr_expect(presets[i].text[0] == ';');
		cr_expect(gt(sz, summary.len, 20), "%s", presets[i].name);
		cr_expect(le(sz, summary.len, 59), "%s", presets[i].name);
		cr_expect(
		    le(sz, strlen(presets[i].name), 20), "%s", presets[i].name);
		cr_expect(memmem(summary.at, summary.len, ": ", 2) != NULL,
		    "%s", presets[i].name);
		cr_expect(memchr(summary.at, '\n', summary.len) == NULL);
	}
	cr_expect(span_starts(
	    preset_summary(preset_named("traefik")), SPAN("Traefik: ")));
}

Test(presets, summaries_are_taken_without_the_comment_sign)
{
	const struct preset preset = { "x", "; A: b\n; more\n[allow]\n" };
	const struct preset bare = { "x", ";\n[allow]\n" };

	cr_expect(span_eq(preset_summary(&preset), SPAN("A: b")));
	cr_expect(eq(sz, preset_summary(&bare).len, 0));
}

/* How often a word stands in a preset's text behind "operation =". */
static size_t
count_word(const struct preset *preset, const char *name)
{
	struct span text = span_of(preset->text), line, key, word;
	size_t count = 0;

	while (span_word(&text, "\n", &line)) {
		span_word(&line, " =", &key);
		while (span_eq(key, SPAN("operation")) &&
		       span_word(&line, " =", &word))
			count += span_eq(word, span_of(name));
	}
	return count;
}

/* policies_web() takes no complaint. */
Test(presets, are_profiles_without_a_mistake)
{
	struct span text, line;
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		policy_free(load(presets[i].name));
		text = span_of(presets[i].text);
		while (span_word(&text, "\n", &line))
			cr_expect(le(sz, line.len, 198), "%s: a long line",
			    presets[i].name);
		for (k = 0; k < operations_len; k++)
			cr_expect(
			    le(sz, count_word(&presets[i], operations[k].name),
				1),
			    "%s: %s is there twice", presets[i].name,
			    operations[k].name);
	}
}

Test(presets, let_clients_find_the_api_version)
{
	size_t i;

	for (i = 0; i < presets_len; i++) {
		cr_expect(allows(presets[i].name, "SystemPing"));
		cr_expect(allows(presets[i].name, "SystemPingHead"));
		cr_expect(allows(presets[i].name, "SystemVersion"));
	}
}

/* What stands behind "; check: ", where it stands once. */
static struct span
told_reach(const struct preset *preset)
{
	struct span text = span_of(preset->text), line, told = { NULL, 0 };

	while (span_word(&text, "\n", &line)) {
		if (!span_starts(line, SPAN("; check: ")))
			continue;
		cr_assert(told.at == NULL, "%s: told twice", preset->name);
		told = (struct span){ line.at + 9, line.len - 9 };
	}
	return told;
}

/* What each comes to, and that a line more would make it root, where it makes
 * containers. */
Test(presets, tell_what_they_can_reach_and_give_root_to_nobody)
{
	struct policy *policy;
	enum reach reach;
	char text[128];
	size_t i;
	bool root;

	for (i = 0; i < presets_len; i++) {
		policy = load(presets[i].name);
		reach = reach_of(&policy->profiles[0]);
		policy_free(policy);
		cr_expect(reach == REACH_SECRETS || reach == REACH_OTHERS, "%s",
		    presets[i].name);
		cases_same(presets[i].name, told_reach(&presets[i]),
		    span_of(reach_name(reach)));
		snprintf(text, sizeof(text),
		    "[profile]\nextends = %s\n[container]\nprivileged = yes\n",
		    presets[i].name);
		policy = policies_web(text);
		root = reach_of(&policy->profiles[0]) == REACH_ROOT;
		policy_free(policy);
		cr_expect(root == allows(presets[i].name, "ContainerCreate"),
		    "%s", presets[i].name);
	}
}

/* Another profile of such a name must not change what a preset is. */
Test(presets, extend_nothing)
{
	size_t i;

	for (i = 0; i < presets_len; i++)
		cr_expect(strstr(presets[i].text, "\nextends") == NULL, "%s",
		    presets[i].name);
}

/* None has anything as root-equivalent. */
Test(presets, leave_nothing_unjudged_that_somebody_looks_into)
{
	const struct profile *profile;
	struct policy *policy;
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		policy = load(presets[i].name);
		profile = &policy->profiles[0];
		for (k = 0; k < operations_len; k++) {
			cr_expect(not(profile->unjudged[k]), "%s: %s",
			    presets[i].name, operations[k].name);
			if (operations[k].root &&
			    !policies_inspects(&operations[k]))
				cr_expect(verdict_coverage(profile,
					      &operations[k]) == COVERAGE_NONE,
				    "%s: %s", presets[i].name,
				    operations[k].name);
		}
		policy_free(policy);
	}
}

/* To know what is new, Watchtower pulls it. */
Test(presets, write_nothing_where_they_only_read)
{
	struct policy *policy;
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		policy = load(presets[i].name);
		for (k = 0; k < operations_len; k++)
			if (reach_of(&policy->profiles[0]) == REACH_SECRETS &&
			    operations[k].writes &&
			    (strcmp(presets[i].name, "watchtower-monitor") !=
				    0 ||
				strcmp(operations[k].name, "ImageCreate") != 0))
				cr_expect(verdict_coverage(&policy->profiles[0],
					      &operations[k]) == COVERAGE_NONE,
				    "%s: %s", presets[i].name,
				    operations[k].name);
		policy_free(policy);
	}
}

/* Of a preset that is not in the list, nothing is told. */
struct told {
	const char *preset, *operations;
};

static struct span
told_of(const struct told *told, size_t len, const char *preset)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(told[i].preset, preset) == 0)
			return span_of(told[i].operations);
	return SPAN("");
}

/* Those that do are the whole list. */
Test(presets, carry_out_no_more_data_than_they_tell)
{
	static const struct told told[] = {
		{"act-runner",		"ContainerLogs ContainerAttach "
				"ContainerArchive ExecStart ImageBuild "	 },
		{ "ci-runner",	       "ContainerTop ContainerLogs ContainerAttach "
			       "ContainerArchive ExecStart ImageBuild "
			       "ImagePush "				    },
		{ "devcontainers",	   "ContainerAttach ExecStart ImageBuild "				   },
		{ "docker-cli",		"ContainerTop ContainerLogs ContainerExport "
				"ContainerAttach ContainerAttachWebsocket "
				"ContainerArchive ExecStart ImageBuild "
				"ImagePush ImageCommit ImageGet ImageGetAll "},
		{ "docker-cli-readonly", "ContainerTop ContainerLogs "				       },
		{ "docker-compose",
		    "ContainerTop ContainerLogs ContainerAttach "
		    "ContainerArchive ExecStart ImageBuild "
		    "ImagePush "									    },
		{ "dozzle",		    "ContainerLogs "						   },
		{ "github-runner",	   "ContainerLogs ContainerAttach ExecStart "
				   "ImageBuild ImagePush "		   },
		{ "gitlab-runner",	   "ContainerLogs ContainerAttach "				    },
		{ "ofelia",		    "ExecStart "						       },
		{ "portainer",	       "ContainerTop ContainerLogs ContainerExport "
			       "ContainerAttach ContainerAttachWebsocket "
			       "ContainerArchive ExecStart ImageBuild "
			       "ImagePush ImageCommit ImageGet ImageGetAll "  },
		{ "portainer-readonly",	"ContainerTop ContainerLogs "				      },
		{ "testcontainers",	    "ContainerLogs ContainerAttach "
				    "ContainerArchive ExecStart ImageBuild "
				    "ImageCommit "			   },
	};
	struct policy *policy;
	char memory[512];
	struct text text;
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		policy = load(presets[i].name);
		text = TEXT(memory);
		for (k = 0; k < operations_len; k++)
			if (operations[k].data &&
			    verdict_coverage(&policy->profiles[0],
				&operations[k]) != COVERAGE_NONE)
				text_format(&text, "%s ", operations[k].name);
		policy_free(policy);
		cases_same(presets[i].name, text_span(&text),
		    told_of(told, CASES(told), presets[i].name));
	}
}

/* Wherever a request says, or a registry is. */
Test(presets, make_the_daemon_connect_where_they_must_only)
{
	static const char *const dialling[] = { "ImageBuild", "ImageCreate",
		"ImagePush", "ImageSearch", "DistributionInspect",
		"GetPluginPrivileges", "PluginPull", "SystemAuth" };
	static const struct told told[] = {
		{"act-runner",		"ImageBuild ImageCreate "			  },
		{ "ci-runner",	       "ImageBuild ImageCreate ImagePush SystemAuth "},
		{ "devcontainers",	   "ImageBuild ImageCreate "		     },
		{ "docker-cli",		"ImageBuild ImageCreate ImagePush ImageSearch "
				"SystemAuth "	      },
		{ "docker-compose",	    "ImageBuild ImageCreate ImagePush "		},
		{ "github-runner",
		    "ImageBuild ImageCreate ImagePush SystemAuth "			   },
		{ "gitlab-runner",	   "ImageCreate "				  },
		{ "portainer",	       "ImageBuild ImageCreate ImagePush ImageSearch "
			       "SystemAuth "	     },
		{ "testcontainers",	    "ImageBuild ImageCreate "		      },
		{ "watchtower",		"ImageCreate "				       },
		{ "watchtower-monitor", "ImageCreate "				       },
	};
	char memory[512];
	struct text text;
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		text = TEXT(memory);
		for (k = 0; k < CASES(dialling); k++)
			if (allows(presets[i].name, dialling[k]))
				text_format(&text, "%s ", dialling[k]);
		cases_same(presets[i].name, text_span(&text),
		    told_of(told, CASES(told), presets[i].name));
	}
}

Test(presets, traefik_is_what_its_docker_provider_calls_and_no_more)
{
	struct policy *policy = load("traefik");

	cases_same("traefik", span_of(policies_allowed(&policy->profiles[0])),
	    SPAN("ContainerList ContainerInspect SystemVersion SystemPing "
		 "SystemPingHead SystemEvents "));
	policy_free(policy);
}

Test(presets, watchtower_creates_containers_but_runs_nothing_in_them)
{
	cr_expect(allows("watchtower", "ContainerCreate"));
	cr_expect(allows("watchtower", "ImageCreate"));
	cr_expect(allows("watchtower", "NetworkConnect"));
	cr_expect(not(allows("watchtower", "ContainerExec")));
	cr_expect(not(allows("watchtower", "ExecStart")));
	cr_expect(not(allows("watchtower", "NetworkCreate")));
	cr_expect(not(allows("watchtower", "PutContainerArchive")));
}

Test(presets, portainer_has_its_console_but_no_swarm_to_manage)
{
	cr_expect(allows("portainer", "ContainerExec"));
	cr_expect(allows("portainer", "ExecStart"));
	cr_expect(allows("portainer", "ContainerAttach"));
	cr_expect(allows("portainer", "ImageGetAll"));
	cr_expect(not(allows("portainer", "ServiceCreate")));
	cr_expect(not(allows("portainer", "SwarmInspect")));
	cr_expect(not(allows("portainer", "ConfigList")));
	cr_expect(not(allows("portainer", "PluginPull")));
	cr_expect(not(allows("portainer", "Grpc")));
}

Test(presets, ci_runner_builds_and_runs_but_manages_nothing)
{
	cr_expect(allows("ci-runner", "ImageBuild"));
	cr_expect(allows("ci-runner", "ContainerCreate"));
	cr_expect(allows("ci-runner", "ContainerExec"));
	cr_expect(allows("ci-runner", "VolumeCreate"));
	cr_expect(not(allows("ci-runner", "Session")));
	cr_expect(not(allows("ci-runner", "Grpc")));
	cr_expect(not(allows("ci-runner", "ContainerUpdate")));
	cr_expect(not(allows("ci-runner", "VolumePrune")));
	cr_expect(not(allows("ci-runner", "ServiceCreate")));
	cr_expect(not(allows("ci-runner", "ImageGet")));
}

#define EXTENDS(preset) "[profile]\nextends = " preset "\n"
#define NO_FACTS          \
	{                 \
		{         \
			0 \
		}         \
	}
#define HOST(text) "{\"Image\":\"web\",\"HostConfig\":{" text "}}"
#define MAKE(name, preset, text, wanted)                                   \
	{                                                                  \
		name, EXTENDS(preset), "POST /containers/create?name=web", \
		    HOST(text), wanted, NO_FACTS                           \
	}
#define PORTS "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8080\"}]}"

/* Containers with a network, and nothing of the host's. */
Test(presets, allow_containers_without_the_host)
{
	static const struct inspections_row rows[] = {
		MAKE("privileged", "watchtower", "\"Privileged\":true",
		    "403 HostConfig.Privileged*"),
		MAKE("privileged", "portainer", "\"Privileged\":true",
		    "403 HostConfig.Privileged*"),
		MAKE("privileged", "ci-runner", "\"Privileged\":true",
		    "403 HostConfig.Privileged*"),
		MAKE("the root", "watchtower", "\"Binds\":[\"/:/h\"]",
		    "403 HostConfig.Binds[0]*"),
		MAKE("the root", "portainer", "\"Binds\":[\"/:/h\"]",
		    "403 HostConfig.Binds[0]*"),
		MAKE("the root", "ci-runner", "\"Binds\":[\"/:/h\"]",
		    "403 HostConfig.Binds[0]*"),
		MAKE("the host's network", "ci-runner",
		    "\"NetworkMode\":\"host\"", "403 HostConfig.NetworkMode*"),
		MAKE("the host's network", "portainer",
		    "\"NetworkMode\":\"host\"", "403 HostConfig.NetworkMode*"),
		MAKE("the host's network", "watchtower",
		    "\"NetworkMode\":\"host\"", "403 HostConfig.NetworkMode*"),
		MAKE("a port", "watchtower", PORTS, HOST(PORTS)),
		MAKE("a port", "portainer", PORTS, HOST(PORTS)),
		MAKE("a port", "ci-runner", PORTS,
		    "403 HostConfig.PortBindings.80/tcp[0]*"),
		MAKE("the daemon's runtime", "watchtower",
		    "\"Runtime\":\"runc\"", HOST("\"Runtime\":\"runc\"")),
		MAKE("another runtime", "watchtower", "\"Runtime\":\"other\"",
		    "403 HostConfig.Runtime*"),
	};

	inspections_check(rows, CASES(rows));
}
