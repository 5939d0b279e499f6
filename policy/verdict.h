/* SPDX-License-Identifier: MIT */
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include "core/text.h"
#include "policy/profile.h"
#include "policy/request.h"

/* What a profile says to a request. */

enum decision {
	DECIDE_DENY = 0,
	DECIDE_ALLOW
};

/* Why. The names (reason_name()) are part of the log's format. */
enum reason {
	REASON_UNKNOWN_OPERATION = 0, /* the API has no such operation */
	REASON_NOT_ALLOWED,	      /* no line allows it */
	REASON_ROOT_EQUIVALENT, /* the same, and only one kind of line can */
	REASON_DENIED,		/* a line in [deny] */
	REASON_ALLOWED		/* a line in [allow] */
};

struct verdict {
	enum decision decision;
	enum reason reason;
	struct origin origin; /* the deciding line, where there is one */
};

const char *reason_name(enum reason reason);

/* Judge a request that was understood. */
struct verdict
verdict_of(const struct profile *profile, const struct request *request);

/* How much of an operation a profile allows: some is with some arguments. */
enum coverage {
	COVERAGE_NONE = 0,
	COVERAGE_SOME,
	COVERAGE_ALL
};

enum coverage verdict_coverage(
    const struct profile *profile, const struct operation *operation);

/* For the client that was denied: "profile web does not allow ContainerStop
 * (POST /containers/x/stop)". */
void
verdict_message(const struct verdict *verdict, const struct profile *profile,
    const struct request *request, struct text *text);

/* For the operator: what to change to turn the verdict round, such as
 * "[allow] operation = ContainerStop". Empty where nothing can. */
void verdict_hint(const struct verdict *verdict, const struct policy *policy,
    const struct request *request, struct text *text);

#endif
