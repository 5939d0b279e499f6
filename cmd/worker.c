/* SPDX-License-Identifier: MIT */
/* The worker: serves the doors with what the supervisor handed over, locked
 * into a sandbox before it reads a stranger's first byte. It opens no file and
 * starts no program. When the supervisor is gone, it ends as well. */

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "cmd/commands.h"
#include "cmd/inherit.h"
#include "cmd/message.h"
#include "cmd/sandbox.h"
#include "sockets/audit.h"
#include "sockets/server.h"
#include "sockets/watch.h"

struct worker_process {
	struct settings settings;
	struct logger logger;
	struct server server;
	struct tally *tally;
	struct audit audit;
	ev_io supervisor;
	ev_prepare turn;
	ev_timer drain;
	bool told; /* the supervisor, that it has retired */
};

static bool
is_ending(const struct worker_process *worker)
{
	return worker->server.state == SERVER_RETIRED ||
	       worker->server.state == SERVER_DRAINING;
}

/* Before the loop waits: what is there left to do? */
static void
on_turn(struct ev_loop *loop, ev_prepare *turn, int revents)
{
	struct worker_process *worker = turn->data;

	(void)revents;
	counter_set(&worker->tally->lines_lost, worker->logger.lost_ever);
	if (!is_ending(worker))
		return;
	if (!worker->told && !server_judges(&worker->server)) {
		worker->told = true;
		message_send(
		    worker->supervisor.fd, MESSAGE_RETIRED, NULL, 0, -1);
	}
	if (server_is_empty(&worker->server))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_drained(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

/* Streams have so long from now on, but not longer than was said before. */
static void
start_drain(struct worker_process *worker)
{
	if (ev_is_active(&worker->drain))
		return;
	ev_timer_set(&worker->drain, worker->settings.config.drain, 0.);
	ev_timer_start(worker->server.loop, &worker->drain);
}

static void
drain(struct worker_process *worker)
{
	server_drain(&worker->server);
	start_drain(worker);
}

/* A question to the supervisor, who can read what stands in /proc. */
static bool
ask_who(void *context, uint64_t ticket, pid_t pid, int pidfd)
{
	const struct worker_process *worker = context;
	const struct message_who who = { ticket, pid };

	return message_send(worker->supervisor.fd, MESSAGE_WHO, &who,
		   sizeof(who), pidfd) == 0;
}

static void
take_container(struct server *server, const struct message *message)
{
	struct message_container answer;

	if (message->len != sizeof(answer))
		return;
	memcpy(&answer, message->content, sizeof(answer));
	answer.id[sizeof(answer.id) - 1] = '\0';
	newcomer_known(server, answer.ticket, answer.id);
}

static void
take_watcher(struct server *server, const struct message *message)
{
	struct message_watch watch;

	if (message->len != sizeof(watch))
		return;
	memcpy(&watch, message->content, sizeof(watch));
	watch.profile[sizeof(watch.profile) - 1] = '\0';
	if (message->type == MESSAGE_WATCH)
		watch_add(server, watch.number, watch.profile, message->fd);
	else
		watch_remove(server, watch.number);
}

static void
obey(struct worker_process *worker, struct message *message)
{
	struct server *server = &worker->server;

	switch (message->type) {
	case MESSAGE_SERVE:
		server_serve(server);
		return;
	case MESSAGE_ADOPT:
		server_adopt(server, message->fd);
		return;
	case MESSAGE_CUT:
		message->content[sizeof(message->content) - 1] = '\0';
		server_cut(server, message->content);
		return;
	case MESSAGE_RETIRE:
		server_retire(server, message->fd);
		start_drain(worker);
		return;
	case MESSAGE_DRAIN:
		drain(worker);
		return;
	case MESSAGE_PING:
		message_send(worker->supervisor.fd, MESSAGE_PONG, NULL, 0, -1);
		return;
	case MESSAGE_CONTAINER:
		take_container(server, message);
		return;
	case MESSAGE_WATCH:
	case MESSAGE_UNWATCH:
		take_watcher(server, message);
		return;
	case MESSAGE_NOTHING:
	case MESSAGE_READY:
	case MESSAGE_RETIRED:
	case MESSAGE_PONG:
	case MESSAGE_WHO:
		break;
	}
}

static void
on_supervisor(struct ev_loop *loop, ev_io *io, int revents)
{
	struct worker_process *worker = io->data;
	struct message message;

	(void)revents;
	for (;;) {
		switch (message_receive(io->fd, &message)) {
		case MESSAGE_NONE:
			return;
		case MESSAGE_END:
			ev_io_stop(loop, io);
			drain(worker);
			return;
		case MESSAGE_SOME:
			obey(worker, &message);
			break;
		}
	}
}

/* As many descriptors as the system lets us have: two for each client. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The counters' memory, made by the supervisor for just these profiles. */
static int
map_counters(struct worker_process *worker, int fd, struct err *err)
{
	size_t size = details_tally_size(worker->settings.policy->profiles_len);
	struct stat status;
	void *memory;

	if (fstat(fd, &status) == -1 || (size_t)status.st_size < size)
		return err_set(err, 0, "the counters' memory is too small");
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return err_set(err, errno, "map the counters");
	worker->tally = memory;
	return 0;
}

/* Each profile's door, in the policy's order. */
static int
open_server(
    struct worker_process *worker, struct inherited *inherited, struct err *err)
{
	const struct policy *policy = worker->settings.policy;
	struct server *server = &worker->server;
	int *fds, result = 0;
	size_t i;

	if ((fds = calloc(policy->profiles_len, sizeof(*fds))) == NULL)
		return err_set(err, 0, "out of memory");
	for (i = 0; i < policy->profiles_len && result == 0; i++) {
		fds[i] = inherit_find(inherited, policy->profiles[i].name);
		if (fds[i] == -1)
			result = err_set(
			    err, 0, "no door %s", policy->profiles[i].name);
	}
	logger_init(&worker->logger, worker->settings.config.log_format,
	    worker->settings.config.log_level);
	server->logger = &worker->logger;
	server->upstream = worker->settings.config.upstream;
	server->head_limit = worker->settings.config.head;
	if (result == 0)
		result = server_init(server,
		    ev_default_loop(EVBACKEND_EPOLL | EVFLAG_NOENV), policy,
		    fds, worker->tally->doors,
		    details_of_tally(worker->tally, policy->profiles_len), err);
	free(fds);
	return result;
}

/* Without a pipe for it there is no audit, and nobody is asked about. */
static void
open_audit(struct worker_process *worker, int pipe)
{
	struct server *server = &worker->server;

	if (pipe == -1)
		return;
	worker->audit = (struct audit){ pipe, &worker->tally->audit_lost };
	server->audit = &worker->audit;
	server->newcomers.ask = ask_who;
	server->newcomers.context = worker;
}

static int
take_over(struct worker_process *worker, struct err *err)
{
	struct inherited inherited = { 0 };
	int supervisor, bundle = -1, counters = -1, result = -1;

	if (inherit_take(&inherited, err) == -1)
		return -1;
	supervisor = inherit_find(&inherited, ".supervisor");
	bundle = inherit_find(&inherited, ".bundle");
	counters = inherit_find(&inherited, ".counters");
	if (supervisor == -1 || bundle == -1 || counters == -1)
		err_set(err, 0,
		    "this is for \"postern run\", which starts it itself");
	else if (bundle_read(bundle, &worker->settings, err) == 0 &&
		 map_counters(worker, counters, err) == 0 &&
		 open_server(worker, &inherited, err) == 0) {
		open_audit(worker, inherit_find(&inherited, ".audit"));
		result = 0;
	}
	ev_io_set(&worker->supervisor, supervisor, EV_READ);
	if (bundle != -1)
		close(bundle);
	if (counters != -1)
		close(counters);
	inherit_clear(&inherited);
	return result;
}

/* The supervisor decides about all of these; a terminal's Ctrl-C, and a
 * service manager, speak to both. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE,
		SIGUSR1, SIGUSR2 };
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
serve(struct worker_process *worker, struct err *err)
{
	struct ev_loop *loop = worker->server.loop;
	struct sandbox sandbox;

	if (sandbox_enter(&sandbox, err) == -1)
		return -1;
	ev_prepare_init(&worker->turn, on_turn);
	ev_init(&worker->drain, on_drained);
	worker->turn.data = worker->supervisor.data = worker;
	ev_prepare_start(loop, &worker->turn);
	ev_io_start(loop, &worker->supervisor);
	if (message_send(worker->supervisor.fd, MESSAGE_READY, &sandbox,
		sizeof(sandbox), -1) == -1)
		return err_set(err, errno, "tell the supervisor");
	ev_run(loop, 0);
	return 0;
}

int
command_worker(const struct options *options, char **arguments)
{
	struct worker_process worker = { 0 };
	struct err err;

	(void)options;
	if (arguments[0] != NULL)
		return command_usage("worker takes no arguments");
	ignore_signals();
	raise_descriptor_limit();
	ev_init(&worker.supervisor, on_supervisor);
	if (getuid() == 0 || geteuid() == 0) {
		fputs("postern: worker: it never serves as root\n", stderr);
		return 1;
	}
	if (take_over(&worker, &err) == -1 || serve(&worker, &err) == -1) {
		fprintf(stderr, "postern: worker: %s\n", err.text);
		return 1;
	}
	server_clear(&worker.server);
	settings_clear(&worker.settings);
	return 0;
}
