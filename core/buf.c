/* SPDX-License-Identifier: MIT */
/* A queue of bytes on the heap. Sessions own one only while bytes wait in
 * it, so the last byte to leave takes the memory along. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"

enum {
	SMALLEST = 512
};

void
buf_clear(struct buf *buf)
{
	free(buf->memory);
	*buf = (struct buf){ 0 };
}

struct span
buf_span(const struct buf *buf)
{
	if (buf->len == 0)
		return (struct span){ "", 0 };
	return (struct span){ buf->memory + buf->start, buf->len };
}

char *
buf_bytes(struct buf *buf)
{
	return buf->len == 0 ? NULL : buf->memory + buf->start;
}

void
buf_remove(struct buf *buf, size_t at, size_t count)
{
	char *hole;

	if (count == 0)
		return;
	hole = buf->memory + buf->start + at;
	memmove(hole, hole + count, buf->len - at - count);
	buf->len -= count;
	if (buf->len == 0)
		buf_clear(buf);
}

char *
buf_room(struct buf *buf, size_t more)
{
	size_t size;
	char *memory;

	if (buf->size - buf->start - buf->len >= more && buf->memory != NULL)
		return buf->memory + buf->start + buf->len;
	if (more > SIZE_MAX / 4 - buf->len)
		return NULL;
	for (size = SMALLEST; size < buf->len + more; size *= 2)
		continue;
	if (size <= buf->size) {
		memmove(buf->memory, buf->memory + buf->start, buf->len);
		buf->start = 0;
		return buf->memory + buf->len;
	}
	if ((memory = malloc(size)) == NULL)
		return NULL;
	if (buf->len > 0)
		memcpy(memory, buf->memory + buf->start, buf->len);
	free(buf->memory);
	buf->memory = memory;
	buf->size = size;
	buf->start = 0;
	return memory + buf->len;
}

void
buf_grew(struct buf *buf, size_t bytes)
{
	buf->len += bytes;
}

bool
buf_add(struct buf *buf, const void *bytes, size_t len)
{
	char *room;

	if (len == 0)
		return true;
	if ((room = buf_room(buf, len)) == NULL)
		return false;
	memcpy(room, bytes, len);
	buf->len += len;
	return true;
}

void
buf_take(struct buf *buf, size_t bytes)
{
	buf->start += bytes;
	buf->len -= bytes;
	if (buf->len == 0)
		buf_clear(buf);
}
