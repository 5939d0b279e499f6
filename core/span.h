/* SPDX-License-Identifier: MIT */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that somebody else owns. A span never outlives the buffer that it
 * points into, and is not terminated by a NUL. */
struct span {
	const char *at;
	size_t len;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

/* For printf's "%.*s". Only for bytes already known to be printable. */
#define SPAN_ARG(s) (int)(s).len, (s).at

/* What is asked for each field of each head stands here: most spans differ in
 * their lengths, and of literals these are known to the compiler. */

/* The span of a C string, without its NUL. */
static inline struct span
span_of(const char *string)
{
	return (struct span){ string, strlen(string) };
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Whether so many bytes are equal but for the case of ASCII letters, whatever
 * the locale. */
bool span_folds(const char *a, const char *b, size_t len);

static inline bool
span_eq_nocase(struct span a, struct span b)
{
	return a.len == b.len && span_folds(a.at, b.at, a.len);
}

bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);

/* Cut the next word off *rest: what stands before the next byte that is one
 * of the C string separators. False, when nothing but separators is left. */
bool span_word(struct span *rest, const char *separators, struct span *word);

#endif
