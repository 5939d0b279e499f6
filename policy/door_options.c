/* SPDX-License-Identifier: MIT */
/* [socket]: a door's place, owner and mode, and who may come through it. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "policy/profile_build.h"

void
door_options_mode(struct builder *b, const struct inifile_entry *entry)
{
	const char *digit;
	mode_t mode = 0;

	if (!builder_sets(b, entry, &b->profile->door.mode_at))
		return;
	for (digit = entry->value; *digit >= '0' && *digit <= '7'; digit++)
		mode = mode << 3 | (mode_t)(*digit - '0');
	if (*digit != '\0' || digit - entry->value < 3 ||
	    digit - entry->value > 4 || (mode & ~(mode_t)0666) != 0)
		builder_refuse(b, entry,
		    "an octal mode of at most 0666 is needed, such as 0660");
	b->profile->door.mode = mode;
}

/* A number of digits only. The largest means nobody: chown(2). */
static bool
read_id(const char *value, uint32_t *id)
{
	size_t number;

	if (value[strspn(value, "0123456789")] != '\0' ||
	    !config_size(value, 0, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

/* A number, or a name that the caller knows. */
static bool
read_user(struct builder *b, const char *value, uid_t *uid)
{
	return read_id(value, uid) ||
	       b->lookup->user(b->lookup->context, value, uid);
}

static bool
read_group(struct builder *b, const char *value, gid_t *gid)
{
	return read_id(value, gid) ||
	       b->lookup->group(b->lookup->context, value, gid);
}

void
door_options_user(struct builder *b, const struct inifile_entry *entry)
{
	struct door_options *door = &b->profile->door;

	if (builder_sets(b, entry, &door->user_at) &&
	    !read_user(b, entry->value, &door->user))
		builder_refuse(b, entry, "no such user");
}

void
door_options_group(struct builder *b, const struct inifile_entry *entry)
{
	struct door_options *door = &b->profile->door;

	if (builder_sets(b, entry, &door->group_at) &&
	    !read_group(b, entry->value, &door->group))
		builder_refuse(b, entry, "no such group");
}

/* Lines add up, over files too. */
void
door_options_peers(struct builder *b, const struct inifile_entry *entry)
{
	struct span rest = span_of(entry->value), word;
	struct door_options *door = &b->profile->door;
	struct peer_rule rule;
	char *name;
	bool good;

	while (span_word(&rest, " \t", &word)) {
		name = must(strndup(word.at, word.len));
		rule = (struct peer_rule){ 0 };
		if (strncmp(name, "uid:", 4) == 0) {
			good = read_user(b, name + 4, &rule.id);
		} else {
			rule.is_group = true;
			good = strncmp(name, "gid:", 4) == 0 &&
			       read_group(b, name + 4, &rule.id);
		}
		if (good) {
			door->peers = must(reallocarray(
			    door->peers, door->peers_len + 1, sizeof(rule)));
			door->peers[door->peers_len++] = rule;
		} else {
			complain(b->complaints, b->file, entry->line,
			    "peers: %s: uid: or gid: and a number or a known "
			    "name is needed",
			    name);
		}
		free(name);
	}
}

/* Each "%p" is the profile's name; nothing else may stand behind a '%'. */
static char *
expand(const char *value, const char *name)
{
	const char *percent;
	char *path, *longer;

	path = must(strdup(""));
	while ((percent = strchr(value, '%')) != NULL) {
		if (percent[1] != 'p') {
			free(path);
			return NULL;
		}
		if (asprintf(&longer, "%s%.*s%s", path, (int)(percent - value),
			value, name) == -1)
			err(1, "reading the configuration");
		free(path);
		path = longer;
		value = percent + 2;
	}
	if (asprintf(&longer, "%s%s", path, value) == -1)
		err(1, "reading the configuration");
	free(path);
	return longer;
}

static const char *
check_path(const char *path)
{
	struct span rest = span_of(path), segment;

	if (strlen(path) > LIMIT_SOCKET_PATH)
		return "a socket's path has at most 107 bytes";
	if (path[strlen(path) - 1] == '/' || strstr(path, "//") != NULL)
		return "the name of a file is needed";
	while (span_word(&rest, "/", &segment))
		if (span_eq(segment, SPAN(".")) || span_eq(segment, SPAN("..")))
			return "a path without . and .. is needed";
	return NULL;
}

void
door_options_path(struct builder *b, const struct inifile_entry *entry)
{
	struct door_options *door = &b->profile->door;
	const char *why;

	if (!builder_sets(b, entry, &door->path_at))
		return;
	door->path = expand(entry->value, b->profile->name);
	if (door->path == NULL)
		builder_refuse(
		    b, entry, "only %p, the profile's name, may follow a '%'");
	else if ((why = check_path(door->path)) != NULL)
		builder_refuse(b, entry, why);
}
