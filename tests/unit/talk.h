/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_TALK_H
#define TESTS_UNIT_TALK_H

#include "tests/unit/rig.h"

/* A talk between one client and the daemon, through a rig. */
struct talk {
	struct rig rig;
	int client; /* the client's own end */
	int daemon; /* the daemon's, or -1 */
};

/* A request of a client, what the daemon gets of it, and an answer. */
#define PING	 "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
#define PING_OUT "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n"
#define PONG	 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"

/* The same with a body: what follows is its framing. */
#define SAVE                                                     \
	"POST /containers/a/checkpoints HTTP/1.1\r\nHost: x\r\n" \
	"Content-Type: application/json\r\n"
#define SAVE_OUT                                                      \
	"POST /containers/a/checkpoints HTTP/1.1\r\nHost: docker\r\n" \
	"Content-Type: application/json\r\n"                          \
	"Content-Length: "

/* An endless answer, and a hijacked connection. */
#define EVENTS	"GET /events HTTP/1.1\r\nHost: x\r\n\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n"
#define ATTACH                                   \
	"POST /containers/a/attach HTTP/1.1\r\n" \
	"Host: x\r\n" UPGRADE "\r\n"
#define SWITCH "HTTP/1.1 101 UPGRADED\r\n" UPGRADE "\r\n"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

void talk_start(struct talk *t, const char *profile);
void talk_stop(struct talk *t);

/* A talk in which the daemon has got this request. */
void talk_asked(struct talk *t, const char *profile, const char *request);

/* The daemon takes the connection that the session must have made. */
int talk_daemon(struct talk *t);

void talk_say(struct talk *t, int fd, const char *string);

/* Check that this, in which a '*' stands for anything, is what came and no
 * more, and that the connection is still open. */
void talk_heard(struct talk *t, int fd, const char *wanted);

/* The same, and that it is at its end. */
void talk_heard_last(struct talk *t, int fd, const char *wanted);

/* Check that neither end has anything more to read. */
void talk_quiet(struct talk *t);

/* Check that a session owns no buffer. */
void talk_empty(const struct session *s);

#endif
