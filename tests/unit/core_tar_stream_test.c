/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/archives.h"
#include "tests/unit/cases.h"

static const uint64_t enough = UINT64_C(1) << 50;

static bool
ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* What comes out. */

static void
passes(struct archives_got *got, const struct archives_head *heads, size_t len)
{
	struct buf in = { 0 };
	size_t i;

	for (i = 0; i < len; i++)
		archives_add(&in, &heads[i]);
	archives_end(&in);
	archives_pass_in_every_way("the archive", got, buf_span(&in));
	cr_assert(eq(int, got->result, TAR_DONE), "%s", got->why);
	buf_clear(&in);
}

/* The bytes that stand in an output. */
static struct span
at(const struct archives_got *got, size_t from, size_t len)
{
	cr_assert(from + len <= got->out.len);
	return (struct span){ buf_span(&got->out).at + from, len };
}

#define SAME(got, from, literal) \
	cases_same(              \
	    #literal, at((got), (from), sizeof(literal) - 1), SPAN(literal))

Test(tar_stream, writes_an_entry_in_one_way)
{
	static const struct archives_head heads[] = {
		HEAD('\0', ".//a", .data = SPAN("hello"), V7,
		    .uid = SPAN("    17 \0"), .mode = SPAN("100640 \0")),
		HEAD('2', "l", .link = SPAN("a"), GNU, .prefix = SPAN("1")),
	};
	struct archives_got got;

	passes(&got, heads, 2);
	cr_assert(eq(sz, got.out.len, 7 * 512));
	SAME(&got, 0, "@pax\0");
	SAME(&got, 124, "00000000023\000");
	SAME(&got, 156, "x");
	SAME(&got, 512, "19 comment=postern\n\0");
	SAME(&got, 1024, "a\0\0");
	SAME(&got, 1024 + 100, "0000640\0000000017\0000000000\00000000000005");
	SAME(&got, 1024 + 136, "00000000007\000");
	SAME(&got, 1024 + 154, "\000 0\0\0");
	SAME(&got, 1024 + 257, "ustar\00000\0\0");
	SAME(&got, 1536, "hello\0\0");
	SAME(&got, 2048, "l\0");
	SAME(&got, 2048 + 156, "2a\0");
	SAME(&got, 2048 + 345, "\0");
	archives_clear(&got);
}

Test(tar_stream, writes_what_does_not_fit_into_a_pax_header)
{
	static char name[101], records[256];
	struct text text = TEXT(records);
	struct archives_head heads[] = {
		HEAD('x', "x"),
		HEAD('5', "a"),
	};
	struct archives_got got;

	memset(name, 'n', sizeof(name));
	text_format(
	    &text, "111 path=%.101s\n15 uid=4000000\n14 mtime=-1.5\n", name);
	heads[0].data = text_span(&text);
	passes(&got, heads, 2);
	SAME(&got, 512, "112 path=nnn");
	SAME(&got, 512 + 9 + 101, "/\n15 uid=4000000\n12 mtime=-2\n\0");
	SAME(&got, 1024, "@long\0");
	SAME(&got, 1024 + 108, "0000000\0");
	SAME(&got, 1024 + 136, "00000000000\0");
	SAME(&got, 1024 + 156, "5\0");
	archives_clear(&got);
}

/* A name of 100 bytes fits, and has no NUL behind it. */
Test(tar_stream, writes_what_fits_without_a_pax_header)
{
	static char name[100];
	struct archives_head heads[] = {
		HEAD('0', ""),
		HEAD('0', ""),
		HEAD('5', ""),
	};
	struct archives_got got;
	size_t i;

	memset(name, 'n', sizeof(name));
	for (i = 0; i < CASES(heads); i++)
		heads[i].name = (struct span){ name, sizeof(name) };
	passes(&got, heads, CASES(heads));
	SAME(&got, 1536, "nnn");
	SAME(&got, 2048, "@pax\0");
	archives_clear(&got);
}

Test(tar_stream, names_are_as_long_as_linux_has_them)
{
	static char name[4097];
	struct archives_head heads[] = {
		HEAD('L', "l", .data = { name, 4095 }, GNU),
		HEAD('0', "a"),
	};
	struct archives_got got;
	struct buf in = { 0 };

	memset(name, 'n', sizeof(name));
	passes(&got, heads, 2);
	archives_clear(&got);
	name[4095] = '/';
	heads[0].data.len = 4096;
	heads[1].flag = '5';
	passes(&got, heads, 2);
	archives_clear(&got);
	name[4095] = 'n';
	heads[1].flag = '0';
	archives_add(&in, &heads[0]);
	archives_add(&in, &heads[1]);
	archives_pass_in_every_way("a name", &got, buf_span(&in));
	cr_expect(eq(int, got.result, TAR_BAD));
	cr_expect(ends_with(got.why, ": a name that is too long"));
	archives_clear(&got);
	buf_clear(&in);
}

/* How it begins and ends. */

Test(tar_stream, sizes_over_8_GiB_are_said_in_a_pax_header)
{
	static const struct {
		const char *name;
		struct span size;
		struct span said;
		size_t at;
	} rows[] = {
		CASE("the largest that fits", "77777777777\0",
		    SPAN("77777777777\0"), 1024 + 124),
		CASE("in base 256", "\x80\0\0\0\0\0\0\2\0\0\0\0",
		    SPAN("19 size=8589934592\n\0"), 512),
	};
	struct archives_head head = HEAD('0', "a", GNU);
	struct archives_got got;
	struct buf in = { 0 };
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		head.size = rows[i].size;
		archives_add(&in, &head);
		archives_pass(&got, buf_span(&in), enough, 512, 4096);
		cr_expect(eq(int, got.result, TAR_MORE), "%s", rows[i].name);
		cases_same(rows[i].name, at(&got, rows[i].at, rows[i].said.len),
		    rows[i].said);
		archives_clear(&got);
		/* One that cannot come to its end is not begun. */
		archives_pass(&got, buf_span(&in), 1 << 30, 512, 4096);
		cr_expect(eq(int, got.result, TAR_BAD), "%s", rows[i].name);
		cr_expect(eq(sz, got.out.len, 0), "%s", rows[i].name);
		archives_clear(&got);
		buf_clear(&in);
	}
}

Test(tar_stream, is_complete_behind_two_blocks_of_zeros)
{
	static const struct archives_head head =
	    HEAD('0', "a", .data = SPAN("hello"));
	struct archives_got got;
	struct buf in = { 0 };
	size_t cut;

	archives_add(&in, &head);
	archives_end(&in);
	for (cut = 0; cut < in.len; cut++) {
		archives_pass(
		    &got, (struct span){ in.memory, cut }, enough, 512, 4096);
		cr_assert(eq(int, got.result, TAR_MORE), "cut at %zu", cut);
		archives_clear(&got);
	}
	archives_pass(&got, buf_span(&in), enough, 512, 4096);
	cr_expect(eq(int, got.result, TAR_DONE));
	archives_clear(&got);
	buf_clear(&in);
}

Test(tar_stream, an_archive_may_have_no_entry)
{
	struct archives_got got;

	passes(&got, NULL, 0);
	cr_expect(eq(sz, got.out.len, 1024));
	archives_clear(&got);
}

Test(tar_stream, only_zeros_may_follow)
{
	static const struct archives_head head = HEAD('0', "a");
	struct archives_got got;
	struct buf in = { 0 };

	archives_add(&in, &head);
	archives_end(&in);
	archives_end(&in);
	archives_pass_in_every_way("zeros", &got, buf_span(&in));
	cr_expect(eq(int, got.result, TAR_DONE));
	cr_expect(eq(sz, got.out.len, 1536 + 1024));
	archives_clear(&got);
	buf_add(&in, "x", 1);
	archives_pass_in_every_way("a byte", &got, buf_span(&in));
	cr_expect(eq(int, got.result, TAR_BAD));
	cr_expect(eq(str, got.why, "bytes behind the end"));
	archives_clear(&got);
	buf_clear(&in);
}

Test(tar_stream, refuses_one_block_of_zeros_between_entries)
{
	static const struct archives_head head = HEAD('0', "a");
	static const char zeros[512];
	struct archives_got got;
	struct buf in = { 0 };

	archives_add(&in, &head);
	buf_add(&in, zeros, 512);
	archives_add(&in, &head);
	archives_end(&in);
	archives_pass_in_every_way("a block", &got, buf_span(&in));
	cr_expect(eq(int, got.result, TAR_BAD));
	cr_expect(eq(str, got.why, "one block of zeros in the middle"));
	archives_clear(&got);
	buf_clear(&in);
}

Test(tar_stream, what_fills_a_block_up_is_not_passed_on)
{
	static const struct archives_head head =
	    HEAD('0', "a", .data = SPAN("hello"));
	struct archives_got clean, got;
	struct buf in = { 0 };

	passes(&clean, &head, 1);
	archives_add(&in, &head);
	memset(buf_bytes(&in) + 512 + 5, 'x', 507);
	archives_end(&in);
	archives_pass_in_every_way("filled", &got, buf_span(&in));
	cr_expect(eq(int, got.result, TAR_DONE));
	cases_same("filled", buf_span(&got.out), buf_span(&clean.out));
	archives_clear(&clean);
	archives_clear(&got);
	buf_clear(&in);
}

Test(tar_stream, stays_refused)
{
	static const struct archives_head bad = HEAD('6', "a");
	struct tar *tar = tar_new(enough);
	struct buf in = { 0 };
	struct span rest;
	char room[512];
	size_t written;

	archives_add(&in, &bad);
	archives_end(&in);
	rest = buf_span(&in);
	cr_expect(eq(int, tar_pass(tar, &rest, room, 512, &written), TAR_BAD));
	cr_expect(eq(int, tar_pass(tar, &rest, room, 512, &written), TAR_BAD));
	cr_expect(eq(sz, written, 0));
	cr_expect(eq(str, (char *)tar_why(tar), "a: a FIFO"));
	tar_free(tar);
	buf_clear(&in);
}

/* Limits. */

Test(tar_stream, is_as_large_as_it_may_be)
{
	static const struct archives_head head = HEAD('0', "a");
	struct archives_got got;
	struct buf in = { 0 };

	archives_add(&in, &head);
	archives_end(&in);
	archives_pass(&got, buf_span(&in), in.len, 100, 100);
	cr_expect(eq(int, got.result, TAR_DONE));
	archives_clear(&got);
	archives_pass(&got, buf_span(&in), in.len - 1, 100, 100);
	cr_expect(eq(int, got.result, TAR_BAD));
	cr_expect(eq(str, got.why, "larger than it may be"));
	archives_clear(&got);
	buf_clear(&in);
}

Test(tar_stream, pax_headers_are_as_large_as_they_may_be)
{
	static char records[TAR_RECORDS + 1];
	struct archives_head heads[] = {
		HEAD('x', "x", .data = { records, TAR_RECORDS }),
		HEAD('0', "a"),
	};
	struct archives_got got;
	struct buf in = { 0 };

	memset(records, 'x', sizeof(records));
	memcpy(records, "65536 comment=", 14);
	records[TAR_RECORDS - 1] = '\n';
	passes(&got, heads, 2);
	archives_clear(&got);
	heads[0].data.len++;
	archives_add(&in, &heads[0]);
	archives_pass(&got, buf_span(&in), enough, 512, 512);
	cr_expect(eq(int, got.result, TAR_BAD));
	cr_expect(eq(str, got.why, "a PAX header that is too large"));
	archives_clear(&got);
	buf_clear(&in);
}

/* Add the same header so often, a number being written into its name. */
static enum tar_result
repeat(struct tar *tar, const struct archives_head *like, size_t name_len,
    size_t first, size_t count)
{
	static char name[4096], room[16384];
	struct archives_head head = *like;
	enum tar_result result = TAR_MORE;
	struct archives_head longer =
	    HEAD('L', "l", .data = { name, name_len }, GNU);
	struct buf in = { 0 };
	size_t i, written;
	struct span rest;

	for (i = first; i < first + count && result == TAR_MORE; i++) {
		memset(name, 'n', sizeof(name));
		name[snprintf(name, sizeof(name), "%zu", i * 7919 % 1000003)] =
		    '-';
		head.name = (struct span){ name, name_len };
		if (name_len > 100) {
			archives_add(&in, &longer);
			head.name.len = 1;
		}
		archives_add(&in, &head);
		rest = buf_span(&in);
		result = tar_pass(tar, &rest, room, sizeof(room), &written);
		buf_take(&in, in.len);
	}
	return result;
}

Test(tar_stream, has_as_many_entries_as_it_may_have)
{
	static const struct archives_head file = HEAD('0', "");
	struct tar *tar = tar_new(enough);

	cr_expect(eq(int, repeat(tar, &file, 8, 0, TAR_ENTRIES), TAR_MORE));
	cr_expect(eq(int, repeat(tar, &file, 8, 0, 1), TAR_BAD));
	cr_expect(ends_with(tar_why(tar), ": too many entries"));
	tar_free(tar);
}

Test(tar_stream, remembers_so_many_symbolic_links)
{
	static const struct archives_head link =
	    HEAD('2', "", .link = SPAN("x"));
	static const struct archives_head file = HEAD('0', "");
	struct tar *tar = tar_new(enough);

	cr_expect(eq(int, repeat(tar, &link, 8, 0, TAR_LINKS), TAR_MORE));
	cr_expect(eq(int, repeat(tar, &file, 8, TAR_LINKS, 9), TAR_MORE));
	cr_expect(eq(int, repeat(tar, &link, 8, TAR_LINKS, 1), TAR_BAD));
	cr_expect(ends_with(tar_why(tar), ": too many symbolic links"));
	tar_free(tar);
}

Test(tar_stream, remembers_so_many_bytes_of_their_names)
{
	static const struct archives_head link =
	    HEAD('2', "", .link = SPAN("x"));
	const size_t fit = TAR_LINKS_BYTES / (4000 + 2);
	struct tar *tar = tar_new(enough);

	cr_expect(eq(int, repeat(tar, &link, 4000, 0, fit), TAR_MORE));
	cr_expect(eq(int, repeat(tar, &link, 4000, fit, 1), TAR_BAD));
	cr_expect(ends_with(tar_why(tar), ": too many symbolic links"));
	tar_free(tar);
}

Test(tar_stream, finds_each_symbolic_link_among_many)
{
	static const struct archives_head link =
	    HEAD('2', "", .link = SPAN("x"));
	static const struct archives_head file = HEAD('0', "");
	struct tar *tar;
	size_t i;

	for (i = 0; i < 300; i++) {
		tar = tar_new(enough);
		cr_assert(eq(int, repeat(tar, &link, 8, 0, 300), TAR_MORE));
		cr_expect(eq(int, repeat(tar, &file, 8, 300 + i, 1), TAR_MORE));
		cr_expect(eq(int, repeat(tar, &file, 8, i, 1), TAR_BAD));
		tar_free(tar);
	}
}
