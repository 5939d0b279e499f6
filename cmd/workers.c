/* SPDX-License-Identifier: MIT */
/* Starting workers and hearing from them. What a worker is given: its
 * configuration, the doors, a control socket, and memory for its counters.
 * That memory is only read here, and only numbers are read from it. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/workers.h"

struct worker *
workers_find(const struct workers *workers, pid_t pid)
{
	struct worker *worker = workers->list;

	while (worker != NULL && worker->pid != pid)
		worker = worker->next;
	return worker;
}

size_t
workers_count(const struct workers *workers)
{
	const struct worker *worker;
	size_t count = 0;

	for (worker = workers->list; worker != NULL; worker = worker->next)
		count++;
	return count;
}

struct total *
totals_of(struct totals *totals, const char *name)
{
	struct total *list;
	char *copy;
	size_t i;

	for (i = 0; i < totals->len; i++)
		if (strcmp(totals->list[i].name, name) == 0)
			return &totals->list[i];
	list = reallocarray(totals->list, totals->len + 1, sizeof(*list));
	if (list == NULL)
		return NULL;
	totals->list = list;
	if ((copy = strdup(name)) == NULL)
		return NULL;
	list[totals->len] = (struct total){ .name = copy };
	return &list[totals->len++];
}

struct details *
total_details(struct total *total)
{
	if (total->details == NULL)
		total->details = calloc(1, sizeof(*total->details));
	return total->details;
}

/* There details are not read: it would take memory to see that they are
 * zero. */
bool
workers_is_quiet(const struct counters *counters)
{
	return counter_read(&counters->turned_away) == 0 &&
	       counter_read(&counters->allowed) == 0 &&
	       counter_read(&counters->denied) == 0 &&
	       counter_read(&counters->refused) == 0 &&
	       counter_read(&counters->failed) == 0;
}

/* With the gauges only while their worker lives. */
static void
sum(struct counters *sum, const struct counters *counters, bool lives)
{
	sum->connections += counter_read(&counters->connections);
	sum->turned_away += counter_read(&counters->turned_away);
	sum->allowed += counter_read(&counters->allowed);
	sum->denied += counter_read(&counters->denied);
	sum->refused += counter_read(&counters->refused);
	sum->failed += counter_read(&counters->failed);
	sum->streams += counter_read(&counters->streams);
	sum->sent += counter_read(&counters->sent);
	sum->received += counter_read(&counters->received);
	if (!lives)
		return;
	sum->open += counter_read(&counters->open);
	sum->flowing += counter_read(&counters->flowing);
}

struct counters
workers_counters(const struct workers *workers, const char *name)
{
	const struct totals *totals = &workers->totals;
	const struct worker *worker;
	struct counters all = { 0 };
	size_t i;

	for (i = 0; i < totals->len; i++)
		if (strcmp(totals->list[i].name, name) == 0)
			sum(&all, &totals->list[i].counters, false);
	for (worker = workers->list; worker != NULL; worker = worker->next)
		for (i = 0; i < worker->names_len; i++)
			if (strcmp(worker->names[i], name) == 0)
				sum(&all, &worker->tally->doors[i], true);
	return all;
}

bool
workers_details(
    const struct workers *workers, const char *name, struct details *details)
{
	const struct totals *totals = &workers->totals;
	const struct worker *worker;
	bool any = false;
	size_t i;

	*details = (struct details){ 0 };
	for (i = 0; i < totals->len; i++) {
		if (totals->list[i].details == NULL ||
		    strcmp(totals->list[i].name, name) != 0)
			continue;
		details_add(details, totals->list[i].details);
		any = true;
	}
	for (worker = workers->list; worker != NULL; worker = worker->next) {
		if (worker->details == NULL)
			continue;
		for (i = 0; i < worker->names_len; i++) {
			if (workers_is_quiet(&worker->tally->doors[i]) ||
			    strcmp(worker->names[i], name) != 0)
				continue;
			details_add(details, &worker->details[i]);
			any = true;
		}
	}
	return any;
}

static void
on_worker(struct ev_loop *loop, ev_io *io, int revents)
{
	struct worker *worker = io->data;
	struct workers *workers = ev_userdata(loop);
	struct message message;

	(void)revents;
	switch (message_receive(io->fd, &message)) {
	case MESSAGE_NONE:
		return;
	case MESSAGE_END: /* its end as a process is told elsewhere */
		ev_io_stop(loop, io);
		return;
	case MESSAGE_SOME:
		workers->on_message(worker, &message, workers->context);
		if (message.fd != -1)
			close(message.fd);
		return;
	}
}

static void
free_names(char **names, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		free(names[i]);
	free(names);
}

struct worker *
workers_take(struct workers *workers, pid_t pid, int control, int counters_fd,
    uint64_t legend, char **names, size_t names_len)
{
	size_t size = tally_size(names_len);
	size_t whole = details_tally_size(names_len);
	struct worker *worker;
	struct stat status;
	void *memory;

	if ((worker = calloc(1, sizeof(*worker))) == NULL)
		return NULL;
	/* A map beyond the end of its memory would be a trap. */
	if (fstat(counters_fd, &status) == -1 ||
	    (size_t)status.st_size < size) {
		free(worker);
		return NULL;
	}
	if (legend == details_legend() && (size_t)status.st_size >= whole)
		size = whole;
	if ((memory = mmap(NULL, size, PROT_READ, MAP_SHARED, counters_fd,
		 0)) == MAP_FAILED) {
		free(worker);
		return NULL;
	}
	worker->pid = pid;
	worker->tally = memory;
	worker->tally_size = size;
	if (size == whole)
		worker->details = details_of_tally(memory, names_len);
	worker->counters_fd = counters_fd;
	worker->names = names;
	worker->names_len = names_len;
	worker->began = worker->heard = ev_now(workers->loop);
	ev_io_init(&worker->io, on_worker, control, EV_READ);
	worker->io.data = worker;
	ev_io_start(workers->loop, &worker->io);
	worker->next = workers->list;
	workers->list = worker;
	return worker;
}

/* Memory that a worker can write to, and nobody can make smaller. */
static int
make_counters(size_t size, struct err *err)
{
	int fd;

	fd = memfd_create("postern-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return err_set(err, errno, "make memory for counters");
	if (ftruncate(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
		0)
		return fd;
	err_set(err, errno, "make memory for counters");
	close(fd);
	return -1;
}

/* Descriptors by their names, for the worker. */
struct gift {
	const char **names;
	int *fds;
	size_t len;
};

static void
give(struct gift *gift, const char *name, int fd)
{
	gift->names[gift->len] = name;
	gift->fds[gift->len++] = fd;
}

static pid_t
start(int program, const struct gift *gift)
{
	char name[] = "postern", command[] = "worker";
	char *const arguments[] = { name, command, NULL };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	inherit_exec(program, arguments, gift->names, gift->fds, gift->len);
	_exit(127);
}

struct worker *
workers_start(struct workers *workers, int program, int bundle, int audit,
    const struct doors *doors, uint64_t generation, struct err *err)
{
	struct gift gift = { calloc(doors->len + 4, sizeof(*gift.names)),
		calloc(doors->len + 4, sizeof(*gift.fds)), 0 };
	char **names = calloc(doors->len + 1, sizeof(*names));
	struct worker *worker = NULL;
	int pair[2] = { -1, -1 }, counters = -1;
	size_t i, len = 0;
	pid_t pid = -1;

	if (gift.names == NULL || gift.fds == NULL || names == NULL) {
		err_set(err, 0, "out of memory");
		goto out;
	}
	for (i = 0; i < doors->len; i++) {
		if (!doors->list[i].wanted)
			continue;
		if ((names[len] = strdup(doors->list[i].name)) == NULL) {
			err_set(err, 0, "out of memory");
			goto out;
		}
		give(&gift, names[len++], doors->list[i].fd);
	}
	counters = make_counters(details_tally_size(len), err);
	if (counters == -1)
		goto out;
	if (message_pair(pair) == -1) {
		err_set(err, errno, "make a control socket");
		goto out;
	}
	give(&gift, ".supervisor", pair[1]);
	give(&gift, ".bundle", bundle);
	give(&gift, ".counters", counters);
	if (audit != -1)
		give(&gift, ".audit", audit);
	if ((pid = start(program, &gift)) == -1) {
		err_set(err, errno, "fork");
		goto out;
	}
	worker = workers_take(
	    workers, pid, pair[0], counters, details_legend(), names, len);
	if (worker == NULL) {
		err_set(err, 0, "out of memory");
		kill(pid, SIGKILL);
		goto out;
	}
	worker->generation = generation;
	pair[0] = counters = -1;
	names = NULL;
out:
	free(gift.names);
	free(gift.fds);
	if (names != NULL)
		free_names(names, len);
	for (i = 0; i < 2; i++)
		if (pair[i] != -1)
			close(pair[i]);
	if (counters != -1)
		close(counters);
	return worker;
}

/* The counts of one of its doors outlive it. */
static void
keep(struct totals *totals, const struct worker *worker, size_t i)
{
	struct total *total = totals_of(totals, worker->names[i]);
	struct details *details;

	if (total == NULL)
		return;
	sum(&total->counters, &worker->tally->doors[i], false);
	if (worker->details == NULL ||
	    workers_is_quiet(&worker->tally->doors[i]))
		return;
	if ((details = total_details(total)) != NULL)
		details_add(details, &worker->details[i]);
}

void
workers_forget(struct workers *workers, struct worker *worker)
{
	struct worker **at = &workers->list;
	void *memory;
	size_t i;

	for (i = 0; i < worker->names_len; i++)
		keep(&workers->totals, worker, i);
	workers->totals.lines_lost += counter_read(&worker->tally->lines_lost);
	workers->totals.audit_lost += counter_read(&worker->tally->audit_lost);
	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
	ev_io_stop(workers->loop, &worker->io);
	close(worker->io.fd);
	close(worker->counters_fd);
	/* munmap(2) does not write to it. */
	memcpy(&memory, &worker->tally, sizeof(memory));
	munmap(memory, worker->tally_size);
	free_names(worker->names, worker->names_len);
	free(worker);
}

void
worker_tell(struct worker *worker, enum message_type type, const void *content,
    size_t len, int fd)
{
	if (message_send(worker->io.fd, type, content, len, fd) == -1)
		kill(worker->pid, SIGKILL);
}

void
workers_clear(struct workers *workers)
{
	size_t i;

	while (workers->list != NULL)
		workers_forget(workers, workers->list);
	for (i = 0; i < workers->totals.len; i++) {
		free(workers->totals.list[i].name);
		free(workers->totals.list[i].details);
	}
	free(workers->totals.list);
	workers->totals = (struct totals){ 0 };
}
