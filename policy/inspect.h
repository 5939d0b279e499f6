/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_H
#define POLICY_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/json.h"
#include "core/text.h"
#include "policy/profile.h"
#include "policy/request.h"

/* Looking inside a request that the profile allows: its query and its body
 * are judged field by field, and the body is written anew. Pure: what must be
 * asked of the daemon is asked by the caller, who then begins again, with the
 * answers. So nothing is kept between, and each time the same is judged. */

enum inspect_result {
	INSPECT_REFUSE = 0,
	INSPECT_PASS,
	INSPECT_ASK /* the daemon, first: inspection.ask */
};

/* What the daemon answered to a GET. */
struct inspect_fact {
	struct span path; /* as it was asked for */
	unsigned status;
	struct span body;
};

enum {
	INSPECT_PATH_MAX = 512,	 /* of a field's path, cut if longer */
	INSPECT_TEXT_MAX = 1024, /* of a reason, cut if longer */
	INSPECT_ASK_MAX = 512,
	INSPECT_WANTED_MAX = 1024, /* of a value that a line would need */
	INSPECT_ID = 64,	   /* digits of an object's whole ID */
	INSPECT_FACTS_MAX = 16	   /* per request: more is refused */
};

struct field;
struct parameter_rule;

struct inspection {
	/* Set by the caller. */
	const struct profile *profile;
	const struct request *request;
	const struct inspect_fact *facts;
	size_t facts_len;

	/* INSPECT_REFUSE.
	 * Where, such as "HostConfig.Privileged"; the same with the value and
	 * a reason, for the client; and what would allow it, "[container]
	 * privileged = yes". Where and what may be empty. */
	unsigned status; /* 403; 400 for what is malformed; 404; 502 for
			  * what the daemon said; 503 without memory */
	struct text field;
	struct text why;
	struct text hint;
	struct origin origin; /* the line that refuses, where there is one */

	/* The same for programs: the key that a line would need, with this
	 * value (its beginning, where it is long), or KEY_NONE, where no line
	 * would do. Or, with a value that is empty, the key whose lines are
	 * what refuses. */
	enum section_key wanted_key;
	struct text wanted;

	/* INSPECT_PASS: what request.id is to be: what was judged is the object
	 * of this ID, whatever its name will be by then. May be empty. */
	struct text id;

	/* INSPECT_ASK: the path of a GET, such as "/volumes/data". */
	struct text ask;

	/* For those who judge only: policy/inspect/parts.h. The value that is
	 * judged hangs in parent, by its name, or else by its index; outer is
	 * the name of the array that it is in, if that hangs in a map. Or it
	 * is the parameter's. */
	struct json *body;
	struct json *parent;
	const char *name;
	size_t index;
	const char *outer;
	const struct field *row;
	const struct parameter_rule *parameter;
	struct span value;
	struct text path; /* to it */

	char why_memory[INSPECT_TEXT_MAX];
	char field_memory[INSPECT_PATH_MAX];
	char hint_memory[INSPECT_PATH_MAX];
	char wanted_memory[INSPECT_WANTED_MAX];
	char ask_memory[INSPECT_ASK_MAX];
	char id_memory[INSPECT_ID];
	char path_memory[INSPECT_PATH_MAX];
};

/* Those who look into requests, by their operations' numbers: the others stay
 * as they are. An operation that has one needs no root-equivalent; under that
 * it passes unjudged. */
void inspect_list(const struct inspector *inspectors[OPERATIONS_MAX]);

/* Judge a request that the profile allows, and which somebody looks into: its
 * query, and its body, which is whole, or empty where there is none or where it
 * streams. On INSPECT_PASS what is to be sent in the body's place has been
 * appended to out. */
enum inspect_result
inspect(struct inspection *in, struct span body, struct buf *out);

/* Whether the body that streams up is an archive to be filtered (core/tar.h):
 * PutContainerArchive, unless it is allowed as root-equivalent. */
bool inspect_filters(const struct operation *operation);

/* For "check": call back for each key of a section that bears on what requests
 * may hold. */
void inspect_keys(const struct inspector *inspector,
    void (*each)(void *arg, enum section_key key), void *arg);

/* Whether the key is one of them. */
bool inspect_bears(const struct inspector *inspector, enum section_key key);

#endif
