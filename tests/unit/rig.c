/* SPDX-License-Identifier: MIT */
/* A server between a client and a daemon that are both here: see rig.h. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets/session_parts.h"
#include "tests/unit/rig.h"

enum {
	HEARD_MAX = 4 * 1024 * 1024
};

/* A test has nothing to clean up: it is a process of its own. */
static _Noreturn void
die(const char *what)
{
	warn("%s", what);
	abort();
}

static bool
no_user(void *context, const char *name, uid_t *uid)
{
	(void)context;
	(void)name;
	(void)uid;
	return false;
}

static bool
no_group(void *context, const char *name, gid_t *gid)
{
	(void)context;
	(void)name;
	(void)gid;
	return false;
}

/* What libev calls in place of ev_invoke_pending(). */
static void
count_calls(struct ev_loop *loop)
{
	struct rig *rig = ev_userdata(loop);

	rig->calls += ev_pending_count(loop);
	ev_invoke_pending(loop);
}

static int
listen_at(const char *path, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, backlog) == -1)
		die(path);
	return fd;
}

void
rig_listen(struct rig *rig, int backlog)
{
	rig->listener = listen_at(rig->upstream, backlog);
}

void
rig_unlisten(struct rig *rig)
{
	close(rig->listener);
	rig->listener = -1;
	unlink(rig->upstream);
}

void
rig_listen_full(struct rig *rig)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, i;

	rig_unlisten(rig);
	rig_listen(rig, 0);
	snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", rig->upstream);
	for (i = 0; i < 4; i++) {
		fd = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
		    -1) {
			close(fd);
			return;
		}
	}
	die("the backlog has no end");
}

void
rig_start(struct rig *rig, const char *profile)
{
	const struct profile_source source = { "web", "web.ini",
		span_of(profile) };
	const struct name_lookup lookup = { no_user, no_group, NULL };
	struct complaints complaints = { 0 };
	struct err error;
	int fd;

	*rig = (struct rig){ .directory = "/tmp/rig-XXXXXX", .listener = -1 };
	if (mkdtemp(rig->directory) == NULL)
		die(rig->directory);
	snprintf(rig->door, sizeof(rig->door), "%s/door", rig->directory);
	snprintf(
	    rig->upstream, sizeof(rig->upstream), "%s/daemon", rig->directory);
	rig_listen(rig, 128);
	fd = listen_at(rig->door, 128);
	rig->policy = policy_load(&source, 1, &lookup, &complaints);
	if (rig->policy == NULL)
		die(complaints.list[0].text);
	rig->loop = ev_loop_new(EVFLAG_AUTO);
	if (rig->loop == NULL)
		die("no loop");
	ev_set_userdata(rig->loop, rig);
	ev_set_invoke_pending_cb(rig->loop, count_calls);
	rig->server.logger = &rig->logger;
	rig->server.upstream = rig->upstream;
	rig->server.head_limit = LIMIT_HEAD_DEFAULT;
	if (server_init(&rig->server, rig->loop, rig->policy, &fd,
		&rig->counters, &rig->details, &error) == -1)
		die(error.text);
	server_serve(&rig->server);
}

void
rig_stop(struct rig *rig)
{
	server_clear(&rig->server);
	ev_loop_destroy(rig->loop);
	policy_free(rig->policy);
	if (rig->listener != -1)
		rig_unlisten(rig);
	unlink(rig->door);
	rmdir(rig->directory);
}

void
rig_turn(struct rig *rig)
{
	unsigned long before;

	do {
		before = rig->calls;
		ev_run(rig->loop, EVRUN_NOWAIT);
	} while (rig->calls != before);
}

static void
on_wait_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

void
rig_wait(struct rig *rig, double seconds)
{
	ev_timer timer;

	ev_timer_init(&timer, on_wait_end, seconds, 0.);
	ev_timer_start(rig->loop, &timer);
	ev_run(rig->loop, 0);
	rig_turn(rig);
}

int
rig_client(struct rig *rig, unsigned turned_away)
{
	const struct peer peer = { 1, 2, 3 };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		ends) == -1)
		die("socketpair");
	session_open(&rig->server.doors[0], ends[0], &peer, NULL, turned_away);
	return ends[1];
}

int
rig_daemon(struct rig *rig)
{
	int fd;

	fd = accept4(rig->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1 && errno != EAGAIN)
		die("accept");
	return fd;
}

void
rig_say(struct rig *rig, int fd, struct span bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
		if (n == -1)
			die("send");
		bytes.at += n;
		bytes.len -= (size_t)n;
		rig_turn(rig);
	}
}

struct span
rig_hear(int fd, bool *ended)
{
	static char memory[HEARD_MAX];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, memory + len, sizeof(memory) - len, 0)) > 0)
		len += (size_t)n;
	*ended = n == 0 || errno != EAGAIN;
	return (struct span){ memory, len };
}

void
rig_fire(struct rig *rig)
{
	struct session *s = rig->server.sessions;

	if (s == NULL || !ev_is_active(&s->timer))
		die("no session waits");
	session_timer_stop(s);
	ev_invoke(rig->loop, &s->timer, EV_TIMER);
	rig_turn(rig);
}
