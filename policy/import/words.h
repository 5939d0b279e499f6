/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_WORDS_H
#define POLICY_IMPORT_WORDS_H

#include <stddef.h>

#include "core/err.h"
#include "core/span.h"

/* Words of a command line. All zero is none. */
struct words {
	char **list;
	size_t len;
};

void words_clear(struct words *words);
void words_add(struct words *words, struct span word);

/* Split as a shell does: blanks, quotes, '\'; a '#' at a word's begin makes
 * the rest of its line a comment. Nothing is expanded. -1 with err set. */
int words_split(struct words *words, struct span text, struct err *err);

#endif
