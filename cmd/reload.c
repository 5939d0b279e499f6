/* SPDX-License-Identifier: MIT */
/* From one configuration to the next, the first one too. Everything is read,
 * checked and made before anything changes: the new doors, and a new worker
 * that is ready. Then that one serves, and the old one retires. Any error
 * before that leaves everything as it was. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "cmd/notify.h"
#include "cmd/state.h"
#include "cmd/supervisor.h"
#include "sockets/daemon.h"

static void
start_timer(struct supervisor *sup, double seconds)
{
	ev_timer_stop(sup->loop, &sup->change_timer);
	ev_timer_set(&sup->change_timer, seconds, 0.);
	ev_timer_start(sup->loop, &sup->change_timer);
}

/* The change is over, whatever came of it. */
static void
end_change(struct supervisor *sup)
{
	ev_timer_stop(sup->loop, &sup->change_timer);
	settings_clear(&sup->next);
	auditing_roll_back(&sup->audit);
	if (sup->next_bundle != -1)
		close(sup->next_bundle);
	sup->next_bundle = -1;
	sup->change = CHANGE_NONE;
}

void
reload_next(struct supervisor *sup)
{
	if (sup->change != CHANGE_NONE || sup->state != SUPERVISOR_SERVING)
		return;
	if (sup->reload_again) {
		sup->reload_again = false;
		reload_begin(sup);
	} else if (sup->upgrade_again) {
		sup->upgrade_again = false;
		upgrade_begin(sup);
	}
}

/* One line of why. */
static void
log_refusal(
    struct supervisor *sup, const char *file, unsigned line, const char *why)
{
	struct logger *logger = &sup->logger;

	if (!logger_begin(logger, LOG_LEVEL_ERROR, "reload-refused"))
		return;
	if (file != NULL)
		logger_field(logger, "file", span_of(file));
	if (line != 0)
		logger_number(logger, "line", line);
	logger_field(logger, "why", span_of(why));
	logger_end(logger);
}

/* Nothing has changed. Why is lines of text. At the start there is nothing to
 * go back to: the program ends, and its errors are for whoever typed. */
static void
refuse(struct supervisor *sup, struct span why)
{
	bool first = sup->state == SUPERVISOR_STARTING && sup->current == NULL;

	end_change(sup);
	if (first) {
		fprintf(stderr, "%.*s", (int)why.len, why.at);
		ev_break(sup->loop, EVBREAK_ALL);
		return;
	}
	sup->refusals++;
	free(sup->last_error);
	sup->last_error = strndup(why.at, why.len);
	if (sup->state == SUPERVISOR_STARTING) {
		/* A worker of the program before this one goes on. */
		sup->state = SUPERVISOR_SERVING;
		watchdog_start(sup);
	}
	notify_send("READY=1\nSTATUS=reload refused: %.*s",
	    (int)strcspn(sup->last_error == NULL ? "" : sup->last_error, "\n"),
	    sup->last_error == NULL ? "" : sup->last_error);
	if (sup->has_control)
		control_reloaded(&sup->control, false, why);
	if (sup->current == NULL && sup->replacement == NULL)
		supervisor_replace(sup);
	reload_next(sup);
}

static void
refuse_err(struct supervisor *sup, const struct err *err)
{
	char memory[sizeof(err->text) + 16];
	struct text text = TEXT(memory);

	if (sup->state != SUPERVISOR_STARTING || sup->current != NULL)
		log_refusal(sup, NULL, 0, err->text);
	text_format(&text, "postern: %s\n", err->text);
	refuse(sup, text_span(&text));
}

static void
refuse_complaints(struct supervisor *sup, const struct complaints *complaints)
{
	bool first = sup->state == SUPERVISOR_STARTING && sup->current == NULL;
	const struct complaint *complaint;
	struct buf why = { 0 };
	size_t i;

	for (i = 0; i < complaints->len && !first; i++) {
		complaint = &complaints->list[i];
		log_refusal(
		    sup, complaint->file, complaint->line, complaint->text);
	}
	complaints_write(complaints, &why);
	sup->exit_status = 3;
	refuse(sup, buf_span(&why));
	buf_clear(&why);
}

/* The rest of what must be there before a worker can start. */
static int
prepare(struct supervisor *sup, struct err *err)
{
	const struct config *config = &sup->next.config;

	if (sup->generation > 0 && sup->config.directory != NULL &&
	    strcmp(sup->config.directory, config->directory) != 0)
		return err_set(err, 0,
		    "the directory cannot change from %s to %s by a reload: "
		    "start postern again",
		    sup->config.directory, config->directory);
	if (sup->state == SUPERVISOR_STARTING)
		logger_change(
		    &sup->logger, config->log_format, config->log_level);
	if (sup->state == SUPERVISOR_STARTING) {
		takeover_manager(sup);
		doors_sweep(&sup->doors, config->directory);
	}
	sup->next_bundle = bundle_make(&sup->next, err);
	if (sup->next_bundle == -1 ||
	    auditing_plan(&sup->audit, config->audit, err) == -1 ||
	    doors_plan(&sup->doors, &sup->next, &sup->next_doors, err) == -1)
		return -1;
	sup->candidate = workers_start(&sup->workers, sup->program,
	    sup->next_bundle, auditing_next_pipe(&sup->audit), &sup->next_doors,
	    sup->generation + 1, err);
	if (sup->candidate != NULL) {
		sup->candidate->drain = config->drain;
		return 0;
	}
	doors_roll_back(&sup->next_doors);
	return -1;
}

void
reload_begin(struct supervisor *sup)
{
	struct complaints complaints = { 0 };
	struct err err;

	if (sup->state == SUPERVISOR_STOPPING) {
		if (sup->has_control) {
			control_begins(&sup->control);
			control_reloaded(&sup->control, false,
			    SPAN("postern: it is stopping\n"));
		}
		return;
	}
	if (sup->change != CHANGE_NONE) {
		sup->reload_again = true;
		return;
	}
	sup->change = CHANGE_PREPARE;
	if (sup->has_control)
		control_begins(&sup->control);
	if (sup->state == SUPERVISOR_SERVING)
		notify_reloading();
	if (settings_read(sup->options, NULL, &sup->next, &complaints, &err) ==
	    -1) {
		if (complaints.len > 0)
			refuse_complaints(sup, &complaints);
		else
			refuse_err(sup, &err);
	} else if (prepare(sup, &err) == -1) {
		refuse_err(sup, &err);
	} else {
		start_timer(sup, LIMIT_START_SECONDS);
	}
	complaints_clear(&complaints);
}

void
reload_on_candidate_end(struct supervisor *sup, int status)
{
	struct err err;

	sup->candidate = NULL;
	doors_roll_back(&sup->next_doors);
	if (WIFSIGNALED(status))
		err_set(&err, 0, "the new worker was killed by signal %d",
		    WTERMSIG(status));
	else
		err_set(&err, 0,
		    "the new worker ended with status %d, and said why",
		    WEXITSTATUS(status));
	refuse_err(sup, &err);
}

static void
log_door(struct supervisor *sup, const struct gate *gate, const char *event)
{
	struct logger *logger = &sup->logger;

	if (!logger_begin(logger, LOG_LEVEL_INFO, event))
		return;
	logger_field(logger, "profile", span_of(gate->name));
	logger_field(logger, "path", span_of(gate->place.path));
	if (gate->maker == DOOR_SYSTEMD)
		logger_field(logger, "by", span_of("systemd"));
	logger_end(logger);
}

/* Whether doors have a wanted one of the same name and maker. */
static bool
has(const struct doors *doors, const struct gate *gate)
{
	const struct gate *other;
	size_t i;

	for (i = 0; i < doors->len; i++) {
		other = &doors->list[i];
		if (other->wanted && other->maker == gate->maker &&
		    strcmp(other->name, gate->name) == 0)
			return true;
	}
	return false;
}

/* Whether it goes on under the same name: a manager may keep several sockets
 * of one name, and must not be left with an old one. */
static bool
is_kept(const struct doors *doors, const struct gate *gate)
{
	const struct gate *other = doors_find(doors, gate->name);

	return other != NULL && other->wanted && other->fd == gate->fd;
}

/* The log, and the service manager that keeps the descriptors, hear of doors
 * that go, before they do so; */
static void
tell_gone(struct supervisor *sup)
{
	const struct gate *gate;
	size_t i;

	for (i = 0; i < sup->doors.len; i++) {
		gate = &sup->doors.list[i];
		if (gate->wanted && !has(&sup->next_doors, gate))
			log_door(sup, gate, "door-closed");
		if (gate->maker == DOOR_OURS &&
		    !is_kept(&sup->next_doors, gate))
			notify_send("FDSTOREREMOVE=1\nFDNAME=%s", gate->name);
	}
}

/* and of those that have come. */
static void
tell_come(struct supervisor *sup)
{
	struct gate *gate;
	size_t i;

	for (i = 0; i < sup->doors.len; i++) {
		gate = &sup->doors.list[i];
		if (!gate->wanted) {
			if (logger_begin(&sup->logger, LOG_LEVEL_WARNING,
				"socket-without-profile")) {
				logger_field(&sup->logger, "profile",
				    span_of(gate->name));
				logger_field(&sup->logger, "path",
				    span_of(gate->place.path));
				logger_end(&sup->logger);
			}
			continue;
		}
		if (gate->fresh)
			log_door(sup, gate, "door-open");
		if (gate->fresh && gate->maker == DOOR_OURS)
			notify_send_fd(gate->fd,
			    "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", gate->name);
		gate->fresh = false;
	}
}

/* Nobody is to forget that a profile does not do what it says. */
static void
warn_of_observers(struct supervisor *sup)
{
	const struct policy *policy = sup->next.policy;
	const struct profile *profile;
	size_t i;

	for (i = 0; i < policy->profiles_len; i++) {
		profile = &policy->profiles[i];
		if (!profile->observes ||
		    !logger_begin(
			&sup->logger, LOG_LEVEL_WARNING, "door-observes"))
			continue;
		logger_field(&sup->logger, "profile", span_of(profile->name));
		logger_field(&sup->logger, "why",
		    span_of(profile->observes_root
				? "what it would deny passes, root included"
				: "what it would deny passes"));
		logger_end(&sup->logger);
	}
}

/* Clients of profiles that are no more. */
static void
cut_removed(struct supervisor *sup)
{
	const struct gate *gate;
	struct worker *worker;
	size_t i;

	for (worker = sup->workers.list; worker != NULL;
	     worker = worker->next) {
		if (worker == sup->current || worker->state == WORKER_STARTING)
			continue;
		for (i = 0; i < worker->names_len; i++) {
			gate = doors_find(&sup->doors, worker->names[i]);
			if (gate == NULL || !gate->wanted)
				worker_tell(worker, MESSAGE_CUT,
				    worker->names[i],
				    strlen(worker->names[i]) + 1, -1);
		}
	}
}

/* The service manager keeps a copy of what a successor needs: before it is
 * given a door, so that none is ever kept that the state does not know. */
static void
store_state(struct supervisor *sup)
{
	struct err err;

	if (!notify_is_on())
		return;
	if (sup->memory == -1 && (sup->memory = state_open(&err)) == -1)
		return;
	notify_send_fd(sup->memory, "FDSTORE=1\nFDPOLL=0\nFDNAME=" STATE_NAME);
	upgrade_save(sup);
}

/* The new worker is ready: all that could fail has not. */
void
reload_on_ready(struct supervisor *sup)
{
	struct worker *worker = sup->candidate;

	logger_change(&sup->logger, sup->next.config.log_format,
	    sup->next.config.log_level);
	tell_gone(sup);
	doors_commit(&sup->doors, &sup->next_doors);
	if (sup->bundle != -1)
		close(sup->bundle);
	sup->bundle = sup->next_bundle;
	sup->next_bundle = -1;
	sup->generation++;
	auditing_commit(&sup->audit);
	config_clear(&sup->config);
	sup->config = sup->next.config;
	config_init(&sup->next.config);
	sup->candidate = NULL;
	if (sup->replacement != NULL)
		kill(sup->replacement->pid, SIGKILL);
	sup->replacement = NULL;
	supervisor_promote(sup, worker);
	cut_removed(sup);
	store_state(sup);
	tell_come(sup);
	warn_of_observers(sup);
	sup->change = CHANGE_RETIRE;
	start_timer(sup, LIMIT_RETIRE_SECONDS);
	reload_on_retired(sup);
}

/* Doors are open to everybody who can come near them, unless [socket] says
 * otherwise; what keeps others away is their directory. */
static void
warn_if_open(struct supervisor *sup)
{
	struct logger *logger = &sup->logger;
	struct stat status;

	if (stat(sup->config.directory, &status) == -1 ||
	    (status.st_mode & S_IXOTH) == 0 ||
	    !logger_begin(logger, LOG_LEVEL_WARNING, "directory-open"))
		return;
	logger_field(logger, "path", span_of(sup->config.directory));
	logger_field(logger, "why",
	    span_of("any user of this host can come "
		    "to the doors; chmod o-x it, or narrow them in [socket]"));
	logger_end(logger);
}

static void
warn_if_down(struct supervisor *sup)
{
	struct logger *logger = &sup->logger;
	int fd, number;

	if (daemon_connect(sup->config.upstream, &fd) == DAEMON_CONNECTED) {
		close(fd);
		return;
	}
	number = errno;
	if (!logger_begin(logger, LOG_LEVEL_WARNING, "daemon-unreachable"))
		return;
	logger_field(logger, "upstream", span_of(sup->config.upstream));
	logger_field(logger, "error", span_of(strerror(number)));
	logger_field(logger, "why",
	    number == EACCES
		? span_of("this user may not open it: see SupplementaryGroups= "
			  "or --group-add; clients get 502")
		: span_of("clients get 502 until a daemon listens there"));
	logger_end(logger);
}

/* Everything that is judged from now on is judged by the new rules. */
static void
tell_done(struct supervisor *sup)
{
	bool first = sup->state == SUPERVISOR_STARTING;
	struct logger *logger = &sup->logger;
	size_t doors = 0, i;

	for (i = 0; i < sup->doors.len; i++)
		doors += sup->doors.list[i].wanted;
	sup->state = SUPERVISOR_SERVING;
	if (first) {
		watchdog_start(sup);
		warn_if_open(sup);
		warn_if_down(sup);
	} else {
		sup->reloads++;
	}
	if (logger_begin(
		logger, LOG_LEVEL_NOTICE, first ? "ready" : "reloaded")) {
		logger_number(logger, "doors", doors);
		logger_number(logger, "generation", sup->generation);
		logger_field(logger, "upstream", span_of(sup->config.upstream));
		logger_end(logger);
	}
	free(sup->last_error);
	sup->last_error = NULL;
	sup->status[0] = '\0';
	notify_send("READY=1");
	if (sup->has_control)
		control_reloaded(&sup->control, true, SPAN(""));
}

void
reload_on_retired(struct supervisor *sup)
{
	const struct worker *worker;

	if (sup->change != CHANGE_RETIRE || sup->state == SUPERVISOR_STOPPING)
		return;
	for (worker = sup->workers.list; worker != NULL; worker = worker->next)
		if (worker->state == WORKER_RETIRING)
			return;
	end_change(sup);
	tell_done(sup);
	reload_next(sup);
}

void
reload_on_timeout(struct supervisor *sup)
{
	struct worker *worker;

	switch (sup->change) {
	case CHANGE_PREPARE:
		kill(sup->candidate->pid, SIGKILL);
		return;
	case CHANGE_RETIRE:
		/* The old rules end now, whatever keeps it. */
		for (worker = sup->workers.list; worker != NULL;
		     worker = worker->next)
			if (worker->state == WORKER_RETIRING)
				kill(worker->pid, SIGKILL);
		return;
	case CHANGE_UPGRADE:
		kill(sup->checker, SIGKILL);
		return;
	case CHANGE_NONE:
		return;
	}
}
