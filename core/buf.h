/* SPDX-License-Identifier: MIT */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"

/* Bytes in order: added at the end, taken from the front. All zero is an
 * empty buffer, which owns no memory. */
struct buf {
	char *memory;
	size_t start; /* of the bytes, in memory */
	size_t len;   /* of the bytes */
	size_t size;  /* of memory */
};

/* Give the memory back; the buffer is empty and can be used again. */
void buf_clear(struct buf *buf);

/* The bytes in it, until the next call on the buffer. */
struct span buf_span(const struct buf *buf);

/* The same, to be changed in place. NULL when empty. */
char *buf_bytes(struct buf *buf);

/* Drop count bytes that begin at the byte at. */
void buf_remove(struct buf *buf, size_t at, size_t count);

/* Make room for more bytes behind those that are in. Returns where they go,
 * until the next call, or NULL without memory, the buffer being as it was. */
char *buf_room(struct buf *buf, size_t more);

/* So many bytes were written to what buf_room() returned. */
void buf_grew(struct buf *buf, size_t bytes);

/* Both in one. False without memory, the buffer being as it was. */
bool buf_add(struct buf *buf, const void *bytes, size_t len);

/* Drop bytes from the front. The last one to go takes the memory with it. */
void buf_take(struct buf *buf, size_t bytes);

#endif
