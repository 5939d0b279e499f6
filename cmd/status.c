/* SPDX-License-Identifier: MIT */
/* postern status, health and reload: what a running postern is asked. */

#include <stdio.h>

#include "cmd/ask.h"
#include "cmd/commands.h"

enum {
	STATUS_SECONDS = 10,
	HEALTH_SECONDS = 3,
	RELOAD_SECONDS = 60
};

/* Ask for text, or for JSON. The HTTP status, the answer being in *body; or,
 * where none could be had, which is said, 0 and the exit status. */
static int
ask_postern(const struct options *options, const char *method,
    const char *target, unsigned seconds, struct buf *body, int *exit_status)
{
	const char *accept = options->json ? "application/json" : "text/plain";
	struct settings settings;
	struct err err;
	int status;

	*exit_status = settings_load_config(options, &settings);
	if (*exit_status != 0)
		return 0;
	status = ask(settings.config.directory, method, target, accept, seconds,
	    body, &err);
	settings_clear(&settings);
	if (status != -1)
		return status;
	fprintf(stderr, "postern: %s\n", err.text);
	*exit_status = 1;
	return 0;
}

/* The answer goes to where it belongs, and is used up. */
static void
print(struct buf *body, bool good)
{
	struct span text = buf_span(body);

	fwrite(text.at, 1, text.len, good ? stdout : stderr);
	buf_clear(body);
}

int
command_status(const struct options *options, char **arguments)
{
	const char *name = arguments[0];
	char target[512] = "/status";
	struct buf body = { 0 };
	int status, exit_status;

	if (name != NULL && arguments[1] != NULL)
		return command_usage("status takes one profile, or none");
	if (name != NULL && (!profile_name_is_good(span_of(name)) ||
				snprintf(target, sizeof(target), "/status/%s",
				    name) >= (int)sizeof(target)))
		return command_usage("status: no profile has such a name");
	status = ask_postern(
	    options, "GET", target, STATUS_SECONDS, &body, &exit_status);
	if (status != 0)
		exit_status = status == 200 ? 0 : 1;
	print(&body, status == 200);
	return exit_status;
}

int
command_health(const struct options *options, char **arguments)
{
	struct buf body = { 0 };
	int status, exit_status;

	if (arguments[0] != NULL)
		return command_usage("health takes no arguments");
	status = ask_postern(
	    options, "GET", "/health", HEALTH_SECONDS, &body, &exit_status);
	print(&body, status == 200);
	/* Container engines know no other exit status of a health check. */
	return status == 200 ? 0 : 1;
}

int
command_reload(const struct options *options, char **arguments)
{
	struct buf body = { 0 };
	int status, exit_status;

	if (arguments[0] != NULL)
		return command_usage("reload takes no arguments");
	status = ask_postern(
	    options, "POST", "/reload", RELOAD_SECONDS, &body, &exit_status);
	if (status == 200)
		buf_clear(&body);
	else if (status != 0)
		exit_status = status == 422 ? 3 : 1;
	print(&body, false);
	return exit_status;
}
