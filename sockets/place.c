/* SPDX-License-Identifier: MIT */
/* Binding sockets in the file system without a moment in which they have the
 * wrong mode, and without ever removing what is not ours.
 *
 * The socket is bound under another name, given its owner and mode, made to
 * listen, and only then moved to its own name. All of that happens relative to
 * the directory's descriptor, which was checked. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/limits.h"
#include "sockets/place.h"

#define WHOSE_IT_CAN_BE \
	"(its user must be ours, and its group one that we are in)"

/* Whether nobody but us and root can put files into a directory. */
static int
check_directory(const char *path, const struct stat *status, struct err *err)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return err_set(err, 0,
		    "directory %s belongs to uid %u, not to "
		    "us",
		    path, (unsigned)status->st_uid);
	if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, 0,
		    "directory %s can be written to by "
		    "others (mode %04o); chmod go-w it",
		    path, (unsigned)status->st_mode & 07777);
	return 0;
}

int
place_make_directory(const char *path, mode_t mode, struct err *err)
{
	struct stat status;

	if (mkdir(path, 0700) == 0) {
		if (chmod(path, mode) == -1)
			return err_set(err, errno, "set the mode of %s", path);
		return 0;
	}
	if (errno != EEXIST)
		return err_set(err, errno, "make directory %s", path);
	if (stat(path, &status) == -1)
		return err_set(err, errno, "look at directory %s", path);
	return check_directory(path, &status, err);
}

/* Open the directory of a path, and say where its last name begins. */
static int
open_parent(const char *path, const char **name, struct err *err)
{
	char parent[LIMIT_SOCKET_PATH + 1];
	const char *slash = strrchr(path, '/');
	struct stat status;
	int directory;

	if (slash == NULL || slash[1] == '\0')
		return err_set(err, 0, "%s: not an absolute path", path);
	*name = slash + 1;
	snprintf(parent, sizeof(parent), "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory == -1)
		return err_set(err, errno, "open directory %s", parent);
	if (fstat(directory, &status) == -1)
		err_set(err, errno, "look at directory %s", parent);
	else if (check_directory(parent, &status, err) == 0)
		return directory;
	close(directory);
	return -1;
}

static struct sockaddr_un
address_of(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	return address;
}

/* Whether somebody listens on the socket: then connecting works, or would
 * but for a full backlog. */
static bool
is_live(const char *name)
{
	struct sockaddr_un address = address_of(name);
	bool live;
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return true; /* not known, so hands off */
	live = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	       errno != ECONNREFUSED;
	close(fd);
	return live;
}

/* What stands at the name. 0: nothing; 1: a stale socket of ours, or one that
 * we gave to the user; -1: something that must stay, with err set. In the
 * working directory. */
static int
check_name(const char *path, const char *name, uid_t user, struct err *err)
{
	struct stat status;

	if (lstat(name, &status) == -1)
		return errno == ENOENT
			   ? 0
			   : err_set(err, errno, "look at %s", path);
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, 0,
		    "%s is there and is not a socket; "
		    "remove it, or choose another path",
		    path);
	if (status.st_uid != geteuid() && status.st_uid != user)
		return err_set(err, 0, "%s belongs to uid %u, not to us", path,
		    (unsigned)status.st_uid);
	if (is_live(name))
		return err_set(err, 0, "another process listens on %s", path);
	return 1;
}

/* Bind, dress and move. In the working directory. */
static int
listen_here(const char *path, const char *name, mode_t mode, uid_t user,
    gid_t group, struct place *place, struct err *err)
{
	struct sockaddr_un address;
	struct stat status;
	char other[32];
	int fd, stale;

	if ((stale = check_name(path, name, user, err)) == -1)
		return -1;
	snprintf(other, sizeof(other), ".postern-%ld", (long)getpid());
	address = address_of(other);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_set(err, errno, "make a socket for %s", path);
	/* One of that name was left behind by a process that was killed here.
	 * A socket's own mode is its file's at bind(2). */
	unlink(other);
	if (fchmod(fd, 0) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		err_set(err, errno, "bind %s", path);
		close(fd);
		return -1;
	}
	/* In this order: once it is another user's, it is theirs to change. */
	if (chmod(other, mode) == -1)
		err_set(err, errno, "set the mode of %s", path);
	else if (lchown(other, user, group) == -1)
		err_set(
		    err, errno, "set the owner of %s " WHOSE_IT_CAN_BE, path);
	else if (listen(fd, SOMAXCONN) == -1)
		err_set(err, errno, "listen on %s", path);
	else if (lstat(other, &status) == -1)
		err_set(err, errno, "look at %s", path);
	else if (renameat2(AT_FDCWD, other, AT_FDCWD, name,
		     stale ? 0 : RENAME_NOREPLACE) == -1)
		err_set(err, errno, "put a socket at %s", path);
	else {
		snprintf(place->path, sizeof(place->path), "%s", path);
		place->device = status.st_dev;
		place->inode = status.st_ino;
		return fd;
	}
	unlink(other);
	close(fd);
	return -1;
}

int
place_listen(const char *path, mode_t mode, uid_t user, gid_t group,
    struct place *place, struct err *err)
{
	int before = -1, directory, fd = -1;
	const char *name;

	if (strlen(path) > LIMIT_SOCKET_PATH)
		return err_set(err, 0,
		    "%s has %zu bytes; a socket's path has "
		    "at most %d",
		    path, strlen(path), LIMIT_SOCKET_PATH);
	if ((directory = open_parent(path, &name, err)) == -1)
		return -1;
	/* bind(2) has no variant that takes a directory. */
	before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fchdir(directory) == -1) {
		err_set(err, errno, "enter the directory of %s", path);
	} else {
		fd = listen_here(path, name, mode, user, group, place, err);
		if (before == -1 || fchdir(before) == -1) {
			/* Where we stood is gone or closed to us. */
			if (chdir("/") == -1 && fd != -1) {
				close(fd);
				fd = err_set(err, errno, "enter /");
			}
		}
	}
	if (before != -1)
		close(before);
	close(directory);
	return fd;
}

bool
place_of_socket(int fd, struct place *place)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address);

	*place = (struct place){ 0 };
	if (getsockname(fd, (struct sockaddr *)&address, &len) == -1 ||
	    address.sun_family != AF_UNIX || address.sun_path[0] != '/')
		return false;
	snprintf(place->path, sizeof(place->path), "%.*s",
	    (int)sizeof(address.sun_path), address.sun_path);
	return true;
}

bool
place_listens(int fd)
{
	int type = 0, listens = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	       listens == 1;
}

bool
place_is_there(const struct place *place)
{
	struct stat status;

	return lstat(place->path, &status) == 0 &&
	       status.st_dev == place->device && status.st_ino == place->inode;
}

int
place_dress(const struct place *place, struct place_dress dress,
    struct place_dress *before, struct err *err)
{
	const char *path = place->path;
	struct stat status;
	int number;

	if (lstat(path, &status) == -1)
		return err_set(err, errno, "look at %s", path);
	if (dress.user == (uid_t)-1)
		dress.user = geteuid();
	if (dress.group == (gid_t)-1)
		dress.group = getegid();
	if (before != NULL)
		*before = (struct place_dress){ status.st_mode & 07777,
			status.st_uid, status.st_gid };
	if ((status.st_mode & 07777) != dress.mode &&
	    chmod(path, dress.mode) == -1)
		return err_set(err, errno, "set the mode of %s", path);
	if ((status.st_uid == dress.user && status.st_gid == dress.group) ||
	    lchown(path, dress.user, dress.group) == 0)
		return 0;
	number = errno;
	if (chmod(path, status.st_mode & 07777) == -1)
		return err_set(err, errno, "restore the mode of %s", path);
	return err_set(
	    err, number, "set the owner of %s " WHOSE_IT_CAN_BE, path);
}

void
place_remove(const struct place *place)
{
	if (place_is_there(place))
		unlink(place->path);
}

void
place_remove_dead(const char *path)
{
	struct stat status;

	if (strlen(path) <= LIMIT_SOCKET_PATH && lstat(path, &status) == 0 &&
	    S_ISSOCK(status.st_mode) && status.st_uid == geteuid() &&
	    !is_live(path))
		unlink(path);
}
