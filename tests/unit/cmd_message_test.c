/* SPDX-License-Identifier: MIT */
/* What supervisor and worker say to each other: whole, with and without a
 * descriptor, and to a peer that is gone, does not read, or talks nonsense. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cmd/message.h"
#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"

static const enum message_type types[] = { MESSAGE_SERVE, MESSAGE_ADOPT,
	MESSAGE_CUT, MESSAGE_RETIRE, MESSAGE_DRAIN, MESSAGE_PING, MESSAGE_READY,
	MESSAGE_RETIRED, MESSAGE_PONG };

static int pair[2];
static struct message got;

static void
begin(void)
{
	cr_assert(message_pair(pair) == 0);
	got.fd = -1;
}

static bool
same_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

Test(message, comes_whole)
{
	static const size_t lengths[] = { 0, 1, 255, sizeof(got.content) };
	char content[sizeof(got.content)];
	size_t i, k;

	begin();
	for (i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 7);
	for (i = 0; i < CASES(types); i++) {
		for (k = 0; k < CASES(lengths); k++) {
			cr_assert(message_send(pair[k % 2], types[i], content,
				      lengths[k], -1) == 0);
			memset(&got, 0x55, sizeof(got));
			cr_assert(
			    eq(int, message_receive(pair[1 - k % 2], &got),
				MESSAGE_SOME));
			cr_expect(eq(int, got.type, types[i]));
			cr_expect(eq(int, got.fd, -1));
			cr_expect(eq(sz, got.len, lengths[k]));
			cr_expect(
			    memcmp(got.content, content, lengths[k]) == 0);
		}
	}
	cr_expect(eq(int, message_receive(pair[0], &got), MESSAGE_NONE));
	cr_expect(eq(int, message_receive(pair[1], &got), MESSAGE_NONE));
}

Test(message, keep_their_order_and_their_bounds)
{
	uint64_t i;

	begin();
	for (i = 0; i < 20; i++)
		cr_assert(message_send(
			      pair[0], MESSAGE_PONG, &i, sizeof(i), -1) == 0);
	for (i = 0; i < 20; i++) {
		cr_assert(
		    eq(int, message_receive(pair[1], &got), MESSAGE_SOME));
		cr_expect(eq(sz, got.len, sizeof(i)));
		cr_expect(memcmp(got.content, &i, sizeof(i)) == 0);
	}
}

Test(message, brings_a_descriptor)
{
	int file, before;
	size_t i;

	begin();
	file = open("/dev/null", O_WRONLY);
	before = descriptors_open();
	for (i = 0; i < CASES(types); i++) {
		cr_assert(message_send(pair[0], types[i], "web", 4, file) == 0);
		cr_assert(
		    eq(int, message_receive(pair[1], &got), MESSAGE_SOME));
		cr_expect(eq(int, got.type, types[i]));
		cr_expect(eq(str, got.content, "web"));
		cr_assert(ne(int, got.fd, -1));
		cr_expect(ne(int, got.fd, file));
		cr_expect(same_file(got.fd, file));
		cr_expect(ne(int, fcntl(got.fd, F_GETFD) & FD_CLOEXEC, 0));
		close(got.fd);
	}
	/* And the next one has none. */
	cr_assert(message_send(pair[0], MESSAGE_PING, NULL, 0, -1) == 0);
	cr_assert(eq(int, message_receive(pair[1], &got), MESSAGE_SOME));
	cr_expect(eq(int, got.fd, -1));
	cr_expect(eq(int, descriptors_open(), before));
}

Test(message, makes_a_pair_that_is_not_for_others)
{
	int i;

	begin();
	for (i = 0; i < 2; i++) {
		cr_expect(ne(int, fcntl(pair[i], F_GETFD) & FD_CLOEXEC, 0));
		cr_expect(ne(int, fcntl(pair[i], F_GETFL) & O_NONBLOCK, 0));
	}
}

Test(message, cannot_be_sent_to_somebody_who_is_gone)
{
	begin();
	cr_assert(message_send(pair[1], MESSAGE_RETIRED, NULL, 0, -1) == 0);
	close(pair[1]);
	cr_expect(
	    eq(int, message_send(pair[0], MESSAGE_PING, NULL, 0, -1), -1));
	/* What was said before is heard. */
	cr_assert(eq(int, message_receive(pair[0], &got), MESSAGE_SOME));
	cr_expect(eq(int, got.type, MESSAGE_RETIRED));
	cr_expect(eq(int, message_receive(pair[0], &got), MESSAGE_END));
	cr_expect(eq(int, message_receive(pair[0], &got), MESSAGE_END));
}

Test(message, does_not_wait_for_somebody_who_does_not_read)
{
	char content[sizeof(got.content)] = { 0 };
	int count = 0;

	begin();
	while (message_send(
		   pair[0], MESSAGE_CUT, content, sizeof(content), -1) == 0)
		cr_assert(lt(int, count++, 100000));
	cr_expect(gt(int, count, 10));
	/* All of them are there, and none of the one that was not sent. */
	while (message_receive(pair[1], &got) == MESSAGE_SOME) {
		cr_expect(eq(sz, got.len, sizeof(content)));
		count--;
	}
	cr_expect(eq(int, count, 0));
	cr_expect(eq(int, message_send(pair[0], MESSAGE_PING, NULL, 0, -1), 0));
}

/* What a worker sends that was taken over. */
static void
send_raw(const void *bytes, size_t len, size_t fds)
{
	union {
		struct cmsghdr header;
		char memory[CMSG_SPACE(4 * sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_len = len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int fd = STDERR_FILENO;
	size_t i;

	memcpy(&part.iov_base, &bytes, sizeof(part.iov_base));
	if (fds > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(fds * sizeof(int));
		for (i = 0; i < fds; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int),
			    &fd, sizeof(fd));
	}
	cr_assert(eq(int, (int)sendmsg(pair[0], &message, 0), (int)len));
}

Test(message, leaves_no_descriptor_behind_whatever_comes)
{
	const uint32_t type = MESSAGE_PONG;
	int before;
	size_t fds, len;

	for (fds = 0; fds <= 4; fds++) {
		for (len = 1; len <= sizeof(type); len++) {
			begin();
			before = descriptors_open();
			send_raw(&type, len, fds);
			if (message_receive(pair[1], &got) == MESSAGE_SOME &&
			    got.fd != -1)
				close(got.fd);
			cr_expect(eq(int, descriptors_open(), before),
			    "%zu bytes, %zu descriptors", len, fds);
			close(pair[0]);
			close(pair[1]);
		}
	}
}

Test(message, is_none_without_a_type)
{
	const uint32_t type = MESSAGE_PONG;
	size_t len;

	for (len = 0; len < sizeof(type); len++) {
		begin();
		send_raw(&type, len, 0);
		cr_expect(eq(int, message_receive(pair[1], &got), MESSAGE_END));
	}
}

Test(message, is_cut_to_its_memory)
{
	static const char bytes[sizeof(uint32_t) + sizeof(got.content) + 1];

	begin();
	send_raw(bytes, sizeof(bytes), 0);
	cr_assert(eq(int, message_receive(pair[1], &got), MESSAGE_SOME));
	cr_expect(eq(sz, got.len, sizeof(got.content)));
	cr_expect(eq(int, message_receive(pair[1], &got), MESSAGE_NONE));
}
