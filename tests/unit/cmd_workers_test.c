/* SPDX-License-Identifier: MIT */
/* Workers as the supervisor sees them. Their processes are children that do
 * nothing, and what they count is written by the tests. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/workers.h"
#include "tests/unit/cases.h"

/* Of the program that started workers. */
static uint64_t legend;

/* The supervisor, and what it heard. */
static struct workers workers;
static struct message heard;
static struct worker *heard_from;

/* One worker's own side. */
struct side {
	struct worker *worker;
	struct tally *tally;
	struct counters *counters; /* in it */
	struct details *details;   /* too */
	int control;
};

static void
on_message(struct worker *worker, const struct message *message, void *context)
{
	cr_expect(context == &workers);
	heard = *message;
	heard_from = worker;
}

static void
begin(void)
{
	workers =
	    (struct workers){ .on_message = on_message, .context = &workers };
	legend = details_legend();
	workers.loop = ev_loop_new(EVFLAG_AUTO);
	ev_set_userdata(workers.loop, &workers);
}

static void
finish(void)
{
	workers_clear(&workers);
	ev_loop_destroy(workers.loop);
}

static void
turn(void)
{
	int i;

	for (i = 0; i < 5; i++)
		ev_run(workers.loop, EVRUN_NOWAIT);
}

/* Names up to NULL. The memory may be for fewer doors, without details. */
static struct side
take(pid_t pid, size_t memory_for, const char *const names[])
{
	struct side side = { 0 };
	int fds[2], memory;
	char **copies;
	size_t len = 0, i, size;

	while (names[len] != NULL)
		len++;
	copies = calloc(len + 1, sizeof(*copies));
	for (i = 0; i < len; i++)
		copies[i] = strdup(names[i]);
	memory = memfd_create("counters", MFD_CLOEXEC);
	size = memory_for == len ? details_tally_size(len)
				 : tally_size(memory_for);
	cr_assert(ftruncate(memory, (off_t)size) == 0);
	side.tally = mmap(NULL, details_tally_size(2), PROT_READ | PROT_WRITE,
	    MAP_SHARED, memory, 0);
	cr_assert(side.tally != MAP_FAILED);
	side.counters = side.tally->doors;
	side.details = details_of_tally(side.tally, len);
	cr_assert(message_pair(fds) == 0);
	side.control = fds[1];
	side.worker =
	    workers_take(&workers, pid, fds[0], memory, legend, copies, len);
	if (side.worker == NULL) {
		for (i = 0; i < len; i++)
			free(copies[i]);
		free(copies);
		close(memory);
		close(fds[0]);
	}
	return side;
}

static const char *const web[] = { "web", NULL };
static const char *const both[] = { "web", "db", NULL };

Test(workers, are_known_by_their_process)
{
	struct side a, b;

	begin();
	cr_expect(eq(sz, workers_count(&workers), 0));
	cr_expect(workers_find(&workers, 11) == NULL);
	a = take(11, 1, web);
	b = take(22, 1, web);
	cr_expect(eq(sz, workers_count(&workers), 2));
	cr_expect(workers_find(&workers, 11) == a.worker);
	cr_expect(workers_find(&workers, 22) == b.worker);
	cr_expect(workers_find(&workers, 33) == NULL);
	cr_expect(workers.list == b.worker);
	cr_expect(eq(int, b.worker->state, WORKER_STARTING));
	workers_forget(&workers, b.worker);
	cr_expect(workers_find(&workers, 22) == NULL);
	cr_expect(workers.list == a.worker);
	finish();
}

Test(workers, are_heard)
{
	struct side a, b;

	begin();
	a = take(11, 1, web);
	b = take(22, 1, web);
	cr_assert(message_send(a.control, MESSAGE_PONG, "x", 1, -1) == 0);
	turn();
	cr_expect(heard_from == a.worker);
	cr_expect(eq(int, heard.type, MESSAGE_PONG));
	cr_expect(eq(chr, heard.content[0], 'x'));
	cr_assert(message_send(b.control, MESSAGE_RETIRED, NULL, 0, -1) == 0);
	turn();
	cr_expect(heard_from == b.worker);
	cr_expect(eq(int, heard.type, MESSAGE_RETIRED));
	finish();
}

Test(workers, cannot_give_descriptors)
{
	struct side a;

	begin();
	a = take(11, 1, web);
	cr_assert(
	    message_send(a.control, MESSAGE_PONG, NULL, 0, a.control) == 0);
	turn();
	cr_assert(ne(int, heard.fd, -1));
	cr_expect(eq(int, fcntl(heard.fd, F_GETFD), -1));
	finish();
}

/* Its end as a process comes by another way. */
Test(workers, stay_when_they_hang_up)
{
	struct side a;

	begin();
	a = take(11, 1, web);
	close(a.control);
	turn();
	cr_expect(eq(int, ev_is_active(&a.worker->io), 0));
	cr_expect(workers_find(&workers, 11) == a.worker);
	finish();
}

Test(workers, do_not_map_what_is_not_there)
{
	begin();
	cr_expect(take(11, 1, both).worker == NULL);
	cr_expect(take(11, 0, web).worker == NULL);
	cr_expect(eq(sz, workers_count(&workers), 0));
	cr_expect(take(11, 2, both).worker != NULL);
	finish();
}

Test(workers, are_told_and_killed_when_they_do_not_listen)
{
	struct message told;
	struct side a;
	pid_t child;
	int status;

	if ((child = fork()) == 0) {
		pause();
		_exit(0);
	}
	begin();
	a = take(child, 1, web);
	worker_tell(a.worker, MESSAGE_CUT, "web", 4, -1);
	cr_assert(eq(int, message_receive(a.control, &told), MESSAGE_SOME));
	cr_expect(eq(int, told.type, MESSAGE_CUT));
	cr_expect(eq(str, told.content, "web"));
	cr_expect(eq(int, waitpid(child, &status, WNOHANG), 0));
	close(a.control);
	worker_tell(a.worker, MESSAGE_SERVE, NULL, 0, -1);
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_expect(eq(int, status, SIGKILL)); /* wait(2) */
	finish();
}

/* All the numbers, each another one. */
static const struct counters some = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

static void
expect_counters(struct counters got, const struct counters *wanted)
{
	cr_expect(eq(u64, got.connections, wanted->connections));
	cr_expect(eq(u64, got.turned_away, wanted->turned_away));
	cr_expect(eq(u64, got.allowed, wanted->allowed));
	cr_expect(eq(u64, got.denied, wanted->denied));
	cr_expect(eq(u64, got.refused, wanted->refused));
	cr_expect(eq(u64, got.failed, wanted->failed));
	cr_expect(eq(u64, got.streams, wanted->streams));
	cr_expect(eq(u64, got.sent, wanted->sent));
	cr_expect(eq(u64, got.received, wanted->received));
	cr_expect(eq(u64, got.open, wanted->open));
	cr_expect(eq(u64, got.flowing, wanted->flowing));
}

Test(workers, count_together)
{
	const struct counters none = { 0 };
	struct counters twice = { 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 };
	struct side a, b;

	begin();
	a = take(11, 2, both);
	b = take(22, 1, web);
	expect_counters(workers_counters(&workers, "web"), &none);
	a.counters[0] = some;
	expect_counters(workers_counters(&workers, "web"), &some);
	expect_counters(workers_counters(&workers, "db"), &none);
	b.counters[0] = some;
	expect_counters(workers_counters(&workers, "web"), &twice);
	a.counters[1] = some;
	expect_counters(workers_counters(&workers, "db"), &some);
	expect_counters(workers_counters(&workers, "other"), &none);
	finish();
}

/* Its counts stay, and what was open through it is not. */
Test(workers, leave_their_counts)
{
	struct counters wanted = some;
	struct side a, b;

	begin();
	a = take(11, 2, both);
	b = take(22, 1, web);
	a.counters[0] = some;
	a.counters[1] = some;
	a.tally->lines_lost = 5;
	b.counters[0].open = 1;
	workers_forget(&workers, a.worker);
	cr_expect(eq(u64, workers.totals.lines_lost, 5));
	wanted.open = wanted.flowing = 0;
	expect_counters(workers_counters(&workers, "db"), &wanted);
	wanted.open = 1;
	expect_counters(workers_counters(&workers, "web"), &wanted);
	b.counters[0] = some;
	b.tally->lines_lost = 2;
	workers_forget(&workers, b.worker);
	cr_expect(eq(u64, workers.totals.lines_lost, 7));
	cr_expect(eq(u64, workers_counters(&workers, "web").received, 18));
	cr_expect(eq(u64, workers_counters(&workers, "web").open, 0));
	cr_expect(eq(sz, workers.totals.len, 2));
	finish();
}

/* Each place gets another number, and the door's counters say that there is
 * something. */
static void
count_details(struct side *side, size_t door, uint64_t first)
{
	uint64_t *counts = (uint64_t *)(void *)&side->details[door];
	size_t i;

	for (i = 0; i < sizeof(struct details) / sizeof(*counts); i++)
		counts[i] = first + i;
	side->counters[door].denied = 1;
}

/* That all of them are so many times what was counted, and one more each. */
static void
expect_details(const char *name, uint64_t first, uint64_t times)
{
	struct details details;
	const uint64_t *counts = (uint64_t *)(void *)&details;
	size_t i;

	cr_expect(workers_details(&workers, name, &details));
	for (i = 0; i < sizeof(details) / sizeof(*counts); i++)
		cr_assert(eq(u64, counts[i], first + times * i));
}

static void
expect_no_details(const char *name)
{
	const struct details none = { 0 };
	struct details details;

	memset(&details, 1, sizeof(details));
	cr_expect(not(workers_details(&workers, name, &details)));
	cr_expect(eq(int, memcmp(&details, &none, sizeof(none)), 0));
}

Test(workers, count_details_together)
{
	struct side a, b;

	begin();
	a = take(11, 2, both);
	b = take(22, 1, web);
	expect_no_details("web");
	count_details(&a, 0, 10);
	expect_details("web", 10, 1);
	count_details(&b, 0, 100);
	expect_details("web", 110, 2);
	expect_no_details("db");
	workers_forget(&workers, a.worker);
	expect_details("web", 110, 2);
	expect_no_details("db");
	workers_forget(&workers, b.worker);
	expect_details("web", 110, 2);
	b = take(33, 2, both);
	expect_details("web", 110, 2);
	count_details(&b, 0, 1000);
	count_details(&b, 1, 7);
	expect_details("web", 1110, 3);
	expect_details("db", 7, 1);
	expect_no_details("other");
	finish();
}

/* It would take memory to find out that there is nothing. */
Test(workers, are_not_asked_for_details_where_nothing_happened)
{
	struct side a;

	begin();
	a = take(11, 1, web);
	count_details(&a, 0, 5);
	a.counters[0] = (struct counters){ .connections = 9, .open = 9 };
	expect_no_details("web");
	workers_forget(&workers, a.worker);
	expect_no_details("web");
	finish();
}

/* Whose memory has other things in these places, or ends before them. */
Test(workers, of_another_program_have_no_details)
{
	struct side a;

	begin();
	legend++;
	a = take(11, 1, web);
	count_details(&a, 0, 5);
	cr_expect(a.worker->details == NULL);
	expect_no_details("web");
	cr_expect(eq(u64, workers_counters(&workers, "web").denied, 1));
	workers_forget(&workers, a.worker);
	expect_no_details("web");
	cr_expect(eq(u64, workers_counters(&workers, "web").denied, 1));
	finish();
}

Test(workers, may_have_memory_without_details)
{
	const off_t small = (off_t)tally_size(1);
	char **names = calloc(1, sizeof(*names));
	int fds[2], memory = memfd_create("counters", MFD_CLOEXEC);
	struct worker *worker;

	begin();
	names[0] = strdup("web");
	cr_assert(message_pair(fds) == 0);
	cr_assert(ftruncate(memory, small) == 0);
	worker = workers_take(&workers, 11, fds[0], memory, legend, names, 1);
	cr_assert(worker != NULL);
	cr_expect(worker->details == NULL);
	cr_expect(eq(u64, workers_counters(&workers, "web").denied, 0));
	workers_forget(&workers, worker);
	finish();
}

Test(totals, are_one_of_each_name)
{
	struct total *total;

	begin();
	total = totals_of(&workers.totals, "web");
	cr_assert(total != NULL);
	total->counters.allowed = 3;
	cr_expect(eq(str, total->name, "web"));
	cr_expect(totals_of(&workers.totals, "we") != NULL);
	cr_expect(eq(sz, workers.totals.len, 2));
	cr_expect(
	    eq(u64, totals_of(&workers.totals, "web")->counters.allowed, 3));
	cr_expect(eq(sz, workers.totals.len, 2));
	cr_expect(eq(u64, workers_counters(&workers, "web").allowed, 3));
	finish();
}

/* A shell takes the word "worker" for a script's name. */
static const char script[] =
    "echo \"$0 $LISTEN_FDS $LISTEN_FDNAMES ${NOTIFY_SOCKET-unset}\" >&3\n"
    "read line <&6; echo \"$line\" >&3\n";

static void
write_script(const char *text)
{
	char directory[] = "/tmp/workers-XXXXXX";
	FILE *file;

	cr_assert(mkdtemp(directory) != NULL);
	cr_assert(chdir(directory) == 0);
	file = fopen("worker", "w");
	cr_assert(file != NULL);
	fputs(text, file);
	fclose(file);
}

static void
remove_script(void)
{
	char directory[64];

	cr_assert(getcwd(directory, sizeof(directory)) != NULL);
	unlink("worker");
	rmdir(directory);
}

Test(workers, are_started_with_the_doors_that_are_wanted)
{
	const struct place place = { .path = "/nowhere" };
	struct doors doors = { 0 };
	struct worker *worker;
	char said[256] = "";
	int out[2], bundle[2], program, other, status;
	struct err err;

	begin();
	write_script(script);
	cr_assert(pipe(out) == 0 && pipe(bundle) == 0);
	program = open("/bin/sh", O_PATH | O_CLOEXEC);
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert(write(bundle[1], "its bundle\n", 11) == 11);
	cr_assert(doors_add(&doors, "web", DOOR_OURS, out[1], &place));
	cr_assert(doors_add(&doors, "unwanted", DOOR_SYSTEMD, other, &place));
	cr_assert(doors_add(&doors, "db", DOOR_OURS, other, &place));
	doors.list[0].wanted = doors.list[2].wanted = true;
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	worker =
	    workers_start(&workers, program, bundle[0], -1, &doors, 42, &err);
	cr_assert(worker != NULL, "%s", err.text);
	cr_expect(eq(u64, worker->generation, 42));
	cr_expect(eq(int, worker->state, WORKER_STARTING));
	cr_expect(eq(sz, worker->names_len, 2));
	cr_expect(eq(str, worker->names[0], "web"));
	cr_expect(eq(str, worker->names[1], "db"));
	cr_expect(workers.list == worker);
	cr_expect(eq(u64, workers_counters(&workers, "web").open, 0));
	cr_assert(eq(int, waitpid(worker->pid, &status, 0), worker->pid));
	cr_expect(eq(int, status, 0));
	cr_assert(gt(int, (int)read(out[0], said, sizeof(said) - 1), 0));
	cr_expect(eq(str, said,
	    "worker 5 web:db:.supervisor:.bundle:.counters unset\n"
	    "its bundle\n"));
	doors_close(&doors, false);
	remove_script();
	finish();
}

Test(workers, cannot_be_started_from_what_is_no_program)
{
	struct doors doors = { 0 };
	const struct place place = { .path = "/nowhere" };
	struct worker *worker;
	struct err err;
	int status, program;

	begin();
	program = open("/dev/null", O_PATH | O_CLOEXEC);
	cr_assert(doors_add(&doors, "web", DOOR_OURS, dup(program), &place));
	doors.list[0].wanted = true;
	/* That is only known when its process has ended. */
	worker = workers_start(&workers, program, program, -1, &doors, 1, &err);
	cr_assert(worker != NULL);
	cr_assert(eq(int, waitpid(worker->pid, &status, 0), worker->pid));
	cr_expect(eq(int, status, 127 << 8)); /* wait(2) */
	doors_close(&doors, false);
	finish();
}
