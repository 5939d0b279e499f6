/* SPDX-License-Identifier: MIT */
/* Command lines as Go's flag package reads them. */

#include <string.h>

#include "policy/import/parts.h"

/* Whether the name is one of the words. */
static bool
is_among(struct span name, const char *words)
{
	struct span rest = span_of(words), word;

	while (span_word(&rest, " ", &word))
		if (span_eq(word, name))
			return true;
	return false;
}

bool
flag_next(const struct words *words, const char *switches, size_t *at,
    struct flag *flag)
{
	const char *word, *equals;

	while (*at < words->len && words->list[*at][0] != '-')
		(*at)++;
	if (*at == words->len)
		return false;
	word = words->list[(*at)++] + 1;
	word += *word == '-';
	equals = strchr(word, '=');
	flag->name = span_of(word);
	flag->value = NULL;
	if (equals != NULL) {
		flag->name.len = (size_t)(equals - word);
		flag->value = equals + 1;
	} else if (!is_among(flag->name, switches) && *at < words->len) {
		flag->value = words->list[(*at)++];
	}
	return true;
}

bool
flag_is_true(const char *value)
{
	return value == NULL ||
	       is_among(span_of(value), "1 t T true TRUE True");
}
