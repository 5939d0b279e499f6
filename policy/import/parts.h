/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_PARTS_H
#define POLICY_IMPORT_PARTS_H

#include "core/text.h"
#include "policy/import/answer.h"
#include "policy/import/import.h"
#include "policy/import/rules.h"
#include "policy/import/variables.h"
#include "policy/import/words.h"

/* One import under way; for this folder only. */
struct import {
	const struct import_input *input;
	const char *where; /* the file, for people, or "the environment" */
	struct complaints *warnings;
	struct complaints remarks; /* only for the profile's comments */
	struct variables variables;
	struct words words; /* of a command line */
	struct rules rules;
	struct words binds;	/* directories that containers may mount */
	struct answer *answers; /* of each operation */
};

/* What a person should know, and perhaps mend; line 0: none. */
void import_warn(struct import *import, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void import_remark(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add a rule; one that is not understood is warned about, by the text that was
 * read, and left out. */
bool import_rule(struct import *import, unsigned line, bool allow,
    unsigned methods, const char *expression, const char *text);

/* Read the environment, and the command line where there is one, from a Compose
 * file, whose service has such an image or the input's name; from a file of
 * variables or of a command line; or from the process. -1 with err set. */
bool source_is_yaml(const char *file);
int source_read(struct import *import, const char *image, struct err *err);

/* What each kind does with what it reads. -1 with err set. */
int haproxy_read(struct import *import, struct err *err);
int wollomatic_read(struct import *import, struct err *err);
int cetusguard_read(struct import *import, struct err *err);
int knrdl_read(struct import *import, struct err *err);
int sockguard_read(struct import *import, struct err *err);

/* A flag of a command line, "-name=value" or "-name" and the next word. */
struct flag {
	struct span name;
	const char *value; /* NULL: none */
};

/* Take the next flag; words before it are skipped. Those whose names are in
 * switches, between blanks, take no next word. False at the end. */
bool flag_next(const struct words *words, const char *switches, size_t *at,
    struct flag *flag);

/* "true", "1" and the like, as Go reads them. */
bool flag_is_true(const char *value);

/* Note what the rules let through without meaning to. */
void remarks_find(struct import *import);

/* Write what was found. */
void profile_write(struct import *import, struct buf *profile);

#endif
