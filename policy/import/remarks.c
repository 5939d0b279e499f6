/* SPDX-License-Identifier: MIT */
/* What a person should know of the old rules: what they let through without
 * meaning to, and what a profile says otherwise. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/inspect.h"

static const char *const versions[] = { "", "/v1.41", "/v1.24" };

/* Whether it is let through with some version; the target is in memory then. */
static bool
passes(struct import *import, enum method method, const char *path,
    const char *more, char memory[SEARCH_WORD])
{
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		snprintf(
		    memory, SEARCH_WORD, "%s%s%s", versions[i], path, more);
		if (rules_allow(&import->rules, method, memory))
			return true;
	}
	return false;
}

/* A path of one word, which nothing may stand behind. */
static bool
is_short(const struct operation *operation)
{
	return strchr(operation->path, '{') == NULL &&
	       strchr(operation->path + 1, '/') == NULL;
}

static void
find_beginnings(struct import *import)
{
	const struct operation *o;
	char target[SEARCH_WORD];
	size_t i;

	for (i = 0; i < operations_len; i++) {
		o = &operations[i];
		if (import->answers[i].extent == EXTENT_NONE || !is_short(o) ||
		    !passes(import, o->method, o->path, "XYZ", target))
			continue;
		import_remark(import,
		    "Paths were compared by their beginning only: %s %s "
		    "passed, too.",
		    method_name(o->method), target);
		return;
	}
}

static void
find_tricks(struct import *import)
{
	static const char *const paths[] = { "/_pingfoo/../containers/json",
		"/_ping/../containers/json", "/version/../containers/json",
		"/events/../containers/json", "/containers/../images/json",
		"/images/../containers/json", "/x/../containers/json" };
	char target[SEARCH_WORD];
	size_t i;

	if (import->rules.reading != READS_DECODED &&
	    import->rules.reading != READS_WHOLE)
		return;
	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (!passes(import, METHOD_GET, paths[i], "", target))
			continue;
		import_remark(import,
		    "Paths were compared as they came, with their dot "
		    "segments: GET %s passed.",
		    target);
		return;
	}
}

static void
find_case(struct import *import)
{
	static const char *const paths[] = { "/_PING", "/VERSION", "/INFO",
		"/EVENTS", "/CONTAINERS/JSON" };
	char target[SEARCH_WORD], other[SEARCH_WORD], lower[32];
	size_t i, k;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		for (k = 0; paths[i][k] != '\0'; k++)
			lower[k] = (char)tolower((unsigned char)paths[i][k]);
		lower[k] = '\0';
		/* Where anything passes, case is not what it is about. */
		if (!passes(import, METHOD_GET, lower, "", target) ||
		    !passes(import, METHOD_GET, paths[i], "", target) ||
		    passes(import, METHOD_GET, "/Something/else", "", other))
			continue;
		import_remark(import,
		    "The case of letters did not matter: GET %s passed.",
		    target);
		return;
	}
}

/* Nothing is known of these. */
static void
tell_given_up(struct import *import)
{
	struct buf names = { 0 };
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (import->answers[i].gave_up)
			put(&names, " %s", operations[i].name);
	if (names.len > 0)
		import_warn(import, 0,
		    "the rules are too large to be asked about these, which "
		    "are left out:%.*s",
		    SPAN_ARG(buf_span(&names)));
	buf_clear(&names);
}

/* Names of operations, for which wanted() is true, behind a text. */
static void
list(struct import *import, const char *text,
    bool (*wanted)(const struct operation *, const struct answer *))
{
	struct buf names = { 0 };
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (import->answers[i].extent != EXTENT_NONE &&
		    wanted(&operations[i], &import->answers[i]))
			put(&names, " %s", operations[i].name);
	if (names.len > 0)
		import_remark(
		    import, "%s%.*s.", text, SPAN_ARG(buf_span(&names)));
	buf_clear(&names);
}

static bool
carries(const struct operation *operation, const struct answer *answer)
{
	(void)answer;
	return operation->data;
}

static bool
is_by_id(const struct operation *operation, const struct answer *answer)
{
	(void)operation;
	return answer->by_id;
}

static bool
has_versions(const struct operation *operation, const struct answer *answer)
{
	(void)operation;
	return answer->version[0] != '\0';
}

static void
tell_left_out(struct import *import, const struct operation *operation,
    const struct answer *answer, const char *key)
{
	if (answer->left_out[0] != '\0' && operation->method == METHOD_OPTIONS)
		import_remark(import,
		    "OPTIONS requests, which no client sends, are left out.");
	else if (answer->left_out[0] != '\0')
		import_warn(import, 0,
		    "%s: %s: %s %s passed, but not all that this operation "
		    "is; to allow it whole, write: %s = %s",
		    operation->name,
		    answer->extent == EXTENT_NONE ? "left out"
						  : "partly left out",
		    method_name(operation->method), answer->left_out, key,
		    operation->name);
	if (answer->query[0] != '\0')
		import_remark(import,
		    "%s: its query is not compared any more; before, it "
		    "passed with %s only.",
		    operation->name,
		    strcmp(answer->query, "none") == 0 ? "no query"
		    : strcmp(answer->query, "?") == 0  ? "a query"
						       : answer->query);
}

void
remarks_find(struct import *import)
{
	const struct inspector *inspectors[OPERATIONS_MAX] = { NULL };
	size_t i;

	inspect_list(inspectors);
	tell_given_up(import);
	for (i = 0; i < operations_len; i++)
		tell_left_out(import, &operations[i], &import->answers[i],
		    operations[i].root && inspectors[i] == NULL
			? "root-equivalent"
			: "operation");
	list(import,
	    "By these, objects could be named by their IDs only, which is to "
	    "say all of them; now by their names, too:",
	    is_by_id);
	list(import,
	    "These did not pass with all versions of the API; now they do:",
	    has_versions);
	list(import, "These carry content out, such as files, logs or secrets:",
	    carries);
	find_beginnings(import);
	find_tricks(import);
	find_case(import);
}
