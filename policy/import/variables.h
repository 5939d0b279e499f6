/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_VARIABLES_H
#define POLICY_IMPORT_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/span.h"

/* An environment, wherever it is written. */

struct variable {
	char *name;
	char *value; /* NULL: it is not said here */
	unsigned line;
};

/* All zero is none. */
struct variables {
	struct variable *list;
	size_t len;
};

void variables_clear(struct variables *variables);
void variables_add(struct variables *variables, struct span name,
    const struct span *value, unsigned line);

/* Lines of NAME=VALUE, as env_file of Compose has them. -1 with err set. */
int variables_read(struct variables *variables, struct span text,
    const char *file, struct err *err);

/* Whether text could be such lines: its first line is one. */
bool variables_seem(struct span text);

/* "NAME=VALUE" strings, up to NULL. */
void
variables_add_process(struct variables *variables, char *const *environment);

/* The last one of that name, or NULL. */
const struct variable *
variables_find(const struct variables *variables, const char *name);

#endif
