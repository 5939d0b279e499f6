/* SPDX-License-Identifier: MIT */
/* One request to the control socket of a running postern, and its answer. The
 * other end may be of another version, or stuck: nothing is waited for without
 * an end. */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ask.h"
#include "core/frame.h"
#include "core/http.h"
#include "core/limits.h"
#include "core/text.h"

enum {
	ANSWER_MAX = 64 * 1024 * 1024,
	PIECE = 64 * 1024
};

/* An answer under way. */
struct answer {
	struct buf bytes;
	bool to_head;	 /* it has no body, whatever its head says */
	size_t head_len; /* 0: the head is not whole yet */
	unsigned status;
	struct frame frame;
};

static long long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
explain(const char *directory, int number, struct err *err)
{
	switch (number) {
	case ENOENT:
	case ECONNREFUSED:
		return err_set(err, 0,
		    "no postern serves in %s (control.sock: %s); start one "
		    "with: postern run",
		    directory, strerror(number));
	case EACCES:
		return err_set(err, 0,
		    "%s/control.sock: only its own user and root may ask",
		    directory);
	}
	return err_set(err, number, "connect to %s/control.sock", directory);
}

/* A connected socket, or -1 with err set. */
static int
dial(const char *directory, unsigned seconds, struct err *err)
{
	const struct timeval limit = { .tv_sec = (time_t)seconds };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, len;

	len = snprintf(address.sun_path, sizeof(address.sun_path),
	    "%s/control.sock", directory);
	if (len < 0 || len > LIMIT_SOCKET_PATH)
		return err_set(err, 0,
		    "%s/control.sock has %d bytes; a socket's path has at most "
		    "%d",
		    directory, len, LIMIT_SOCKET_PATH);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(err, errno, "make a socket");
	/* This is also for how long connect(2) waits: socket(7). */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ==
		-1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		explain(directory, errno, err);
		close(fd);
		return -1;
	}
	return fd;
}

/* False, when there is nothing to hope for. One that hangs up early may have
 * answered all the same. */
static bool
send_request(int fd, const char *method, const char *target, const char *accept)
{
	char memory[1024];
	struct text text = TEXT(memory);
	ssize_t n;

	text_format(
	    &text, "%s %s HTTP/1.1\r\nHost: postern\r\n", method, target);
	if (accept != NULL)
		http_write_field(&text, SPAN("Accept"), span_of(accept));
	text_add(&text, SPAN("Connection: close\r\n\r\n"));
	n = send(fd, text.at, text.len, MSG_NOSIGNAL);
	return n == (ssize_t)text.len ||
	       (n == -1 && (errno == EPIPE || errno == ECONNRESET));
}

/* Look at what has come. 1: it is whole; 0: it is not, yet; -1: it is no
 * answer. */
static int
answer_read(struct answer *answer)
{
	struct http_head head;

	if (answer->head_len == 0) {
		switch (http_response(
		    buf_span(&answer->bytes), &head, &answer->head_len)) {
		case HTTP_BAD:
		case HTTP_TOO_LARGE:
		case HTTP_LONG_TARGET:
			return -1;
		case HTTP_MORE:
			return 0;
		case HTTP_OK:
			break;
		}
		answer->status = head.status;
		if (!frame_response(&answer->frame, &head, answer->to_head))
			return -1;
	}
	switch (answer->frame.kind) {
	case FRAME_NONE:
		return 1;
	case FRAME_LENGTH:
		return answer->bytes.len - answer->head_len >=
		       answer->frame.left;
	case FRAME_CHUNKED: /* no postern answers so */
		return -1;
	case FRAME_UNTIL_CLOSE:
		return 0;
	}
	return -1;
}

/* The bytes that came last, 0 at the end, or -1 with errno. */
static ssize_t
receive(int fd, struct buf *bytes, long long until)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	long long left = until - milliseconds();
	ssize_t n;
	char *room;
	int ready;

	if (left < 0)
		left = 0;
	ready = poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
	if (ready == 0)
		errno = ETIMEDOUT;
	if (ready != 1)
		return -1;
	if (bytes->len > ANSWER_MAX ||
	    (room = buf_room(bytes, PIECE)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	n = recv(fd, room, PIECE, MSG_DONTWAIT);
	if (n > 0)
		buf_grew(bytes, (size_t)n);
	return n;
}

/* Receive until the answer is whole. 0, or -1 with err set. */
static int
receive_answer(int fd, struct answer *answer, long long until, struct err *err)
{
	int whole;
	ssize_t n;

	for (;;) {
		n = receive(fd, &answer->bytes, until);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1 && errno == ETIMEDOUT)
			return err_set(err, 0, "no answer in time");
		if (n == -1)
			return err_set(err, errno, "read the answer");
		if (n == 0)
			break;
		if ((whole = answer_read(answer)) == -1)
			return err_set(err, 0, "the answer is not HTTP");
		if (whole)
			return 0;
	}
	if (answer->head_len > 0 && answer->frame.kind == FRAME_UNTIL_CLOSE)
		return 0;
	return err_set(err, 0, "it hung up before its answer was whole");
}

static int
give_body(const struct answer *answer, struct buf *body, struct err *err)
{
	struct span bytes = buf_span(&answer->bytes);

	bytes.at += answer->head_len;
	bytes.len -= answer->head_len;
	switch (answer->frame.kind) {
	case FRAME_NONE:
	case FRAME_CHUNKED:
		bytes.len = 0;
		break;
	case FRAME_LENGTH:
		bytes.len = answer->frame.left;
		break;
	case FRAME_UNTIL_CLOSE:
		break;
	}
	if (!buf_add(body, bytes.at, bytes.len))
		return err_set(err, ENOMEM, "keep the answer");
	return 0;
}

int
ask(const char *directory, const char *method, const char *target,
    const char *accept, unsigned seconds, struct buf *body, struct err *err)
{
	const long long until = milliseconds() + 1000LL * seconds;
	struct answer answer = { .to_head = strcmp(method, "HEAD") == 0 };
	int fd, status = -1;

	if ((fd = dial(directory, seconds, err)) == -1)
		return -1;
	if (!send_request(fd, method, target, accept))
		err_set(err, errno, "send the request");
	else if (receive_answer(fd, &answer, until, err) == 0 &&
		 give_body(&answer, body, err) == 0)
		status = (int)answer.status;
	if (status == -1)
		err_context(err, "%s/control.sock", directory);
	buf_clear(&answer.bytes);
	close(fd);
	return status;
}

/* Receive until the head of the answer has come. 0, or -1 with err set. */
static int
receive_head(int fd, struct answer *answer, long long until, struct err *err)
{
	int whole;
	ssize_t n;

	while (answer->head_len == 0) {
		n = receive(fd, &answer->bytes, until);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			return err_set(err, errno, "read the answer");
		if (n == 0)
			return err_set(
			    err, 0, "it hung up before its answer came");
		if ((whole = answer_read(answer)) == -1)
			return err_set(err, 0, "the answer is not HTTP");
	}
	return 0;
}

/* Why an answer is none to go on with: its text. */
static int
explain_answer(int fd, struct answer *answer, long long until, struct err *err)
{
	struct buf body = { 0 };
	struct span text;

	/* All of it may have come with its head. */
	if ((answer_read(answer) != 1 &&
		receive_answer(fd, answer, until, err) == -1) ||
	    give_body(answer, &body, err) == -1)
		return -1;
	text = buf_span(&body);
	while (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (text.len > 200)
		text.len = 200;
	err_set(err, 0, "%.*s", SPAN_ARG(text));
	buf_clear(&body);
	return -1;
}

int
ask_stream(const char *directory, const char *target, unsigned seconds,
    struct buf *body, struct err *err)
{
	const long long until = milliseconds() + 1000LL * seconds;
	struct answer answer = { 0 };
	int fd, result = -1;

	if ((fd = dial(directory, seconds, err)) == -1)
		return -1;
	if (!send_request(fd, "GET", target, "text/plain"))
		err_set(err, errno, "send the request");
	else if (receive_head(fd, &answer, until, err) == 0)
		result = answer.status == 200 &&
				 answer.frame.kind == FRAME_UNTIL_CLOSE
			     ? give_body(&answer, body, err)
			     : explain_answer(fd, &answer, until, err);
	if (result == -1)
		err_context(err, "%s/control.sock", directory);
	buf_clear(&answer.bytes);
	if (result == 0)
		return fd;
	close(fd);
	return -1;
}
