/* SPDX-License-Identifier: MIT */
/* A session's life: events come in here, go to the part that the state names,
 * and what the part says is done here. Only this file frees a session, as the
 * last act of a callback; only session_arm() says what is waited for. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/audit.h"
#include "sockets/door.h"
#include "sockets/handover.h"
#include "sockets/hangup.h"
#include "sockets/lookup.h"
#include "sockets/record.h"
#include "sockets/session_parts.h"

enum {
	SESSION_MAGIC = 0x706f7374,
	RECEIVES_MAX = 4 /* of a stream, before others have their turn */
};

struct scratch *
session_scratch(const struct session *s)
{
	return s->door->server->scratch;
}

static struct ev_loop *
loop_of(const struct session *s)
{
	return s->door->server->loop;
}

void
session_timer(struct session *s, double seconds)
{
	ev_timer_stop(loop_of(s), &s->timer);
	ev_timer_set(&s->timer, seconds, 0.);
	ev_timer_start(loop_of(s), &s->timer);
}

void
session_timer_stop(struct session *s)
{
	ev_timer_stop(loop_of(s), &s->timer);
}

void
session_count_up(struct session *s, size_t bytes)
{
	s->exchange.bytes_up += bytes;
	counter_add(&s->door->counters->sent, bytes);
}

void
session_count_down(struct session *s, size_t bytes)
{
	s->exchange.bytes_down += bytes;
	counter_add(&s->door->counters->received, bytes);
}

enum step
session_hold(struct side *side, const char *bytes, size_t len)
{
	return buf_add(&side->held, bytes, len) ? STEP_WAIT : STEP_CLOSE;
}

bool
session_keep_body(struct session *s)
{
	if (s->door->bodies == LIMIT_BODIES_HELD)
		return false;
	s->door->bodies++;
	s->holds = true;
	return true;
}

void
session_release_body(struct session *s)
{
	if (s->holds)
		s->door->bodies--;
	s->holds = false;
	lookup_end(s);
}

/* What it sends next is for another process to judge, or for nobody. */
static bool
is_leaving(const struct session *s)
{
	enum server_state state = s->door->server->state;

	return (state == SERVER_RETIRED ||
		   (state == SERVER_DRAINING && !s->last)) &&
	       s->turned_away == 0;
}

static int
wanted_of_client(const struct session *s)
{
	int events = s->client.out.len > 0 ? EV_WRITE : 0;
	bool reads = false;

	switch (s->state) {
	case SESSION_HEAD:
		reads = s->client.out.len == 0 && !is_leaving(s);
		break;
	case SESSION_TURN:
		break;
	case SESSION_BODY:
	case SESSION_LINGER:
		reads = s->client.out.len == 0;
		break;
	case SESSION_LOOKUP:
	case SESSION_CONNECT:
		break;
	case SESSION_EXCHANGE:
		if (s->exchange.upload == UPLOAD_DONE)
			reads =
			    s->client.held.len < s->door->server->head_limit;
		else if (s->exchange.upload != UPLOAD_FULL)
			reads = s->daemon.out.len == 0;
		break;
	case SESSION_TUNNEL:
		reads = s->daemon.out.len == 0;
		break;
	}
	return reads && !s->client.ended ? events | EV_READ : events;
}

static int
wanted_of_daemon(const struct session *s)
{
	bool writes =
	    s->daemon.out.len > 0 || s->exchange.upload == UPLOAD_FULL;
	bool reads = true; /* to notice that it closes an idle connection */

	if (s->state == SESSION_EXCHANGE || s->state == SESSION_TUNNEL)
		reads = s->client.out.len == 0 && !s->daemon.ended;
	return (reads ? EV_READ : 0) | (writes ? EV_WRITE : 0);
}

/* A client is watched for being gone where it is not read from. The last bytes
 * that it sent through a tunnel go up first; without their client, a request
 * and half a body are worth nothing. */
static bool
needs_hangup(const struct session *s, int wanted)
{
	if ((wanted & EV_READ) != 0)
		return false;
	return s->state == SESSION_LOOKUP || s->state == SESSION_CONNECT ||
	       s->state == SESSION_EXCHANGE ||
	       (s->state == SESSION_TUNNEL && s->daemon.out.len == 0);
}

static void
session_arm(struct session *s)
{
	int wanted = wanted_of_client(s);

	side_want(loop_of(s), &s->client, wanted);
	hangup_watch(s, needs_hangup(s, wanted));
	if (s->daemon.io.fd != -1)
		side_want(loop_of(s), &s->daemon, wanted_of_daemon(s));
}

/* Requests that came while another was under way. While the timer runs, what
 * is held is the beginning of a head, and has been looked at. */
static enum step
resume(struct session *s)
{
	size_t len;

	if (s->state != SESSION_HEAD || s->client.out.len > 0)
		return STEP_WAIT;
	if (s->client.held.len > 0 && !ev_is_active(&s->timer)) {
		len = side_unhold(&s->client, session_scratch(s));
		if (intake_requests(s, session_scratch(s)->in, len) ==
		    STEP_CLOSE)
			return STEP_CLOSE;
	}
	if (s->state == SESSION_HEAD && s->client.ended)
		return answer_linger(s);
	return STEP_WAIT;
}

/* In SESSION_HEAD, once all was sent. */
static enum step
leave(struct session *s)
{
	if (s->door->server->state == SERVER_DRAINING)
		return STEP_CLOSE;
	/* Closing it here does not end a watch on what lives elsewhere. */
	hangup_watch(s, false);
	switch (handover_send(s)) {
	case HANDOVER_WAIT:
		session_timer_stop(s);
		return STEP_WAIT;
	case HANDOVER_DONE:
	case HANDOVER_LOST:
		break;
	}
	return STEP_CLOSE;
}

/* Do what a part said. The session may be gone afterwards. */
static void
settle(struct session *s, enum step step)
{
	if (step == STEP_WAIT && !is_leaving(s))
		step = resume(s);
	else if (step == STEP_WAIT && s->state == SESSION_HEAD &&
		 s->client.out.len == 0)
		step = leave(s);
	switch (step) {
	case STEP_CLOSE:
		session_free(s);
		return;
	case STEP_WAIT:
		session_arm(s);
		return;
	}
}

/* In SESSION_HEAD and SESSION_LINGER. */
static enum step
receive_idle(struct session *s)
{
	char *bytes;
	size_t len;

	switch (side_receive(
	    &s->client, session_scratch(s), LIMIT_RECEIVE, &bytes, &len)) {
	case RECEIVED_NOTHING:
		return STEP_WAIT;
	case RECEIVED_GONE:
	case RECEIVED_END:
		return STEP_CLOSE;
	case RECEIVED_SOME:
		break;
	}
	if (s->state == SESSION_LINGER)
		return STEP_WAIT;
	return intake_requests(s, bytes, len);
}

static enum step
receive_body(struct session *s)
{
	char *room;
	ssize_t n;

	if ((room = buf_room(&s->client.held, LIMIT_RECEIVE)) == NULL)
		return STEP_CLOSE;
	n = recv(s->client.io.fd, room, LIMIT_RECEIVE, 0);
	if (n == -1)
		return STEP_WAIT; /* a broken connection ends next time */
	if (n == 0)
		return STEP_CLOSE;
	buf_grew(&s->client.held, (size_t)n);
	return intake_body(s);
}

static enum step
receive_from_client(struct session *s)
{
	switch (s->state) {
	case SESSION_HEAD:
	case SESSION_LINGER:
		return receive_idle(s);
	case SESSION_BODY:
		return receive_body(s);
	case SESSION_TURN:
	case SESSION_LOOKUP:
	case SESSION_CONNECT:
		return STEP_WAIT;
	case SESSION_EXCHANGE:
		return exchange_on_client(s);
	case SESSION_TUNNEL:
		return tunnel_on_client(s);
	}
	return STEP_CLOSE;
}

static enum step
flush_client(struct session *s)
{
	if (s->client.out.len == 0)
		return STEP_WAIT;
	if (side_flush(&s->client) != SENT_OK)
		return STEP_CLOSE;
	if (s->client.out.len > 0)
		return STEP_WAIT;
	audit_settle(s);
	if (s->state == SESSION_LINGER)
		return answer_linger(s);
	if (s->state == SESSION_TUNNEL)
		return tunnel_settle(s);
	return STEP_WAIT;
}

/* Of a stream more is there at once, and the loop need not be asked. One that
 * is judged takes its time, and waits for its turn. */
static bool
has_more(const struct session *s, const struct side *side, int wanted)
{
	return side->full && s->archive == NULL && (wanted & EV_READ) != 0 &&
	       (s->state == SESSION_EXCHANGE || s->state == SESSION_TUNNEL);
}

static void
on_client(struct ev_loop *loop, ev_io *io, int revents)
{
	struct session *s = io->data;
	enum step step = STEP_WAIT;
	int receives = 0;

	(void)loop;
	assert(s->magic == SESSION_MAGIC);
	if ((revents & EV_WRITE) != 0)
		step = flush_client(s);
	if (step == STEP_WAIT && (revents & EV_READ) != 0 &&
	    (wanted_of_client(s) & EV_READ) != 0) {
		do {
			step = receive_from_client(s);
		} while (step == STEP_WAIT && ++receives < RECEIVES_MAX &&
			 has_more(s, &s->client, wanted_of_client(s)));
	}
	settle(s, step);
}

/* Between exchanges the daemon has nothing to say: whatever it is, the
 * connection is not used again. */
static enum step
receive_from_daemon(struct session *s)
{
	switch (s->state) {
	case SESSION_LOOKUP:
		return lookup_on_daemon(s);
	case SESSION_EXCHANGE:
		return exchange_on_daemon(s);
	case SESSION_TUNNEL:
		return tunnel_on_daemon(s);
	case SESSION_HEAD:
	case SESSION_TURN:
	case SESSION_BODY:
	case SESSION_CONNECT:
	case SESSION_LINGER:
		side_close(loop_of(s), &s->daemon);
		return STEP_WAIT;
	}
	return STEP_CLOSE;
}

/* What it did not take of a body it does not want: its answer says why. */
static enum step
flush_daemon(struct session *s)
{
	if (s->daemon.out.len > 0 && side_flush(&s->daemon) != SENT_OK) {
		buf_clear(&s->daemon.out);
		s->exchange.upload = UPLOAD_BROKEN;
		return STEP_WAIT;
	}
	if (s->state == SESSION_TUNNEL)
		return tunnel_settle(s);
	if (s->state == SESSION_EXCHANGE && s->daemon.out.len == 0)
		return upload_go_on(s);
	return STEP_WAIT;
}

static void
on_daemon(struct ev_loop *loop, ev_io *io, int revents)
{
	struct session *s = io->data;
	enum step step = STEP_WAIT;
	int receives = 0;

	(void)loop;
	assert(s->magic == SESSION_MAGIC);
	if ((revents & EV_WRITE) != 0)
		step = flush_daemon(s);
	if (step == STEP_WAIT && (revents & EV_READ) != 0 && io->fd != -1 &&
	    (wanted_of_daemon(s) & EV_READ) != 0) {
		do {
			step = receive_from_daemon(s);
		} while (step == STEP_WAIT && ++receives < RECEIVES_MAX &&
			 io->fd != -1 &&
			 has_more(s, &s->daemon, wanted_of_daemon(s)));
	}
	settle(s, step);
}

static enum step
time_is_up(struct session *s)
{
	switch (s->state) {
	case SESSION_HEAD:
		if (s->turned_away != 0 || (s->last && s->client.held.len == 0))
			return STEP_CLOSE;
		return answer_refuse(s, REFUSAL_TIMEOUT,
		    "the request's head took too long", SPAN(""), false);
	case SESSION_TURN:
		s->state = SESSION_HEAD;
		return STEP_WAIT;
	case SESSION_BODY:
		return answer_refuse(s, REFUSAL_TIMEOUT,
		    "the request's body took too long", SPAN(""), false);
	case SESSION_LOOKUP:
		return answer_refuse(s, REFUSAL_DAEMON_TIMEOUT,
		    "the daemon takes too long", SPAN(""), s->exchange.to_head);
	case SESSION_CONNECT:
		return exchange_connect(s);
	case SESSION_EXCHANGE:
	case SESSION_TUNNEL:
	case SESSION_LINGER:
		break;
	}
	return STEP_CLOSE;
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct session *s = timer->data;

	(void)loop;
	(void)revents;
	assert(s->magic == SESSION_MAGIC);
	settle(s, time_is_up(s));
}

void
session_on_hangup(struct session *s)
{
	assert(s->magic == SESSION_MAGIC);
	session_free(s);
}

static struct session *
session_new(struct door *door, int fd, const struct peer *peer,
    const char *container, unsigned turned_away)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		close(fd);
		return NULL;
	}
	s->magic = SESSION_MAGIC;
	s->door = door;
	s->peer = *peer;
	if (container != NULL)
		s->container = strdup(container);
	s->turned_away = turned_away;
	ev_io_init(&s->client.io, on_client, fd, 0);
	ev_io_init(&s->daemon.io, on_daemon, -1, 0);
	ev_init(&s->timer, on_timer);
	s->client.io.data = s->daemon.io.data = s->timer.data = s;
	s->next = door->server->sessions;
	s->previous = &door->server->sessions;
	if (s->next != NULL)
		s->next->previous = &s->next;
	door->server->sessions = s;
	if (turned_away != 0) {
		door->turned_away++;
		session_timer(s, LIMIT_LINGER_SECONDS);
	} else {
		door->connections++;
		counter_add(&door->counters->open, 1);
	}
	return s;
}

void
session_open(struct door *door, int fd, const struct peer *peer,
    const char *container, unsigned turned_away)
{
	struct session *s = session_new(door, fd, peer, container, turned_away);

	if (s != NULL)
		session_arm(s);
}

void
session_adopt(struct door *door, int fd, const char *container,
    const char *held, size_t len)
{
	const struct peer peer = peer_of(fd);
	unsigned turned_away =
	    peer_may_enter(&peer, fd, &door->profile->door) ? 0 : 403;
	struct session *s;

	if (turned_away != 0)
		door_count_turned_away(door, turned_away);
	s = session_new(door, fd, &peer, container, turned_away);
	if (s != NULL)
		settle(s, session_hold(&s->client, held, len));
}

/* Its answer may never end, and nothing is lost when it does. */
static bool
is_endless(const struct session *s)
{
	return s->state == SESSION_EXCHANGE && s->exchange.streams;
}

/* Whether a request is on its way: some of it is here, or the client has come
 * for its first one. */
static bool
is_asking(const struct session *s)
{
	char byte;

	if (s->state == SESSION_TURN)
		return true;
	return s->state == SESSION_HEAD && s->client.out.len == 0 &&
	       (s->exchange.operation == NULL || s->client.held.len > 0 ||
		   recv(s->client.io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >
		       0);
}

void
session_leave(struct session *s)
{
	ev_tstamp last = ev_now(loop_of(s)) + LIMIT_RETIRED_BODY_SECONDS;
	bool drains = s->door->server->state == SERVER_DRAINING;

	if (drains && is_endless(s)) {
		session_free(s);
		return;
	}
	if (drains && s->state == SESSION_EXCHANGE &&
	    s->exchange.download == DOWNLOAD_HEAD)
		s->exchange.close = true;
	if (drains && !s->last && s->turned_away == 0 && is_asking(s)) {
		s->last = true;
		if (!ev_is_active(&s->timer))
			session_timer(s, LIMIT_LAST_SECONDS);
	}
	/* Nobody can put off the end of the old rules by a slow body. */
	if (s->holds && s->deadline > last)
		s->deadline = last;
	if (s->holds && s->state != SESSION_CONNECT &&
	    ev_timer_remaining(loop_of(s), &s->timer) >
		LIMIT_RETIRED_BODY_SECONDS)
		session_timer(s, LIMIT_RETIRED_BODY_SECONDS);
	settle(s, STEP_WAIT);
}

void
session_free(struct session *s)
{
	if (s->exchange.streams)
		record_stream_end(s);
	audit_end(s);
	session_release_body(s);
	upload_end(s);
	ev_timer_stop(loop_of(s), &s->timer);
	side_close(loop_of(s), &s->daemon);
	side_close(loop_of(s), &s->client);
	*s->previous = s->next;
	if (s->next != NULL)
		s->next->previous = s->previous;
	if (s->turned_away != 0) {
		s->door->turned_away--;
	} else {
		s->door->connections--;
		counter_sub(&s->door->counters->open, 1);
	}
	s->magic = 0;
	free(s->container);
	free(s);
}
