/* SPDX-License-Identifier: MIT */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include <stdbool.h>

#include "core/err.h"
#include "policy/config.h"
#include "policy/profile.h"

/* The configuration, from the command line, the environment, postern.ini and
 * defaults, in this order; and the policy that it leads to. */

/* What the command line said; NULL or false: nothing. */
struct options {
	const char *config; /* -c */
	const char *values[SETTINGS];
	bool json;
	bool names;
};

/* Read everything. On failure the errors have been printed, all of them, and
 * the exit status is returned: 3 for a configuration that is refused, 1 for
 * files that cannot be read; else 0, and *config is the caller's to clear. */
int settings_load(const struct options *options, struct config *config);

/* The same for the profiles. Where the directory has no profile of the name
 * wanted (which may be NULL), a preset of that name will do. */
int settings_policy(
    const struct config *config, const char *wanted, struct policy **policy);

/* Where a profile's door stands. -1 with err set: the path is too long. */
int settings_door_path(const struct config *config,
    const struct profile *profile, char path[108], struct err *err);

#endif
