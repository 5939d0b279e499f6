/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_REGEX_H
#define POLICY_IMPORT_REGEX_H

#include "core/err.h"
#include "core/span.h"
#include "policy/import/machine.h"

/* Regular expressions as RE2 and PCRE have them in common, as far as that is
 * about whether something matches: what is captured, and how greedily, is read
 * and has no meaning. Only ASCII. */

/* Add an expression to the machine as its next pattern. It may match anywhere
 * in the subject, unless it says '^' and '$'. -1 with err set, and the machine
 * as it was: it is not understood, or too large. */
int regex_add(struct machine *machine, struct span text, struct err *err);

/* Whether '|' stands outside of all parentheses, so that a '^' before it holds
 * for the first alternative only. Of an expression that regex_add() takes. */
bool regex_is_split(struct span text);

#endif
