/* SPDX-License-Identifier: MIT */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/limits.h"
#include "core/span.h"
#include "core/text.h"

/* Message heads of HTTP/1.0 and HTTP/1.1, RFC 9112, read strictly: every
 * line ends in CR LF, nothing is folded, repaired or skipped. */

enum http_result {
	HTTP_BAD = 0,	  /* 400, or 502 when it came from the daemon */
	HTTP_MORE,	  /* so far so good: read on */
	HTTP_OK,	  /* head and *used are filled */
	HTTP_TOO_LARGE,	  /* 431: more than LIMIT_FIELDS fields */
	HTTP_LONG_TARGET, /* 414: a request line over LIMIT_TARGET */
};

struct http_field {
	struct span name;
	struct span value; /* without the white space around it */
};

/* Spans point into the input. */
struct http_head {
	struct span method; /* of a request; case-sensitive */
	struct span target; /* of a request, as it was sent */
	unsigned status;    /* of a response: 100 to 599 */
	struct span reason; /* of a response; may be empty */
	unsigned minor;	    /* HTTP/1.minor: 0 or 1 */
	struct http_field fields[LIMIT_FIELDS];
	size_t fields_len;
	const char *why; /* after HTTP_BAD: what was wrong, for the answer */
};

/* Read a request head from the start of in. OK: *head is filled and *used is
 * its length with the empty line. MORE: nothing wrong yet. Anything else is
 * to be refused and the connection closed. Only the head's grammar is judged
 * here; Host, framing and target have their own functions. */
enum http_result
http_request(struct span in, struct http_head *head, size_t *used);

/* The same for a response head. */
enum http_result
http_response(struct span in, struct http_head *head, size_t *used);

/* The value of the first field with this name, or NULL. How many there are
 * goes to *count, unless that is NULL. */
const struct span *
http_find(const struct http_head *head, struct span name, size_t *count);

/* Whether a list field (RFC 9110 section 5.6.1), such as Connection, holds
 * this token, in any case, in any of its lines. */
bool
http_lists(const struct http_head *head, struct span name, struct span token);

/* Exactly one Host in HTTP/1.1 (RFC 9112 section 3.2), at most one in 1.0;
 * its value is empty or made of the bytes of a host and port. Returns NULL,
 * or what is wrong. */
const char *http_check_host(const struct http_head *head);

/* Write a field line. */
void http_write_field(struct text *text, struct span name, struct span value);

/* RFC 9110 section 5.6.2. */
bool http_is_token(struct span s);

#endif
