/* SPDX-License-Identifier: MIT */
/* Spans: comparing and cutting bytes that somebody else owns. Never writes. */

#include <string.h>

#include "core/span.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
span_folds(const char *a, const char *b, size_t len)
{
	size_t i;

	/* Nearly all senders spell names as their documents do. */
	if (len == 0 || memcmp(a, b, len) == 0)
		return true;
	for (i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       span_eq((struct span){ s.at, prefix.len }, prefix);
}

bool
span_starts_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len &&
	       span_eq_nocase((struct span){ s.at, prefix.len }, prefix);
}

static bool
is_one_of(char c, const char *separators)
{
	return c != '\0' && strchr(separators, c) != NULL;
}

bool
span_word(struct span *rest, const char *separators, struct span *word)
{
	while (rest->len > 0 && is_one_of(*rest->at, separators)) {
		rest->at++;
		rest->len--;
	}
	*word = (struct span){ rest->at, 0 };
	while (rest->len > 0 && !is_one_of(*rest->at, separators)) {
		word->len++;
		rest->at++;
		rest->len--;
	}
	return word->len > 0;
}
