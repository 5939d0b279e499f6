/* SPDX-License-Identifier: MIT */
#ifndef CMD_SETTINGS_H
#define CMD_SETTINGS_H

#include <stdbool.h>

#include "cmd/files.h"
#include "core/err.h"
#include "core/limits.h"
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
	bool no_root;
	bool merge;
	char **arguments; /* all of it, as main() has it */
	int command;	  /* the index of the command's word */
};

/* All that was read, and what it means. */
struct settings {
	struct config config;
	struct files files; /* the profiles' texts, and names looked up */
	struct policy *policy;
};

/* Read everything: the settings, and the profiles that they lead to. Where
 * there is no profile of the name wanted (which may be NULL), a preset of that
 * name will do. 0, and *settings is the caller's to clear; or -1: the
 * complaints, if there are any, say why, and err does otherwise. */
int settings_read(const struct options *options, const char *wanted,
    struct settings *settings, struct complaints *complaints, struct err *err);
void settings_clear(struct settings *settings);

/* The same for a command: what is wrong is printed. Returns the exit status:
 * 3 for a configuration that is refused, 1 for files that cannot be read, else
 * 0. */
int settings_load(const struct options *options, const char *wanted,
    struct settings *settings);

/* Only the settings, without profiles: for commands that ask a running
 * postern. The same results; settings->policy is NULL. */
int
settings_load_config(const struct options *options, struct settings *settings);

/* Where postern.ini and profiles.d are looked for: in a directory of the
 * user's own, if that is there, else in the system's. A new one is the user's
 * own all the same; root has none. The caller frees it. */
char *settings_home(bool is_new);

/* The default of --directory. */
void settings_default_directory(char directory[LIMIT_SOCKET_PATH + 1]);

/* Where a profile's door stands. -1 with err set: the path is too long. */
int settings_door_path(const struct config *config,
    const struct profile *profile, char path[108], struct err *err);

#endif
