/* SPDX-License-Identifier: MIT */
/* Where settings come from: the command line beats the environment, that
 * beats the file, that beats the defaults. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/files.h"
#include "cmd/settings.h"
#include "core/limits.h"
#include "policy/preset.h"

static const struct {
	const char *option;
	const char *variable;
} names[SETTINGS] = {
	[SETTING_UPSTREAM] = {"--upstream",	     "POSTERN_UPSTREAM"	},
	[SETTING_DIRECTORY] = { "--directory",    "POSTERN_DIRECTORY"   },
	[SETTING_PROFILES] = { "--profiles",     "POSTERN_PROFILES"	},
	[SETTING_USER] = { "--user",	     "POSTERN_USER"	    },
	[SETTING_DRAIN] = { "--drain",	       "POSTERN_DRAIN"       },
	[SETTING_METRICS] = { "--metrics-file", "POSTERN_METRICS_FILE"},
	[SETTING_LOG_FORMAT] = { "--log-format",	 "POSTERN_LOG_FORMAT"  },
	[SETTING_LOG_LEVEL] = { "--log-level",    "POSTERN_LOG_LEVEL"   },
	[SETTING_AUDIT] = { "--audit-file",   "POSTERN_AUDIT_FILE"	 },
	[SETTING_HEAD] = { NULL,		 NULL		      },
};

/* Print every complaint. Whether there was one. */
static bool
print_complaints(struct complaints *complaints)
{
	bool any = complaints->len > 0;
	struct buf lines = { 0 };
	struct span text;

	complaints_write(complaints, &lines);
	text = buf_span(&lines);
	if (text.len > 0)
		fwrite(text.at, 1, text.len, stderr);
	buf_clear(&lines);
	complaints_clear(complaints);
	return any;
}

static bool
is_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The environment's, unless it is empty. */
static const char *
runtime_directory(void)
{
	const char *directory = getenv("XDG_RUNTIME_DIR");

	return directory == NULL || *directory == '\0' ? NULL : directory;
}

/* The first of the usual sockets that we may open. If there is none, it may
 * come yet: a user's own daemon for a user, else the first that is there, or
 * Docker's. */
static void
default_upstream(struct config *config, struct complaints *complaints)
{
	const char *host = getenv("DOCKER_HOST");
	const char *runtime = runtime_directory();
	char users[2][LIMIT_SOCKET_PATH + 1] = { "", "" };
	const char *const usual[] = { "/var/run/docker.sock",
		"/run/podman/podman.sock", users[0], users[1] };
	const char *found = usual[0];
	size_t i;

	if (host != NULL && *host != '\0') {
		config_set(
		    config, SETTING_UPSTREAM, host, "DOCKER_HOST", complaints);
		return;
	}
	if (runtime != NULL) {
		snprintf(users[0], sizeof(users[0]), "%s/docker.sock", runtime);
		snprintf(users[1], sizeof(users[1]), "%s/podman/podman.sock",
		    runtime);
	}
	for (i = sizeof(usual) / sizeof(usual[0]); i-- > 0;)
		if (is_socket(usual[i]))
			found = usual[i];
	if (runtime != NULL && geteuid() != 0)
		found = users[0];
	for (i = sizeof(usual) / sizeof(usual[0]); i-- > 0;)
		if (is_socket(usual[i]) && access(usual[i], W_OK) == 0)
			found = usual[i];
	config_set(config, SETTING_UPSTREAM, found, "the default", complaints);
}

char *
settings_home(bool is_new)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *below = "";
	char *own = NULL;
	struct stat status;

	if (base == NULL || *base != '/') {
		base = getenv("HOME");
		below = "/.config";
	}
	if (geteuid() != 0 && base != NULL && *base == '/') {
		if (asprintf(&own, "%s%s/postern", base, below) == -1)
			errx(1, "out of memory");
		if (is_new ||
		    (stat(own, &status) == 0 && S_ISDIR(status.st_mode)))
			return own;
		free(own);
	}
	if ((own = strdup(POSTERN_SYSCONFDIR "/postern")) == NULL)
		errx(1, "out of memory");
	return own;
}

/* A path in that directory. */
static char *
default_path(const char *name)
{
	char *directory = settings_home(false), *path;

	if (asprintf(&path, "%s/%s", directory, name) == -1)
		errx(1, "out of memory");
	free(directory);
	return path;
}

void
settings_default_directory(char directory[LIMIT_SOCKET_PATH + 1])
{
	const char *runtime = runtime_directory();

	if (geteuid() != 0 && runtime != NULL)
		snprintf(
		    directory, LIMIT_SOCKET_PATH + 1, "%s/postern", runtime);
	else
		snprintf(directory, LIMIT_SOCKET_PATH + 1, "/run/postern");
}

static void
set_defaults(struct config *config, struct complaints *complaints)
{
	char directory[LIMIT_SOCKET_PATH + 1];
	char *profiles = default_path("profiles.d");

	if (!config->is_set[SETTING_UPSTREAM])
		default_upstream(config, complaints);
	settings_default_directory(directory);
	config_set(config, SETTING_DIRECTORY, directory, "XDG_RUNTIME_DIR",
	    complaints);
	config_set(
	    config, SETTING_PROFILES, profiles, "the default", complaints);
	free(profiles);
}

/* The file that -c or $POSTERN_CONFIG names must be there; the default one
 * need not. */
static int
read_file(const struct options *options, struct config *config,
    struct complaints *complaints, struct err *err)
{
	const char *path = options->config;
	char *usual = NULL, *text;
	int result = 0;
	size_t len;

	if (path == NULL)
		path = getenv("POSTERN_CONFIG");
	if (path == NULL || *path == '\0') {
		path = usual = default_path("postern.ini");
		if (access(path, F_OK) == -1 && errno == ENOENT)
			goto out;
	}
	if ((result = files_read(path, &text, &len, err)) == -1)
		goto out;
	config_read(config, (struct span){ text, len }, path, complaints);
	free(text);
out:
	free(usual);
	return result;
}

/* A path on the command line may be given as seen from here. */
static void
set_option(struct config *config, enum setting setting, const char *value,
    struct complaints *complaints)
{
	bool is_path = setting == SETTING_DIRECTORY ||
		       setting == SETTING_PROFILES ||
		       setting == SETTING_METRICS || setting == SETTING_AUDIT;
	char *here, *path;

	if (!is_path || *value == '/' || (here = getcwd(NULL, 0)) == NULL) {
		config_set(
		    config, setting, value, names[setting].option, complaints);
		return;
	}
	if (asprintf(&path, "%s/%s", here, value) != -1) {
		config_set(
		    config, setting, path, names[setting].option, complaints);
		free(path);
	}
	free(here);
}

/* Everything but the profiles. 0, or -1 with err set. */
static int
read_config(const struct options *options, struct config *config,
    struct complaints *complaints, struct err *err)
{
	const char *value;
	size_t i;

	config_init(config);
	for (i = 0; i < SETTINGS; i++)
		if (options->values[i] != NULL)
			set_option(config, (enum setting)i, options->values[i],
			    complaints);
	for (i = 0; i < SETTINGS; i++) {
		value = names[i].variable == NULL ? NULL
						  : getenv(names[i].variable);
		if (value != NULL && *value != '\0')
			config_set(config, (enum setting)i, value,
			    names[i].variable, complaints);
	}
	if (read_file(options, config, complaints, err) == -1)
		return -1;
	set_defaults(config, complaints);
	return 0;
}

/* A preset's name stands for a profile that is nothing but the preset. */
static void
add_preset(struct files *files, const char *wanted)
{
	char *text;
	size_t i;
	int len;

	for (i = 0; i < files->len; i++)
		if (strcmp(files->sources[i].name, wanted) == 0)
			return;
	if (preset_named(wanted) == NULL)
		return;
	len = asprintf(&text, "[profile]\nextends = %s\n", wanted);
	if (len != -1)
		files_add(files, wanted, "preset", text, (size_t)len);
}

/* The profiles. Without a directory of them, a preset is enough. */
static int
read_policy(struct settings *settings, const char *wanted,
    struct complaints *complaints, struct err *err)
{
	const char *directory = settings->config.profiles;
	struct files *files = &settings->files;
	struct name_lookup lookup = files_name_lookup(files);

	if (directory == NULL)
		return 0; /* a complaint already */
	if ((wanted == NULL || access(directory, F_OK) == 0) &&
	    files_read_profiles(directory, files, err) == -1)
		return -1;
	if (wanted != NULL)
		add_preset(files, wanted);
	if (files->len == 0)
		return err_set(err, 0,
		    "%s has no NAME.ini: each such file makes a door",
		    directory);
	settings->policy =
	    policy_load(files->sources, files->len, &lookup, complaints);
	return 0;
}

int
settings_read(const struct options *options, const char *wanted,
    struct settings *settings, struct complaints *complaints, struct err *err)
{
	size_t before = complaints->len;

	*settings = (struct settings){ 0 };
	if (read_config(options, &settings->config, complaints, err) == 0 &&
	    read_policy(settings, wanted, complaints, err) == 0 &&
	    complaints->len == before)
		return 0;
	settings_clear(settings);
	return -1;
}

void
settings_clear(struct settings *settings)
{
	policy_free(settings->policy);
	settings->policy = NULL;
	files_clear(&settings->files);
	config_clear(&settings->config);
}

/* Say why the settings are not to be had. The exit status. */
static int
refuse(struct complaints *complaints, const struct err *err)
{
	if (print_complaints(complaints))
		return 3;
	fprintf(stderr, "postern: %s\n", err->text);
	return 1;
}

int
settings_load(const struct options *options, const char *wanted,
    struct settings *settings)
{
	struct complaints complaints = { 0 };
	struct err err;

	if (settings_read(options, wanted, settings, &complaints, &err) == 0)
		return 0;
	return refuse(&complaints, &err);
}

int
settings_load_config(const struct options *options, struct settings *settings)
{
	struct complaints complaints = { 0 };
	struct err err;

	*settings = (struct settings){ 0 };
	/* The daemon is not what this is about. */
	unsetenv("DOCKER_HOST");
	if (read_config(options, &settings->config, &complaints, &err) == 0 &&
	    complaints.len == 0)
		return 0;
	settings_clear(settings);
	return refuse(&complaints, &err);
}

int
settings_door_path(const struct config *config, const struct profile *profile,
    char path[108], struct err *err)
{
	int len;

	if (profile->door.path == NULL)
		len = snprintf(path, 108, "%s/doors/%s.sock", config->directory,
		    profile->name);
	else if (profile->door.path[0] == '/')
		len = snprintf(path, 108, "%s", profile->door.path);
	else
		len = snprintf(path, 108, "%s/doors/%s", config->directory,
		    profile->door.path);
	if (len < 0 || len > LIMIT_SOCKET_PATH)
		return err_set(err, 0,
		    "profile %s: its socket's path has %d bytes; at most %d "
		    "are possible",
		    profile->name, len, LIMIT_SOCKET_PATH);
	return 0;
}
