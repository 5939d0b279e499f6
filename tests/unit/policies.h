/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_POLICIES_H
#define TESTS_UNIT_POLICIES_H

#include "policy/profile.h"
#include "policy/request.h"

/* Policies from texts. */

/* Knows the user alice (1000) and the group staff (50), and nobody else. */
extern const struct name_lookup policies_lookup;

/* A table's row. */
#define ROW(...)            \
	{                   \
		__VA_ARGS__ \
	}

/* A source: profile NAME, read from "NAME.ini". */
#define SOURCE(name, text)                      \
	{                                       \
		(name), name ".ini", SPAN(text) \
	}

/* The policy of these sources, which must have nothing to complain about. */
struct policy *policies_load(const struct profile_source *sources, size_t len);

/* The policy of one profile, "web", in "web.ini". */
struct policy *policies_web(const char *text);

/* Check that the complaints are those: a line "FILE:LINE: TEXT" each, or
 * "FILE: TEXT" without a line, in which a '*' stands for anything. */
void policies_complaints(
    const char *name, const struct complaints *complaints, const char *wanted);

/* Check that these sources are refused with those complaints. */
void policies_refused(const char *name, const struct profile_source *sources,
    size_t len, const char *wanted);

/* The same for a profile "web" in "web.ini". */
void
policies_refused_web(const char *name, const char *text, const char *wanted);

/* Whether somebody looks into the operation's requests. */
bool policies_inspects(const struct operation *operation);

/* A request that was read. */
struct policies_reading {
	struct http_head head;
	struct request request;
	struct request_fault fault;
};

/* Read a whole request head, which must be well formed: what request_read()
 * says. The name is for complaints. */
bool policies_read(
    struct policies_reading *reading, const char *name, struct span in);

/* Names, each with a blank behind it, of the operations that a profile allows;
 * those with a '~' with some arguments. Good until the next call. */
const char *policies_allowed(const struct profile *profile);

#endif
