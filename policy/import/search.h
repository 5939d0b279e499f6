/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_SEARCH_H
#define POLICY_IMPORT_SEARCH_H

#include "policy/import/rules.h"

/* What rules say of all the targets that an expression describes, not only of
 * samples: the rules' automaton and the expression's run together through
 * every state that both can be in. */

enum {
	SEARCH_WORD = 256 /* longer targets are not looked at */
};

struct question {
	enum method method;
	struct span language; /* an expression with '^' and '$' */
	struct span filter;   /* the same: only what it matches; or empty */
	struct span except;   /* the same: not what it matches; or empty */
	bool allowed, denied; /* what to look for; it ends when all is found */
};

struct search {
	bool allowed, denied;		/* found */
	bool gave_up;			/* not all was looked at */
	char allowed_word[SEARCH_WORD]; /* the shortest ones */
	char denied_word[SEARCH_WORD];
};

void search_ask(struct rules *rules, const struct question *question,
    struct search *search);

#endif
