/* SPDX-License-Identifier: MIT */
/* An archive on its way up, without a session around it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "sockets/archive.h"
#include "tests/unit/cases.h"
#include "tests/unit/uploads.h"

enum {
	/* What a pass may add. */
	PASS_MAX = LIMIT_ARCHIVE_PIECE + 64
};

/* Pass all that can be passed. */
static enum archive_result
pass(struct archive *archive, struct buf *out)
{
	enum archive_result result;
	size_t before;

	do {
		before = out->len;
		result = archive_pass(archive, out);
		cr_assert(le(sz, out->len - before, PASS_MAX));
	} while (result == ARCHIVE_MORE);
	return result;
}

/* Pass an archive in two pieces: what came of it, and why. */
static enum archive_result
pass_cut(struct span in, size_t cut, struct buf *out, const char **why)
{
	struct archive *archive = archive_new();
	enum archive_result result;
	static char memory[256];

	cr_assert(archive != NULL);
	cr_assert(archive_feed(archive, (struct span){ in.at, cut }, false));
	result = pass(archive, out);
	cr_expect(ne(int, result, ARCHIVE_DONE));
	if (result == ARCHIVE_HUNGRY) {
		cr_assert(archive_feed(
		    archive, (struct span){ in.at + cut, in.len - cut }, true));
		result = pass(archive, out);
	}
	cr_expect(ne(int, result, ARCHIVE_HUNGRY));
	*why = memory;
	memory[0] = '\0';
	if (result == ARCHIVE_BAD)
		strncpy(memory, archive_why(archive), sizeof(memory) - 1);
	archive_free(archive);
	return result;
}

static void
expect_passed(const char *name, struct span in, struct span wanted)
{
	struct buf out = { 0 };
	const char *why;
	size_t cut;

	for (cut = 0; cut <= in.len; cut++) {
		cr_expect(eq(int, pass_cut(in, cut, &out, &why), ARCHIVE_DONE),
		    "%s cut at %zu: %s", name, cut, why);
		cr_expect(eq(int, uploads_unchunk(&out), FRAME_DONE));
		cases_same(name, buf_span(&out), wanted);
		buf_clear(&out);
	}
}

static void
expect_refused(const char *name, struct span in, const char *wanted)
{
	struct buf out = { 0 };
	const char *why;
	size_t cut;

	for (cut = 0; cut <= in.len; cut++) {
		cr_expect(eq(int, pass_cut(in, cut, &out, &why), ARCHIVE_BAD),
		    "%s cut at %zu", name, cut);
		cr_expect(strstr(why, wanted) != NULL, "%s: %s", name, why);
		/* What went up can never be taken for all. */
		if (out.len > 0)
			cr_expect(eq(int, uploads_unchunk(&out), FRAME_MORE));
		free(out.memory);
		out = (struct buf){ 0 };
	}
}

Test(archive, is_written_anew_in_chunks)
{
	struct buf in = { 0 }, gzip = { 0 }, wanted = { 0 };

	uploads_good(&in, SPAN("contents"));
	uploads_expect(&wanted, buf_span(&in));
	uploads_gzip(&gzip, buf_span(&in));
	expect_passed("plain", buf_span(&in), buf_span(&wanted));
	expect_passed("gzip", buf_span(&gzip), buf_span(&wanted));
	/* As tar(1) fills its last record. */
	archives_end(&in);
	expect_passed("zeros behind", buf_span(&in), buf_span(&wanted));
	buf_clear(&in);
	buf_clear(&gzip);
	buf_clear(&wanted);
}

Test(archive, is_refused_for_what_is_in_it_or_behind_it)
{
	struct buf in = { 0 }, gzip = { 0 };

	uploads_bad(&in, SPAN("contents"));
	uploads_gzip(&gzip, buf_span(&in));
	expect_refused("plain", buf_span(&in), UPLOADS_WHY);
	expect_refused("gzip", buf_span(&gzip), UPLOADS_WHY);
	buf_clear(&in);
	buf_clear(&gzip);

	uploads_good(&in, SPAN("contents"));
	uploads_gzip(&gzip, buf_span(&in));
	buf_add(&in, "x", 1);
	buf_add(&gzip, "x", 1);
	expect_refused("a byte behind", buf_span(&in), "end");
	expect_refused("a byte behind gzip", buf_span(&gzip), "cut short");
	buf_clear(&in);
	buf_clear(&gzip);

	expect_refused("text", SPAN("some text, which is no archive"), "cut");
	expect_refused("nothing", SPAN(""), "the archive is cut short");
}

Test(archive, is_refused_when_it_is_cut_short)
{
	struct buf in = { 0 }, gzip = { 0 }, out = { 0 };
	struct span part;
	const char *why;

	uploads_good(&in, SPAN("contents"));
	uploads_gzip(&gzip, buf_span(&in));
	for (part = buf_span(&in); part.len-- > 0;) {
		cr_expect(eq(int, pass_cut(part, part.len / 2, &out, &why),
			      ARCHIVE_BAD),
		    "%zu", part.len);
		cr_expect(eq(str, (char *)why, "the archive is cut short"));
		buf_clear(&out);
	}
	for (part = buf_span(&gzip); part.len-- > 0;) {
		cr_expect(eq(int, pass_cut(part, part.len / 2, &out, &why),
			      ARCHIVE_BAD),
		    "%zu", part.len);
		cr_expect(eq(str, (char *)why, "the archive is cut short"));
		buf_clear(&out);
	}
	buf_clear(&in);
	buf_clear(&gzip);
}

/* A stream of a few KiB that means many MiB comes out in pieces. */
Test(archive, comes_out_in_pieces)
{
	static char zeros[8 << 20];
	struct archive *archive = archive_new();
	struct buf in = { 0 }, gzip = { 0 }, out = { 0 };
	enum archive_result result;
	size_t all = 0;

	uploads_good(&in, (struct span){ zeros, sizeof(zeros) });
	uploads_gzip(&gzip, buf_span(&in));
	cr_assert(lt(sz, gzip.len, LIMIT_ARCHIVE_PIECE));
	cr_assert(archive_feed(archive, buf_span(&gzip), true));
	do {
		result = archive_pass(archive, &out);
		cr_assert(le(sz, out.len, PASS_MAX));
		all += out.len;
		free(out.memory);
		out = (struct buf){ 0 };
	} while (result == ARCHIVE_MORE);
	cr_expect(eq(int, result, ARCHIVE_DONE));
	cr_expect(gt(sz, all, sizeof(zeros)));
	archive_free(archive);
	buf_clear(&in);
	buf_clear(&gzip);
}
