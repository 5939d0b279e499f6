/* SPDX-License-Identifier: MIT */
/* Where settings come from: the command line beats the environment, that
 * beats the file, that beats the defaults. */

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
	[SETTING_UPSTREAM] = {"--upstream",    "POSTERN_UPSTREAM"	},
	[SETTING_DIRECTORY] = { "--directory",  "POSTERN_DIRECTORY" },
	[SETTING_PROFILES] = { "--profiles",   "POSTERN_PROFILES"	},
	[SETTING_LOG_FORMAT] = { "--log-format", "POSTERN_LOG_FORMAT"},
	[SETTING_LOG_LEVEL] = { "--log-level",  "POSTERN_LOG_LEVEL" },
	[SETTING_HEAD] = { NULL,		 NULL		      },
};

/* Print every complaint. Whether there was one. */
static bool
print_complaints(struct complaints *complaints)
{
	const struct complaint *complaint;
	bool any = complaints->len > 0;
	size_t i;

	for (i = 0; i < complaints->len; i++) {
		complaint = &complaints->list[i];
		if (complaint->line != 0)
			fprintf(stderr, "%s:%u: %s\n", complaint->file,
			    complaint->line, complaint->text);
		else
			fprintf(stderr, "%s: %s\n", complaint->file,
			    complaint->text);
	}
	complaints_clear(complaints);
	return any;
}

static bool
is_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The first of the usual sockets that is there; if none is, Docker's: it may
 * come yet. */
static void
default_upstream(struct config *config, struct complaints *complaints)
{
	const char *host = getenv("DOCKER_HOST");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
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
	config_set(config, SETTING_UPSTREAM, found, "the default", complaints);
}

static void
set_defaults(struct config *config, struct complaints *complaints)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char directory[LIMIT_SOCKET_PATH + 1] = "/run/postern";

	if (!config->is_set[SETTING_UPSTREAM])
		default_upstream(config, complaints);
	if (geteuid() != 0 && runtime != NULL)
		snprintf(directory, sizeof(directory), "%s/postern", runtime);
	config_set(config, SETTING_DIRECTORY, directory, "XDG_RUNTIME_DIR",
	    complaints);
	config_set(config, SETTING_PROFILES,
	    POSTERN_SYSCONFDIR "/postern/profiles.d", "the default",
	    complaints);
}

/* The file that -c or $POSTERN_CONFIG names must be there; the default one
 * need not. */
static int
read_file(const struct options *options, struct config *config,
    struct complaints *complaints, struct err *err)
{
	const char *path = options->config;
	size_t len;
	char *text;

	if (path == NULL)
		path = getenv("POSTERN_CONFIG");
	if (path == NULL || *path == '\0') {
		path = POSTERN_SYSCONFDIR "/postern/postern.ini";
		if (access(path, F_OK) == -1 && errno == ENOENT)
			return 0;
	}
	if (files_read(path, &text, &len, err) == -1)
		return -1;
	config_read(config, (struct span){ text, len }, path, complaints);
	free(text);
	return 0;
}

/* A directory on the command line may be given as seen from here. */
static void
set_option(struct config *config, enum setting setting, const char *value,
    struct complaints *complaints)
{
	bool is_directory =
	    setting == SETTING_DIRECTORY || setting == SETTING_PROFILES;
	char *here, *path;

	if (!is_directory || *value == '/' ||
	    (here = getcwd(NULL, 0)) == NULL) {
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
read_policy(const struct config *config, const char *wanted,
    struct policy **policy, struct complaints *complaints, struct err *err)
{
	const char *directory = config->profiles;
	struct files files = { 0 };
	int result = 0;

	if (directory == NULL)
		return 0; /* a complaint already */
	if (wanted == NULL || access(directory, F_OK) == 0)
		result = files_read_profiles(directory, &files, err);
	if (result == 0 && wanted != NULL)
		add_preset(&files, wanted);
	if (result == 0 && files.len == 0)
		result = err_set(err, 0,
		    "%s has no NAME.ini: each such file makes a door",
		    directory);
	if (result == 0)
		*policy = policy_load(
		    files.sources, files.len, &files_name_lookup, complaints);
	files_clear(&files);
	return result;
}

int
settings_load(const struct options *options, const char *wanted,
    struct config *config, struct policy **policy)
{
	struct complaints complaints = { 0 };
	struct err err;
	int status = 0;

	*policy = NULL;
	if (read_config(options, config, &complaints, &err) == -1 ||
	    read_policy(config, wanted, policy, &complaints, &err) == -1)
		status = 1;
	if (print_complaints(&complaints))
		status = 3;
	else if (status != 0)
		fprintf(stderr, "postern: %s\n", err.text);
	if (status != 0) {
		policy_free(*policy);
		config_clear(config);
	}
	return status;
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
