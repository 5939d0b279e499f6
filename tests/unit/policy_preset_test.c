/* SPDX-License-Identifier: MIT */
/* The presets as they are built in: that each says what it is, names only
 * what there is, and reaches no further than it says. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/operation.h"
#include "policy/preset.h"

/* What a preset allows, by the places of operations in the table. */
struct reach {
	bool allowed[OPERATIONS_MAX];
	bool root_key; /* has "root-equivalent =" */
};

static void
allow_operation(struct reach *reach, struct span name, bool root)
{
	const struct operation *operation = operation_named(name);

	cr_assert(operation != NULL, "no operation %.*s", SPAN_ARG(name));
	cr_expect(operation->root == root, "%s is under the wrong key",
	    operation->name);
	cr_expect(not(reach->allowed[operation - operations]),
	    "%s is there twice", operation->name);
	reach->allowed[operation - operations] = true;
}

static void
allow_group(struct reach *reach, struct span group)
{
	struct span section, access, rest = group;
	size_t i;
	bool any = false;

	cr_assert(span_word(&rest, ":", &section));
	cr_assert(span_word(&rest, ":", &access));
	for (i = 0; i < operations_len; i++) {
		if (!span_eq(section, span_of(operations[i].section)) ||
		    !span_eq(access, span_of(operation_access(&operations[i]))))
			continue;
		if (operations[i].root)
			continue;
		reach->allowed[i] = true;
		any = true;
	}
	cr_expect(any, "group %.*s is empty", SPAN_ARG(group));
}

/* Read a preset's text: of the policy language no more than presets use. */
static struct reach
read_preset(const struct preset *preset)
{
	struct reach reach = { 0 };
	struct span text = span_of(preset->text), line, key, word;
	bool in_allow = false;

	while (span_word(&text, "\n", &line)) {
		cr_expect(
		    le(sz, line.len, 198), "%s: a long line", preset->name);
		if (*line.at == ';')
			continue;
		if (*line.at == '[') {
			cr_assert(span_eq(line, SPAN("[allow]")));
			in_allow = true;
			continue;
		}
		cr_assert(in_allow);
		cr_assert(span_word(&line, " =", &key));
		while (span_word(&line, " =", &word)) {
			if (span_eq(key, SPAN("operation")))
				allow_operation(&reach, word, false);
			else if (span_eq(key, SPAN("root-equivalent")))
				allow_operation(&reach, word, true);
			else if (span_eq(key, SPAN("group")))
				allow_group(&reach, word);
			else
				cr_assert(false, "%s: unknown key %.*s",
				    preset->name, SPAN_ARG(key));
		}
		if (span_eq(key, SPAN("root-equivalent")))
			reach.root_key = true;
	}
	return reach;
}

static bool
allows(const char *name, const char *operation)
{
	const struct preset *preset = preset_named(name);
	const struct operation *found = operation_named(span_of(operation));
	struct reach reach;

	cr_assert(preset != NULL && found != NULL, "%s %s", name, operation);
	reach = read_preset(preset);
	return reach.allowed[found - operations];
}

Test(presets, are_these_six_in_alphabetical_order)
{
	static const char *const names[] = { "docker-cli-readonly", "portainer",
		"portainer-readonly", "readonly", "traefik", "watchtower" };
	size_t i;

	cr_assert(eq(sz, presets_len, sizeof(names) / sizeof(*names)));
	for (i = 0; i < presets_len; i++)
		cr_expect(eq(str, (char *)presets[i].name, (char *)names[i]));
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

Test(presets, say_in_their_first_line_what_they_are_for)
{
	struct span summary;
	size_t i;

	for (i = 0; i < presets_len; i++) {
		summary = preset_summary(&presets[i]);
		cr_expect(presets[i].text[0] == ';');
		cr_expect(gt(sz, summary.len, 20), "%s", presets[i].name);
		cr_expect(summary.at[0] >= 'A' && summary.at[0] <= 'Z',
		    "%s: begins with %c", presets[i].name, summary.at[0]);
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

Test(presets, name_only_operations_and_groups_that_exist)
{
	size_t i;

	for (i = 0; i < presets_len; i++)
		read_preset(&presets[i]);
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

Test(presets, give_root_in_watchtower_and_portainer_alone_and_say_so)
{
	static const char warning[] = "CAN TAKE OVER THE HOST";
	struct reach reach;
	struct span summary;
	size_t i, k;
	bool expected, root, warns;

	for (i = 0; i < presets_len; i++) {
		reach = read_preset(&presets[i]);
		expected = strcmp(presets[i].name, "watchtower") == 0 ||
			   strcmp(presets[i].name, "portainer") == 0;
		for (k = 0, root = false; k < operations_len; k++)
			root = root || (reach.allowed[k] && operations[k].root);
		summary = preset_summary(&presets[i]);
		warns = memmem(summary.at, summary.len, warning,
			    sizeof(warning) - 1) != NULL;
		cr_expect(root == expected, "%s", presets[i].name);
		cr_expect(reach.root_key == expected, "%s", presets[i].name);
		cr_expect(warns == expected, "%s", presets[i].name);
	}
}

Test(presets, write_nothing_in_the_read_only_ones_and_traefik)
{
	static const char *const names[] = { "docker-cli-readonly",
		"portainer-readonly", "readonly", "traefik" };
	struct reach reach;
	size_t i, k;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		reach = read_preset(preset_named(names[i]));
		for (k = 0; k < operations_len; k++)
			cr_expect(not(reach.allowed[k] && operations[k].writes),
			    "%s: %s", names[i], operations[k].name);
	}
}

/* Those that do carry data out are the whole list. */
Test(presets, carry_out_no_more_data_than_they_tell)
{
	static const struct {
		const char *preset, *operation;
	} told[] = {
		{"docker-cli-readonly",	 "ContainerLogs"},
		{ "docker-cli-readonly", "ContainerTop" },
		{ "portainer-readonly",	"ContainerLogs"},
		{ "portainer-readonly",	"ContainerTop" },
	};
	struct reach reach;
	size_t i, k, t, seen = 0;
	bool is_told;

	for (i = 0; i < presets_len; i++) {
		if (strcmp(presets[i].name, "portainer") == 0)
			continue;
		reach = read_preset(&presets[i]);
		for (k = 0; k < operations_len; k++) {
			if (!reach.allowed[k] || !operations[k].data)
				continue;
			is_told = false;
			for (t = 0; t < sizeof(told) / sizeof(*told); t++)
				if (strcmp(presets[i].name, told[t].preset) ==
					0 &&
				    strcmp(operations[k].name,
					told[t].operation) == 0)
					is_told = true;
			cr_expect(is_told, "%s: %s", presets[i].name,
			    operations[k].name);
			seen++;
		}
	}
	cr_expect(eq(sz, seen, sizeof(told) / sizeof(*told)));
}

Test(presets, make_the_daemon_connect_nowhere_but_in_portainer)
{
	static const char *const dialling[] = { "ImageSearch",
		"DistributionInspect", "GetPluginPrivileges", "SystemAuth" };
	size_t i, k;

	for (i = 0; i < presets_len; i++) {
		if (strcmp(presets[i].name, "portainer") == 0)
			continue;
		for (k = 0; k < sizeof(dialling) / sizeof(*dialling); k++)
			cr_expect(not(allows(presets[i].name, dialling[k])),
			    "%s: %s", presets[i].name, dialling[k]);
	}
}

Test(presets, traefik_is_what_its_docker_provider_calls_and_no_more)
{
	static const char *const wanted[] = { "SystemPing", "SystemPingHead",
		"SystemVersion", "ContainerList", "ContainerInspect",
		"SystemEvents" };
	struct reach reach = read_preset(preset_named("traefik"));
	size_t i, count = 0;

	for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		cr_expect(allows("traefik", wanted[i]), "%s", wanted[i]);
	for (i = 0; i < operations_len; i++)
		count += reach.allowed[i];
	cr_expect(eq(sz, count, sizeof(wanted) / sizeof(*wanted)));
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
