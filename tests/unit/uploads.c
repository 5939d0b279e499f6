/* SPDX-License-Identifier: MIT */
/* Archives as bodies: see uploads.h. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "tests/unit/uploads.h"

void
uploads_good(struct buf *archive, struct span data)
{
	const struct archives_head file = {
		.flag = '0', .name = SPAN("a"), .data = data
	};

	archives_add(archive, &file);
	archives_end(archive);
}

void
uploads_bad(struct buf *archive, struct span data)
{
	const struct archives_head files[] = {
		{.flag = '0',  .name = SPAN("a"), .data = data	       },
		{ .flag = '0', .name = SPAN("b"), .mode = SPAN("0004755")},
	};

	archives_add(archive, &files[0]);
	archives_add(archive, &files[1]);
	archives_end(archive);
}

void
uploads_gzip(struct buf *to, struct span bytes)
{
	z_stream z = { 0 };
	uLong most;

	cr_assert(eq(int,
	    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY),
	    Z_OK));
	most = deflateBound(&z, bytes.len);
	z.next_in = (unsigned char *)(uintptr_t)bytes.at;
	z.avail_in = (unsigned)bytes.len;
	z.next_out = (unsigned char *)buf_room(to, most);
	z.avail_out = (unsigned)most;
	cr_assert(eq(int, deflate(&z, Z_FINISH), Z_STREAM_END));
	buf_grew(to, most - z.avail_out);
	deflateEnd(&z);
}

void
uploads_chunk(struct buf *to, struct span bytes)
{
	char size[32];
	int len = snprintf(size, sizeof(size), "%zx\r\n", bytes.len);

	buf_add(to, size, (size_t)len);
	buf_add(to, bytes.at, bytes.len);
	buf_add(to, "\r\n0\r\n\r\n", 7);
}

enum frame_result
uploads_unchunk(struct buf *chunks)
{
	struct frame frame = { .kind = FRAME_CHUNKED };
	enum frame_result result;
	size_t out = 0, used = 0;

	result = frame_pass(
	    &frame, FRAME_BARE, buf_bytes(chunks), chunks->len, &out, &used);
	cr_expect(eq(sz, used, chunks->len));
	buf_remove(chunks, out, chunks->len - out);
	return result;
}

void
uploads_expect(struct buf *to, struct span archive)
{
	struct archives_got got;

	archives_pass(&got, archive, 1 << 30, archive.len, 1 << 16);
	cr_assert(eq(int, got.result, TAR_DONE), "%s", got.why);
	buf_add(to, buf_span(&got.out).at, got.out.len);
	archives_clear(&got);
}
