/* SPDX-License-Identifier: MIT */
/* Bytes in and out of one connection, and what surrounds it: the way to the
 * daemon, and who a peer is. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockets/daemon.h"
#include "sockets/peer.h"
#include "sockets/server.h"
#include "sockets/side.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"
#include "tests/unit/rig.h"

static struct scratch scratch;

/* A side whose socket takes little at once; its other end. */
static int
open_side(struct side *side)
{
	const int size = 4096;
	int ends[2];

	cr_assert(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	cr_assert(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size,
		      sizeof(size)) == 0);
	*side = (struct side){ 0 };
	side->io.fd = ends[0];
	return ends[1];
}

Test(side_send, sends_pieces_in_order)
{
	const struct span pieces[] = { SPAN("one "), SPAN(""), SPAN("two ") };
	const struct span more = SPAN("three");
	struct side side;
	bool ended;
	int fd;

	fd = open_side(&side);
	cr_expect(eq(int, side_send(&side, pieces, 3), SENT_OK));
	cr_expect(side.out.memory == NULL);
	cr_expect(eq(int, side_send(&side, &more, 1), SENT_OK));
	cr_expect(eq(int, side_send(&side, pieces, 0), SENT_OK));
	cr_expect(eq(int, side_send(&side, &pieces[1], 1), SENT_OK));
	cases_same("pieces", rig_hear(fd, &ended), SPAN("one two three"));
	cr_expect(side.out.memory == NULL);
}

/* Whatever the socket takes of them. */
Test(side_send, keeps_what_the_socket_does_not_take)
{
	static char sent[200000], heard[sizeof(sent)];
	struct span pieces[4], piece;
	size_t i, cut, in, last;
	struct side side;
	bool ended;
	int fd;

	for (i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 2654435761u >> 13);
	last = sizeof(sent) - 100;
	for (cut = 0; cut <= last; cut += 19990) {
		fd = open_side(&side);
		pieces[0] = (struct span){ sent, cut };
		pieces[1] = (struct span){ sent + cut, 10 };
		pieces[2] = (struct span){ sent + cut + 10, last - cut - 10 };
		if (cut + 10 > last)
			break;
		pieces[3] = (struct span){ sent + last, 100 };
		cr_assert(eq(int, side_send(&side, pieces, 3), SENT_OK));
		cr_expect(gt(sz, side.out.len, 0));
		/* Behind what waits. */
		cr_assert(eq(int, side_send(&side, &pieces[3], 1), SENT_OK));
		in = 0;
		while (in < sizeof(sent)) {
			piece = rig_hear(fd, &ended);
			cr_assert(le(sz, piece.len, sizeof(sent) - in));
			memcpy(heard + in, piece.at, piece.len);
			in += piece.len;
			if (side.out.len > 0)
				cr_assert(eq(int, side_flush(&side), SENT_OK));
		}
		cr_expect(memcmp(sent, heard, sizeof(sent)) == 0, "%zu", cut);
		cr_expect(side.out.memory == NULL);
		close(fd);
		close(side.io.fd);
	}
}

Test(side_send, says_when_nobody_is_there)
{
	const struct span piece = SPAN("x");
	struct side side;

	close(open_side(&side));
	cr_expect(eq(int, side_send(&side, &piece, 1), SENT_GONE));
	cr_expect(eq(sz, side.out.len, 0));
	cr_assert(buf_add(&side.out, "x", 1));
	cr_expect(eq(int, side_flush(&side), SENT_GONE));
	buf_clear(&side.out);
}

Test(side_receive, puts_what_is_held_in_front)
{
	struct side side;
	char *bytes;
	size_t len;
	int fd;

	fd = open_side(&side);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &bytes, &len),
		RECEIVED_NOTHING));
	cr_assert(buf_add(&side.held, "held ", 5));
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &bytes, &len),
		RECEIVED_NOTHING));
	cr_expect(eq(sz, side.held.len, 5));
	cr_assert(write(fd, "new", 3) == 3);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &bytes, &len),
		RECEIVED_SOME));
	cases_same("both", (struct span){ bytes, len }, SPAN("held new"));
	cr_expect(side.held.memory == NULL);

	cr_assert(buf_add(&side.held, "held", 4));
	close(fd);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &bytes, &len),
		RECEIVED_END));
	cr_expect(side.ended);
	cr_expect(eq(sz, side.held.len, 4));
	buf_clear(&side.held);
}

Test(side_receive, says_that_a_connection_broke)
{
	struct side side;
	char *bytes;
	size_t len;
	int fd;

	/* Closed with bytes unread: that resets it. */
	fd = open_side(&side);
	cr_assert(write(side.io.fd, "x", 1) == 1);
	close(fd);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &bytes, &len),
		RECEIVED_GONE));
	cr_expect(not(side.ended));
}

Test(side_receive, never_reads_more_than_the_scratch_holds)
{
	static char bytes[sizeof(scratch.in)];
	struct side side;
	char *at;
	size_t len;
	int fd;

	fd = open_side(&side);
	cr_assert(buf_add(&side.held, bytes, sizeof(bytes) - 3));
	cr_assert(write(fd, "12345", 5) == 5);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &at, &len),
		RECEIVED_SOME));
	cr_expect(eq(sz, len, sizeof(scratch.in)));
	cr_expect(side.full);
	cr_expect(
	    eq(int, side_receive(&side, &scratch, LIMIT_RECEIVE, &at, &len),
		RECEIVED_SOME));
	cases_same("the rest", (struct span){ at, len }, SPAN("45"));
	cr_expect(not(side.full));
}

Test(side_close, drops_everything_and_can_be_repeated)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct side side;
	bool ended;
	int fd;

	fd = open_side(&side);
	cr_assert(buf_add(&side.held, "x", 1));
	cr_assert(buf_add(&side.out, "x", 1));
	side.ended = true;
	side_close(loop, &side);
	side_close(loop, &side);
	cr_expect(eq(int, side.io.fd, -1));
	cr_expect(side.held.memory == NULL);
	cr_expect(side.out.memory == NULL);
	cr_expect(not(side.ended));
	cases_same("nothing", rig_hear(fd, &ended), SPAN(""));
	cr_expect(ended);
	ev_loop_destroy(loop);
}

Test(daemon_connect, says_how_it_went)
{
	struct rlimit limit, none;
	char directory[] = "/tmp/daemon-XXXXXX", path[64];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener, fds[4] = { -1, -1, -1, -1 }, count = 0;
	enum daemon_result result = DAEMON_CONNECTED;

	cr_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/daemon", directory);
	strcpy(address.sun_path, path);
	cr_expect(eq(int, daemon_connect(path, &fds[0]), DAEMON_DOWN));
	cr_expect(eq(int, errno, ENOENT));
	cr_expect(eq(int, fds[0], -1));

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_expect(eq(int, daemon_connect(path, &fds[0]), DAEMON_DOWN));
	cr_expect(eq(int, errno, ECONNREFUSED));

	cr_assert(listen(listener, 0) == 0);
	while (result == DAEMON_CONNECTED && count < 4)
		result = daemon_connect(path, &fds[count++]);
	cr_expect(eq(int, result, DAEMON_BUSY));
	cr_expect(eq(int, fds[count - 1], -1));
	cr_expect(gt(int, count, 1));

	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
	result = daemon_connect(path, &fds[count - 1]);
	cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	cr_expect(eq(int, result, DAEMON_EXHAUSTED));
	cr_expect(eq(int, fds[count - 1], -1));
	unlink(path);
	rmdir(directory);
}

Test(peer_may_enter, keeps_to_the_doors_rules)
{
	static struct peer_rule root[] = {
		{false, 0}
	};
	static struct peer_rule alice[] = {
		{false, 1000}
	};
	static struct peer_rule group[] = {
		{true, 7}
	};
	static struct peer_rule several[] = {
		{false, 1},
		      { true, 2},
		   { true, 7}
	};
	static const struct {
		const char *name;
		struct peer peer;
		struct peer_rule *rules;
		size_t len;
		bool enters;
	} rows[] = {
		ROW("no rules", { 1, 5, 6 }, NULL, 0, true),
		ROW("the user", { 1, 1000, 6 }, alice, 1, true),
		ROW("another user", { 1, 1001, 6 }, alice, 1, false),
		ROW("a group of that number", { 1, 6, 1000 }, alice, 1, false),
		ROW("the group", { 1, 5, 7 }, group, 1, true),
		ROW("another group", { 1, 5, 8 }, group, 1, false),
		ROW("a user of that number", { 1, 7, 8 }, group, 1, false),
		ROW("root is nobody special", { 1, 0, 0 }, alice, 1, false),
		ROW("root", { 1, 0, 6 }, root, 1, true),
		ROW("the last of several", { 1, 5, 7 }, several, 3, true),
		ROW("none of several", { 1, 2, 1 }, several, 3, false),
		ROW("one that is not known", { -1, -1, -1 }, several, 3, false),
	};
	struct door_options door = { 0 };
	int ends[2];
	size_t i;

	/* Its own groups would count too: those of a test need not be known,
	 * but a descriptor that is no socket has none. */
	cr_assert(pipe(ends) == 0);
	for (i = 0; i < CASES(rows); i++) {
		door.peers = rows[i].rules;
		door.peers_len = rows[i].len;
		cr_expect(peer_may_enter(&rows[i].peer, ends[0], &door) ==
			      rows[i].enters,
		    "%s", rows[i].name);
	}
}

Test(peer_of, asks_the_kernel)
{
	int ends[2];
	struct peer peer;

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	peer = peer_of(ends[0]);
	cr_expect(eq(int, peer.pid, getpid()));
	cr_expect(eq(int, peer.uid, geteuid()));
	cr_expect(eq(int, peer.gid, getegid()));
	cr_assert(pipe(ends) == 0);
	peer = peer_of(ends[0]);
	cr_expect(eq(int, peer.pid, -1));
	cr_expect(peer.uid == (uid_t)-1 && peer.gid == (gid_t)-1);
}
