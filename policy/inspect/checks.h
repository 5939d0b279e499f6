/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_CHECKS_H
#define POLICY_INSPECT_CHECKS_H

#include "core/span.h"
#include "policy/section.h"

/* What may stand in the sections of a profile: each says NULL, or what is
 * wrong with a word or a line. Each stands beside the rule that compares. */

const char *check_image(struct span word);	/* policy/inspect/image.c */
const char *check_bind(struct span word);	/* policy/inspect/bind.c */
const char *check_path(struct span word);	/* likewise */
const char *check_publish(struct span word);	/* policy/inspect/ports.c */
const char *check_user(struct span word);	/* policy/inspect/user.c */
const char *check_capability(struct span word); /* .../privileges.c */
const char *check_device(struct span word);	/* likewise */
const char *check_namespace(struct span word);	/* likewise */
const char *check_ulimit(struct span word);	/* .../resources.c */
const char *check_label(struct span word);	/* policy/inspect/labels.c */
const char *check_subnet(struct span word);	/* .../network.c */
const char *check_command(struct span line);	/* policy/inspect/command.c */

/* What must be said together: NULL, or what is wrong with the line there, once
 * all of a profile has been read. */
const char *
mounts_check(const struct section_setting sections[], struct origin *origin);

#endif
