/* SPDX-License-Identifier: MIT */
/* Our own answers, and our own log lines. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/http.h"
#include "core/json.h"
#include "sockets/reply.h"
#include "tests/unit/cases.h"
#include "tests/unit/lookups.h"
#include "tests/unit/policies.h"

Test(reply_write, has_the_shape_of_the_daemons_errors)
{
	const struct reply reply = { 403, SPAN("no"), false, false };
	char memory[512];
	struct text text = TEXT(memory);

	reply_write(&reply, &text);
	cases_same("an answer", text_span(&text),
	    SPAN("HTTP/1.1 403 Forbidden\r\n"
		 "Content-Type: application/json\r\n"
		 "Content-Length: 26\r\n"
		 "\r\n"
		 "{\"message\":\"postern: no\"}\n"));
}

Test(reply_write, names_each_status)
{
	static const struct {
		unsigned status;
		const char *line;
		bool retry;
	} rows[] = {
		ROW(400, "HTTP/1.1 400 Bad Request", false),
		ROW(403, "HTTP/1.1 403 Forbidden", false),
		ROW(408, "HTTP/1.1 408 Request Timeout", false),
		ROW(413, "HTTP/1.1 413 Content Too Large", false),
		ROW(414, "HTTP/1.1 414 URI Too Long", false),
		ROW(417, "HTTP/1.1 417 Expectation Failed", false),
		ROW(429, "HTTP/1.1 429 Too Many Requests", true),
		ROW(431, "HTTP/1.1 431 Request Header Fields Too Large", false),
		ROW(502, "HTTP/1.1 502 Bad Gateway", false),
		ROW(503, "HTTP/1.1 503 Service Unavailable", true),
		ROW(504, "HTTP/1.1 504 Gateway Timeout", false),
	};
	char memory[512];
	struct http_head head;
	struct text text;
	size_t i, used;

	for (i = 0; i < CASES(rows); i++) {
		const struct reply reply = { rows[i].status, SPAN("x"), false,
			true };

		text = TEXT(memory);
		reply_write(&reply, &text);
		cr_assert(
		    http_response(text_span(&text), &head, &used) == HTTP_OK);
		cr_expect(eq(int, head.status, rows[i].status));
		cr_expect(span_starts(text_span(&text), span_of(rows[i].line)),
		    "%s", rows[i].line);
		cr_expect(http_lists(&head, SPAN("Connection"), SPAN("close")));
		cr_expect(
		    rows[i].retry ==
			(http_find(&head, SPAN("Retry-After"), NULL) != NULL),
		    "%s", rows[i].line);
	}
}

Test(reply_write, has_no_body_for_head)
{
	const struct reply reply = { 403, SPAN("no"), true, true };
	char memory[512];
	struct text text = TEXT(memory);

	reply_write(&reply, &text);
	cases_same("an answer", text_span(&text),
	    SPAN("HTTP/1.1 403 Forbidden\r\n"
		 "Content-Type: application/json\r\n"
		 "Content-Length: 26\r\n"
		 "Connection: close\r\n"
		 "\r\n"));
}

/* Whatever a client managed to get into the message. */
Test(reply_write, is_json_of_the_length_it_says)
{
	char bytes[256], memory[8192];
	const struct reply reply = {
		400, {bytes, sizeof(bytes)},
		       false, false
	};
	struct text text = TEXT(memory);
	struct http_head head;
	struct span body, length;
	char digits[20];
	struct text number = TEXT(digits);
	size_t i, used;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	reply_write(&reply, &text);
	cr_assert(http_response(text_span(&text), &head, &used) == HTTP_OK);
	body = (struct span){ memory + used, text.len - used };
	length = *http_find(&head, SPAN("Content-Length"), NULL);
	text_number(&number, body.len);
	cases_same("its length", length, text_span(&number));
	bytes[0] = 'x'; /* JSON has no NUL to compare with */
	text = TEXT(memory);
	reply_write(&reply, &text);
	body = (struct span){ memory + text.len - body.len, body.len };
	while (*body.at != '{') {
		body.at++;
		body.len--;
	}
	cr_expect(json_check(body) == NULL);
}

/* The log of what is done meanwhile, which goes to standard error. */
static int log_fd;

static void
start(struct talk *t, const char *profile)
{
	talk_start(t, profile);
	log_fd = memfd_create("log", 0);
	cr_assert(ne(int, log_fd, -1));
	cr_assert(dup2(log_fd, STDERR_FILENO) != -1);
	logger_init(&t->rig.logger, LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO);
}

static void
expect_log(const char *wanted)
{
	static char bytes[256 * 1024];
	ssize_t len = pread(log_fd, bytes, sizeof(bytes), 0);

	cr_assert(len >= 0);
	cr_expect(
	    glob_matches(span_of(wanted), (struct span){ bytes, (size_t)len }),
	    "wanted:\n%s\ngot:\n%.*s", wanted, (int)len, bytes);
	cr_assert(ftruncate(log_fd, 0) == 0);
	cr_assert(lseek(log_fd, 0, SEEK_SET) == 0);
}

static const char profile[] = "[allow]\n"
			      "operation = SystemPing SystemEvents\n";

Test(record, tells_who_did_what_and_which_line_decided)
{
	struct talk t;

	start(&t, profile);
	talk_say(&t, t.client, PING);
	expect_log("level=info event=decision verdict=allow reason=allowed "
		   "profile=web uid=2 gid=3 pid=1 operation=SystemPing "
		   "method=GET target=/_ping rule=web.ini:2\n");
	talk_daemon(&t);
	talk_say(&t, t.daemon, PONG);
	expect_log("");
	talk_say(&t, t.client, "GET /info?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_log("level=notice event=decision verdict=deny "
		   "reason=not-allowed profile=web * "
		   "operation=SystemInfo method=GET target=*/info?...* "
		   "hint=\"[allow] operation = SystemInfo\"\n");
	talk_say(&t, t.client, "X\n");
	expect_log(
	    "level=notice event=refused status=400 reason=malformed why=*\n");
	talk_stop(&t);
}

/* One line for a request, once all is known about it. */
Test(record, tells_of_a_verdict_when_the_daemon_was_asked)
{
	struct talk t;

	start(&t, LOOKUPS_PROFILE);
	talk_say(&t, t.client, CREATE_TWO);
	talk_daemon(&t);
	expect_log("");
	talk_say(&t, t.daemon, PLAIN("a"));
	expect_log("");
	talk_say(&t, t.daemon, PLAIN("b"));
	expect_log("level=info event=decision verdict=allow reason=allowed "
		   "profile=web uid=2 gid=3 pid=1 operation=ContainerCreate "
		   "method=POST target=/containers/create rule=web.ini:2\n");
	talk_say(&t, t.daemon, PONG);
	talk_say(&t, t.client, CREATE_ONE);
	expect_log("");
	talk_say(&t, t.daemon, PLAIN("b"));
	expect_log("level=notice event=decision verdict=deny reason=field "
		   "profile=web uid=2 gid=3 pid=1 operation=ContainerCreate "
		   "method=POST target=/containers/create "
		   "field=HostConfig.Binds[0]\n");
	talk_say(&t, t.client, CREATE_ONE);
	talk_say(&t, t.daemon, SWITCH);
	expect_log(
	    "level=warning event=refused status=502 "
	    "reason=daemon-malformed why=\"the daemon's answer is none to this request\" "
	    "profile=web uid=2 gid=3 pid=1 "
	    "operation=ContainerCreate\n");
	cr_expect(eq(u64, t.rig.counters.allowed, 1));
	cr_expect(eq(u64, t.rig.counters.denied, 1));
	cr_expect(eq(u64, t.rig.counters.failed, 1));
	talk_stop(&t);
}

/* The archive was not known when the request was allowed. */
Test(record, tells_of_an_archive_that_is_refused_later)
{
	struct talk t;

	start(&t, LOOKUPS_PROFILE);
	talk_say(&t, t.client,
	    PUT("", "", "web", "/data", "Content-Length: 4\r\n") "text");
	talk_daemon(&t);
	expect_log("");
	talk_say(&t, t.daemon, FOUND);
	expect_log(
	    "level=info event=decision verdict=allow *\n"
	    "level=notice event=refused status=403 "
	    "reason=archive why=\"the archive is cut short\" profile=web uid=2 gid=3 "
	    "pid=1 operation=PutContainerArchive "
	    "target=\"/containers/web/archive?path=/data\"\n");
	talk_stop(&t);
}

Test(record, tells_when_a_stream_begins_and_ends)
{
	struct talk t;

	start(&t, profile);
	talk_say(&t, t.client, EVENTS);
	expect_log("*operation=SystemEvents*\n");
	talk_daemon(&t);
	talk_say(&t, t.daemon, "HTTP/1.0 200 OK\r\n\r\n12345");
	expect_log("level=info event=stream-start profile=web * "
		   "operation=SystemEvents status=200\n");
	close(t.client);
	t.client = -1;
	rig_turn(&t.rig);
	expect_log("level=info event=stream-end profile=web * "
		   "operation=SystemEvents status=200 sent=0 received=5 "
		   "seconds=0.*\n");
	talk_stop(&t);
}

Test(record, writes_no_bytes_of_a_client_as_they_are)
{
	struct talk t;

	start(&t, profile);
	talk_say(&t, t.client,
	    "GET /x?\x22level=info\xff HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_log("level=notice event=refused *\n");
	talk_stop(&t);
	start(&t, profile);
	talk_say(&t, t.client,
	    "GET /info?\"=\\ HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /\"=info\\ HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_log("* target=/info?... *\n"
		   "* target=\"/\\\"=info\\\\\"\n");
	talk_stop(&t);
}

Test(record, cannot_be_flooded_by_refusals)
{
	static const char denied[] = "GET /info HTTP/1.1\r\nHost: x\r\n\r\n";
	struct talk t;
	char wanted[64];
	size_t i;
	bool ended;

	start(&t, profile);
	for (i = 0; i < LIMIT_DENIAL_LINES; i++)
		talk_say(&t, t.client, denied);
	expect_log("*\n");
	for (i = 0; i < 1000; i++) {
		talk_say(&t, t.client, denied);
		rig_hear(t.client, &ended);
	}
	expect_log("");
	/* What was allowed is told all the same. */
	talk_say(&t, t.client, PING);
	expect_log("level=info *SystemPing*\n");
	rig_wait(&t.rig, 1.2);
	snprintf(wanted, sizeof(wanted),
	    "level=notice event=denials-left-out profile=web count=%d\n", 1000);
	expect_log(wanted);
	talk_daemon(&t);
	talk_say(&t, t.daemon, PONG);
	talk_say(&t, t.client, denied);
	expect_log("*verdict=deny*\n");
	talk_stop(&t);
	expect_log("");
}

/* Whoever reads the log may be slow or stuck; the doors are not. */
Test(record, loses_lines_rather_than_wait_for_a_reader)
{
	static char bytes[256 * 1024];
	struct talk t;
	int fds[2], i;
	ssize_t len;

	talk_start(&t, "[allow]\noperation = SystemPing\n");
	cr_assert(pipe(fds) == 0);
	cr_assert(dup2(fds[1], STDERR_FILENO) != -1);
	logger_init(&t.rig.logger, LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO);
	for (i = 0; t.rig.logger.lost < 3 && i < 10000; i++) {
		cr_assert(
		    logger_begin(&t.rig.logger, LOG_LEVEL_INFO, "something"));
		logger_end(&t.rig.logger);
	}
	cr_expect(eq(int, (int)t.rig.logger.lost, 3));
	len = read(fds[0], bytes, sizeof(bytes));
	cr_assert(gt(int, (int)len, 0));
	cr_assert(logger_begin(&t.rig.logger, LOG_LEVEL_INFO, "after"));
	logger_end(&t.rig.logger);
	len = read(fds[0], bytes, sizeof(bytes));
	cr_assert(gt(int, (int)len, 0));
	cases_same("the log", (struct span){ bytes, (size_t)len },
	    SPAN("level=info event=after\n"
		 "level=warning event=lines-lost count=3\n"));
	talk_stop(&t);
}
