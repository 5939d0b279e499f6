/* SPDX-License-Identifier: MIT */
/* From one program to the next: the file that this one was started from, which
 * may have been replaced, is first asked whether it takes the configuration,
 * and then becomes this process. The doors, the workers and their counts go
 * with it; its first act is a reload. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/state.h"
#include "cmd/supervisor.h"

/* The number of the state's descriptor, for the next program. */
#define STATE_VARIABLE "POSTERN_STATE"

static struct state
state_of(struct supervisor *sup)
{
	return (struct state){
		.doors = &sup->doors,
		.workers = &sup->workers,
		.current = sup->current == NULL ? 0 : sup->current->pid,
		.generation = sup->generation,
		.started = sup->started,
		.reloads = sup->reloads,
		.refusals = sup->refusals,
		.restarts = sup->restarts,
		.control = sup->control_fd,
		.control_place = sup->control_place,
	};
}

void
upgrade_save(struct supervisor *sup)
{
	const struct state state = state_of(sup);
	struct err err;

	if (sup->memory == -1)
		return;
	if (state_save(sup->memory, &state, &err) == -1 &&
	    logger_begin(&sup->logger, LOG_LEVEL_ERROR, "state-lost")) {
		logger_field(&sup->logger, "why", span_of(err.text));
		logger_end(&sup->logger);
	}
}

static void
refuse(struct supervisor *sup, const char *why)
{
	struct logger *logger = &sup->logger;

	sup->change = CHANGE_NONE;
	ev_timer_stop(sup->loop, &sup->change_timer);
	if (logger_begin(logger, LOG_LEVEL_ERROR, "upgrade-refused")) {
		logger_field(logger, "program", span_of(sup->program_path));
		logger_field(logger, "why", span_of(why));
		logger_end(logger);
	}
	reload_next(sup);
}

/* The command line, with another command: a copy of the pointers. */
static char **
arguments_of(const struct options *options, char *command)
{
	char **arguments;
	size_t len = 0;

	while (options->arguments[len] != NULL)
		len++;
	if ((arguments = calloc(len + 1, sizeof(*arguments))) == NULL)
		return NULL;
	memcpy(arguments, options->arguments, len * sizeof(*arguments));
	arguments[options->command] = command;
	return arguments;
}

/* In a child: "check", whose complaints go to the log as they are. */
static _Noreturn void
check(const struct supervisor *sup)
{
	char command[] = "check";
	char **arguments = arguments_of(sup->options, command);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null != -1)
		dup2(null, STDOUT_FILENO);
	if (arguments != NULL)
		execv(sup->program_path, arguments);
	_exit(127);
}

void
upgrade_begin(struct supervisor *sup)
{
	pid_t pid;

	if (sup->state == SUPERVISOR_STOPPING)
		return;
	if (sup->change != CHANGE_NONE || sup->state == SUPERVISOR_STARTING) {
		sup->upgrade_again = true;
		return;
	}
	sup->change = CHANGE_UPGRADE;
	if ((pid = fork()) == 0)
		check(sup);
	if (pid == -1) {
		refuse(sup, strerror(errno));
		return;
	}
	sup->checker = pid;
	ev_timer_stop(sup->loop, &sup->change_timer);
	ev_timer_set(&sup->change_timer, LIMIT_START_SECONDS, 0.);
	ev_timer_start(sup->loop, &sup->change_timer);
}

/* Become the other program. Returns only if that failed. */
static int
become(struct supervisor *sup, struct err *err)
{
	const struct state state = state_of(sup);
	char number[16];
	sigset_t all;
	int result;

	if (sup->memory == -1 && (sup->memory = state_open(err)) == -1)
		return -1;
	if (state_save(sup->memory, &state, err) == -1)
		return -1;
	snprintf(number, sizeof(number), "%d", sup->memory);
	if (setenv(STATE_VARIABLE, number, 1) == -1)
		return err_set(err, errno, "set %s", STATE_VARIABLE);
	/* A signal must find a handler: the next program unblocks them. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	state_inherit(sup->memory, &state, true);
	execv(sup->program_path, sup->options->arguments);
	result = err_set(err, errno, "execute it");
	state_inherit(sup->memory, &state, false);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	unsetenv(STATE_VARIABLE);
	return result;
}

void
upgrade_on_checked(struct supervisor *sup, int status)
{
	struct logger *logger = &sup->logger;
	struct err err;

	if (sup->change != CHANGE_UPGRADE || sup->state == SUPERVISOR_STOPPING)
		return;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			refuse(sup, "it cannot be executed");
		else if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
			refuse(sup, "it refuses the configuration");
		else
			refuse(sup, "its \"check\" failed");
		return;
	}
	if (logger_begin(logger, LOG_LEVEL_NOTICE, "upgrading")) {
		logger_field(logger, "program", span_of(sup->program_path));
		logger_end(logger);
	}
	if (become(sup, &err) == -1)
		refuse(sup, err.text);
}

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
static bool
take_from_program(struct supervisor *sup)
{
	const char *number = getenv(STATE_VARIABLE);
	struct state state = {
		.doors = &sup->doors, .workers = &sup->workers, .control = -1
	};
	struct err err;
	char *end;
	long fd;

	if (number == NULL)
		return false;
	fd = strtol(number, &end, 10);
	unsetenv(STATE_VARIABLE);
	if (end == number || *end != '\0' || fd < 3 || fd > 1 << 20)
		return false;
	sup->memory = (int)fd;
	if (state_load(sup->memory, NULL, &state, &err) == -1)
		warn(sup, "state-lost", err.text);
	state_inherit(sup->memory, &state, false);
	use(sup, &state);
	return true;
}

/* A socket that nobody has taken: one of a socket unit. */
static void
take_socket(struct supervisor *sup, const char *name, int *fd)
{
	struct place place;
	struct err err;
	int flags;

	if (!place_of_socket(*fd, &place))
		return; /* an old one of ours that no state speaks of */
	flags = fcntl(*fd, F_GETFL);
	if (!profile_name_is_good(span_of(name))) {
		err_set(&err, 0,
		    "%s was handed over as \"%s\", which is no profile's name: "
		    "see FileDescriptorName=",
		    place.path, name);
		warn(sup, "socket-ignored", err.text);
	} else if (flags == -1 ||
		   fcntl(*fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
		   !place_listens(*fd)) {
		err_set(
		    &err, 0, "%s is no stream socket that listens", place.path);
		warn(sup, "socket-ignored", err.text);
	} else if (doors_find_systemd(&sup->doors, name) == NULL &&
		   doors_add(&sup->doors, name, DOOR_SYSTEMD, *fd, &place)) {
		*fd = -1;
	}
}

static int
take_from_manager(struct supervisor *sup, struct err *err)
{
	struct inherited inherited = { 0 };
	struct state state = {
		.doors = &sup->doors, .workers = &sup->workers, .control = -1
	};
	struct err why;
	size_t i;

	if (inherit_take(&inherited, err) == -1)
		return -1;
	sup->memory = inherit_find(&inherited, STATE_NAME);
	if (sup->memory != -1) {
		if (state_load(sup->memory, &inherited, &state, &why) == -1)
			warn(sup, "state-lost", why.text);
		use(sup, &state);
	}
	for (i = 0; i < inherited.len; i++)
		if (inherited.fds[i] != -1)
			take_socket(sup, inherited.names[i], &inherited.fds[i]);
	inherit_clear(&inherited);
	return 0;
}

int
upgrade_take_over(struct supervisor *sup, struct err *err)
{
	if (take_from_program(sup))
		return 0;
	return take_from_manager(sup, err);
}
