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

/* Read everything: the settings, and the profiles that they lead to. Where
 * there is no profile of the name wanted (which may be NULL), a preset of that
 * name will do. On failure the errors have been printed, those of all files,
 * and the exit status is returned: 3 for a configuration that is refused, 1
 * for files that cannot be read. Else 0, and *config and *policy are the
 * caller's to clear and to free. */
int settings_load(const struct options *options, const char *wanted,
    struct config *config, struct policy **policy);

/* Where a profile's door stands. -1 with err set: the path is too long. */
int settings_door_path(const struct config *config,
    const struct profile *profile, char path[108], struct err *err);

#endif
