/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_UPLOADS_H
#define TESTS_UNIT_UPLOADS_H

#include "core/frame.h"
#include "tests/unit/archives.h"

/* Archives as bodies: what goes in, and what comes out. */

/* An archive of one file, "a", with this in it; and one with an entry more,
 * which is refused. */
void uploads_good(struct buf *archive, struct span data);
void uploads_bad(struct buf *archive, struct span data);

/* The reason for that. */
#define UPLOADS_WHY "setuid"

/* The same bytes, compressed. */
void uploads_gzip(struct buf *to, struct span bytes);

/* The same bytes as one chunk, and the last one. */
void uploads_chunk(struct buf *to, struct span bytes);

/* What the chunks mean that have come, taken to pieces in place. */
enum frame_result uploads_unchunk(struct buf *chunks);

/* What an archive that passes goes up as. */
void uploads_expect(struct buf *to, struct span archive);

#endif
