/* SPDX-License-Identifier: MIT */
/* Profiles out of INI files: the keys, what extends what, and the finished
 * policy. What a key's value means is read in rules.c and door_options.c. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "policy/inspect.h"
#include "policy/inspect/checks.h"
#include "policy/preset.h"
#include "policy/profile.h"
#include "policy/profile_build.h"

void *
must(void *memory)
{
	if (memory == NULL)
		err(1, "reading the configuration");
	return memory;
}

struct origin
builder_origin(const struct builder *b, const struct inifile_entry *entry)
{
	return (struct origin){ b->file_index, (uint16_t)entry->line };
}

bool
builder_sets(
    struct builder *b, const struct inifile_entry *entry, struct origin *at)
{
	if (at->line != 0 && at->file == b->file_index)
		complain(b->complaints, b->file, entry->line,
		    "%s stands in line %u already", entry->key,
		    (unsigned)at->line);
	if (at->line != 0)
		return false;
	*at = builder_origin(b, entry);
	return true;
}

void
builder_refuse(
    struct builder *b, const struct inifile_entry *entry, const char *why)
{
	complain(b->complaints, b->file, entry->line, "%s = %s: %s", entry->key,
	    entry->value, why);
}

bool
profile_name_is_good(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!((name.at[i] >= '0' && name.at[i] <= '9') ||
			(name.at[i] >= 'A' && name.at[i] <= 'Z') ||
			(name.at[i] >= 'a' && name.at[i] <= 'z') ||
			name.at[i] == '_' ||
			(i > 0 && (name.at[i] == '-' || name.at[i] == '.'))))
			return false;
	return name.len > 0;
}

static void
read_extends(struct builder *b, const struct inifile_entry *entry)
{
	if (b->extends != NULL) {
		complain(b->complaints, b->file, entry->line,
		    "extends stands in line %u already", b->extends_line);
		return;
	}
	b->extends = must(strdup(entry->value));
	b->extends_line = entry->line;
}

static void
read_mode(struct builder *b, const struct inifile_entry *entry)
{
	if (!builder_sets(b, entry, &b->profile->observes_at))
		return;
	b->profile->observes = strcmp(entry->value, "observe") == 0;
	if (!b->profile->observes && strcmp(entry->value, "enforce") != 0)
		builder_refuse(b, entry, "enforce or observe is needed");
}

static void
read_observe_root(struct builder *b, const struct inifile_entry *entry)
{
	if (!builder_sets(b, entry, &b->profile->observes_root_at))
		return;
	b->profile->observes_root = strcmp(entry->value, "yes") == 0;
	if (!b->profile->observes_root && strcmp(entry->value, "no") != 0)
		builder_refuse(b, entry, "yes or no is needed");
}

static void
read_connections(struct builder *b, const struct inifile_entry *entry)
{
	size_t number;

	if (!builder_sets(b, entry, &b->profile->connections_at))
		return;
	if (!config_size(entry->value, 1, LIMIT_CONNECTIONS_MAX, &number))
		builder_refuse(
		    b, entry, "a number from 1 to 1000000 is needed");
	else
		b->profile->connections = (unsigned)number;
}

static void
read_requests(struct builder *b, const struct inifile_entry *entry)
{
	size_t number;

	if (!builder_sets(b, entry, &b->profile->requests_at))
		return;
	/* Not 1K, which some would take for 1000. */
	if (entry->value[strspn(entry->value, "0123456789")] != '\0' ||
	    !config_size(entry->value, 1, LIMIT_REQUESTS_MAX, &number))
		builder_refuse(
		    b, entry, "a whole number from 1 to 1000000 is needed");
	else
		b->profile->requests = (unsigned)number;
}

static void
read_body(struct builder *b, const struct inifile_entry *entry)
{
	if (!builder_sets(b, entry, &b->profile->body_at))
		return;
	if (!config_size(entry->value, 1, LIMIT_BODY_MAX, &b->profile->body))
		builder_refuse(b, entry, "a size from 1 to 64M is needed");
}

static const struct key keys[] = {
	{"profile",  "extends",		read_extends	     },
	{ "profile", "mode",		     read_mode	       },
	{ "profile", "observe-root",	     read_observe_root    },
	{ "socket",  "mode",		    door_options_mode    },
	{ "socket",  "user",		    door_options_user    },
	{ "socket",  "group",		     door_options_group	},
	{ "socket",  "peers",		     door_options_peers	},
	{ "socket",  "path",		    door_options_path    },
	{ "allow",   "operation",		rules_operation	},
	{ "allow",   "group",		    rules_group		},
	{ "allow",   "request",	      rules_request	    },
	{ "allow",   "root-equivalent",     rules_root_equivalent},
	{ "deny",	  "operation",	       rules_operation      },
	{ "deny",	  "group",		   rules_group	       },
	{ "deny",	  "request",	     rules_request	   },
	{ "limits",  "connections",	   read_connections	    },
	{ "limits",  "requests-per-second", read_requests	 },
	{ "limits",  "body",		    read_body	      },
};

enum {
	KEYS = sizeof(keys) / sizeof(keys[0]),
	ALL_KEYS = KEYS + SECTION_KEYS
};

static void
on_section(void *arg, const char *section, unsigned line)
{
	struct builder *b = arg;
	const char *names[ALL_KEYS];
	size_t i, len = 0;

	for (i = 0; i < KEYS; i++)
		names[len++] = keys[i].section;
	for (i = KEY_NONE + 1; i < SECTION_KEYS; i++)
		names[len++] = section_rows[i].section;
	for (i = 0; i < len; i++)
		if (strcmp(names[i], section) == 0)
			return;
	complain_unknown(
	    b->complaints, b->file, line, "section", section, names, len);
}

/* The names of a section's keys. */
static size_t
keys_of(const char *section, const char *names[ALL_KEYS])
{
	size_t i, len = 0;

	for (i = 0; i < KEYS; i++)
		if (strcmp(keys[i].section, section) == 0)
			names[len++] = keys[i].name;
	for (i = KEY_NONE + 1; i < SECTION_KEYS; i++)
		if (strcmp(section_rows[i].section, section) == 0)
			names[len++] = section_rows[i].name;
	return len;
}

static const struct key *
find_key(const struct inifile_entry *entry)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (strcmp(keys[i].section, entry->section) == 0 &&
		    strcmp(keys[i].name, entry->key) == 0)
			return &keys[i];
	return NULL;
}

static void
on_entry(void *arg, const struct inifile_entry *entry)
{
	enum section_key number = section_find(entry->section, entry->key);
	const struct key *key = find_key(entry);
	struct builder *b = arg;
	const char *names[ALL_KEYS];
	size_t len;

	if (key != NULL || number != KEY_NONE) {
		if (*entry->value == '\0')
			builder_refuse(b, entry, "a value is missing");
		else if (key != NULL)
			key->read(b, entry);
		else
			section_read(b, entry, number);
		return;
	}
	/* Of an unknown section on_section() has complained. */
	if ((len = keys_of(entry->section, names)) > 0)
		complain_unknown(b->complaints, b->file, entry->line, "key",
		    entry->key, names, len);
}

/* The index of a file in policy->files, for origins. */
static uint16_t
add_file(struct policy *policy, const char *file)
{
	size_t i;

	for (i = 0; i < policy->files_len; i++)
		if (strcmp(policy->files[i], file) == 0)
			return (uint16_t)i;
	if (policy->files_len == LIMIT_INI_FILES)
		errx(1, "more than %d policy files", LIMIT_INI_FILES);
	policy->files = must(reallocarray(
	    policy->files, policy->files_len + 1, sizeof(*policy->files)));
	policy->files[policy->files_len] = must(strdup(file));
	return (uint16_t)policy->files_len++;
}

/* What a profile that calls itself NAME means by "extends": another
 * profile's file, else a preset. False: there is neither. */
static bool
find_parent(const char *extends, const char *name,
    const struct profile_source *sources, size_t len,
    struct profile_source *parent)
{
	const struct preset *preset;
	size_t i;

	for (i = 0; i < len; i++) {
		if (strcmp(sources[i].name, extends) == 0 &&
		    strcmp(extends, name) != 0) {
			*parent = sources[i];
			return true;
		}
	}
	if ((preset = preset_named(extends)) == NULL)
		return false;
	*parent = (struct profile_source){ preset->name, NULL,
		span_of(preset->text) };
	return true;
}

static void
complain_parent(
    struct builder *b, const struct profile_source *sources, size_t len)
{
	const char **names;
	size_t i, known = 0;

	names = must(calloc(len + presets_len, sizeof(*names)));
	for (i = 0; i < presets_len; i++)
		names[known++] = presets[i].name;
	for (i = 0; i < len; i++)
		if (strcmp(sources[i].name, b->extends) != 0)
			names[known++] = sources[i].name;
	complain_unknown(b->complaints, b->file, b->extends_line,
	    "preset or profile", b->extends, names, known);
	free(names);
}

/* Read one file into the builder's profile. */
static void
read_file(struct builder *b, const struct profile_source *source)
{
	char *preset_file = NULL;

	if (source->file == NULL &&
	    asprintf(&preset_file, "preset:%s", source->name) == -1)
		err(1, "reading the configuration");
	b->file_index = add_file(
	    b->policy, preset_file != NULL ? preset_file : source->file);
	free(preset_file);
	b->file = b->policy->files[b->file_index];
	b->extends = NULL;
	inifile_read(
	    source->text, b->file, b->complaints, on_section, on_entry, b);
}

/* What is only wrong together. */
static void
check_sections(const struct policy *policy, const struct profile *profile,
    struct complaints *complaints)
{
	struct origin at = { 0, 0 };
	const char *why = mounts_check(profile->sections, &at);

	if (why != NULL)
		complain(
		    complaints, policy_file(policy, at), at.line, "%s", why);
}

/* Read a profile: its own file, then what that extends, and so on. What is
 * wrong in another profile's file is said when that one's turn comes. */
static void
read_profile(struct policy *policy, struct profile *profile, size_t index,
    const struct profile_source *sources, size_t len,
    const struct name_lookup *lookup, struct complaints *complaints)
{
	struct complaints others = { 0 };
	struct builder b = { .policy = policy,
		.profile = profile,
		.lookup = lookup,
		.complaints = complaints };
	struct profile_source source = sources[index];
	unsigned depth;

	profile->inspectors = policy->inspectors;
	profile->name = must(strdup(source.name));
	profile->file = must(strdup(source.file));
	profile->connections = LIMIT_CONNECTIONS_DEFAULT;
	profile->body = LIMIT_BODY_DEFAULT;
	profile->door.mode = 0666;
	profile->door.user = (uid_t)-1;
	profile->door.group = (gid_t)-1;
	if (!profile_name_is_good(span_of(source.name)))
		complain(complaints, source.file, 0,
		    "a profile's name is made of letters, digits, '_', '-' "
		    "and '.'");
	for (depth = 0;; depth++) {
		read_file(&b, &source);
		if (b.extends == NULL)
			break;
		if (depth == 0)
			profile->extends = must(strdup(b.extends));
		if (depth == LIMIT_EXTENDS) {
			complain(complaints, sources[index].file, 0,
			    "extends more than %d others, or itself",
			    LIMIT_EXTENDS);
			break;
		}
		if (!find_parent(
			b.extends, source.name, sources, len, &source)) {
			complain_parent(&b, sources, len);
			break;
		}
		free(b.extends);
		b.complaints = &others;
	}
	free(b.extends);
	complaints_clear(&others);
	check_sections(policy, profile, complaints);
}

/* A door's path as [socket] would have it. */
static char *
path_of(const struct profile *profile)
{
	char *path;

	if (profile->door.path != NULL)
		return must(strdup(profile->door.path));
	if (asprintf(&path, "%s.sock", profile->name) == -1)
		err(1, "reading the configuration");
	return path;
}

static void
check_paths(const struct policy *policy, struct complaints *complaints)
{
	const struct profile *a, *b;
	char *path, *other;
	size_t i, j;

	for (i = 0; i < policy->profiles_len; i++) {
		a = &policy->profiles[i];
		if (a->door.path == NULL)
			continue;
		path = path_of(a);
		for (j = 0; j < policy->profiles_len; j++) {
			b = &policy->profiles[j];
			/* Two that are set: say it once. */
			if (j == i || (j > i && b->door.path != NULL))
				continue;
			other = path_of(b);
			if (strcmp(path, other) == 0)
				complain(complaints,
				    policy_file(policy, a->door.path_at),
				    a->door.path_at.line,
				    "profiles %s and %s have the same path",
				    b->name, a->name);
			free(other);
		}
		free(path);
	}
}

struct policy *
policy_load(const struct profile_source *sources, size_t len,
    const struct name_lookup *lookup, struct complaints *complaints)
{
	struct policy *policy;
	size_t i, before = complaints->len;

	policy = must(calloc(1, sizeof(*policy)));
	inspect_list(policy->inspectors);
	policy->profiles =
	    must(calloc(len > 0 ? len : 1, sizeof(*policy->profiles)));
	policy->profiles_len = len;
	for (i = 0; i < len; i++)
		read_profile(policy, &policy->profiles[i], i, sources, len,
		    lookup, complaints);
	check_paths(policy, complaints);
	if (complaints->len > before) {
		policy_free(policy);
		policy = NULL;
	}
	return policy;
}

static void
profile_clear(struct profile *profile)
{
	size_t i, j;

	for (i = 0; i < profile->patterns_len; i++)
		for (j = 0; j < OPERATION_ARGUMENTS; j++)
			free(profile->patterns[i].globs[j]);
	free(profile->patterns);
	for (i = 0; i < SECTION_KEYS; i++)
		section_clear(&profile->sections[i]);
	free(profile->door.path);
	free(profile->door.peers);
	free(profile->name);
	free(profile->file);
	free(profile->extends);
}

void
policy_free(struct policy *policy)
{
	size_t i;

	if (policy == NULL)
		return;
	for (i = 0; i < policy->profiles_len; i++)
		profile_clear(&policy->profiles[i]);
	for (i = 0; i < policy->files_len; i++)
		free(policy->files[i]);
	free(policy->profiles);
	free(policy->files);
	free(policy);
}

const struct profile *
policy_profile(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->profiles_len; i++)
		if (strcmp(policy->profiles[i].name, name) == 0)
			return &policy->profiles[i];
	return NULL;
}

const char *
policy_file(const struct policy *policy, struct origin origin)
{
	return policy->files[origin.file];
}
