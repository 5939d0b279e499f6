/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CASES_H
#define TESTS_UNIT_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"

/* How every parser case is run: from a copy that ends where memory ends,
 * whole, and cut at every byte. */

/* A table's row: its name, the input, and what else the table says. */
#define CASE(name, in, ...)                   \
	{                                     \
		(name), SPAN(in), __VA_ARGS__ \
	}

/* A table's rows. */
#define CASES(table) (sizeof(table) / sizeof(*(table)))

enum {
	CASES_LARGEST = 64 * 1024
};

/* Copy the bytes so that reading or writing one more is a fault. The copy is
 * good until the next call. At most CASES_LARGEST bytes. */
char *cases_guard(struct span bytes);

/* The strings before, middle (so many times) and after, in one. Good until
 * the next call. At most CASES_LARGEST bytes. */
struct span cases_repeat(
    const char *before, const char *middle, size_t times, const char *after);

/* A parser of heads: its verdicts are the numbers of its own enum. It fills
 * *used where it says ok. */
struct cases_reader {
	int (*read)(struct span in, size_t *used);
	int more;
	int ok;
};

/* Check, against a guard page, that the reader says what is expected of the
 * whole input, having used so many bytes if that is ok; and that at every
 * cut before, it says
 *   - of an input that is ok: more, up to used; ok, with the same used,
 *     behind it;
 *   - of one that needs more: more;
 *   - of a refused one: first more, then that refusal, and never more again.
 * A failure is reported with the case's name. */
void cases_cut(const char *name, struct span in,
    const struct cases_reader *reader, int expected, size_t used);

/* The same bytes, with "name: wanted X, got Y" printed where they are not. */
void cases_same(const char *name, struct span got, struct span wanted);

#endif
