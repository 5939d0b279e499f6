/* SPDX-License-Identifier: MIT */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* Text written into a fixed piece of memory. What does not fit is left out
 * and remembered, so that a writer checks once, at its end. */
struct text {
	char *at;
	size_t len;
	size_t size;
	bool full; /* something was left out */
};

#define TEXT(array) ((struct text){ (array), 0, sizeof(array), false })

struct span text_span(const struct text *text);

void text_add(struct text *text, struct span bytes);
void text_char(struct text *text, char c);
void text_number(struct text *text, uint64_t number);
void text_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The bytes as the inside of a JSON string (RFC 8259 section 7): quotes,
 * backslashes and control bytes escaped. A byte that is not ASCII is written
 * as \u00XX: the bytes come from strangers, and need not be UTF-8. */
void text_json(struct text *text, struct span bytes);

/* The value of a hexadecimal digit, or -1. */
int text_hex(char c);

#endif
