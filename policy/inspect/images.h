/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_IMAGES_H
#define POLICY_INSPECT_IMAGES_H

#include "policy/inspect/parts.h"

/* What the inspectors of images share; for this folder only. */

/* image.c: whether a name, with what stands beside it as "tag" (a tag or a
 * digest, or nothing), may be used as the key's globs say; an image's ID is no
 * name. Where neither is said the name stands for its tag "latest", or with
 * all_tags for all its tags at once. True, or it is refused as the value that
 * is being judged. */
bool image_judge(struct inspection *in, enum section_key key, struct span name,
    struct span tag, bool all_tags);

/* Likewise, of an operation's "repo" and "tag"; an empty "repo" passes. */
bool image_judge_repo(struct inspection *in, struct span repo);

/* build.c */

extern const struct parameter_rule build_parameters[];
bool build_finish(struct inspection *in, struct json *body);

/* commit.c */

extern const struct field commit_fields[];
extern const struct parameter_rule commit_parameters[];

#endif
