/* SPDX-License-Identifier: MIT */
#ifndef POLICY_MERGE_PARTS_H
#define POLICY_MERGE_PARTS_H

#include "core/buf.h"
#include "core/span.h"

/* Lines that are put into a text; for policy/merge.c and merge_diff.c only. */

struct insertion {
	size_t after; /* so many lines of the text */
	bool fresh;   /* a section of its own, or several */
	struct buf lines;
	size_t count;
};

struct insertions {
	struct span text;
	struct insertion *list; /* in the order of the text */
	size_t len;
};

/* The text with the lines in it. */
void diff_apply(const struct insertions *insertions, struct buf *out);

/* The difference between the two, in hunks with three lines around. */
void diff_write(
    const struct insertions *insertions, const char *label, struct buf *out);

/* Append, or end the program. */
void diff_add(struct buf *out, struct span bytes);

#endif
