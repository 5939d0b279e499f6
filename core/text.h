/* SPDX-License-Identifier: MIT */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* Room for so many bytes, which are the text's from now on and the caller's to
 * write; NULL, when they do not fit. */
static inline char *
text_room(struct text *text, size_t len)
{
	char *room = text->at + text->len;

	if (len > text->size - text->len) {
		text->full = true;
		return NULL;
	}
	text->len += len;
	return room;
}

/* Here, so that a literal is written by a store or two. */
static inline void
text_add(struct text *text, struct span bytes)
{
	char *room = text_room(text, bytes.len);

	if (room != NULL && bytes.len > 0)
		memcpy(room, bytes.at, bytes.len);
}

static inline void
text_char(struct text *text, char c)
{
	char *room = text_room(text, 1);

	if (room != NULL)
		*room = c;
}

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
