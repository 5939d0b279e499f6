/* SPDX-License-Identifier: MIT */
/* Splitting a command line into words, as a shell would. */

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "policy/import/put.h"
#include "policy/import/words.h"
#include "policy/profile_build.h"

void
words_clear(struct words *words)
{
	size_t i;

	for (i = 0; i < words->len; i++)
		free(words->list[i]);
	free(words->list);
	*words = (struct words){ 0 };
}

void
words_add(struct words *words, struct span word)
{
	words->list = must(
	    reallocarray(words->list, words->len + 1, sizeof(*words->list)));
	words->list[words->len++] = must(strndup(word.at, word.len));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One word, from its first byte on. -1: a quote is not closed. */
static int
read_word(struct span *rest, struct buf *word)
{
	char quote = '\0', c;

	for (; rest->len > 0 && (quote != '\0' || !is_blank(*rest->at));
	     rest->at++, rest->len--) {
		c = *rest->at;
		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (c == quote && quote != '\0') {
			quote = '\0';
			continue;
		}
		if (c == '\\' && quote != '\'' && rest->len > 1 &&
		    (quote == '\0' ||
			strchr("\"\\$`\n", rest->at[1]) != NULL)) {
			rest->at++;
			rest->len--;
			c = *rest->at;
			if (c == '\n')
				continue;
		}
		put_span(word, (struct span){ &c, 1 });
	}
	return quote == '\0' ? 0 : -1;
}

int
words_split(struct words *words, struct span text, struct err *err)
{
	struct buf word = { 0 };
	const char *end;
	int result;

	for (;;) {
		while (text.len > 0 && is_blank(*text.at)) {
			text.at++;
			text.len--;
		}
		if (text.len == 0)
			return 0;
		if (*text.at == '#') {
			end = memchr(text.at, '\n', text.len);
			if (end == NULL)
				return 0;
			text.len -= (size_t)(end - text.at);
			text.at = end;
			continue;
		}
		/* A line that goes on in the next is no word. */
		if (text.len > 1 && *text.at == '\\' && text.at[1] == '\n') {
			text.at += 2;
			text.len -= 2;
			continue;
		}
		result = read_word(&text, &word);
		if (result == 0)
			words_add(words, buf_span(&word));
		buf_clear(&word);
		if (result == -1)
			return err_set(
			    err, 0, "a quote in the command line has no end");
	}
}
