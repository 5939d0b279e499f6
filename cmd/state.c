/* SPDX-License-Identifier: MIT */
/* A supervisor's state as lines of words. The first line names the version of
 * struct counters and of what processes say to each other. Where it differs,
 * the workers of the program before are left alone, and end by themselves; the
 * doors are taken over all the same: their lines must never change.
 *
 * Details are lines of names, so they need no version. The memory of a worker
 * can be read by them only where both programs mean the same by its places,
 * which its legend says; else what it had counted until the upgrade is all that
 * will be known of them. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/details_text.h"
#include "cmd/state.h"

const char state_variable[] = "POSTERN_STATE";

#define FIRST_LINE "postern-state 2\n"

int
state_open(struct err *err)
{
	int fd = memfd_create("postern-state", MFD_CLOEXEC);

	return fd == -1 ? err_set(err, errno, "make memory for the state") : fd;
}

static void
save_worker(FILE *file, const struct worker *worker, pid_t current)
{
	size_t i;

	fprintf(file, "worker %ld %d %d %llu %d %zu %llx\n", (long)worker->pid,
	    worker->io.fd, worker->counters_fd,
	    (unsigned long long)worker->generation, worker->pid == current,
	    worker->names_len,
	    worker->details == NULL ? 0ULL
				    : (unsigned long long)details_legend());
	for (i = 0; i < worker->names_len; i++)
		fprintf(file, "name %s\n", worker->names[i]);
}

static void
save_total(FILE *file, const char *name, const struct counters *counters)
{
	fprintf(file, "total %s %llu %llu %llu %llu %llu %llu %llu %llu %llu\n",
	    name, (unsigned long long)counters->connections,
	    (unsigned long long)counters->turned_away,
	    (unsigned long long)counters->allowed,
	    (unsigned long long)counters->denied,
	    (unsigned long long)counters->refused,
	    (unsigned long long)counters->failed,
	    (unsigned long long)counters->streams,
	    (unsigned long long)counters->sent,
	    (unsigned long long)counters->received);
}

/* Those of workers that have ended; and of others, for who cannot read their
 * memory. Last, as a version without details stops here. */
static void
save_details(FILE *file, const struct workers *workers)
{
	const struct totals *totals = &workers->totals;
	const struct worker *worker;
	char beginning[320];
	size_t i;

	for (i = 0; i < totals->len; i++) {
		if (totals->list[i].details == NULL)
			continue;
		snprintf(beginning, sizeof(beginning), "detail %s",
		    totals->list[i].name);
		details_write(file, beginning, totals->list[i].details);
	}
	for (worker = workers->list; worker != NULL; worker = worker->next) {
		for (i = 0; i < worker->names_len; i++) {
			if (worker->details == NULL ||
			    workers_is_quiet(&worker->tally->doors[i]))
				continue;
			snprintf(beginning, sizeof(beginning), "seen %ld %s",
			    (long)worker->pid, worker->names[i]);
			details_write(file, beginning, &worker->details[i]);
		}
	}
}

int
state_save(int memory, const struct state *state, struct err *err)
{
	const struct worker *worker;
	const struct gate *gate;
	char *text = NULL;
	size_t len = 0, i;
	ssize_t n;
	FILE *file;

	if ((file = open_memstream(&text, &len)) == NULL)
		return err_set(err, errno, "write the state");
	fputs(FIRST_LINE, file);
	fprintf(file, "counts %llu %llu %llu %llu %llu %llu\n",
	    (unsigned long long)state->generation,
	    (unsigned long long)state->started,
	    (unsigned long long)state->reloads,
	    (unsigned long long)state->refusals,
	    (unsigned long long)state->restarts,
	    (unsigned long long)state->workers->totals.lines_lost);
	fprintf(file, "audit-lost %llu\n",
	    (unsigned long long)state->workers->totals.audit_lost);
	if (state->audit->file != -1)
		fprintf(file, "audit %d %d %d\n", state->audit->file,
		    state->audit->pipe[0], state->audit->pipe[1]);
	if (state->bundle != -1)
		fprintf(file, "bundle %d\n", state->bundle);
	if (state->control != -1)
		fprintf(file, "control %d %llu %llu %s\n", state->control,
		    (unsigned long long)state->control_place.device,
		    (unsigned long long)state->control_place.inode,
		    state->control_place.path);
	for (i = 0; i < state->doors->len; i++) {
		gate = &state->doors->list[i];
		fprintf(file, "door %d %d %d %s %llu %llu %s\n", gate->fd,
		    gate->maker == DOOR_SYSTEMD, gate->wanted, gate->name,
		    (unsigned long long)gate->place.device,
		    (unsigned long long)gate->place.inode, gate->place.path);
	}
	/* The oldest first, so that reading them makes the same list. */
	for (i = workers_count(state->workers); i > 0; i--) {
		size_t skip = i - 1;

		for (worker = state->workers->list; skip > 0; skip--)
			worker = worker->next;
		save_worker(file, worker, state->current);
	}
	for (i = 0; i < state->workers->totals.len; i++)
		save_total(file, state->workers->totals.list[i].name,
		    &state->workers->totals.list[i].counters);
	save_details(file, state->workers);
	fclose(file);
	if (text == NULL)
		return err_set(err, 0, "out of memory");
	n = pwrite(memory, text, len, 0);
	free(text);
	if (n != (ssize_t)len || ftruncate(memory, (off_t)len) == -1)
		return err_set(err, errno, "write the state");
	return 0;
}

static void
set_inherit(int fd, bool yes)
{
	fcntl(fd, F_SETFD, yes ? 0 : FD_CLOEXEC);
}

void
state_inherit(int memory, const struct state *state, bool yes)
{
	const struct worker *worker;
	size_t i;

	set_inherit(memory, yes);
	if (state->bundle != -1)
		set_inherit(state->bundle, yes);
	if (state->control != -1)
		set_inherit(state->control, yes);
	if (state->audit->file != -1) {
		set_inherit(state->audit->file, yes);
		set_inherit(state->audit->pipe[0], yes);
		set_inherit(state->audit->pipe[1], yes);
	}
	for (i = 0; i < state->doors->len; i++)
		set_inherit(state->doors->list[i].fd, yes);
	for (worker = state->workers->list; worker != NULL;
	     worker = worker->next) {
		set_inherit(worker->io.fd, yes);
		set_inherit(worker->counters_fd, yes);
	}
}

struct reading {
	FILE *file;
	bool same; /* version */
	struct state *state;
	struct inherited *inherited;
};

/* One of ours, by its name: systemd's have absolute addresses. */
static int
find_ours(struct inherited *inherited, const char *name)
{
	struct place place;
	size_t i;
	int fd;

	for (i = 0; i < inherited->len; i++) {
		if (strcmp(inherited->names[i], name) != 0 ||
		    place_of_socket(inherited->fds[i], &place))
			continue;
		fd = inherited->fds[i];
		inherited->fds[i] = -1;
		return fd;
	}
	return -1;
}

static bool
load_door(struct reading *r, const char *line)
{
	unsigned long long device, inode;
	struct place place;
	int fd, systemd, wanted;
	char name[256];

	if (sscanf(line, "door %d %d %d %255s %llu %llu %107[^\n]", &fd,
		&systemd, &wanted, name, &device, &inode, place.path) != 7)
		return false;
	place.device = (dev_t)device;
	place.inode = (ino_t)inode;
	if (r->inherited != NULL) {
		/* Those of socket units come anew, by themselves. */
		if (systemd || (fd = find_ours(r->inherited, name)) == -1)
			return true;
		wanted = 0;
	}
	if (!doors_add(r->state->doors, name,
		systemd ? DOOR_SYSTEMD : DOOR_OURS, fd, &place))
		return false;
	r->state->doors->list[r->state->doors->len - 1].wanted = wanted != 0;
	return true;
}

static void
free_names(char **names, size_t len)
{
	while (len > 0)
		free(names[--len]);
	free(names);
}

/* The names of its doors are on the lines that follow. */
static bool
load_names(struct reading *r, char **names, size_t len)
{
	char line[320], name[256];
	size_t i;

	for (i = 0; i < len; i++)
		if (fgets(line, sizeof(line), r->file) == NULL ||
		    sscanf(line, "name %255s", name) != 1 ||
		    (names[i] = strdup(name)) == NULL)
			return false;
	return true;
}

static bool
load_worker(struct reading *r, const char *line)
{
	unsigned long long generation, legend = 0;
	int control, counters, current;
	struct worker *worker;
	char **names;
	size_t len;
	long pid;

	/* Versions without details have no legend. */
	if (sscanf(line, "worker %ld %d %d %llu %d %zu %llx", &pid, &control,
		&counters, &generation, &current, &len, &legend) < 6 ||
	    len > LIMIT_INI_FILES ||
	    (names = calloc(len + 1, sizeof(*names))) == NULL)
		return false;
	if (!load_names(r, names, len)) {
		free_names(names, len);
		return false;
	}
	if (r->inherited != NULL || !r->same) {
		if (r->inherited == NULL) {
			close(control);
			close(counters);
		}
		free_names(names, len);
		return true;
	}
	worker = workers_take(r->state->workers, (pid_t)pid, control, counters,
	    legend, names, len);
	if (worker == NULL) {
		free_names(names, len);
		return false;
	}
	worker->generation = generation;
	worker->state = current ? WORKER_SERVING : WORKER_RETIRED;
	if (current)
		r->state->current = (pid_t)pid;
	return true;
}

static bool
load_total(struct reading *r, const char *line)
{
	unsigned long long n[9];
	struct total *total;
	char name[256];

	if (sscanf(line,
		"total %255s %llu %llu %llu %llu %llu %llu %llu %llu %llu",
		name, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7],
		&n[8]) != 10 ||
	    (total = totals_of(&r->state->workers->totals, name)) == NULL)
		return false;
	total->counters = (struct counters){ n[0], n[1], n[2], n[3], n[4], n[5],
		n[6], n[7], n[8], 0, 0 };
	return true;
}

/* What follows the words that say whose they are. */
static bool
add_detail(struct reading *r, const char *line, const char *name)
{
	struct details one = { 0 };
	struct total *total;

	if (!details_read(line, &one) ||
	    (total = totals_of(&r->state->workers->totals, name)) == NULL ||
	    total_details(total) == NULL)
		return false;
	details_add(total->details, &one);
	return true;
}

static bool
load_detail(struct reading *r, const char *line)
{
	char name[256];
	int used = 0;

	return sscanf(line, "detail %255s %n", name, &used) == 1 &&
	       add_detail(r, line + used, name);
}

static bool
load_seen(struct reading *r, const char *line)
{
	const struct worker *worker;
	char name[256];
	long pid;
	int used = 0;

	if (sscanf(line, "seen %ld %255s %n", &pid, name, &used) != 2)
		return false;
	worker = workers_find(r->state->workers, (pid_t)pid);
	return worker == NULL || worker->details != NULL ||
	       add_detail(r, line + used, name);
}

static bool
load_counts(struct reading *r, const char *line)
{
	unsigned long long n[6];

	if (sscanf(line, "counts %llu %llu %llu %llu %llu %llu", &n[0], &n[1],
		&n[2], &n[3], &n[4], &n[5]) != 6)
		return false;
	r->state->generation = n[0];
	r->state->started = n[1];
	r->state->reloads = n[2];
	r->state->refusals = n[3];
	r->state->restarts = n[4];
	r->state->workers->totals.lines_lost = n[5];
	return true;
}

static bool
load_audit_lost(struct reading *r, const char *line)
{
	unsigned long long lost;

	if (sscanf(line, "audit-lost %llu", &lost) != 1)
		return false;
	r->state->workers->totals.audit_lost = lost;
	return true;
}

static bool
load_audit(struct reading *r, const char *line)
{
	int file, pipe[2];

	if (sscanf(line, "audit %d %d %d", &file, &pipe[0], &pipe[1]) != 3)
		return false;
	if (r->inherited == NULL)
		auditing_take(r->state->audit, file, pipe);
	return true;
}

static bool
load_bundle(struct reading *r, const char *line)
{
	int fd;

	if (sscanf(line, "bundle %d", &fd) != 1)
		return false;
	if (r->inherited == NULL)
		r->state->bundle = fd;
	return true;
}

static bool
load_control(struct reading *r, const char *line)
{
	unsigned long long device, inode;
	struct place *place = &r->state->control_place;
	int fd;

	if (sscanf(line, "control %d %llu %llu %107[^\n]", &fd, &device, &inode,
		place->path) != 4)
		return false;
	place->device = (dev_t)device;
	place->inode = (ino_t)inode;
	if (r->inherited == NULL)
		r->state->control = fd;
	return true;
}

static bool
load_line(struct reading *r, const char *line)
{
	static const struct {
		const char *word;
		bool (*load)(struct reading *r, const char *line);
	} loaders[] = {
		{"counts ",	     load_counts	 },
		{ "audit-lost ", load_audit_lost},
		{ "audit ",	    load_audit     },
		{ "bundle ",     load_bundle	 },
		{ "control ",    load_control   },
		{ "door ",	   load_door	     },
		{ "worker ",     load_worker	 },
		{ "total ",	    load_total     },
		{ "detail ",     load_detail	 },
		{ "seen ",	   load_seen	     },
	};
	size_t i;

	for (i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		if (strncmp(line, loaders[i].word, strlen(loaders[i].word)) ==
		    0)
			return loaders[i].load(r, line) || !r->same;
	return !r->same; /* a word of another version's */
}

int
state_load(int memory, struct inherited *inherited, struct state *state,
    struct err *err)
{
	struct reading r = { NULL, false, state, inherited };
	int copy = fcntl(memory, F_DUPFD_CLOEXEC, 3), result = 0;
	char line[512];

	if (copy == -1 || (r.file = fdopen(copy, "r")) == NULL)
		return err_set(err, errno, "read the state");
	rewind(r.file);
	r.same = fgets(line, sizeof(line), r.file) != NULL &&
		 strcmp(line, FIRST_LINE) == 0;
	while (result == 0 && fgets(line, sizeof(line), r.file) != NULL)
		if (!load_line(&r, line))
			result = err_set(err, 0, "the state is broken");
	fclose(r.file);
	return result;
}
