/* SPDX-License-Identifier: MIT */
/* A state is written and read: whole, cut, by numbers and by names, and of
 * another version. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/state.h"
#include "tests/unit/cases.h"

static const char *const web[] = { "web", NULL };
static const char *const both[] = { "web", "db", NULL };

/* A supervisor's things, and the state of them. */
struct life {
	struct doors doors;
	struct workers workers;
	struct auditing audit;
	struct state state;
};

static struct ev_loop *loop;
static struct err err;

static void
begin(struct life *life)
{
	*life = (struct life){ 0 };
	loop = loop == NULL ? ev_loop_new(EVFLAG_AUTO) : loop;
	life->workers.loop = loop;
	auditing_init(&life->audit);
	life->state = (struct state){ .doors = &life->doors,
		.workers = &life->workers,
		.audit = &life->audit,
		.control = -1 };
}

static void
finish(struct life *life)
{
	workers_clear(&life->workers);
	doors_close(&life->doors, false);
}

static void
add_door(struct life *life, const char *name, enum door_maker maker, int fd,
    bool wanted)
{
	struct place place = { .device = 77, .inode = 1234567890123 };

	snprintf(place.path, sizeof(place.path), "/run/a b/%s.sock", name);
	cr_assert(doors_add(&life->doors, name, maker, fd, &place));
	life->doors.list[life->doors.len - 1].wanted = wanted;
}

static struct worker *
add_worker(struct life *life, pid_t pid, const char *const names[])
{
	int fds[2], memory;
	struct worker *worker;
	char **copies;
	size_t len = 0, i;

	while (names[len] != NULL)
		len++;
	copies = calloc(len + 1, sizeof(*copies));
	for (i = 0; i < len; i++)
		copies[i] = strdup(names[i]);
	memory = memfd_create("counters", MFD_CLOEXEC);
	cr_assert(ftruncate(memory, (off_t)details_tally_size(len)) == 0);
	cr_assert(message_pair(fds) == 0);
	close(fds[1]);
	worker = workers_take(
	    &life->workers, pid, fds[0], memory, details_legend(), copies, len);
	cr_assert(worker != NULL);
	worker->generation = (uint64_t)pid * 10;
	return worker;
}

/* What happened at its first door, as it writes it. */
static void
count(struct worker *worker, uint64_t denied)
{
	const size_t size = details_tally_size(worker->names_len);
	struct tally *tally = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, worker->counters_fd, 0);

	cr_assert(tally != MAP_FAILED);
	tally->doors[0].denied = denied;
	details_of_tally(tally, worker->names_len)
	    ->requests[DETAILS_UNKNOWN][COUNTED_DENY] = denied;
	munmap(tally, size);
}

/* How many were denied at the door of that name, by its details. */
static uint64_t
denied(const struct life *life, const char *name)
{
	struct details details;

	workers_details(&life->workers, name, &details);
	return details.requests[DETAILS_UNKNOWN][COUNTED_DENY];
}

/* Something of everything. */
static void
fill(struct life *life)
{
	struct state *state = &life->state;

	begin(life);
	add_door(life, "web", DOOR_OURS, open("/dev/null", O_RDONLY), true);
	add_door(life, "db", DOOR_SYSTEMD, open("/dev/zero", O_RDONLY), true);
	add_door(life, "later", DOOR_SYSTEMD, open("/", O_RDONLY), false);
	count(add_worker(life, 11, web), 100);
	count(add_worker(life, 22, both), 1000);
	totals_of(&life->workers.totals, "web")->counters =
	    (struct counters){ 1, 2, 3, 4, 5, 6, 7, 8, UINT64_MAX, 0, 0 };
	total_details(totals_of(&life->workers.totals, "web"))
	    ->requests[DETAILS_UNKNOWN][COUNTED_DENY] = 4;
	totals_of(&life->workers.totals, "gone")->counters.allowed = 9;
	life->workers.totals.lines_lost = 6;
	life->workers.totals.audit_lost = 7;
	state->current = 22;
	state->generation = 1;
	state->started = 2;
	state->reloads = 3;
	state->refusals = 4;
	state->restarts = 5;
	state->control = open("/dev/full", O_RDONLY);
	state->control_place = (struct place){ "/run/a b/control.sock", 8, 9 };
}

static int
save(const struct state *state)
{
	int memory = state_open(&err);

	cr_assert(ne(int, memory, -1), "%s", err.text);
	cr_assert(eq(int, state_save(memory, state, &err), 0), "%s", err.text);
	return memory;
}

/* The text of a state, to be freed. */
static char *
text_of(int memory, size_t *len)
{
	off_t end = lseek(memory, 0, SEEK_END);
	char *text;

	cr_assert(gt(int, (int)end, 0));
	text = malloc((size_t)end + 1);
	cr_assert(eq(int, (int)pread(memory, text, (size_t)end, 0), (int)end));
	text[end] = '\0';
	*len = (size_t)end;
	return text;
}

static int
memory_of(const char *text, size_t len)
{
	int memory = state_open(&err);

	cr_assert(eq(int, (int)write(memory, text, len), (int)len));
	return memory;
}

static int
load(int memory, struct inherited *inherited, struct life *life)
{
	begin(life);
	return state_load(memory, inherited, &life->state, &err);
}

static void
expect_same_counts(const struct state *got, const struct state *wanted)
{
	cr_expect(eq(u64, got->generation, wanted->generation));
	cr_expect(eq(u64, got->started, wanted->started));
	cr_expect(eq(u64, got->reloads, wanted->reloads));
	cr_expect(eq(u64, got->refusals, wanted->refusals));
	cr_expect(eq(u64, got->restarts, wanted->restarts));
	cr_expect(eq(u64, got->workers->totals.lines_lost,
	    wanted->workers->totals.lines_lost));
	cr_expect(eq(u64, got->workers->totals.audit_lost,
	    wanted->workers->totals.audit_lost));
}

static void
expect_same_totals(const struct totals *got, const struct totals *wanted)
{
	size_t i;

	cr_assert(eq(sz, got->len, wanted->len));
	for (i = 0; i < got->len; i++) {
		cr_expect(eq(str, got->list[i].name, wanted->list[i].name));
		cr_expect(
		    memcmp(&got->list[i].counters, &wanted->list[i].counters,
			sizeof(struct counters)) == 0);
		cr_assert(eq(int, got->list[i].details == NULL,
		    wanted->list[i].details == NULL));
		if (got->list[i].details != NULL)
			cr_expect(memcmp(got->list[i].details,
				      wanted->list[i].details,
				      sizeof(struct details)) == 0);
	}
}

static void
expect_same_place(const struct place *got, const struct place *wanted)
{
	cr_expect(eq(str, (char *)got->path, (char *)wanted->path));
	cr_expect(got->device == wanted->device && got->inode == wanted->inode);
}

Test(state, is_the_same_by_numbers)
{
	const struct gate *got, *wanted;
	const struct worker *worker, *other;
	struct life before, after;
	int memory;
	size_t i;

	fill(&before);
	memory = save(&before.state);
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	expect_same_counts(&after.state, &before.state);
	expect_same_totals(&after.workers.totals, &before.workers.totals);
	cr_expect(eq(int, after.state.control, before.state.control));
	expect_same_place(
	    &after.state.control_place, &before.state.control_place);
	cr_assert(eq(sz, after.doors.len, 3));
	for (i = 0; i < 3; i++) {
		got = &after.doors.list[i];
		wanted = &before.doors.list[i];
		cr_expect(eq(str, got->name, wanted->name));
		cr_expect(eq(int, got->maker, wanted->maker));
		cr_expect(eq(int, got->fd, wanted->fd));
		cr_expect(eq(int, got->wanted, wanted->wanted));
		expect_same_place(&got->place, &wanted->place);
	}
	cr_assert(eq(sz, workers_count(&after.workers), 2));
	other = before.workers.list;
	for (worker = after.workers.list; worker != NULL;
	     worker = worker->next, other = other->next) {
		cr_expect(eq(int, worker->pid, other->pid));
		cr_expect(eq(int, worker->io.fd, other->io.fd));
		cr_expect(eq(int, worker->counters_fd, other->counters_fd));
		cr_expect(eq(u64, worker->generation, other->generation));
		cr_assert(eq(sz, worker->names_len, other->names_len));
		for (i = 0; i < worker->names_len; i++)
			cr_expect(eq(str, worker->names[i], other->names[i]));
	}
	cr_expect(eq(u64, denied(&after, "web"), 1104));
	cr_expect(eq(int, after.state.current, 22));
	cr_expect(
	    eq(int, workers_find(&after.workers, 22)->state, WORKER_SERVING));
	cr_expect(
	    eq(int, workers_find(&after.workers, 11)->state, WORKER_RETIRED));
	finish(&after);
	/* Whose descriptors are closed by now. */
	finish(&before);
}

/* Its descriptors go on where they were, and so do its lines. */
Test(state, has_the_audit)
{
	char name[] = "/tmp/state-test-audit.XXXXXX", bytes[8];
	int memory, fd = mkstemp(name);
	struct life before, after;

	close(fd);
	begin(&before);
	cr_assert(eq(int, auditing_plan(&before.audit, name, &err), 0), "%s",
	    err.text);
	auditing_commit(&before.audit);
	auditing_suspend(&before.audit);
	memory = save(&before.state);
	state_inherit(memory, &before.state, true);
	cr_expect(eq(int, fcntl(before.audit.file, F_GETFD), 0));
	cr_expect(eq(int, fcntl(before.audit.pipe[1], F_GETFD), 0));
	cr_assert(eq(int, (int)write(before.audit.pipe[1], "line\n", 5), 5));
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	cr_expect(eq(int, after.audit.file, before.audit.file));
	cr_expect(eq(int, auditing_pipe(&after.audit), before.audit.pipe[1]));
	auditing_end(&after.audit);
	fd = open(name, O_RDONLY);
	cr_expect(eq(int, (int)read(fd, bytes, sizeof(bytes)), 5));
	close(fd);
	unlink(name);
	free(before.audit.path);
	finish(&after);
}

Test(state, of_nothing_is_nothing)
{
	struct life before, after;

	begin(&before);
	cr_assert(eq(int, load(save(&before.state), NULL, &after), 0));
	cr_expect(eq(sz, after.doors.len, 0));
	cr_expect(eq(sz, workers_count(&after.workers), 0));
	cr_expect(eq(int, after.state.control, -1));
	cr_expect(eq(int, after.state.current, 0));
	finish(&after);
}

Test(state, is_written_anew)
{
	struct life before, after;
	int memory;

	fill(&before);
	memory = save(&before.state);
	begin(&after);
	after.state.generation = 8;
	cr_assert(eq(int, state_save(memory, &after.state, &err), 0));
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	cr_expect(eq(u64, after.state.generation, 8));
	cr_expect(eq(sz, after.doors.len, 0));
	cr_expect(eq(sz, after.workers.totals.len, 0));
	finish(&after);
	finish(&before);
}

Test(state, lets_descriptors_survive_and_no_longer)
{
	struct life life;
	int memory, fds[7];
	size_t i;

	fill(&life);
	memory = save(&life.state);
	fds[0] = memory;
	fds[1] = life.state.control;
	fds[2] = life.doors.list[0].fd;
	fds[3] = life.doors.list[1].fd;
	fds[4] = life.workers.list->io.fd;
	fds[5] = life.workers.list->counters_fd;
	fds[6] = life.workers.list->next->io.fd;
	state_inherit(memory, &life.state, true);
	for (i = 0; i < CASES(fds); i++)
		cr_expect(eq(int, fcntl(fds[i], F_GETFD), 0));
	state_inherit(memory, &life.state, false);
	for (i = 0; i < CASES(fds); i++)
		cr_expect(eq(int, fcntl(fds[i], F_GETFD), FD_CLOEXEC));
	finish(&life);
}

/* Bound without a path, as ours are; or with one. */
static int
make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (path == NULL)
		return fd;
	strcpy(address.sun_path, path);
	unlink(path);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	unlink(path);
	return fd;
}

static struct inherited
inherit(const char *const names[], const int fds[], size_t len)
{
	struct inherited inherited = { calloc(len, sizeof(char *)),
		calloc(len, sizeof(int)), len };
	size_t i;

	for (i = 0; i < len; i++) {
		inherited.names[i] = strdup(names[i]);
		inherited.fds[i] = fds[i];
	}
	return inherited;
}

/* "web" is there twice: as a socket of systemd's, which is not ours. */
Test(state, is_the_same_by_names)
{
	static const char *const names[] = { "other", "web", "web", "db" };
	int fds[4];
	struct life before, after;
	struct inherited inherited;
	int memory;

	fill(&before);
	memory = save(&before.state);
	fds[0] = make_socket(NULL);
	fds[1] = make_socket("/tmp/state-test.sock");
	fds[2] = make_socket(NULL);
	fds[3] = make_socket(NULL);
	inherited = inherit(names, fds, 4);
	cr_assert(eq(int, load(memory, &inherited, &after), 0), "%s", err.text);
	expect_same_counts(&after.state, &before.state);
	expect_same_totals(&after.workers.totals, &before.workers.totals);
	expect_same_place(
	    &after.state.control_place, &before.state.control_place);
	cr_expect(eq(int, after.state.control, -1));
	cr_expect(eq(sz, workers_count(&after.workers), 0));
	cr_expect(eq(int, after.state.current, 0));
	/* Only ours; whether they are wanted is to be seen. */
	cr_assert(eq(sz, after.doors.len, 1));
	cr_expect(eq(str, after.doors.list[0].name, "web"));
	cr_expect(eq(int, after.doors.list[0].fd, fds[2]));
	cr_expect(not(after.doors.list[0].wanted));
	expect_same_place(
	    &after.doors.list[0].place, &before.doors.list[0].place);
	cr_expect(eq(int, inherited.fds[0], fds[0]));
	cr_expect(eq(int, inherited.fds[1], fds[1]));
	cr_expect(eq(int, inherited.fds[2], -1));
	cr_expect(eq(int, inherited.fds[3], fds[3]));
	inherit_clear(&inherited);
	finish(&after);
	/* Its numbers mean nothing any more: they are still open. */
	cr_expect(ne(int, fcntl(before.state.control, F_GETFD), -1));
	finish(&before);
}

Test(state, leaves_out_doors_that_were_not_kept)
{
	static const char *const names[] = { "other" };
	struct life before, after;
	struct inherited inherited;
	int fd = make_socket(NULL);

	fill(&before);
	inherited = inherit(names, &fd, 1);
	cr_assert(eq(int, load(save(&before.state), &inherited, &after), 0));
	cr_expect(eq(sz, after.doors.len, 0));
	inherit_clear(&inherited);
	finish(&after);
	finish(&before);
}

/* A program with the same places reads them in the workers' memory, where they
 * go on; another one knows what was there when this one ended. */
Test(state, has_what_workers_have_seen_for_who_cannot_read_it)
{
	struct life before, after;
	char *text, *at, legend[32];
	size_t len;
	int memory;

	fill(&before);
	text = text_of(save(&before.state), &len);
	snprintf(legend, sizeof(legend), " %llx\n",
	    (unsigned long long)details_legend());
	at = strstr(text, legend);
	cr_assert(at != NULL);
	at[1] = at[1] == '1' ? '2' : '1';
	memory = memory_of(text, len);
	/* The oldest comes first. */
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	cr_expect(workers_find(&after.workers, 11)->details == NULL);
	cr_expect(workers_find(&after.workers, 22)->details != NULL);
	cr_expect(eq(u64, denied(&after, "web"), 1104));
	count(workers_find(&after.workers, 11), 101);
	count(workers_find(&after.workers, 22), 1001);
	cr_expect(eq(u64, denied(&after, "web"), 1105));
	/* The next one has them once, too. */
	free(text);
	text = text_of(save(&after.state), &len);
	cr_expect(strstr(text, "seen 11 ") == NULL);
	cr_expect(strstr(text, "detail web deny unknown 104\n") != NULL);
	cr_expect(strstr(text, "seen 22 web deny unknown 1001\n") != NULL);
	free(text);
	finish(&after);
	/* Whose descriptors are closed by now. */
	finish(&before);
}

/* As the first one wrote it. */
Test(state, is_read_where_it_has_no_details)
{
	struct life before, after;
	char text[512];
	struct worker *worker;
	int memory, len;

	begin(&before);
	worker = add_worker(&before, 11, web);
	count(worker, 5);
	len = snprintf(text, sizeof(text),
	    "postern-state 2\ncounts 1 2 3 4 5 6\n"
	    "worker 11 %d %d 110 1 1\nname web\n"
	    "total web 1 2 3 4 5 6 7 8 9\n",
	    worker->io.fd, worker->counters_fd);
	memory = memory_of(text, (size_t)len);
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	cr_expect(eq(int, after.state.current, 11));
	cr_expect(eq(u64, workers_counters(&after.workers, "web").denied, 9));
	cr_expect(eq(u64, workers_counters(&after.workers, "web").allowed, 3));
	cr_expect(eq(u64, denied(&after, "web"), 0));
	finish(&after);
	/* Whose descriptors are closed by now. */
	finish(&before);
}

/* Numbers may be cut short, but nothing more is there than was written. By
 * names, so that no descriptor of this process is closed. */
Test(state, is_refused_or_shorter_where_it_is_cut)
{
	static const char *const names[] = { "web" };
	struct inherited inherited;
	struct life before, after;
	size_t len, cut, errors = 0;
	char *text;
	int fd, memory;

	fill(&before);
	text = text_of(save(&before.state), &len);
	for (cut = 0; cut < len; cut++) {
		memory = memory_of(text, cut);
		fd = make_socket(NULL);
		inherited = inherit(names, &fd, 1);
		if (load(memory, &inherited, &after) == -1)
			errors++;
		cr_expect(le(sz, after.doors.len, 1));
		cr_expect(le(sz, after.workers.totals.len, 2));
		cr_expect(eq(sz, workers_count(&after.workers), 0));
		inherit_clear(&inherited);
		finish(&after);
		close(memory);
	}
	cr_expect(gt(sz, errors, len / 2));
	free(text);
	finish(&before);
}

Test(state, is_refused_where_a_line_is_not_ours)
{
	static const char *const lines[] = { "\n", "x\n", "doors\n", "door 1\n",
		"door x 0 1 web 1 2 /x\n", "door 5 0 1 web 1 2\n",
		"worker 1 2 3\n", "total web 1 2 3\n", "total web\n",
		"counts 1 2 3 4 5\n", "audit 1 2\n", "audit-lost\n",
		"control 5 1 2\n", "worker 1 900 901 1 0 99999999\n",
		"worker 1 900 901 1 0 2\nname web\n", "detail\n",
		"detail web\n", "detail web allow SystemPing\n",
		"detail web allow SystemPing x\n", "seen 1\n",
		"seen web allow SystemPing 1\n" };
	struct life after;
	char text[256];
	size_t i;
	int memory;

	for (i = 0; i < CASES(lines); i++) {
		snprintf(text, sizeof(text), "postern-state 2\n%s", lines[i]);
		memory = memory_of(text, strlen(text));
		cr_expect(
		    eq(int, load(memory, NULL, &after), -1), "%s", lines[i]);
		cr_expect(eq(str, err.text, "the state is broken"));
		finish(&after);
		close(memory);
	}
}

/* Its doors are taken; its workers are left alone, which end when nobody holds
 * the other end of their control sockets. */
Test(state, of_another_version_is_its_doors)
{
	struct life before, after;
	int memory, control[2];
	const char *text;
	char *rest;
	size_t len;

	fill(&before);
	text = rest = text_of(save(&before.state), &len);
	cr_assert(strncmp(text, "postern-state 2\n", 16) == 0);
	rest[14] = '1';
	memory = memory_of(text, len);
	cr_assert(pwrite(memory, "new 1 2 3\n", 10, (off_t)len) == 10);
	cr_assert(eq(int, load(memory, NULL, &after), 0), "%s", err.text);
	cr_expect(eq(sz, after.doors.len, 3));
	cr_expect(eq(int, after.doors.list[0].fd, before.doors.list[0].fd));
	cr_expect(eq(sz, workers_count(&after.workers), 0));
	cr_expect(eq(int, after.state.current, 0));
	expect_same_counts(&after.state, &before.state);
	control[0] = before.workers.list->io.fd;
	control[1] = before.workers.list->next->io.fd;
	cr_expect(eq(int, fcntl(control[0], F_GETFD), -1));
	cr_expect(eq(int, fcntl(control[1], F_GETFD), -1));
	cr_expect(
	    eq(int, fcntl(before.workers.list->counters_fd, F_GETFD), -1));
	finish(&after);
	/* Whose descriptors are closed by now. */
	finish(&before);
	free(rest);
}
