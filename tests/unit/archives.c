/* SPDX-License-Identifier: MIT */
/* Making tar archives and passing them: see archives.h. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/archives.h"
#include "tests/unit/cases.h"

static void
put(char *block, size_t at, struct span bytes)
{
	if (bytes.len > 0)
		memcpy(block + at, bytes.at, bytes.len);
}

void
archives_add(struct buf *to, const struct archives_head *head)
{
	static const char zeros[512];
	char block[512 + 1] = { 0 };
	unsigned int sum = 0;
	size_t i;

	put(block, 0, head->name);
	put(block, 100, head->mode.len > 0 ? head->mode : SPAN("0000644"));
	put(block, 108, head->uid.len > 0 ? head->uid : SPAN("0000000"));
	put(block, 116, head->gid.len > 0 ? head->gid : SPAN("0000000"));
	snprintf(block + 124, 12, "%011zo", head->data.len);
	put(block, 124, head->size);
	put(block, 136,
	    head->mtime.len > 0 ? head->mtime : SPAN("00000000007"));
	memset(block + 148, ' ', 8);
	block[156] = head->flag;
	put(block, 157, head->link);
	put(block, 257,
	    head->magic.len > 0 ? head->magic : SPAN("ustar\00000"));
	put(block, 329, head->major);
	put(block, 345, head->prefix);
	put(block, 512 - head->last.len, head->last);
	for (i = 0; i < 512; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	put(block, 148, head->sum);
	buf_add(to, block, 512);
	buf_add(to, head->data.at, head->data.len);
	buf_add(to, zeros, -head->data.len % 512);
}

void
archives_end(struct buf *to)
{
	static const char zeros[1024];

	buf_add(to, zeros, sizeof(zeros));
}

void
archives_pass(struct archives_got *got, struct span in, uint64_t limit,
    size_t step, size_t room)
{
	struct tar *tar = tar_new(limit);
	struct span piece;
	size_t written;

	*got = (struct archives_got){ .result = TAR_MORE };
	while (in.len > 0) {
		piece = (struct span){ in.at, in.len < step ? in.len : step };
		in.at += piece.len;
		in.len -= piece.len;
		do {
			got->result = tar_pass(tar, &piece,
			    buf_room(&got->out, room), room, &written);
			buf_grew(&got->out, written);
		} while (got->result != TAR_BAD && written == room);
		cr_assert(got->result == TAR_BAD || piece.len == 0);
	}
	if (got->result == TAR_BAD)
		snprintf(got->why, sizeof(got->why), "%s", tar_why(tar));
	tar_free(tar);
}

void
archives_clear(struct archives_got *got)
{
	if (got->out.len == 0)
		free(got->out.memory);
	else
		buf_clear(&got->out);
}

void
archives_pass_in_every_way(
    const char *name, struct archives_got *got, struct span in)
{
	static const size_t steps[] = { 1, 511, 4096 };
	static const size_t rooms[] = { 1, 7, 513 };
	struct archives_got other;
	size_t i;

	archives_pass(got, in, 1 << 30, in.len + 1, 1 << 16);
	for (i = 0; i < CASES(steps); i++) {
		archives_pass(&other, in, 1 << 30, steps[i], rooms[i]);
		cr_expect(eq(int, other.result, got->result), "%s", name);
		cr_expect(eq(str, other.why, got->why), "%s", name);
		cases_same(name, buf_span(&other.out), buf_span(&got->out));
		archives_clear(&other);
	}
	if (got->result == TAR_DONE) {
		archives_pass(
		    &other, buf_span(&got->out), 1 << 30, 1 << 20, 1 << 16);
		cr_expect(
		    eq(int, other.result, TAR_DONE), "%s: %s", name, other.why);
		cases_same(name, buf_span(&other.out), buf_span(&got->out));
		archives_clear(&other);
	}
}
