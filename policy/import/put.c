/* SPDX-License-Identifier: MIT */
/* Writing text piece by piece. What comes from others' files goes into a
 * profile as comments only, and cannot leave its line. */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/put.h"

enum {
	COLUMNS = 78
};

void
put_span(struct buf *buf, struct span span)
{
	if (!buf_add(buf, span.at, span.len))
		err(1, "writing a profile");
}

void
put(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) == -1)
		err(1, "writing a profile");
	va_end(arguments);
	put_span(buf, span_of(text));
	free(text);
}

void
put_glob(struct buf *buf, struct span glob, const char *star)
{
	size_t i;
	char c;

	for (i = 0; i < glob.len; i++) {
		c = glob.at[i];
		if (c == '*' && star != NULL)
			put(buf, "%s", star);
		else if (c != '\0' && strchr("\\.+*?()|[]{}^$", c) != NULL)
			put(buf, "\\%c", c);
		else
			put_span(buf, (struct span){ &c, 1 });
	}
}

void
put_quoted(struct buf *buf, struct span span)
{
	put_glob(buf, span, NULL);
}

/* So much of the text as goes into a line: whole words, if there are any. */
static size_t
cut(struct span text, size_t room)
{
	size_t i;

	if (text.len <= room)
		return text.len;
	for (i = room; i > 0; i--)
		if (text.at[i] == ' ')
			return i;
	return room;
}

void
put_comment(struct buf *buf, const char *mark, struct span text)
{
	size_t indent = strlen(mark), len, i;
	bool first = true;
	char c;

	do {
		len = cut(text, COLUMNS - 2 - indent);
		put(buf, "; %*s", (int)indent, first ? mark : "");
		for (i = 0; i < len; i++) {
			c = text.at[i];
			if (c < ' ' || c > '~')
				c = '?';
			put_span(buf, (struct span){ &c, 1 });
		}
		put_span(buf, SPAN("\n"));
		text.at += len;
		text.len -= len;
		while (text.len > 0 && *text.at == ' ') {
			text.at++;
			text.len--;
		}
		first = false;
	} while (text.len > 0);
}
