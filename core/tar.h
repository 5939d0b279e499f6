/* SPDX-License-Identifier: MIT */
#ifndef CORE_TAR_H
#define CORE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* A tar archive that is going to be unpacked by root: judged and written anew
 * while it streams.
 *
 * Read are v7, ustar, PAX and GNU archives, as docker cp, tar, bsdtar, busybox
 * and Python write them. What comes out is made from the meaning of each
 * entry: one ustar header, before it a PAX header only for what does not fit,
 * the contents, zeros. So no two readers can differ about it.
 *
 * An entry passes if it is
 *   - a file, a directory, a hard link or a symbolic link;
 *   - not setuid, not setgid, and sticky only if it is a directory;
 *   - without extended attributes (which give capabilities), ACLs and holes;
 *   - named by a path without "..", without a component that begins with ".wh."
 *     (the daemons' sign for a deleted file), and not through a symbolic link
 *     that the same archive has made; it is relative, as it is to the daemons,
 *     whether it begins with a slash or not;
 *   - if it is a hard link, to such a path, without the slash; if it is a
 * symbolic link, to a relative path that stays under the archive's own root:
 * ".." only in front, and not more of them than directories to leave. What
 * symbolic links the container has already is not known here: a path can pass
 * through one of those.
 *
 * Kept are type, name, target, mode, uid, gid, size, contents, and the time of
 * modification in whole seconds. Names lose "./", doubled slashes and the
 * like; owners' names, other times and comments are dropped. The first entry
 * always has a PAX header: otherwise its name would stand at the archive's
 * first byte, and could tell the daemon to decompress what follows.
 *
 * An archive ends with two blocks of zeros, and nothing but zeros behind. One
 * that ends anywhere else was cut, and an empty one is one of those, although
 * the daemon takes either. */

enum {
	TAR_ENTRIES = 1000000,
	TAR_NAME = 4095,	  /* as Linux does: PATH_MAX less its NUL */
	TAR_RECORDS = 64 * 1024,  /* of one PAX header */
	TAR_LINKS = 65536,	  /* symbolic links that are remembered */
	TAR_LINKS_BYTES = 4 << 20 /* and their names together */
};

enum tar_result {
	TAR_BAD = 0, /* not to be passed on: tar_why() */
	TAR_MORE,    /* the archive goes on */
	TAR_DONE     /* it is complete; zeros may follow */
};

struct tar;

/* An archive under way, of at most so many bytes. Owned by the caller; NULL
 * without memory. It takes 90 KiB, and the names of symbolic links. */
struct tar *tar_new(uint64_t limit);
void tar_free(struct tar *tar);

/* Take bytes from the front of *in, and write what they mean to out[0..room),
 * of which *written were used. MORE: if *written is room, call again with more
 * room, also when in is empty; otherwise all of in was taken. DONE: all was
 * written. If more bytes come, they must be passed too; they give BAD if
 * they are not zeros. After BAD every call returns that; what was written
 * until then, in this call too, was judged, but may end in the middle of an
 * entry: the daemon must not be told that this was all. */
enum tar_result tar_pass(
    struct tar *tar, struct span *in, char *out, size_t room, size_t *written);

/* Why it was refused, such as "etc/x: a setuid file": printable ASCII, the
 * name quoted as in JSON and cut if it is long. */
const char *tar_why(const struct tar *tar);

#endif
