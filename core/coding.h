/* SPDX-License-Identifier: MIT */
#ifndef CORE_CODING_H
#define CORE_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* Compressed streams: found out by their first bytes, as the daemons do it,
 * since no header field says so. */

enum {
	/* What a decoder may hold, and so what an archive may need. xz takes 9
	 * MiB at its default, -6, and goes over it with -7. */
	CODING_XZ_MEMORY = 10 * 1024 * 1024,
	/* 8 MiB, what RFC 8878 asks every decoder for. zstd goes over it with
	 * --ultra -20 and with --long only. */
	CODING_ZSTD_WINDOW_LOG = 23
};

enum coding_result {
	CODING_BAD = 0, /* not to be decoded: refuse, coding_why() says why */
	CODING_MORE	/* the stream goes on, or may */
};

struct coding;

/* A stream under way, of which at most so many decoded bytes may come. Owned
 * by the caller; NULL without memory. A plain one takes 200 bytes, gzip 50
 * KiB, bzip2 4 MiB, xz 10 and zstd 9 MiB at most. */
struct coding *coding_new(uint64_t limit);
void coding_free(struct coding *coding);

/* Take bytes from the front of *in, and say in *out which bytes they mean:
 * bytes that were written to room[0..size), or, of a stream that is not
 * compressed, bytes of in itself (then nothing was copied). They are good
 * until the next call. An empty *out says that all of in was taken, and all
 * given that it means; before that, call again, also when in is empty. size is
 * at least 1. After CODING_BAD every call returns that.
 *
 * A stream is plain, gzip, bzip2, xz or zstd. Members behind each other, as
 * bgzip and pbzip2 make them, are one stream for gzip and bzip2, as they are
 * for the daemons; behind the end of xz and zstd nothing may follow. */
enum coding_result coding_pass(struct coding *coding, struct span *in,
    char *room, size_t size, struct span *out);

/* Is the stream complete? An empty one is, a cut one is not, and neither is
 * a plain one too short to show that it is plain (at most 5 bytes). */
bool coding_end(const struct coding *coding);

/* Why the stream was refused; never contains bytes of it. */
const char *coding_why(const struct coding *coding);

#endif
