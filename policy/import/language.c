/* SPDX-License-Identifier: MIT */
/* From an operation's path to an expression of all targets that mean it. Names
 * are those that daemons take: a rule that refuses one that cannot exist
 * refuses nothing. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/language.h"
#include "policy/import/put.h"

/* Docker refuses names of one letter. IDs are such names, too. */
#define OBJECT "[a-zA-Z0-9][a-zA-Z0-9_.-]+"
#define HEX64  "[0-9a-f]{64}"
#define HEX12  "[0-9a-f]{12}"
#define SWARM  "[a-z0-9]{25}"

/* A registry, if there is one. Its pieces, and a tag, are short: each daemon
 * has bounds for them, and rules have them, too. */
#define LABEL "[a-z0-9]{1,8}(-[a-z0-9]{1,8})?"
#define HOST  LABEL "(\\." LABEL "){0,2}(:[0-9]{1,5})?/"
#define WORD  "[a-z0-9]+([._-][a-z0-9]+)*"
#define TAG   "(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20})?"
#define IMAGE "(" HOST ")?" WORD "(/" WORD ")*" TAG

/* Any query, with its '?'. */
#define QUERY "\\?[!-~]+"

/* Of Docker's API those that a door takes; of Podman's, some. */
static const char *const libpod_versions[] = { "", "/v1.0.0", "/v2.0.0",
	"/v3.0.0", "/v3.4.4", "/v4.0.0", "/v4.3.1", "/v4.9.4", "/v5.0.0",
	"/v5.2.5", "/v5.8.2", "/v6.0.0" };

static const struct {
	const char *section; /* without "libpod-" */
	const char *names, *long_id, *short_id;
} objects[] = {
	{"container",   OBJECT, HEX64,	      HEX12 },
	{ "checkpoint", OBJECT, OBJECT,		OBJECT},
	{ "exec",	  HEX64,	 NULL,	       NULL  },
	{ "pod",	 OBJECT, HEX64,		HEX12 },
	{ "network",    OBJECT, HEX64,		    HEX12 },
	{ "node",	  OBJECT, SWARM,		 NULL  },
	{ "service",    OBJECT, SWARM,		    NULL	 },
	{ "task",	  OBJECT, SWARM,		 NULL  },
	{ "secret",	    OBJECT, SWARM,		   NULL	},
	{ "config",	    OBJECT, SWARM,		   NULL	},
	{ "image",	   IMAGE,  "(sha256:)?" HEX64, HEX12 },
	{ "plugin",	    IMAGE,  HEX64,		  HEX12 },
};

static const char *
object_expression(const struct operation *operation, const char *parameter,
    enum naming naming)
{
	const char *section = operation->section, *path;
	size_t i;

	if (strncmp(parameter, "{any}", 5) == 0)
		return naming == NAMED ? "[a-z_]+(/[a-z_]+)*" : NULL;
	if (strncmp(section, "libpod-", 7) == 0)
		section += 7;
	/* Commands and checkpoints are made below their container. */
	path = strstr(operation->path, "/containers/");
	if (path != NULL && path + strlen("/containers/") == parameter)
		section = "container";
	for (i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (strcmp(objects[i].section, section) == 0)
			return naming == NAMED	      ? objects[i].names
			       : naming == BY_LONG_ID ? objects[i].long_id
						      : objects[i].short_id;
	if (naming != NAMED)
		return NULL;
	return strncmp(parameter, "{name}", 6) == 0 ? IMAGE : OBJECT;
}

size_t
language_objects(const struct operation *operation)
{
	const char *at = operation->path;
	size_t count = 0;

	while ((at = strchr(at, '{')) != NULL) {
		count++;
		at++;
	}
	return count;
}

bool
language_has_version(const struct operation *operation, const char *version)
{
	return !operation_is_libpod(operation) || *version != '\0' ||
	       strcmp(operation->path, "/libpod/_ping") == 0;
}

/* Where the machine is behind the version and a slash. */
static void
run(struct rules *rules, const char *version, struct machine_set *set)
{
	struct machine_set next = { 0 }, swap;
	const char *at = version;

	machine_begin(&rules->machine, set);
	for (;; at++) {
		machine_step(&rules->machine, set,
		    *at == '\0' ? '/' : (unsigned char)*at, &next);
		swap = *set;
		*set = next;
		next = swap;
		if (*at == '\0')
			break;
	}
	machine_set_clear(&next);
}

static void
add_version(struct rules *rules, const char *version, struct versions *versions,
    struct machine_set *sets)
{
	struct machine_set set = { 0 };
	size_t i;

	run(rules, version, &set);
	for (i = 0; i < versions->len; i++) {
		/* That there is none is always asked about. */
		if (versions->list[i][0] != '\0' && sets[i].len == set.len &&
		    (set.len == 0 || memcmp(sets[i].list, set.list,
					 set.len * sizeof(*set.list)) == 0)) {
			machine_set_clear(&set);
			return;
		}
	}
	snprintf(versions->list[versions->len],
	    sizeof(versions->list[versions->len]), "%s", version);
	sets[versions->len++] = set;
}

void
language_versions(struct rules *rules, bool libpod, struct versions *versions)
{
	struct machine_set sets[64] = { { 0 } };
	char version[12];
	unsigned minor;
	size_t i;

	versions->len = 0;
	if (rules->reading == READS_UNVERSIONED) {
		versions->list[versions->len++][0] = '\0';
		if (libpod) /* so that it is asked about as the others are */
			memcpy(versions->list[versions->len++], "/", 2);
		return;
	}
	for (i = 0;
	     libpod && i < sizeof(libpod_versions) / sizeof(*libpod_versions);
	     i++)
		add_version(rules, libpod_versions[i], versions, sets);
	if (!libpod)
		add_version(rules, "", versions, sets);
	/* The one that is most common first. */
	for (i = 0; !libpod && i < 37; i++) {
		minor = i == 0 ? 41 : (unsigned)i + 23;
		snprintf(version, sizeof(version), "/v1.%u", minor);
		add_version(rules, version, versions, sets);
	}
	for (i = 0; i < versions->len; i++)
		machine_set_clear(&sets[i]);
}

/* A path as it is when it has been cleaned. */
static struct span
path_of(const struct rules *rules, const struct operation *operation)
{
	struct span path = span_of(operation->path);

	if ((rules->reading == READS_CLEANED ||
		rules->reading == READS_UNVERSIONED) &&
	    path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	return path;
}

static void
write_version(const struct rules *rules, const char *version, struct buf *buf)
{
	if (rules->reading != READS_UNVERSIONED)
		put_quoted(buf, span_of(version));
}

static void
write_query(const struct rules *rules, const char *query, struct buf *buf)
{
	if (rules->reading == READS_WHOLE && query == NULL)
		put(buf, "(%s)?", QUERY);
	else if (query != NULL && strcmp(query, "?") == 0)
		put(buf, "%s", QUERY);
	else if (query != NULL)
		put_quoted(buf, span_of(query));
	put(buf, "$");
}

bool
language_write(const struct rules *rules, const struct operation *operation,
    const char *version, enum naming naming, const char *query, struct buf *buf)
{
	struct span path = path_of(rules, operation), literal;
	const char *expression, *brace;

	put(buf, "^");
	write_version(rules, version, buf);
	while ((brace = memchr(path.at, '{', path.len)) != NULL) {
		expression = object_expression(operation, brace, naming);
		if (expression == NULL)
			return false;
		literal = (struct span){ path.at, (size_t)(brace - path.at) };
		put_quoted(buf, literal);
		put(buf, "(%s)", expression);
		brace = strchr(brace, '}') + 1;
		path.len -= (size_t)(brace - path.at);
		path.at = brace;
	}
	put_quoted(buf, path);
	write_query(rules, query, buf);
	return true;
}

void
language_write_globs(const struct rules *rules,
    const struct operation *operation, const char *version,
    const char *const *globs, size_t len, struct buf *buf)
{
	const char *brace = strchr(operation->path, '{');
	size_t i;

	put(buf, "^");
	write_version(rules, version, buf);
	put_quoted(buf, (struct span){ operation->path,
			    (size_t)(brace - operation->path) });
	put(buf, "(");
	for (i = 0; i < len; i++) {
		put(buf, "%s", i == 0 ? "" : "|");
		put_glob(buf, span_of(globs[i]),
		    strncmp(brace, "{id}", 4) == 0 ? "[^/]*" : ".*");
	}
	put(buf, ")");
	put_quoted(buf, span_of(strchr(brace, '}') + 1));
	write_query(rules, NULL, buf);
}

struct span
language_object(
    const struct operation *operation, const char *version, struct span target)
{
	const char *brace = strchr(operation->path, '{'), *query;
	size_t before = (size_t)(brace - operation->path) + strlen(version);
	size_t behind = strlen(strchr(brace, '}') + 1);

	if ((query = memchr(target.at, '?', target.len)) != NULL)
		target.len = (size_t)(query - target.at);
	return (
	    struct span){ target.at + before, target.len - before - behind };
}
