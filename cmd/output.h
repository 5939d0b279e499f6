/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stdbool.h>

#include "core/span.h"

/* JSON to standard output, for --json. */

void output_json_string(struct span string);

/* "key":"value", or "key":null for NULL; a comma first, if it follows. */
void output_json_member(const char *key, const char *value, bool follows);

#endif
