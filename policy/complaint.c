/* SPDX-License-Identifier: MIT */
/* What is wrong in a configuration, collected; and the word that was meant. */

#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/complaint.h"

void
complain(struct complaints *complaints, const char *file, unsigned line,
    const char *format, ...)
{
	struct complaint *list, *complaint;
	va_list arguments;

	list =
	    reallocarray(complaints->list, complaints->len + 1, sizeof(*list));
	if (list == NULL)
		err(1, "reading the configuration");
	complaints->list = list;
	complaint = &list[complaints->len++];
	complaint->line = line;
	va_start(arguments, format);
	if ((complaint->file = strdup(file)) == NULL ||
	    vasprintf(&complaint->text, format, arguments) == -1)
		err(1, "reading the configuration");
	va_end(arguments);
}

bool
complaints_write(const struct complaints *complaints, struct buf *buf)
{
	const struct complaint *complaint;
	char *line;
	size_t i;
	bool ok;
	int len;

	for (i = 0; i < complaints->len; i++) {
		complaint = &complaints->list[i];
		if (complaint->line != 0)
			len = asprintf(&line, "%s:%u: %s\n", complaint->file,
			    complaint->line, complaint->text);
		else
			len = asprintf(&line, "%s: %s\n", complaint->file,
			    complaint->text);
		if (len == -1)
			return false;
		ok = buf_add(buf, line, (size_t)len);
		free(line);
		if (!ok)
			return false;
	}
	return true;
}

void
complaints_clear(struct complaints *complaints)
{
	size_t i;

	for (i = 0; i < complaints->len; i++) {
		free(complaints->list[i].file);
		free(complaints->list[i].text);
	}
	free(complaints->list);
	*complaints = (struct complaints){ 0 };
}

enum {
	WORD_MAX = 48
};

static bool
is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t d = a < b ? a : b;

	return d < c ? d : c;
}

/* Edits between two words of at most WORD_MAX letters, where exchanging two
 * neighbours is one edit and case is none. */
static size_t
distance(const char *a, const char *b)
{
	size_t edits[WORD_MAX + 1][WORD_MAX + 1], i, j;
	size_t a_len = strlen(a), b_len = strlen(b);

	for (i = 0; i <= a_len; i++)
		edits[i][0] = i;
	for (j = 0; j <= b_len; j++)
		edits[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		for (j = 1; j <= b_len; j++) {
			edits[i][j] = least(edits[i - 1][j] + 1,
			    edits[i][j - 1] + 1,
			    edits[i - 1][j - 1] + !is_same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
			    is_same(a[i - 2], b[j - 1]))
				edits[i][j] = least(edits[i][j],
				    edits[i - 2][j - 2] + 1, edits[i][j]);
		}
	}
	return edits[a_len][b_len];
}

const char *
nearest(const char *word, const char *const *words, size_t len)
{
	size_t i, best = strlen(word) / 3 + 1, d;
	const char *found = NULL;

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (i = 0; i < len; i++) {
		if (strlen(words[i]) > WORD_MAX)
			continue;
		d = distance(word, words[i]);
		if (d < best || (d == best && found == NULL)) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

void
complain_unknown(struct complaints *complaints, const char *file, unsigned line,
    const char *what, const char *word, const char *const *words, size_t len)
{
	const char *near = nearest(word, words, len);

	if (near == NULL)
		complain(complaints, file, line, "no such %s: %s", what, word);
	else
		complain(complaints, file, line,
		    "no such %s: %s; did you mean %s?", what, word, near);
}
