/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_SESSION_H
#define SOCKETS_SESSION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "policy/operation.h"
#include "sockets/peer.h"
#include "sockets/side.h"

struct door;
struct archive;
struct audit_entry;
struct lookup;

/* One client's connection, and the one to the daemon that belongs to it. */

enum session_state {
	SESSION_HEAD = 0, /* a request head is read, or waited for */
	SESSION_TURN,	  /* more requests are here; others come first */
	SESSION_BODY,	  /* a request's body is held until it is whole */
	SESSION_LOOKUP,	  /* the daemon is asked what a request names */
	SESSION_CONNECT,  /* something is to go up; its backlog is full */
	SESSION_EXCHANGE, /* the request goes up, the response comes down */
	SESSION_TUNNEL,	  /* bytes both ways, until both have ended */
	SESSION_LINGER	  /* nothing more will be answered */
};

/* The request and response under way. */
struct exchange {
	const struct operation *operation;
	/* The client's bytes that belong to its request. */
	enum upload {
		UPLOAD_DONE = 0, /* all went up; later bytes wait */
		UPLOAD_OPEN,
		UPLOAD_FULL,  /* what came goes up first; later bytes wait */
		UPLOAD_BROKEN /* the daemon does not want the rest */
	} upload;
	struct frame up;
	/* What of the response has come. */
	enum download {
		DOWNLOAD_HEAD = 0,
		DOWNLOAD_BODY
	} download;
	struct frame down;
	bool to_head; /* the request's method is HEAD */
	bool old;     /* the client speaks HTTP/1.0 */
	bool upgrade; /* the daemon was asked to upgrade */
	bool expect;  /* the client waits for 100 Continue */
	bool close;   /* the client's connection ends with it */
	bool hang_up; /* the daemon's does */
	bool streams; /* its start is in the log, its end is to follow */
	unsigned status;
	uint64_t bytes_up;
	uint64_t bytes_down;
	ev_tstamp began;
	uint64_t asked; /* of clock_now(), where its answer is timed */
};

struct session {
	unsigned magic;
	enum session_state state;
	struct door *door;
	struct session *next, **previous; /* of the server's */
	struct side client, daemon;
	ev_timer timer; /* what for, the state says */
	struct peer peer;
	char *container; /* that the peer is in, by its ID; NULL: not known */
	struct audit_entry *audit; /* the request under way, or NULL */
	unsigned turned_away; /* 403 or 429: the answer to anything; or 0 */
	bool hangup_watched;
	bool last; /* the server drains, and one more request is served */
	/* BODY and LOOKUP: client.held is a head of that length, decoded body
	 * bytes, and bytes that were not decoded yet. */
	size_t body_at;
	size_t body_len;
	bool holds;		 /* it is one of door->bodies */
	struct archive *archive; /* the body that goes up, if it is judged */
	struct lookup *lookup;	 /* what is known for the request, or NULL */
	enum session_state then; /* CONNECT: the state that follows */
	ev_tstamp deadline;	 /* CONNECT, LOOKUP: when it is given up */
	struct exchange exchange;
};

/* Serve a client on fd, which is the session's from now on. The container may
 * be NULL. When there is no memory for that, the client is hung up on. */
void session_open(struct door *door, int fd, const struct peer *peer,
    const char *container, unsigned turned_away);

/* Serve a client whose connection another process had, which is the session's
 * from now on; these bytes came from it, and were not judged. */
void session_adopt(struct door *door, int fd, const char *container,
    const char *held, size_t len);

/* The server does not serve any more: let the client go, if nothing is under
 * way for it. The session may be gone afterwards. */
void session_leave(struct session *s);

/* Close both connections, and free. */
void session_free(struct session *s);

/* The client hung up both ways: nothing is worth going on with. */
void session_on_hangup(struct session *s);

#endif
