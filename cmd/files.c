/* SPDX-License-Identifier: MIT */
/* Reading the configuration's files. Hidden files, and names that do not end
 * in ".ini", are not part of it: editors leave such things behind. */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/files.h"
#include "core/limits.h"

enum {
	ROOM_FIRST = 4096 /* for a file, as most are */
};

/* Who may not is worth saying: root has become somebody else. */
static int
refuse_path(struct err *err, const char *what, const char *path)
{
	int number = errno;
	char name[64];

	if (number != EACCES)
		return err_set(err, number, "%s %s", what, path);
	files_user_name(geteuid(), name);
	return err_set(err, number, "%s %s as user %s", what, path, name);
}

/* All of it, or more than is allowed, which the reader sees. */
static int
read_all(int fd, char **text, size_t *len)
{
	size_t size = 0;
	ssize_t n;

	*text = NULL;
	*len = 0;
	do {
		if (*len == size) {
			size = size == 0 ? ROOM_FIRST : 2 * size;
			if ((*text = realloc(*text, size)) == NULL)
				errx(1, "out of memory");
		}
		n = read(fd, *text + *len, size - *len);
		if (n > 0)
			*len += (size_t)n;
	} while (
	    (n > 0 && *len <= LIMIT_INI_BYTES) || (n == -1 && errno == EINTR));
	return n == -1 ? -1 : 0;
}

int
files_read(const char *path, char **text, size_t *len, struct err *err)
{
	char *room;
	int fd, result;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return refuse_path(err, "open", path);
	if ((result = read_all(fd, text, len)) == -1) {
		err_set(err, errno, "read %s", path);
		free(*text);
	} else if ((room = realloc(*text, *len + 1)) != NULL) {
		*text = room;
	}
	close(fd);
	return result;
}

void
files_add(struct files *files, const char *name, const char *file, char *text,
    size_t len)
{
	struct profile_source *sources;
	char *own_name = strdup(name), *own_file = strdup(file);

	sources = reallocarray(
	    files->sources, files->len + 1, sizeof(*files->sources));
	if (sources == NULL || own_name == NULL || own_file == NULL)
		errx(1, "out of memory");
	files->sources = sources;
	files->sources[files->len++] = (struct profile_source){
		own_name, own_file, {text, len}
	};
}

void
files_clear(struct files *files)
{
	size_t i;

	for (i = 0; i < files->len; i++) {
		/* Made by files_add(). */
		free((char *)files->sources[i].name);
		free((char *)files->sources[i].file);
		free((char *)files->sources[i].text.at);
	}
	for (i = 0; i < files->ids_len; i++)
		free(files->ids[i].name);
	free(files->sources);
	free(files->ids);
	*files = (struct files){ 0 };
}

int
files_is_profile(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 &&
	       strcmp(entry->d_name + len - 4, ".ini") == 0;
}

static int
read_profile(const char *directory, const char *file_name, struct files *files,
    struct err *err)
{
	char *path, *name, *text;
	size_t len;
	int result;

	if (asprintf(&path, "%s/%s", directory, file_name) == -1)
		errx(1, "out of memory");
	if ((name = strndup(file_name, strlen(file_name) - 4)) == NULL)
		errx(1, "out of memory");
	result = files_read(path, &text, &len, err);
	if (result == 0)
		files_add(files, name, path, text, len);
	free(name);
	free(path);
	return result;
}

int
files_read_profiles(const char *directory, struct files *files, struct err *err)
{
	struct dirent **entries;
	int count, i, result = 0;

	count = scandir(directory, &entries, files_is_profile, alphasort);
	if (count == -1)
		return refuse_path(err, "read directory", directory);
	for (i = 0; i < count; i++) {
		if (result == 0)
			result = read_profile(
			    directory, entries[i]->d_name, files, err);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* What is remembered of a name, or NULL. */
static const struct name_id *
known_id(const struct files *files, bool is_group, const char *name)
{
	size_t i;

	for (i = 0; i < files->ids_len; i++)
		if (files->ids[i].is_group == is_group &&
		    strcmp(files->ids[i].name, name) == 0)
			return &files->ids[i];
	return NULL;
}

void
files_add_id(
    struct files *files, bool is_group, const char *name, unsigned long id)
{
	struct name_id *ids;
	char *own_name = strdup(name);

	ids = reallocarray(files->ids, files->ids_len + 1, sizeof(*ids));
	if (ids == NULL || own_name == NULL)
		errx(1, "out of memory");
	files->ids = ids;
	files->ids[files->ids_len++] =
	    (struct name_id){ is_group, own_name, id };
}

static bool
known_user(void *context, const char *name, uid_t *uid)
{
	const struct name_id *known = known_id(context, false, name);

	if (known != NULL)
		*uid = (uid_t)known->id;
	return known != NULL;
}

static bool
known_group(void *context, const char *name, gid_t *gid)
{
	const struct name_id *known = known_id(context, true, name);

	if (known != NULL)
		*gid = (gid_t)known->id;
	return known != NULL;
}

/* The system's two files are read here, without the name service switch: a
 * statically linked program has none. Each name is looked up once. */
static bool
find_user(void *context, const char *name, uid_t *uid)
{
	const struct passwd *user = NULL;
	FILE *file;

	if (known_user(context, name, uid))
		return true;
	if ((file = fopen("/etc/passwd", "re")) == NULL)
		return false;
	while ((user = fgetpwent(file)) != NULL &&
	       strcmp(user->pw_name, name) != 0)
		continue;
	if (user != NULL) {
		*uid = user->pw_uid;
		files_add_id(context, false, name, user->pw_uid);
	}
	fclose(file);
	return user != NULL;
}

static bool
find_group(void *context, const char *name, gid_t *gid)
{
	const struct group *group = NULL;
	FILE *file;

	if (known_group(context, name, gid))
		return true;
	if ((file = fopen("/etc/group", "re")) == NULL)
		return false;
	while ((group = fgetgrent(file)) != NULL &&
	       strcmp(group->gr_name, name) != 0)
		continue;
	if (group != NULL) {
		*gid = group->gr_gid;
		files_add_id(context, true, name, group->gr_gid);
	}
	fclose(file);
	return group != NULL;
}

struct name_lookup
files_name_lookup(struct files *files)
{
	return (struct name_lookup){ find_user, find_group, files };
}

struct name_lookup
files_known_names(struct files *files)
{
	return (struct name_lookup){ known_user, known_group, files };
}

void
files_user_name(uid_t uid, char name[64])
{
	const struct passwd *user = NULL;
	FILE *file;

	snprintf(name, 64, "%lu", (unsigned long)uid);
	if ((file = fopen("/etc/passwd", "re")) == NULL)
		return;
	while ((user = fgetpwent(file)) != NULL && user->pw_uid != uid)
		continue;
	if (user != NULL)
		snprintf(name, 64, "%s", user->pw_name);
	fclose(file);
}
