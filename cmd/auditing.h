/* SPDX-License-Identifier: MIT */
#ifndef CMD_AUDITING_H
#define CMD_AUDITING_H

#include "cmd/audit_writer.h"

/* The supervisor's side of the audit: the file, and a pipe for workers to write
 * lines into. A change is planned, which may fail, and then done or not. */

struct auditing {
	char *path;  /* NULL: none, or not known */
	int file;    /* or -1 */
	int pipe[2]; /* or -1: there is no audit */
	struct audit_writer *writer;
	/* What is planned. */
	bool planned;
	char *next_path;
	int next_file;
	int next_pipe[2]; /* where there was none */
	struct audit_writer *next_writer;
};

/* No audit. */
void auditing_init(struct auditing *audit);

/* Have what is needed for an audit in that file; NULL: for none. 0, or -1 with
 * err set. */
int auditing_plan(struct auditing *audit, const char *path, struct err *err);

/* It is as planned; or it stays as it was. Nothing, where nothing is planned.
 */
void auditing_commit(struct auditing *audit);
void auditing_roll_back(struct auditing *audit);

/* The pipe's end for a worker of what is in force, and of what is planned; or
 * -1. */
int auditing_pipe(const struct auditing *audit);
int auditing_next_pipe(const struct auditing *audit);

/* Open the file of that path anew. 0, or -1 with err set: the old one stays. */
int auditing_reopen(struct auditing *audit, struct err *err);

/* What keeps lines from being written: an error's number, or 0. */
int auditing_error(const struct auditing *audit);

/* Another program is to go on with these descriptors: write nothing more; or
 * go on all the same. */
void auditing_suspend(struct auditing *audit);
void auditing_resume(struct auditing *audit);

/* Go on with another program's descriptors, which are ours now. */
void auditing_take(struct auditing *audit, int file, const int pipe[2]);

/* The workers have ended: write what is left, if that takes no long time, and
 * close all. */
void auditing_end(struct auditing *audit);

#endif
