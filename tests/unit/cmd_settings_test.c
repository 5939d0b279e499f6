/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/settings.h"
#include "core/limits.h"
#include "policy/operation.h"
#include "tests/unit/cases.h"

enum {
	NOBODY = 65534
};

/* A directory of our own, and an environment that says nothing. */
struct home {
	char path[64];
};

static void
home_make(struct home *home, uid_t uid)
{
	static const char *const variables[] = { "POSTERN_CONFIG",
		"POSTERN_UPSTREAM", "POSTERN_DIRECTORY", "POSTERN_PROFILES",
		"POSTERN_USER", "POSTERN_DRAIN", "POSTERN_METRICS_FILE",
		"POSTERN_LOG_FORMAT", "POSTERN_LOG_LEVEL", "DOCKER_HOST",
		"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME" };
	size_t i;

	for (i = 0; i < CASES(variables); i++)
		unsetenv(variables[i]);
	if (uid != geteuid())
		cr_assert(seteuid(uid) == 0);
	snprintf(home->path, sizeof(home->path), "/tmp/settings-XXXXXX");
	cr_assert(mkdtemp(home->path) != NULL);
}

/* A path below it. Good for four more calls. */
static const char *
below(const struct home *home, const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", home->path, name);
	return path;
}

static void
put(const struct home *home, const char *name, const char *text)
{
	FILE *file = fopen(below(home, name), "w");

	cr_assert(file != NULL, "%s", name);
	fputs(text, file);
	fclose(file);
}

static void
home_remove(const struct home *home)
{
	char command[128];

	cr_assert(seteuid(getuid()) == 0);
	snprintf(command, sizeof(command), "rm -rf %s", home->path);
	cr_assert(system(command) == 0);
}

/* The settings alone, which must be good. */
static void
load(const struct options *options, struct settings *settings)
{
	cr_assert(eq(int, settings_load_config(options, settings), 0));
	cr_expect(settings->policy == NULL);
}

Test(settings, come_from_the_line_then_the_environment_then_the_file)
{
	struct options options = { 0 };
	struct settings settings;
	struct home home;

	home_make(&home, geteuid());
	put(&home, "c.ini",
	    "[daemon]\nuser = c\ndrain = 3s\nmetrics = /c.prom\n");
	options.config = below(&home, "c.ini");
	load(&options, &settings);
	cr_expect(eq(str, settings.config.user, "c"));
	cr_expect(eq(uint, settings.config.drain, 3));
	cr_expect(eq(str, settings.config.metrics, "/c.prom"));
	settings_clear(&settings);

	setenv("POSTERN_USER", "b", 1);
	setenv("POSTERN_DRAIN", "2s", 1);
	setenv("POSTERN_METRICS_FILE", "/b.prom", 1);
	load(&options, &settings);
	cr_expect(eq(str, settings.config.user, "b"));
	cr_expect(eq(uint, settings.config.drain, 2));
	cr_expect(eq(str, settings.config.metrics, "/b.prom"));
	settings_clear(&settings);

	options.values[SETTING_USER] = "a";
	options.values[SETTING_DRAIN] = "1s";
	options.values[SETTING_METRICS] = "/a.prom";
	load(&options, &settings);
	cr_expect(eq(str, settings.config.user, "a"));
	cr_expect(eq(uint, settings.config.drain, 1));
	cr_expect(eq(str, settings.config.metrics, "/a.prom"));
	settings_clear(&settings);
	home_remove(&home);
}

Test(settings, take_a_metrics_file_as_seen_from_here_on_the_line_only)
{
	struct options options = { 0 };
	struct complaints complaints = { 0 };
	struct settings settings;
	struct home home;
	struct err err;

	home_make(&home, geteuid());
	cr_assert(chdir(home.path) == 0);
	options.values[SETTING_METRICS] = "m.prom";
	load(&options, &settings);
	cr_expect(
	    eq(str, settings.config.metrics, (char *)below(&home, "m.prom")));
	settings_clear(&settings);

	options.values[SETTING_METRICS] = NULL;
	setenv("POSTERN_METRICS_FILE", "m.prom", 1);
	cr_expect(eq(int,
	    settings_read(&options, "traefik", &settings, &complaints, &err),
	    -1));
	cr_assert(eq(sz, complaints.len, 1));
	cr_expect(eq(str, complaints.list[0].file, "POSTERN_METRICS_FILE"));
	complaints_clear(&complaints);
	cr_assert(chdir("/") == 0);
	home_remove(&home);
}

Test(settings_read, gives_its_complaints_to_the_caller)
{
	struct complaints complaints = { 0 };
	struct options options = { 0 };
	struct settings settings;
	struct err err;
	struct home home;

	cr_redirect_stderr();
	home_make(&home, geteuid());
	cr_assert(mkdir(below(&home, "p"), 0700) == 0);
	put(&home, "p/a.ini", "[allow]\noperation = Fly\n");
	put(&home, "p/b.ini", "[allow]\noperation = SystemPing\n");
	options.values[SETTING_PROFILES] = below(&home, "p");
	options.values[SETTING_DRAIN] = "2h";
	options.values[SETTING_USER] = "root";
	cr_expect(eq(int,
	    settings_read(&options, NULL, &settings, &complaints, &err), -1));
	cr_assert(eq(sz, complaints.len, 3));
	cr_expect(eq(str, complaints.list[0].file, "--user"));
	cr_expect(eq(str, complaints.list[1].file, "--drain"));
	cr_expect(
	    eq(str, complaints.list[2].file, (char *)below(&home, "p/a.ini")));
	cr_expect(eq(uint, complaints.list[2].line, 2));
	cr_expect(settings.policy == NULL);
	cr_expect(eq(sz, settings.files.len, 0));
	cr_expect(settings.config.upstream == NULL);
	complaints_clear(&complaints);

	/* Nothing to complain about, but nothing to be had. */
	options.values[SETTING_DRAIN] = options.values[SETTING_USER] = NULL;
	options.values[SETTING_PROFILES] = below(&home, "none");
	cr_expect(eq(int,
	    settings_read(&options, NULL, &settings, &complaints, &err), -1));
	cr_expect(eq(sz, complaints.len, 0));
	cr_expect(strstr(err.text, below(&home, "none")) != NULL);
	fflush(stderr);
	cr_expect_stderr_eq_str("");
	home_remove(&home);
}

Test(settings_load, returns_the_exit_status)
{
	struct options options = { 0 };
	struct settings settings;
	struct home home;

	cr_redirect_stderr();
	home_make(&home, geteuid());
	cr_assert(mkdir(below(&home, "p"), 0700) == 0);
	put(&home, "p/a.ini", "[allow]\noperation = SystemPing\n");
	options.values[SETTING_PROFILES] = below(&home, "p");
	cr_assert(eq(int, settings_load(&options, NULL, &settings), 0));
	cr_expect(eq(sz, settings.policy->profiles_len, 1));
	cr_expect(eq(sz, settings.files.len, 1));
	settings_clear(&settings);
	cr_expect(settings.policy == NULL);

	options.values[SETTING_DRAIN] = "-1";
	cr_expect(eq(int, settings_load(&options, NULL, &settings), 3));
	cr_expect(eq(int, settings_load_config(&options, &settings), 3));
	options.values[SETTING_DRAIN] = NULL;
	options.values[SETTING_PROFILES] = below(&home, "none");
	cr_expect(eq(int, settings_load(&options, NULL, &settings), 1));
	/* Profiles are none of its business. */
	load(&options, &settings);
	settings_clear(&settings);
	options.config = below(&home, "none.ini");
	cr_expect(eq(int, settings_load_config(&options, &settings), 1));
	home_remove(&home);
}

/* The directory that profiles are read from, where nothing is said. */
static void
expect_profiles(const char *name, const char *wanted, unsigned drain)
{
	struct options options = { 0 };
	struct settings settings;

	load(&options, &settings);
	cr_expect(
	    eq(str, settings.config.profiles, (char *)wanted), "%s", name);
	cr_expect(eq(uint, settings.config.drain, drain), "%s", name);
	settings_clear(&settings);
}

#define SYSTEMS POSTERN_SYSCONFDIR "/postern/profiles.d"

Test(settings, of_an_ordinary_user_are_in_the_users_own_directory)
{
	struct home home;
	bool has_file = access(POSTERN_SYSCONFDIR "/postern", F_OK) == 0;

	if (has_file)
		cr_skip_test("this machine has a configuration");
	home_make(&home, geteuid() == 0 ? NOBODY : geteuid());
	expect_profiles("no home", SYSTEMS, LIMIT_DRAIN_DEFAULT);
	setenv("HOME", home.path, 1);
	cr_assert(mkdir(below(&home, ".config"), 0700) == 0);
	cr_assert(mkdir(below(&home, "xdg"), 0700) == 0);
	expect_profiles("no directory", SYSTEMS, LIMIT_DRAIN_DEFAULT);
	put(&home, ".config/postern", "a file");
	expect_profiles("a file", SYSTEMS, LIMIT_DRAIN_DEFAULT);
	cr_assert(unlink(below(&home, ".config/postern")) == 0);

	cr_assert(mkdir(below(&home, ".config/postern"), 0700) == 0);
	expect_profiles("an empty directory",
	    below(&home, ".config/postern/profiles.d"), LIMIT_DRAIN_DEFAULT);
	put(&home, ".config/postern/postern.ini", "[daemon]\ndrain = 11s\n");
	expect_profiles(
	    "$HOME/.config", below(&home, ".config/postern/profiles.d"), 11);
	setenv("XDG_CONFIG_HOME", "", 1);
	expect_profiles("an empty $XDG_CONFIG_HOME",
	    below(&home, ".config/postern/profiles.d"), 11);
	setenv("XDG_CONFIG_HOME", "xdg", 1);
	expect_profiles("a relative $XDG_CONFIG_HOME",
	    below(&home, ".config/postern/profiles.d"), 11);

	setenv("XDG_CONFIG_HOME", below(&home, "xdg"), 1);
	expect_profiles(
	    "nothing in $XDG_CONFIG_HOME", SYSTEMS, LIMIT_DRAIN_DEFAULT);
	cr_assert(mkdir(below(&home, "xdg/postern"), 0700) == 0);
	put(&home, "xdg/postern/postern.ini", "[daemon]\ndrain = 12s\n");
	expect_profiles(
	    "$XDG_CONFIG_HOME", below(&home, "xdg/postern/profiles.d"), 12);
	home_remove(&home);
}

Test(settings, of_root_are_the_systems)
{
	struct options options = { 0 };
	struct settings settings;
	struct home home;

	if (geteuid() != 0)
		cr_skip_test("only root can try");
	home_make(&home, 0);
	cr_assert(mkdir(below(&home, "postern"), 0700) == 0);
	put(&home, "postern/postern.ini", "[daemon]\nfly = 1\n");
	setenv("XDG_CONFIG_HOME", home.path, 1);
	load(&options, &settings);
	cr_expect(eq(str, settings.config.profiles, SYSTEMS));
	settings_clear(&settings);
	home_remove(&home);
}

Test(files, remember_the_names_that_were_looked_up)
{
	struct files files = { 0 };
	struct name_lookup lookup = files_name_lookup(&files), known;
	uid_t uid = 1;
	gid_t gid = 1;
	int i;

	known = files_known_names(&files);
	cr_expect(not(known.user(known.context, "root", &uid)));
	cr_expect(not(known.group(known.context, "root", &gid)));
	for (i = 0; i < 2; i++) {
		cr_expect(lookup.user(lookup.context, "root", &uid));
		cr_expect(eq(uint, uid, 0));
	}
	cr_expect(not(lookup.user(lookup.context, "no-such-user", &uid)));
	cr_expect(not(lookup.group(lookup.context, "no-such-group", &gid)));
	cr_expect(eq(sz, files.ids_len, 1));
	uid = 1;
	cr_expect(known.user(known.context, "root", &uid));
	cr_expect(eq(uint, uid, 0));
	cr_expect(not(known.group(known.context, "root", &gid)));
	cr_expect(lookup.group(lookup.context, "root", &gid));
	cr_expect(eq(uint, gid, 0));
	cr_expect(eq(sz, files.ids_len, 2));
	gid = 1;
	cr_expect(known.group(known.context, "root", &gid));
	cr_expect(eq(uint, gid, 0));
	files_clear(&files);
	cr_expect(not(known.user(known.context, "root", &uid)));
}

Test(files, name_a_user_by_its_name_or_its_number)
{
	char name[64];

	files_user_name(0, name);
	cr_expect(eq(str, name, "root"));
	files_user_name(4294967293, name);
	cr_expect(eq(str, name, "4294967293"));
}
