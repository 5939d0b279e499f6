/* SPDX-License-Identifier: MIT */
/* Everything happens in children: the descriptors 3, 4, ... of a test's own
 * process are the test framework's. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/inherit.h"
#include "tests/unit/cases.h"

/* In a child, where no assertion of the framework works. */
#define CHECK(condition)                                                      \
	do {                                                                  \
		if (!(condition)) {                                           \
			dprintf(2, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
			    #condition);                                      \
			_exit(1);                                             \
		}                                                             \
	} while (0)

/* Run the body in a child that has no descriptors but 0, 1 and 2, none of our
 * variables, and what it prints in the pipe. */
static bool
in_child(void (*body)(const void *), const void *arg, char printed[256])
{
	ssize_t len = 0, n;
	int status, out[2];
	pid_t child;

	cr_assert(pipe(out) == 0);
	if ((child = fork()) == 0) {
		dup2(out[1], 1);
		close_range(3, ~0U, 0);
		unsetenv("LISTEN_PID");
		unsetenv("LISTEN_FDS");
		unsetenv("LISTEN_FDNAMES");
		body(arg);
		_exit(0);
	}
	cr_assert(child != -1);
	close(out[1]);
	while ((n = read(out[0], printed + len, (size_t)(255 - len))) > 0)
		len += n;
	printed[len] = '\0';
	close(out[0]);
	cr_assert(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A pipe's reading end at a number, out of which its own number comes, a line
 * each time. */
static void
open_at(int number)
{
	int fds[2];

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	CHECK(dprintf(fds[1], "%d\n%d\n%d\n", number, number, number) > 0);
	close(fds[1]);
	if (fds[0] != number) {
		CHECK(dup3(fds[0], number, O_CLOEXEC) == number);
		close(fds[0]);
	}
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
set_pid(void)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", (long)getpid());
	setenv("LISTEN_PID", text, 1);
}

static bool
is_forgotten(void)
{
	return getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDS") == NULL &&
	       getenv("LISTEN_FDNAMES") == NULL;
}

static void
take_by_name(const void *arg)
{
	struct inherited inherited;
	struct err err;
	int fd;

	(void)arg;
	for (fd = 3; fd < 8; fd++) {
		open_at(fd);
		CHECK(fcntl(fd, F_SETFD, 0) == 0);
	}
	set_pid();
	setenv("LISTEN_FDS", "5", 1);
	setenv("LISTEN_FDNAMES", "web:.bundle:web::ci", 1);
	CHECK(inherit_take(&inherited, &err) == 0);
	CHECK(is_forgotten());
	CHECK(inherited.len == 5);
	for (fd = 3; fd < 8; fd++)
		CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(inherit_find(&inherited, "we") == -1);
	CHECK(inherit_find(&inherited, "web") == 3);
	CHECK(inherit_find(&inherited, "web") == 5);
	CHECK(inherit_find(&inherited, "web") == -1);
	CHECK(inherit_find(&inherited, "") == 6);
	CHECK(inherit_find(&inherited, "ci") == 7);
	inherit_clear(&inherited);
	CHECK(is_open(3) && is_open(5) && is_open(6) && is_open(7));
	CHECK(!is_open(4)); /* nobody took it */
	CHECK(inherited.len == 0);
	/* The variables are gone: a second time there are none. */
	CHECK(inherit_take(&inherited, &err) == 0 && inherited.len == 0);
}

Test(inherit_take, hands_out_by_name_and_closes_the_rest)
{
	char printed[256];

	cr_expect(in_child(take_by_name, NULL, printed));
}

static void
take_unnamed(const void *arg)
{
	struct inherited inherited;
	struct err err;

	(void)arg;
	open_at(3);
	open_at(4);
	set_pid();
	setenv("LISTEN_FDS", "2", 1);
	CHECK(inherit_take(&inherited, &err) == 0);
	CHECK(inherit_find(&inherited, "unknown") == 3);
	CHECK(inherit_find(&inherited, "unknown") == 4);
	inherit_clear(&inherited);
}

Test(inherit_take, calls_descriptors_without_names_unknown)
{
	char printed[256];

	cr_expect(in_child(take_unnamed, NULL, printed));
}

struct variables {
	const char *name;
	const char *pid; /* "self": our own; NULL: not set */
	const char *fds;
	const char *names;
	int len; /* -1: they make no sense */
};

/* Two descriptors are open. */
static void
take_variables(const void *arg)
{
	const struct variables *row = arg;
	struct inherited inherited;
	struct err err = { "" };

	open_at(3);
	open_at(4);
	if (row->pid != NULL)
		setenv("LISTEN_PID", row->pid, 1);
	if (row->pid != NULL && strcmp(row->pid, "self") == 0)
		set_pid();
	if (row->fds != NULL)
		setenv("LISTEN_FDS", row->fds, 1);
	if (row->names != NULL)
		setenv("LISTEN_FDNAMES", row->names, 1);
	if (row->len == -1) {
		CHECK(inherit_take(&inherited, &err) == -1);
		CHECK(strstr(err.text, "LISTEN_") == err.text);
		CHECK(inherited.len == 0);
	} else {
		CHECK(inherit_take(&inherited, &err) == 0);
		CHECK(inherited.len == (size_t)row->len);
	}
	CHECK(is_forgotten());
	if (row->len <= 0) /* they may be anybody's */
		CHECK(is_open(3) && is_open(4));
	inherit_clear(&inherited);
}

Test(inherit_take, believes_only_what_makes_sense)
{
	static const struct variables rows[] = {
		{"nothing",			     NULL,		   NULL,			 NULL,    0 },
		{ "two",			   "self",		 "2",		      "a:b",   2 },
		{ "one of two",			"self",			"1",		     "a",	  1 },
		{ "empty names",			 "self",		 "2",		      ":",	   2 },
		{ "one empty name",		    "self",		    "1",			 "",	     1 },
		{ "another process",		     "1",			  "2",		       "a:b",   0 },
		{ "another process, and nonsense", "1",			"x",		     "a:b:c", 0 },
		{ "no process",			NULL,		      "2",			   "a:b",	  0 },
		{ "no number",		       "self",		       NULL,		     "a:b",   0 },
		{ "none",			  "self",		  "0",		       "",	   0 },
		{ "an empty process",	      "",			  "2",		       "a:b",   -1},
		{ "a process with a sign",	   "+1",			 "2",		      "a:b",   -1},
		{ "a negative process",		"-1",		      "2",			   "a:b",	  -1},
		{ "a process and more",		"1x",		      "2",			   "a:b",	  -1},
		{ "a process behind a blank",      " 1",		    "2",			 "a:b",	-1},
		{ "a large process",		     "2147483648",	   "2",			"a:b",   -1},
		{ "a huge process",		    "18446744073709551617", "2",			 "a:b",	-1},
		{ "an empty number",		     "self",		     "",			 "a:b",	-1},
		{ "a word",			    "self",		    "two",		   "a:b",	  -1},
		{ "a number and more",	       "self",		       "2 ",		     "a:b",   -1},
		{ "a negative number",	       "self",		       "-2",		     "a:b",   -1},
		{ "a large number",		    "self",		    "65552",		     NULL,	   -1},
		{ "a huge number",		   "self",		   "18446744073709551618", "a:b",	  -1},
		{ "more than are open",		"self",			"3",		     "a:b:c", -1},
		{ "a name too few",		    "self",		    "2",			 "a",     -1},
		{ "a name too many",		     "self",		     "2",			  "a:b:c", -1},
		{ "an empty name too many",	    "self",		    "2",			 "a:b:",	 -1},
		{ "no names for two",	      "self",		      "2",			   "",      -1},
	};
	char printed[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(in_child(take_variables, &rows[i], printed), "%s",
		    rows[i].name);
}

/* Which descriptors are handed over, where they and the program are. */
struct handover {
	const char *name;
	int program;
	int fds[3];
	const char *wanted; /* what comes out of 3, 4 and 5 */
};

static const char script[] =
    "read a <&3; read b <&4; read c <&5\n"
    "echo $a $b $c $LISTEN_FDS $LISTEN_FDNAMES $KEPT"
    " ${NOTIFY_SOCKET-no} ${WATCHDOG_USEC-no} ${WATCHDOG_PID-no}\n"
    "test $LISTEN_PID = $$ || echo $LISTEN_PID is not $$\n"
    "for fd in 6 7 8 9; do\n"
    "	{ true; } 2>/dev/null <&$fd && echo $fd is open\n"
    "done\n"
    "exit 0\n";

/* No other number than those of the row is in use. */
static void
hand_over(const void *arg)
{
	static char *arguments[] = { "sh", "-c", (char *)script, NULL };
	static const char *const names[] = { "a", ".b", "c-d" };
	const struct handover *row = arg;
	int shell;
	size_t i;

	shell = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	CHECK(shell != -1);
	CHECK(dup3(shell, 20, O_CLOEXEC) == 20);
	close(shell);
	for (i = 0; i < CASES(row->fds); i++)
		if (!is_open(row->fds[i]))
			open_at(row->fds[i]);
	CHECK(dup3(20, row->program, O_CLOEXEC) == row->program);
	close(20);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDNAMES", "old", 1);
	setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	setenv("KEPT", "kept", 1);
	inherit_exec(row->program, arguments, names, row->fds, 3);
	CHECK(!"executed");
}

Test(inherit_exec, hands_over_whatever_the_numbers_were)
{
	static const struct handover rows[] = {
		{"where they are",	    6, { 3, 4, 5 }, "3 4 5"},
		{ "backwards",	       6, { 5, 4, 3 }, "5 4 3"},
		{ "around",		    7, { 4, 5, 3 }, "4 5 3"},
		{ "up",			6, { 7, 3, 4 }, "7 3 4"},
		{ "the program first",       3, { 4, 5, 6 }, "4 5 6"},
		{ "the program in between",  4, { 3, 6, 5 }, "3 6 5"},
		{ "the program last",	      5, { 7, 3, 4 }, "7 3 4"},
		{ "one of them twice",       5, { 3, 3, 4 }, "3 3 4"},
		{ "far up",		    9, { 8, 7, 6 }, "8 7 6"},
		{ "far up, the program low", 3, { 8, 7, 6 }, "8 7 6"},
	};
	char printed[256], wanted[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(wanted, sizeof(wanted),
		    "%s 3 a:.b:c-d kept no no no\n", rows[i].wanted);
		cr_expect(
		    in_child(hand_over, &rows[i], printed), "%s", rows[i].name);
		cr_expect(eq(str, printed, wanted), "%s", rows[i].name);
	}
}

static void
hand_over_nothing(const void *arg)
{
	static char *arguments[] = { "sh", "-c",
		"echo $LISTEN_FDS \"<$LISTEN_FDNAMES>\"", NULL };

	(void)arg;
	inherit_exec(
	    open("/bin/sh", O_RDONLY | O_CLOEXEC), arguments, NULL, NULL, 0);
	CHECK(!"executed");
}

Test(inherit_exec, hands_over_nothing)
{
	char printed[256];

	cr_expect(in_child(hand_over_nothing, NULL, printed));
	cr_expect(eq(str, printed, "0 <>\n"));
}

static void
fail(const void *arg)
{
	static char *arguments[] = { "x", NULL };
	static const char *const names[] = { "a" };
	int fds[] = { 3 };

	(void)arg;
	open_at(3);
	errno = 0;
	inherit_exec(-1, arguments, names, fds, 1);
	CHECK(errno == EBADF);
	fds[0] = 9;
	errno = 0;
	inherit_exec(3, arguments, names, fds, 1);
	CHECK(errno == EBADF);
	fds[0] = 3;
	errno = 0;
	inherit_exec(
	    open("/dev/null", O_RDONLY | O_CLOEXEC), arguments, names, fds, 1);
	CHECK(errno == EACCES);
}

Test(inherit_exec, comes_back_when_it_fails)
{
	char printed[256];

	cr_expect(in_child(fail, NULL, printed));
}

/* What is handed over is what is taken: the same process, so that it is for
 * us; nothing is executed, since there is no program. */
static void
there_and_back(const void *arg)
{
	static char *arguments[] = { "x", NULL };
	static const char *const names[] = { "web", ".bundle" };
	static const int fds[] = { 5, 3 };
	struct inherited inherited;
	char byte = 0;
	struct err err;

	(void)arg;
	open_at(3);
	open_at(5);
	inherit_exec(
	    open("/dev/null", O_RDONLY | O_CLOEXEC), arguments, names, fds, 2);
	CHECK(errno == EACCES);
	CHECK(inherit_take(&inherited, &err) == 0);
	CHECK(inherited.len == 2);
	CHECK(inherit_find(&inherited, ".bundle") == 4);
	CHECK(read(4, &byte, 1) == 1 && byte == '3');
	CHECK(inherit_find(&inherited, "web") == 3);
	CHECK(read(3, &byte, 1) == 1 && byte == '5');
	inherit_clear(&inherited);
}

Test(inherit_exec, is_understood_by_the_other_side)
{
	char printed[256];

	cr_expect(in_child(there_and_back, NULL, printed));
}
