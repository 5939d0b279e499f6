/* SPDX-License-Identifier: MIT */
#ifndef POLICY_CONFIG_H
#define POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/log.h"
#include "core/span.h"
#include "policy/complaint.h"

/* The settings of the program as a whole: postern.ini. */

enum setting {
	SETTING_UPSTREAM = 0, /* [daemon] upstream = unix:///PATH */
	SETTING_DIRECTORY,    /* [daemon] directory: holds doors/ */
	SETTING_PROFILES,     /* [daemon] profiles: holds NAME.ini files */
	SETTING_USER,	      /* [daemon] user = NAME | NUMBER */
	SETTING_DRAIN,	      /* [daemon] drain = 30s */
	SETTING_METRICS,      /* [daemon] metrics = FILE */
	SETTING_LOG_FORMAT,   /* [log] format = logfmt | json */
	SETTING_LOG_LEVEL,    /* [log] level = error ... debug */
	SETTING_AUDIT,	      /* [log] audit = FILE */
	SETTING_HEAD,	      /* [limits] head = SIZE */
	SETTINGS
};

struct config {
	/* NULL: not set. upstream is a path, its "unix://" taken off. */
	char *upstream;
	char *directory;
	char *profiles;
	char *user;	/* whom root becomes; NULL: postern, or nobody */
	char *metrics;	/* the file, or NULL: none */
	char *audit;	/* the same */
	unsigned drain; /* seconds that streams have when they must end */
	enum log_format log_format;
	enum log_level log_level;
	size_t head;
	bool is_set[SETTINGS];
};

/* Everything at its default. */
void config_init(struct config *config);
void config_clear(struct config *config);

/* Read postern.ini's text. A setting that is_set already keeps its value:
 * what is set first (command line, environment) beats what comes later. */
void config_read(struct config *config, struct span text, const char *file,
    struct complaints *complaints);

/* Set one, unless it is set; where is "--upstream" or "POSTERN_UPSTREAM",
 * for the complaint. */
void config_set(struct config *config, enum setting setting, const char *value,
    const char *where, struct complaints *complaints);

/* "16K" or "4096" to bytes. False: not a size, or not from min to max. */
bool config_size(const char *value, size_t min, size_t max, size_t *size);

#endif
