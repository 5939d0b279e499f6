/* SPDX-License-Identifier: MIT */
/* Places that are there already: whether they still are, whose sockets they
 * are, and what they are given anew. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/place.h"
#include "tests/unit/cases.h"

/* A directory of this test's own, and a path in it. */
static char directory[32];
static char path[64];

static void
begin(void)
{
	strcpy(directory, "/tmp/place-XXXXXX");
	cr_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/door", directory);
}

static void
finish(void)
{
	unlink(path);
	cr_expect(eq(int, rmdir(directory), 0));
}

static int
place(struct place *p)
{
	struct err err;
	int fd = place_listen(path, 0600, (uid_t)-1, (gid_t)-1, p, &err);

	cr_assert(ne(int, fd, -1), "%s", err.text);
	return fd;
}

/* One that somebody else bound by its path. */
static int
bind_at(const char *at)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, at);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

Test(place_is_there, knows_its_own_file)
{
	struct place p;
	int fd, other;

	begin();
	fd = place(&p);
	cr_expect(place_is_there(&p));
	unlink(path);
	cr_expect(not(place_is_there(&p)));
	other = bind_at(path);
	cr_expect(not(place_is_there(&p)));
	unlink(path);
	cr_assert(symlink("/nowhere", path) == 0);
	cr_expect(not(place_is_there(&p)));
	close(other);
	close(fd);
	finish();
}

Test(place_of_socket, tells_others_sockets_from_ours)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "\0place" };
	struct place p, of;
	int fd, pair[2];

	begin();
	fd = place(&p);
	cr_expect(not(place_of_socket(fd, &of)));
	close(fd);
	unlink(path);

	fd = bind_at(path);
	cr_expect(place_of_socket(fd, &of));
	cr_expect(eq(str, of.path, path));
	close(fd);

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_expect(not(place_of_socket(fd, &of)), "without a name");
	cr_assert(bind(fd, (struct sockaddr *)&address,
		      sizeof(sa_family_t) + 6) == 0);
	cr_expect(not(place_of_socket(fd, &of)), "abstract");
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_expect(not(place_of_socket(fd, &of)), "of another family");
	close(fd);
	cr_assert(pipe(pair) == 0);
	cr_expect(not(place_of_socket(pair[0], &of)), "no socket");
	cr_expect(not(place_of_socket(-1, &of)), "nothing");
	finish();
}

Test(place_of_socket, takes_the_longest_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct place of;
	int fd;

	begin();
	memset(address.sun_path, 'a', LIMIT_SOCKET_PATH);
	memcpy(address.sun_path, directory, strlen(directory));
	address.sun_path[strlen(directory)] = '/';
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_expect(place_of_socket(fd, &of));
	cr_expect(eq(str, of.path, address.sun_path));
	cr_expect(eq(sz, strlen(of.path), LIMIT_SOCKET_PATH));
	close(fd);
	unlink(address.sun_path);
	finish();
}

Test(place_listens, only_where_clients_can_connect)
{
	static const int others[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	struct place p;
	int fd, pair[2];
	size_t i;

	begin();
	fd = place(&p);
	cr_expect(place_listens(fd));
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_expect(not(place_listens(fd)));
	close(fd);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	cr_expect(not(place_listens(pair[0])));
	for (i = 0; i < CASES(others); i++) {
		fd = socket(AF_UNIX, others[i], 0);
		listen(fd, 1);
		cr_expect(not(place_listens(fd)), "%d", others[i]);
		close(fd);
	}
	cr_assert(pipe(pair) == 0);
	cr_expect(not(place_listens(pair[0])));
	cr_expect(not(place_listens(-1)));
	finish();
}

/* A place with mode 0600, and its file's status. */
static struct stat
dress(struct place_dress dress, struct place_dress *before, int wanted)
{
	struct place p;
	struct err err;
	struct stat status;
	int fd;

	fd = place(&p);
	cr_expect(eq(int, place_dress(&p, dress, before, &err), wanted));
	cr_assert(lstat(path, &status) == 0);
	cr_expect(place_is_there(&p));
	unlink(path);
	close(fd);
	return status;
}

Test(place_dress, gives_another_mode_and_says_what_it_was)
{
	static const mode_t modes[] = { 0666, 0660, 0600, 0 };
	const uid_t us = (uid_t)-1;
	struct place_dress before;
	struct stat status;
	size_t i;

	begin();
	for (i = 0; i < CASES(modes); i++) {
		status =
		    dress((struct place_dress){ modes[i], us, us }, &before, 0);
		cr_expect(eq(int, status.st_mode & 07777, modes[i]));
		cr_expect(eq(int, before.mode, 0600));
		cr_expect(eq(int, before.user, geteuid()));
		cr_expect(eq(int, before.group, getegid()));
	}
	finish();
}

Test(place_dress, gives_it_to_user_and_group_and_back)
{
	const struct place_dress theirs = { 0640, 1234, 5678 };
	const struct place_dress ours = { 0600, (uid_t)-1, (gid_t)-1 };
	struct place_dress before;
	struct stat status;
	struct place p;
	struct err err;
	int fd;

	if (geteuid() != 0)
		cr_skip("only root can give files away");
	begin();
	fd = place(&p);
	cr_expect(eq(int, place_dress(&p, theirs, &before, &err), 0));
	cr_assert(lstat(path, &status) == 0);
	cr_expect(status.st_uid == 1234 && status.st_gid == 5678);
	cr_expect(eq(int, status.st_mode & 07777, 0640));
	cr_expect(eq(int, place_dress(&p, before, &before, &err), 0));
	cr_expect(before.user == 1234 && before.group == 5678);
	cr_expect(eq(int, place_dress(&p, theirs, NULL, &err), 0));
	/* Nobody named: it is ours again. */
	cr_expect(eq(int, place_dress(&p, ours, NULL, &err), 0));
	cr_assert(lstat(path, &status) == 0);
	cr_expect(status.st_uid == 0 && status.st_gid == getegid());
	cr_expect(eq(int, status.st_mode & 07777, 0600));
	close(fd);
	finish();
}

Test(place_dress, leaves_it_as_it_was_where_it_fails)
{
	const struct place_dress theirs = { 0640, 1234, 5678 };
	struct place_dress before;
	struct stat status;
	struct place p;
	struct err err;

	begin();
	p = (struct place){ .path = "/nowhere/door" };
	cr_expect(eq(int, place_dress(&p, theirs, &before, &err), -1));
	cr_expect(strstr(err.text, "/nowhere/door") != NULL);
	if (geteuid() == 0) {
		cr_assert(chown(directory, 12345, 12345) == 0);
		cr_assert(setresuid(12345, 12345, 12345) == 0);
	}
	status = dress(theirs, &before, -1);
	cr_expect(eq(int, status.st_mode & 07777, 0600));
	cr_expect(eq(int, status.st_uid, geteuid()));
	finish();
}
