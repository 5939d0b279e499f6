/* SPDX-License-Identifier: MIT */
#ifndef CMD_WORKERS_H
#define CMD_WORKERS_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/doors.h"
#include "cmd/message.h"
#include "sockets/details.h"

/* The supervisor's side of its workers. */

enum worker_state {
	WORKER_STARTING = 0,
	WORKER_READY, /* may be told to serve */
	WORKER_SERVING,
	WORKER_RETIRING, /* still judges the bodies that are on their way */
	WORKER_RETIRED	 /* or draining: it ends by itself */
};

struct worker {
	struct worker *next;
	enum worker_state state;
	pid_t pid;
	uint64_t generation; /* of the configuration that it serves */
	ev_io io;	     /* its messages */
	const struct tally *tally;
	size_t tally_size; /* as it is mapped */
	int counters_fd;   /* its memory */
	/* In the tally, one for each name; NULL: they are another program's,
	 * and mean something else. */
	const struct details *details;
	char **names; /* of the profiles that these count for */
	size_t names_len;
	unsigned drain; /* seconds, by that configuration */
	ev_tstamp began;
	ev_tstamp heard; /* when it last answered, or began */
	ev_tstamp ends;	 /* when it must be gone; 0: not said */
};

/* What happened at doors through workers that have ended. */
struct totals {
	struct total {
		char *name;
		struct counters counters;
		struct details *details; /* NULL: nothing happened */
	} * list;
	size_t len;
	uint64_t lines_lost;
	uint64_t audit_lost;
};

struct workers {
	struct worker *list; /* the youngest first */
	struct totals totals;
	struct ev_loop *loop;
	/* A message came, and its descriptor, if there is one, is closed
	 * afterwards. */
	void (*on_message)(struct worker *worker, const struct message *message,
	    void *context);
	void *context;
};

/* Start one: the program (a descriptor of it) with this configuration, a pipe
 * for its audit or -1, and the doors that are wanted. Returns it, or NULL with
 * err set. */
struct worker *workers_start(struct workers *workers, int program, int bundle,
    int audit, const struct doors *doors, uint64_t generation, struct err *err);

/* Take over one that another program started in our name; its descriptors and
 * names become ours. The legend (details_legend()) is that program's; 0: it has
 * none. NULL, and all is the caller's, without memory. */
struct worker *workers_take(struct workers *workers, pid_t pid, int control,
    int counters_fd, uint64_t legend, char **names, size_t names_len);

struct worker *workers_find(const struct workers *workers, pid_t pid);
size_t workers_count(const struct workers *workers);

/* It has ended: keep its counts, and forget it. */
void workers_forget(struct workers *workers, struct worker *worker);

/* Messages to one. One that cannot be told any more is killed: it does not
 * read. */
void worker_tell(struct worker *worker, enum message_type type,
    const void *content, size_t len, int fd);

/* Whether nothing is counted that has details. */
bool workers_is_quiet(const struct counters *counters);

/* The counters of one door: of workers that have ended and of those that have
 * not. The numbers are what workers say: any may be wrong. */
struct counters
workers_counters(const struct workers *workers, const char *name);

/* The same one by one. False, and all zero: nothing happened there. */
bool workers_details(
    const struct workers *workers, const char *name, struct details *details);

/* The total of that name, made if it is not there; NULL without memory. */
struct total *totals_of(struct totals *totals, const char *name);

/* Its details, made if they are not there; NULL without memory. */
struct details *total_details(struct total *total);

/* Forget all, and let go of all memory. The processes stay. */
void workers_clear(struct workers *workers);

#endif
