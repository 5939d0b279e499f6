/* SPDX-License-Identifier: MIT */
/* Requests and their answers: on connections that are kept or on new ones, as
 * fast as they are answered or at a rate.
 *
 * At a rate, a request is due at a moment that is fixed beforehand, and its
 * latency counts from there: if the other end stands still, all that should
 * have been asked meanwhile is late. */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/message.h"
#include "tests/bench/net.h"

enum {
	BUFFER = 256 * 1024,
	EVENTS = 256,
	TICK = 200000 /* ns, between looks at what is due */
};

struct client {
	int fd;
	struct message answer;
	uint64_t due;	   /* when the requests on their way were */
	unsigned expected; /* answers */
	size_t unsent;	   /* bytes of these requests */
	bool asked_before;
	struct client *next_idle;
};

struct run {
	const struct options *options;
	struct result *result;
	int epoll;
	int timer; /* -1 without a rate */
	struct client *clients;
	struct client *idle;
	char *requests; /* as many as are sent at once */
	size_t requests_len;
	uint64_t began;
	uint64_t end;	/* 0: by count */
	uint64_t asked; /* requests, all in all */
	unsigned busy;	/* clients */
};

static char buffer[BUFFER];

static bool
is_over(const struct run *run, uint64_t now)
{
	if (run->end != 0)
		return now >= run->end;
	return run->asked >= run->options->count;
}

static void
watch(struct run *run, struct client *client, int how)
{
	net_watch(run->epoll, how, client->fd,
	    client->unsent > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, client);
}

static void
send_more(struct run *run, struct client *client)
{
	size_t before = client->unsent;
	ssize_t n;

	n = send(client->fd, run->requests + run->requests_len - before, before,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN)
		err(1, "%s: send", run->options->socket);
	if (n > 0)
		client->unsent -= (size_t)n;
}

static void
ask(struct run *run, struct client *client, uint64_t due)
{
	bool is_new = client->fd == -1;

	if (is_new) {
		memset(&client->answer, 0, sizeof(client->answer));
		client->answer.is_response = true;
		client->fd = net_connect(run->options->socket, 0);
		if (client->fd == -1)
			err(1, "%s", run->options->socket);
	}
	client->due = due;
	client->expected = run->options->pipeline;
	client->unsent = run->requests_len;
	run->asked += run->options->pipeline;
	run->busy++;
	send_more(run, client);
	if (is_new)
		watch(run, client, EPOLL_CTL_ADD);
	else if (client->unsent > 0)
		watch(run, client, EPOLL_CTL_MOD);
}

static void
rest(struct run *run, struct client *client)
{
	client->next_idle = run->idle;
	run->idle = client;
}

/* The requests that were asked for are answered. */
static void
go_on(struct run *run, struct client *client, uint64_t now)
{
	run->busy--;
	client->asked_before = true;
	if (run->options->fresh) {
		close(client->fd);
		client->fd = -1;
	}
	if (run->timer == -1 && !is_over(run, now))
		ask(run, client, run->options->fresh ? net_now() : now);
	else
		rest(run, client);
}

/* What a connection takes to be made counts only where each request makes
 * one. */
static void
count(struct run *run, const struct client *client, uint64_t now)
{
	struct result *result = run->result;

	result->answers++;
	result->bytes += client->answer.body;
	if (client->answer.status != run->options->status) {
		result->wrong++;
		result->wrong_status = client->answer.status;
	}
	if (client->asked_before || run->options->fresh)
		histogram_add(&result->latency, now - client->due);
}

static void
receive(struct run *run, struct client *client)
{
	enum message_event what;
	size_t used, at = 0, len;
	uint64_t now;
	ssize_t n;

	n = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n == -1)
		err(1, "%s: recv", run->options->socket);
	if (n == 0)
		errx(1, "%s: hung up, after %llu answers", run->options->socket,
		    (unsigned long long)run->result->answers);
	now = net_now();
	len = (size_t)n;
	while (client->expected > 0) {
		what =
		    message_read(&client->answer, buffer + at, len - at, &used);
		at += used;
		if (what == MESSAGE_BAD)
			errx(1, "%s: not HTTP", run->options->socket);
		if (what == MESSAGE_MORE)
			return;
		if (what == MESSAGE_DONE) {
			count(run, client, now);
			client->expected--;
		}
	}
	if (at < len)
		errx(1, "%s: more than was asked for", run->options->socket);
	go_on(run, client, now);
}

static void
on_client(struct run *run, struct client *client, uint32_t events)
{
	if ((events & EPOLLOUT) != 0) {
		send_more(run, client);
		if (client->unsent == 0)
			watch(run, client, EPOLL_CTL_MOD);
	}
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		receive(run, client);
}

/* When the next request is due. */
static uint64_t
next_due(const struct run *run)
{
	return run->began + run->asked * 1000000000u / run->options->rate;
}

/* Whoever is idle asks what is due; what nobody can ask stays due. */
static void
ask_what_is_due(struct run *run, uint64_t now)
{
	struct client *client;
	uint64_t due;

	while (run->idle != NULL && !is_over(run, now) &&
	       (due = next_due(run)) <= now) {
		client = run->idle;
		run->idle = client->next_idle;
		ask(run, client, due);
	}
}

static void
on_timer(struct run *run)
{
	uint64_t ticks;

	if (read(run->timer, &ticks, sizeof(ticks)) == -1)
		err(1, "timerfd");
}

static void
start_timer(struct run *run)
{
	const struct itimerspec often = {
		{0,  TICK},
		     { 0, TICK}
	};

	run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (run->timer == -1 ||
	    timerfd_settime(run->timer, 0, &often, NULL) == -1)
		err(1, "timerfd");
	net_watch(run->epoll, EPOLL_CTL_ADD, run->timer, EPOLLIN, NULL);
}

static void
prepare(struct run *run)
{
	const struct options *options = run->options;
	unsigned i;

	run->requests_len = options->request_len * options->pipeline;
	run->requests = malloc(run->requests_len);
	run->clients = calloc(options->connections, sizeof(*run->clients));
	if (run->requests == NULL || run->clients == NULL)
		err(1, "malloc");
	for (i = 0; i < options->pipeline; i++)
		memcpy(run->requests + options->request_len * i,
		    options->request, options->request_len);
	for (i = 0; i < options->connections; i++) {
		run->clients[i].fd = -1;
		rest(run, &run->clients[i]);
	}
}

static void
turn(struct run *run)
{
	struct epoll_event events[EVENTS];
	int i, n;

	n = epoll_wait(run->epoll, events, EVENTS, -1);
	for (i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL)
			on_timer(run);
		else
			on_client(run, events[i].data.ptr, events[i].events);
	}
	if (run->timer != -1)
		ask_what_is_due(run, net_now());
}

void
load_requests(const struct options *options, struct result *result)
{
	struct run run = { .options = options,
		.result = result,
		.epoll = net_epoll(),
		.timer = -1 };
	struct client *client;
	uint64_t now;

	prepare(&run);
	run.began = net_now();
	if (options->count == 0)
		run.end = run.began + (uint64_t)(options->seconds * 1e9);
	if (options->rate != 0)
		start_timer(&run);
	while (options->rate == 0 && run.idle != NULL &&
	       !is_over(&run, now = net_now())) {
		client = run.idle;
		run.idle = client->next_idle;
		ask(&run, client, now);
	}
	while (run.busy > 0 || !is_over(&run, net_now()))
		turn(&run);
	result->seconds = (double)(net_now() - run.began) / 1e9;
	free(run.clients);
	free(run.requests);
}
