/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_PLACE_H
#define SOCKETS_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

/* Places in the file system where listening sockets stand. */

/* Make the directory, if it is not there, with exactly this mode. One that is
 * there must be one in which nobody but us and root can put files. 0, or -1
 * with err set. Its parent must be there. */
int place_make_directory(const char *path, mode_t mode, struct err *err);

/* A socket that listens, and the file that it stands as. */
struct place {
	char path[108];
	dev_t device;
	ino_t inode;
};

/* Listen at the path. The file appears whole, with its mode and owner, (uid_t)
 * and (gid_t)-1 being the caller's own; its directory must be one in which
 * nobody else but root can put files. A socket there that nobody listens on
 * any more is replaced; anything else there is left alone, and an error.
 * Returns a non-blocking descriptor that the caller closes, and fills *place;
 * or -1 with err set, and nothing is left behind. */
int place_listen(const char *path, mode_t mode, uid_t user, gid_t group,
    struct place *place, struct err *err);

/* The path that a socket was bound to, if it is an absolute one: those that
 * place_listen() made have none. */
bool place_of_socket(int fd, struct place *place);

/* Whether it is a stream socket that listens. */
bool place_listens(int fd);

/* Whether the file is still the same one. */
bool place_is_there(const struct place *place);

/* What a file's mode and owner are. */
struct place_dress {
	mode_t mode;
	uid_t user;
	gid_t group;
};

/* Give the file this mode and this owner; *before, which may be NULL, is what
 * it had. 0, or -1 with err set, and the file is as it was. */
int place_dress(const struct place *place, struct place_dress dress,
    struct place_dress *before, struct err *err);

/* Remove what is a socket of ours there, if nobody listens on it any more. */
void place_remove_dead(const char *path);

/* Remove the file, if it is still the same one. */
void place_remove(const struct place *place);

#endif
