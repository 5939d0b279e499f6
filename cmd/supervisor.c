/* SPDX-License-Identifier: MIT */
/* The supervisor's life: it begins, hears of workers and signals, and ends.
 * What it holds outlives every worker, so that a door stands as long as this
 * process does, and longer under a service manager. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/container.h"
#include "cmd/notify.h"
#include "cmd/supervisor.h"

/* Worker to worker: clients go from one to the other. */
static void
connect_workers(struct worker *from, struct worker *to)
{
	int pair[2];

	if (message_pair(pair) == -1) {
		/* Its clients wait for the next one. */
		worker_tell(from, MESSAGE_RETIRE, NULL, 0, -1);
		return;
	}
	worker_tell(from, MESSAGE_RETIRE, NULL, 0, pair[0]);
	worker_tell(to, MESSAGE_ADOPT, NULL, 0, pair[1]);
	close(pair[0]);
	close(pair[1]);
}

static void
end_oldest(struct supervisor *sup)
{
	struct worker *worker = sup->workers.list;
	size_t count = workers_count(&sup->workers);

	if (count <= LIMIT_WORKERS)
		return;
	while (worker->next != NULL)
		worker = worker->next;
	if (worker != sup->current)
		kill(worker->pid, SIGKILL);
}

void
supervisor_promote(struct supervisor *sup, struct worker *worker)
{
	struct worker *other;

	worker->state = WORKER_SERVING;
	watchers_introduce(&sup->watchers, worker);
	worker_tell(worker, MESSAGE_SERVE, NULL, 0, -1);
	for (other = sup->workers.list; other != NULL; other = other->next) {
		if (other == worker || other->state == WORKER_STARTING)
			continue;
		connect_workers(other, worker);
		if (other->state == WORKER_SERVING)
			other->state = WORKER_RETIRING;
		if (other->ends == 0.)
			other->ends = ev_now(sup->loop) + other->drain +
				      LIMIT_END_SECONDS;
	}
	sup->current = worker;
	end_oldest(sup);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct supervisor *sup = timer->data;
	struct err err;

	(void)loop;
	(void)revents;
	if (sup->bundle == -1 || sup->current != NULL ||
	    sup->replacement != NULL || sup->candidate != NULL)
		return;
	sup->replacement =
	    workers_start(&sup->workers, sup->program, sup->bundle,
		auditing_pipe(&sup->audit), &sup->doors, sup->generation, &err);
	if (sup->replacement != NULL) {
		sup->replacement->drain = sup->config.drain;
		return;
	}
	if (logger_begin(&sup->logger, LOG_LEVEL_ERROR, "worker-failed")) {
		logger_field(&sup->logger, "why", span_of(err.text));
		logger_end(&sup->logger);
	}
	supervisor_replace(sup);
}

void
supervisor_replace(struct supervisor *sup)
{
	ev_timer_stop(sup->loop, &sup->pause);
	ev_timer_set(&sup->pause, sup->pause_seconds, 0.);
	ev_timer_start(sup->loop, &sup->pause);
	if (sup->pause_seconds == 0.)
		sup->pause_seconds = LIMIT_PAUSE_MIN;
	else if (sup->pause_seconds < LIMIT_PAUSE_MAX / 2)
		sup->pause_seconds *= 2;
	else
		sup->pause_seconds = LIMIT_PAUSE_MAX;
}

static void
log_sandbox(struct supervisor *sup)
{
	struct logger *logger = &sup->logger;
	const struct sandbox_layer *layer;
	char memory[128];
	struct text text;
	size_t i;

	if (!logger_begin(logger, LOG_LEVEL_INFO, "sandbox"))
		return;
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		layer = &sup->sandbox.layers[i];
		text = TEXT(memory);
		text_format(&text, "%s%s%s", layer->on ? "on" : "off",
		    layer->detail[0] != '\0' ? ": " : "", layer->detail);
		logger_field(logger, layer->name, text_span(&text));
	}
	logger_end(logger);
}

static void
on_ready(struct supervisor *sup, struct worker *worker,
    const struct message *message)
{
	struct sandbox *sandbox = &sup->sandbox;
	size_t i;

	if (worker->state != WORKER_STARTING ||
	    sup->state == SUPERVISOR_STOPPING ||
	    message->len != sizeof(*sandbox))
		return;
	memcpy(sandbox, message->content, sizeof(*sandbox));
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		struct sandbox_layer *layer = &sandbox->layers[i];

		layer->name[sizeof(layer->name) - 1] = '\0';
		layer->detail[sizeof(layer->detail) - 1] = '\0';
	}
	worker->state = WORKER_READY;
	if (!sup->sandbox_told)
		log_sandbox(sup);
	sup->sandbox_told = true;
	if (worker == sup->candidate) {
		reload_on_ready(sup);
	} else if (worker == sup->replacement) {
		sup->replacement = NULL;
		supervisor_promote(sup, worker);
	}
}

/* A worker may ask about anybody: all that it can learn is the name of a
 * container. One that does not take the answer goes on without. */
static void
on_who(struct worker *worker, const struct message *message)
{
	struct message_container answer = { 0 };
	struct message_who who;

	if (message->len != sizeof(who))
		return;
	memcpy(&who, message->content, sizeof(who));
	answer.ticket = who.ticket;
	if (!container_of(who.pid, message->fd, answer.id))
		answer.id[0] = '\0';
	message_send(
	    worker->io.fd, MESSAGE_CONTAINER, &answer, sizeof(answer), -1);
}

static void
on_message(struct worker *worker, const struct message *message, void *context)
{
	struct supervisor *sup = context;

	switch (message->type) {
	case MESSAGE_READY:
		on_ready(sup, worker, message);
		return;
	case MESSAGE_RETIRED:
		if (worker->state == WORKER_RETIRING)
			worker->state = WORKER_RETIRED;
		reload_on_retired(sup);
		return;
	case MESSAGE_PONG:
		watchdog_on_answer(sup, worker);
		return;
	case MESSAGE_WHO:
		on_who(worker, message);
		return;
	case MESSAGE_NOTHING:
	case MESSAGE_SERVE:
	case MESSAGE_ADOPT:
	case MESSAGE_CUT:
	case MESSAGE_RETIRE:
	case MESSAGE_DRAIN:
	case MESSAGE_PING:
	case MESSAGE_CONTAINER:
	case MESSAGE_WATCH:
	case MESSAGE_UNWATCH:
		return;
	}
}

static void
log_end_of(struct supervisor *sup, const struct worker *worker, int status)
{
	struct logger *logger = &sup->logger;
	bool expected = sup->state == SUPERVISOR_STOPPING ||
			(WIFEXITED(status) && WEXITSTATUS(status) == 0);

	if (!logger_begin(logger, expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		"worker-ended"))
		return;
	logger_number(logger, "pid", (uint64_t)worker->pid);
	logger_number(logger, "generation", worker->generation);
	if (WIFSIGNALED(status))
		logger_number(logger, "signal", (uint64_t)WTERMSIG(status));
	else
		logger_number(logger, "status", (uint64_t)WEXITSTATUS(status));
	logger_end(logger);
}

static void
on_worker_end(struct supervisor *sup, struct worker *worker, int status)
{
	bool stable = ev_now(sup->loop) - worker->began > LIMIT_STABLE_SECONDS;
	bool was_current = worker == sup->current;
	bool was_candidate = worker == sup->candidate;
	bool was_replacement = worker == sup->replacement;

	log_end_of(sup, worker, status);
	workers_forget(&sup->workers, worker);
	if (was_current)
		sup->current = NULL;
	if (was_replacement)
		sup->replacement = NULL;
	if (sup->state == SUPERVISOR_STOPPING) {
		if (sup->workers.list == NULL)
			ev_break(sup->loop, EVBREAK_ALL);
		return;
	}
	if (was_candidate) {
		reload_on_candidate_end(sup, status);
		return;
	}
	if (was_current || was_replacement) {
		sup->restarts++;
		if (stable)
			sup->pause_seconds = 0.;
		if (sup->candidate == NULL)
			supervisor_replace(sup);
	}
	reload_on_retired(sup);
}

/* Any child: also those that a container's first process is left with. */
static void
on_child(struct ev_loop *loop, ev_child *child, int revents)
{
	struct supervisor *sup = child->data;
	struct worker *worker;

	(void)loop;
	(void)revents;
	if (child->rpid == sup->checker) {
		sup->checker = 0;
		upgrade_on_checked(sup, child->rstatus);
	} else if ((worker = workers_find(&sup->workers, child->rpid)) !=
		   NULL) {
		on_worker_end(sup, worker, child->rstatus);
	}
}

static void
kill_workers(struct supervisor *sup)
{
	struct worker *worker;

	for (worker = sup->workers.list; worker != NULL; worker = worker->next)
		kill(worker->pid, SIGKILL);
}

static void
on_stop(struct ev_loop *loop, ev_signal *signal_watcher, int revents)
{
	struct supervisor *sup = signal_watcher->data;
	struct worker *worker;

	(void)revents;
	if (sup->state == SUPERVISOR_STOPPING) {
		kill_workers(sup);
		return;
	}
	sup->state = SUPERVISOR_STOPPING;
	notify_send("STOPPING=1\nSTATUS=draining");
	if (logger_begin(&sup->logger, LOG_LEVEL_NOTICE, "stopping")) {
		logger_number(&sup->logger, "drain", sup->config.drain);
		logger_end(&sup->logger);
	}
	ev_timer_stop(loop, &sup->pause);
	ev_timer_stop(loop, &sup->change_timer);
	for (worker = sup->workers.list; worker != NULL;
	     worker = worker->next) {
		worker_tell(worker, MESSAGE_DRAIN, NULL, 0, -1);
		worker->ends = ev_now(loop) + worker->drain + LIMIT_END_SECONDS;
		/* It has no clients, and may never come to read this. */
		if (worker->state == WORKER_STARTING)
			kill(worker->pid, SIGKILL);
	}
	/* Nobody answers any more, unless a manager keeps them for another. */
	if (!notify_is_on())
		doors_close(&sup->doors, true);
	if (sup->workers.list == NULL)
		ev_break(loop, EVBREAK_ALL);
}

void
supervisor_reload(void *context)
{
	reload_begin(context);
}

/* "?profile=NAME", of a door that there is; or nothing, which is all. */
static bool
read_watched(const struct doors *doors, struct span query, char profile[256])
{
	const struct span key = SPAN("?profile=");
	const struct gate *gate;

	*profile = '\0';
	if (query.len == 0)
		return true;
	if (!span_starts(query, key) || query.len - key.len > 255)
		return false;
	memcpy(profile, query.at + key.len, query.len - key.len);
	profile[query.len - key.len] = '\0';
	gate = doors_find(doors, profile);
	return gate != NULL && gate->wanted;
}

enum control_watch
supervisor_watch(void *context, int fd, struct span query, const char *head)
{
	struct supervisor *sup = context;
	char profile[256];

	if (!read_watched(&sup->doors, query, profile))
		return CONTROL_NO_PROFILE;
	return watchers_add(&sup->watchers, fd, profile, span_of(head))
		   ? CONTROL_WATCHES
		   : CONTROL_TOO_MANY;
}

static void
on_hup(struct ev_loop *loop, ev_signal *signal_watcher, int revents)
{
	(void)loop;
	(void)revents;
	reload_begin(signal_watcher->data);
}

static void
on_usr1(struct ev_loop *loop, ev_signal *signal_watcher, int revents)
{
	struct supervisor *sup = signal_watcher->data;
	struct err err;

	(void)loop;
	(void)revents;
	if (auditing_reopen(&sup->audit, &err) == 0 ||
	    !logger_begin(&sup->logger, LOG_LEVEL_ERROR, "audit-failed"))
		return;
	logger_field(&sup->logger, "why", span_of(err.text));
	logger_end(&sup->logger);
}

static void
on_usr2(struct ev_loop *loop, ev_signal *signal_watcher, int revents)
{
	(void)loop;
	(void)revents;
	upgrade_begin(signal_watcher->data);
}

static void
on_change_timeout(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	reload_on_timeout(timer->data);
}

static void
start_signals(struct supervisor *sup)
{
	static const int stops[] = { SIGINT, SIGTERM };
	sigset_t none;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		ev_signal_init(&sup->stops[i], on_stop, stops[i]);
		sup->stops[i].data = sup;
		ev_signal_start(sup->loop, &sup->stops[i]);
	}
	ev_signal_init(&sup->hup, on_hup, SIGHUP);
	ev_signal_init(&sup->usr1, on_usr1, SIGUSR1);
	ev_signal_init(&sup->usr2, on_usr2, SIGUSR2);
	ev_child_init(&sup->child, on_child, 0, 0);
	sup->hup.data = sup->usr1.data = sup->usr2.data = sup;
	sup->child.data = sup;
	ev_signal_start(sup->loop, &sup->hup);
	ev_signal_start(sup->loop, &sup->usr1);
	ev_signal_start(sup->loop, &sup->usr2);
	ev_child_start(sup->loop, &sup->child);
	/* A program before this one blocked them, so that none is lost. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	ev_feed_signal_event(sup->loop, SIGCHLD);
}

static int
find_program(struct supervisor *sup, struct err *err)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	sup->program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	if (len == -1 || sup->program == -1)
		return err_set(err, errno, "find our own program in /proc");
	path[len] = '\0';
	if ((sup->program_path = strdup(path)) == NULL)
		return err_set(err, 0, "out of memory");
	return 0;
}

static int
begin(struct supervisor *sup, struct err *err)
{
	/* Before any descriptor is made that could be mistaken for one. */
	if (inherit_take(&sup->inherited, err) == -1)
		return -1;
	sup->loop = ev_default_loop(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (sup->loop == NULL)
		return err_set(err, errno, "make an event loop");
	/* Nothing that it starts, nor what it becomes, can gain anything. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(err, errno, "PR_SET_NO_NEW_PRIVS");
	sup->started = (uint64_t)time(NULL);
	sup->workers.loop = sup->loop;
	sup->workers.on_message = on_message;
	sup->workers.context = sup;
	watchers_init(&sup->watchers, &sup->workers);
	ev_set_userdata(sup->loop, &sup->workers);
	ev_timer_init(&sup->pause, on_pause_over, 0., 0.);
	ev_timer_init(
	    &sup->change_timer, on_change_timeout, LIMIT_START_SECONDS, 0.);
	sup->pause.data = sup->change_timer.data = sup;
	if (find_program(sup, err) == -1)
		return -1;
	takeover_program(sup);
	start_signals(sup);
	return 0;
}

static void
clear(struct supervisor *sup)
{
	kill_workers(sup);
	auditing_end(&sup->audit);
	doors_roll_back(&sup->next_doors);
	settings_clear(&sup->next);
	inherit_clear(&sup->inherited);
	upgrade_save(sup);
	workers_clear(&sup->workers);
	/* What a service manager keeps stays where it is. */
	doors_close(&sup->doors, !notify_is_on());
	config_clear(&sup->config);
	free(sup->report_doors);
	free(sup->last_error);
	free(sup->program_path);
}

int
supervisor_run(const struct options *options)
{
	struct supervisor sup = {
		.exit_status = 1,
		.options = options,
		.program = -1,
		.bundle = -1,
		.next_bundle = -1,
		.control_fd = -1,
		.memory = -1,
	};
	struct err err;

	logger_init(&sup.logger, LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO);
	config_init(&sup.config);
	auditing_init(&sup.audit);
	if (begin(&sup, &err) == -1) {
		fprintf(stderr, "postern: %s\n", err.text);
		clear(&sup);
		return 1;
	}
	reload_begin(&sup);
	/* A first configuration that is refused has nothing to fall back on. */
	if (sup.change != CHANGE_NONE || sup.current != NULL) {
		ev_run(sup.loop, 0);
		if (sup.state == SUPERVISOR_STOPPING)
			sup.exit_status = 0;
	}
	watchdog_stop(&sup);
	if (sup.exit_status == 0 &&
	    logger_begin(&sup.logger, LOG_LEVEL_NOTICE, "stopped"))
		logger_end(&sup.logger);
	clear(&sup);
	return sup.exit_status;
}
