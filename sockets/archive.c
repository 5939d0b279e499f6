/* SPDX-License-Identifier: MIT */
/* Archives that are unpacked as root: what core/tar.h lets pass. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/coding.h"
#include "core/limits.h"
#include "core/tar.h"
#include "sockets/archive.h"

enum {
	/* Before a chunk stand its size and CR LF, behind it CR LF. */
	CHUNK_HEAD = 10,
	CHUNK_END = 2
};

struct archive {
	struct coding *coding;
	struct tar *tar;
	struct buf fed;	     /* and not decoded yet */
	struct span decoded; /* and not judged yet: in room, or in fed */
	size_t used;	     /* of fed, by the decoder */
	bool last;
	bool whole; /* the archive's own end was read */
	const char *why;
	char room[LIMIT_ARCHIVE_PIECE];
};

struct archive *
archive_new(void)
{
	struct archive *archive;

	if ((archive = calloc(1, sizeof(*archive))) == NULL)
		return NULL;
	archive->coding = coding_new(LIMIT_ARCHIVE);
	archive->tar = tar_new(LIMIT_ARCHIVE);
	if (archive->coding != NULL && archive->tar != NULL)
		return archive;
	archive_free(archive);
	return NULL;
}

void
archive_free(struct archive *archive)
{
	if (archive == NULL)
		return;
	coding_free(archive->coding);
	tar_free(archive->tar);
	buf_clear(&archive->fed);
	free(archive);
}

const char *
archive_why(const struct archive *archive)
{
	return archive->why;
}

static enum archive_result
fail(struct archive *archive, const char *why)
{
	archive->why = why;
	return ARCHIVE_BAD;
}

/* All that was fed before has been decoded and judged. */
bool
archive_feed(struct archive *archive, struct span bytes, bool last)
{
	buf_clear(&archive->fed);
	archive->used = 0;
	archive->last = last;
	return buf_add(&archive->fed, bytes.at, bytes.len);
}

/* Decode, if nothing waits to be judged. */
static bool
decode(struct archive *archive)
{
	struct span in = buf_span(&archive->fed);
	size_t before;

	if (archive->decoded.len > 0)
		return true;
	in.at += archive->used;
	in.len -= archive->used;
	before = in.len;
	if (coding_pass(archive->coding, &in, archive->room,
		sizeof(archive->room), &archive->decoded) == CODING_BAD)
		return false;
	archive->used += before - in.len;
	return true;
}

/* A chunk of so many bytes stands in the room behind its head: frame it. */
static void
frame_chunk(struct buf *out, char *room, size_t len)
{
	char head[2 * CHUNK_HEAD];

	if (len == 0)
		return;
	snprintf(head, sizeof(head), "%08x\r\n", (unsigned)len);
	memcpy(room, head, CHUNK_HEAD);
	memcpy(room + CHUNK_HEAD + len, "\r\n", CHUNK_END);
	buf_grew(out, CHUNK_HEAD + len + CHUNK_END);
}

static enum archive_result
end(struct archive *archive, struct buf *out)
{
	if (!archive->last)
		return ARCHIVE_HUNGRY;
	if (!coding_end(archive->coding) || !archive->whole)
		return fail(archive, "the archive is cut short");
	if (!buf_add(out, "0\r\n\r\n", 5))
		return fail(archive, "out of memory");
	return ARCHIVE_DONE;
}

enum archive_result
archive_pass(struct archive *archive, struct buf *out)
{
	enum tar_result result;
	size_t written;
	char *room;

	if (!decode(archive))
		return fail(archive, coding_why(archive->coding));
	room = buf_room(out, CHUNK_HEAD + LIMIT_ARCHIVE_PIECE + CHUNK_END);
	if (room == NULL)
		return fail(archive, "out of memory");
	/* Also when nothing was decoded: it may have more to write. */
	result = tar_pass(archive->tar, &archive->decoded, room + CHUNK_HEAD,
	    LIMIT_ARCHIVE_PIECE, &written);
	if (result == TAR_BAD)
		return fail(archive, tar_why(archive->tar));
	archive->whole = result == TAR_DONE;
	frame_chunk(out, room, written);
	if (written > 0 || archive->decoded.len > 0 ||
	    archive->used < archive->fed.len)
		return ARCHIVE_MORE;
	if (!decode(archive))
		return fail(archive, coding_why(archive->coding));
	return archive->decoded.len > 0 ? ARCHIVE_MORE : end(archive, out);
}
