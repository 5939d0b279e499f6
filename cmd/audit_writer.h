/* SPDX-License-Identifier: MIT */
#ifndef CMD_AUDIT_WRITER_H
#define CMD_AUDIT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/* A thread that takes lines from a pipe and writes them to a file, which may
 * be a FIFO: whatever the file makes it wait for, nobody else waits. A line is
 * never divided among two files. When the file does not take it, it is tried
 * again, and the pipe fills up meanwhile. */

struct audit_writer;

/* Begin, with copies of both descriptors. The file's does not block where it
 * is a FIFO's. NULL with err set. */
struct audit_writer *audit_writer_start(int pipe, int file, struct err *err);

/* Go on with another file, of which it makes a copy. 0, or -1 with errno. */
int audit_writer_switch(struct audit_writer *writer, int file);

/* What keeps it from writing: an error's number, or 0. */
int audit_writer_error(const struct audit_writer *writer);

/* It ends by itself, and frees itself, when nobody can write to the pipe any
 * more and all is written. */
void audit_writer_leave(struct audit_writer *writer);

/* Wait for that, for so many milliseconds. Whether it has ended; then it is
 * freed. */
bool audit_writer_wait(struct audit_writer *writer, int milliseconds);

/* Have it end with what it has read, and wait for it: what is in the pipe stays
 * there. One that does not end in time is left. */
void audit_writer_stop(struct audit_writer *writer, int milliseconds);

#endif
