/* SPDX-License-Identifier: MIT */
/* [allow] and [deny]. Everything is turned into operations while the policy
 * is loaded. What can take over the host, unless somebody looks into it, is
 * allowed by its own key and its full name only: no wildcard, group or request
 * line ever makes it so. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/target.h"
#include "core/text.h"
#include "policy/profile_build.h"

static bool
denies(const struct inifile_entry *entry)
{
	return strcmp(entry->section, "deny") == 0;
}

static bool
is_inspected(const struct builder *b, const struct operation *operation)
{
	return b->profile->inspectors[operation - operations] != NULL;
}

/* Whether this line may say something about this operation: what can give
 * root is safe where it is looked into. */
static bool
may_name(const struct builder *b, const struct inifile_entry *entry,
    const struct operation *operation)
{
	return denies(entry) || !operation->root || is_inspected(b, operation);
}

/* The first line of the nearest file counts; the others say the same. */
static void
add(struct builder *b, const struct inifile_entry *entry,
    const struct operation *operation)
{
	struct origin *at =
	    denies(entry) ? b->profile->deny : b->profile->allow;

	at += operation - operations;
	if (at->line == 0)
		*at = builder_origin(b, entry);
}

/* The nearest of these lines is what decides, whatever else allows it. */
static void
add_unjudged(struct builder *b, const struct inifile_entry *entry,
    const struct operation *operation)
{
	size_t i = (size_t)(operation - operations);

	if (b->profile->unjudged[i])
		return;
	b->profile->unjudged[i] = true;
	b->profile->allow[i] = builder_origin(b, entry);
}

static void
complain_root(
    struct builder *b, const struct inifile_entry *entry, const char *name)
{
	complain(b->complaints, b->file, entry->line,
	    "%s can take over the host; if that is what you want, say "
	    "root-equivalent = %s",
	    name, name);
}

static void
complain_operation(
    struct builder *b, const struct inifile_entry *entry, const char *name)
{
	const char *names[OPERATIONS_MAX];
	size_t i;

	for (i = 0; i < operations_len; i++)
		names[i] = operations[i].name;
	complain_unknown(b->complaints, b->file, entry->line, "operation", name,
	    names, operations_len);
}

/* Nothing came of a wildcard, a group or a request line. */
static void
complain_empty(struct builder *b, const struct inifile_entry *entry,
    const char *word, const struct operation *root)
{
	if (root != NULL)
		complain_root(b, entry, root->name);
	else
		complain(b->complaints, b->file, entry->line,
		    "%s: %s is no operation of the API", entry->key, word);
}

/* Whether this wildcard is meant for the operation at all. One that allows
 * "Container*" was written for Docker's API: to reach Podman's own it must say
 * so, as in "Container*Libpod". One that denies reaches both. */
static bool
may_reach(const struct inifile_entry *entry, const char *wildcard,
    const struct operation *operation)
{
	return denies(entry) || !operation_is_libpod(operation) ||
	       strstr(wildcard, "Libpod") != NULL;
}

static void
read_wildcard(
    struct builder *b, const struct inifile_entry *entry, const char *word)
{
	const struct operation *o, *root = NULL;
	bool found = false;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		o = &operations[i];
		if (!glob_matches(span_of(word), span_of(o->name)) ||
		    !may_reach(entry, word, o))
			continue;
		if (may_name(b, entry, o)) {
			add(b, entry, o);
			found = true;
		} else if (root == NULL) {
			root = o;
		}
	}
	if (!found)
		complain_empty(b, entry, word, root);
}

static void
read_operation(
    struct builder *b, const struct inifile_entry *entry, const char *word)
{
	const struct operation *operation;

	if (strchr(word, '*') != NULL)
		read_wildcard(b, entry, word);
	else if ((operation = operation_named(span_of(word))) == NULL)
		complain_operation(b, entry, word);
	else if (!may_name(b, entry, operation))
		complain_root(b, entry, word);
	else
		add(b, entry, operation);
}

static void
read_root_equivalent(
    struct builder *b, const struct inifile_entry *entry, const char *word)
{
	const struct operation *operation = operation_named(span_of(word));

	if (operation == NULL)
		complain_operation(b, entry, word);
	else if (!operation->root && !is_inspected(b, operation))
		complain(b->complaints, b->file, entry->line,
		    "%s cannot take over the host; say operation = %s", word,
		    word);
	else
		add_unjudged(b, entry, operation);
}

/* "container:read" */
static bool
is_in_group(const struct operation *operation, const char *group)
{
	size_t len = strlen(operation->section);

	return strncmp(group, operation->section, len) == 0 &&
	       group[len] == ':' &&
	       strcmp(group + len + 1, operation_access(operation)) == 0;
}

static void
complain_group(
    struct builder *b, const struct inifile_entry *entry, const char *word)
{
	char groups[OPERATIONS_MAX][32];
	const char *names[OPERATIONS_MAX];
	size_t i;

	for (i = 0; i < operations_len; i++) {
		snprintf(groups[i], sizeof(groups[i]), "%s:%s",
		    operations[i].section, operation_access(&operations[i]));
		names[i] = groups[i];
	}
	complain_unknown(b->complaints, b->file, entry->line, "group", word,
	    names, operations_len);
}

static void
read_group(
    struct builder *b, const struct inifile_entry *entry, const char *word)
{
	const struct operation *root = NULL;
	bool found = false;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (!is_in_group(&operations[i], word))
			continue;
		if (may_name(b, entry, &operations[i])) {
			add(b, entry, &operations[i]);
			found = true;
		} else {
			root = &operations[i];
		}
	}
	if (!found && root != NULL)
		complain_root(b, entry, root->name);
	else if (!found)
		complain_group(b, entry, word);
}

/* Call read for each word of the value. */
static void
each_word(struct builder *b, const struct inifile_entry *entry,
    void (*read)(struct builder *, const struct inifile_entry *, const char *))
{
	struct span rest = span_of(entry->value), span;
	char *word;

	while (span_word(&rest, " \t", &span)) {
		word = must(strndup(span.at, span.len));
		read(b, entry, word);
		free(word);
	}
}

void
rules_operation(struct builder *b, const struct inifile_entry *entry)
{
	each_word(b, entry, read_operation);
}

void
rules_root_equivalent(struct builder *b, const struct inifile_entry *entry)
{
	each_word(b, entry, read_root_equivalent);
}

void
rules_group(struct builder *b, const struct inifile_entry *entry)
{
	each_word(b, entry, read_group);
}

static size_t
count_segments(struct span path)
{
	struct span segment;
	size_t count = 0;

	while (span_word(&path, "/", &segment))
		count++;
	return count;
}

/* So many segments off the front of *path, as one span. */
static struct span
cut_segments(struct span *path, size_t count)
{
	struct span first, last = { path->at, 0 };

	span_word(path, "/", &first);
	last = first;
	while (--count > 0)
		span_word(path, "/", &last);
	return (
	    struct span){ first.at, (size_t)(last.at + last.len - first.at) };
}

/* Lay a pattern's path along an operation's. Where the operation has a
 * parameter, the pattern has a glob for it; its other segments are the same:
 * a '*' stands for names of objects, so that "GET /images/x*" can never come
 * to mean "GET /images/search". The globs go to *globs; false, if the two can
 * never meet. */
static bool
align(const struct operation *operation, struct span pattern,
    struct span globs[OPERATION_ARGUMENTS])
{
	struct span path = span_of(operation->path), segment, piece;
	size_t need = count_segments(path), have = count_segments(pattern);
	size_t argument = 0, take;

	while (span_word(&path, "/", &segment)) {
		take = 1;
		if (have < need)
			return false;
		if (span_eq(segment, SPAN("{name}")) ||
		    span_eq(segment, SPAN("{any}")))
			take = have - need + 1;
		piece = cut_segments(&pattern, take);
		have -= take;
		need--;
		if (*segment.at == '{')
			globs[argument++] = piece;
		else if (!span_eq(piece, segment))
			return false;
	}
	return have == 0;
}

static void
add_pattern(struct builder *b, const struct inifile_entry *entry,
    const struct operation *operation,
    const struct span globs[OPERATION_ARGUMENTS])
{
	struct profile *profile = b->profile;
	struct pattern *pattern;
	size_t i;

	profile->patterns = must(reallocarray(profile->patterns,
	    profile->patterns_len + 1, sizeof(*profile->patterns)));
	pattern = &profile->patterns[profile->patterns_len++];
	*pattern = (struct pattern){ .operation = operation,
		.origin = builder_origin(b, entry),
		.deny = denies(entry) };
	for (i = 0; i < OPERATION_ARGUMENTS; i++)
		if (globs[i].len > 0)
			pattern->globs[i] =
			    must(strndup(globs[i].at, globs[i].len));
}

/* NULL, or what is wrong with a pattern's spelling. Apart from each '*' it is
 * the path of a request, as canonical as that. */
static const char *
check_pattern(struct span method, struct span path)
{
	char memory[LIMIT_INI_LINE], store[LIMIT_TARGET];
	struct text text = TEXT(memory);
	struct target target;
	size_t i;

	if (!span_eq(method, SPAN("*")) && method_of(method) == METHOD_UNKNOWN)
		return "a method (GET, HEAD, POST, PUT, DELETE, OPTIONS or *) "
		       "and a path are needed";
	if (path.len == 0 || *path.at != '/')
		return "a path that begins with '/' is needed behind the "
		       "method";
	if (path.len > 2 && path.at[1] == 'v' && path.at[2] >= '0' &&
	    path.at[2] <= '9')
		return "leave the version off: all versions are meant";
	if (memchr(path.at, '?', path.len) != NULL)
		return "leave the query off: it is not compared";
	if (memchr(path.at, '%', path.len) != NULL)
		return "leave escapes off: paths are compared without";
	if (path.at[path.len - 1] == '/')
		return "an empty segment: no request has one";
	for (i = 0; i < path.len; i++)
		text_char(&text, path.at[i] == '*' ? 'x' : path.at[i]);
	return target_read(&target, text_span(&text), store);
}

/* "*" stands for the methods that have paths of their own: OPTIONS takes any
 * path, and so would hide a mistake in it. */
static bool
is_meant(struct span method, const struct operation *operation)
{
	if (span_eq(method, SPAN("*")))
		return operation->method != METHOD_OPTIONS;
	return method_of(method) == operation->method;
}

/* "GET /containers/web-*" "/stats" */
void
rules_request(struct builder *b, const struct inifile_entry *entry)
{
	struct span rest = span_of(entry->value), method, path, more;
	struct span globs[OPERATION_ARGUMENTS];
	const struct operation *o, *root = NULL;
	bool found = false;
	const char *why;
	size_t i;

	span_word(&rest, " \t", &method);
	span_word(&rest, " \t", &path);
	why = check_pattern(method, path);
	if (why == NULL && span_word(&rest, " \t", &more))
		why = "one method and one path are needed";
	if (why != NULL) {
		builder_refuse(b, entry, why);
		return;
	}
	for (i = 0; i < operations_len; i++) {
		o = &operations[i];
		memset(globs, 0, sizeof(globs));
		if (!is_meant(method, o) || !align(o, path, globs))
			continue;
		if (may_name(b, entry, o)) {
			if (globs[0].len > 0)
				add_pattern(b, entry, o, globs);
			else
				add(b, entry, o);
			found = true;
		} else {
			root = o;
		}
	}
	if (!found)
		complain_empty(b, entry, entry->value, root);
}
