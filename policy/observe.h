/* SPDX-License-Identifier: MIT */
#ifndef POLICY_OBSERVE_H
#define POLICY_OBSERVE_H

#include "core/buf.h"
#include "core/text.h"
#include "policy/inspect.h"
#include "policy/profile.h"
#include "policy/verdict.h"

/* Profiles with "mode = observe": what they would deny passes, but for what
 * [deny] names, what no operation of the API is, and, without "observe-root =
 * yes", what can give root on the host. And what a request needs is worked out
 * in lines of a profile. This costs memory and time, and nobody else pays. */

enum {
	OBSERVE_LINES = 128 /* that one request may need: more is refused */
};

/* What was seen of one request. All zero to begin with. Lines are as they
 * would stand in a profile, each with its section before it and a line feed
 * behind it: "[container] image = docker.io/library/nginx:latest". One without
 * " = ..." says that none can be written for what was asked for: of a key that
 * bounds what passes where nothing is said, that it must not stand there. */
struct observation {
	struct verdict verdict; /* what came of it; it may point in here */
	struct buf missing;	/* lines that enforcing would have needed */
	struct buf needs; /* all lines that it needs, but "[allow] operation" */
	struct text field;   /* the first that would be denied; may be empty */
	struct text unknown; /* why the needs are not all there, or empty */
	char field_memory[INSPECT_PATH_MAX];
	char unknown_memory[INSPECT_TEXT_MAX];
};

void observe_clear(struct observation *seen);

/* What a profile that observes says to a request before anybody looks into it:
 * verdict_of(), or DECIDE_OBSERVE. */
struct verdict
observe_verdict(const struct profile *profile, const struct request *request);

/* inspect(), by such a profile, of a request with such a verdict, be it one to
 * look into or not. INSPECT_PASS: seen->verdict is DECIDE_ALLOW, or
 * DECIDE_OBSERVE with what would be denied. INSPECT_ASK: seen is to be cleared,
 * and all begins anew. INSPECT_REFUSE: as with inspect(). */
enum inspect_result
observe(struct inspection *in, const struct verdict *verdict, struct span body,
    struct buf *out, struct observation *seen);

/* Whether needs are worked out as if something were said for the key: those
 * where nothing said means that anything passes. */
bool observe_pins(enum section_key key);

/* For such a key, a value that nothing can be asked for by, so that a line
 * with it allows nothing; or NULL. */
const char *observe_nothing(enum section_key key);

/* The value as it can stand behind "KEY = " in a profile, where need be with a
 * '*' in the place of what cannot. False: it cannot. */
bool
observe_writes(enum section_key key, struct span value, struct text *written);

#endif
