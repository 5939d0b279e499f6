/* SPDX-License-Identifier: MIT */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "core/span.h"

/* JSON from strangers: RFC 8259, one document, and of that only what all
 * readers read alike. */

/* Whether the text is one JSON object, array or null, in valid UTF-8, without
 * duplicate keys, NULs, lone surrogates or anything behind it. Returns NULL,
 * or what is wrong. */
const char *json_check(struct span text);

/* Draw the random number that keeps strangers from choosing keys that collide;
 * needed once, where json_check() itself may not open files any more. */
void json_prepare(void);

#endif
