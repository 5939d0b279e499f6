/* SPDX-License-Identifier: MIT */
/* Lines to those who watch. Several processes write to one connection, each
 * line by one send(2). A Unix socket takes a message of this size whole or not
 * at all: whoever got a part of one is hung up on, since nothing that follows
 * could be understood.
 *
 * No door may ever be slower because somebody watches it and does not read:
 * nothing is kept here but a count. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/moment.h"
#include "sockets/door.h"
#include "sockets/watch.h"

struct watcher {
	uint64_t number;
	int fd;
	char profile[256]; /* "": all */
	uint64_t lost;	   /* that it has not been told of */
};

struct watch {
	struct logger logger; /* a line under way */
	struct ev_loop *loop;
	struct watcher list[LIMIT_WATCHERS];
	size_t len;
	ev_timer timer; /* some have not been told what they lost */
};

/* The last one takes its place. */
static void
drop(struct watch *watch, struct watcher *watcher)
{
	close(watcher->fd);
	*watcher = watch->list[--watch->len];
}

enum told {
	TOLD_NOTHING = 0, /* there was no room */
	TOLD_WHOLE,
	TOLD_GONE
};

static enum told
send_line(const struct watcher *watcher, struct span line)
{
	ssize_t n;

	do {
		n = send(watcher->fd, line.at, line.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)line.len)
		return TOLD_WHOLE;
	if (n == -1 && errno == EAGAIN)
		return TOLD_NOTHING;
	if (n != -1)
		shutdown(watcher->fd, SHUT_RDWR);
	return TOLD_GONE;
}

static enum told
tell_lost(struct watcher *watcher)
{
	char memory[64];
	struct text text = TEXT(memory);
	enum told told;

	if (watcher->lost == 0)
		return TOLD_WHOLE;
	text_add(&text, SPAN("{\"event\":\"lost\",\"count\":"));
	text_number(&text, watcher->lost);
	text_add(&text, SPAN("}\n"));
	if ((told = send_line(watcher, text_span(&text))) == TOLD_WHOLE)
		watcher->lost = 0;
	return told;
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct watch *watch = timer->data;
	bool any = false;
	size_t i;

	(void)revents;
	for (i = watch->len; i-- > 0;) {
		if (tell_lost(&watch->list[i]) == TOLD_GONE)
			drop(watch, &watch->list[i]);
		else if (watch->list[i].lost > 0)
			any = true;
	}
	if (!any)
		ev_timer_stop(loop, timer);
}

static struct watch *
watch_new(struct server *server)
{
	struct watch *watch;

	if ((watch = calloc(1, sizeof(*watch))) == NULL)
		return NULL;
	watch->loop = server->loop;
	ev_timer_init(&watch->timer, on_timer, LIMIT_WATCH_LOST_SECONDS,
	    LIMIT_WATCH_LOST_SECONDS);
	watch->timer.data = watch;
	server->watch = watch;
	return watch;
}

void
watch_add(struct server *server, uint64_t number, const char *profile, int fd)
{
	struct watch *watch = server->watch;
	struct watcher *watcher;

	if (fd == -1) /* there was no descriptor left for it */
		return;
	if (watch == NULL)
		watch = watch_new(server);
	if (watch == NULL || watch->len == LIMIT_WATCHERS ||
	    strlen(profile) >= sizeof(watcher->profile)) {
		close(fd);
		return;
	}
	watcher = &watch->list[watch->len++];
	*watcher = (struct watcher){ .number = number, .fd = fd };
	memcpy(watcher->profile, profile, strlen(profile));
}

void
watch_remove(struct server *server, uint64_t number)
{
	struct watch *watch = server->watch;
	size_t i;

	for (i = watch == NULL ? 0 : watch->len; i-- > 0;)
		if (watch->list[i].number == number)
			drop(watch, &watch->list[i]);
	if (watch != NULL && watch->len == 0)
		watch_clear(server);
}

void
watch_clear(struct server *server)
{
	struct watch *watch = server->watch;

	if (watch == NULL)
		return;
	while (watch->len > 0) {
		tell_lost(&watch->list[0]);
		drop(watch, &watch->list[0]);
	}
	ev_timer_stop(watch->loop, &watch->timer);
	free(watch);
	server->watch = NULL;
}

static bool
is_for(const struct watcher *watcher, const struct door *door)
{
	return *watcher->profile == '\0' ||
	       strcmp(watcher->profile, door->profile->name) == 0;
}

struct logger *
watch_begin(struct door *door, enum log_level level, const char *event)
{
	struct watch *watch = door->server->watch;
	struct timespec now = { 0 };
	bool any = false;
	char memory[32];
	struct text text = TEXT(memory);
	size_t i;

	for (i = 0; watch != NULL && i < watch->len; i++)
		any = any || is_for(&watch->list[i], door);
	if (!any)
		return NULL;
	log_begin(&watch->logger.line, LOG_FORMAT_JSON, false, level, event);
	clock_gettime(CLOCK_REALTIME, &now);
	moment_write(&text, now);
	log_field(&watch->logger.line, "time", text_span(&text));
	return &watch->logger;
}

void
watch_end(struct door *door)
{
	struct watch *watch = door->server->watch;
	struct span line = log_end(&watch->logger.line);
	struct watcher *watcher;
	enum told told;
	size_t i;

	for (i = watch->len; i-- > 0;) {
		watcher = &watch->list[i];
		if (!is_for(watcher, door))
			continue;
		/* Lines come in order, and what is missing is told first. */
		if ((told = tell_lost(watcher)) == TOLD_WHOLE)
			told = send_line(watcher, line);
		if (told == TOLD_GONE)
			drop(watch, watcher);
		else if (told == TOLD_NOTHING && watcher->lost++ == 0)
			ev_timer_start(watch->loop, &watch->timer);
	}
}
