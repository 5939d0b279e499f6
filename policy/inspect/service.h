/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_SERVICE_H
#define POLICY_INSPECT_SERVICE_H

#include "policy/inspect/parts.h"

/* The two halves of a service; for service.c and service_task.c only. */

/* What its tasks are like: TaskTemplate, and Networks[]. */
extern const struct field service_task_fields[];
extern const struct field service_network_fields[];

/* The last word on a TaskTemplate, which may be NULL. */
bool service_finish_task(struct inspection *in, struct json *task);

#endif
