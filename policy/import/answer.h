/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_ANSWER_H
#define POLICY_IMPORT_ANSWER_H

#include "policy/import/language.h"
#include "policy/import/search.h"

/* What rules say of an operation, as a profile can say it. It is never more
 * than the rules let through, save where the marks below tell. */

enum extent {
	EXTENT_NONE = 0,
	EXTENT_SOME,   /* of objects that the globs match */
	EXTENT_EXCEPT, /* all but those */
	EXTENT_ALL
};

enum {
	ANSWER_GLOBS = 12
};

struct answer {
	enum extent extent;
	char *globs[ANSWER_GLOBS];
	size_t globs_len;

	/* What the rules also let through, or do not, and a profile cannot say.
	 * Empty: nothing. */
	char left_out[SEARCH_WORD]; /* let through, and not allowed */
	char version[12];	    /* not let through with this; "none" */
	char query[SEARCH_WORD];    /* only with such a query; "?": with any */
	bool by_id;		    /* objects by their IDs only */
	bool gave_up;		    /* nobody knows: nothing is allowed */
};

void answer_find(struct rules *rules, const struct operation *operation,
    const struct versions *versions, bool globs, struct answer *answer);
void answer_clear(struct answer *answer);

#endif
