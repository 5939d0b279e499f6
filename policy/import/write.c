/* SPDX-License-Identifier: MIT */
/* Writing the profile. All that comes from somebody's file is in comments, or
 * is made of the letters of names. */

#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/inspect.h"

enum {
	COLUMNS = 76
};

/* Names behind a key, in lines that are not too long. */
struct line {
	struct buf *profile;
	const char *key;
	const char *section; /* of the API: each begins a line */
	size_t column;	     /* 0: no line has begun */
};

static void
line_end(struct line *line)
{
	if (line->column > 0)
		put(line->profile, "\n");
	line->column = 0;
}

static void
line_add(struct line *line, const struct operation *operation)
{
	size_t len = strlen(operation->name);

	if (line->column + 1 + len > COLUMNS ||
	    (line->section != NULL &&
		strcmp(line->section, operation->section) != 0))
		line_end(line);
	if (line->column == 0) {
		put(line->profile, "%s =", line->key);
		line->column = strlen(line->key) + 2;
	}
	put(line->profile, " %s", operation->name);
	line->column += 1 + len;
	if (line->section != NULL)
		line->section = operation->section;
}

struct writer {
	const struct import *import;
	struct buf *profile;
	const struct inspector *inspectors[OPERATIONS_MAX];
};

enum kind {
	KIND_NONE = 0,
	KIND_PLAIN,  /* "operation =" */
	KIND_INSIDE, /* the same, and postern looks inside */
	KIND_ROOT    /* "root-equivalent =" */
};

static enum kind
kind_of(const struct writer *w, size_t i)
{
	enum extent extent = w->import->answers[i].extent;

	if (extent == EXTENT_NONE)
		return KIND_NONE;
	if (w->inspectors[i] != NULL)
		return KIND_INSIDE;
	return operations[i].root ? KIND_ROOT : KIND_PLAIN;
}

static bool
is_whole(const struct answer *answer)
{
	return answer->extent == EXTENT_ALL || answer->extent == EXTENT_EXCEPT;
}

static void
write_operations(struct writer *w)
{
	struct line line = { w->profile, "operation", "", 0 };
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (is_whole(&w->import->answers[i]) &&
		    kind_of(w, i) != KIND_ROOT)
			line_add(&line, &operations[i]);
	line_end(&line);
}

/* "request = POST /containers/web-*" "/start" */
static void
write_globs(struct writer *w, enum extent extent)
{
	const struct answer *answer;
	const char *path, *brace;
	size_t i, k;

	for (i = 0; i < operations_len; i++) {
		answer = &w->import->answers[i];
		if (answer->extent != extent)
			continue;
		path = operations[i].path;
		brace = strchr(path, '{');
		for (k = 0; k < answer->globs_len; k++)
			put(w->profile, "request = %s %.*s%s%s\n",
			    method_name(operations[i].method),
			    (int)(brace - path), path, answer->globs[k],
			    strchr(brace, '}') + 1);
	}
}

static void
write_root(struct writer *w)
{
	struct line line = { w->profile, "root-equivalent", NULL, 0 };
	bool any = false;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (kind_of(w, i) != KIND_ROOT)
			continue;
		if (!any) {
			put(w->profile, "\n");
			put_comment(w->profile, "",
			    SPAN("Each of these can give root on the host, or "
				 "the keys to it, and is not looked into. Take "
				 "out what the client does not need."));
		}
		any = true;
		line_add(&line, &operations[i]);
	}
	line_end(&line);
}

/* What was let through with any body, and is not any more. */
static void
write_inside(struct writer *w)
{
	struct line line = { w->profile, "; root-equivalent", NULL, 0 };
	bool any = false;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (kind_of(w, i) != KIND_INSIDE)
			continue;
		if (!any) {
			put(w->profile, "\n");
			put_comment(w->profile, "",
			    SPAN("These passed whatever was in them. Postern "
				 "looks inside: new containers get nothing of "
				 "the host, for example. What they may have "
				 "is for sections such as [container] to say. "
				 "To have it as it was, which can be as good "
				 "as root on the host:"));
		}
		any = true;
		line_add(&line, &operations[i]);
	}
	line_end(&line);
}

static void
write_binds(struct writer *w)
{
	const struct words *binds = &w->import->binds;
	const char *path;
	size_t i;

	if (binds->len == 0)
		return;
	put(w->profile, "\n[container]\n");
	put_comment(w->profile, "",
	    SPAN("New containers could mount these, and write to them as "
		 "root. Here they are read-only. To write, a container must "
		 "not be root: put :rw behind a path, and write user = "
		 "nonroot; or write bind-as-root = yes, which is root on the "
		 "host."));
	for (i = 0; i < binds->len; i++) {
		path = binds->list[i];
		put(w->profile, "bind = %s %s/*\n", path,
		    strcmp(path, "/") == 0 ? "" : path);
	}
}

static void
write_complaints(struct buf *profile, const struct complaints *complaints)
{
	const struct complaint *complaint;
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < complaints->len; i++) {
		complaint = &complaints->list[i];
		if (complaint->line != 0)
			put(&text, "line %u: ", complaint->line);
		put(&text, "%s", complaint->text);
		put_comment(profile, "- ", buf_span(&text));
		buf_clear(&text);
	}
}

static bool
has_globs(const struct import *import, enum extent extent)
{
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (import->answers[i].extent == extent)
			return true;
	return false;
}

void
profile_write(struct import *import, struct buf *profile)
{
	struct writer w = { .import = import, .profile = profile };
	struct buf title = { 0 };

	inspect_list(w.inspectors);
	put(&title,
	    "What another socket proxy let through, by method and "
	    "path: imported from %s.",
	    import->where);
	put_comment(profile, "", buf_span(&title));
	buf_clear(&title);
	if (import->warnings->len > 0) {
		put(profile, ";\n; Warnings:\n");
		write_complaints(profile, import->warnings);
	}
	if (import->remarks.len > 0) {
		put(profile, ";\n; To know:\n");
		write_complaints(profile, &import->remarks);
	}
	put(profile, "\n[allow]\n");
	write_operations(&w);
	write_globs(&w, EXTENT_SOME);
	write_inside(&w);
	write_root(&w);
	if (has_globs(import, EXTENT_EXCEPT)) {
		put(profile, "\n[deny]\n");
		put_comment(profile, "",
		    SPAN("By their names only, as before: who may use an "
			 "object's ID gets around this."));
		write_globs(&w, EXTENT_EXCEPT);
	}
	write_binds(&w);
}
