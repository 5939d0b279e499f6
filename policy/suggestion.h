/* SPDX-License-Identifier: MIT */
#ifndef POLICY_SUGGESTION_H
#define POLICY_SUGGESTION_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/span.h"
#include "policy/operation.h"
#include "policy/section.h"

/* The smallest profile that allows what was seen of a client, out of the log.
 * Ends the program where memory is short. */

struct suggestion;

/* For the profile of that name. */
struct suggestion *suggestion_new(const char *profile);
void suggestion_free(struct suggestion *suggestion);

/* Read one line of the log, whoever has put something before it, or of the
 * audit file: suggestion_read.c. False: it could not be read, though it seems
 * to be ours. */
bool suggestion_read(struct suggestion *suggestion, struct span line);

/* What such a line says: a request was seen; or, denied, one that should
 * pass. */
void suggestion_operation(struct suggestion *suggestion,
    const struct operation *operation, bool denied);

/* One needs a line, "[container] image = nginx", and passed; or, denied, it
 * would pass with that. False: no profile can have such a line. */
bool
suggestion_need(struct suggestion *suggestion, struct span line, bool denied);

/* Something that no line can allow. */
void suggestion_remark(struct suggestion *suggestion, struct span remark);

const char *suggestion_profile(const struct suggestion *suggestion);

/* How many requests were seen. */
unsigned long suggestion_seen(const struct suggestion *suggestion);

/* One line of it. */
struct suggested {
	const char *section; /* "allow", "container" */
	const char *key;
	const char *value;
	const char *comment;	 /* for the line before */
	bool in_force;		 /* or it can only be a comment itself */
	enum section_key number; /* or KEY_NONE: in [allow] */
};

/* All lines, in the order of a profile. */
void suggestion_each(const struct suggestion *suggestion,
    void (*each)(void *arg, const struct suggested *line), void *arg);

/* All remarks. */
void suggestion_each_remark(const struct suggestion *suggestion,
    void (*each)(void *arg, const char *remark), void *arg);

/* The profile as a text. What would give root, and never passed, stands in
 * comments, and so do the remarks. */
void suggestion_write(const struct suggestion *suggestion, struct buf *out);

/* A comment, in lines as long as people and profiles take them. */
void suggestion_comment(struct buf *out, const char *comment);

#endif
