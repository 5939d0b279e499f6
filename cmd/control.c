/* SPDX-License-Identifier: MIT */
/* The control socket's server. It shares its loop with the work that matters,
 * so it never waits: a client has a place of fixed size for its request, so
 * many seconds for everything that it does, and there are few of them.
 *
 * A client is freed by whatever ends it, which may be control_reloaded() from
 * within the handler: after a call that may end a client, nothing touches it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/control.h"
#include "cmd/page.h"
#include "core/frame.h"
#include "core/http.h"
#include "core/limits.h"
#include "sockets/hangup.h"
#include "sockets/peer.h"

enum {
	CLIENTS_MAX = 16,
	REQUEST_SIZE = 8 * 1024,
	REQUEST_SECONDS = 5, /* to send one */
	ANSWER_SECONDS = 10  /* to take one */
};

enum client_state {
	CLIENT_ASKS = 0,
	CLIENT_WAITS, /* for control_reloaded() */
	CLIENT_TAKES  /* its answer */
};

struct control_client {
	struct control *control;
	struct control_client *next;
	enum client_state state;
	bool plain;   /* it would rather have text than JSON */
	bool to_head; /* it asked by HEAD */
	bool begun;   /* the reload that it waits for */
	ev_io io;
	ev_timer timer;
	char in[REQUEST_SIZE];
	size_t in_len;
	struct buf out;
};

static void
client_free(struct control_client *client)
{
	struct control *control = client->control;
	struct control_client **at = &control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	control->clients_len--;
	ev_io_stop(control->loop, &client->io);
	ev_timer_stop(control->loop, &client->timer);
	close(client->io.fd);
	buf_clear(&client->out);
	free(client);
}

static void
client_want(struct control_client *client, int events)
{
	struct ev_loop *loop = client->control->loop;

	ev_io_stop(loop, &client->io);
	ev_io_set(&client->io, client->io.fd, events);
	if (events != 0)
		ev_io_start(loop, &client->io);
}

/* Start it anew; 0: no limit. */
static void
client_timer(struct control_client *client, int seconds)
{
	struct ev_loop *loop = client->control->loop;

	ev_timer_stop(loop, &client->timer);
	if (seconds > 0) {
		/* The handler may have taken its time. */
		ev_now_update(loop);
		ev_timer_set(&client->timer, seconds, 0.);
		ev_timer_start(loop, &client->timer);
	}
}

/* Send what the socket takes. Ends the client when that was all. */
static void
flush(struct control_client *client)
{
	struct span out;
	ssize_t n;

	while (client->out.len > 0) {
		out = buf_span(&client->out);
		n = send(client->io.fd, out.at, out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			client_want(client, EV_WRITE);
			return;
		}
		if (n == -1)
			break;
		buf_take(&client->out, (size_t)n);
	}
	client_free(client);
}

static const char *
reason_phrase(unsigned status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 422:
		return "Unprocessable Content";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	}
	return "Error";
}

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";
static const char lines_type[] = "application/x-ndjson";
static const char lines_head[] = "HTTP/1.1 200 OK\r\n"
				 "Content-Type: application/x-ndjson\r\n"
				 "Cache-Control: no-store\r\n"
				 "Connection: close\r\n\r\n";
static const char metrics_type[] = "text/plain; version=0.0.4; charset=utf-8";

struct answer {
	unsigned status;
	const char *type;
	const char *allow; /* the methods, with 405 */
	struct buf body;
	bool ok; /* there was memory for the body */
};

/* Answer a client, which ends it, now or later; the body is used up. */
static void
answer_send(struct control_client *client, struct answer *answer)
{
	struct page page = { &client->out, answer->ok };

	page_add(&page,
	    "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n",
	    answer->status, reason_phrase(answer->status), answer->type,
	    answer->body.len);
	if (answer->allow != NULL)
		page_add(&page, "Allow: %s\r\n", answer->allow);
	page_add(&page, "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
	if (!client->to_head)
		page_span(&page, buf_span(&answer->body));
	buf_clear(&answer->body);
	if (!page.ok) {
		client_free(client);
		return;
	}
	client->state = CLIENT_TAKES;
	client_want(client, 0);
	client_timer(client, ANSWER_SECONDS);
	flush(client);
}

/* {"KEY":"VALUE"}, or to those who want text, the value. */
static void
answer_word(struct control_client *client, unsigned status, const char *allow,
    const char *key, struct span value)
{
	struct answer answer = {
		.status = status,
		.type = client->plain ? text_type : json_type,
		.allow = allow,
	};
	struct page page = { &answer.body, true };

	if (client->plain) {
		page_span(&page, value);
		if (value.len == 0 || value.at[value.len - 1] != '\n')
			page_span(&page, SPAN("\n"));
	} else {
		page_add(&page, "{\"%s\":\"", key);
		page_json(&page, value);
		page_span(&page, SPAN("\"}\n"));
	}
	answer.ok = page.ok;
	answer_send(client, &answer);
}

static void
refuse(struct control_client *client, unsigned status, const char *why)
{
	answer_word(client, status, NULL, "message", span_of(why));
}

/* The targets. */

static void
get_health(struct control_client *client, struct span name)
{
	const struct control_handler *handler = &client->control->handler;
	const struct report *report = handler->report(handler->context);
	const char *status = "ok";

	(void)name;

	if (!report->healthy)
		status = strcmp(report->state, "serving") == 0
			     ? "no worker serves"
			     : report->state;
	answer_word(client, report->healthy ? 200 : 503, NULL, "status",
	    span_of(status));
}

static void
get_status(struct control_client *client, struct span name)
{
	const struct control_handler *handler = &client->control->handler;
	const struct report *report = handler->report(handler->context);
	struct answer answer = { .status = 200 };

	(void)name;
	answer.type = client->plain ? text_type : json_type;
	answer.ok = client->plain ? report_table(report, &answer.body)
				  : report_json(report, &answer.body);
	answer_send(client, &answer);
}

static void
get_door(struct control_client *client, struct span name)
{
	const struct control_handler *handler = &client->control->handler;
	const struct report *report = handler->report(handler->context);
	struct answer answer = { .status = 200 };
	size_t door = report_find(report, name);

	if (door == report->doors_len) {
		refuse(client, 404, "no profile of that name has a door");
		return;
	}
	answer.type = client->plain ? text_type : json_type;
	answer.ok = client->plain
			? report_door_table(report, door, &answer.body)
			: report_door_json(report, door, &answer.body);
	answer_send(client, &answer);
}

static void
get_metrics(struct control_client *client, struct span name)
{
	const struct control_handler *handler = &client->control->handler;
	struct answer answer = { .status = 200, .type = metrics_type };

	(void)name;
	answer.ok =
	    report_metrics(handler->report(handler->context), &answer.body);
	answer_send(client, &answer);
}

static void
post_reload(struct control_client *client, struct span name)
{
	/* The control, and with it this, may be closed within. */
	const struct control_handler handler = client->control->handler;

	(void)name;
	client->state = CLIENT_WAITS;
	client->begun = false;
	client_timer(client, 0);
	handler.reload(handler.context);
}

/* The answer ends with its connection, which is not ours any more. */
static void
get_watch(struct control_client *client, struct span query)
{
	const struct control_handler *handler = &client->control->handler;
	struct answer answer = {
		.status = 200, .type = lines_type, .ok = true
	};
	enum control_watch result;

	if (client->to_head) {
		answer_send(client, &answer);
		return;
	}
	result =
	    handler->watch(handler->context, client->io.fd, query, lines_head);
	if (result == CONTROL_WATCHES)
		client_free(client);
	else if (result == CONTROL_NO_PROFILE)
		refuse(client, 404, "no such profile");
	else
		refuse(client, 503, "too many are watching");
}

/* Behind a target that ends in a slash stands a profile's name, and behind
 * others perhaps a query, with its question mark. */
static const struct {
	const char *target;
	bool post;
	bool query; /* it may have one */
	void (*answer)(struct control_client *client, struct span rest);
} targets[] = {
	{"/health",   false, false, get_health },
	{ "/status",  false, false, get_status },
	{ "/status/", false, false, get_door   },
	{ "/metrics", false, false, get_metrics},
	{ "/reload",  true,  false, post_reload},
	{ "/watch",   false, true,	 get_watch  },
};

/* Whether this is the target; rest is what is left of it. */
static bool
is_target(struct span asked, const char *target, bool query, struct span *rest)
{
	size_t len = strlen(target);

	if (asked.len < len || memcmp(asked.at, target, len) != 0)
		return false;
	*rest = (struct span){ asked.at + len, asked.len - len };
	if (target[len - 1] == '/')
		return rest->len > 0;
	return rest->len == 0 || (query && *rest->at == '?');
}

/* The last thing that is done with a client that asks. */
static void
take_request(struct control_client *client, const struct http_head *head)
{
	struct span rest;
	struct frame frame;
	const char *why;
	bool matches;
	size_t i;

	client->to_head = span_eq(head->method, SPAN("HEAD"));
	client->plain = http_lists(head, SPAN("Accept"), SPAN("text/plain"));
	if ((why = http_check_host(head)) != NULL) {
		refuse(client, 400, why);
		return;
	}
	if (!frame_request(&frame, head)) {
		refuse(client, 400, frame.why);
		return;
	}
	if (frame.kind != FRAME_NONE &&
	    (frame.kind != FRAME_LENGTH || frame.left > 0)) {
		refuse(client, 400, "a body, where none is wanted");
		return;
	}
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (!is_target(head->target, targets[i].target,
			targets[i].query, &rest))
			continue;
		matches =
		    targets[i].post
			? span_eq(head->method, SPAN("POST"))
			: client->to_head || span_eq(head->method, SPAN("GET"));
		if (matches)
			targets[i].answer(client, rest);
		else
			answer_word(client, 405,
			    targets[i].post ? "POST" : "GET, HEAD", "message",
			    SPAN("method not allowed"));
		return;
	}
	refuse(client, 404, "page not found");
}

static void
read_request(struct control_client *client)
{
	struct http_head head;
	size_t used;

	switch (http_request(
	    (struct span){ client->in, client->in_len }, &head, &used)) {
	case HTTP_BAD:
		refuse(client, 400, head.why);
		return;
	case HTTP_MORE:
		if (client->in_len < sizeof(client->in))
			return;
		refuse(client, 431, "the head is too large");
		return;
	case HTTP_TOO_LARGE:
	case HTTP_LONG_TARGET:
		refuse(client, 431, "the head is too large");
		return;
	case HTTP_OK:
		take_request(client, &head);
		return;
	}
}

/* What comes behind the request is thrown away. One that has only ended its
 * own side still wants its answer. */
static void
ignore_input(struct control_client *client)
{
	ssize_t n;

	n = recv(client->io.fd, client->in, sizeof(client->in), 0);
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	if (n == -1 || hangup_is(client->io.fd))
		client_free(client);
	else
		client_want(client, 0);
}

static void
receive(struct control_client *client)
{
	ssize_t n;

	n = recv(client->io.fd, client->in + client->in_len,
	    sizeof(client->in) - client->in_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(client);
		return;
	}
	client->in_len += (size_t)n;
	read_request(client);
}

static void
on_client(struct ev_loop *loop, ev_io *io, int revents)
{
	struct control_client *client = io->data;

	(void)loop;
	(void)revents;
	switch (client->state) {
	case CLIENT_ASKS:
		receive(client);
		return;
	case CLIENT_WAITS:
		ignore_input(client);
		return;
	case CLIENT_TAKES:
		flush(client);
		return;
	}
}

static void
on_client_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct control_client *client = timer->data;

	(void)loop;
	(void)revents;
	if (client->state == CLIENT_ASKS)
		refuse(client, 408, "the request did not come");
	else
		client_free(client);
}

static void
admit(struct control *control, int fd)
{
	const struct peer peer = peer_of(fd);
	struct control_client *client = NULL;

	if (control->clients_len < CLIENTS_MAX)
		client = calloc(1, sizeof(*client));
	if (client == NULL) {
		close(fd);
		return;
	}
	client->control = control;
	client->next = control->clients;
	control->clients = client;
	control->clients_len++;
	ev_io_init(&client->io, on_client, fd, EV_READ);
	client->io.data = client;
	ev_timer_init(&client->timer, on_client_timer, 0., 0.);
	client->timer.data = client;
	/* The mode of the socket says so too; but not a byte of a stranger is
	 * read here. */
	if (peer.uid != 0 && peer.uid != geteuid()) {
		refuse(client, 403, "only its own user and root may ask");
		return;
	}
	client_want(client, EV_READ);
	client_timer(client, REQUEST_SECONDS);
}

static void
on_connection(struct ev_loop *loop, ev_io *io, int revents)
{
	struct control *control = io->data;
	int fd, i;

	(void)revents;
	for (i = 0; i < LIMIT_ACCEPT_BURST; i++) {
		fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			admit(control, fd);
			continue;
		}
		switch (errno) {
		case EINTR:
		case ECONNABORTED:
			continue;
		case EAGAIN:
			return;
		default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
			ev_io_stop(loop, io);
			ev_timer_set(&control->pause, LIMIT_ACCEPT_PAUSE, 0.);
			ev_timer_start(loop, &control->pause);
			return;
		}
	}
}

static void
on_pause_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct control *control = timer->data;

	(void)revents;
	ev_io_start(loop, &control->io);
}

void
control_open(struct control *control, struct ev_loop *loop, int fd,
    const struct control_handler *handler)
{
	*control = (struct control){ .loop = loop, .handler = *handler };
	ev_io_init(&control->io, on_connection, fd, EV_READ);
	control->io.data = control;
	ev_io_start(loop, &control->io);
	ev_timer_init(&control->pause, on_pause_end, 0., 0.);
	control->pause.data = control;
}

void
control_close(struct control *control)
{
	while (control->clients != NULL)
		client_free(control->clients);
	ev_timer_stop(control->loop, &control->pause);
	ev_io_stop(control->loop, &control->io);
	close(control->io.fd);
}

void
control_begins(struct control *control)
{
	struct control_client *client;

	for (client = control->clients; client != NULL; client = client->next)
		client->begun = true;
}

void
control_reloaded(struct control *control, bool done, struct span why)
{
	struct control_client *client, *next;

	for (client = control->clients; client != NULL; client = next) {
		next = client->next;
		if (client->state != CLIENT_WAITS || !client->begun)
			continue;
		if (done)
			answer_word(client, 200, NULL, "status", SPAN("done"));
		else
			answer_word(client, 422, NULL, "message", why);
	}
}
