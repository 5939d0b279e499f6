/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "tests/unit/cases.h"

static bool
owns_nothing(const struct buf *buf)
{
	return buf->memory == NULL && buf->size == 0 && buf->len == 0 &&
	       buf->start == 0;
}

Test(buf, of_all_zeros_is_empty)
{
	struct buf buf = { 0 };

	cr_expect(eq(sz, buf_span(&buf).len, 0));
	buf_take(&buf, 0);
	buf_clear(&buf);
	cr_expect(owns_nothing(&buf));
}

Test(buf, gives_bytes_back_in_order)
{
	struct buf buf = { 0 };

	cr_assert(buf_add(&buf, "abc", 3));
	cr_assert(buf_add(&buf, "d\0f", 3));
	cases_same("all", buf_span(&buf), SPAN("abcd\0f"));
	buf_take(&buf, 2);
	cases_same("the rest", buf_span(&buf), SPAN("cd\0f"));
	cr_assert(buf_add(&buf, "g", 1));
	cases_same("and more", buf_span(&buf), SPAN("cd\0fg"));
	buf_clear(&buf);
	cr_expect(owns_nothing(&buf));
}

Test(buf, owns_memory_only_while_bytes_wait)
{
	struct buf buf = { 0 };

	cr_assert(buf_add(&buf, "abc", 3));
	buf_take(&buf, 2);
	cr_expect(not(owns_nothing(&buf)));
	buf_take(&buf, 1);
	cr_expect(owns_nothing(&buf));
	cr_assert(buf_add(&buf, "", 0));
	cr_expect(owns_nothing(&buf));
}

Test(buf, gives_back_room_that_was_not_used)
{
	struct buf buf = { 0 };

	cr_assert(ne(ptr, buf_room(&buf, 100), NULL));
	buf_grew(&buf, 0);
	buf_take(&buf, 0);
	cr_expect(owns_nothing(&buf));
}

Test(buf, has_all_the_room_that_was_asked_for)
{
	struct buf buf = { 0 };
	size_t more;
	char *room;

	for (more = 1; more < 5000; more += 37) {
		room = buf_room(&buf, more);
		cr_assert(ne(ptr, room, NULL));
		memset(room, 'x', more);
		buf_grew(&buf, more);
		cr_expect(buf.start + buf.len <= buf.size);
		cr_expect(buf_span(&buf).at + buf.len == room + more);
	}
	buf_clear(&buf);
}

Test(buf, grows_by_less_than_was_announced)
{
	struct buf buf = { 0 };
	char *room;

	cr_assert(buf_add(&buf, "ab", 2));
	room = buf_room(&buf, 1000);
	cr_assert(ne(ptr, room, NULL));
	memcpy(room, "cd", 2);
	buf_grew(&buf, 2);
	cases_same("bytes", buf_span(&buf), SPAN("abcd"));
	buf_clear(&buf);
}

Test(buf, lets_its_bytes_be_changed_in_place)
{
	struct buf buf = { 0 };

	cr_expect(eq(ptr, buf_bytes(&buf), NULL));
	cr_assert(buf_add(&buf, "abcd", 4));
	buf_take(&buf, 1);
	memcpy(buf_bytes(&buf), "xy", 2);
	cases_same("bytes", buf_span(&buf), SPAN("xyd"));
	buf_clear(&buf);
}

Test(buf, lets_bytes_be_removed_anywhere)
{
	struct buf buf = { 0 };

	cr_assert(buf_add(&buf, "0abcdef", 7));
	buf_take(&buf, 1);
	buf_remove(&buf, 2, 2);
	cases_same("in the middle", buf_span(&buf), SPAN("abef"));
	buf_remove(&buf, 0, 1);
	cases_same("in front", buf_span(&buf), SPAN("bef"));
	buf_remove(&buf, 2, 1);
	cases_same("at the end", buf_span(&buf), SPAN("be"));
	buf_remove(&buf, 1, 0);
	buf_remove(&buf, 2, 0);
	cases_same("nothing", buf_span(&buf), SPAN("be"));
	cr_assert(buf_add(&buf, "gh", 2));
	cases_same("and on", buf_span(&buf), SPAN("begh"));
	buf_clear(&buf);
}

Test(buf, keeps_its_bytes_through_any_sequence)
{
	static const size_t adds[] = { 1, 500, 11, 512, 3, 1025, 700, 2, 4096 };
	static const size_t takes[] = { 0, 300, 7, 700, 1, 999, 64 };
	unsigned char byte, next_in = 0, next_out = 0;
	struct buf buf = { 0 };
	struct span s;
	size_t i, j, take;

	for (i = 0; i < 2000; i++) {
		for (j = 0; j < adds[i % CASES(adds)]; j++) {
			byte = next_in++;
			cr_assert(buf_add(&buf, &byte, 1));
		}
		/* Now and then all goes, so that it starts anew. */
		take = i % 10 == 9 ? buf.len : takes[i % CASES(takes)];
		take = take < buf.len ? take : buf.len;
		s = buf_span(&buf);
		for (j = 0; j < take; j++)
			if ((unsigned char)s.at[j] != next_out++)
				cr_fatal("step %zu: byte %zu is wrong", i, j);
		buf_take(&buf, take);
	}
	buf_clear(&buf);
}

Test(buf, does_not_grow_while_as_much_leaves_as_comes)
{
	struct buf buf = { 0 };
	char piece[100] = { 0 };
	size_t i, size;

	cr_assert(buf_add(&buf, piece, sizeof(piece)));
	cr_assert(buf_add(&buf, piece, sizeof(piece)));
	size = buf.size;
	for (i = 0; i < 1000; i++) {
		cr_assert(buf_add(&buf, piece, sizeof(piece)));
		buf_take(&buf, sizeof(piece));
	}
	cr_expect(eq(sz, buf.size, size));
	buf_clear(&buf);
}

Test(buf, is_as_it_was_when_there_is_no_memory)
{
	struct buf buf = { 0 };

	cr_expect(eq(ptr, buf_room(&buf, SIZE_MAX), NULL));
	cr_expect(owns_nothing(&buf));
	cr_assert(buf_add(&buf, "abc", 3));
	cr_expect(eq(ptr, buf_room(&buf, SIZE_MAX), NULL));
	cr_expect(eq(ptr, buf_room(&buf, SIZE_MAX - 3), NULL));
	cr_expect(not(buf_add(&buf, "x", SIZE_MAX)));
	cases_same("bytes", buf_span(&buf), SPAN("abc"));
	buf_clear(&buf);
}
