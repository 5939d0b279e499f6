/* SPDX-License-Identifier: MIT */
/* postern run: become an ordinary user, and supervise. */

#include <stdio.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/privilege.h"
#include "cmd/supervisor.h"

/* Root reads the configuration, to learn whom to become. What that user cannot
 * read is of no use, so it is read again as that user. */
static int
leave_root(const struct options *options)
{
	struct settings settings;
	struct err err;
	int status;

	status = settings_load(options, NULL, &settings);
	if (status != 0)
		return status;
	if (privilege_drop(&settings, &err) == -1) {
		fprintf(stderr, "postern: %s\n", err.text);
		status = 1;
	}
	settings_clear(&settings);
	return status;
}

int
command_run(const struct options *options, char **arguments)
{
	int status;

	if (arguments[0] != NULL)
		return command_usage("run takes no arguments");
	if (geteuid() == 0 && (status = leave_root(options)) != 0)
		return status;
	return supervisor_run(options);
}
