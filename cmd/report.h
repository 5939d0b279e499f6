/* SPDX-License-Identifier: MIT */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/sandbox.h"
#include "core/buf.h"
#include "sockets/details.h"

/* How a running postern is, for people and for programs. */

struct report_door {
	const char *profile;
	const char *path;
	bool systemd;		  /* a socket unit made it */
	bool observes;		  /* what it would deny passes */
	struct counters counters; /* since the start; gauges: now */
};

struct report {
	const char *state; /* "starting", "serving", "reloading", "stopping" */
	bool healthy;	   /* a worker serves, and answers */
	uint64_t generation; /* of the configuration, from 1 */
	uint64_t started;    /* seconds since 1970 */
	uint64_t uptime;     /* seconds */
	pid_t supervisor;
	pid_t worker;		/* that accepts; 0: none now */
	size_t workers;		/* it and those that drain */
	uint64_t reloads;	/* that were done */
	uint64_t refusals;	/* reloads that were refused */
	uint64_t restarts;	/* workers that took a dead one's place */
	uint64_t lines_lost;	/* of the log */
	uint64_t audit_lost;	/* lines of the audit */
	const char *last_error; /* why the last reload was refused; or NULL */
	const char *upstream;
	const char *user; /* its name, or its number */
	struct sandbox sandbox;
	const struct report_door *doors;
	size_t doors_len;
	/* What happened at a door, one by one: too much to hold it of all.
	 * NULL: nothing is known. */
	bool (*details)(
	    const struct report *report, size_t door, struct details *details);
	const void *context;
};

/* The details of a door. False, and all zero: nothing happened there. */
bool report_details(
    const struct report *report, size_t door, struct details *details);

/* The index of the door of that profile, or doors_len: there is none. */
size_t report_find(const struct report *report, struct span profile);

/* Each appends to the buffer; false without memory. */

/* One JSON object and a line feed. */
bool report_json(const struct report *report, struct buf *buf);

/* A table for people. */
bool report_table(const struct report *report, struct buf *buf);

/* The same of one door: what is in the list of doors, and tables. */
bool
report_door_json(const struct report *report, size_t door, struct buf *buf);
bool
report_door_table(const struct report *report, size_t door, struct buf *buf);

/* Prometheus' text format 0.0.4. */
bool report_metrics(const struct report *report, struct buf *buf);

/* Write a report to a file for node_exporter's textfile collector, in one
 * piece: a reader sees the old file or the new one. 0, or -1 with err set. */
int report_write_metrics(
    const struct report *report, const char *path, struct err *err);

#endif
