/* SPDX-License-Identifier: MIT */
/* postern check: validate the configuration, and say of each profile where its
 * door is, what comes through it, and what that can lead to. */

#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "policy/verdict.h"

enum {
	WIDTH = 78,
	LABEL = 12
};

/* Which operations a line is about. All but the first two are about those
 * that are allowed, wholly or in part. */
enum list {
	LIST_ALLOWED, /* whatever their arguments */
	LIST_PARTLY,  /* with some arguments */
	LIST_SECRETS, /* that show what may be secret */
	LIST_DATA,    /* that carry content out */
	LIST_ROOT     /* that can take over the host */
};

static bool
is_in(const struct profile *profile, const struct operation *operation,
    enum list list)
{
	enum coverage coverage = verdict_coverage(profile, operation);

	switch (list) {
	case LIST_ALLOWED:
		return coverage == COVERAGE_ALL;
	case LIST_PARTLY:
		return coverage == COVERAGE_SOME;
	case LIST_SECRETS:
		return coverage != COVERAGE_NONE && operation->secrets;
	case LIST_DATA:
		return coverage != COVERAGE_NONE && operation->data;
	case LIST_ROOT:
		return coverage != COVERAGE_NONE && operation->root;
	}
	return false;
}

/* "label  Name Name ...", folded; nothing where there is no name. */
static void
print_list(const struct profile *profile, const char *label, enum list list)
{
	size_t i, column = 0, len;

	for (i = 0; i < operations_len; i++) {
		if (!is_in(profile, &operations[i], list))
			continue;
		len = span_of(operations[i].name).len;
		if (column == 0 || column + 1 + len > WIDTH) {
			printf("%s  %-*s", column == 0 ? "" : "\n", LABEL,
			    column == 0 ? label : "");
			column = LABEL + 2;
		}
		printf(" %s", operations[i].name);
		column += 1 + len;
	}
	if (column > 0)
		putchar('\n');
}

static bool
has_any(const struct profile *profile, enum list list)
{
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (is_in(profile, &operations[i], list))
			return true;
	return false;
}

/* The worst that a client could make of it. */
static const char *
reach(const struct profile *profile)
{
	if (has_any(profile, LIST_ROOT))
		return "root on the host";
	if (has_any(profile, LIST_DATA))
		return "content of containers and images";
	if (has_any(profile, LIST_SECRETS))
		return "secrets in environments and settings";
	return "nothing risky";
}

static void
print_profile(const struct profile *profile, const char *path)
{
	printf("%s: %s\n", profile->name, profile->file);
	printf("  %-*s %s, mode %04o\n", LABEL, "door", path,
	    (unsigned)profile->door.mode);
	if (profile->extends != NULL)
		printf("  %-*s %s\n", LABEL, "extends", profile->extends);
	printf("  %-*s %s\n", LABEL, "can reach", reach(profile));
	print_list(profile, "  root by", LIST_ROOT);
	print_list(profile, "  data by", LIST_DATA);
	print_list(profile, "  secrets by", LIST_SECRETS);
	print_list(profile, "allows", LIST_ALLOWED);
	print_list(profile, "allows some", LIST_PARTLY);
}

static void
print_json_list(
    const struct profile *profile, const char *label, enum list list)
{
	bool follows = false;
	size_t i;

	printf(",\"%s\":[", label);
	for (i = 0; i < operations_len; i++) {
		if (!is_in(profile, &operations[i], list))
			continue;
		if (follows)
			putchar(',');
		output_json_string(span_of(operations[i].name));
		follows = true;
	}
	putchar(']');
}

static void
print_json_profile(const struct profile *profile, const char *path)
{
	putchar('{');
	output_json_member("name", profile->name, false);
	output_json_member("file", profile->file, true);
	output_json_member("extends", profile->extends, true);
	output_json_member("door", path, true);
	printf(",\"mode\":\"%04o\"", (unsigned)profile->door.mode);
	output_json_member("reach", reach(profile), true);
	print_json_list(profile, "root", LIST_ROOT);
	print_json_list(profile, "data", LIST_DATA);
	print_json_list(profile, "secrets", LIST_SECRETS);
	print_json_list(profile, "allows", LIST_ALLOWED);
	print_json_list(profile, "allows_some", LIST_PARTLY);
	putchar('}');
}

static int
print_all(const struct options *options, const struct config *config,
    const struct policy *policy)
{
	char path[108];
	struct err err;
	size_t i;

	if (options->json)
		fputs("{\"profiles\":[", stdout);
	for (i = 0; i < policy->profiles_len; i++) {
		if (settings_door_path(
			config, &policy->profiles[i], path, &err) == -1) {
			fprintf(stderr, "postern: %s\n", err.text);
			return 3;
		}
		if (options->json) {
			fputs(i > 0 ? ",\n" : "", stdout);
			print_json_profile(&policy->profiles[i], path);
		} else {
			fputs(i > 0 ? "\n" : "", stdout);
			print_profile(&policy->profiles[i], path);
		}
	}
	if (options->json)
		puts("]}");
	return 0;
}

int
command_check(const struct options *options, char **arguments)
{
	struct settings settings;
	int status;

	if (arguments[0] != NULL)
		return command_usage("check takes no arguments");
	if ((status = settings_load(options, NULL, &settings)) != 0)
		return status;
	status = print_all(options, &settings.config, settings.policy);
	settings_clear(&settings);
	return status;
}
