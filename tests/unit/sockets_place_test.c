/* SPDX-License-Identifier: MIT */
/* Places: what is at a path before, during and after. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

/* The directory, which holds so many files, is removed with them. */
static void
finish(int files)
{
	struct dirent *entry;
	DIR *dir = opendir(directory);
	int found = 0;

	cr_assert(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		found++;
		unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
	rmdir(directory);
	cr_expect(eq(int, found, files));
}

/* A socket that listens there, or one that is connected to it, or -1 with
 * errno. */
static int
open_socket(const char *at, bool listens)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	strcpy(address.sun_path, at);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	cr_assert(fd != -1);
	if (!listens)
		return connect(fd, (struct sockaddr *)&address,
			   sizeof(address)) == 0
			   ? fd
			   : -1;
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_assert(listen(fd, 1) == 0);
	return fd;
}

static int
place(struct place *p, mode_t mode, struct err *err)
{
	return place_listen(path, mode, (uid_t)-1, (gid_t)-1, p, err);
}

/* It must not be placed, for this reason. */
static void
expect_refused(const char *why)
{
	struct place p;
	struct err err;

	cr_expect(eq(int, place(&p, 0666, &err), -1), "%s", why);
	cr_expect(strstr(err.text, why) != NULL, "wanted \"%s\", got \"%s\"",
	    why, err.text);
}

Test(place_listen, makes_a_socket_that_listens)
{
	struct place p;
	struct err err;
	struct stat status;
	int fd, client;

	begin();
	fd = place(&p, 0666, &err);
	cr_assert(ne(int, fd, -1), "%s", err.text);
	cr_expect(eq(str, p.path, path));
	cr_expect(ne(int, fcntl(fd, F_GETFL) & O_NONBLOCK, 0));
	cr_expect(ne(int, fcntl(fd, F_GETFD) & FD_CLOEXEC, 0));
	cr_assert(stat(path, &status) == 0);
	cr_expect(eq(int, status.st_mode &S_IFMT, S_IFSOCK));
	cr_expect(status.st_ino == p.inode && status.st_dev == p.device);
	client = open_socket(path, false);
	cr_expect(ne(int, client, -1));
	cr_expect(ne(int, accept(fd, NULL, NULL), -1));
	close(client);
	close(fd);
	finish(1);
}

Test(place_listen, gives_exactly_the_mode_under_any_umask)
{
	static const mode_t modes[] = { 0666, 0660, 0600, 0, 0222 };
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	struct place p;
	struct err err;
	struct stat status;
	size_t i, k;
	int fd;

	for (i = 0; i < CASES(modes); i++) {
		for (k = 0; k < CASES(masks); k++) {
			begin();
			umask(masks[k]);
			fd = place(&p, modes[i], &err);
			umask(022);
			cr_assert(ne(int, fd, -1), "%s", err.text);
			cr_assert(stat(path, &status) == 0);
			cr_expect(eq(int, status.st_mode & 07777, modes[i]),
			    "%04o under %04o", modes[i], masks[k]);
			close(fd);
			finish(1);
		}
	}
}

/* In place of the C library's, which is the first to be called behind bind(2):
 * look at the socket when nobody has dressed it yet. */
static struct stat undressed;

int
chmod(const char *file, mode_t mode)
{
	cr_assert(lstat(file, &undressed) == 0);
	return fchmodat(AT_FDCWD, file, mode, 0);
}

Test(place_listen, lets_nobody_in_before_it_is_dressed)
{
	struct place p;
	struct err err;
	int fd;

	begin();
	umask(0);
	fd = place(&p, 0666, &err);
	umask(022);
	cr_assert(ne(int, fd, -1), "%s", err.text);
	cr_expect(undressed.st_ino == p.inode);
	cr_expect(eq(int, undressed.st_mode & 07777, 0));
	close(fd);
	finish(1);
}

Test(place_listen, gives_it_to_user_and_group)
{
	struct place p;
	struct err err;
	struct stat status;
	int fd;

	if (geteuid() != 0)
		cr_skip("only root can give files away");
	begin();
	fd = place_listen(path, 0640, 1234, 5678, &p, &err);
	cr_assert(ne(int, fd, -1), "%s", err.text);
	cr_assert(stat(path, &status) == 0);
	cr_expect(eq(int, status.st_uid, 1234));
	cr_expect(eq(int, status.st_gid, 5678));
	cr_expect(eq(int, status.st_mode & 07777, 0640));
	close(fd);

	/* Stale, it is still ours, and nobody else's. */
	cr_expect(eq(int, place_listen(path, 0640, 1235, 5678, &p, &err), -1));
	cr_expect(strstr(err.text, "belongs to uid 1234") != NULL);
	fd = place_listen(path, 0640, 1234, 5678, &p, &err);
	cr_expect(ne(int, fd, -1), "%s", err.text);
	close(fd);
	finish(1);
}

Test(place_listen, replaces_a_socket_that_nobody_listens_on)
{
	struct place p;
	struct err err;
	struct stat before, after;
	int fd, client;

	begin();
	close(open_socket(path, true));
	cr_assert(stat(path, &before) == 0);
	fd = place(&p, 0600, &err);
	cr_assert(ne(int, fd, -1), "%s", err.text);
	cr_assert(stat(path, &after) == 0);
	cr_expect(after.st_ino == p.inode);
	client = open_socket(path, false);
	cr_expect(ne(int, client, -1));
	close(client);
	close(fd);
	finish(1);
}

/* A process that was killed while it bound leaves that behind, and in a
 * container the next one has the same process id. */
Test(place_listen, is_not_held_up_by_what_a_killed_one_left)
{
	struct place p;
	struct err err;
	char left[64];
	int fd;

	begin();
	snprintf(
	    left, sizeof(left), "%s/.postern-%ld", directory, (long)getpid());
	close(open_socket(left, true));
	fd = place(&p, 0600, &err);
	cr_assert(ne(int, fd, -1), "%s", err.text);
	close(fd);
	finish(1);
}

Test(place_listen, leaves_a_socket_alone_that_somebody_listens_on)
{
	int fd, i;

	begin();
	fd = open_socket(path, true);
	expect_refused("another process listens on ");
	cr_expect(ne(int, open_socket(path, false), -1));

	/* With a full backlog too. */
	for (i = 0; i < 8; i++)
		open_socket(path, false);
	cr_expect(eq(int, errno, EAGAIN));
	expect_refused("another process listens on ");
	close(fd);
	finish(1);
}

Test(place_listen, leaves_what_is_no_socket_alone)
{
	struct stat status;
	int fd;

	begin();
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert(write(fd, "x", 1) == 1);
	close(fd);
	expect_refused("is not a socket");
	cr_expect(stat(path, &status) == 0 && status.st_size == 1);
	unlink(path);

	cr_assert(symlink("/nowhere", path) == 0);
	expect_refused("is not a socket");
	cr_expect(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
	unlink(path);

	cr_assert(mkdir(path, 0700) == 0);
	expect_refused("is not a socket");
	cr_expect(rmdir(path) == 0);

	cr_assert(mkfifo(path, 0600) == 0);
	expect_refused("is not a socket");
	finish(1);
}

Test(place_listen, does_not_follow_a_link_to_a_stale_socket)
{
	struct stat status;
	char other[64];

	begin();
	snprintf(other, sizeof(other), "%s/other", directory);
	close(open_socket(other, true));
	cr_assert(symlink("other", path) == 0);
	expect_refused("is not a socket");
	cr_expect(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
	finish(2);
}

Test(place_listen, leaves_other_peoples_sockets_alone)
{
	struct stat status;

	if (geteuid() != 0)
		cr_skip("only root can give files away");
	begin();
	close(open_socket(path, true));
	cr_assert(chown(path, 1234, 0) == 0);
	expect_refused("belongs to uid 1234");
	cr_expect(lstat(path, &status) == 0 && status.st_uid == 1234);
	finish(1);
}

Test(place_listen, wants_a_directory_that_others_cannot_write_to)
{
	static const mode_t bad[] = { 0777, 01777, 0770, 0702 };
	static const mode_t good[] = { 0700, 0755, 0711, 02750 };
	struct place p;
	struct err err;
	size_t i;
	int fd;

	begin();
	for (i = 0; i < CASES(bad); i++) {
		cr_assert(chmod(directory, bad[i]) == 0);
		expect_refused("can be written to by others");
	}
	for (i = 0; i < CASES(good); i++) {
		cr_assert(chmod(directory, good[i]) == 0);
		fd = place(&p, 0600, &err);
		cr_expect(ne(int, fd, -1), "%04o: %s", good[i], err.text);
		close(fd);
		unlink(path);
	}
	if (geteuid() == 0) {
		cr_assert(chown(directory, 1234, 0) == 0);
		expect_refused("belongs to uid 1234");
	}
	finish(0);
}

Test(place_listen, wants_an_absolute_path_that_fits)
{
	struct place p;
	struct err err;
	char longest[128];
	size_t before;
	int fd;

	begin();
	cr_expect(eq(int, place_listen("door", 0600, -1, -1, &p, &err), -1));
	cr_expect(strstr(err.text, "absolute") != NULL);
	cr_expect(eq(int, place_listen("/tmp/", 0600, -1, -1, &p, &err), -1));
	cr_expect(
	    eq(int, place_listen("/nowhere/door", 0600, -1, -1, &p, &err), -1));
	cr_expect(strstr(err.text, "/nowhere") != NULL);

	before = strlen(directory);
	strcpy(longest, directory);
	memset(longest + before, 'a', sizeof(longest) - before);
	longest[before] = '/';
	longest[108] = '\0';
	cr_expect(eq(int, place_listen(longest, 0600, -1, -1, &p, &err), -1));
	cr_expect(strstr(err.text, "107") != NULL);
	longest[107] = '\0';
	fd = place_listen(longest, 0600, -1, -1, &p, &err);
	cr_expect(ne(int, fd, -1), "%s", err.text);
	cr_expect(eq(str, p.path, longest));
	close(fd);
	finish(1);
}

Test(place_listen, comes_back_to_where_it_was)
{
	char before[4096], after[4096];
	struct place p;
	struct err err;
	int fd;

	begin();
	cr_assert(getcwd(before, sizeof(before)) != NULL);
	fd = place(&p, 0600, &err);
	cr_assert(ne(int, fd, -1));
	expect_refused("another process");
	cr_assert(getcwd(after, sizeof(after)) != NULL);
	cr_expect(eq(str, before, after));
	close(fd);
	finish(1);
}

Test(place_listen, leaves_nothing_behind_where_it_fails)
{
	struct place p;
	struct err err;
	struct rlimit limit, none;
	int lowest, fd;

	begin();
	lowest = dup(STDERR_FILENO);
	close(lowest);
	cr_assert(mkdir(path, 0700) == 0);
	expect_refused("is not a socket");
	cr_assert(rmdir(path) == 0);

	/* Not enough descriptors, at whichever it is. */
	cr_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	for (none.rlim_cur = (rlim_t)lowest;; none.rlim_cur++) {
		cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
		fd = place(&p, 0600, &err);
		cr_assert(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		if (fd != -1)
			break;
		fd = dup(STDERR_FILENO);
		cr_expect(eq(int, fd, lowest));
		close(fd);
		cr_expect(eq(int, access(path, F_OK), -1));
	}
	cr_expect(gt(int, (int)none.rlim_cur, lowest + 1));
	close(fd);
	unlink(path);

	if (geteuid() != 0) {
		cr_expect(
		    eq(int, place_listen(path, 0600, 0, 0, &p, &err), -1));
		cr_expect(eq(int, access(path, F_OK), -1));
	}
	finish(0);
}

Test(place_remove, removes_its_own_file_and_no_other)
{
	struct place p;
	struct err err;
	struct stat status;
	int fd, other;

	begin();
	fd = place(&p, 0600, &err);
	cr_assert(ne(int, fd, -1));
	place_remove(&p);
	cr_expect(eq(int, lstat(path, &status), -1));
	place_remove(&p); /* it is not there, and that is all right */

	/* While fd is open, its inode's number is not given to another. */
	other = open_socket(path, true);
	place_remove(&p);
	cr_expect(eq(int, lstat(path, &status), 0));
	unlink(path);
	close(other);
	close(fd);
	finish(0);
}

Test(place_make_directory, gives_exactly_the_mode_and_keeps_what_is_there)
{
	struct err err;
	struct stat status;
	char inner[64];

	begin();
	snprintf(inner, sizeof(inner), "%s/inner", directory);
	umask(077);
	cr_expect(eq(int, place_make_directory(inner, 0755, &err), 0));
	umask(022);
	cr_assert(stat(inner, &status) == 0);
	cr_expect(eq(int, status.st_mode & 07777, 0755));
	cr_expect(eq(int, place_make_directory(inner, 0700, &err), 0));
	cr_assert(stat(inner, &status) == 0);
	cr_expect(eq(int, status.st_mode & 07777, 0755));
	rmdir(inner);

	cr_expect(eq(int, place_make_directory("/nowhere/a", 0755, &err), -1));
	cr_expect(strstr(err.text, "/nowhere/a") != NULL);
	finish(0);
}
