/* SPDX-License-Identifier: MIT */
#ifndef CMD_CONTROL_H
#define CMD_CONTROL_H

#include <ev.h>

#include "cmd/report.h"
#include "core/span.h"

/* The control socket: HTTP/1.1 over a Unix socket that only our own user and
 * root can open.
 *
 *	GET  /health   200 or 503, {"status":"ok"} or {"status":"..."}
 *	GET  /status   a report as JSON; as a table, if Accept says text/plain
 *	GET  /status/NAME  the same of the door of that profile
 *	GET  /metrics  a report as Prometheus' text
 *	POST /reload   answered when the reload is done: 200, or 422 and why
 *	GET  /watch    decisions as they are made, a line of JSON for each, to
 *		       its client's end; ?profile=NAME: those of one profile
 *
 * Errors are {"message":"..."}. To those whose Accept says text/plain, what
 * would be the one member of an object is sent bare, as lines. One request per
 * connection. */

struct control_client;

enum control_watch {
	CONTROL_TOO_MANY = 0, /* or no descriptor for it */
	CONTROL_NO_PROFILE,   /* nothing of that name; or another query */
	CONTROL_WATCHES
};

/* What it asks of whoever has it. */
struct control_handler {
	/* The report of this moment, good until the callback returns. */
	const struct report *(*report)(void *context);
	/* Begin a reload; control_reloaded() follows, later or within. */
	void (*reload)(void *context);
	/* Somebody watches decisions, on a connection of which it makes a copy;
	 * the query has its question mark, or is empty. It sends the head, and
	 * then what there is to see. */
	enum control_watch (*watch)(
	    void *context, int fd, struct span query, const char *head);
	void *context;
};

struct control {
	struct ev_loop *loop;
	struct control_handler handler;
	ev_io io;
	ev_timer pause; /* of accepting, when descriptors are out */
	struct control_client *clients;
	size_t clients_len;
};

/* Serve on a listening, non-blocking descriptor, which is the control's from
 * now on. */
void control_open(struct control *control, struct ev_loop *loop, int fd,
    const struct control_handler *handler);
void control_close(struct control *control);

/* A reload begins, for all who have asked for one until now. */
void control_begins(struct control *control);

/* It has ended: they are told. Why is text of lines, each ending in a line
 * feed; empty when it was done. */
void control_reloaded(struct control *control, bool done, struct span why);

#endif
