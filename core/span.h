/* SPDX-License-Identifier: MIT */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that somebody else owns. A span never outlives the buffer that it
 * points into, and is not terminated by a NUL. */
struct span {
	const char *at;
	size_t len;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

/* For printf's "%.*s". Only for bytes already known to be printable. */
#define SPAN_ARG(s) (int)(s).len, (s).at

/* The span of a C string, without its NUL. */
struct span span_of(const char *string);

bool span_eq(struct span a, struct span b);

/* The same but for the case of ASCII letters, whatever the locale. */
bool span_eq_nocase(struct span a, struct span b);

bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);

/* Cut the next word off *rest: what stands before the next byte that is one
 * of the C string separators. False, when nothing but separators is left. */
bool span_word(struct span *rest, const char *separators, struct span *word);

#endif
