/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_INSPECTIONS_H
#define TESTS_UNIT_INSPECTIONS_H

#include <stddef.h>

/* Requests that are looked into, as rows of a table. */

/* What the daemon answers to a GET. */
struct inspections_fact {
	const char *path;
	unsigned status;
	const char *body;
};

#define NO_FACTS          \
	{                 \
		{         \
			0 \
		}         \
	}

struct inspections_row {
	const char *name;
	const char *profile; /* its text, in "web.ini" */
	const char *request; /* "POST /containers/create?name=x" */
	const char *body;    /* "" for none */
	/* What comes of it, where '*' stands for anything: the body that is
	 * sent; "STATUS WHY", such as "403 HostConfig.Privileged = true (*";
	 * or "ask PATH" for what is not among the facts. */
	const char *wanted;
	struct inspections_fact facts[4]; /* without a path at the end */
};

/* Check all rows. The profiles need not allow the operation. */
void inspections_check(const struct inspections_row *rows, size_t len);

/* What comes of one request, as above; good until the next call. */
const char *inspections_judge(const struct inspections_row *row);

#endif
