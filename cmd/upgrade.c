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
		.bundle = sup->bundle,
		.control = sup->control_fd,
		.control_place = sup->control_place,
		.audit = &sup->audit,
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
	watchers_clear(&sup->watchers);
	auditing_suspend(&sup->audit);
	if (state_save(sup->memory, &state, err) == -1)
		return -1;
	snprintf(number, sizeof(number), "%d", sup->memory);
	if (setenv(state_variable, number, 1) == -1)
		return err_set(err, errno, "set %s", state_variable);
	/* A signal must find a handler: the next program unblocks them. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	state_inherit(sup->memory, &state, true);
	execv(sup->program_path, sup->options->arguments);
	result = err_set(err, errno, "execute it");
	state_inherit(sup->memory, &state, false);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	unsetenv(state_variable);
	return result;
}

/* No event is left, and no signal can come any more. */
static void
on_quiet(struct ev_loop *loop, ev_idle *idle, int revents)
{
	struct supervisor *sup = idle->data;
	struct err err;
	sigset_t all;

	(void)revents;
	ev_idle_stop(loop, idle);
	if (sup->state != SUPERVISOR_STOPPING && become(sup, &err) == -1) {
		auditing_resume(&sup->audit);
		refuse(sup, err.text);
	}
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
}

void
upgrade_on_checked(struct supervisor *sup, int status)
{
	struct logger *logger = &sup->logger;
	sigset_t all;

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
	/* What was caught until now, such as a SIGTERM, comes first. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	ev_idle_init(&sup->quiet, on_quiet);
	ev_set_priority(&sup->quiet, EV_MINPRI);
	sup->quiet.data = sup;
	ev_idle_start(sup->loop, &sup->quiet);
}
