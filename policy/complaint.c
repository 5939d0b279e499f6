/* SPDX-License-Identifier: MIT */
/* What is wrong in a configuration, collected; and the word that was meant. */

#include <err.h>
#include <stdarg.h>
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

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t d = a < b ? a : b;

	return d < c ? d : c;
}

/* Levenshtein's distance, the case of letters not counted. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, j, diagonal, above;
	size_t b_len = strlen(b);

	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			above = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1,
			    diagonal + (lower(a[i - 1]) != lower(b[j - 1])));
			diagonal = above;
		}
	}
	return row[b_len];
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
