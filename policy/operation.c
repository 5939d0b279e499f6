/* SPDX-License-Identifier: MIT */
/* Operations: from a method and a path to the one row of the table that they
 * mean. The daemon routes by the last segment where a name may hold slashes,
 * and so must this: an answer that differs from the daemon's is a way around
 * every policy. Paths are canonical when they come here; a path with an empty
 * segment means nothing all the same. Allocates nothing. */

#include <string.h>

#include "policy/operation.h"

static const char *const method_names[] = {
	[METHOD_UNKNOWN] = "",
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
};

enum method
method_of(struct span name)
{
	enum method method;

	for (method = METHOD_GET; method <= METHOD_OPTIONS; method++)
		if (span_eq(name, span_of(method_names[method])))
			return method;
	return METHOD_UNKNOWN;
}

const char *
method_name(enum method method)
{
	return method_names[method];
}

const struct operation *
operation_named(struct span name)
{
	const struct operation *operation;
	size_t i;

	/* Each line of a policy asks this, and most names differ at once. */
	for (i = 0; i < operations_len && name.len > 0; i++) {
		operation = &operations[i];
		if (*operation->name == *name.at &&
		    span_eq(name, span_of(operation->name)))
			return operation;
	}
	return NULL;
}

/* Whether s is one segment of a path after another, none of them empty. */
static bool
is_segments(struct span s)
{
	size_t i;
	char before = '/';

	for (i = 0; i < s.len; i++) {
		if (s.at[i] == '/' && before == '/')
			return false;
		before = s.at[i];
	}
	return before != '/';
}

/* Whether the table's path matches all of the request's. */
static bool
match(const char *pattern, struct span path,
    struct span arguments[OPERATION_ARGUMENTS])
{
	const char *p = path.at, *end = path.at + path.len;
	struct span suffix, *argument = arguments;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '{') {
			if (p == end || *p++ != *pattern)
				return false;
			continue;
		}
		switch (pattern[1]) {
		case 'a': /* {any} */
			argument->at = p;
			argument->len = (size_t)(end - p);
			return true;
		case 'n': /* {name}: what its last segment leaves of it */
			suffix = span_of(strchr(pattern, '}') + 1);
			if ((size_t)(end - p) < suffix.len)
				return false;
			end -= suffix.len;
			argument->at = p;
			argument->len = (size_t)(end - p);
			return is_segments(*argument) &&
			       memcmp(end, suffix.at, suffix.len) == 0;
		default: /* {id} */
			argument->at = p;
			while (p < end && *p != '/')
				p++;
			argument->len = (size_t)(p - argument->at);
			if (argument->len == 0)
				return false;
			argument++;
			pattern = strchr(pattern, '}');
		}
	}
	return p == end;
}

const struct operation *
operation_route(enum method method, struct span path,
    struct span arguments[OPERATION_ARGUMENTS])
{
	const struct operation *operation, *found = NULL;
	struct span taken[OPERATION_ARGUMENTS];
	bool libpod = span_starts(path, SPAN("/libpod/"));
	size_t i;

	if (arguments != NULL)
		memset(arguments, 0, sizeof(taken));
	/* The one list that the daemon has under two paths. */
	if (method == METHOD_GET && span_eq(path, SPAN("/networks/")))
		path.len--;
	for (i = 0; i < operations_len; i++) {
		operation = &operations[i];
		if (operation->method != method)
			continue;
		memset(taken, 0, sizeof(taken));
		if (!match(operation->path, path, taken) ||
		    operation_is_libpod(operation) != libpod)
			continue;
		found = operation;
		if (arguments != NULL)
			memcpy(arguments, taken, sizeof(taken));
		if (taken[0].at == NULL)
			break; /* spelled out: nothing beats it */
	}
	return found;
}

bool
operation_is_libpod(const struct operation *operation)
{
	return span_starts(span_of(operation->path), SPAN("/libpod/"));
}

const char *
operation_access(const struct operation *operation)
{
	if (operation->writes)
		return "write";
	return operation->data ? "data" : "read";
}

bool
glob_matches(struct span glob, struct span s)
{
	const char *star, *at;
	struct span piece;

	if (s.len == 0)
		s.at = ""; /* may have been NULL */

	/* What stands before the first star begins s. */
	star = memchr(glob.at, '*', glob.len);
	if (star == NULL)
		return span_eq(glob, s);
	piece = (struct span){ glob.at, (size_t)(star - glob.at) };
	if (!span_starts(s, piece))
		return false;
	s.at += piece.len;
	s.len -= piece.len;
	glob.at += piece.len + 1;
	glob.len -= piece.len + 1;

	/* Each piece between two stars takes its first place in what is left
	 * of s: a later one could only leave less to the rest. */
	while ((star = memchr(glob.at, '*', glob.len)) != NULL) {
		piece = (struct span){ glob.at, (size_t)(star - glob.at) };
		at = memmem(s.at, s.len, piece.at, piece.len);
		if (at == NULL)
			return false;
		at += piece.len;
		s.len -= (size_t)(at - s.at);
		s.at = at;
		glob.at += piece.len + 1;
		glob.len -= piece.len + 1;
	}

	/* What stands behind the last star ends s. */
	if (s.len < glob.len)
		return false;
	s.at += s.len - glob.len;
	s.len = glob.len;
	return span_eq(glob, s);
}
