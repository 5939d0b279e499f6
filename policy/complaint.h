/* SPDX-License-Identifier: MIT */
#ifndef POLICY_COMPLAINT_H
#define POLICY_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/* What is wrong in the files of a configuration: all of it, so that a person
 * mends everything in one go. */

struct complaint {
	char *file;
	unsigned line; /* 0: the file as a whole */
	char *text;
};

/* All zero is an empty list. */
struct complaints {
	struct complaint *list;
	size_t len;
};

/* Add one. Ends the program when there is no memory. */
void complain(struct complaints *complaints, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "no such WHAT: WORD; did you mean ...?", the nearest of words[0..len). */
void
complain_unknown(struct complaints *complaints, const char *file, unsigned line,
    const char *what, const char *word, const char *const *words, size_t len);

/* Append them as lines, "FILE:LINE: TEXT". False without memory. */
bool complaints_write(const struct complaints *complaints, struct buf *buf);

void complaints_clear(struct complaints *complaints);

/* Of words[0..len) the one nearest to word, where it is near enough for a
 * slip of the fingers; else NULL. */
const char *nearest(const char *word, const char *const *words, size_t len);

#endif
