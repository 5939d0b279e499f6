/* SPDX-License-Identifier: MIT */
/* The control socket: requests whole and in pieces, clients that are slow or
 * go away, and who may ask. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/control.h"
#include "core/frame.h"
#include "core/http.h"
#include "core/json.h"
#include "core/text.h"
#include "tests/unit/cases.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"
#define RELOAD	    "POST /reload HTTP/1.1\r\nHost: x\r\n\r\n"
#define PLAIN(target) \
	"GET " target " HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n"

enum {
	DOORS = 2000, /* whose report is more than a socket holds */
	STRANGER = 65534
};

/* A control, and what it was asked. */
static struct {
	struct ev_loop *loop;
	struct control control;
	char directory[32];
	char path[64];
	struct report report;
	int reloads;	/* that were begun */
	bool under_way; /* but the first wait for another one's end */
	bool within;	/* they end before they return */
	bool done;	/* they end well */
	bool closes;	/* they close the control */
	struct span why;
} rig;

static const struct report *
on_report(void *context)
{
	cr_assert(context == &rig);
	return &rig.report;
}

static void
on_reload(void *context)
{
	cr_assert(context == &rig);
	if (rig.reloads++ == 0 || !rig.under_way)
		control_begins(&rig.control);
	if (rig.within)
		control_reloaded(&rig.control, rig.done, rig.why);
	if (rig.closes)
		control_close(&rig.control);
}

static void
begin(void)
{
	const struct control_handler h = { on_report, on_reload, NULL, &rig };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	strcpy(rig.directory, "/tmp/control-XXXXXX");
	cr_assert(mkdtemp(rig.directory) != NULL);
	cr_assert(chmod(rig.directory, 0755) == 0);
	snprintf(rig.path, sizeof(rig.path), "%s/control.sock", rig.directory);
	strcpy(address.sun_path, rig.path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_assert(chmod(rig.path, 0666) == 0);
	cr_assert(listen(fd, 64) == 0);
	rig.report = (struct report){ .state = "serving", .healthy = true };
	rig.loop = ev_loop_new(EVFLAG_AUTO);
	control_open(&rig.control, rig.loop, fd, &h);
}

static void
finish(void)
{
	if (!rig.closes)
		control_close(&rig.control);
	ev_loop_destroy(rig.loop);
	unlink(rig.path);
	rmdir(rig.directory);
}

/* Everything that can be done without waiting. */
static void
turn(void)
{
	int i;

	for (i = 0; i < 20; i++)
		ev_run(rig.loop, EVRUN_NOWAIT);
}

static void
on_wait_end(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)timer;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void
wait_for(double seconds)
{
	ev_timer timer;

	ev_now_update(rig.loop);
	ev_timer_init(&timer, on_wait_end, seconds, 0.);
	ev_timer_start(rig.loop, &timer);
	ev_run(rig.loop, 0);
	turn();
}

static int
dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	strcpy(address.sun_path, rig.path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	cr_assert(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static void
say(int fd, struct span bytes)
{
	cr_assert(
	    send(fd, bytes.at, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
	turn();
}

static int
dial_and_say(struct span bytes)
{
	int fd = dial();

	say(fd, bytes);
	return fd;
}

/* What came, good until the next call; *ended, if it was all. */
static struct span
hear(int fd, bool *ended)
{
	static char memory[2 * 1024 * 1024];
	size_t len = 0;
	ssize_t n;

	do {
		turn();
		n = recv(fd, memory + len, sizeof(memory) - len, 0);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0);
	*ended = n == 0 || errno == ECONNRESET;
	return (struct span){ memory, len };
}

static void
quiet(int fd)
{
	bool ended;

	cr_expect(eq(sz, hear(fd, &ended).len, 0));
	cr_expect(not(ended));
}

/* A whole answer with this status, and then the end; returns its body. */
static struct span
heard(const char *name, int fd, unsigned status, const char *type, bool to_head)
{
	const struct span *found;
	struct http_head head;
	struct frame frame;
	struct span in;
	size_t used;
	bool ended;

	in = hear(fd, &ended);
	close(fd);
	cr_assert(ended, "%s: open", name);
	cr_assert(http_response(in, &head, &used) == HTTP_OK, "%s: %.*s", name,
	    SPAN_ARG(in));
	cr_expect(eq(int, head.status, status), "%s", name);
	cr_expect(http_lists(&head, SPAN("Connection"), SPAN("close")));
	found = http_find(&head, SPAN("Content-Type"), NULL);
	cr_assert(found != NULL);
	cases_same(name, *found, span_of(type));
	cr_assert(frame_response(&frame, &head, to_head));
	in.at += used;
	in.len -= used;
	if (to_head) {
		cr_expect(eq(sz, in.len, 0), "%s", name);
	} else {
		cr_expect(eq(int, frame.kind, FRAME_LENGTH), "%s", name);
		cr_expect(eq(sz, in.len, frame.left), "%s", name);
	}
	if (strcmp(type, "application/json") == 0 && !to_head)
		cr_expect(json_check(in) == NULL, "%s", name);
	return in;
}

#define JSON	   "application/json"
#define TEXT_PLAIN "text/plain; charset=utf-8"

static const struct {
	const char *name;
	struct span in;
	unsigned status;
	const char *type;
	const char *body; /* or NULL: any */
} rows[] = {
	CASE("health", GET("/health"), 200, JSON, "{\"status\":\"ok\"}\n"),
	CASE("health in words", PLAIN("/health"), 200, TEXT_PLAIN, "ok\n"),
	CASE("status", GET("/status"), 200, JSON, NULL),
	CASE("a table", PLAIN("/status"), 200, TEXT_PLAIN, NULL),
	CASE("metrics", GET("/metrics"), 200,
	    "text/plain; version=0.0.4; charset=utf-8", NULL),
	CASE("HTTP/1.0", "GET /health HTTP/1.0\r\n\r\n", 200, JSON, NULL),
	CASE("an empty body",
	    "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 200,
	    JSON, NULL),
	CASE("a body",
	    "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", 400,
	    JSON, "{\"message\":\"a body, where none is wanted\"}\n"),
	CASE("chunks",
	    "POST /reload HTTP/1.1\r\nHost: x\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n",
	    400, JSON, NULL),
	CASE("two lengths",
	    "GET /health HTTP/1.1\r\nHost: x\r\n"
	    "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
	    400, JSON, NULL),
	CASE("no host", "GET /health HTTP/1.1\r\n\r\n", 400, JSON,
	    "{\"message\":\"no Host\"}\n"),
	CASE("no HTTP", "GET /health\n", 400, JSON, NULL),
	CASE("another target", GET("/healthz"), 404, JSON,
	    "{\"message\":\"page not found\"}\n"),
	CASE("a query", GET("/health?x"), 404, JSON, NULL),
	CASE("no target of ours, in words", PLAIN("/"), 404, TEXT_PLAIN,
	    "page not found\n"),
	CASE("POST to read", "POST /status HTTP/1.1\r\nHost: x\r\n\r\n", 405,
	    JSON, "{\"message\":\"method not allowed\"}\n"),
	CASE("GET to change", GET("/reload"), 405, JSON, NULL),
	CASE("a small method", "get /health HTTP/1.1\r\nHost: x\r\n\r\n", 405,
	    JSON, NULL),
};

Test(control, answers_each_request)
{
	struct span body;
	size_t i;

	begin();
	for (i = 0; i < CASES(rows); i++) {
		body = heard(rows[i].name, dial_and_say(rows[i].in),
		    rows[i].status, rows[i].type, false);
		if (rows[i].body != NULL)
			cases_same(rows[i].name, body, span_of(rows[i].body));
		cr_expect(eq(sz, rig.control.clients_len, 0));
	}
	cr_expect(eq(int, rig.reloads, 0));
	finish();
}

Test(control, takes_requests_in_pieces)
{
	size_t i, j;
	int fd;

	begin();
	for (i = 0; i < CASES(rows); i++) {
		for (j = 1; j < rows[i].in.len; j++) {
			fd = dial_and_say((struct span){ rows[i].in.at, j });
			/* What is wrong may be seen before all has come. */
			send(fd, rows[i].in.at + j, rows[i].in.len - j,
			    MSG_NOSIGNAL);
			heard(rows[i].name, fd, rows[i].status,
			    rows[i].status == 400 ? JSON : rows[i].type, false);
		}
	}
	fd = dial();
	for (j = 0; j < rows[0].in.len; j++) {
		quiet(fd);
		say(fd, (struct span){ rows[0].in.at + j, 1 });
	}
	heard("each byte", fd, 200, JSON, false);
	finish();
}

Test(control, answers_head_without_a_body)
{
	begin();
	heard("status",
	    dial_and_say(SPAN("HEAD /status HTTP/1.1\r\nHost: x\r\n\r\n")), 200,
	    JSON, true);
	heard("none", dial_and_say(SPAN("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")),
	    404, JSON, true);
	heard("reload",
	    dial_and_say(SPAN("HEAD /reload HTTP/1.1\r\nHost: x\r\n\r\n")), 405,
	    JSON, true);
	finish();
}

Test(control, names_the_methods)
{
	struct span in;
	bool ended;
	int fd;

	begin();
	fd = dial_and_say(SPAN(GET("/reload")));
	in = hear(fd, &ended);
	cr_expect(memmem(in.at, in.len, "\r\nAllow: POST\r\n", 15) != NULL);
	close(fd);
	fd = dial_and_say(SPAN("PUT /health HTTP/1.1\r\nHost: x\r\n\r\n"));
	in = hear(fd, &ended);
	cr_expect(
	    memmem(in.at, in.len, "\r\nAllow: GET, HEAD\r\n", 20) != NULL);
	close(fd);
	finish();
}

Test(control, refuses_a_head_that_is_too_large)
{
	static const char before[] = "GET /health HTTP/1.1\r\nHost: x\r\nA: ";
	size_t room = 8 * 1024 - (sizeof(before) - 1) - 4;

	begin();
	heard("just so",
	    dial_and_say(cases_repeat(before, "a", room, "\r\n\r\n")), 200,
	    JSON, false);
	heard("one more",
	    dial_and_say(cases_repeat(before, "a", room + 1, "\r\n\r\n")), 431,
	    JSON, false);
	heard("fields",
	    dial_and_say(cases_repeat("GET /health HTTP/1.1\r\nHost: x\r\n",
		"a: b\r\n", 100, "\r\n")),
	    431, JSON, false);
	heard("target", dial_and_say(cases_repeat("GET /", "a", 8 * 1024, "")),
	    431, JSON, false);
	finish();
}

Test(control, says_why_it_is_not_healthy)
{
	begin();
	rig.report.healthy = false;
	rig.report.state = "starting";
	cases_same("starting",
	    heard("starting", dial_and_say(SPAN(GET("/health"))), 503, JSON,
		false),
	    SPAN("{\"status\":\"starting\"}\n"));
	rig.report.state = "serving";
	cases_same("no worker",
	    heard("no worker", dial_and_say(SPAN(PLAIN("/health"))), 503,
		TEXT_PLAIN, false),
	    SPAN("no worker serves\n"));
	finish();
}

Test(control, waits_for_a_reload)
{
	int fds[2];

	begin();
	fds[0] = dial_and_say(SPAN(RELOAD));
	/* Somebody else is served meanwhile. */
	heard("other", dial_and_say(SPAN(GET("/health"))), 200, JSON, false);
	fds[1] = dial_and_say(SPAN("POST /reload HTTP/1.1\r\nHost: x\r\n"
				   "Accept: text/plain\r\n\r\n and more"));
	quiet(fds[0]);
	quiet(fds[1]);
	cr_expect(eq(int, rig.reloads, 2));
	control_reloaded(&rig.control, false, SPAN("a.ini:1: \"x\"\nb\n"));
	cases_same("JSON", heard("JSON", fds[0], 422, JSON, false),
	    SPAN("{\"message\":\"a.ini:1: \\\"x\\\"\\nb\\n\"}\n"));
	cases_same("text", heard("text", fds[1], 422, TEXT_PLAIN, false),
	    SPAN("a.ini:1: \"x\"\nb\n"));
	fds[0] = dial_and_say(SPAN(RELOAD));
	control_reloaded(&rig.control, true, SPAN(""));
	cases_same("done", heard("done", fds[0], 200, JSON, false),
	    SPAN("{\"status\":\"done\"}\n"));
	control_reloaded(&rig.control, true, SPAN(""));
	cr_expect(eq(sz, rig.control.clients_len, 0));
	finish();
}

Test(control, waits_for_the_next_reload_while_one_is_under_way)
{
	int fds[2];

	begin();
	rig.under_way = true;
	fds[0] = dial_and_say(SPAN(RELOAD));
	fds[1] = dial_and_say(SPAN(RELOAD));
	control_reloaded(&rig.control, true, SPAN(""));
	heard("first", fds[0], 200, JSON, false);
	quiet(fds[1]);
	control_begins(&rig.control);
	control_reloaded(&rig.control, false, SPAN("no\n"));
	heard("second", fds[1], 422, JSON, false);
	finish();
}

Test(control, is_told_of_a_reload_within)
{
	begin();
	rig.within = rig.done = true;
	heard("done", dial_and_say(SPAN(RELOAD)), 200, JSON, false);
	rig.done = false;
	rig.why = SPAN("no\n");
	heard("refused", dial_and_say(SPAN(RELOAD)), 422, JSON, false);
	cr_expect(eq(int, rig.reloads, 2));
	cr_expect(eq(sz, rig.control.clients_len, 0));
	finish();
}

Test(control, may_be_closed_within_a_reload)
{
	bool ended;
	int fd;

	begin();
	rig.closes = true;
	fd = dial_and_say(SPAN(RELOAD));
	cr_expect(eq(sz, hear(fd, &ended).len, 0));
	cr_expect(ended);
	cr_expect(eq(int, rig.reloads, 1));
	close(fd);
	finish();
}

Test(control, forgets_a_client_that_goes_away)
{
	int fds[3];

	begin();
	fds[0] = dial_and_say(SPAN(RELOAD));
	fds[1] = dial_and_say(SPAN("GET /hea"));
	fds[2] = dial_and_say(SPAN(RELOAD));
	cr_expect(eq(sz, rig.control.clients_len, 3));
	close(fds[0]);
	close(fds[1]);
	turn();
	cr_expect(eq(sz, rig.control.clients_len, 1));
	control_reloaded(&rig.control, true, SPAN(""));
	heard("the other", fds[2], 200, JSON, false);
	finish();
}

/* nc -N does so. */
Test(control, answers_a_client_that_has_ended_its_side)
{
	int fd;

	begin();
	fd = dial_and_say(SPAN(RELOAD));
	shutdown(fd, SHUT_WR);
	turn();
	quiet(fd);
	control_reloaded(&rig.control, true, SPAN(""));
	heard("half", fd, 200, JSON, false);
	finish();
}

Test(control, serves_sixteen_at_once)
{
	int fds[16], i, fd;
	bool ended;

	begin();
	for (i = 0; i < 16; i++)
		fds[i] = dial_and_say(SPAN("GET"));
	fd = dial();
	cr_expect(eq(sz, hear(fd, &ended).len, 0));
	cr_expect(ended);
	close(fd);
	close(fds[0]);
	turn();
	heard("again", dial_and_say(SPAN(GET("/health"))), 200, JSON, false);
	for (i = 1; i < 16; i++) {
		say(fds[i], SPAN(" /health HTTP/1.1\r\nHost: x\r\n\r\n"));
		heard("each", fds[i], 200, JSON, false);
	}
	finish();
}

static void
fill_report(void)
{
	static struct report_door doors[DOORS];
	size_t i;

	for (i = 0; i < DOORS; i++)
		doors[i] = (struct report_door){ .profile = "web",
			.path = "/run/web.sock" };
	rig.report.doors = doors;
	rig.report.doors_len = DOORS;
}

Test(control, is_held_up_by_no_slow_client)
{
	struct span in;
	int trickles, takes_nothing, takes_late;

	begin();
	fill_report();
	trickles = dial_and_say(SPAN("GET /health HTTP/1.1\r\n"));
	takes_nothing = dial_and_say(SPAN(GET("/status")));
	takes_late = dial_and_say(SPAN(GET("/status")));
	heard("other", dial_and_say(SPAN(GET("/health"))), 200, JSON, false);
	cr_expect(eq(sz, rig.control.clients_len, 3));
	wait_for(2.5);
	say(trickles, SPAN("A: b\r\n"));
	in = heard("late", takes_late, 200, JSON, false);
	cr_expect(gt(sz, in.len, 400 * 1024));
	cr_expect(eq(sz, rig.control.clients_len, 2));
	wait_for(3.);
	heard("trickles", trickles, 408, JSON, false);
	cr_expect(eq(sz, rig.control.clients_len, 1));
	wait_for(5.);
	cr_expect(eq(sz, rig.control.clients_len, 0));
	close(takes_nothing);
	finish();
}

Test(control, waits_for_descriptors)
{
	struct rlimit limit;
	int fd;

	begin();
	turn();
	fd = dial();
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = (rlim_t)fd + 1;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	say(fd, SPAN(GET("/health")));
	quiet(fd);
	limit.rlim_cur = limit.rlim_max;
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	wait_for(.15);
	heard("late", fd, 200, JSON, false);
	finish();
}

static int
dial_as(uid_t user)
{
	uid_t before = geteuid();
	int fd;

	cr_assert(seteuid(0) == 0 && seteuid(user) == 0);
	fd = dial();
	cr_assert(seteuid(0) == 0 && seteuid(before) == 0);
	return fd;
}

Test(control, knows_its_own_user_and_root)
{
	int fd;

	if (geteuid() != 0)
		cr_skip_test("only root can be somebody else");
	begin();
	cr_assert(seteuid(1000) == 0);
	fd = dial_as(1000);
	say(fd, SPAN(GET("/health")));
	heard("its own", fd, 200, JSON, false);
	fd = dial_as(0);
	say(fd, SPAN(GET("/health")));
	heard("root", fd, 200, JSON, false);
	fd = dial_as(STRANGER);
	send(fd, RELOAD, sizeof(RELOAD) - 1, MSG_NOSIGNAL);
	heard("a stranger", fd, 403, JSON, false);
	cr_expect(eq(int, rig.reloads, 0));
	cr_expect(eq(sz, rig.control.clients_len, 0));
	cr_assert(seteuid(0) == 0);
	finish();
}
