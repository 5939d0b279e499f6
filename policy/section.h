/* SPDX-License-Identifier: MIT */
#ifndef POLICY_SECTION_H
#define POLICY_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "policy/origin.h"

/* The sections of a profile that say what a request may ask for, key by key:
 * [container], [exec], [image], [build], [volume], [network], [service],
 * [plugin], [swarm]. A section that is absent is as one that is empty. */

enum section_key {
	KEY_NONE = 0,

	CONTAINER_IMAGE,
	CONTAINER_USER,
	CONTAINER_BIND,
	CONTAINER_BIND_AS_ROOT,
	CONTAINER_VOLUME,
	CONTAINER_VOLUME_DRIVER,
	CONTAINER_TMPFS,
	CONTAINER_NETWORK,
	CONTAINER_PUBLISH,
	CONTAINER_ADDRESS,
	CONTAINER_DNS,
	CONTAINER_EXTRA_HOST,
	CONTAINER_PRIVILEGED,
	CONTAINER_CAPABILITY,
	CONTAINER_DEVICE,
	CONTAINER_GPU,
	CONTAINER_SECURITY_OPT,
	CONTAINER_NAMESPACE,
	CONTAINER_RUNTIME,
	CONTAINER_SYSCTL,
	CONTAINER_ULIMIT,
	CONTAINER_CGROUP_PARENT,
	CONTAINER_GROUP_ADD,
	CONTAINER_LOG_DRIVER,
	CONTAINER_LOG_OPT,
	CONTAINER_RESTART,
	CONTAINER_ANNOTATION,
	CONTAINER_LABEL,
	CONTAINER_LABEL_REQUIRED,
	CONTAINER_MEMORY_MAX,
	CONTAINER_CPUS_MAX,
	CONTAINER_PIDS_MAX,
	CONTAINER_STDIN,
	CONTAINER_ARCHIVE,

	EXEC_COMMAND,
	EXEC_USER,
	EXEC_ENV,
	EXEC_WORKING_DIR,
	EXEC_PRIVILEGED,

	IMAGE_PULL,
	IMAGE_PUSH,
	IMAGE_TAG,
	IMAGE_LOAD,
	IMAGE_IMPORT,
	IMAGE_LOGIN,

	BUILD_NETWORK,
	BUILD_EXTRA_HOST,
	BUILD_REMOTE,
	BUILD_CGROUP_PARENT,
	BUILD_SECURITY_OPT,
	BUILD_ULIMIT,
	BUILD_MEMORY_MAX,

	VOLUME_NAME,
	VOLUME_DRIVER,
	VOLUME_DRIVER_OPTION,

	NETWORK_NAME,
	NETWORK_DRIVER,
	NETWORK_OPTION,
	NETWORK_SUBNET,

	SERVICE_NAME,
	SERVICE_SECRET,
	SERVICE_CONFIG,
	SERVICE_CONSTRAINT,
	SERVICE_REPLICAS_MAX,

	PLUGIN_NAME,
	PLUGIN_PRIVILEGE,
	PLUGIN_SETTING,

	SWARM_ADDRESS,
	SWARM_REMOTE,
	SWARM_NODE_ROLE,

	SECTION_KEYS
};

/* What a client can reach by something that it may do; the worst comes last.
 * "check" tells of each profile. */
enum reach {
	REACH_NOTHING = 0,
	REACH_SECRETS, /* reads what may be secret */
	REACH_OTHERS,  /* changes what others own */
	REACH_ROOT     /* root on the host, or the keys to it */
};

enum section_kind {
	SECTION_WORDS, /* words between blanks; lines add up, over files too */
	SECTION_LINES, /* each line is one; they add up as well */
	SECTION_FLAG,  /* yes or no; the nearest file counts */
	SECTION_SIZE,  /* bytes, or a plain number: 512M; likewise */
	SECTION_CPUS   /* processors: 1.5; likewise */
};

/* One word or line. */
struct section_rule {
	char *text;
	struct origin origin;
};

/* What a profile says for one key. */
struct section_setting {
	struct section_rule *rules; /* of WORDS and LINES */
	size_t len;
	bool yes;	      /* of FLAG */
	uint64_t number;      /* of SIZE; of CPUS in billionths */
	struct origin origin; /* of the first line of the nearest file, or
			       * nowhere: then nothing is said */
};

/* One key, as it stands in the table. */
struct section_row {
	const char *section;
	const char *name;
	enum section_kind kind;
	/* What it leads to when something is said for it. */
	enum reach reach;
	/* A word or line that may be written: NULL, or what is wrong. NULL:
	 * anything goes. */
	const char *(*check)(struct span word);
};

/* All keys, by their number; the first row is KEY_NONE's and empty. */
extern const struct section_row section_rows[SECTION_KEYS];

/* The key of that name, or KEY_NONE. */
enum section_key section_find(const char *section, const char *name);

#endif
