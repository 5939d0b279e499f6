/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ARCHIVES_H
#define TESTS_UNIT_ARCHIVES_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/tar.h"

/* Tar archives, made from heads, and what comes of them. */

/* What a head does not say is that of a file with no contents, in ustar.
 * Fields are their raw bytes. */
struct archives_head {
	char flag;
	struct span name;
	struct span link;
	struct span data;
	struct span mode;
	struct span uid;
	struct span gid;
	struct span size;
	struct span mtime;
	struct span sum;
	struct span magic;
	struct span major;
	struct span prefix;
	struct span last; /* the block's last bytes */
};

/* HEAD(flag, name, .field = ...), and the other two formats. */
#define HEAD(flag_, name_, ...)                                   \
	{                                                         \
		.flag = (flag_), .name = SPAN(name_), __VA_ARGS__ \
	}
#define V7  .magic = SPAN("\0\0\0\0\0\0\0\0")
#define GNU .magic = SPAN("ustar  \0")

/* Add a header block, with its data and their fill, or the two last blocks. */
void archives_add(struct buf *to, const struct archives_head *head);
void archives_end(struct buf *to);

/* What came of an archive. */
struct archives_got {
	enum tar_result result;
	struct buf out;
	char why[256];
};

void archives_clear(struct archives_got *got);

/* Pass it so many bytes at a time, into so much room at a time. */
void archives_pass(struct archives_got *got, struct span in, uint64_t limit,
    size_t step, size_t room);

/* Check that in pieces it comes to the same as in one, and that what comes
 * out goes in and comes out again. *got is that of the whole. */
void archives_pass_in_every_way(
    const char *name, struct archives_got *got, struct span in);

#endif
