/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/settings.h"

/* The subcommands. Each returns the program's exit status: 0; 1, it could not
 * be done; 2, wrong usage; 3, the configuration is refused; 4, a profile can
 * reach root, and should not. Arguments are those behind the options. */

int command_run(const struct options *options, char **arguments);
int command_check(const struct options *options, char **arguments);
int command_explain(const struct options *options, char **arguments);
int command_suggest(const struct options *options, char **arguments);
int command_presets(const struct options *options, char **arguments);
int command_init(const struct options *options, char **arguments);
int command_import(const struct options *options, char **arguments);
int command_status(const struct options *options, char **arguments);
int command_health(const struct options *options, char **arguments);
int command_reload(const struct options *options, char **arguments);
int command_watch(const struct options *options, char **arguments);

/* What "run" becomes in its workers; it is not for people. */
int command_worker(const struct options *options, char **arguments);

/* "postern: ...; see postern --help". Returns 2. */
int
command_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
