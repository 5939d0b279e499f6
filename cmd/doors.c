/* SPDX-License-Identifier: MIT */
/* Which doors there are, from one configuration to the next. A socket of ours
 * is known by its path, one of systemd's by its name. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/doors.h"

bool
doors_add(struct doors *doors, const char *name, enum door_maker maker, int fd,
    const struct place *place)
{
	struct gate *list;
	char *copy = strdup(name);

	list = reallocarray(doors->list, doors->len + 1, sizeof(*list));
	if (list != NULL)
		doors->list = list;
	if (list == NULL || copy == NULL) {
		free(copy);
		return false;
	}
	list[doors->len++] = (struct gate){
		.name = copy, .maker = maker, .fd = fd, .place = *place
	};
	return true;
}

const struct gate *
doors_find(const struct doors *doors, const char *name)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		if (strcmp(doors->list[i].name, name) == 0)
			return &doors->list[i];
	return NULL;
}

const struct gate *
doors_find_systemd(const struct doors *doors, const char *name)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		if (doors->list[i].maker == DOOR_SYSTEMD &&
		    strcmp(doors->list[i].name, name) == 0)
			return &doors->list[i];
	return NULL;
}

/* One of ours, whose file is still there. */
static const struct gate *
find_ours(const struct doors *doors, const char *path)
{
	const struct gate *gate;
	size_t i;

	for (i = 0; i < doors->len; i++) {
		gate = &doors->list[i];
		if (gate->maker == DOOR_OURS &&
		    strcmp(gate->place.path, path) == 0 &&
		    place_is_there(&gate->place))
			return gate;
	}
	return NULL;
}

/* Directories below doors/ that a profile's path names. */
static int
make_parents(const struct config *config, const char *path, struct err *err)
{
	char part[108];
	size_t i;

	for (i = strlen(config->directory) + strlen("/doors/"); path[i] != '\0';
	     i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (place_make_directory(part, 0755, err) == -1)
			return -1;
	}
	return 0;
}

/* A door onto our own door would be a loop. */
static bool
is_upstream(const struct config *config, const char *path)
{
	struct stat a, b;

	return strcmp(config->upstream, path) == 0 ||
	       (stat(config->upstream, &a) == 0 && stat(path, &b) == 0 &&
		   a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

static bool
is_door(const struct doors *doors, const char *path)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		if (strcmp(doors->list[i].place.path, path) == 0)
			return true;
	return false;
}

/* Also in directories of one door each. */
static void
sweep(const struct doors *doors, const char *directory, bool deeper)
{
	struct dirent *entry;
	char path[4096];
	DIR *stream;

	if ((stream = opendir(directory)) == NULL)
		return;
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_type == DT_DIR && deeper)
			sweep(doors, path, false);
		else if (!is_door(doors, path))
			place_remove_dead(path);
	}
	closedir(stream);
}

void
doors_sweep(const struct doors *doors, const char *directory)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/doors", directory);
	sweep(doors, path, true);
}

static struct gate *
last_of(struct doors *doors)
{
	return &doors->list[doors->len - 1];
}

/* A socket that is there already, for the next doors. */
static int
keep(const struct gate *gate, const struct profile *profile, struct doors *next,
    struct err *err)
{
	const struct door_options *door = &profile->door;
	const struct place_dress dress = { door->mode, door->user,
		door->group };
	struct gate *kept;

	if (!doors_add(
		next, profile->name, gate->maker, gate->fd, &gate->place))
		return err_set(err, 0, "out of memory");
	kept = last_of(next);
	kept->wanted = true;
	kept->observes = profile->observes;
	kept->fresh = !gate->wanted || strcmp(gate->name, kept->name) != 0;
	if (gate->maker == DOOR_SYSTEMD)
		return 0;
	if (place_dress(&gate->place, dress, &kept->before, err) == -1)
		return err_context(err, "door %s", profile->name);
	kept->dressed = true;
	return 0;
}

/* A new socket. */
static int
make(const struct config *config, const struct profile *profile,
    const char *path, struct doors *next, struct err *err)
{
	const struct door_options *door = &profile->door;
	struct place place;
	int fd;

	if ((door->path == NULL || door->path[0] != '/') &&
	    make_parents(config, path, err) == -1)
		return -1;
	fd = place_listen(
	    path, door->mode, door->user, door->group, &place, err);
	if (fd == -1)
		return err_context(err, "door %s", profile->name);
	if (!doors_add(next, profile->name, DOOR_OURS, fd, &place)) {
		close(fd);
		place_remove(&place);
		return err_set(err, 0, "out of memory");
	}
	last_of(next)->wanted = true;
	last_of(next)->observes = profile->observes;
	last_of(next)->fresh = true;
	last_of(next)->made = true;
	return 0;
}

static int
plan_one(const struct doors *now, const struct settings *settings,
    const struct profile *profile, struct doors *next, struct err *err)
{
	const struct gate *gate = doors_find_systemd(now, profile->name);
	char path[108];

	if (settings_door_path(&settings->config, profile, path, err) == -1)
		return -1;
	if (gate != NULL)
		return keep(gate, profile, next, err);
	if (is_upstream(&settings->config, path))
		return err_set(err, 0, "%s is the daemon's own socket", path);
	if (is_door(next, path))
		return err_set(err, 0,
		    "door %s: another profile's door stands at %s",
		    profile->name, path);
	gate = find_ours(now, path);
	if (gate != NULL)
		return keep(gate, profile, next, err);
	return make(&settings->config, profile, path, next, err);
}

/* systemd still holds it, and a profile may come to want it. */
static int
keep_unwanted(const struct doors *now, const struct doors *next_wanted,
    struct doors *next)
{
	const struct gate *gate;
	size_t i;

	for (i = 0; i < now->len; i++) {
		gate = &now->list[i];
		if (gate->maker == DOOR_SYSTEMD &&
		    doors_find_systemd(next_wanted, gate->name) == NULL &&
		    !doors_add(
			next, gate->name, gate->maker, gate->fd, &gate->place))
			return -1;
	}
	return 0;
}

int
doors_plan(const struct doors *now, const struct settings *settings,
    struct doors *next, struct err *err)
{
	const struct config *config = &settings->config;
	const struct policy *policy = settings->policy;
	char path[108];
	size_t i;

	*next = (struct doors){ 0 };
	snprintf(path, sizeof(path), "%s/doors", config->directory);
	if (place_make_directory(config->directory, 0750, err) == -1 ||
	    place_make_directory(path, 0755, err) == -1)
		return -1;
	for (i = 0; i < policy->profiles_len; i++)
		if (plan_one(now, settings, &policy->profiles[i], next, err) ==
		    -1)
			break;
	if (i == policy->profiles_len) {
		if (keep_unwanted(now, next, next) == 0)
			return 0;
		err_set(err, 0, "out of memory");
	}
	doors_roll_back(next);
	return -1;
}

static bool
has_socket(const struct doors *doors, int fd)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		if (doors->list[i].fd == fd)
			return true;
	return false;
}

static void
forget(struct doors *doors)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		free(doors->list[i].name);
	free(doors->list);
	*doors = (struct doors){ 0 };
}

void
doors_commit(struct doors *now, struct doors *next)
{
	struct gate *gate;
	size_t i;

	for (i = 0; i < now->len; i++) {
		gate = &now->list[i];
		if (has_socket(next, gate->fd))
			continue;
		close(gate->fd);
		if (gate->maker == DOOR_OURS)
			place_remove(&gate->place);
	}
	forget(now);
	*now = *next;
	*next = (struct doors){ 0 };
	for (i = 0; i < now->len; i++) {
		gate = &now->list[i];
		gate->made = gate->dressed = false;
	}
}

void
doors_roll_back(struct doors *next)
{
	struct gate *gate;
	struct err err;
	size_t i;

	for (i = 0; i < next->len; i++) {
		gate = &next->list[i];
		if (gate->dressed) {
			place_dress(&gate->place, gate->before, NULL, &err);
		} else if (gate->made) {
			close(gate->fd);
			place_remove(&gate->place);
		}
	}
	forget(next);
}

void
doors_close(struct doors *doors, bool remove)
{
	struct gate *gate;
	size_t i;

	for (i = 0; i < doors->len; i++) {
		gate = &doors->list[i];
		close(gate->fd);
		if (remove && gate->maker == DOOR_OURS)
			place_remove(&gate->place);
	}
	forget(doors);
}
