/* SPDX-License-Identifier: MIT */
/* A daemon's stand-in that costs little: whatever is measured with it is
 * mostly the proxy in front of it. One thread.
 *
 * upstream SOCKET BYTES        BYTES: of a stream down, in units of 64 KiB
 *
 *	GET  /_ping
 *	GET  /containers/json		about 2 KB
 *	POST /containers/create		201 once the body is here
 *	GET  /events			a stream that says nothing...
 *	POST /fire			...until this: an event to each
 *	POST /containers/N/attach	101, then all bytes come back
 *	GET  /images/length/get		BYTES of zeros, with a length
 *	GET  /images/chunked/get	the same, in chunks
 *	POST /images/load		takes any body */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/message.h"
#include "tests/bench/net.h"

enum {
	UNIT = 64 * 1024,
	UNIT_HEAD = 7, /* "10000\r\n" */
	BUFFER = 256 * 1024,
	EVENTS = 256
};

enum link_state {
	LINK_ASKS = 0,
	LINK_LISTENS, /* to events */
	LINK_ECHOES,
	LINK_DRINKS /* what streams down */
};

struct link {
	int fd;
	enum link_state state;
	struct message request;
	uint64_t units; /* of those that were not begun */
	bool in_chunks;
	const char *piece; /* of it that is on its way */
	size_t left;
	struct link *next; /* of those that listen */
	struct link **previous;
};

#define HEAD                                        \
	"Api-Version: 1.41\r\n"                     \
	"Docker-Experimental: false\r\n"            \
	"Ostype: linux\r\n"                         \
	"Server: Docker/20.10.24+dfsg1 (linux)\r\n" \
	"Date: Sun, 22 Nov 2026 06:57:43 GMT\r\n"
#define JSON	"Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static const char ping[] =
    "HTTP/1.1 200 OK\r\n" HEAD "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 2\r\n\r\nOK";
static const char created[] =
    "HTTP/1.1 201 Created\r\n" HEAD JSON "Content-Length: 88\r\n\r\n"
    "{\"Id\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
    "ef\",\"Warnings\":[]}\n";
static const char taken[] = "HTTP/1.1 200 OK\r\n" HEAD JSON
			    "Content-Length: 14\r\n\r\n{\"stream\":\"\"}\n";
static const char unknown[] =
    "HTTP/1.1 404 Not Found\r\n" HEAD JSON "Content-Length: 29\r\n\r\n"
    "{\"message\":\"page not found\"}\n";
static const char listening[] = "HTTP/1.1 200 OK\r\n" HEAD JSON CHUNKED;
static const char event[] =
    "66\r\n"
    "{\"status\":\"start\",\"Type\":\"container\",\"Action\":\"start\",\"scope\":"
    "\"local\",\"time\":1795330663,\"timeNano\":0}\n\r\n";
static const char switched[] =
    "HTTP/1.1 101 UPGRADED\r\n"
    "Content-Type: application/vnd.docker.raw-stream\r\n"
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
static const char in_chunks[] =
    "HTTP/1.1 200 OK\r\n" HEAD "Content-Type: application/x-tar\r\n" CHUNKED;

static char buffer[BUFFER];
static char unit[UNIT_HEAD + UNIT + 2];
static char list[4096];
static size_t list_len;
static uint64_t units;
static struct link *listeners;
static int epoll;

static void
make_list(void)
{
	static const char one[] =
	    "{\"Id\":\"%064x\",\"Names\":[\"/web-%d\"],\"Image\":\"nginx:1\","
	    "\"Command\":\"nginx -g 'daemon off;'\",\"Created\":1795330663,"
	    "\"Ports\":[],\"Labels\":{\"com.docker.compose.project\":\"blog\","
	    "\"com.docker.compose.service\":\"web\"},\"State\":\"running\","
	    "\"Status\":\"Up 3 days\",\"HostConfig\":{\"NetworkMode\":"
	    "\"default\"},\"Mounts\":[]}%s";
	char body[3072];
	size_t len = 1;
	int i;

	body[0] = '[';
	for (i = 0; i < 5; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len, one,
		    (unsigned)i, i, i < 4 ? "," : "]\n");
	list_len = (size_t)snprintf(list, sizeof(list),
	    "HTTP/1.1 200 OK\r\n" HEAD JSON "Content-Length: %zu\r\n\r\n%s",
	    len, body);
}

static void
make_unit(void)
{
	memset(unit, 0, sizeof(unit));
	memcpy(unit, "10000\r\n", UNIT_HEAD);
	memcpy(unit + UNIT_HEAD + UNIT, "\r\n", 2);
}

static void
hang_up(struct link *link)
{
	if (link->previous != NULL) {
		*link->previous = link->next;
		if (link->next != NULL)
			link->next->previous = link->previous;
	}
	close(link->fd);
	free(link);
}

/* Small answers always have room in the socket, unless somebody sends requests
 * and reads nothing: that ends the connection. */
static bool
answer(const struct link *link, const char *bytes, size_t len)
{
	return send(link->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

#define ANSWER(link, text) answer(link, text, sizeof(text) - 1)

static bool
listen_to_events(struct link *link)
{
	link->state = LINK_LISTENS;
	link->next = listeners;
	link->previous = &listeners;
	if (listeners != NULL)
		listeners->previous = &link->next;
	listeners = link;
	return ANSWER(link, listening);
}

static bool
fire(const struct link *link)
{
	const struct link *listener;

	/* Whoever is gone, or has no room, misses it. */
	for (listener = listeners; listener != NULL; listener = listener->next)
		(void)ANSWER(listener, event);
	return ANSWER(link, taken);
}

/* The next piece of what streams down; false if that was all. */
static bool
next_piece(struct link *link)
{
	static const char last[] = "0\r\n\r\n";

	if (link->units > 0) {
		link->units--;
		link->piece = link->in_chunks ? unit : unit + UNIT_HEAD;
		link->left = link->in_chunks ? sizeof(unit) : (size_t)UNIT;
		return true;
	}
	if (!link->in_chunks)
		return false;
	link->in_chunks = false;
	link->piece = last;
	link->left = sizeof(last) - 1;
	return true;
}

/* As much as the socket takes. */
static bool
pour(struct link *link)
{
	ssize_t n;

	while (link->left > 0 || next_piece(link)) {
		n = send(link->fd, link->piece, link->left, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN;
		link->piece += n;
		link->left -= (size_t)n;
	}
	link->state = LINK_ASKS;
	net_watch(epoll, EPOLL_CTL_MOD, link->fd, EPOLLIN, link);
	return true;
}

static bool
stream_down(struct link *link, bool chunks)
{
	char head[512];
	int len;

	link->state = LINK_DRINKS;
	link->in_chunks = chunks;
	link->units = units;
	net_watch(epoll, EPOLL_CTL_MOD, link->fd, EPOLLOUT, link);
	if (chunks)
		return ANSWER(link, in_chunks) && pour(link);
	len = snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\n" HEAD "Content-Type: application/x-tar\r\n"
	    "Content-Length: %llu\r\n\r\n",
	    (unsigned long long)units * UNIT);
	return answer(link, head, (size_t)len) && pour(link);
}

/* Whether it is METHOD and a path that begins so, with or without version. */
static bool
asks_for(const struct message *request, const char *method, const char *path)
{
	const char *at = request->start;
	size_t len = strlen(method);

	if (strncmp(at, method, len) != 0 || at[len] != ' ')
		return false;
	at += len + 1;
	if (strncmp(at, "/v1.", 4) == 0)
		at += strcspn(at + 1, "/") + 1;
	return strncmp(at, path, strlen(path)) == 0;
}

/* The request is here, with its body. */
static bool
serve(struct link *link)
{
	const struct message *request = &link->request;

	if (asks_for(request, "GET", "/_ping"))
		return ANSWER(link, ping);
	if (asks_for(request, "GET", "/containers/json"))
		return answer(link, list, list_len);
	if (asks_for(request, "POST", "/containers/create"))
		return ANSWER(link, created);
	if (asks_for(request, "GET", "/events"))
		return listen_to_events(link);
	if (asks_for(request, "POST", "/fire"))
		return fire(link);
	if (asks_for(request, "POST", "/containers/")) {
		link->state = LINK_ECHOES;
		return ANSWER(link, switched);
	}
	if (asks_for(request, "GET", "/images/length/get"))
		return stream_down(link, false);
	if (asks_for(request, "GET", "/images/chunked/get"))
		return stream_down(link, true);
	if (asks_for(request, "POST", "/images/load"))
		return ANSWER(link, taken);
	return ANSWER(link, unknown);
}

static bool
read_requests(struct link *link, const char *bytes, size_t len)
{
	enum message_event what;
	size_t used;

	while (link->state == LINK_ASKS) {
		what = message_read(&link->request, bytes, len, &used);
		bytes += used;
		len -= used;
		if (what == MESSAGE_BAD ||
		    (what == MESSAGE_DONE && !serve(link)))
			return false;
		if (what == MESSAGE_MORE)
			return true;
	}
	if (link->state == LINK_ECHOES && len > 0)
		return answer(link, bytes, len);
	return true;
}

static bool
on_link(struct link *link)
{
	ssize_t n;

	if (link->state == LINK_DRINKS)
		return pour(link);
	if ((n = recv(link->fd, buffer, sizeof(buffer), 0)) <= 0)
		return n == -1 && errno == EAGAIN;
	if (link->state == LINK_ECHOES)
		return answer(link, buffer, (size_t)n);
	return read_requests(link, buffer, (size_t)n);
}

static void
admit(int listener)
{
	struct link *link;
	int fd;

	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	if ((link = calloc(1, sizeof(*link))) == NULL)
		err(1, "calloc");
	link->fd = fd;
	net_watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, link);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	int listener, i, n;

	if (argc != 3) {
		fprintf(stderr, "usage: upstream SOCKET BYTES\n");
		return 2;
	}
	units = strtoull(argv[2], NULL, 10) / UNIT;
	make_list();
	make_unit();
	epoll = net_epoll();
	listener = net_listen(argv[1]);
	net_watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				admit(listener);
			else if (!on_link(events[i].data.ptr))
				hang_up(events[i].data.ptr);
		}
	}
}
