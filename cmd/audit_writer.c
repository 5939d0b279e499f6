/* SPDX-License-Identifier: MIT */
/* The audit's thread. It allocates nothing, and shares with others only what
 * is read and written as a whole: a file to go on with, an error's number, and
 * how it is to end.
 *
 * bytes holds lines from the start of one on; those up to "at" are written,
 * the last of them perhaps in part. A file that could only take a part of a
 * line gets the rest, or if another file comes first, that one the whole
 * line. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/audit_writer.h"

enum {
	SIZE = 64 * 1024,
	STACK = 64 * 1024,
	RETRY_MILLISECONDS = 500,
	/* Between two reads: so a worker that is busy need not wake this thread
	 * up for each line. A pipe of that size takes what comes meanwhile. */
	PAUSE_MILLISECONDS = 5,
	PAUSE_PIPE = 512 * 1024
};

enum life {
	LIFE_RUNS = 0,
	LIFE_LEFT, /* nobody waits for it: it frees itself */
	LIFE_ENDED /* whoever comes frees it */
};

struct audit_writer {
	int pipe;
	int file;
	int wake;  /* eventfd(2): look at next and stop */
	int ended; /* eventfd(2) */
	/* Shared. */
	int next; /* another file, or -1 */
	int error;
	int stop;
	enum life life;
	/* The thread's own. */
	bool is_fifo;
	bool pauses;
	size_t len;
	size_t at;
	char bytes[SIZE];
};

static void
writer_free(struct audit_writer *w)
{
	if (w->next != -1)
		close(w->next);
	close(w->pipe);
	close(w->file);
	close(w->wake);
	close(w->ended);
	free(w);
}

static void
notify(int fd)
{
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* it is full: who reads it will notice */
}

/* Wait for a descriptor, or for being woken up. Whether it was the former. */
static bool
wait_for(struct audit_writer *w, int fd, short events, int milliseconds)
{
	struct pollfd fds[2] = {
		{w->wake, POLLIN, 0},
		{ fd,     events, 0}
	};
	uint64_t count;
	ssize_t n;

	if (poll(fds, 2, milliseconds) <= 0)
		return false;
	if (fds[0].revents != 0) {
		n = read(w->wake, &count, sizeof(count));
		(void)n;
	}
	return fds[1].revents != 0;
}

/* The length of the lines that begin the bytes and end within so many; 0: not
 * one does. */
static size_t
lines_in(const struct audit_writer *w, size_t len)
{
	const char *end = memrchr(w->bytes, '\n', len);

	return end == NULL ? 0 : (size_t)(end - w->bytes) + 1;
}

/* Forget the lines that are written whole. */
static void
forget_written(struct audit_writer *w)
{
	size_t done = w->at == w->len ? w->len : lines_in(w, w->at);

	memmove(w->bytes, w->bytes + done, w->len - done);
	w->len -= done;
	w->at -= done;
}

static void
look_at_file(struct audit_writer *w)
{
	struct stat status;

	w->is_fifo = fstat(w->file, &status) == 0 && S_ISFIFO(status.st_mode);
}

static void
take_next_file(struct audit_writer *w)
{
	int next = __atomic_exchange_n(&w->next, -1, __ATOMIC_ACQ_REL);

	if (next == -1)
		return;
	close(w->file);
	w->file = next;
	w->at = 0;
	look_at_file(w);
}

/* What may be written in one piece: a FIFO takes so much whole or not at all.
 * Without a line, what is there is none of a worker's making. */
static size_t
next_piece(const struct audit_writer *w)
{
	size_t len;

	if (w->is_fifo && w->at == 0 && w->len > PIPE_BUF &&
	    (len = lines_in(w, PIPE_BUF)) > 0)
		return len;
	if ((len = lines_in(w, w->len)) > w->at)
		return len - w->at;
	return w->len == SIZE ? SIZE - w->at : 0;
}

/* Write some. False: not now. */
static bool
write_piece(struct audit_writer *w, size_t len)
{
	ssize_t n = write(w->file, w->bytes + w->at, len);

	if (n == -1 && errno == EINTR)
		return true;
	if (n == -1) {
		/* The reader of a FIFO may take its time. */
		if (errno != EAGAIN)
			__atomic_store_n(&w->error, errno, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_store_n(&w->error, 0, __ATOMIC_RELAXED);
	w->at += (size_t)n;
	forget_written(w);
	return true;
}

static bool
must_stop(const struct audit_writer *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE) != 0;
}

/* Write all lines that are here, however long it takes. False: it must stop
 * before that. */
static bool
write_lines(struct audit_writer *w)
{
	size_t len;

	while ((len = next_piece(w)) > 0) {
		if (write_piece(w, len)) {
			take_next_file(w);
			continue;
		}
		if (must_stop(w))
			return false;
		/* A disk that is full is none that poll(2) waits for. */
		wait_for(w, w->is_fifo && w->error == 0 ? w->file : -1, POLLOUT,
		    RETRY_MILLISECONDS);
		take_next_file(w);
	}
	return true;
}

/* The rest of a line of which a part was read, and no more than that. */
static void
finish_line(struct audit_writer *w)
{
	struct pollfd pipe_fd = { w->pipe, POLLIN, 0 };

	while (w->len > 0 && w->len < SIZE && w->bytes[w->len - 1] != '\n' &&
	       poll(&pipe_fd, 1, 0) == 1 &&
	       read(w->pipe, w->bytes + w->len, 1) == 1)
		w->len++;
}

static void *
run(void *arg)
{
	struct audit_writer *w = arg;
	bool ready;
	ssize_t n;

	look_at_file(w);
	w->pauses = fcntl(w->pipe, F_GETPIPE_SZ) >= PAUSE_PIPE;
	while (!must_stop(w)) {
		ready = wait_for(w, w->pipe, POLLIN, -1);
		take_next_file(w);
		if (!ready)
			continue;
		n = read(w->pipe, w->bytes + w->len, SIZE - w->len);
		if (n == 0)
			break;
		if (n > 0)
			w->len += (size_t)n;
		if (!write_lines(w))
			break;
		if (w->pauses && n < SIZE / 2)
			wait_for(w, -1, 0, PAUSE_MILLISECONDS);
	}
	finish_line(w);
	write_lines(w);
	if (__atomic_exchange_n(&w->life, LIFE_ENDED, __ATOMIC_ACQ_REL) ==
	    LIFE_LEFT)
		writer_free(w);
	else
		notify(w->ended);
	return NULL;
}

/* Signals are for the thread that has the loop. The C library, or a sanitizer,
 * may want a larger stack. */
static int
start_thread(struct audit_writer *w)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int number;

	if ((number = pthread_attr_init(&attributes)) != 0)
		return number;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	number = pthread_attr_setstacksize(&attributes, STACK);
	if (number == 0)
		number = pthread_create(&thread, &attributes, run, w);
	if (number == EINVAL) {
		pthread_attr_setstacksize(&attributes, 16 * STACK);
		number = pthread_create(&thread, &attributes, run, w);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return number;
}

static int
copy_of(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

struct audit_writer *
audit_writer_start(int pipe, int file, struct err *err)
{
	struct audit_writer *w;
	int number;

	if ((w = malloc(sizeof(*w))) == NULL) {
		err_set(err, 0, "out of memory");
		return NULL;
	}
	/* Not its bytes: memory that is not touched is none. */
	memset(w, 0, offsetof(struct audit_writer, bytes));
	w->next = -1;
	w->pipe = copy_of(pipe);
	w->file = copy_of(file);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	number = errno;
	if (w->pipe != -1 && w->file != -1 && w->wake != -1 && w->ended != -1) {
		if ((number = start_thread(w)) == 0)
			return w;
	}
	err_set(err, number, "start the audit's thread");
	writer_free(w);
	return NULL;
}

int
audit_writer_switch(struct audit_writer *w, int file)
{
	int copy = copy_of(file), before;

	if (copy == -1)
		return -1;
	before = __atomic_exchange_n(&w->next, copy, __ATOMIC_ACQ_REL);
	if (before != -1)
		close(before);
	notify(w->wake);
	return 0;
}

int
audit_writer_error(const struct audit_writer *w)
{
	return __atomic_load_n(&w->error, __ATOMIC_RELAXED);
}

void
audit_writer_leave(struct audit_writer *w)
{
	if (__atomic_exchange_n(&w->life, LIFE_LEFT, __ATOMIC_ACQ_REL) ==
	    LIFE_ENDED)
		writer_free(w);
}

bool
audit_writer_wait(struct audit_writer *w, int milliseconds)
{
	struct pollfd poll_fd = { w->ended, POLLIN, 0 };

	if (poll(&poll_fd, 1, milliseconds) != 1)
		return false;
	writer_free(w);
	return true;
}

void
audit_writer_stop(struct audit_writer *w, int milliseconds)
{
	__atomic_store_n(&w->stop, 1, __ATOMIC_RELEASE);
	notify(w->wake);
	if (!audit_writer_wait(w, milliseconds))
		audit_writer_leave(w);
}
