/* SPDX-License-Identifier: MIT */
#ifndef CMD_FILES_H
#define CMD_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "policy/profile.h"

/* The configuration's files, and the system's users and groups. */

/* Read a whole file of at most LIMIT_INI_BYTES. 0, and *text is the caller's
 * to free; or -1 with err set, errno kept. */
int files_read(const char *path, char **text, size_t *len, struct err *err);

/* A user's or a group's name, and the number that it had. */
struct name_id {
	bool is_group;
	char *name;
	unsigned long id;
};

/* A directory's NAME.ini files, by name, and the names that were looked up
 * while they were read. */
struct files {
	struct profile_source *sources;
	size_t len;
	struct name_id *ids;
	size_t ids_len;
};

/* Whether a directory's entry is one of those: for scandir(). */
int files_is_profile(const struct dirent *entry);

/* 0, or -1 with err set. */
int files_read_profiles(
    const char *directory, struct files *files, struct err *err);

/* Add one that is in no directory. */
void files_add(struct files *files, const char *name, const char *file,
    char *text, size_t len);

/* Remember a name's number. */
void files_add_id(
    struct files *files, bool is_group, const char *name, unsigned long id);
void files_clear(struct files *files);

/* Look names up in the system's files, and remember them in files. */
struct name_lookup files_name_lookup(struct files *files);

/* Look names up in what files remembers, and nowhere else. */
struct name_lookup files_known_names(struct files *files);

/* The name of a user, as the system's files have it, or its number. */
void files_user_name(uid_t uid, char name[64]);

#endif
