/* SPDX-License-Identifier: MIT */
#ifndef POLICY_FILTERS_H
#define POLICY_FILTERS_H

#include <stdbool.h>

#include "core/span.h"

/* Whether all daemons read the value of a query's "filters" alike: a JSON
 * object of arrays of strings, or one of objects of booleans; or nothing. */
bool filters_are_good(struct span value);

#endif
