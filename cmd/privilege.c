/* SPDX-License-Identifier: MIT */
/* From root to an ordinary user. All that root's powers are needed for is done
 * here: a group to open the daemon's socket, groups to give to doors, and a
 * directory. Nothing that was there before is changed, and after this no way
 * leads back. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/privilege.h"

enum {
	NOBODY = 65534 /* where no file says so */
};

struct account {
	char name[64]; /* or its number */
	uid_t uid;
	gid_t gid;
};

struct groups {
	gid_t *ids;
	size_t len;
};

/* A decimal number that can be a user's. */
static bool
parse_uid(const char *text, uid_t *uid)
{
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || number >= (uid_t)-1)
		return false;
	*uid = (uid_t)number;
	return true;
}

/* By name or, where that is NULL, by number. Read without the name service
 * switch: a statically linked program has none. */
static bool
find_account(const char *name, uid_t uid, struct account *account)
{
	const struct passwd *entry;
	bool found = false;
	FILE *file;

	if ((file = fopen("/etc/passwd", "re")) == NULL)
		return false;
	while (!found && (entry = fgetpwent(file)) != NULL) {
		if (strlen(entry->pw_name) >= sizeof(account->name) ||
		    (name != NULL ? strcmp(entry->pw_name, name) != 0
				  : entry->pw_uid != uid))
			continue;
		snprintf(
		    account->name, sizeof(account->name), "%s", entry->pw_name);
		account->uid = entry->pw_uid;
		account->gid = entry->pw_gid;
		found = true;
	}
	fclose(file);
	return found;
}

static void
number_account(uid_t uid, struct account *account)
{
	snprintf(account->name, sizeof(account->name), "%u", (unsigned)uid);
	account->uid = uid;
	account->gid = NOBODY;
}

static int
choose_account(const char *user, struct account *account, struct err *err)
{
	uid_t uid;

	if (user == NULL) {
		if (!find_account("postern", 0, account) &&
		    !find_account("nobody", 0, account))
			number_account(NOBODY, account);
	} else if (!find_account(user, 0, account)) {
		if (!parse_uid(user, &uid))
			return err_set(
			    err, 0, "user = %s: there is no such user", user);
		if (!find_account(NULL, uid, account))
			number_account(uid, account);
	}
	if (account->uid == 0)
		return err_set(err, 0,
		    "user = %s: postern never serves as root; name another "
		    "user, or none",
		    user == NULL ? account->name : user);
	return 0;
}

static int
add_group(struct groups *groups, gid_t id, struct err *err)
{
	gid_t *ids;
	size_t i;

	for (i = 0; i < groups->len; i++)
		if (groups->ids[i] == id)
			return 0;
	ids = reallocarray(groups->ids, groups->len + 1, sizeof(*ids));
	if (ids == NULL)
		return err_set(err, 0, "out of memory");
	groups->ids = ids;
	groups->ids[groups->len++] = id;
	return 0;
}

/* Those that the user is in. */
static int
add_own_groups(
    struct groups *groups, const struct account *account, struct err *err)
{
	const struct group *entry;
	int result;
	char **name;
	FILE *file;

	result = add_group(groups, account->gid, err);
	if (result == -1 || (file = fopen("/etc/group", "re")) == NULL)
		return result;
	while (result == 0 && (entry = fgetgrent(file)) != NULL)
		for (name = entry->gr_mem; *name != NULL && result == 0; name++)
			if (strcmp(*name, account->name) == 0)
				result = add_group(groups, entry->gr_gid, err);
	fclose(file);
	return result;
}

/* All that are needed. A daemon that is not there yet has no group: then it is
 * reached only if the user's own groups are enough. */
static int
collect_groups(const struct settings *settings, const struct account *account,
    struct groups *groups, struct err *err)
{
	const struct policy *policy = settings->policy;
	const struct door_options *door;
	struct stat status;
	size_t i;

	if (add_own_groups(groups, account, err) == -1)
		return -1;
	if (stat(settings->config.upstream, &status) == 0 &&
	    S_ISSOCK(status.st_mode) && (status.st_mode & S_IWGRP) != 0 &&
	    (status.st_mode & S_IWOTH) == 0 &&
	    add_group(groups, status.st_gid, err) == -1)
		return -1;
	for (i = 0; i < policy->profiles_len; i++) {
		door = &policy->profiles[i].door;
		if (door->group_at.line != 0 &&
		    add_group(groups, door->group, err) == -1)
			return -1;
	}
	return 0;
}

/* Give away what was just made, and nothing that somebody may have put in its
 * place: ours is root's, and closed to all others. */
static int
give_directory(const char *path, const struct account *account, struct err *err)
{
	struct stat status;
	int fd, result = -1;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_set(err, errno, "open directory %s", path);
	if (fstat(fd, &status) == -1)
		err_set(err, errno, "look at directory %s", path);
	else if (status.st_uid != 0 || (status.st_mode & 077) != 0)
		err_set(
		    err, 0, "directory %s is not the one that was made", path);
	else if (fchown(fd, account->uid, account->gid) == -1)
		err_set(
		    err, errno, "give directory %s to %s", path, account->name);
	else if (fchmod(fd, 0750) == -1)
		err_set(err, errno, "set the mode of %s", path);
	else
		result = 0;
	close(fd);
	return result;
}

static int
provide_directory(
    const char *path, const struct account *account, struct err *err)
{
	struct stat status;

	if (mkdir(path, 0700) == 0)
		return give_directory(path, account, err);
	if (errno != EEXIST)
		return err_set(err, errno, "make directory %s", path);
	if (stat(path, &status) == -1)
		return err_set(err, errno, "look at directory %s", path);
	if (!S_ISDIR(status.st_mode))
		return err_set(err, 0, "%s is not a directory", path);
	if (status.st_uid != account->uid)
		return err_set(err, 0,
		    "directory %s belongs to uid %u, not to the user that "
		    "serves: chown %s %s",
		    path, (unsigned)status.st_uid, account->name, path);
	return 0;
}

static int
become(
    const struct account *account, const struct groups *groups, struct err *err)
{
	uid_t uids[3];
	gid_t gids[3];
	int number;

	/* Not even a program with file capabilities is to have any. Where this
	 * is not allowed, there is less to lose already. */
	for (number = 0; prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0;)
		number++;
	if (setgroups(groups->len, groups->ids) == -1 ||
	    setresgid(account->gid, account->gid, account->gid) == -1 ||
	    setresuid(account->uid, account->uid, account->uid) == -1)
		return err_set(err, errno, "become user %s (uid %u, gid %u)",
		    account->name, (unsigned)account->uid,
		    (unsigned)account->gid);
	if (getresuid(&uids[0], &uids[1], &uids[2]) == -1 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) == -1)
		return err_set(err, errno, "ask who we are");
	for (number = 0; number < 3; number++)
		if (uids[number] != account->uid ||
		    gids[number] != account->gid)
			return err_set(
			    err, 0, "did not become user %s", account->name);
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setuid(0) == 0)
		return err_set(err, 0,
		    "as user %s, this process can become root again",
		    account->name);
	/* What is root's own in the environment is not this user's: its runtime
	 * directory, and its configuration. */
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	/* Without this /proc/self stays root's. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1)
		return err_set(err, errno, "PR_SET_DUMPABLE");
	return 0;
}

int
privilege_drop(const struct settings *settings, struct err *err)
{
	const char *directory = settings->config.directory;
	struct groups groups = { 0 };
	struct account account;
	int result = -1;

	if (geteuid() != 0)
		return 0;
	if (choose_account(settings->config.user, &account, err) == 0 &&
	    collect_groups(settings, &account, &groups, err) == 0 &&
	    provide_directory(directory, &account, err) == 0)
		result = become(&account, &groups, err);
	free(groups.ids);
	/* The way there may be closed, too. */
	if (result == 0 && access(directory, W_OK | X_OK) == -1)
		result = err_set(err, errno,
		    "user %s cannot make its doors in directory %s",
		    account.name, directory);
	return result;
}
