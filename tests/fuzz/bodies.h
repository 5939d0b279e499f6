/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_BODIES_H
#define TESTS_FUZZ_BODIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

/* Bodies of requests made of a fuzzer's bytes: mostly well formed, with the
 * API's own names, sometimes in a strange case, and values that are harmless
 * or not. Random bytes are hardly ever JSON. */

/* A field's kind: 's'tring, 'b'ool, 'i'nteger, 'S' for strings, 'o'bject, 'O'
 * for objects, 'm'ap of strings, 'e' for one of empty objects, 'M' for one of
 * objects, 'P' for one of arrays of objects, 'r'aw. */
struct part {
	const char *name; /* NULL ends a table */
	char kind;
	const struct part *inner; /* of o, O, M, P */
	const char *const *words; /* for strings, or the names of a map */
};

/* Values of maps. */
extern const char *const body_values[];

/* Where to begin: a body of these parts. */
extern const struct part body_container[];
extern const struct part body_update[];
extern const struct part body_exec[];
extern const struct part body_volume[];
extern const struct part body_network[];
extern const struct part body_connect[];
extern const struct part body_service[];

/* Write one. What does not fit is cut. */
void body_make(const struct part *parts, const uint8_t *bytes, size_t len,
    struct text *text);

#endif
