/* SPDX-License-Identifier: MIT */
#ifndef POLICY_OPERATION_H
#define POLICY_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"

/* The operations of the Docker Engine API (up to version 1.56) and of Podman's
 * own API, which stands under "/libpod/", by the names that their descriptions
 * give them (operationId). Routes that the daemon has and the description has
 * not are named in the same manner. */

enum method { /* case-sensitive: RFC 9110 section 9.1 */
	METHOD_UNKNOWN = 0,
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_OPTIONS
};

/* What a request's body may be. Zero is the strictest. */
enum body {
	BODY_NONE = 0,	   /* none, or an empty JSON object, which is dropped */
	BODY_JSON,	   /* held until it is whole; sent as one piece */
	BODY_JSON_OR_NONE, /* the same, and it may be absent */
	BODY_STREAM	   /* a tar archive, of any length, or none */
};

/* One row of the table. */
struct operation {
	const char *name; /* "ContainerList" */
	enum method method;
	/* "/containers/{id}/json": {id} is one segment of a path, {name} one
	 * or more, {any} what is left of it. */
	const char *path;
	const char *section; /* the API's own, in lower case: "container"; with
			      * "libpod-" before it where it is Podman's */
	bool writes;	     /* changes something, or types into something */
	bool data;	     /* carries content out: files, logs, secrets */
	bool secrets;	     /* shows environments, command lines, options */
	bool root;	     /* can give root on the host, or the keys to it */
	bool endless;	     /* the answer may go on for days */
	enum body body;
	const char *upgrade; /* the protocol that it hijacks to, or NULL */
	/* The query parameters that it has, by their names, between spaces. A
	 * '*' behind a name: it may be repeated. A '!' before it: a request
	 * that sets it is refused. */
	const char *parameters;
	/* Names of request header fields that mean something to it, beside
	 * those that all requests may have, between spaces; a '*' at the end
	 * stands for any end. */
	const char *fields;
};

/* The table; its order is the order in which people are shown operations. */
extern const struct operation operations[];
extern const size_t operations_len;

/* An upper bound of operations_len, for arrays with a place for each. */
#define OPERATIONS_MAX 320

/* What an operation's path takes from a request's path. */
#define OPERATION_ARGUMENTS 2

/* The method of that name. */
enum method method_of(struct span name);
const char *method_name(enum method method);

/* The operation with exactly this name, or NULL. */
const struct operation *operation_named(struct span name);

/* The one operation that a method and a canonical path (target_read()'s)
 * mean, or NULL. A path that is spelled out in the table beats one with a
 * parameter: "GET /images/json" is ImageList. The path's pieces that stand
 * for {id}, {name} and {any} go to arguments, which may be NULL. */
const struct operation *operation_route(enum method method, struct span path,
    struct span arguments[OPERATION_ARGUMENTS]);

/* Whether it is one of Podman's own API. */
bool operation_is_libpod(const struct operation *operation);

/* Which part of its section an operation is in: "write" if it writes, else
 * "data" if it carries content out, else "read". */
const char *operation_access(const struct operation *operation);

/* Whether the glob (where '*' stands for any bytes) matches all of s. */
bool glob_matches(struct span glob, struct span s);

#endif
