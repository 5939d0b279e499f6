/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_PARTS_H
#define POLICY_INSPECT_PARTS_H

#include "policy/inspect.h"
#include "policy/section.h"

/* What inspectors are made of; for this folder only.
 *
 * An inspector is a table of fields. What it does not list is refused unless
 * it is empty (then it is dropped); so is a name that Go would take for a
 * listed one. null is as good as absent, and dropped everywhere. What is
 * listed is checked for its shape and judged by its rule. Of two listed names
 * that Go takes for one, an object may have one. */

enum shape {
	SHAPE_STRING = 1,
	SHAPE_BOOL,
	SHAPE_INTEGER,
	SHAPE_NUMBER,	   /* an integer or a fraction */
	SHAPE_STRINGS,	   /* an array; the rule judges each element */
	SHAPE_COMMAND,	   /* the same, or one string, which becomes one */
	SHAPE_INTEGERS,	   /* likewise */
	SHAPE_MAP,	   /* an object of strings; the rule judges each */
	SHAPE_SET,	   /* an object of empty objects; likewise */
	SHAPE_OBJECT,	   /* with fields of its own, judged first */
	SHAPE_OBJECTS,	   /* an array of such; the rule judges each */
	SHAPE_OBJECT_MAP,  /* an object of such; likewise */
	SHAPE_OBJECTS_MAP, /* an object of arrays of such; likewise */
	SHAPE_RAW	   /* anything but null; the rule judges it whole */
};

/* Judge a value, or change it: true, or inspect_refuse() and the like. The
 * inspection knows the row, the path, and where the value hangs. */
typedef bool field_rule(struct inspection *in, struct json *value);

struct field {
	/* NULL ends a table. Two that differ in their case are neighbours. */
	const char *name;
	enum shape shape;
	field_rule *rule;
	enum section_key key; /* that the rule asks, or KEY_NONE */
	const struct field *fields;
};

/* A query parameter that is judged; others of the operation's pass. The value
 * is decoded. Where the parameter is absent, the rule is not called. */
struct parameter_rule {
	const char *name; /* NULL ends a table */
	bool (*rule)(struct inspection *in, struct span value);
	enum section_key key;
};

struct inspector {
	const char *operation;
	const struct field *fields; /* NULL: it has no body, or one that
				     * streams */
	/* Or the body is an array, judged as this row says: SHAPE_STRINGS or
	 * SHAPE_OBJECTS. Its name is not used. */
	const struct field *each;
	const struct parameter_rule *parameters; /* or NULL */
	/* The last word, with the whole document (NULL: no body): what depends
	 * on several fields, or on one that is missing. Or NULL. */
	bool (*finish)(struct inspection *in, struct json *body);
	/* Keys that finish() asks, KEY_NONE at the end; for "check". */
	enum section_key keys[8];
};

/* One table for each file, with a row without an operation at its end. */
extern const struct inspector container_inspectors[];
extern const struct inspector exec_inspectors[];
extern const struct inspector image_inspectors[];
extern const struct inspector volume_inspectors[];
extern const struct inspector network_inspectors[];
extern const struct inspector service_inspectors[];
extern const struct inspector swarm_inspectors[];
extern const struct inspector plugin_inspectors[];

/* Refusals, which return false. The field is the one being judged. */

/* With what would allow it: "[SECTION] KEY = VALUE". */
bool
inspect_refuse(struct inspection *in, enum section_key key, struct span value);

/* Where nothing would; why is constant text: "a path with .. in it". */
bool inspect_refuse_ever(struct inspection *in, const char *why);

/* The same, where a line of the profile, for that key, is what forbids it. */
bool inspect_refuse_by(struct inspection *in, enum section_key key,
    const struct origin *origin, const char *why);

/* The same, where it could pass if that flag were set. */
bool inspect_refuse_without(
    struct inspection *in, enum section_key flag, const char *why);

/* After inspect_refuse(): the line would better have this value than the one
 * that the client is told. */
void inspect_want(struct inspection *in, struct span value);

/* A body or query that is malformed: 400. */
bool inspect_malformed(struct inspection *in, const char *why);

/* What is named does not exist: 404, with the daemon's own words, since
 * clients go by the status: "No such image: web". */
bool
inspect_not_found(struct inspection *in, const char *what, struct span name);

/* Memory is short. */
bool inspect_no_memory(struct inspection *in);

/* Put another value in the place of the one being judged. */
bool inspect_replace(struct inspection *in, struct json *value);

/* Go down to a member or an element, for the path of a refusal, and back up:
 * inspect_up() takes what inspect_down() returned. */
size_t inspect_down(struct inspection *in, const char *name);
size_t inspect_down_index(struct inspection *in, size_t index);
void inspect_up(struct inspection *in, size_t before);

/* What the profile says for a key. */
const struct section_setting *
inspect_setting(const struct inspection *in, enum section_key key);
bool inspect_is_set(const struct inspection *in, enum section_key key);

/* Whether one of a key's globs matches. None match where none are said. */
bool inspect_matches(
    const struct inspection *in, enum section_key key, struct span value);

/* Ask the daemon: the answer to a GET of that path, or NULL: then the caller
 * returns false at once, and comes again. Path is what the rule wrote, with
 * all names in it checked to be plain (inspect_is_name()). */
const struct inspect_fact *inspect_ask(struct inspection *in,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The document that a fact holds, to be freed; or NULL, being refused. */
struct json *
inspect_read_fact(struct inspection *in, const struct inspect_fact *fact);

/* The request's query parameter, decoded into the text. False: it has none. */
bool inspect_parameter(
    const struct inspection *in, const char *name, struct text *text);

/* As the daemon reads it (BoolValue): all is true but "", 0, no, false and
 * none, in any case and with blanks around. */
bool inspect_truth(struct span value);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, which is what the daemon allows in the names of
 * containers, volumes and networks; no '/', no ':'. */
bool inspect_is_name(struct span s);

/* An absolute path with neither empty, "." nor ".." components, and without
 * ',', ':' and control bytes, which daemons give a meaning. "/" is one. */
bool inspect_is_path(struct span s);

/* Walk fields of an object that is not the body: for finish(). */
bool inspect_object(
    struct inspection *in, struct json *object, const struct field *fields);

/* Rules for tables. */
field_rule rule_pass;	/* whatever it is */
field_rule rule_ignore; /* known to be sent, unknown to the daemon: dropped */
field_rule rule_empty;	/* must be empty, and is dropped */
field_rule rule_flag;	/* true needs "KEY = yes" */
field_rule rule_listed; /* must match the key's globs, or be "" */
field_rule rule_listed_or_any; /* the same, where any are said */
field_rule rule_env; /* NAME=VALUE; an array's element that is a name alone is
		      * dropped, and gone then */

bool parameter_listed(struct inspection *in, struct span value);
bool parameter_empty(struct inspection *in, struct span value);

#endif
