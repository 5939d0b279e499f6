/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_PLACE_H
#define SOCKETS_PLACE_H

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

/* Remove the file, if it is still the same one. */
void place_remove(const struct place *place);

#endif
