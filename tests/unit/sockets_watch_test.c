/* SPDX-License-Identifier: MIT */
/* Those who watch: what they see, and what they are told that they have not
 * seen. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/json.h"
#include "sockets/watch.h"
#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"
#include "tests/unit/talk.h"

static const char profile[] = "[allow]\noperation = SystemPing\n";

#define INFO "GET /info HTTP/1.1\r\nHost: x\r\n\r\n"

static struct talk talk;
static struct server *server;

static void
begin(void)
{
	talk_start(&talk, profile);
	server = &talk.rig.server;
}

/* Its own end of a watcher's connection. */
static int
watch(uint64_t number, const char *name)
{
	int ends[2];

	cr_assert(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	watch_add(server, number, name, ends[0]);
	return ends[1];
}

/* The next line, of one that has ended no line in the middle; NULL: none. */
static struct json *
next_line(int fd)
{
	char bytes[LIMIT_LOG_LINE];
	struct json *line;
	const char *why;
	size_t len = 0;

	while (len < sizeof(bytes) && recv(fd, bytes + len, 1, 0) == 1)
		if (bytes[len++] == '\n')
			break;
	if (len == 0)
		return NULL;
	cr_assert(bytes[len - 1] == '\n');
	line = json_read((struct span){ bytes, len - 1 }, &why);
	cr_assert(line != NULL, "%s: %.*s", why, (int)len, bytes);
	return line;
}

static bool
says(const struct json *line, const char *key, const char *wanted)
{
	return span_eq(json_text(json_member(line, key)), span_of(wanted));
}

/* One line, of a request that was denied. */
static void
sees_denial(int fd)
{
	struct json *line = next_line(fd);

	cr_assert(line != NULL);
	cr_expect(says(line, "event", "decision"));
	cr_expect(says(line, "verdict", "deny"));
	cr_expect(says(line, "operation", "SystemInfo"));
	cr_expect(says(line, "profile", "web"));
	cr_expect(says(line, "hint", "[allow] operation = SystemInfo"));
	cr_expect(eq(sz, json_text(json_member(line, "time")).len, 27));
	json_free(line);
	cr_expect(next_line(fd) == NULL);
}

Test(watch, shows_what_is_allowed_denied_and_refused)
{
	struct json *line;
	int fd;

	begin();
	fd = watch(1, "");
	talk_say(&talk, talk.client, INFO);
	sees_denial(fd);
	talk_say(&talk, talk.client, PING "x\r\n\r\n");
	line = next_line(fd);
	cr_assert(line != NULL);
	cr_expect(says(line, "verdict", "allow"));
	json_free(line);
	talk_daemon(&talk);
	talk_say(&talk, talk.daemon, PONG);
	line = next_line(fd);
	cr_assert(line != NULL);
	cr_expect(says(line, "event", "refused"));
	cr_expect(says(line, "reason", "malformed"));
	cr_expect(eq(i64, json_int(json_member(line, "status")), 400));
	json_free(line);
	close(fd);
	talk_stop(&talk);
}

/* The log has a limit to how many of them it has. */
Test(watch, shows_each_of_many_denials)
{
	int fd, i;

	begin();
	fd = watch(1, "");
	for (i = 0; i < 5 * LIMIT_DENIAL_LINES; i++) {
		talk_say(&talk, talk.client, INFO);
		sees_denial(fd);
	}
	close(fd);
	talk_stop(&talk);
}

Test(watch, is_for_one_profile_or_all)
{
	int all, web, other;

	begin();
	all = watch(1, "");
	web = watch(2, "web");
	other = watch(3, "we");
	talk_say(&talk, talk.client, INFO);
	sees_denial(all);
	sees_denial(web);
	cr_expect(next_line(other) == NULL);
	watch_remove(server, 1);
	cr_expect(eq(int, (int)recv(all, &all, 1, 0), 0));
	talk_say(&talk, talk.client, INFO);
	sees_denial(web);
	watch_remove(server, 7);
	watch_remove(server, 2);
	watch_remove(server, 3);
	cr_expect(server->watch == NULL);
	talk_say(&talk, talk.client, INFO);
	talk_stop(&talk);
}

static int64_t
count_of(int fd, int64_t *lost)
{
	struct json *line;
	int64_t seen = 0;

	while ((line = next_line(fd)) != NULL) {
		if (says(line, "event", "lost"))
			*lost += json_int(json_member(line, "count"));
		else
			seen++;
		json_free(line);
	}
	return seen;
}

Test(watch, tells_how_many_lines_were_lost)
{
	enum {
		ALL = 3000
	};
	int64_t seen = 0, lost = 0;
	int slow, quick, i;
	bool ended;

	begin();
	slow = watch(1, "");
	quick = watch(2, "");
	for (i = 0; i < ALL; i++) {
		talk_say(&talk, talk.client, INFO);
		rig_hear(talk.client, &ended);
		cr_expect(not(ended));
		sees_denial(quick);
	}
	seen = count_of(slow, &lost);
	cr_expect(gt(i64, seen, 10));
	cr_expect(lt(i64, seen, ALL));
	/* By and by, or with the next line. */
	rig_wait(&talk.rig, 2 * LIMIT_WATCH_LOST_SECONDS);
	seen += count_of(slow, &lost);
	cr_expect(eq(i64, seen + lost, ALL));
	talk_say(&talk, talk.client, INFO);
	sees_denial(slow);
	close(slow);
	close(quick);
	talk_stop(&talk);
}

Test(watch, forgets_those_who_are_gone)
{
	int before, fd;

	begin();
	talk_say(&talk, talk.client, INFO);
	before = descriptors_open();
	fd = watch(1, "");
	close(fd);
	talk_say(&talk, talk.client, INFO);
	cr_expect(eq(int, descriptors_open(), before));
	talk_stop(&talk);
}

Test(watch, has_a_limit)
{
	int fds[LIMIT_WATCHERS], before, i;

	begin();
	for (i = 0; i < LIMIT_WATCHERS; i++)
		fds[i] = watch((uint64_t)i, "");
	before = descriptors_open();
	close(watch(100, ""));
	cr_expect(eq(int, descriptors_open(), before));
	talk_say(&talk, talk.client, INFO);
	for (i = 0; i < LIMIT_WATCHERS; i++)
		sees_denial(fds[i]);
	watch_clear(server);
	cr_expect(eq(int, descriptors_open(), before - LIMIT_WATCHERS));
	talk_stop(&talk);
}
