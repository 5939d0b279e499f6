/* SPDX-License-Identifier: MIT */
#ifndef POLICY_PRESET_H
#define POLICY_PRESET_H

#include <stddef.h>

#include "core/span.h"

/* The profiles that come with the program: policy/presets/NAME.ini, built
 * in. */

struct preset {
	const char *name;
	const char *text; /* the file */
};

/* By name, in alphabetical order. */
extern const struct preset presets[];
extern const size_t presets_len;

/* The preset of that name, or NULL. */
const struct preset *preset_named(const char *name);

/* The first comment of its file, which says in a line what it is for. */
struct span preset_summary(const struct preset *preset);

#endif
