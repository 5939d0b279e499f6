/* SPDX-License-Identifier: MIT */
/* postern init: write a configuration to start with. Nothing that is there is
 * changed, and after an error nothing is left that was not there before. */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/starter.h"
#include "core/limits.h"

/* The user that serves must read them, whatever the umask. */
enum {
	FILE_MODE = 0644,
	DIRECTORY_MODE = 0755
};

/* What has been made, in this order: directories end in "/". */
struct made {
	char **paths;
	size_t len;
};

static char *
join(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) == -1)
		errx(1, "out of memory");
	return path;
}

static void
made_add(struct made *made, const char *path, const char *ending)
{
	made->paths =
	    reallocarray(made->paths, made->len + 1, sizeof(*made->paths));
	if (made->paths == NULL ||
	    asprintf(&made->paths[made->len], "%s%s", path, ending) == -1)
		errx(1, "out of memory");
	made->len++;
}

/* Keep it, or take it all away again, the last first. */
static void
made_clear(struct made *made, bool keep)
{
	char *path;

	while (made->len > 0) {
		path = made->paths[--made->len];
		if (!keep && path[strlen(path) - 1] == '/')
			rmdir(path);
		else if (!keep)
			unlink(path);
		free(path);
	}
	free(made->paths);
	made->paths = NULL;
}

/* A directory that may be there. */
static int
make_one(struct made *made, const char *path, struct err *err)
{
	struct stat status;
	int fd, result, number;

	if (mkdir(path, DIRECTORY_MODE) == -1) {
		number = errno;
		if (stat(path, &status) == -1)
			return err_set(err, number, "make directory %s", path);
		if (!S_ISDIR(status.st_mode))
			return err_set(err, ENOTDIR, "%s", path);
		return 0;
	}
	made_add(made, path, "/");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_set(err, errno, "open %s", path);
	if ((result = fchmod(fd, DIRECTORY_MODE)) == -1)
		err_set(err, errno, "chmod %s", path);
	close(fd);
	return result;
}

/* The directory, and those that it is in. */
static int
make_directory(struct made *made, const char *path, struct err *err)
{
	char *part;
	size_t len;
	int result = 0;

	for (len = 1; result == 0 && path[len - 1] != '\0';) {
		len += strcspn(path + len, "/");
		if ((part = strndup(path, len)) == NULL)
			errx(1, "out of memory");
		result = make_one(made, part, err);
		free(part);
		len++;
	}
	return result;
}

/* A file that must not be there. */
static int
make_file(
    struct made *made, const char *path, const char *text, struct err *err)
{
	size_t len = strlen(text), done = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd == -1)
		return err_set(err, errno, "make %s", path);
	made_add(made, path, "");
	while (done < len) {
		n = write(fd, text + done, len - done);
		if (n == -1 && errno != EINTR)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	if (done < len || fchmod(fd, FILE_MODE) == -1) {
		err_set(err, errno, "write %s", path);
		close(fd);
		return -1;
	}
	if (close(fd) == -1)
		return err_set(err, errno, "write %s", path);
	return 0;
}

/* postern.ini as it holds in that directory, which the program finds by
 * itself, or only by -c. The caller frees it. */
static char *
write_settings(const char *text, const char *directory, bool is_usual)
{
	static const char run_key[] = ";directory = ", key[] = ";profiles = ";
	char run[LIMIT_SOCKET_PATH + 1], *made;
	size_t size, len;
	FILE *out;

	settings_default_directory(run);
	if ((out = open_memstream(&made, &size)) == NULL)
		errx(1, "out of memory");
	for (; *text != '\0'; text += len + 1) {
		len = strcspn(text, "\n");
		if (strncmp(text, run_key, sizeof(run_key) - 1) == 0)
			fprintf(out, "%s%s\n", run_key, run);
		else if (strncmp(text, key, sizeof(key) - 1) == 0)
			fprintf(out, "%s%s/profiles.d\n",
			    is_usual ? key : key + 1, directory);
		else
			fprintf(out, "%.*s\n", (int)len, text);
	}
	if (fclose(out) == EOF)
		errx(1, "out of memory");
	return made;
}

/* Whether postern.ini means the directory that was written into it, and sets
 * nothing else: not any name can stand there. */
static bool
is_understood(const char *text, const char *directory, bool is_usual)
{
	char *profiles = join(directory, "profiles.d");
	struct complaints complaints = { 0 };
	struct config config;
	size_t i;
	bool is;

	config_init(&config);
	config_read(&config, span_of(text), "postern.ini", &complaints);
	is = complaints.len == 0;
	for (i = 0; i < SETTINGS; i++)
		if (config.is_set[i] != (i == SETTING_PROFILES && !is_usual))
			is = false;
	if (is && !is_usual)
		is = strcmp(config.profiles, profiles) == 0;
	complaints_clear(&complaints);
	config_clear(&config);
	free(profiles);
	return is;
}

static int
make_all(
    struct made *made, const char *directory, bool is_usual, struct err *err)
{
	char *path, *settings;
	int result = 0;
	size_t i;

	path = join(directory, "profiles.d");
	result = make_directory(made, path, err);
	free(path);
	for (i = 0; i < starters_len && result == 0; i++) {
		path = join(directory, starters[i].name);
		if (strcmp(starters[i].name, "postern.ini") == 0) {
			settings = write_settings(
			    starters[i].text, directory, is_usual);
			if (is_understood(settings, directory, is_usual))
				result = make_file(made, path, settings, err);
			else
				result = err_set(err, 0,
				    "%s: a path that is so long, or has such "
				    "letters, cannot stand in postern.ini",
				    directory);
			free(settings);
		} else {
			result = make_file(made, path, starters[i].text, err);
		}
		free(path);
	}
	return result;
}

/* Say what is there already: the settings, or any profile. */
static bool
is_taken(const char *directory)
{
	char *path = join(directory, "postern.ini");
	struct dirent **entries;
	struct stat status;
	bool taken = false;
	int count, i;

	if (lstat(path, &status) == 0) {
		fprintf(stderr, "postern: %s exists\n", path);
		taken = true;
	}
	free(path);
	path = join(directory, "profiles.d");
	count = scandir(path, &entries, files_is_profile, alphasort);
	for (i = 0; i < count; i++) {
		fprintf(stderr, "postern: %s/%s exists\n", path,
		    entries[i]->d_name);
		taken = true;
		free(entries[i]);
	}
	if (count != -1)
		free(entries);
	free(path);
	if (taken)
		fprintf(stderr, "postern: nothing was written\n");
	return taken;
}

/* A word for a shell. */
static void
print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./+:@%,";

	if (word[strspn(word, plain)] == '\0') {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	putchar('\'');
}

static void
print_next(const char *command, const char *directory, bool is_usual)
{
	char *path = join(directory, "postern.ini");

	printf("    postern %s", command);
	if (!is_usual) {
		fputs(" -c ", stdout);
		print_word(path);
	}
	putchar('\n');
	free(path);
}

static void
print_made(const struct made *made, const char *directory, bool is_usual)
{
	size_t i;

	for (i = 0; i < made->len; i++)
		if (made->paths[i][strlen(made->paths[i]) - 1] != '/')
			printf("wrote %s\n", made->paths[i]);
	puts("\nChange them as you like. Then see what they allow, and serve:");
	print_next("check", directory, is_usual);
	print_next("run", directory, is_usual);
}

static bool
is_same(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int
init(const char *directory, struct err *err)
{
	char *usual, *real = NULL;
	struct made made = { 0 };
	bool is_usual;
	int result = -1;

	if (make_directory(&made, directory, err) == -1)
		goto out;
	if ((real = realpath(directory, NULL)) == NULL) {
		err_set(err, errno, "%s", directory);
		goto out;
	}
	usual = settings_home(false);
	is_usual = is_same(real, usual);
	free(usual);
	result = make_all(&made, real, is_usual, err);
	if (result == 0)
		print_made(&made, real, is_usual);
out:
	made_clear(&made, result == 0);
	free(real);
	return result;
}

/* What an argument means, as seen from here. The caller frees it. NULL, errno
 * kept: there is no way to say. */
static char *
absolute(const char *argument)
{
	char *here, *path;
	size_t len;

	if (*argument == '/') {
		if ((path = strdup(argument)) == NULL)
			errx(1, "out of memory");
	} else if ((here = getcwd(NULL, 0)) == NULL) {
		return NULL;
	} else {
		path = join(here, argument);
		free(here);
	}
	for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	return path;
}

static bool
has_settings(const struct options *options)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (options->values[i] != NULL)
			return true;
	return options->config != NULL;
}

int
command_init(const struct options *options, char **arguments)
{
	char *directory;
	struct err err;
	int status = 1;

	if (arguments[0] != NULL &&
	    (arguments[1] != NULL || *arguments[0] == '\0'))
		return command_usage("init takes one directory at most");
	if (has_settings(options))
		return command_usage("init takes no settings: they are for "
				     "the file that it writes");
	directory =
	    arguments[0] == NULL ? settings_home(true) : absolute(arguments[0]);
	if (directory == NULL) {
		perror("postern: the working directory");
		return 1;
	}
	if (is_taken(directory))
		goto out;
	if (init(directory, &err) == -1) {
		fprintf(stderr, "postern: %s; nothing was written\n", err.text);
		goto out;
	}
	status = 0;
out:
	free(directory);
	return status;
}
