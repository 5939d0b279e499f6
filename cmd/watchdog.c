/* SPDX-License-Identifier: MIT */
/* Whether workers still answer, and what is told about it: to the service
 * manager, to the control socket, to the file of metrics. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/files.h"
#include "cmd/notify.h"
#include "cmd/supervisor.h"

static bool
is_healthy(const struct supervisor *sup)
{
	return sup->state == SUPERVISOR_SERVING && sup->current != NULL &&
	       ev_now(sup->loop) - sup->current->heard < LIMIT_ANSWER_SECONDS;
}

static const char *
state_name(const struct supervisor *sup)
{
	switch (sup->state) {
	case SUPERVISOR_STARTING:
		return "starting";
	case SUPERVISOR_STOPPING:
		return "stopping";
	case SUPERVISOR_SERVING:
		break;
	}
	if (sup->current == NULL)
		return "without a worker";
	return sup->change == CHANGE_NONE ? "serving" : "reloading";
}

static void
fill_doors(struct supervisor *sup)
{
	struct report_door *doors;
	const struct gate *gate;
	size_t len = 0, i;

	doors =
	    reallocarray(sup->report_doors, sup->doors.len + 1, sizeof(*doors));
	sup->report.doors_len = 0;
	if (doors == NULL)
		return;
	sup->report_doors = doors;
	for (i = 0; i < sup->doors.len; i++) {
		gate = &sup->doors.list[i];
		if (!gate->wanted)
			continue;
		doors[len++] = (struct report_door){
			.profile = gate->name,
			.path = gate->place.path,
			.systemd = gate->maker == DOOR_SYSTEMD,
			.observes = gate->observes,
			.counters = workers_counters(&sup->workers, gate->name),
		};
	}
	sup->report.doors = doors;
	sup->report.doors_len = len;
}

static bool
read_details(const struct report *report, size_t door, struct details *details)
{
	return workers_details(
	    report->context, report->doors[door].profile, details);
}

const struct report *
watchdog_report(void *context)
{
	struct supervisor *sup = context;
	const uint64_t now = (uint64_t)time(NULL);
	struct report *report = &sup->report;
	const struct worker *worker;

	*report = (struct report){
		.state = state_name(sup),
		.healthy = is_healthy(sup),
		.generation = sup->generation,
		.started = sup->started,
		.uptime = now > sup->started ? now - sup->started : 0,
		.supervisor = getpid(),
		.worker = sup->current == NULL ? 0 : sup->current->pid,
		.workers = workers_count(&sup->workers),
		.reloads = sup->reloads,
		.refusals = sup->refusals,
		.restarts = sup->restarts,
		.lines_lost =
		    sup->workers.totals.lines_lost + sup->logger.lost_ever,
		.audit_lost = sup->workers.totals.audit_lost,
		.last_error = sup->last_error,
		.upstream = sup->config.upstream,
		.user = sup->user,
		.sandbox = sup->sandbox,
		.details = read_details,
		.context = &sup->workers,
	};
	for (worker = sup->workers.list; worker != NULL;
	     worker = worker->next) {
		report->lines_lost += counter_read(&worker->tally->lines_lost);
		report->audit_lost += counter_read(&worker->tally->audit_lost);
	}
	fill_doors(sup);
	return report;
}

/* "12 doors, 3 clients", when it has changed. */
static void
tell_manager(struct supervisor *sup)
{
	const struct report *report = watchdog_report(sup);
	char status[sizeof(sup->status)];
	uint64_t clients = 0;
	size_t i;

	for (i = 0; i < report->doors_len; i++)
		clients += report->doors[i].counters.open;
	snprintf(status, sizeof(status), "%zu door%s, %llu client%s",
	    report->doors_len, report->doors_len == 1 ? "" : "s",
	    (unsigned long long)clients, clients == 1 ? "" : "s");
	if (strcmp(status, sup->status) == 0)
		return;
	memcpy(sup->status, status, sizeof(status));
	/* The reason that a reload was refused for stays to be read. */
	if (sup->last_error == NULL)
		notify_send("STATUS=%s", status);
}

void
watchdog_on_answer(struct supervisor *sup, struct worker *worker)
{
	worker->heard = ev_now(sup->loop);
	if (worker != sup->current || sup->state != SUPERVISOR_SERVING)
		return;
	notify_send("WATCHDOG=1");
	tell_manager(sup);
}

static void
write_metrics(struct supervisor *sup)
{
	struct logger *logger = &sup->logger;
	struct err err;

	if (sup->config.metrics == NULL ||
	    report_write_metrics(
		watchdog_report(sup), sup->config.metrics, &err) == 0) {
		sup->metrics_failed = false;
		return;
	}
	/* Once, not every time. */
	if (!sup->metrics_failed &&
	    logger_begin(logger, LOG_LEVEL_WARNING, "metrics-failed")) {
		logger_field(logger, "why", span_of(err.text));
		logger_end(logger);
	}
	sup->metrics_failed = true;
}

/* Also said once. */
static void
check_audit(struct supervisor *sup)
{
	int number = auditing_error(&sup->audit);
	struct logger *logger = &sup->logger;

	if (number != 0 && !sup->audit_failed &&
	    logger_begin(logger, LOG_LEVEL_ERROR, "audit-failed")) {
		logger_field(logger, "why", span_of(strerror(number)));
		logger_end(logger);
	}
	sup->audit_failed = number != 0;
}

static void
end_stuck(struct supervisor *sup, struct worker *worker)
{
	struct logger *logger = &sup->logger;
	double silent = ev_now(sup->loop) - worker->heard;

	if (silent >= LIMIT_ANSWER_SECONDS &&
	    logger_begin(logger, LOG_LEVEL_ERROR, "worker-stuck")) {
		logger_number(logger, "pid", (uint64_t)worker->pid);
		logger_seconds(logger, "seconds", silent);
		logger_end(logger);
	}
	kill(worker->pid, SIGKILL);
}

static void
on_ask(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct supervisor *sup = timer->data;
	double since = ev_now(loop) - sup->asked;
	struct worker *worker, *next;

	(void)revents;
	sup->asked = ev_now(loop);
	for (worker = sup->workers.list; worker != NULL; worker = next) {
		next = worker->next;
		/* We were the ones who stood still. */
		if (since > 2 * timer->repeat)
			worker->heard = sup->asked;
		if (sup->asked - worker->heard >= LIMIT_ANSWER_SECONDS ||
		    (worker->ends != 0. && sup->asked > worker->ends))
			end_stuck(sup, worker);
		else if (worker->state != WORKER_STARTING)
			message_send(worker->io.fd, MESSAGE_PING, NULL, 0, -1);
	}
	write_metrics(sup);
	check_audit(sup);
	watchers_sweep(&sup->watchers);
}

/* Not having one is no reason not to serve. */
static void
open_control(struct supervisor *sup)
{
	const struct control_handler handler = { watchdog_report,
		supervisor_reload, supervisor_watch, sup };
	struct logger *logger = &sup->logger;
	char path[108 + 16];
	struct err err;

	snprintf(path, sizeof(path), "%s/control.sock", sup->config.directory);
	if (sup->control_fd == -1)
		sup->control_fd = place_listen(path, 0600, (uid_t)-1, (gid_t)-1,
		    &sup->control_place, &err);
	if (sup->control_fd != -1) {
		control_open(
		    &sup->control, sup->loop, sup->control_fd, &handler);
		sup->has_control = true;
	} else if (logger_begin(logger, LOG_LEVEL_ERROR, "control-failed")) {
		logger_field(logger, "why", span_of(err.text));
		logger_end(logger);
	}
}

void
watchdog_start(struct supervisor *sup)
{
	double watchdog = notify_watchdog() / 3;
	double seconds = LIMIT_ASK_SECONDS;

	if (watchdog > 0 && watchdog < seconds)
		seconds = watchdog;
	files_user_name(geteuid(), sup->user);
	open_control(sup);
	sup->asked = ev_now(sup->loop);
	ev_timer_init(&sup->ask, on_ask, 0., seconds);
	sup->ask.data = sup;
	ev_timer_start(sup->loop, &sup->ask);
}

void
watchdog_stop(struct supervisor *sup)
{
	watchers_clear(&sup->watchers);
	if (sup->has_control) {
		control_close(&sup->control);
		place_remove(&sup->control_place);
	} else if (sup->control_fd != -1) {
		close(sup->control_fd);
		place_remove(&sup->control_place);
	}
	sup->has_control = false;
}
