/* SPDX-License-Identifier: MIT */
#ifndef POLICY_PROFILE_H
#define POLICY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/complaint.h"
#include "policy/operation.h"
#include "policy/origin.h"
#include "policy/section.h"

/* Profiles: what one client may do, and the door that it comes through. Read
 * whole, checked whole, and never changed afterwards. */

struct inspector;

/* A "request =" line, as far as it concerns one operation. */
struct pattern {
	const struct operation *operation;
	struct origin origin;
	bool deny;
	char *globs[OPERATION_ARGUMENTS]; /* of its arguments; NULL: unused */
};

/* One "uid:1000" or "gid:1000" of "peers =". */
struct peer_rule {
	bool is_group;
	uint32_t id;
};

/* A setting that a nearer file beats: where it was set, or nowhere. */
struct door_options {
	mode_t mode;
	struct origin mode_at;
	uid_t user;
	struct origin user_at;
	gid_t group;
	struct origin group_at;
	char *path; /* NULL: doors/NAME.sock */
	struct origin path_at;
	struct peer_rule *peers; /* none: anybody */
	size_t peers_len;
};

struct profile {
	char *name;
	char *file;    /* that it was read from, for people */
	char *extends; /* or NULL */
	struct origin allow[OPERATIONS_MAX];
	/* Of those: allowed as root-equivalent, and so not looked into. The
	 * others are, where there is somebody: the policy's. */
	bool unjudged[OPERATIONS_MAX];
	const struct inspector *const *inspectors;
	struct origin deny[OPERATIONS_MAX];
	struct section_setting sections[SECTION_KEYS];
	struct pattern *patterns;
	size_t patterns_len;
	struct door_options door;
	bool observes; /* what it would deny passes, and is logged; */
	struct origin observes_at;
	bool observes_root; /* and so does what can give root */
	struct origin observes_root_at;
	unsigned connections;
	struct origin connections_at;
	unsigned requests; /* per second; 0: no limit */
	struct origin requests_at;
	size_t body;
	struct origin body_at;
};

/* One profile's file. */
struct profile_source {
	const char *name; /* the profile's */
	const char *file; /* for people */
	struct span text;
};

struct policy {
	const struct inspector *inspectors[OPERATIONS_MAX];
	char **files; /* that origins point at */
	size_t files_len;
	struct profile *profiles; /* in the order of the sources */
	size_t profiles_len;
};

/* How names of users and groups become numbers: the caller's, so that this
 * folder reads no files. False: there is none. */
struct name_lookup {
	bool (*user)(void *context, const char *name, uid_t *uid);
	bool (*group)(void *context, const char *name, gid_t *gid);
	void *context;
};

/* Make a policy of all profiles, or NULL with at least one complaint, which
 * are then all there are. */
struct policy *policy_load(const struct profile_source *sources, size_t len,
    const struct name_lookup *lookup, struct complaints *complaints);
void policy_free(struct policy *policy);

/* The profile of that name, or NULL. */
const struct profile *
policy_profile(const struct policy *policy, const char *name);

/* The file that an origin points at. */
const char *policy_file(const struct policy *policy, struct origin origin);

/* Whether a profile's name may be one: letters, digits, '_', '-' and '.',
 * not first. It becomes part of a file's name. */
bool profile_name_is_good(struct span name);

#endif
