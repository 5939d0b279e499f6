/* SPDX-License-Identifier: MIT */
#ifndef POLICY_ORIGIN_H
#define POLICY_ORIGIN_H

#include <stdint.h>

/* Where a rule stands: a file (an index into policy.files) and its line.
 * Line 0 is nowhere. */
struct origin {
	uint16_t file;
	uint16_t line;
};

#endif
