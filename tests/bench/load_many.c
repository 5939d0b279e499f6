/* SPDX-License-Identifier: MIT */
/* Thousands of connections that stay: event streams that say nothing, and
 * tunnels. They are opened a few at a time, as no backlog takes them all. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/message.h"
#include "tests/bench/net.h"

enum {
	EVENTS = 256,
	AT_ONCE = 128, /* that were opened and have no answer yet */
	ECHO = 64
};

struct peer {
	int fd;
	struct message answer;
	uint64_t sent;	 /* the echo that is on its way */
	size_t came;	 /* of it */
	bool has_answer; /* its head */
	bool done;	 /* it had its event */
};

struct crowd {
	const struct options *options;
	struct result *result;
	struct peer *peers;
	unsigned open;
	unsigned answered;
	int epoll;
};

static void
open_one(struct crowd *crowd)
{
	const struct options *options = crowd->options;
	struct peer *peer = &crowd->peers[crowd->open++];

	peer->answer.is_response = true;
	peer->fd = net_connect(options->socket, 0);
	if (peer->fd == -1)
		err(1, "%s", options->socket);
	if (net_send_all(peer->fd, options->request, options->request_len) ==
	    -1)
		err(1, "%s: send", options->socket);
	net_unblock(peer->fd);
	net_watch(crowd->epoll, EPOLL_CTL_ADD, peer->fd, EPOLLIN, peer);
}

/* Bytes that came for it; 0 if there are none after all. */
static size_t
receive(const struct crowd *crowd, struct peer *peer, char *bytes, size_t len)
{
	ssize_t n = recv(peer->fd, bytes, len, 0);

	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n == -1)
		err(1, "%s: recv", crowd->options->socket);
	if (n == 0)
		errx(1, "%s: hung up on one of %u", crowd->options->socket,
		    crowd->open);
	return (size_t)n;
}

static void
on_head(struct crowd *crowd, struct peer *peer)
{
	char bytes[4096];
	size_t len, used;

	if ((len = receive(crowd, peer, bytes, sizeof(bytes))) == 0)
		return;
	switch (message_read(&peer->answer, bytes, len, &used)) {
	case MESSAGE_MORE:
		return;
	case MESSAGE_HEAD:
		break;
	case MESSAGE_BAD:
	case MESSAGE_DONE:
		errx(1, "%s: not HTTP", crowd->options->socket);
	}
	if (peer->answer.status != crowd->options->status)
		errx(1, "%s: status %u", crowd->options->socket,
		    peer->answer.status);
	peer->has_answer = true;
	crowd->answered++;
	crowd->result->answers++;
}

static void
on_each(struct crowd *crowd, int timeout,
    void (*what)(struct crowd *crowd, struct peer *peer))
{
	struct epoll_event events[EVENTS];
	int i, n;

	n = epoll_wait(crowd->epoll, events, EVENTS, timeout);
	for (i = 0; i < n; i++)
		what(crowd, events[i].data.ptr);
}

static void
open_all(struct crowd *crowd)
{
	unsigned all = crowd->options->connections;

	crowd->epoll = net_epoll();
	if ((crowd->peers = calloc(all, sizeof(*crowd->peers))) == NULL)
		err(1, "calloc");
	while (crowd->answered < all) {
		while (crowd->open < all &&
		       crowd->open - crowd->answered < AT_ONCE)
			open_one(crowd);
		on_each(crowd, -1, on_head);
	}
}

/* What was so far is not a part of the result. */
static void
say_and_wait(struct result *result)
{
	char line[16];

	result->answers = 0;
	puts("ready");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		errx(1, "nobody says go");
}

static uint64_t event_at;

static void
on_event(struct crowd *crowd, struct peer *peer)
{
	char bytes[4096];
	size_t len = receive(crowd, peer, bytes, sizeof(bytes));

	if (len == 0 || peer->done)
		return;
	peer->done = true;
	crowd->answered--;
	crowd->result->answers++;
	crowd->result->bytes += len;
	histogram_add(&crowd->result->latency, net_now() - event_at);
}

void
load_streams(const struct options *options, struct result *result)
{
	static const char fire[] =
	    "POST /fire HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
	struct crowd crowd = { .options = options, .result = result };
	int fd;

	open_all(&crowd);
	say_and_wait(result);
	if ((fd = net_connect(options->fire, 0)) == -1)
		err(1, "%s", options->fire);
	event_at = net_now();
	if (net_send_all(fd, fire, sizeof(fire) - 1) == -1)
		err(1, "%s", options->fire);
	while (crowd.answered > 0)
		on_each(&crowd, -1, on_event);
	result->seconds = (double)(net_now() - event_at) / 1e9;
	close(fd);
	free(crowd.peers);
}

static void
send_echo(const struct crowd *crowd, struct peer *peer, uint64_t now)
{
	static const char bytes[ECHO];

	peer->sent = now;
	peer->came = 0;
	if (net_send_all(peer->fd, bytes, sizeof(bytes)) == -1)
		err(1, "%s: send", crowd->options->socket);
}

static void
on_echo(struct crowd *crowd, struct peer *peer)
{
	char bytes[ECHO];
	uint64_t now;

	peer->came += receive(crowd, peer, bytes, sizeof(bytes) - peer->came);
	if (peer->came < ECHO)
		return;
	now = net_now();
	crowd->result->answers++;
	crowd->result->bytes += ECHO;
	histogram_add(&crowd->result->latency, now - peer->sent);
	send_echo(crowd, peer, now);
}

void
load_tunnels(const struct options *options, struct result *result)
{
	struct crowd crowd = { .options = options, .result = result };
	uint64_t began, end;
	unsigned i;

	open_all(&crowd);
	say_and_wait(result);
	began = net_now();
	end = began + (uint64_t)(options->seconds * 1e9);
	for (i = 0; i < options->connections; i++)
		send_echo(&crowd, &crowd.peers[i], net_now());
	while (net_now() < end)
		on_each(&crowd, 100, on_echo);
	result->seconds = (double)(net_now() - began) / 1e9;
	free(crowd.peers);
}
