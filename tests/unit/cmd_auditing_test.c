/* SPDX-License-Identifier: MIT */
/* The audit's file and its thread: lines come whole and in order, whatever
 * happens to the file. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/auditing.h"
#include "core/buf.h"
#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"

static char directory[32];
static struct auditing audit;
static struct err err;

static const char *
path_of(const char *name)
{
	static char paths[4][64];
	static size_t turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void
begin(void)
{
	strcpy(directory, "/tmp/audit-XXXXXX");
	cr_assert(mkdtemp(directory) != NULL);
	auditing_init(&audit);
}

static void
plan(const char *path)
{
	cr_assert(
	    eq(int, auditing_plan(&audit, path, &err), 0), "%s", err.text);
}

static void
use(const char *name)
{
	plan(path_of(name));
	auditing_commit(&audit);
}

/* A worker's line, of that length with its line feed. */
static bool
put(size_t number, size_t len)
{
	char line[4096];
	int used = snprintf(line, sizeof(line), "%zu ", number);

	memset(line + used, 'x', sizeof(line) - (size_t)used);
	line[len - 1] = '\n';
	return write(auditing_pipe(&audit), line, len) == (ssize_t)len;
}

/* What stands in a file, good until the next call. */
static struct span
content_of(const char *name)
{
	static char bytes[4 * 1024 * 1024];
	int fd = open(path_of(name), O_RDONLY | O_NONBLOCK);
	size_t len = 0;
	ssize_t n;

	if (fd == -1)
		return SPAN("");
	while ((n = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)n;
	close(fd);
	return (struct span){ bytes, len };
}

static void
nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

static void
wait_for(const char *name, const char *wanted)
{
	int i;

	for (i = 0; i < 1000; i++) {
		if (span_eq(content_of(name), span_of(wanted)))
			return;
		nap();
	}
	cases_same(name, content_of(name), span_of(wanted));
}

/* Lines of these numbers, from first on, and no other: how many. */
static size_t
count_lines(const char *name, size_t first)
{
	struct span rest = content_of(name), line;
	char wanted[32];
	size_t count = 0;

	cr_expect(rest.len == 0 || rest.at[rest.len - 1] == '\n');
	while (span_word(&rest, "\n", &line)) {
		snprintf(wanted, sizeof(wanted), "%zu ", first + count);
		cr_assert(span_starts(line, span_of(wanted)), "%s: %.*s",
		    wanted, SPAN_ARG(line));
		count++;
	}
	return count;
}

static void
finish(void)
{
	static const char *const names[] = { "a", "b", "fifo" };
	size_t i;

	auditing_end(&audit);
	for (i = 0; i < CASES(names); i++)
		unlink(path_of(names[i]));
	cr_expect(eq(int, rmdir(directory), 0));
}

Test(auditing, writes_all_that_came_before_its_end)
{
	size_t i, sent = 0;
	struct stat status;

	begin();
	umask(0);
	use("a");
	cr_assert(stat(path_of("a"), &status) == 0);
	cr_expect(eq(int, status.st_mode & 0777, 0640));
	for (i = 0; i < 3000; i++)
		while (!put(sent, 64 + i % 4000))
			nap();
	auditing_end(&audit);
	cr_expect(gt(sz, content_of("a").len, 0));
	finish();
}

Test(auditing, keeps_lines_in_order)
{
	size_t i;

	begin();
	use("a");
	for (i = 0; i < 1000; i++)
		while (!put(i, 100 + i % 900))
			nap();
	auditing_end(&audit);
	cr_expect(eq(sz, count_lines("a", 0), 1000));
	finish();
}

Test(auditing, divides_lines_among_files_and_loses_none)
{
	size_t i, before;

	begin();
	use("a");
	for (i = 0; i < 4000; i++) {
		while (!put(i, 100 + i % 900))
			nap();
		if (i == 2000) {
			cr_assert(rename(path_of("a"), path_of("b")) == 0);
			cr_assert(eq(int, auditing_reopen(&audit, &err), 0));
		}
	}
	auditing_end(&audit);
	before = count_lines("b", 0);
	cr_expect(eq(sz, before + count_lines("a", before), 4000));
	finish();
}

Test(auditing, stays_where_a_file_cannot_be_opened)
{
	begin();
	use("a");
	cr_assert(mkdir(path_of("b"), 0700) == 0);
	cr_expect(eq(int, auditing_plan(&audit, path_of("b"), &err), -1));
	cr_expect(eq(int, auditing_plan(&audit, "/dev/null", &err), -1));
	cr_expect(strstr(err.text, "neither a file nor a FIFO") != NULL);
	cr_expect(eq(int, auditing_plan(&audit, "/proc/x/y", &err), -1));
	put(1, 8);
	wait_for("a", "1 xxxxx\n");
	/* Nor when it is opened anew. */
	unlink(path_of("a"));
	cr_assert(mkdir(path_of("a"), 0700) == 0);
	cr_expect(eq(int, auditing_reopen(&audit, &err), -1));
	rmdir(path_of("a"));
	rmdir(path_of("b"));
	finish();
}

Test(auditing, is_as_planned_or_as_it_was)
{
	int before;

	begin();
	before = descriptors_open();
	plan(path_of("a"));
	cr_expect(eq(int, auditing_pipe(&audit), -1));
	cr_expect(ne(int, auditing_next_pipe(&audit), -1));
	auditing_roll_back(&audit);
	cr_expect(eq(int, auditing_next_pipe(&audit), -1));
	while (descriptors_open() != before)
		nap();
	use("a");
	plan(path_of("b"));
	cr_expect(eq(int, auditing_next_pipe(&audit), auditing_pipe(&audit)));
	auditing_roll_back(&audit);
	put(1, 8);
	wait_for("a", "1 xxxxx\n");
	use("b");
	put(2, 8);
	wait_for("b", "2 xxxxx\n");
	wait_for("a", "1 xxxxx\n");
	plan(NULL);
	cr_expect(eq(int, auditing_next_pipe(&audit), -1));
	auditing_commit(&audit);
	cr_expect(eq(int, auditing_pipe(&audit), -1));
	while (descriptors_open() != before)
		nap();
	finish();
}

/* A worker of the configuration before has its stream's end to tell of. */
Test(auditing, writes_lines_of_those_who_still_have_the_pipe)
{
	int pipe;

	begin();
	use("a");
	pipe = dup(auditing_pipe(&audit));
	plan(NULL);
	auditing_commit(&audit);
	cr_assert(write(pipe, "late\n", 5) == 5);
	wait_for("a", "late\n");
	close(pipe);
	finish();
}

Test(auditing, waits_for_a_fifo_and_for_nobody_else)
{
	size_t sent = 0, got = 0;
	struct span rest, line;
	char bytes[65536];
	struct buf all = { 0 };
	ssize_t n;
	int fifo, i;

	begin();
	cr_assert(mkfifo(path_of("fifo"), 0600) == 0);
	use("fifo");
	/* Nobody reads: it fills up, and the pipe does. */
	for (i = 0; i < 3; i++) {
		while (put(sent, 1000))
			sent++;
		cr_expect(eq(int, errno, EAGAIN));
		nap();
	}
	cr_expect(gt(sz, sent, 100));
	fifo = open(path_of("fifo"), O_RDONLY | O_NONBLOCK);
	for (i = 0; i < 2000 && got < sent * 1000; i++) {
		n = read(fifo, bytes, sizeof(bytes));
		if (n <= 0) {
			nap();
			continue;
		}
		cr_assert(buf_add(&all, bytes, (size_t)n));
		got += (size_t)n;
	}
	cr_expect(eq(sz, got, sent * 1000));
	rest = buf_span(&all);
	for (got = 0; span_word(&rest, "\n", &line); got++)
		cr_expect(eq(sz, line.len, 999));
	cr_expect(eq(sz, got, sent));
	buf_clear(&all);
	close(fifo);
	finish();
}

/* Every so many bytes, in the middle of a line. */
Test(auditing, goes_on_with_a_line_once_a_file_takes_it)
{
	struct rlimit limit = { 2050, 1 << 20 };
	size_t i;

	begin();
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	use("a");
	for (i = 0; i < 10; i++)
		put(i, 500);
	for (i = 0; i < 1000 && auditing_error(&audit) == 0; i++)
		nap();
	cr_expect(eq(int, auditing_error(&audit), EFBIG));
	cr_expect(eq(sz, content_of("a").len, 2050));
	/* Another file gets the whole line. */
	use("b");
	for (i = 0; i < 1000 && content_of("b").len < 2050; i++)
		nap();
	cr_expect(eq(sz, content_of("b").len, 2050));
	cr_expect(span_starts(content_of("b"), SPAN("4 x")));
	limit.rlim_cur = limit.rlim_max;
	cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (i = 0; i < 1000 && content_of("b").len < 3000; i++)
		nap();
	cr_expect(eq(sz, count_lines("b", 4), 6));
	cr_expect(eq(int, auditing_error(&audit), 0));
	finish();
}

Test(auditing, goes_on_in_another_program)
{
	struct auditing next;
	int pipe[2];

	begin();
	use("a");
	put(1, 8);
	wait_for("a", "1 xxxxx\n");
	auditing_suspend(&audit);
	put(2, 8);
	nap();
	wait_for("a", "1 xxxxx\n");
	auditing_init(&next);
	memcpy(pipe, audit.pipe, sizeof(pipe));
	auditing_take(&next, audit.file, pipe);
	free(audit.path);
	audit = next;
	wait_for("a", "1 xxxxx\n2 xxxxx\n");
	use("a");
	put(3, 8);
	wait_for("a", "1 xxxxx\n2 xxxxx\n3 xxxxx\n");
	finish();
}
