/* SPDX-License-Identifier: MIT */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/http.h"

/* Where a message's body ends: RFC 9112 sections 6 and 7. */

enum frame_kind {
	FRAME_NONE = 0,	  /* no body */
	FRAME_LENGTH,	  /* Content-Length */
	FRAME_CHUNKED,	  /* Transfer-Encoding: chunked */
	FRAME_UNTIL_CLOSE /* a response that ends with the connection */
};

enum frame_result {
	FRAME_BAD = 0, /* not framed as RFC 9112 says: close */
	FRAME_MORE,    /* the body goes on */
	FRAME_DONE,    /* the body is complete */
};

/* How decoded bytes are written. */
enum frame_output {
	FRAME_BARE = 0, /* the body's own bytes */
	FRAME_ANEW	/* chunks stay chunks, spelled anew: no extension, no
			 * leading zero, no trailer */
};

/* A body under way. Made by one of the two functions below. */
struct frame {
	enum frame_kind kind;
	enum frame_state {
		FRAME_AT_SIZE = 0, /* before a chunk's size line */
		FRAME_IN_DATA,
		FRAME_AT_DATA_END, /* before the CR LF behind a chunk's data */
		FRAME_AT_TRAILER,  /* before a trailer line */
		FRAME_AT_END
	} state;
	/* LENGTH and IN_DATA: bytes still to come. AT_TRAILER: bytes that
	 * trailer lines may still take. LENGTH before the first byte: the
	 * Content-Length. */
	uint64_t left;
	const char *why; /* after FRAME_BAD: what was wrong */
};

/* The body of a request. False, with frame->why, where the head contradicts
 * itself or names any transfer coding but chunked. */
bool frame_request(struct frame *frame, const struct http_head *head);

/* The body of a response to a request with that method ("HEAD" has none).
 * False, with frame->why, as above. */
bool
frame_response(struct frame *frame, const struct http_head *head, bool to_head);

/* Take the bytes of a body that stand at bytes[0..len) and write what they
 * mean over them, in place: bytes[0..*out) afterwards. *used bytes were
 * taken; those behind are not touched and must be given again, with more
 * behind them (MORE), or belong to the next message (DONE). *out <= *used.
 * FRAME_NONE is DONE at once. */
enum frame_result frame_pass(struct frame *frame, enum frame_output output,
    char *bytes, size_t len, size_t *out, size_t *used);

#endif
