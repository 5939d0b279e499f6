/* SPDX-License-Identifier: MIT */
/* Spans: comparing and cutting bytes that somebody else owns. Never writes. */

#include <string.h>
#include <strings.h>

#include "core/span.h"

struct span
span_of(const char *string)
{
	return (struct span){ string, strlen(string) };
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
span_eq_nocase(struct span a, struct span b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
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
