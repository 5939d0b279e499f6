/* SPDX-License-Identifier: MIT */
/* What was there before this supervisor: left by the program that it was, or
 * kept and made by the service manager. */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "cmd/notify.h"
#include "cmd/state.h"
#include "cmd/supervisor.h"

static void
use(struct supervisor *sup, const struct state *state)
{
	sup->generation = state->generation;
	if (state->started != 0)
		sup->started = state->started;
	sup->reloads = state->reloads;
	sup->refusals = state->refusals;
	sup->restarts = state->restarts;
	sup->control_fd = state->control;
	sup->control_place = state->control_place;
	sup->current = workers_find(&sup->workers, state->current);
}

/* What was in force stays so until there is something better. One of another
 * version is of no use to a worker of ours. */
static void
use_bundle(struct supervisor *sup, int bundle)
{
	struct settings settings;
	struct err err;

	if (bundle == -1)
		return;
	if (bundle_read(bundle, &settings, &err) == -1) {
		close(bundle);
		return;
	}
	sup->bundle = bundle;
	config_clear(&sup->config);
	sup->config = settings.config;
	config_init(&settings.config);
	settings_clear(&settings);
	logger_change(
	    &sup->logger, sup->config.log_format, sup->config.log_level);
}

static void
warn(struct supervisor *sup, const char *event, const char *what)
{
	struct logger *logger = &sup->logger;

	if (!logger_begin(logger, LOG_LEVEL_WARNING, event))
		return;
	logger_field(logger, "why", span_of(what));
	logger_end(logger);
}

/* The program before this one, in this process. */
void
takeover_program(struct supervisor *sup)
{
	const char *number = getenv(state_variable);
	struct state state = { .doors = &sup->doors,
		.workers = &sup->workers,
		.audit = &sup->audit,
		.control = -1,
		.bundle = -1 };
	struct worker *worker;
	struct err err;
	char *end;
	long fd;

	if (number == NULL)
		return;
	fd = strtol(number, &end, 10);
	unsetenv(state_variable);
	/* Only memory made by memfd_create(2) has seals. */
	if (end == number || *end != '\0' || fd < 3 || fd > 1 << 20 ||
	    fcntl((int)fd, F_GET_SEALS) == -1)
		return;
	sup->memory = (int)fd;
	if (state_load(sup->memory, NULL, &state, &err) == -1)
		warn(sup, "state-lost", err.text);
	state_inherit(sup->memory, &state, false);
	use(sup, &state);
	use_bundle(sup, state.bundle);
	for (worker = sup->workers.list; worker != NULL; worker = worker->next)
		worker->drain = sup->config.drain;
}

/* Why a descriptor that the manager handed over is of no use, or NULL. */
static const char *
refuse_socket(const struct supervisor *sup, const char *name, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (!profile_name_is_good(span_of(name)))
		return "its name is no profile's: see FileDescriptorName=";
	if (doors_find_systemd(&sup->doors, name) != NULL)
		return "there is another one of that name";
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    !place_listens(fd))
		return "it is no stream socket that listens";
	return NULL;
}

/* A descriptor that the state does not speak of: a socket unit's. */
static void
take_socket(struct supervisor *sup, const char *name, int *fd)
{
	struct place place;
	const char *why;
	struct err err;

	if (!place_of_socket(*fd, &place)) {
		/* One of ours, whose place was lost together with the state,
		 * or none that could be a door. */
		notify_send("FDSTOREREMOVE=1\nFDNAME=%s", name);
		err_set(
		    &err, 0, "\"%s\" has no place in the file system", name);
		warn(sup, "socket-ignored", err.text);
		return;
	}
	if ((why = refuse_socket(sup, name, *fd)) != NULL) {
		err_set(&err, 0, "\"%s\", %s: %s", name, place.path, why);
		warn(sup, "socket-ignored", err.text);
	} else if (doors_add(&sup->doors, name, DOOR_SYSTEMD, *fd, &place)) {
		*fd = -1;
	}
}

void
takeover_manager(struct supervisor *sup)
{
	struct inherited *inherited = &sup->inherited;
	struct state state = { .doors = &sup->doors,
		.workers = &sup->workers,
		.audit = &sup->audit,
		.control = -1,
		.bundle = -1 };
	struct err why;
	size_t i;
	int memory;

	if ((memory = inherit_find(inherited, STATE_NAME)) != -1) {
		sup->memory = memory;
		if (state_load(memory, inherited, &state, &why) == -1)
			warn(sup, "state-lost", why.text);
		use(sup, &state);
	}
	for (i = 0; i < inherited->len; i++)
		if (inherited->fds[i] != -1)
			take_socket(
			    sup, inherited->names[i], &inherited->fds[i]);
	inherit_clear(inherited);
}
