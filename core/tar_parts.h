/* SPDX-License-Identifier: MIT */
#ifndef CORE_TAR_PARTS_H
#define CORE_TAR_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "core/tar.h"
#include "core/text.h"

/* What core/tar is made of. Functions that return a C string return NULL when
 * all is well, and otherwise what is wrong. */

enum {
	TAR_BLOCK = 512,
	/* A PAX header with two long names and all numbers, and the entry's. */
	TAR_WRITTEN = 2 * TAR_NAME + 4 * TAR_BLOCK
};

/* An entry's type: the type flag that is written for it. */
enum tar_type {
	TAR_FILE = '0',
	TAR_HARD_LINK = '1',
	TAR_SYMBOLIC_LINK = '2',
	TAR_DIRECTORY = '5'
};

/* What an entry means. */
struct tar_entry {
	enum tar_type type;
	uint32_t mode; /* permissions, and the sticky bit */
	uint64_t uid;
	uint64_t gid;
	uint64_t size;
	int64_t mtime;
	struct span name;   /* clean: see tar_name_clean() */
	struct span target; /* of a link, otherwise empty */
};

/* What one header block says. The spans point into it. */
struct tar_header {
	char flag;
	uint32_t mode; /* all of it, with a file's type if it is there */
	uint64_t uid;
	uint64_t gid;
	uint64_t size;
	int64_t mtime;
	struct span prefix; /* before the name and a slash, unless empty */
	struct span name;
	struct span link;
};

const char *tar_header_read(struct tar_header *header, const char *block);

enum tar_has {
	TAR_HAS_PATH = 1 << 0,
	TAR_HAS_LINK = 1 << 1,
	TAR_HAS_SIZE = 1 << 2,
	TAR_HAS_UID = 1 << 3,
	TAR_HAS_GID = 1 << 4,
	TAR_HAS_MTIME = 1 << 5
};

/* What stands in a header of its own before an entry's, and replaces what
 * that one says. */
struct tar_extra {
	unsigned int has; /* enum tar_has, and bits of those only seen */
	uint64_t size;
	uint64_t uid;
	uint64_t gid;
	int64_t mtime;
	struct span path; /* into the records that were read */
	struct span link;
	struct span key; /* of the record that was read last */
};

/* Read the records of a PAX header, an 'x' one, or a global 'g' one, which
 * must say nothing. On failure extra->key is that of the bad record. */
const char *
tar_pax_read(struct tar_extra *extra, struct span records, bool global);

/* A uid, a gid: everything but 2^32 - 1, which tells chown() to do nothing. */
bool tar_id_fits(uint64_t id);

/* A time in the years 1 to 9999, as everybody can write it. */
bool tar_time_fits(int64_t seconds);

/* Write a relative name cleanly to clean[0..TAR_NAME + 2): without ".", empty
 * components and a slash at the end, "." if nothing is left. Behind it stands
 * a slash that *name does not have. *directory: it can only be one. */
const char *tar_name_clean(
    struct span raw, char *clean, struct span *name, bool *directory);

/* May an entry with that clean name be a symbolic link there? */
const char *tar_name_target(struct span name, struct span target);

/* Names of symbolic links, none of them below another one. */
struct tar_links {
	char *bytes;
	size_t bytes_len;
	size_t bytes_size;
	uint32_t *at; /* where each begins in bytes, sorted by name */
	size_t len;
	size_t size;
};

void tar_links_clear(struct tar_links *links);

/* Is it one of them, or below one? The name as tar_name_clean() wrote it. */
bool tar_links_hold(const struct tar_links *links, struct span name);

/* Add one that they do not hold. */
const char *tar_links_add(struct tar_links *links, struct span name);

/* The header, or two, of an entry. first: of the archive's first one. */
void tar_write(struct text *to, const struct tar_entry *entry, bool first);

#endif
