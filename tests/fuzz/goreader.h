/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_GOREADER_H
#define TESTS_FUZZ_GOREADER_H

#include <stdbool.h>
#include <stddef.h>

/* JSON as the daemons read it, which is Go's way and lax: names in any case,
 * values given twice merged into one, null as nothing said, whatever stands
 * behind the first value ignored, and bytes that are no UTF-8 replaced. Of its
 * own make, so that it shares no mistake with what it judges. */

enum go_kind {
	GO_NULL = 0,
	GO_BOOL,
	GO_NUMBER,
	GO_STRING,
	GO_ARRAY,
	GO_OBJECT
};

struct go_value {
	enum go_kind kind;
	bool truth;
	char *text; /* a string, or a number as it was spelled */
	char *name; /* in an object; in small letters but in a map */
	bool map;   /* its names are data */
	struct go_value *inner;
	struct go_value *next;
};

struct go_reading {
	struct go_value *value;
	const char *error; /* a daemon would refuse it; or NULL */
	/* What a daemon takes and no careful writer writes: */
	bool twice;    /* a name, or one in two cases */
	bool trailing; /* something behind the value */
	bool replaced; /* bytes that are no UTF-8, or half a character */
	bool nul;
	bool odd; /* a name outside of ASCII that is no map's */
};

/* To be cleared, whatever it is. */
void go_read(const char *at, size_t len, struct go_reading *reading);
void go_clear(struct go_reading *reading);

/* A member of a member: "HostConfig.Binds". NULL is one that says nothing, and
 * has no members. */
const struct go_value *go_get(const struct go_value *value, const char *path);

/* What a field of that kind then holds: "" and 0 and false where nothing is
 * said, or something of another kind. A number that is none is INT64_MIN. */
const char *go_text(const struct go_value *value);
bool go_truth(const struct go_value *value);
long long go_int(const struct go_value *value);

/* The first element or member, or NULL. */
const struct go_value *go_first(const struct go_value *value);

/* Whether it is as good as not said: null, false, 0, "", [] or {}. */
bool go_is_empty(const struct go_value *value);

/* Names as Go compares them: in small letters, and with the two characters
 * that are the small letters s and k to it. */
void go_fold(char *name);

#endif
