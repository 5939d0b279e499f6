/* SPDX-License-Identifier: MIT */
/* Letters that are not as they should be: their descriptors are closed, and
 * the next good one is taken. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sockets/handover.h"
#include "tests/unit/cases.h"
#include "tests/unit/descriptors.h"
#include "tests/unit/talk.h"

static const char profile[] = "[allow]\noperation = SystemPing\n";

/* As sockets/handover.c has it. */
struct letter {
	uint32_t held_len;
	char profile[256];
	char container[NEWCOMER_ID];
};

enum {
	FDS_MAX = 3
};

/* A server, the other end of its channel, and clients. */
static struct {
	struct talk talk;
	int channel;
	int ends[FDS_MAX][2]; /* the first ones go with letters */
} post;

static void
begin(void)
{
	int ends[2];
	size_t i;

	talk_start(&post.talk, profile);
	close(post.talk.client);
	post.talk.client = -1;
	rig_turn(&post.talk.rig);
	cr_assert(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, ends) == 0);
	post.channel = ends[0];
	server_adopt(&post.talk.rig.server, ends[1]);
	for (i = 0; i < FDS_MAX; i++)
		cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			      post.ends[i]) == 0);
}

static void
finish(void)
{
	size_t i;

	for (i = 0; i < FDS_MAX; i++) {
		close(post.ends[i][0]);
		close(post.ends[i][1]);
	}
	if (post.channel != -1)
		close(post.channel);
	talk_stop(&post.talk);
}

/* These bytes, with the first of so many pairs. */
static void
post_bytes(const void *bytes, size_t len, size_t fds)
{
	union {
		struct cmsghdr header;
		char memory[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_len = len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
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
			    &post.ends[i][0], sizeof(int));
	}
	cr_assert(eq(int, (int)sendmsg(post.channel, &message, 0), (int)len));
	rig_turn(&post.talk.rig);
}

/* A letter for that profile, which says that so many bytes are held, and has
 * these. */
static void
post_letter(const char *name, size_t held_len, struct span held, size_t fds)
{
	char bytes[1024];
	struct letter letter = { .held_len = (uint32_t)held_len };

	memcpy(letter.profile, name, strlen(name) + 1);
	memcpy(bytes, &letter, sizeof(letter));
	memcpy(bytes + sizeof(letter), held.at, held.len);
	post_bytes(bytes, sizeof(letter) + held.len, fds);
}

/* The client is served: the letters before did no harm. */
static void
expect_taken(void)
{
	post_letter("web", 8, SPAN("GET /_pi"), 1);
	cr_assert(post.talk.rig.server.sessions != NULL);
	talk_say(&post.talk, post.ends[0][1], "ng HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&post.talk, talk_daemon(&post.talk), PING_OUT);
	talk_say(&post.talk, post.talk.daemon, PONG);
	talk_heard(&post.talk, post.ends[0][1], PONG);
}

/* Nobody was taken, and nothing is left of it. */
static void
expect_dropped(const char *what, int descriptors)
{
	cr_expect(post.talk.rig.server.sessions == NULL, "%s", what);
	cr_expect(eq(int, descriptors_open(), descriptors), "%s", what);
	cr_expect(handover_is_coming(&post.talk.rig.server), "%s", what);
}

Test(handover, takes_a_letter)
{
	begin();
	expect_taken();
	finish();
}

Test(handover, drops_letters_that_are_too_short)
{
	static const char zeros[sizeof(struct letter)];
	int descriptors;
	size_t len;

	begin();
	descriptors = descriptors_open();
	for (len = 1; len < sizeof(zeros); len++)
		post_bytes(zeros, len, 1);
	expect_dropped("too short", descriptors);
	expect_taken();
	finish();
}

Test(handover, drops_letters_of_another_length_than_they_say)
{
	static const size_t lengths[] = { 0, 1, 7, 9, 1000, 128 * 1024,
		UINT32_MAX };
	int descriptors;
	size_t i;

	begin();
	descriptors = descriptors_open();
	for (i = 0; i < CASES(lengths); i++) {
		post_letter("web", lengths[i], SPAN("GET /_pi"), 1);
		expect_dropped("another length", descriptors);
	}
	post_letter("web", 1, SPAN(""), 1);
	expect_dropped("nothing held", descriptors);
	expect_taken();
	finish();
}

Test(handover, drops_a_letter_that_is_longer_than_its_memory)
{
	static char
	    bytes[sizeof(struct letter) + LIMIT_HEAD_MAX + LIMIT_RECEIVE + 1];
	struct letter letter = { sizeof(bytes) - sizeof(letter), "web", "" };
	int descriptors, room = 2 * (int)sizeof(bytes);

	begin();
	cr_assert(setsockopt(post.channel, SOL_SOCKET, SO_SNDBUF, &room,
		      sizeof(room)) == 0);
	descriptors = descriptors_open();
	memcpy(bytes, &letter, sizeof(letter));
	post_bytes(bytes, sizeof(bytes), 1);
	expect_dropped("too long", descriptors);
	expect_taken();
	finish();
}

Test(handover, drops_a_letter_without_a_connection)
{
	int descriptors;

	begin();
	descriptors = descriptors_open();
	post_letter("web", 0, SPAN(""), 0);
	expect_dropped("no descriptor", descriptors);
	expect_taken();
	finish();
}

Test(handover, drops_or_closes_what_comes_with_more_than_one)
{
	int descriptors;
	size_t fds;

	for (fds = 2; fds <= FDS_MAX; fds++) {
		begin();
		descriptors = descriptors_open();
		post_letter("web", 0, SPAN(""), fds);
		server_cut(&post.talk.rig.server, "web");
		cr_expect(eq(int, descriptors_open(), descriptors), "%zu", fds);
		expect_taken();
		finish();
	}
}

Test(handover, drops_a_profile_without_an_end)
{
	struct letter letter = { 0 };
	int descriptors;

	begin();
	descriptors = descriptors_open();
	memset(letter.profile, 'w', sizeof(letter.profile));
	post_bytes(&letter, sizeof(letter), 1);
	expect_dropped("no end", descriptors);
	expect_taken();
	finish();
}

Test(handover, hangs_up_on_clients_of_a_door_that_is_not_there)
{
	static const char *const names[] = { "", "we", "webb", "Web", "other" };
	struct talk *t = &post.talk;
	size_t i;

	for (i = 0; i < CASES(names); i++) {
		begin();
		post_letter(names[i], strlen(PING), SPAN(PING), 1);
		cr_expect(t->rig.server.sessions == NULL);
		close(post.ends[0][0]);
		post.ends[0][0] = dup(STDERR_FILENO);
		talk_heard_last(t, post.ends[0][1], "");
		finish();
	}
}

Test(handover, ends_with_the_channel)
{
	struct server *server = &post.talk.rig.server;

	begin();
	cr_expect(handover_is_coming(server));
	close(post.channel);
	post.channel = -1;
	rig_turn(&post.talk.rig);
	cr_expect(not(handover_is_coming(server)));
	finish();
}

Test(handover, takes_what_was_sent_before_the_channel_ended)
{
	begin();
	post_letter("web", 0, SPAN(""), 1);
	close(post.channel);
	post.channel = -1;
	rig_turn(&post.talk.rig);
	talk_say(&post.talk, post.ends[0][1], PING);
	talk_heard(&post.talk, talk_daemon(&post.talk), PING_OUT);
	finish();
}

Test(handover, does_without_a_channel_that_did_not_come)
{
	struct talk t;

	talk_start(&t, profile);
	server_adopt(&t.rig.server, -1);
	cr_expect(t.rig.server.channels == NULL);
	server_retire(&t.rig.server, -1);
	/* It waits for one that comes. */
	talk_quiet(&t);
	cr_expect(t.rig.server.sessions != NULL);
	talk_stop(&t);
}
