/* SPDX-License-Identifier: MIT */
/* The audit's file and pipe. Workers of one configuration and the next write
 * to the same pipe, so that a reload loses no line; only where there was no
 * audit is there a new one. Nothing here writes to the file: that may take its
 * time, and is the thread's to do. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/auditing.h"

enum {
	PIPE_SIZE = 1024 * 1024, /* as much as anybody may have: pipe(7) */
	END_MILLISECONDS = 2000,
	STOP_MILLISECONDS = 1000
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
auditing_init(struct auditing *audit)
{
	*audit = (struct auditing){
		.file = -1,
		.pipe = {-1,  -1},
		.next_file = -1,
		.next_pipe = { -1, -1},
	};
}

/* A FIFO is opened for reading as well: so it can be opened before it has a
 * reader, and there is no error when that one goes. */
static int
open_file(const char *path, struct err *err)
{
	const int flags =
	    O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	struct stat status;
	int fd;

	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		fd = open(path, O_RDWR | flags, 0640);
	else
		fd = open(path, O_WRONLY | flags, 0640);
	if (fd == -1)
		return err_set(err, errno,
		    "[log] audit: open %s, as the user that serves", path);
	if (fstat(fd, &status) == 0 &&
	    (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)))
		return fd;
	close(fd);
	return err_set(
	    err, 0, "[log] audit: %s is neither a file nor a FIFO", path);
}

/* Workers never wait for room; the thread waits for lines. */
static int
open_pipe(int ends[2], struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_set(err, errno, "make a pipe");
	/* Less will do. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) == -1)
		return err_set(err, errno, "make a pipe");
	return 0;
}

static int
plan(struct auditing *audit, const char *path, struct err *err)
{
	if (path == NULL || (audit->path != NULL && audit->writer != NULL &&
				strcmp(path, audit->path) == 0))
		return 0;
	if ((audit->next_file = open_file(path, err)) == -1)
		return -1;
	if (audit->writer != NULL)
		return 0;
	if (open_pipe(audit->next_pipe, err) == -1)
		return -1;
	audit->next_writer =
	    audit_writer_start(audit->next_pipe[0], audit->next_file, err);
	return audit->next_writer == NULL ? -1 : 0;
}

int
auditing_plan(struct auditing *audit, const char *path, struct err *err)
{
	audit->planned = true;
	if (path != NULL && (audit->next_path = strdup(path)) == NULL)
		err_set(err, 0, "out of memory");
	else if (plan(audit, path, err) == 0)
		return 0;
	auditing_roll_back(audit);
	return -1;
}

/* Those who have the pipe may write on; it is read until the last one has
 * ended. */
static void
let_go(struct auditing *audit)
{
	close_fd(&audit->pipe[0]);
	close_fd(&audit->pipe[1]);
	close_fd(&audit->file);
	if (audit->writer != NULL)
		audit_writer_leave(audit->writer);
	audit->writer = NULL;
	free(audit->path);
	audit->path = NULL;
}

/* The file that lines go to from now on. */
static void
use_file(struct auditing *audit, int file)
{
	close_fd(&audit->file);
	audit->file = file;
}

void
auditing_commit(struct auditing *audit)
{
	if (!audit->planned)
		return;
	audit->planned = false;
	if (audit->next_path == NULL) {
		let_go(audit);
		return;
	}
	if (audit->next_writer != NULL) {
		audit->writer = audit->next_writer;
		/* One whose thread could not be started. */
		close_fd(&audit->pipe[0]);
		close_fd(&audit->pipe[1]);
		memcpy(audit->pipe, audit->next_pipe, sizeof(audit->pipe));
		audit->next_pipe[0] = audit->next_pipe[1] = -1;
		audit->next_writer = NULL;
		use_file(audit, audit->next_file);
	} else if (audit->next_file != -1) {
		audit_writer_switch(audit->writer, audit->next_file);
		use_file(audit, audit->next_file);
	}
	audit->next_file = -1;
	free(audit->path);
	audit->path = audit->next_path;
	audit->next_path = NULL;
}

void
auditing_roll_back(struct auditing *audit)
{
	audit->planned = false;
	close_fd(&audit->next_pipe[0]);
	close_fd(&audit->next_pipe[1]);
	close_fd(&audit->next_file);
	if (audit->next_writer != NULL)
		audit_writer_leave(audit->next_writer);
	audit->next_writer = NULL;
	free(audit->next_path);
	audit->next_path = NULL;
}

int
auditing_pipe(const struct auditing *audit)
{
	return audit->pipe[1];
}

int
auditing_next_pipe(const struct auditing *audit)
{
	if (audit->next_path == NULL)
		return -1;
	return audit->next_writer != NULL ? audit->next_pipe[1]
					  : audit->pipe[1];
}

int
auditing_reopen(struct auditing *audit, struct err *err)
{
	int fd;

	if (audit->path == NULL || audit->writer == NULL)
		return 0;
	if ((fd = open_file(audit->path, err)) == -1)
		return -1;
	if (audit_writer_switch(audit->writer, fd) == -1) {
		err_set(err, errno, "hand over %s", audit->path);
		close(fd);
		return -1;
	}
	use_file(audit, fd);
	return 0;
}

int
auditing_error(const struct auditing *audit)
{
	return audit->writer == NULL ? 0 : audit_writer_error(audit->writer);
}

void
auditing_suspend(struct auditing *audit)
{
	if (audit->writer != NULL)
		audit_writer_stop(audit->writer, STOP_MILLISECONDS);
	audit->writer = NULL;
}

void
auditing_resume(struct auditing *audit)
{
	struct err err;

	/* Without a thread the pipe fills up, and what is lost is counted. */
	if (audit->pipe[0] != -1)
		audit->writer =
		    audit_writer_start(audit->pipe[0], audit->file, &err);
}

void
auditing_take(struct auditing *audit, int file, const int pipe[2])
{
	audit->file = file;
	memcpy(audit->pipe, pipe, sizeof(audit->pipe));
	auditing_resume(audit);
}

void
auditing_end(struct auditing *audit)
{
	auditing_roll_back(audit);
	close_fd(&audit->pipe[1]);
	if (audit->writer != NULL &&
	    !audit_writer_wait(audit->writer, END_MILLISECONDS))
		audit_writer_stop(audit->writer, STOP_MILLISECONDS);
	audit->writer = NULL;
	let_go(audit);
}
