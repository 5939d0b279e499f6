/* SPDX-License-Identifier: MIT */
/* postern run: make the doors, and serve until a signal says stop. */

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "sockets/daemon.h"
#include "sockets/place.h"
#include "sockets/server.h"

/* The doors' files and descriptors, in the order of the policy's profiles. */
struct doors {
	struct place *places;
	int *fds;
	size_t len; /* that are open */
};

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

/* Directories below doors/ that a profile's path names. */
static int
make_parents(const struct config *config, const char *path, struct err *err)
{
	char part[108];
	size_t i;

	for (i = strlen(config->directory) + strlen("/doors/"); path[i] != '\0';
	     i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (place_make_directory(part, 0755, err) == -1)
			return -1;
	}
	return 0;
}

/* A door onto our own door would be a loop. */
static bool
is_upstream(const struct config *config, const char *path)
{
	struct stat a, b;

	return strcmp(config->upstream, path) == 0 ||
	       (stat(config->upstream, &a) == 0 && stat(path, &b) == 0 &&
		   a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

static int
open_door(const struct config *config, const struct profile *profile,
    struct doors *doors, struct err *err)
{
	const struct door_options *door = &profile->door;
	char path[108];
	int fd;

	if (settings_door_path(config, profile, path, err) == -1)
		return -1;
	if (is_upstream(config, path))
		return err_set(err, 0, "%s is the daemon's own socket", path);
	if ((door->path == NULL || door->path[0] != '/') &&
	    make_parents(config, path, err) == -1)
		return -1;
	fd = place_listen(path, door->mode, door->user, door->group,
	    &doors->places[doors->len], err);
	if (fd == -1)
		return err_context(err, "door %s", profile->name);
	doors->fds[doors->len++] = fd;
	return 0;
}

static void
remove_doors(struct doors *doors)
{
	size_t i;

	for (i = 0; i < doors->len; i++)
		place_remove(&doors->places[i]);
	free(doors->places);
	free(doors->fds);
}

/* All of them or none. */
static int
open_doors(const struct config *config, const struct policy *policy,
    struct doors *doors, struct err *err)
{
	char path[108];
	size_t i;

	doors->len = 0;
	doors->places = calloc(policy->profiles_len, sizeof(*doors->places));
	doors->fds = calloc(policy->profiles_len, sizeof(*doors->fds));
	if (doors->places == NULL || doors->fds == NULL)
		return err_set(err, 0, "out of memory");
	snprintf(path, sizeof(path), "%s/doors", config->directory);
	if (place_make_directory(config->directory, 0750, err) == -1 ||
	    place_make_directory(path, 0755, err) == -1)
		return -1;
	for (i = 0; i < policy->profiles_len; i++)
		if (open_door(config, &policy->profiles[i], doors, err) == -1)
			return -1;
	return 0;
}

/* Doors are open to everybody who can come near them, unless [socket] says
 * otherwise; what keeps others away is their directory. */
static void
warn_if_open(struct server *server, const struct config *config)
{
	struct logger *logger = server->logger;
	struct stat status;

	if (stat(config->directory, &status) == -1 ||
	    (status.st_mode & S_IXOTH) == 0 ||
	    !logger_begin(logger, LOG_LEVEL_WARNING, "directory-open"))
		return;
	logger_field(logger, "path", span_of(config->directory));
	logger_field(logger, "why",
	    span_of("any user of this host can come "
		    "to the doors; chmod o-x it, or narrow them in [socket]"));
	logger_end(logger);
}

static void
log_ready(struct server *server, const struct doors *doors)
{
	struct logger *logger = server->logger;
	size_t i;
	int fd;

	for (i = 0; i < doors->len; i++) {
		if (!logger_begin(logger, LOG_LEVEL_INFO, "door-open"))
			break;
		logger_field(logger, "profile",
		    span_of(server->policy->profiles[i].name));
		logger_field(logger, "path", span_of(doors->places[i].path));
		logger_end(logger);
	}
	if (daemon_connect(server->upstream, &fd) == DAEMON_CONNECTED) {
		close(fd);
	} else if (logger_begin(
		       logger, LOG_LEVEL_WARNING, "daemon-unreachable")) {
		logger_field(logger, "upstream", span_of(server->upstream));
		logger_field(logger, "why",
		    span_of("no daemon listens there "
			    "yet; clients get 502 until one does"));
		logger_end(logger);
	}
	if (logger_begin(logger, LOG_LEVEL_NOTICE, "ready")) {
		logger_number(logger, "doors", doors->len);
		logger_field(logger, "upstream", span_of(server->upstream));
		logger_end(logger);
	}
}

static void
on_stop(struct ev_loop *loop, ev_signal *signal_watcher, int revents)
{
	(void)signal_watcher;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void
serve(struct server *server, const struct config *config,
    const struct doors *doors)
{
	static const int stops[] = { SIGINT, SIGTERM, SIGHUP };
	ev_signal watchers[sizeof(stops) / sizeof(stops[0])];
	size_t i;

	for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		ev_signal_init(&watchers[i], on_stop, stops[i]);
		ev_signal_start(server->loop, &watchers[i]);
	}
	warn_if_open(server, config);
	log_ready(server, doors);
	ev_run(server->loop, 0);
	for (i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		ev_signal_stop(server->loop, &watchers[i]);
}

static int
run(const struct config *config, const struct policy *policy)
{
	struct server server = { 0 };
	struct logger logger;
	struct doors doors;
	struct err err;
	int result;

	logger_init(&logger, config->log_format, config->log_level);
	server.logger = &logger;
	server.upstream = config->upstream;
	server.head_limit = config->head;
	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	result = open_doors(config, policy, &doors, &err);
	if (result == 0)
		result = server_init(
		    &server, ev_default_loop(0), policy, doors.fds, &err);
	if (result == 0) {
		serve(&server, config, &doors);
		server_clear(&server);
		if (logger_begin(&logger, LOG_LEVEL_NOTICE, "stopped"))
			logger_end(&logger);
	} else {
		fprintf(stderr, "postern: %s\n", err.text);
	}
	remove_doors(&doors);
	return result == 0 ? 0 : 1;
}

int
command_run(const struct options *options, char **arguments)
{
	struct policy *policy;
	struct config config;
	int status;

	if (arguments[0] != NULL)
		return command_usage("run takes no arguments");
	status = settings_load(options, NULL, &config, &policy);
	if (status != 0)
		return status;
	status = run(&config, policy);
	policy_free(policy);
	config_clear(&config);
	return status;
}
