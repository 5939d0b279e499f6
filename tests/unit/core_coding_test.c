/* SPDX-License-Identifier: MIT */
#include <bzlib.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "core/buf.h"
#include "core/coding.h"
#include "tests/unit/cases.h"

/* The codings, as their own libraries write them, each member by itself. */

static size_t
make_plain(char *to, size_t size, struct span bytes)
{
	cr_assert(bytes.len <= size);
	memcpy(to, bytes.at, bytes.len);
	return bytes.len;
}

static size_t
make_gzip(char *to, size_t size, struct span bytes)
{
	z_stream z = { 0 };

	cr_assert(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8,
		      Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)bytes.at;
	z.avail_in = (unsigned int)bytes.len;
	z.next_out = (unsigned char *)to;
	z.avail_out = (unsigned int)size;
	cr_assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

static size_t
make_bzip2(char *to, size_t size, struct span bytes)
{
	unsigned int len = (unsigned int)size;

	cr_assert(
	    BZ2_bzBuffToBuffCompress(to, &len, (char *)(uintptr_t)bytes.at,
		(unsigned int)bytes.len, 9, 0, 0) == BZ_OK);
	return len;
}

static size_t
make_xz_of(char *to, size_t size, struct span bytes, uint32_t preset)
{
	size_t len = 0;

	cr_assert(lzma_easy_buffer_encode(preset, LZMA_CHECK_CRC64, NULL,
		      (const uint8_t *)bytes.at, bytes.len, (uint8_t *)to, &len,
		      size) == LZMA_OK);
	return len;
}

static size_t
make_xz(char *to, size_t size, struct span bytes)
{
	return make_xz_of(to, size, bytes, 6);
}

static size_t
make_zstd_of(char *to, size_t size, struct span bytes, int window_log)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	ZSTD_inBuffer in = { bytes.at, bytes.len, 0 };
	ZSTD_outBuffer out = { to, size, 0 };

	cr_assert(zstd != NULL);
	/* A first piece by itself, so that the window is not cut down to
	 * the contents. */
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush);
	cr_assert(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end) == 0);
	ZSTD_freeCCtx(zstd);
	return out.pos;
}

static size_t
make_zstd(char *to, size_t size, struct span bytes)
{
	return make_zstd_of(to, size, bytes, CODING_ZSTD_WINDOW_LOG);
}

#define MAKER(name, many)                \
	{                                \
#name, make_##name, many \
	}

static const struct maker {
	const char *name;
	size_t (*make)(char *to, size_t size, struct span bytes);
	bool many; /* members behind each other are one stream */
} makers[] = {
	MAKER(gzip, true),
	MAKER(bzip2, true),
	MAKER(xz, false),
	MAKER(zstd, false),
};

/* What came of a stream. */
struct got {
	enum coding_result result;
	bool end;
	struct buf out;
	char why[64];
};

static void
pass(struct got *got, struct span in, uint64_t limit, size_t step, size_t size)
{
	struct coding *coding = coding_new(limit);
	char *room = malloc(size);
	struct span piece, out;

	*got = (struct got){ .result = CODING_MORE };
	while (in.len > 0 && got->result == CODING_MORE) {
		piece = (struct span){ in.at, in.len < step ? in.len : step };
		in.at += piece.len;
		in.len -= piece.len;
		do {
			got->result =
			    coding_pass(coding, &piece, room, size, &out);
			if (got->result == CODING_MORE)
				buf_add(&got->out, out.at, out.len);
		} while (got->result == CODING_MORE && out.len > 0);
		cr_assert(got->result == CODING_BAD || piece.len == 0);
	}
	got->end = coding_end(coding);
	if (got->result == CODING_BAD) {
		strncpy(got->why, coding_why(coding), sizeof(got->why) - 1);
		cr_expect(not(got->end));
		cr_expect(eq(int, coding_pass(coding, &in, room, size, &out),
		    CODING_BAD));
	}
	coding_free(coding);
	free(room);
}

/* However it is cut, these bytes come of it. */
static void
expect_bytes(const char *name, struct span in, struct span wanted)
{
	static const size_t steps[] = { 1 << 20, 1, 1 << 20, 3 };
	static const size_t rooms[] = { 1 << 20, 1 << 16, 7, 1 };
	struct got got;
	size_t i;

	for (i = 0; i < CASES(steps); i++) {
		pass(&got, in, wanted.len, steps[i], rooms[i]);
		cr_expect(eq(int, got.result, CODING_MORE), "%s", name);
		cr_expect(got.end, "%s", name);
		cases_same(name, buf_span(&got.out), wanted);
		buf_clear(&got.out);
	}
}

static void
expect_refused(const char *name, struct span in, const char *why)
{
	struct got got;

	pass(&got, in, 1 << 20, 1 << 20, 1 << 16);
	cr_expect(eq(int, got.result, CODING_BAD), "%s", name);
	cr_expect(eq(str, got.why, (char *)(uintptr_t)why), "%s", name);
	buf_clear(&got.out);
	pass(&got, in, 1 << 20, 1, 100);
	cr_expect(eq(int, got.result, CODING_BAD), "%s", name);
	buf_clear(&got.out);
}

/* Text that a coding can do something about, and not too much. */
static struct span
text(void)
{
	static char bytes[3000];
	unsigned int seed = 1;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (char)('a' + (seed >> 16) % 5);
	}
	return (struct span){ bytes, sizeof(bytes) };
}

static char made[16384];

Test(coding, gives_the_bytes_of_every_coding)
{
	size_t i, len;

	for (i = 0; i < CASES(makers); i++) {
		len = makers[i].make(made, sizeof(made), text());
		cr_expect(lt(sz, len, text().len), "%s", makers[i].name);
		expect_bytes(
		    makers[i].name, (struct span){ made, len }, text());
		len = makers[i].make(made, sizeof(made), SPAN(""));
		expect_bytes(
		    makers[i].name, (struct span){ made, len }, SPAN(""));
	}
	expect_bytes("plain", text(), text());
}

Test(coding, passes_what_only_begins_like_a_coding)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("bzip", "BZ0123"),
		CASE("compress", "\x1f\x9d\x90"),
		CASE("another gzip", "\x1f\x8b\x09"),
		CASE("nearly xz", "\xfd\x37zXZ\1"),
		CASE("nearly zstd", "\x28\xb5\x2f\xfe"),
		CASE("a skippable frame", "\x50\x2a\x4d\x18"),
		CASE("one byte", "x"),
		CASE("nothing", ""),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		expect_bytes(rows[i].name, rows[i].in, rows[i].in);
}

Test(coding, plain_bytes_are_not_copied)
{
	struct coding *coding = coding_new(100);
	struct span in = SPAN("hello"), out;
	const char *at = in.at;
	char room[1];

	cr_assert(
	    eq(int, coding_pass(coding, &in, room, 1, &out), CODING_MORE));
	cr_expect(eq(ptr, (char *)(uintptr_t)out.at, (char *)(uintptr_t)at));
	cr_expect(eq(sz, out.len, 5));
	coding_free(coding);
}

Test(coding, a_cut_stream_is_not_complete)
{
	struct got got, slow;
	size_t i, len, cut;
	struct span in;

	for (i = 0; i < CASES(makers); i++) {
		len = makers[i].make(made, sizeof(made), text());
		for (cut = 1; cut < len; cut++) {
			in = (struct span){ made, cut };
			pass(&got, in, 1 << 20, cut, 1 << 16);
			cr_expect(eq(int, got.result, CODING_MORE), "%s at %zu",
			    makers[i].name, cut);
			cr_expect(
			    not(got.end), "%s at %zu", makers[i].name, cut);
			/* What it means does not wait for more. */
			pass(&slow, in, 1 << 20, cut, 50);
			cases_same(makers[i].name, buf_span(&slow.out),
			    buf_span(&got.out));
			buf_clear(&got.out);
			buf_clear(&slow.out);
		}
	}
}

Test(coding, a_changed_stream_is_refused)
{
	static const char *const whys[] = { "a bad gzip stream",
		"a bad bzip2 stream", "a bad xz stream",
		"a bad zstd stream, or a window over 8 MiB" };
	size_t i, len;

	for (i = 0; i < CASES(makers); i++) {
		len = makers[i].make(made, sizeof(made), text());
		made[len / 2] ^= 0x10;
		expect_refused(
		    makers[i].name, (struct span){ made, len }, whys[i]);
	}
}

/* gzip and bzip2 are joined by tools that compress in parallel. */
Test(coding, members_follow_where_everybody_reads_them)
{
	char twice[6000];
	size_t i, len;

	memcpy(twice, text().at, 3000);
	memcpy(twice + 3000, text().at, 3000);
	for (i = 0; i < CASES(makers); i++) {
		len = makers[i].make(made, sizeof(made), text());
		memcpy(made + len, made, len);
		if (makers[i].many)
			expect_bytes(makers[i].name,
			    (struct span){ made, 2 * len },
			    (struct span){ twice, sizeof(twice) });
		else
			expect_refused(makers[i].name,
			    (struct span){ made, 2 * len },
			    "bytes behind the end");
	}
}

Test(coding, nothing_else_follows)
{
	static const char *const whys[] = { "a bad gzip stream",
		"a bad bzip2 stream", "bytes behind the end",
		"bytes behind the end" };
	size_t i, len;

	for (i = 0; i < CASES(makers); i++) {
		len = makers[i].make(made, sizeof(made), text());
		made[len] = 'x';
		made[len + 1] = 'y';
		expect_refused(
		    makers[i].name, (struct span){ made, len + 2 }, whys[i]);
		made[len] = made[len + 1] = '\0';
		expect_refused(
		    makers[i].name, (struct span){ made, len + 2 }, whys[i]);
	}
}

/* One coding within another is for the reader of what comes out. */
Test(coding, takes_one_coding_off)
{
	static char inner[16384];
	size_t len, inner_len;

	inner_len = make_gzip(inner, sizeof(inner), text());
	len = make_zstd(made, sizeof(made), (struct span){ inner, inner_len });
	expect_bytes("gzip in zstd", (struct span){ made, len },
	    (struct span){ inner, inner_len });
}

/* Without a checksum nothing follows zstd's last block. */
Test(coding, ends_only_when_all_was_given)
{
	size_t len;

	len = ZSTD_compress(made, sizeof(made), text().at, text().len, 3);
	expect_bytes("no checksum", (struct span){ made, len }, text());
}

Test(coding, as_much_comes_as_may)
{
	static const struct maker plain = MAKER(plain, true);
	const struct maker *maker;
	struct got got;
	size_t i, len;

	for (i = 0; i <= CASES(makers); i++) {
		maker = i < CASES(makers) ? &makers[i] : &plain;
		len = maker->make(made, sizeof(made), text());
		pass(&got, (struct span){ made, len }, 3000, 100, 100);
		cr_expect(eq(int, got.result, CODING_MORE), "%s", maker->name);
		buf_clear(&got.out);
		pass(&got, (struct span){ made, len }, 2999, 100, 100);
		cr_expect(eq(int, got.result, CODING_BAD), "%s", maker->name);
		cr_expect(eq(str, got.why, "larger than it may be"), "%s",
		    maker->name);
		buf_clear(&got.out);
	}
}

Test(coding, needs_no_more_memory_than_it_may)
{
	size_t len;

	len = make_xz_of(made, sizeof(made), text(), 6);
	expect_bytes("xz -6", (struct span){ made, len }, text());
	len = make_xz_of(made, sizeof(made), text(), 7);
	expect_refused("xz -7", (struct span){ made, len },
	    "an xz stream that needs over 10 MiB");
	len = make_zstd_of(made, sizeof(made), text(), 23);
	expect_bytes("8 MiB", (struct span){ made, len }, text());
	len = make_zstd_of(made, sizeof(made), text(), 24);
	expect_refused("16 MiB", (struct span){ made, len },
	    "a bad zstd stream, or a window over 8 MiB");
}
