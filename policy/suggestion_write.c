/* SPDX-License-Identifier: MIT */
/* A suggestion as a file: what people read stands in comments. */

#include "core/limits.h"
#include "core/text.h"
#include "policy/profile_build.h"
#include "policy/suggestion.h"

enum {
	WIDTH = 78
};

static void
add(struct buf *out, struct span bytes)
{
	if (!buf_add(out, bytes.at, bytes.len))
		must(NULL);
}

static void
add_string(struct buf *out, const char *string)
{
	add(out, span_of(string));
}

/* Comments hold what strangers sent: a line of a profile is made of printable
 * bytes, and not too long. */
void
suggestion_comment(struct buf *out, const char *comment)
{
	struct span rest = span_of(comment), word;
	size_t column = 0, i;
	char c;

	while (span_word(&rest, " \n\t", &word)) {
		if (word.len > WIDTH)
			word.len = WIDTH;
		if (column > 0 && column + 1 + word.len > WIDTH) {
			add_string(out, "\n");
			column = 0;
		}
		add_string(out, column == 0 ? "; " : " ");
		for (i = 0; i < word.len; i++) {
			c = word.at[i];
			if (c < ' ' || c > '~')
				c = '?';
			add(out, (struct span){ &c, 1 });
		}
		column += 1 + word.len + (column == 0);
	}
	add_string(out, "\n");
}

/* While lines are written. */
struct writer {
	struct buf *out;
	const char *section; /* the last */
};

static void
write_section(struct writer *writer, const char *section)
{
	if (writer->section != NULL &&
	    span_eq(span_of(writer->section), span_of(section)))
		return;
	writer->section = section;
	add_string(writer->out, "\n[");
	add_string(writer->out, section);
	add_string(writer->out, "]\n");
}

static void
write_line(void *arg, const struct suggested *line)
{
	struct writer *writer = arg;

	char memory[LIMIT_INI_LINE + 1];
	struct text text = { memory, 0, sizeof(memory) - 1, false };

	write_section(writer, line->section);
	suggestion_comment(writer->out, line->comment);
	text_format(&text, "%s = %s", line->key, line->value);
	memory[text.len] = '\0';
	if (line->in_force) {
		add_string(writer->out, memory);
		add_string(writer->out, "\n");
	} else {
		suggestion_comment(writer->out, memory);
	}
}

static void
write_remark(void *arg, const char *remark)
{
	suggestion_comment(arg, remark);
}

void
suggestion_write(const struct suggestion *suggestion, struct buf *out)
{
	struct writer writer = { out, NULL };
	char memory[256];
	struct text text = { memory, 0, sizeof(memory) - 1, false };

	text_format(&text, "What %s was seen to need, in %lu request%s.",
	    suggestion_profile(suggestion), suggestion_seen(suggestion),
	    suggestion_seen(suggestion) == 1 ? "" : "s");
	memory[text.len] = '\0';
	suggestion_comment(out, memory);
	suggestion_each_remark(suggestion, write_remark, out);
	suggestion_each(suggestion, write_line, &writer);
}
