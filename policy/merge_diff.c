/* SPDX-License-Identifier: MIT */
/* The difference between a text and the same with lines put into it, as
 * patch(1) takes it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "policy/merge_parts.h"
#include "policy/profile_build.h"

enum {
	AROUND = 3 /* lines of the text that a hunk shows before and behind */
};

void
diff_add(struct buf *out, struct span bytes)
{
	if (!buf_add(out, bytes.at, bytes.len))
		must(NULL);
}

/* Cut a line off, with its line feed, if it has one. */
static bool
cut_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	*line = *rest;
	if (end != NULL)
		line->len = (size_t)(end - rest->at) + 1;
	rest->at += line->len;
	rest->len -= line->len;
	return true;
}

static size_t
count_lines(struct span text)
{
	struct span line;
	size_t count = 0;

	while (cut_line(&text, &line))
		count++;
	return count;
}

static bool
is_whole(struct span line)
{
	return line.len > 0 && line.at[line.len - 1] == '\n';
}

void
diff_apply(const struct insertions *insertions, struct buf *out)
{
	struct span rest = insertions->text, line;
	size_t i, number = 0;

	for (i = 0; i < insertions->len; i++) {
		while (number < insertions->list[i].after &&
		       cut_line(&rest, &line)) {
			diff_add(out, line);
			if (!is_whole(line))
				diff_add(out, SPAN("\n"));
			number++;
		}
		diff_add(out, buf_span(&insertions->list[i].lines));
	}
	diff_add(out, rest);
}

static void
put(struct buf *out, char mark, struct span line)
{
	diff_add(out, (struct span){ &mark, 1 });
	diff_add(out, line);
	if (!is_whole(line))
		diff_add(out, SPAN("\n\\ No newline at end of file\n"));
}

/* One line of the text; in a hunk that adds something behind one that was not
 * whole, it becomes that. */
static void
put_context(struct buf *out, struct span line, bool follows)
{
	if (is_whole(line) || !follows) {
		put(out, ' ', line);
		return;
	}
	put(out, '-', line);
	diff_add(out, SPAN("+"));
	diff_add(out, line);
	diff_add(out, SPAN("\n"));
}

static void
put_added(struct buf *out, const struct insertion *insertion)
{
	struct span rest = buf_span(&insertion->lines), line;

	while (cut_line(&rest, &line))
		put(out, '+', line);
}

/* Where a hunk of no lines begins is the line before it: POSIX, diff. */
static void
put_range(struct buf *out, const char *mark, size_t first, size_t count)
{
	char memory[64];
	struct text text = TEXT(memory);

	text_format(&text, "%s%zu", mark, count == 0 ? first : first + 1);
	if (count != 1)
		text_format(&text, ",%zu", count);
	diff_add(out, text_span(&text));
}

/* The insertions from one to before another, which are near each other. */
static void
put_hunk(const struct insertions *insertions, size_t from, size_t to,
    size_t shift, struct buf *out)
{
	const struct insertion *list = insertions->list;
	const size_t lines = count_lines(insertions->text);
	size_t first =
	    list[from].after > AROUND ? list[from].after - AROUND : 0;
	size_t last = list[to - 1].after + AROUND, added = 0, number = 0, i;
	struct span rest = insertions->text, line;

	if (last > lines)
		last = lines;
	for (i = from; i < to; i++)
		added += list[i].count;
	put_range(out, "@@ -", first, last - first);
	put_range(out, " +", first + shift, last - first + added);
	diff_add(out, SPAN(" @@\n"));
	for (i = from; number <= last; number++) {
		while (i < to && list[i].after == number)
			put_added(out, &list[i++]);
		if (number == last || !cut_line(&rest, &line))
			break;
		if (number >= first)
			put_context(
			    out, line, i < to && list[i].after == number + 1);
	}
}

void
diff_write(
    const struct insertions *insertions, const char *label, struct buf *out)
{
	const struct insertion *list = insertions->list;
	size_t from, to, shift = 0;

	if (insertions->len == 0)
		return;
	diff_add(out, SPAN("--- "));
	diff_add(out, span_of(label));
	diff_add(out, SPAN("\n+++ "));
	diff_add(out, span_of(label));
	diff_add(out, SPAN("\n"));
	for (from = 0; from < insertions->len; from = to) {
		for (to = from + 1;
		     to < insertions->len &&
		     list[to].after - list[to - 1].after <= 2 * AROUND;)
			to++;
		put_hunk(insertions, from, to, shift, out);
		while (from < to)
			shift += list[from++].count;
	}
}
