/* SPDX-License-Identifier: MIT */
/* Asking rules about one operation. Where they let some objects through and
 * others not, the shortest name of one is made as general as it can be, "web-"
 * to "web-*", until all are told; what cannot be told so is left out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/answer.h"
#include "policy/import/put.h"
#include "policy/profile_build.h"

enum {
	BEGIN_MAX = 32 /* longer names are not taken to begin others */
};

/* What is asked about. */
struct subject {
	struct rules *rules;
	const struct operation *operation;
	const char *version;
	const char *query; /* NULL: any */
};

/* Ask about objects that are called so: those that the glob matches, if there
 * is one, and that no glob of the answer does, if there is an answer. */
static void
ask(const struct subject *s, enum naming naming, const char *glob,
    const struct answer *except, bool allowed, bool denied,
    struct search *search)
{
	struct buf language = { 0 }, filter = { 0 }, others = { 0 };
	struct question question = { .method = s->operation->method,
		.allowed = allowed,
		.denied = denied };

	*search = (struct search){ 0 };
	if (!language_write(s->rules, s->operation, s->version, naming,
		s->query, &language))
		search->denied = true; /* nothing is called so */
	if (glob != NULL)
		language_write_globs(
		    s->rules, s->operation, s->version, &glob, 1, &filter);
	if (except != NULL && except->globs_len > 0)
		language_write_globs(s->rules, s->operation, s->version,
		    (const char *const *)except->globs, except->globs_len,
		    &others);
	question.language = buf_span(&language);
	question.filter = buf_span(&filter);
	question.except = buf_span(&others);
	if (!search->denied)
		search_ask(s->rules, &question, search);
	buf_clear(&language);
	buf_clear(&filter);
	buf_clear(&others);
}

static bool
all_allowed(const struct search *search)
{
	return search->allowed && !search->denied && !search->gave_up;
}

/* Whether all objects that the glob matches are allowed, or denied. */
static bool
all_are(const struct subject *s, const char *glob, bool allowed)
{
	struct search search;

	ask(s, NAMED, glob, NULL, !allowed, allowed, &search);
	return !search.gave_up && !search.denied && !search.allowed;
}

/* The most general glob that a name stands for. The caller frees it. */
static char *
generalize(const struct subject *s, struct span name, bool allowed)
{
	char *glob;
	size_t len;

	if (asprintf(&glob, "*%.*s*", SPAN_ARG(name)) == -1)
		must(NULL);
	if (all_are(s, glob, allowed))
		return glob;
	for (len = 1; len <= name.len && name.len <= BEGIN_MAX; len++) {
		snprintf(glob, name.len + 3, "%.*s*", (int)len, name.at);
		if (all_are(s, glob, allowed))
			return glob;
	}
	for (len = 1; len <= name.len && name.len <= BEGIN_MAX; len++) {
		snprintf(glob, name.len + 3, "*%.*s", (int)len,
		    name.at + name.len - len);
		if (all_are(s, glob, allowed))
			return glob;
	}
	snprintf(glob, name.len + 3, "%.*s", SPAN_ARG(name));
	return glob;
}

static void
drop_globs(struct answer *answer)
{
	size_t i;

	for (i = 0; i < answer->globs_len; i++)
		free(answer->globs[i]);
	answer->globs_len = 0;
}

/* Find globs for all that is allowed, or denied. True: those are all of it;
 * else one that is left is in word. */
static bool
find_globs(const struct subject *s, bool allowed, struct answer *answer,
    char word[SEARCH_WORD])
{
	struct search search;
	const char *found;

	for (;;) {
		ask(s, NAMED, NULL, answer, allowed, !allowed, &search);
		if (search.gave_up)
			return false;
		if (!(allowed ? search.allowed : search.denied))
			return true;
		found = allowed ? search.allowed_word : search.denied_word;
		memcpy(word, found, SEARCH_WORD);
		if (answer->globs_len == ANSWER_GLOBS)
			return false;
		answer->globs[answer->globs_len++] = generalize(s,
		    language_object(s->operation,
			s->rules->reading == READS_UNVERSIONED ? ""
							       : s->version,
			span_of(found)),
		    allowed);
	}
}

/* Names that stand for no others. */
static void
drop_names(struct answer *answer)
{
	size_t i, kept = 0;

	for (i = 0; i < answer->globs_len; i++) {
		if (strchr(answer->globs[i], '*') == NULL)
			free(answer->globs[i]);
		else
			answer->globs[kept++] = answer->globs[i];
	}
	answer->globs_len = kept;
}

/* Whoever may use all IDs may use all objects, whatever their names. */
static bool
has_ids(const struct subject *s)
{
	struct search search;

	ask(s, BY_LONG_ID, NULL, NULL, true, true, &search);
	if (all_allowed(&search))
		return true;
	ask(s, BY_SHORT_ID, NULL, NULL, true, true, &search);
	return all_allowed(&search);
}

static bool
has_denials(const struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->len; i++)
		if (!rules->list[i].allow)
			return true;
	return false;
}

/* Some objects are let through, and some are not. What rules without denials
 * leave out, they do by saying what names are made of. */
static void
find_objects(const struct subject *s, bool globs, struct answer *answer)
{
	const char *brace = strchr(s->operation->path, '{');
	char word[SEARCH_WORD] = "";
	bool one = language_objects(s->operation) == 1 &&
		   strncmp(brace, "{any}", 5) != 0;

	if (globs && one && has_denials(s->rules)) {
		if (find_globs(s, false, answer, word)) {
			answer->extent = EXTENT_EXCEPT;
			return;
		}
		drop_globs(answer);
	}
	if (has_ids(s)) {
		answer->extent = EXTENT_ALL;
		answer->by_id = true;
		return;
	}
	if (!globs || !one)
		return;
	if (find_globs(s, true, answer, word)) {
		answer->extent = EXTENT_SOME;
		return;
	}
	/* Those without a star were found one by one, without an end. */
	drop_names(answer);
	if (answer->globs_len > 0)
		answer->extent = EXTENT_SOME;
	if (word[0] != '\0')
		memcpy(answer->left_out, word, sizeof(word));
}

/* The query to ask with, where not all pass. Those of an operation without
 * parameters are dropped anyway; and who only looks at things does no harm with
 * another one. But what is carried out may depend on it. NULL: any. */
static const char *
choose_query(const struct subject *s, const char *allowed_word)
{
	const char *mark = strchr(allowed_word, '?');

	if (s->rules->reading != READS_WHOLE)
		return NULL;
	if (*s->operation->parameters == '\0')
		return "";
	if (s->operation->writes)
		return NULL;
	if (s->operation->data)
		return "?";
	return mark != NULL ? mark : "";
}

/* Something is let through, but not all. */
static void
look_closer(struct subject *s, const struct search *search, bool globs,
    struct answer *answer)
{
	struct search again;

	memcpy(answer->left_out, search->allowed_word, SEARCH_WORD);
	s->query = choose_query(s, search->allowed_word);
	if (s->query != NULL) {
		ask(s, NAMED, NULL, NULL, true, true, &again);
		if (all_allowed(&again)) {
			answer->extent = EXTENT_ALL;
			answer->left_out[0] = '\0';
		}
	}
	if (answer->extent == EXTENT_NONE &&
	    language_objects(s->operation) > 0) {
		answer->left_out[0] = '\0';
		find_objects(s, globs, answer);
		if (answer->extent == EXTENT_NONE &&
		    answer->left_out[0] == '\0')
			memcpy(answer->left_out, search->allowed_word,
			    SEARCH_WORD);
	}
	if (answer->extent != EXTENT_NONE && s->query != NULL &&
	    *s->operation->parameters != '\0')
		snprintf(answer->query, sizeof(answer->query), "%s",
		    *s->query == '\0' ? "none" : s->query);
}

static void
note_version(struct answer *answer, const char *version)
{
	if (answer->version[0] == '\0')
		snprintf(answer->version, sizeof(answer->version), "%s",
		    *version == '\0' ? "none" : version + 1);
}

void
answer_find(struct rules *rules, const struct operation *operation,
    const struct versions *versions, bool globs, struct answer *answer)
{
	struct subject s = { .rules = rules, .operation = operation };
	struct search search, some = { 0 };
	const char *where = NULL;
	bool whole = false;
	size_t i;

	*answer = (struct answer){ 0 };
	for (i = 0; i < versions->len; i++) {
		if (!language_has_version(operation, versions->list[i]))
			continue;
		s.version = versions->list[i];
		ask(&s, NAMED, NULL, NULL, true, true, &search);
		answer->gave_up = answer->gave_up || search.gave_up;
		if (all_allowed(&search)) {
			whole = true;
			continue;
		}
		note_version(answer, s.version);
		if (search.allowed && where == NULL) {
			where = s.version;
			some = search;
		}
	}
	if (answer->gave_up) {
		whole = false;
	} else if (whole) {
		answer->extent = EXTENT_ALL;
	} else if (where != NULL) {
		s.version = where;
		look_closer(&s, &some, globs, answer);
	}
	if (!whole)
		answer->version[0] = '\0';
}

void
answer_clear(struct answer *answer)
{
	drop_globs(answer);
}
