/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_LANGUAGE_H
#define POLICY_IMPORT_LANGUAGE_H

#include "core/buf.h"
#include "policy/import/rules.h"

/* The targets that mean an operation, as expressions. */

/* How the objects in a path are called. */
enum naming {
	NAMED = 0, /* by any name that the daemon gives to such an object */
	BY_LONG_ID,
	BY_SHORT_ID
};

/* Versions of the API that rules cannot tell apart count once. */
struct versions {
	char list[64][12]; /* "", "/v1.24" */
	size_t len;
};

/* Those to ask about, of Docker's API or of Podman's own; and for an operation
 * those that it has. */
void
language_versions(struct rules *rules, bool libpod, struct versions *versions);
bool
language_has_version(const struct operation *operation, const char *version);

/* Append the expression of all targets: with this version, objects that are
 * called so, and this query; "?": any query; NULL: any query or none, where the
 * rules read queries at all. False: such objects are not called so. */
bool language_write(const struct rules *rules,
    const struct operation *operation, const char *version, enum naming naming,
    const char *query, struct buf *buf);

/* The same, of those whose only object matches one of the globs. */
void language_write_globs(const struct rules *rules,
    const struct operation *operation, const char *version,
    const char *const *globs, size_t len, struct buf *buf);

/* What stands for the only object in a target that language_write()'s
 * expression matches. */
struct span language_object(
    const struct operation *operation, const char *version, struct span target);

/* How many objects a path names; of those, one whose name has no slashes. */
size_t language_objects(const struct operation *operation);

#endif
