/* SPDX-License-Identifier: MIT */
/* Asking: what is said of servers that are not there, that are stuck, and
 * that answer in every way. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ask.h"
#include "core/span.h"
#include "tests/unit/cases.h"

#define OK "HTTP/1.1 200 OK\r\n"

/* A server that takes one request and says what it is told to. */
static struct {
	char directory[32];
	char path[64];
	int fd;
	pthread_t thread;
	char heard[1024];
	struct span says;
	size_t cut;   /* said first; the rest a moment later */
	bool lingers; /* it does not hang up */
	bool deaf;    /* it does not read */
} server;

static void
begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(server.directory, "/tmp/ask-XXXXXX");
	cr_assert(mkdtemp(server.directory) != NULL);
	cr_assert(chmod(server.directory, 0755) == 0);
	snprintf(server.path, sizeof(server.path), "%s/control.sock",
	    server.directory);
	strcpy(address.sun_path, server.path);
	server.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert(
	    bind(server.fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_assert(listen(server.fd, 8) == 0);
}

static void
finish(void)
{
	close(server.fd);
	unlink(server.path);
	rmdir(server.directory);
}

static void *
serve(void *context)
{
	ssize_t n = 0;
	char byte;
	int fd;

	(void)context;
	fd = accept(server.fd, NULL, NULL);
	if (!server.deaf)
		n = recv(fd, server.heard, sizeof(server.heard) - 1, 0);
	server.heard[n > 0 ? n : 0] = '\0';
	send(fd, server.says.at, server.cut, MSG_NOSIGNAL);
	if (server.cut < server.says.len)
		usleep(500);
	send(fd, server.says.at + server.cut, server.says.len - server.cut,
	    MSG_NOSIGNAL);
	if (server.lingers)
		recv(fd, &byte, 1, 0);
	close(fd);
	return NULL;
}

/* Ask a server that says this. */
static int
asked(const char *method, struct span says, struct buf *body, struct err *err)
{
	int status;

	server.says = says;
	cr_assert(pthread_create(&server.thread, NULL, serve, NULL) == 0);
	status = ask(
	    server.directory, method, "/status", "text/plain", 1, body, err);
	pthread_join(server.thread, NULL);
	return status;
}

Test(ask, sends_one_request)
{
	struct buf body = { 0 };
	struct err err;

	begin();
	cr_expect(asked("GET", SPAN(OK "Content-Length: 0\r\n\r\n"), &body,
		      &err) == 200);
	cr_expect(eq(str, server.heard,
	    "GET /status HTTP/1.1\r\nHost: postern\r\nAccept: text/plain\r\n"
	    "Connection: close\r\n\r\n"));
	cr_expect(eq(sz, body.len, 0));
	finish();
}

Test(ask, gives_status_and_body)
{
	static const struct {
		const char *name;
		struct span in;
		const char *method;
		int status;
		const char *body;
		bool lingers;
	} rows[] = {
		CASE("a length", OK "Content-Length: 3\r\n\r\nabc", "GET", 200,
		    "abc", false),
		CASE("a length, and it stays open",
		    OK "Content-Length: 3\r\n\r\nabc", "GET", 200, "abc", true),
		CASE("bytes behind", OK "Content-Length: 3\r\n\r\nabcd", "GET",
		    200, "abc", true),
		CASE("until close", OK "\r\nabcdef", "GET", 200, "abcdef",
		    false),
		CASE("HEAD", OK "Content-Length: 3\r\n\r\n", "HEAD", 200, "",
		    true),
		CASE("an error",
		    "HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nno", "POST",
		    422, "no", false),
		CASE("no content", "HTTP/1.1 204 No Content\r\n\r\n", "GET",
		    204, "", true),
	};
	struct buf body = { 0 };
	struct err err;
	size_t i;
	int got;

	begin();
	for (i = 0; i < CASES(rows); i++) {
		for (server.cut = 0; server.cut < rows[i].in.len;
		     server.cut++) {
			server.lingers = rows[i].lingers;
			got = asked(rows[i].method, rows[i].in, &body, &err);
			cr_expect(eq(int, got, rows[i].status), "%s: %s",
			    rows[i].name, err.text);
			cases_same(rows[i].name, buf_span(&body),
			    span_of(rows[i].body));
			buf_clear(&body);
		}
	}
	finish();
}

/* It does so with strangers. */
Test(ask, hears_one_that_answers_without_reading)
{
	struct buf body = { 0 };
	struct err err;
	int i, got;

	begin();
	server.deaf = true;
	for (i = 0; i < 200; i++) {
		got = asked("GET",
		    SPAN("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"),
		    &body, &err);
		cr_expect(eq(int, got, 403), "%s", err.text);
		cases_same("body", buf_span(&body), SPAN("no"));
		buf_clear(&body);
	}
	finish();
}

Test(ask, adds_to_what_is_in_the_buffer)
{
	struct buf body = { 0 };
	struct err err;

	begin();
	cr_assert(buf_add(&body, "> ", 2));
	cr_expect(asked("GET", SPAN(OK "Content-Length: 2\r\n\r\nok"), &body,
		      &err) == 200);
	cases_same("body", buf_span(&body), SPAN("> ok"));
	buf_clear(&body);
	finish();
}

Test(ask, takes_large_answers)
{
	static char answer[3 * 1024 * 1024];
	struct buf body = { 0 };
	struct err err;

	begin();
	memset(answer, 'x', sizeof(answer));
	memcpy(answer, OK "\r\n", sizeof(OK "\r\n") - 1);
	cr_expect(asked("GET", (struct span){ answer, sizeof(answer) }, &body,
		      &err) == 200);
	cr_expect(eq(sz, body.len, sizeof(answer) - sizeof(OK "\r\n") + 1));
	buf_clear(&body);
	finish();
}

Test(ask, refuses_half_answers_and_others)
{
	static const struct {
		const char *name;
		struct span in;
		const char *why;
		bool lingers;
	} rows[] = {
		CASE("nothing", "", "hung up", false),
		CASE("half a head", OK "Content-Le", "hung up", false),
		CASE("half a body", OK "Content-Length: 3\r\n\r\nab", "hung up",
		    false),
		CASE("no HTTP", "hello\r\n", "not HTTP", true),
		CASE("chunks", OK "Transfer-Encoding: chunked\r\n\r\n",
		    "not HTTP", true),
		CASE("two lengths",
		    OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
		    "not HTTP", true),
		CASE("a body that does not come",
		    OK "Content-Length: 3\r\n\r\nab", "no answer in time",
		    true),
	};
	struct buf body = { 0 };
	struct err err;
	size_t i;

	begin();
	for (i = 0; i < CASES(rows); i++) {
		server.lingers = rows[i].lingers;
		cr_expect(asked("GET", rows[i].in, &body, &err) == -1, "%s",
		    rows[i].name);
		cr_expect(strstr(err.text, rows[i].why) != NULL, "%s: %s",
		    rows[i].name, err.text);
		cr_expect(
		    strstr(err.text, server.path) == err.text, "%s", err.text);
		cr_expect(eq(sz, body.len, 0), "%s", rows[i].name);
	}
	finish();
}

Test(ask, says_what_to_do_where_none_serves)
{
	struct buf body = { 0 };
	char wanted[256];
	struct err err;

	begin();
	close(server.fd);
	cr_expect(
	    ask(server.directory, "GET", "/", NULL, 1, &body, &err) == -1);
	snprintf(wanted, sizeof(wanted),
	    "no postern serves in %s (control.sock: Connection refused); "
	    "start one with: postern run",
	    server.directory);
	cr_expect(eq(str, err.text, wanted));
	unlink(server.path);
	cr_expect(
	    ask(server.directory, "GET", "/", NULL, 1, &body, &err) == -1);
	snprintf(wanted, sizeof(wanted),
	    "no postern serves in %s (control.sock: No such file or "
	    "directory); start one with: postern run",
	    server.directory);
	cr_expect(eq(str, err.text, wanted));
	rmdir(server.directory);
}

Test(ask, says_who_may)
{
	struct buf body = { 0 };
	char wanted[128];
	struct err err;

	begin();
	cr_assert(chmod(server.path, 0) == 0);
	if (geteuid() == 0)
		cr_assert(seteuid(65534) == 0);
	cr_expect(
	    ask(server.directory, "GET", "/", NULL, 1, &body, &err) == -1);
	snprintf(wanted, sizeof(wanted),
	    "%s: only its own user and root may ask", server.path);
	cr_expect(eq(str, err.text, wanted));
	if (getuid() == 0)
		cr_assert(seteuid(0) == 0);
	finish();
}

Test(ask, gives_up_where_nobody_accepts)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct buf body = { 0 };
	struct err err;
	time_t before;
	int fd, i;

	begin();
	cr_assert(listen(server.fd, 0) == 0);
	strcpy(address.sun_path, server.path);
	/* The first time there is a place in the backlog; the second time not
	 * even that. */
	for (i = 0; i < 2; i++) {
		before = time(NULL);
		cr_expect(ask(server.directory, "GET", "/", NULL, 1, &body,
			      &err) == -1);
		cr_expect(
		    strstr(err.text, server.path) != NULL, "%s", err.text);
		cr_expect(le(int, (int)(time(NULL) - before), 3));
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fd, (struct sockaddr *)&address, sizeof(address));
	}
	finish();
}

Test(ask, refuses_a_path_that_is_too_long)
{
	struct buf body = { 0 };
	char directory[128];
	struct err err;

	memset(directory, 'a', sizeof(directory) - 1);
	directory[127] = '\0';
	directory[0] = '/';
	cr_expect(ask(directory, "GET", "/", NULL, 1, &body, &err) == -1);
	cr_expect(strstr(err.text, "has 140 bytes") != NULL, "%s", err.text);
}
