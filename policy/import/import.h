/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_IMPORT_H
#define POLICY_IMPORT_IMPORT_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "policy/complaint.h"

/* A profile that lets through what another socket proxy's settings let
 * through, by method and path, and not more, save where its comments say so. */

enum import_kind {
	IMPORT_NONE = 0,
	IMPORT_TECNATIVA,
	IMPORT_LINUXSERVER,
	IMPORT_WOLLOMATIC,
	IMPORT_CETUSGUARD,
	IMPORT_KNRDL,
	IMPORT_SOCKGUARD
};

enum import_kind import_kind_of(const char *name);

/* All kinds' names, with ", " between them. */
const char *import_kinds(void);

/* What a kind's settings may be in. */
bool import_takes_environment(enum import_kind kind);
bool import_takes_flags(enum import_kind kind);

struct import_input {
	enum import_kind kind;
	const char *file; /* NULL: none, and text is empty */
	struct span text;
	const char *service;	  /* of a Compose file; NULL: the one */
	char *const *flags;	  /* up to NULL; or NULL: none */
	char *const *environment; /* "NAME=VALUE", likewise */
};

/* Append the profile. What it could not say, and what of the settings has no
 * effect, goes to the warnings, and is in the profile as comments too. -1 with
 * err set: the settings cannot be read, and nothing is appended. */
int import_profile(const struct import_input *input, struct buf *profile,
    struct complaints *warnings, struct err *err);

#endif
