/* SPDX-License-Identifier: MIT */
/* Root becomes somebody else, in a child, and cannot become root again. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/privilege.h"
#include "tests/unit/cases.h"

enum {
	GROUPS_MAX = 64,
	/* Neither users nor groups of any system. */
	STRANGER = 54321,
	DAEMON_GROUP = 54322,
	DOOR_GROUP = 54323,
	NOBODY = 65534
};

/* What the child has become. */
struct became {
	int result;
	char why[512];
	uid_t uids[3];
	gid_t gids[3];
	int groups_len;
	gid_t groups[GROUPS_MAX];
	int roots_again; /* ways that led back */
	int dumpable;
	int capabilities; /* in the bounding set */
};

static char home[32], directory[64], upstream[64];
static struct profile profiles[3];
static struct policy policy = { .profiles = profiles };

/* Where root is needed, and a place that anybody may come to. */
static void
begin(void)
{
	if (geteuid() != 0)
		cr_skip("only root can become somebody else");
	strcpy(home, "/tmp/privilege-XXXXXX");
	cr_assert(mkdtemp(home) != NULL);
	cr_assert(chmod(home, 0755) == 0);
	snprintf(directory, sizeof(directory), "%s/run", home);
	snprintf(upstream, sizeof(upstream), "%s/daemon", home);
}

static void
finish(void)
{
	unlink(upstream);
	rmdir(directory);
	unlink(directory);
	cr_expect(eq(int, rmdir(home), 0));
}

static void
look(struct became *became)
{
	int number;

	getresuid(&became->uids[0], &became->uids[1], &became->uids[2]);
	getresgid(&became->gids[0], &became->gids[1], &became->gids[2]);
	became->groups_len = getgroups(GROUPS_MAX, became->groups);
	became->dumpable = prctl(PR_GET_DUMPABLE);
	for (number = 0; number < 64; number++)
		if (prctl(PR_CAPBSET_READ, number) == 1)
			became->capabilities++;
	became->roots_again += setuid(0) == 0;
	became->roots_again += seteuid(0) == 0;
	became->roots_again += setgid(0) == 0;
	became->roots_again += setgroups(0, NULL) == 0;
}

static struct became
drop_with(struct settings *settings)
{
	struct became became = { 0 };
	struct err err = { "" };
	int ends[2];
	pid_t pid;

	cr_assert(pipe(ends) == 0);
	pid = fork();
	cr_assert(ne(int, pid, -1));
	if (pid == 0) {
		became.result = privilege_drop(settings, &err);
		snprintf(became.why, sizeof(became.why), "%s", err.text);
		look(&became);
		if (write(ends[1], &became, sizeof(became)) !=
		    (ssize_t)sizeof(became))
			_exit(1);
		_exit(0);
	}
	cr_assert(
	    read(ends[0], &became, sizeof(became)) == (ssize_t)sizeof(became));
	cr_assert(waitpid(pid, NULL, 0) == pid);
	close(ends[0]);
	close(ends[1]);
	return became;
}

static struct became
drop(const char *user)
{
	char name[32];
	struct settings settings = { .policy = &policy };

	snprintf(name, sizeof(name), "%s", user != NULL ? user : "");
	settings.config.user = user != NULL ? name : NULL;
	settings.config.directory = directory;
	settings.config.upstream = upstream;
	return drop_with(&settings);
}

static void
expect_refused(const char *user, const char *why)
{
	struct became became = drop(user);

	cr_expect(eq(int, became.result, -1), "%s", why);
	cr_expect(strstr(became.why, why) != NULL, "wanted \"%s\", got \"%s\"",
	    why, became.why);
}

static void
expect_became(const struct became *became, uid_t uid, gid_t gid)
{
	int i;

	cr_expect(eq(int, became->result, 0), "%s", became->why);
	for (i = 0; i < 3; i++) {
		cr_expect(eq(u32, became->uids[i], uid));
		cr_expect(eq(u32, became->gids[i], gid));
	}
	cr_expect(eq(int, became->roots_again, 0));
	cr_expect(eq(int, became->dumpable, 1));
	cr_expect(eq(int, became->capabilities, 0));
}

/* How often it is in a group. */
static int
count_group(const struct became *became, gid_t group)
{
	int i, count = 0;

	for (i = 0; i < became->groups_len; i++)
		count += became->groups[i] == group;
	return count;
}

static void
make_daemon(mode_t mode, gid_t group)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", upstream);
	unlink(upstream);
	cr_assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	cr_assert(chown(upstream, 0, group) == 0);
	cr_assert(chmod(upstream, mode) == 0);
	close(fd);
}

Test(privilege_drop, becomes_a_user_by_name)
{
	struct became became;
	struct stat status;

	begin();
	became = drop("nobody");
	expect_became(&became, NOBODY, NOBODY);
	cr_expect(eq(int, became.groups_len, 1));
	cr_assert(stat(directory, &status) == 0);
	cr_expect(eq(u32, status.st_uid, NOBODY));
	cr_expect(eq(u32, status.st_gid, NOBODY));
	cr_expect(eq(u32, status.st_mode & 07777, 0750));
	finish();
}

Test(privilege_drop, becomes_a_user_by_number)
{
	struct became became;

	begin();
	became = drop("65534");
	expect_became(&became, NOBODY, NOBODY);
	rmdir(directory);
	became = drop("54321");
	expect_became(&became, STRANGER, NOBODY);
	finish();
}

Test(privilege_drop, becomes_an_ordinary_user_by_default)
{
	struct became became;

	begin();
	became = drop(NULL);
	cr_expect(eq(int, became.result, 0), "%s", became.why);
	cr_expect(ne(u32, became.uids[0], 0));
	cr_expect(eq(int, became.roots_again, 0));
	finish();
}

Test(privilege_drop, never_stays_root)
{
	begin();
	expect_refused("root", "user = root: postern never serves as root");
	expect_refused("0", "user = 0: postern never serves as root");
	expect_refused("00", "user = 00: postern never serves as root");
	cr_expect(eq(int, access(directory, F_OK), -1));
	finish();
}

Test(privilege_drop, refuses_who_is_not_there)
{
	static const char *const names[] = { "no such user", "", "-1", "+1",
		"1x", "4294967295", "4294967296", "99999999999999999999" };
	size_t i;

	begin();
	for (i = 0; i < CASES(names); i++)
		expect_refused(names[i], "there is no such user");
	finish();
}

Test(privilege_drop, keeps_the_groups_that_it_needs)
{
	struct became became;

	begin();
	make_daemon(0660, DAEMON_GROUP);
	policy.profiles_len = 3;
	profiles[0].door.group = DOOR_GROUP;
	profiles[0].door.group_at.line = 1;
	profiles[1].door.group = DAEMON_GROUP;
	profiles[1].door.group_at.line = 7;
	profiles[2].door.group = STRANGER; /* that no line set */
	became = drop("nobody");
	expect_became(&became, NOBODY, NOBODY);
	cr_expect(eq(int, became.groups_len, 3));
	cr_expect(eq(int, count_group(&became, NOBODY), 1));
	cr_expect(eq(int, count_group(&became, DAEMON_GROUP), 1));
	cr_expect(eq(int, count_group(&became, DOOR_GROUP), 1));
	finish();
}

Test(privilege_drop, takes_no_group_that_opens_nothing)
{
	struct became became;
	FILE *file;

	begin();
	make_daemon(0640, DAEMON_GROUP);
	became = drop("nobody");
	cr_expect(eq(int, count_group(&became, DAEMON_GROUP), 0));
	unlink(upstream);
	file = fopen(upstream, "w");
	cr_assert(file != NULL);
	fclose(file);
	cr_assert(chown(upstream, 0, DAEMON_GROUP) == 0);
	cr_assert(chmod(upstream, 0660) == 0);
	became = drop("nobody");
	cr_expect(eq(int, became.result, 0), "%s", became.why);
	cr_expect(eq(int, count_group(&became, DAEMON_GROUP), 0));
	finish();
}

/* Any user of this system that /etc/group has in a group. */
Test(privilege_drop, is_in_the_users_own_groups)
{
	const struct group *entry;
	struct became became;
	char user[32] = "";
	gid_t group = 0;

	begin();
	while (user[0] == '\0' && (entry = getgrent()) != NULL)
		if (entry->gr_mem[0] != NULL &&
		    strcmp(entry->gr_mem[0], "root") != 0) {
			snprintf(user, sizeof(user), "%s", entry->gr_mem[0]);
			group = entry->gr_gid;
		}
	endgrent();
	if (user[0] == '\0') {
		finish();
		cr_skip("no user here is in a further group");
	}
	became = drop(user);
	cr_expect(eq(int, became.result, 0), "%s", became.why);
	cr_expect(eq(int, count_group(&became, group), 1));
	finish();
}

Test(privilege_drop, leaves_a_directory_of_the_users_as_it_is)
{
	struct became became;
	struct stat status;

	begin();
	cr_assert(mkdir(directory, 0700) == 0);
	cr_assert(chmod(directory, 0711) == 0);
	cr_assert(chown(directory, NOBODY, DOOR_GROUP) == 0);
	became = drop("nobody");
	expect_became(&became, NOBODY, NOBODY);
	cr_assert(stat(directory, &status) == 0);
	cr_expect(eq(u32, status.st_mode & 07777, 0711));
	cr_expect(eq(u32, status.st_gid, DOOR_GROUP));
	finish();
}

Test(privilege_drop, says_what_to_do_about_a_directory_of_anothers)
{
	char why[128];
	struct stat status;

	begin();
	snprintf(why, sizeof(why), "chown nobody %s", directory);
	cr_assert(mkdir(directory, 0777) == 0);
	expect_refused("nobody", why);
	cr_assert(chown(directory, STRANGER, 0) == 0);
	expect_refused("nobody", why);
	cr_assert(stat(directory, &status) == 0);
	cr_expect(eq(u32, status.st_uid, STRANGER));
	finish();
}

Test(privilege_drop, refuses_a_directory_that_the_user_cannot_use)
{
	begin();
	cr_assert(mkdir(directory, 0) == 0);
	cr_assert(chown(directory, NOBODY, 0) == 0);
	expect_refused("nobody", "cannot make its doors in directory");
	cr_assert(chmod(directory, 0700) == 0);
	cr_assert(chmod(home, 0700) == 0);
	expect_refused("nobody", "cannot make its doors in directory");
	finish();
}

Test(privilege_drop, makes_no_directory_in_a_strange_place)
{
	struct stat status;
	char other[64];

	begin();
	snprintf(other, sizeof(other), "%s/other", home);
	cr_assert(symlink(other, directory) == 0);
	expect_refused("nobody", "look at directory");
	cr_assert(mkdir(other, 0755) == 0);
	expect_refused("nobody", "chown nobody");
	cr_assert(stat(other, &status) == 0);
	cr_expect(eq(u32, status.st_uid, 0));
	rmdir(other);
	unlink(directory);
	cr_assert(mknod(directory, S_IFREG | 0600, 0) == 0);
	expect_refused("nobody", "is not a directory");
	unlink(directory);
	snprintf(directory, sizeof(directory), "%s/missing/run", home);
	expect_refused("nobody", "make directory");
	finish();
}

Test(privilege_drop, does_nothing_for_anybody_else)
{
	struct settings settings = { .policy = &policy };
	struct became became;
	struct err err;

	settings.config.user = "root";
	settings.config.directory = "/nowhere/at/all";
	settings.config.upstream = "/nowhere/at/all";
	if (geteuid() == 0) {
		became = drop_with(&settings);
		cr_expect(eq(int, became.result, -1));
		cr_assert(setresuid(STRANGER, STRANGER, STRANGER) == 0);
	}
	cr_expect(eq(int, privilege_drop(&settings, &err), 0));
}
