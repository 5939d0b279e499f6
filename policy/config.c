/* SPDX-License-Identifier: MIT */
/* The settings of the program as a whole. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "policy/inifile.h"
#include "policy/profile.h"

#define DIGITS	     "0123456789"
#define DRAIN_NEEDED "a time from 0s to 60m is needed, such as 30s"

struct setting_row {
	const char *section;
	const char *key;
};

static const struct setting_row rows[SETTINGS] = {
	[SETTING_UPSTREAM] = {"daemon",	 "upstream" },
	[SETTING_DIRECTORY] = { "daemon", "directory"},
	[SETTING_PROFILES] = { "daemon", "profiles" },
	[SETTING_USER] = { "daemon", "user"	    },
	[SETTING_DRAIN] = { "daemon", "drain"    },
	[SETTING_METRICS] = { "daemon", "metrics"  },
	[SETTING_LOG_FORMAT] = { "log",	"format"	 },
	[SETTING_LOG_LEVEL] = { "log",    "level"    },
	[SETTING_AUDIT] = { "log",	   "audit"	   },
	[SETTING_HEAD] = { "limits", "head"	    },
};

static const char *const sections[] = { "daemon", "log", "limits" };

static const struct {
	const char *name;
	enum log_level level;
} levels[] = {
	{"error",	   LOG_LEVEL_ERROR  },
	{ "warning", LOG_LEVEL_WARNING},
	{ "notice",  LOG_LEVEL_NOTICE },
	{ "info",	  LOG_LEVEL_INFO	 },
	{ "debug",   LOG_LEVEL_DEBUG  },
};

enum {
	SECTIONS = sizeof(sections) / sizeof(sections[0]),
	LEVELS = sizeof(levels) / sizeof(levels[0])
};

void
config_init(struct config *config)
{
	*config = (struct config){
		.drain = LIMIT_DRAIN_DEFAULT,
		.log_format = LOG_FORMAT_LOGFMT,
		.log_level = LOG_LEVEL_INFO,
		.head = LIMIT_HEAD_DEFAULT,
	};
}

void
config_clear(struct config *config)
{
	free(config->upstream);
	free(config->directory);
	free(config->profiles);
	free(config->user);
	free(config->metrics);
	free(config->audit);
	config_init(config);
}

bool
config_size(const char *value, size_t min, size_t max, size_t *size)
{
	unsigned long long number;
	unsigned shift = 0;
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno != 0)
		return false;
	if (*end == 'K')
		shift = 10;
	else if (*end == 'M')
		shift = 20;
	else if (*end == 'G')
		shift = 30;
	if (shift > 0)
		end++;
	if (*end != '\0' || number > (SIZE_MAX >> shift))
		return false;
	number <<= shift;
	if (number < min || number > max)
		return false;
	*size = (size_t)number;
	return true;
}

/* What is wrong with a value, or NULL once it is set. */
static const char *
set_string(char **string, const char *value)
{
	return (*string = strdup(value)) == NULL ? "out of memory" : NULL;
}

static const char *
set_path(char **string, const char *value)
{
	if (*value != '/')
		return "an absolute path is needed";
	return set_string(string, value);
}

static const char *
set_upstream(struct config *config, const char *value)
{
	if (strncmp(value, "unix://", 7) == 0)
		value += 7;
	else if (*value != '/')
		return "unix:///PATH is needed: there is no TCP here";
	if (strlen(value) > LIMIT_SOCKET_PATH)
		return "a socket's path has at most 107 bytes";
	return set_path(&config->upstream, value);
}

/* Whether such a user is there is only known where it is needed: nothing here
 * reads files. Names are made as those of profiles are. */
static const char *
set_user(struct config *config, const char *value)
{
	bool is_number = value[strspn(value, DIGITS)] == '\0';
	size_t number;

	if (!profile_name_is_good(span_of(value)))
		return "the name or the number of a user is needed";
	if (strcmp(value, "root") == 0 || value[strspn(value, "0")] == '\0')
		return "Postern never serves as root";
	/* The largest number means nobody: setuid(2). */
	if (is_number && !config_size(value, 1, UINT32_MAX - 1, &number))
		return "a number from 1 to 4294967294 is needed";
	return set_string(&config->user, value);
}

/* "30s", "2m" or "30". */
static const char *
set_drain(struct config *config, const char *value)
{
	size_t digits = strspn(value, DIGITS), factor = 0, number;
	const char *unit = value + digits;
	char text[8];

	if (*unit == '\0' || strcmp(unit, "s") == 0)
		factor = 1;
	else if (strcmp(unit, "m") == 0)
		factor = 60;
	if (factor == 0 || digits >= sizeof(text))
		return DRAIN_NEEDED;
	memcpy(text, value, digits);
	text[digits] = '\0';
	if (!config_size(text, 0, LIMIT_DRAIN_MAX / factor, &number))
		return DRAIN_NEEDED;
	config->drain = (unsigned)(number * factor);
	return NULL;
}

static const char *
set_level(struct config *config, const char *value)
{
	size_t i;

	for (i = 0; i < LEVELS; i++) {
		if (strcmp(levels[i].name, value) == 0) {
			config->log_level = levels[i].level;
			return NULL;
		}
	}
	return "one of error, warning, notice, info, debug is needed";
}

static const char *
set(struct config *config, enum setting setting, const char *value)
{
	switch (setting) {
	case SETTING_UPSTREAM:
		return set_upstream(config, value);
	case SETTING_DIRECTORY:
		return set_path(&config->directory, value);
	case SETTING_PROFILES:
		return set_path(&config->profiles, value);
	case SETTING_USER:
		return set_user(config, value);
	case SETTING_DRAIN:
		return set_drain(config, value);
	case SETTING_METRICS:
		return set_path(&config->metrics, value);
	case SETTING_LOG_FORMAT:
		if (strcmp(value, "json") == 0)
			config->log_format = LOG_FORMAT_JSON;
		else if (strcmp(value, "logfmt") == 0)
			config->log_format = LOG_FORMAT_LOGFMT;
		else
			return "logfmt or json is needed";
		return NULL;
	case SETTING_LOG_LEVEL:
		return set_level(config, value);
	case SETTING_AUDIT:
		return set_path(&config->audit, value);
	case SETTING_HEAD:
		if (!config_size(
			value, LIMIT_HEAD_MIN, LIMIT_HEAD_MAX, &config->head))
			return "a size from 1K to 64K is needed";
		return NULL;
	case SETTINGS:
		break;
	}
	return "no such setting";
}

void
config_set(struct config *config, enum setting setting, const char *value,
    const char *where, struct complaints *complaints)
{
	const char *why;

	if (config->is_set[setting])
		return;
	if ((why = set(config, setting, value)) != NULL)
		complain(complaints, where, 0, "\"%s\": %s", value, why);
	config->is_set[setting] = true;
}

struct reading {
	struct config *config;
	const char *file;
	struct complaints *complaints;
	unsigned set_at[SETTINGS]; /* in this file */
};

static void
on_section(void *arg, const char *section, unsigned line)
{
	struct reading *r = arg;
	size_t i;

	for (i = 0; i < SECTIONS; i++)
		if (strcmp(sections[i], section) == 0)
			return;
	complain_unknown(r->complaints, r->file, line, "section", section,
	    sections, SECTIONS);
}

static void
unknown_key(struct reading *r, const struct inifile_entry *entry)
{
	const char *keys[SETTINGS];
	size_t len = 0, i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(rows[i].section, entry->section) == 0)
			keys[len++] = rows[i].key;
	if (len == 0)
		return; /* the section's line was complained about */
	complain_unknown(
	    r->complaints, r->file, entry->line, "key", entry->key, keys, len);
}

static void
on_entry(void *arg, const struct inifile_entry *entry)
{
	struct reading *r = arg;
	const char *why;
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(rows[i].section, entry->section) == 0 &&
		    strcmp(rows[i].key, entry->key) == 0)
			break;
	if (i == SETTINGS) {
		unknown_key(r, entry);
		return;
	}
	if (r->set_at[i] != 0) {
		complain(r->complaints, r->file, entry->line,
		    "%s stands in line %u already", entry->key, r->set_at[i]);
		return;
	}
	r->set_at[i] = entry->line;
	if (r->config->is_set[i])
		return;
	if ((why = set(r->config, (enum setting)i, entry->value)) != NULL)
		complain(r->complaints, r->file, entry->line, "%s = %s: %s",
		    entry->key, entry->value, why);
	r->config->is_set[i] = true;
}

void
config_read(struct config *config, struct span text, const char *file,
    struct complaints *complaints)
{
	struct reading reading = { config, file, complaints, { 0 } };

	inifile_read(text, file, complaints, on_section, on_entry, &reading);
}
