/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "core/text.h"
#include "tests/unit/cases.h"

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
};

/* Owned copies, as reading files makes them. */
static void
add_profile(struct settings *settings, const char *name, const char *text)
{
	char file[64];
	struct text name_of_file = TEXT(file);

	text_format(&name_of_file, "/etc/p/%s.ini", name);
	file[name_of_file.len] = '\0';
	files_add(&settings->files, name, file, strdup(text), strlen(text));
}

/* Settings such as a supervisor reads; the policy is not looked at. The user
 * alice is no user of this machine. */
static void
make_settings(struct settings *settings)
{
	*settings = (struct settings){ 0 };
	config_init(&settings->config);
	settings->config.upstream = strdup("/run/docker.sock");
	settings->config.directory = strdup("/run/p");
	settings->config.log_format = LOG_FORMAT_JSON;
	settings->config.log_level = LOG_LEVEL_DEBUG;
	settings->config.head = 2048;
	settings->config.drain = 7;
	files_add_id(&settings->files, false, "alice", 4321);
	files_add_id(&settings->files, true, "alice", 8765);
	add_profile(settings, "web",
	    "[profile]\nextends = base\n[socket]\nuser = alice\n"
	    "group = alice\n[limits]\nbody = 3K\n");
	add_profile(settings, "base", "[allow]\noperation = SystemPing\n");
}

/* Its bytes, which the caller frees. */
static char *
bytes_of(int fd, size_t *len)
{
	struct stat status;
	char *bytes;

	cr_assert(fstat(fd, &status) == 0);
	*len = (size_t)status.st_size;
	bytes = malloc(*len + 1);
	cr_assert(pread(fd, bytes, *len, 0) == status.st_size);
	return bytes;
}

static int
memory_of(const char *bytes, size_t len, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(fd != -1);
	cr_assert(write(fd, bytes, len) == (ssize_t)len);
	cr_assert(seals == 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

/* What becomes of these bytes, in sealed memory: a policy or an error, and
 * nothing in between. */
static int
read_bytes(const char *bytes, size_t len, struct err *err)
{
	struct settings settings;
	int fd = memory_of(bytes, len, SEALS), result;

	err->text[0] = '\0';
	result = bundle_read(fd, &settings, err);
	cr_expect(eq(int, result, settings.policy != NULL ? 0 : -1));
	cr_expect(eq(int, result, err->text[0] == '\0' ? 0 : -1));
	settings_clear(&settings);
	close(fd);
	return result;
}

/* The bytes of a bundle of those settings, which are cleared. */
static char *
bundle_bytes(struct settings *settings, size_t *len)
{
	struct err err;
	char *bytes;
	int fd;

	fd = bundle_make(settings, &err);
	cr_assert(fd != -1);
	bytes = bytes_of(fd, len);
	close(fd);
	settings_clear(settings);
	return bytes;
}

Test(bundle, hands_over_what_a_worker_needs)
{
	struct settings made, got;
	const struct profile *web;
	struct err err = { "" };
	size_t i;
	int fd;

	make_settings(&made);
	fd = bundle_make(&made, &err);
	cr_assert(fd != -1, "%s", err.text);
	cr_assert(bundle_read(fd, &got, &err) == 0, "%s", err.text);
	cr_expect(eq(str, got.config.upstream, "/run/docker.sock"));
	cr_expect(eq(str, got.config.directory, "/run/p"));
	cr_expect(eq(int, got.config.log_format, LOG_FORMAT_JSON));
	cr_expect(eq(int, got.config.log_level, LOG_LEVEL_DEBUG));
	cr_expect(eq(sz, got.config.head, 2048));
	cr_expect(eq(uint, got.config.drain, 7));
	cr_assert(eq(sz, got.files.len, 2));
	for (i = 0; i < 2; i++) {
		cr_expect(eq(str, (char *)got.files.sources[i].name,
		    (char *)made.files.sources[i].name));
		cr_expect(eq(str, (char *)got.files.sources[i].file,
		    (char *)made.files.sources[i].file));
		cases_same("text", got.files.sources[i].text,
		    made.files.sources[i].text);
	}
	cr_expect(eq(sz, got.files.ids_len, 2));
	cr_assert(eq(sz, got.policy->profiles_len, 2));
	web = &got.policy->profiles[0];
	cr_expect(eq(str, web->name, "web"));
	cr_expect(eq(str, web->file, "/etc/p/web.ini"));
	cr_expect(eq(uint, web->door.user, 4321));
	cr_expect(eq(uint, web->door.group, 8765));
	cr_expect(eq(sz, web->body, 3072));
	cr_expect(
	    web->allow[operation_named(SPAN("SystemPing")) - operations].line ==
	    2);
	cr_expect(eq(str, got.policy->profiles[1].name, "base"));
	settings_clear(&made);
	settings_clear(&got);
	close(fd);
}

Test(bundle, cannot_be_changed_and_is_not_inherited)
{
	struct settings settings;
	struct err err;
	int fd;

	make_settings(&settings);
	fd = bundle_make(&settings, &err);
	cr_assert(fd != -1);
	cr_expect(eq(int, fcntl(fd, F_GETFD), FD_CLOEXEC));
	cr_expect(eq(int, fcntl(fd, F_GET_SEALS) & SEALS, SEALS));
	errno = 0;
	cr_expect(pwrite(fd, "x", 1, 0) == -1 && errno == EPERM);
	errno = 0;
	cr_expect(ftruncate(fd, 0) == -1 && errno == EPERM);
	settings_clear(&settings);
	close(fd);
}

Test(bundle, can_be_read_by_more_than_one)
{
	struct settings made, got;
	struct err err;
	int fd, i;

	make_settings(&made);
	fd = bundle_make(&made, &err);
	cr_assert(fd != -1);
	for (i = 0; i < 2; i++) {
		cr_assert(bundle_read(fd, &got, &err) == 0);
		settings_clear(&got);
	}
	settings_clear(&made);
	close(fd);
}

Test(bundle, is_refused_where_it_could_still_be_changed)
{
	static const int missing[] = { SEALS, F_SEAL_SEAL, F_SEAL_SHRINK,
		F_SEAL_GROW, F_SEAL_WRITE };
	struct settings settings;
	struct err err;
	char *bytes;
	size_t len, i;
	int fd;

	make_settings(&settings);
	bytes = bundle_bytes(&settings, &len);
	for (i = 0; i < CASES(missing); i++) {
		fd = memory_of(bytes, len, SEALS & ~missing[i]);
		cr_expect(eq(int, bundle_read(fd, &settings, &err), -1),
		    "without seals %d", missing[i]);
		cr_expect(settings.policy == NULL);
		cr_expect(eq(str, err.text, "the bundle is not sealed"));
		close(fd);
	}
	free(bytes);
}

Test(bundle, is_refused_where_it_is_no_memory)
{
	struct settings settings;
	struct err err = { "" };
	int fds[2];

	cr_assert(pipe(fds) == 0);
	cr_expect(eq(int, bundle_read(fds[0], &settings, &err), -1));
	cr_expect(err.text[0] != '\0' && settings.policy == NULL);
	close(fds[0]);
	close(fds[1]);
	cr_expect(eq(int, bundle_read(fds[0], &settings, &err), -1));
}

Test(bundle, is_refused_wherever_it_is_cut_and_when_something_follows)
{
	struct settings settings;
	struct err err;
	char *bytes;
	size_t len, cut;

	make_settings(&settings);
	bytes = bundle_bytes(&settings, &len);
	cr_expect(eq(int, read_bytes(bytes, len, &err), 0));
	for (cut = 0; cut < len; cut++)
		cr_expect(eq(int, read_bytes(bytes, cut, &err), -1),
		    "cut at %zu of %zu", cut, len);
	bytes[len] = '\0';
	cr_expect(eq(int, read_bytes(bytes, len + 1, &err), -1));
	cr_expect(eq(str, err.text, "the bundle is damaged"));
	free(bytes);
}

Test(bundle, survives_a_flip_of_any_byte)
{
	static const unsigned char flips[] = { 0x01, 0x80, 0xff };
	struct settings settings;
	const char *line_feed;
	struct err err;
	char *bytes;
	size_t len, magic, i, j;
	int result;

	make_settings(&settings);
	bytes = bundle_bytes(&settings, &len);
	line_feed = memchr(bytes, '\n', len);
	magic = (size_t)(line_feed - bytes) + 1;
	for (i = 0; i < len; i++) {
		for (j = 0; j < CASES(flips); j++) {
			bytes[i] = (char)(bytes[i] ^ flips[j]);
			result = read_bytes(bytes, len, &err);
			/* Behind the magic, some are just other settings. */
			cr_expect(result == -1 || i >= magic,
			    "byte %zu of the magic", i);
			bytes[i] = (char)(bytes[i] ^ flips[j]);
		}
	}
	free(bytes);
}

/* What only our own bug can put there. */
static void
set_path(char **path, const char *value)
{
	free(*path);
	*path = strdup(value);
}

static void
relative_upstream(struct settings *settings)
{
	set_path(&settings->config.upstream, "run/docker.sock");
}

static void
long_upstream(struct settings *settings)
{
	char path[109] = "";

	memset(path, '/', sizeof(path) - 1);
	set_path(&settings->config.upstream, path);
}

static void
empty_directory(struct settings *settings)
{
	set_path(&settings->config.directory, "");
}

static void
no_format(struct settings *settings)
{
	settings->config.log_format = (enum log_format)2;
}

static void
no_level(struct settings *settings)
{
	settings->config.log_level = (enum log_level)2;
}

static void
small_head(struct settings *settings)
{
	settings->config.head = 1023;
}

static void
long_drain(struct settings *settings)
{
	settings->config.drain = 3601;
}

static void
unknown_operation(struct settings *settings)
{
	add_profile(settings, "c", "[allow]\noperation = Fly\n");
}

/* It is in the system's files, which a worker does not read. */
static void
name_not_remembered(struct settings *settings)
{
	add_profile(settings, "c", "[socket]\nuser = root\n");
}

static void
user_as_group(struct settings *settings)
{
	files_add_id(&settings->files, false, "bob", 1);
	add_profile(settings, "c", "[socket]\ngroup = bob\n");
}

Test(bundle, is_refused_where_a_setting_is_none)
{
	static const struct {
		const char *name;
		void (*spoil)(struct settings *settings);
		const char *wanted;
	} rows[] = {
		{"a relative upstream", relative_upstream,   "*damaged"		       },
		{ "a long upstream",    long_upstream,	    "*damaged"		       },
		{ "an empty directory", empty_directory,	 "*damaged"			    },
		{ "a format",	      no_format,		 "*damaged"			    },
		{ "a level",	     no_level,	       "*damaged"			  },
		{ "a small head",	  small_head,	      "*damaged"			 },
		{ "a long drain",	  long_drain,	      "*damaged"			 },
		{ "an operation",	  unknown_operation,   "*/etc/p/c.ini:2: *Fly*"	      },
		{ "a name",		    name_not_remembered,
		    "*/etc/p/c.ini:2: *no such user"					     },
		{ "a group",	     user_as_group,	    "*/etc/p/c.ini:2: *no such group"},
	};
	struct settings settings;
	struct err err;
	size_t i, len;
	char *bytes;

	for (i = 0; i < CASES(rows); i++) {
		make_settings(&settings);
		rows[i].spoil(&settings);
		bytes = bundle_bytes(&settings, &len);
		cr_expect(eq(int, read_bytes(bytes, len, &err), -1), "%s",
		    rows[i].name);
		cr_expect(
		    glob_matches(span_of(rows[i].wanted), span_of(err.text)),
		    "%s: %s", rows[i].name, err.text);
		free(bytes);
	}
}
