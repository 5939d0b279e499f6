/* SPDX-License-Identifier: MIT */
#ifndef CMD_FILES_H
#define CMD_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "policy/profile.h"

/* The configuration's files, and the system's users and groups. */

/* Read a whole file of at most LIMIT_INI_BYTES. 0, and *text is the caller's
 * to free; or -1 with err set, errno kept. */
int files_read(const char *path, char **text, size_t *len, struct err *err);

/* A directory's NAME.ini files, by name. */
struct files {
	struct profile_source *sources;
	size_t len;
};

/* 0, or -1 with err set. */
int files_read_profiles(
    const char *directory, struct files *files, struct err *err);

/* Add one that is in no directory. */
void files_add(struct files *files, const char *name, const char *file,
    char *text, size_t len);
void files_clear(struct files *files);

extern const struct name_lookup files_name_lookup;

#endif
