/* SPDX-License-Identifier: MIT */
/* Doors from one configuration to the next: planned, carried out, dropped. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/doors.h"
#include "tests/unit/cases.h"

#define ALLOW "[allow]\noperation = SystemPing\n"

/* A directory of this test's own, and doors in it. */
static char directory[32];
static char upstream[64];
static struct doors now, next;
static struct settings settings;
static struct err err;

static bool
no_user(void *context, const char *name, uid_t *uid)
{
	(void)context;
	(void)name;
	(void)uid;
	return false;
}

static void
begin(void)
{
	strcpy(directory, "/tmp/doors-XXXXXX");
	cr_assert(mkdtemp(directory) != NULL);
	snprintf(upstream, sizeof(upstream), "%s/daemon", directory);
	settings.config.directory = directory;
	settings.config.upstream = upstream;
}

static int
remove_one(
    const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void
finish(void)
{
	doors_close(&now, false);
	policy_free(settings.policy);
	cr_expect(
	    eq(int, nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0));
}

/* Profiles of these names, each followed by what its [socket] says, and a
 * NULL. */
static int
plan(const char *name, ...)
{
	const struct name_lookup lookup = { no_user, NULL, NULL };
	struct profile_source sources[4];
	struct complaints complaints = { 0 };
	char texts[4][512];
	va_list wishes;
	size_t len;

	va_start(wishes, name);
	for (len = 0; name != NULL; name = va_arg(wishes, const char *)) {
		snprintf(texts[len], sizeof(texts[len]), ALLOW "[socket]\n%s",
		    va_arg(wishes, const char *));
		sources[len] = (struct profile_source){ name, "a.ini",
			span_of(texts[len]) };
		len++;
	}
	va_end(wishes);
	policy_free(settings.policy);
	settings.policy = policy_load(sources, len, &lookup, &complaints);
	cr_assert(settings.policy != NULL, "%s", complaints.list[0].text);
	return doors_plan(&now, &settings, &next, &err);
}

static const char *
path_of(const char *name)
{
	static char paths[4][108];
	static size_t last;
	char *path = paths[last++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/doors/%s", directory, name);
	return path;
}

static struct stat
status_of(const char *name)
{
	struct stat status = { 0 };

	lstat(path_of(name), &status);
	return status;
}

static bool
is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* Whether it is this socket that a client reaches there. */
static bool
leads_to(const char *name, int listener)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int client = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	strcpy(address.sun_path, path_of(name));
	cr_assert(
	    connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
	fd = accept(listener, NULL, NULL);
	close(client);
	close(fd);
	return fd != -1;
}

static void
commit(void)
{
	doors_commit(&now, &next);
	cr_expect(eq(sz, next.len, 0));
	cr_expect(next.list == NULL);
}

static void
roll_back(void)
{
	doors_roll_back(&next);
	cr_expect(eq(sz, next.len, 0));
}

Test(doors, are_made_and_carried_out)
{
	const struct gate *gate;

	begin();
	cr_assert(eq(int, plan("web", "mode = 0640", "db", "", NULL), 0), "%s",
	    err.text);
	cr_expect(eq(sz, now.len, 0));
	cr_assert(eq(sz, next.len, 2));
	gate = doors_find(&next, "web");
	cr_assert(gate != NULL);
	cr_expect(gate->wanted && gate->fresh && gate->made);
	cr_expect(eq(int, gate->maker, DOOR_OURS));
	cr_expect(
	    eq(str, (char *)gate->place.path, (char *)path_of("web.sock")));
	cr_expect(eq(int, status_of("web.sock").st_mode & 07777, 0640));
	cr_expect(eq(int, status_of("db.sock").st_mode & 07777, 0666));
	cr_expect(leads_to("web.sock", gate->fd));
	cr_expect(doors_find(&next, "we") == NULL);
	cr_expect(doors_find_systemd(&next, "web") == NULL);
	commit();
	cr_assert(eq(sz, now.len, 2));
	gate = &now.list[0];
	cr_expect(gate->wanted && gate->fresh && !gate->made);
	cr_expect(leads_to("web.sock", gate->fd));
	doors_close(&now, true);
	cr_expect(eq(sz, now.len, 0));
	cr_expect(not(is_there("web.sock")));
	cr_expect(not(is_there("db.sock")));
	finish();
}

/* As their profiles now say, whether the socket is new or stays. */
Test(doors, observe_as_long_as_their_profile_does)
{
	static const char observe[] = "[profile]\nmode = observe";

	begin();
	cr_assert(eq(int, plan("web", observe, "db", "", NULL), 0));
	commit();
	cr_expect(doors_find(&now, "web")->observes);
	cr_expect(not(doors_find(&now, "db")->observes));
	cr_assert(eq(int, plan("web", "", "db", observe, NULL), 0));
	commit();
	cr_expect(not(doors_find(&now, "web")->observes));
	cr_expect(doors_find(&now, "db")->observes);
	finish();
}

Test(doors, that_were_made_are_removed_when_the_plan_is_dropped)
{
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "", NULL), 0), "%s", err.text);
	fd = next.list[0].fd;
	roll_back();
	cr_expect(not(is_there("web.sock")));
	cr_expect(not(is_open(fd)));
	finish();
}

Test(doors, stay_with_their_sockets)
{
	ino_t inode;
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "", "db", "", NULL), 0));
	commit();
	inode = status_of("web.sock").st_ino;
	fd = doors_find(&now, "web")->fd;
	/* In another order, and with another one. */
	cr_assert(eq(int, plan("a", "", "db", "", "web", "", NULL), 0));
	cr_assert(eq(sz, next.len, 3));
	cr_expect(eq(str, next.list[0].name, "a"));
	cr_expect(next.list[0].fresh && next.list[0].made);
	cr_expect(eq(str, next.list[2].name, "web"));
	cr_expect(not(next.list[2].fresh));
	cr_expect(not(next.list[2].made));
	cr_expect(eq(int, next.list[2].fd, fd));
	commit();
	cr_expect(status_of("web.sock").st_ino == inode);
	cr_expect(leads_to("web.sock", fd));
	finish();
}

Test(doors, stay_as_they_were_when_the_plan_is_dropped)
{
	ino_t inode;
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "mode = 0600", NULL), 0));
	commit();
	inode = status_of("web.sock").st_ino;
	fd = now.list[0].fd;
	cr_assert(eq(int, plan("web", "mode = 0666", "db", "", NULL), 0));
	cr_expect(eq(int, status_of("web.sock").st_mode & 07777, 0666));
	roll_back();
	cr_expect(eq(int, status_of("web.sock").st_mode & 07777, 0600));
	cr_expect(status_of("web.sock").st_ino == inode);
	cr_expect(not(is_there("db.sock")));
	cr_expect(eq(sz, now.len, 1));
	cr_expect(leads_to("web.sock", fd));
	finish();
}

Test(doors, get_another_mode)
{
	ino_t inode;

	begin();
	cr_assert(eq(int, plan("web", "mode = 0600", NULL), 0));
	commit();
	inode = status_of("web.sock").st_ino;
	cr_assert(eq(int, plan("web", "mode = 0660", NULL), 0));
	commit();
	cr_expect(eq(int, status_of("web.sock").st_mode & 07777, 0660));
	cr_expect(status_of("web.sock").st_ino == inode);
	finish();
}

Test(doors, get_another_owner_and_their_own_back)
{
	begin();
	if (geteuid() != 0)
		cr_skip("only root can give files away");
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	cr_assert(eq(int, plan("web", "user = 1234\ngroup = 5678", NULL), 0));
	cr_expect(eq(uint, status_of("web.sock").st_uid, 1234));
	cr_expect(eq(uint, status_of("web.sock").st_gid, 5678));
	roll_back();
	cr_expect(eq(uint, status_of("web.sock").st_uid, 0));
	cr_expect(eq(uint, status_of("web.sock").st_gid, getegid()));
	finish();
}

/* One that cannot be made, in the middle. */
Test(doors, are_all_or_none)
{
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "mode = 0600", NULL), 0));
	commit();
	fd = open(path_of("db.sock"), O_CREAT | O_WRONLY, 0644);
	cr_expect(eq(int,
	    plan("a", "", "web", "mode = 0666", "db", "", "z", "", NULL), -1));
	cr_expect(strstr(err.text, "door db") != NULL, "%s", err.text);
	cr_expect(strstr(err.text, "is not a socket") != NULL, "%s", err.text);
	cr_expect(eq(sz, next.len, 0));
	cr_expect(not(is_there("a.sock")));
	cr_expect(not(is_there("z.sock")));
	cr_expect(is_there("db.sock"));
	cr_expect(eq(int, status_of("web.sock").st_mode & 07777, 0600));
	cr_expect(leads_to("web.sock", now.list[0].fd));
	close(fd);
	finish();
}

Test(doors, that_nobody_wants_are_removed)
{
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "", "db", "", NULL), 0));
	commit();
	fd = doors_find(&now, "db")->fd;
	cr_assert(eq(int, plan("web", "", NULL), 0));
	/* Not yet. */
	cr_expect(leads_to("db.sock", fd));
	roll_back();
	cr_expect(leads_to("db.sock", fd));
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	cr_expect(not(is_there("db.sock")));
	cr_expect(not(is_open(fd)));
	cr_expect(eq(sz, now.len, 1));
	finish();
}

Test(doors, that_are_removed_leave_somebody_elses_file)
{
	begin();
	cr_assert(eq(int, plan("web", "", "db", "", NULL), 0));
	commit();
	unlink(path_of("db.sock"));
	close(open(path_of("db.sock"), O_CREAT | O_WRONLY, 0644));
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	cr_expect(is_there("db.sock"));
	finish();
}

/* Its file was removed by somebody: who mounts it has it no more. */
Test(doors, that_lost_their_file_are_made_anew)
{
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	fd = now.list[0].fd;
	unlink(path_of("web.sock"));
	cr_assert(eq(int, plan("web", "", NULL), 0));
	cr_expect(next.list[0].fresh && next.list[0].made);
	commit();
	cr_expect(ne(int, now.list[0].fd, fd));
	cr_expect(not(is_open(fd)));
	cr_expect(leads_to("web.sock", now.list[0].fd));
	finish();
}

Test(doors, stay_when_their_profile_gets_another_name)
{
	ino_t inode;
	int fd;

	begin();
	cr_assert(
	    eq(int, plan("web", "path = a/d.sock", NULL), 0), "%s", err.text);
	commit();
	inode = status_of("a/d.sock").st_ino;
	fd = now.list[0].fd;
	cr_assert(eq(int, plan("site", "path = a/d.sock", NULL), 0));
	cr_expect(next.list[0].fresh && !next.list[0].made);
	commit();
	cr_expect(eq(str, now.list[0].name, "site"));
	cr_expect(eq(int, now.list[0].fd, fd));
	cr_expect(status_of("a/d.sock").st_ino == inode);
	finish();
}

Test(doors, move_to_another_path)
{
	int fd;

	begin();
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	fd = now.list[0].fd;
	cr_assert(eq(int, plan("web", "path = %p/d.sock", NULL), 0));
	cr_expect(next.list[0].fresh && next.list[0].made);
	cr_expect(leads_to("web.sock", fd));
	cr_expect(leads_to("web/d.sock", next.list[0].fd));
	cr_expect(eq(int, status_of("web").st_mode & 07777, 0755));
	commit();
	cr_expect(not(is_there("web.sock")));
	cr_expect(not(is_open(fd)));
	cr_expect(leads_to("web/d.sock", now.list[0].fd));
	finish();
}

Test(doors, do_not_lead_to_themselves)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char link_to[64];
	int fd;

	begin();
	strcpy(address.sun_path, upstream);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	snprintf(link_to, sizeof(link_to), "path = %s/daemon", directory);
	cr_expect(eq(int, plan("web", link_to, NULL), -1));
	cr_expect(strstr(err.text, "the daemon's own socket") != NULL);
	cr_expect(access(upstream, F_OK) == 0);

	/* By another name. */
	snprintf(link_to, sizeof(link_to), "%s/other", directory);
	cr_assert(link(upstream, link_to) == 0);
	snprintf(link_to, sizeof(link_to), "path = %s/other", directory);
	cr_expect(eq(int, plan("web", link_to, NULL), -1));
	cr_expect(strstr(err.text, "the daemon's own socket") != NULL);
	close(fd);
	finish();
}

/* A socket unit's. */
static int
add_systemd(const char *name)
{
	struct place place = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(place.path, sizeof(place.path), "/run/%s", name);
	cr_assert(doors_add(&now, name, DOOR_SYSTEMD, fd, &place));
	return fd;
}

Test(doors, of_systemd_are_taken_as_they_are)
{
	const struct gate *gate;
	int web;

	begin();
	web = add_systemd("web");
	cr_expect(not(now.list[0].wanted));
	cr_assert(eq(int, plan("web", "mode = 0600", "db", "", NULL), 0));
	gate = doors_find_systemd(&next, "web");
	cr_assert(gate != NULL);
	cr_expect(gate->wanted && gate->fresh && !gate->made);
	cr_expect(not(gate->dressed));
	cr_expect(eq(int, gate->fd, web));
	cr_expect(eq(str, (char *)gate->place.path, "/run/web"));
	cr_expect(not(is_there("web.sock")));
	roll_back();
	cr_expect(is_open(web));
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	cr_expect(is_open(web));
	doors_close(&now, true);
	cr_expect(not(is_open(web)));
	finish();
}

/* systemd does not give it a second time. */
Test(doors, of_systemd_are_kept_for_a_profile_that_may_come)
{
	int other;

	begin();
	other = add_systemd("other");
	cr_assert(eq(int, plan("web", "", NULL), 0));
	cr_assert(eq(sz, next.len, 2));
	cr_expect(eq(str, next.list[1].name, "other"));
	cr_expect(not(next.list[1].wanted));
	commit();
	cr_expect(is_open(other));
	cr_assert(eq(int, plan("web", "", "other", "", NULL), 0));
	cr_assert(eq(sz, next.len, 2));
	cr_expect(next.list[1].wanted && next.list[1].fresh);
	cr_expect(eq(int, next.list[1].fd, other));
	commit();
	cr_assert(eq(int, plan("web", "", NULL), 0));
	commit();
	cr_assert(eq(sz, now.len, 2));
	cr_expect(not(now.list[1].wanted));
	cr_expect(is_open(other));
	finish();
}
