/* SPDX-License-Identifier: MIT */
/* One connection, and a body as large as one likes. */

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/message.h"
#include "tests/bench/net.h"

enum {
	UNIT = 64 * 1024,
	UNIT_HEAD = 7, /* "10000\r\n" */
	BUFFER = 256 * 1024
};

static char buffer[BUFFER];
static char unit[UNIT_HEAD + UNIT + 2];

static int
begin(const struct options *options)
{
	int fd = net_connect(options->socket, 0);

	if (fd == -1 ||
	    net_send_all(fd, options->request, options->request_len) == -1)
		err(1, "%s", options->socket);
	return fd;
}

/* The answer, to its end. */
static void
receive_answer(const struct options *options, struct result *result, int fd)
{
	struct message answer = { .is_response = true };
	enum message_event what = MESSAGE_MORE;
	size_t at, used;
	ssize_t n;

	while (what != MESSAGE_DONE) {
		n = recv(fd, buffer, sizeof(buffer), 0);
		if (n == -1)
			err(1, "%s: recv", options->socket);
		if (n == 0)
			errx(1, "%s: hung up in the answer", options->socket);
		at = 0;
		do {
			what = message_read(
			    &answer, buffer + at, (size_t)n - at, &used);
			at += used;
			if (what == MESSAGE_BAD)
				errx(1, "%s: not HTTP", options->socket);
		} while (what == MESSAGE_HEAD);
	}
	result->answers = 1;
	result->bytes += answer.body;
	if (answer.status != options->status) {
		result->wrong = 1;
		result->wrong_status = answer.status;
	}
}

void
load_down(const struct options *options, struct result *result)
{
	uint64_t began = net_now();
	int fd = begin(options);

	receive_answer(options, result, fd);
	result->seconds = (double)(net_now() - began) / 1e9;
	close(fd);
}

/* Who refuses a body may hang up on it: then the answer says why. */
static bool
send_some(int fd, const char *bytes, size_t len)
{
	if (net_send_all(fd, bytes, len) == 0)
		return true;
	if (errno != EPIPE && errno != ECONNRESET)
		err(1, "send");
	return false;
}

void
load_up(const struct options *options, struct result *result)
{
	const char *bytes = options->chunked ? unit : unit + UNIT_HEAD;
	size_t len = options->chunked ? sizeof(unit) : UNIT;
	uint64_t began, left = options->bytes / UNIT;
	int fd;

	memcpy(unit, "10000\r\n", UNIT_HEAD);
	memcpy(unit + UNIT_HEAD + UNIT, "\r\n", 2);
	began = net_now();
	fd = begin(options);
	while (left > 0 && send_some(fd, bytes, len))
		left--;
	if (left == 0 && options->chunked)
		send_some(fd, "0\r\n\r\n", 5);
	receive_answer(options, result, fd);
	result->bytes = (options->bytes / UNIT - left) * UNIT;
	result->seconds = (double)(net_now() - began) / 1e9;
	close(fd);
}
