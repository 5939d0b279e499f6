/* SPDX-License-Identifier: MIT */
/* postern check: validate the configuration, and say of each profile where its
 * door is, what comes through it, and what that can lead to. */

#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "policy/reach.h"
#include "policy/verdict.h"

enum {
	WIDTH = 78,
	LABEL = 12
};

/* "label  word word ...", folded; nothing where there is no word. */
struct list {
	const char *label;
	size_t column;
};

static void
list_add(struct list *list, const char *word)
{
	size_t len = strlen(word);

	if (list->column == 0 || list->column + 1 + len > WIDTH) {
		printf("%s  %-*s", list->column == 0 ? "" : "\n", LABEL,
		    list->column == 0 ? list->label : "");
		list->column = LABEL + 2;
	}
	printf(" %s", word);
	list->column += 1 + len;
}

static void
list_end(const struct list *list)
{
	if (list->column > 0)
		putchar('\n');
}

static void
print_operations(
    const struct profile *profile, const char *label, enum coverage coverage)
{
	struct list list = { label, 0 };
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (verdict_coverage(profile, &operations[i]) == coverage)
			list_add(&list, operations[i].name);
	list_end(&list);
}

/* "ContainerCreate", or by what of it: "ContainerCreate: [container] bind =
 * /srv:rw". Good until the next call. */
static const char *
name_cause(const struct reach_cause *cause)
{
	const struct section_row *row = &section_rows[cause->key];
	static char name[512];

	if (cause->key == KEY_NONE)
		return cause->operation->name;
	snprintf(name, sizeof(name), "%s: [%s] %s = %s", cause->operation->name,
	    row->section, row->name,
	    cause->rule == NULL ? "yes" : cause->rule->text);
	return name;
}

/* The causes of one reach. */
struct causes {
	enum reach reach;
	bool by_key; /* those with a key, or those without */
	struct list list;
	bool json;
	bool follows;
};

static void
print_cause(void *arg, const struct reach_cause *cause)
{
	struct causes *causes = arg;

	if (cause->reach != causes->reach)
		return;
	if (causes->json) {
		fputs(causes->follows ? "," : "", stdout);
		output_json_string(span_of(name_cause(cause)));
		causes->follows = true;
	} else if ((cause->key != KEY_NONE) == causes->by_key) {
		list_add(&causes->list, name_cause(cause));
		/* A key's value may hold blanks: it has a line of its own. */
		if (causes->by_key)
			causes->list.column = WIDTH;
	}
}

static void
print_causes(const struct profile *profile, const char *label, enum reach reach)
{
	struct causes causes = {
		.reach = reach, .list = {label, 0}
	};

	reach_each(profile, print_cause, &causes);
	if (causes.list.column > 0)
		causes.list.column = WIDTH;
	causes.by_key = true;
	reach_each(profile, print_cause, &causes);
	list_end(&causes.list);
}

static void
print_note(void *arg, const char *note)
{
	struct span rest = span_of(note), word;
	struct list list = { "note", 0 };
	char memory[WIDTH];
	struct text text;

	(void)arg;
	while (span_word(&rest, " ", &word)) {
		text = TEXT(memory);
		text_add(&text, word);
		text_char(&text, '\0');
		list_add(&list, memory);
	}
	list_end(&list);
}

static void
print_profile(const struct profile *profile, const char *path)
{
	printf("%s: %s\n", profile->name, profile->file);
	printf("  %-*s %s, mode %04o\n", LABEL, "door", path,
	    (unsigned)profile->door.mode);
	if (profile->extends != NULL)
		printf("  %-*s %s\n", LABEL, "extends", profile->extends);
	printf(
	    "  %-*s %s\n", LABEL, "can reach", reach_name(reach_of(profile)));
	print_causes(profile, "  root by", REACH_ROOT);
	print_causes(profile, "  changes by", REACH_OTHERS);
	print_causes(profile, "  secrets by", REACH_SECRETS);
	reach_notes(profile, print_note, NULL);
	print_operations(profile, "allows", COVERAGE_ALL);
	print_operations(profile, "allows some", COVERAGE_SOME);
}

static void
print_json_operations(
    const struct profile *profile, const char *label, enum coverage coverage)
{
	bool follows = false;
	size_t i;

	printf(",\"%s\":[", label);
	for (i = 0; i < operations_len; i++) {
		if (verdict_coverage(profile, &operations[i]) != coverage)
			continue;
		fputs(follows ? "," : "", stdout);
		output_json_string(span_of(operations[i].name));
		follows = true;
	}
	putchar(']');
}

static void
print_json_causes(
    const struct profile *profile, const char *label, enum reach reach)
{
	struct causes causes = { .reach = reach, .json = true };

	printf(",\"%s\":[", label);
	reach_each(profile, print_cause, &causes);
	putchar(']');
}

static void
print_json_note(void *arg, const char *note)
{
	bool *follows = arg;

	fputs(*follows ? "," : "", stdout);
	output_json_string(span_of(note));
	*follows = true;
}

static void
print_json_profile(const struct profile *profile, const char *path)
{
	bool follows = false;

	putchar('{');
	output_json_member("name", profile->name, false);
	output_json_member("file", profile->file, true);
	output_json_member("extends", profile->extends, true);
	output_json_member("door", path, true);
	printf(",\"mode\":\"%04o\"", (unsigned)profile->door.mode);
	printf(",\"observes\":%s", profile->observes ? "true" : "false");
	output_json_member("reach", reach_name(reach_of(profile)), true);
	print_json_causes(profile, "root", REACH_ROOT);
	print_json_causes(profile, "changes", REACH_OTHERS);
	print_json_causes(profile, "secrets", REACH_SECRETS);
	fputs(",\"notes\":[", stdout);
	reach_notes(profile, print_json_note, &follows);
	putchar(']');
	print_json_operations(profile, "allows", COVERAGE_ALL);
	print_json_operations(profile, "allows_some", COVERAGE_SOME);
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

static void
print_names(const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->profiles_len; i++)
		puts(policy->profiles[i].name);
}

static bool
can_reach_root(const struct policy *policy)
{
	bool can = false;
	size_t i;

	for (i = 0; i < policy->profiles_len; i++) {
		if (reach_of(&policy->profiles[i]) != REACH_ROOT)
			continue;
		fprintf(stderr, "postern: %s can reach root on the host\n",
		    policy->profiles[i].name);
		can = true;
	}
	return can;
}

int
command_check(const struct options *options, char **arguments)
{
	struct settings settings;
	int status;

	if (arguments[0] != NULL)
		return command_usage("check takes no arguments");
	if (options->json && options->names)
		return command_usage("check takes --json or --names");
	if ((status = settings_load(options, NULL, &settings)) != 0)
		return status;
	if (options->names)
		print_names(settings.policy);
	else
		status = print_all(options, &settings.config, settings.policy);
	if (status == 0 && options->no_root && can_reach_root(settings.policy))
		status = 4;
	settings_clear(&settings);
	return status;
}
