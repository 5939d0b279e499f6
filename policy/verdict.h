/* SPDX-License-Identifier: MIT */
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include "core/text.h"
#include "policy/inspect.h"
#include "policy/profile.h"
#include "policy/request.h"

/* What a profile says to a request. */

struct observation;

enum decision {
	DECIDE_DENY = 0,
	DECIDE_OBSERVE, /* it would be denied, but passes (policy/observe.h) */
	DECIDE_ALLOW
};

/* Why. The names (reason_name()) are part of the log's format. */
enum reason {
	REASON_UNKNOWN_OPERATION = 0, /* the API has no such operation */
	REASON_NOT_ALLOWED,	      /* no line allows it */
	REASON_ROOT_EQUIVALENT, /* the same, and only one kind of line can */
	REASON_DENIED,		/* a line in [deny] */
	REASON_FIELD,		/* what the request asks for, inside */
	REASON_ALLOWED		/* a line in [allow] */
};

struct verdict {
	enum decision decision;
	enum reason reason;
	struct origin origin; /* the deciding line, where there is one */
	bool inspect;	      /* allowed, if inspect() says so too */
	const struct inspection *inspection; /* of REASON_FIELD */
	/* Of a profile that observes, once it has looked inside; or NULL. */
	const struct observation *observation;
};

const char *reason_name(enum reason reason);

/* "allow", "would-deny" or "deny"; part of the log's format as well. */
const char *decision_name(enum decision decision);

/* Judge a request that was understood. */
struct verdict
verdict_of(const struct profile *profile, const struct request *request);

/* The field that is to blame; may be empty. */
struct span verdict_field(const struct verdict *verdict);

/* What an inspection that refused, which must outlive it, comes to. */
struct verdict verdict_of_inspection(const struct inspection *inspection);

/* How much of an operation a profile allows: some is with some arguments. */
enum coverage {
	COVERAGE_NONE = 0,
	COVERAGE_SOME,
	COVERAGE_ALL
};

enum coverage verdict_coverage(
    const struct profile *profile, const struct operation *operation);

/* For the client that was denied: "profile web does not allow ContainerStop
 * (POST /containers/x/stop)", or "... ContainerCreate: HostConfig.Privileged =
 * true (...)". */
void
verdict_message(const struct verdict *verdict, const struct profile *profile,
    const struct request *request, struct text *text);

/* For the operator: what to change to turn the verdict round, such as
 * "[allow] operation = ContainerStop". Empty where nothing can. */
void verdict_hint(const struct verdict *verdict, const struct policy *policy,
    const struct request *request, struct text *text);

#endif
