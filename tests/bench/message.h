/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_state {
	MESSAGE_START = 0,
	MESSAGE_FIELDS,
	MESSAGE_BODY,  /* left bytes of it */
	MESSAGE_CHUNK, /* a chunk's size line */
	MESSAGE_DATA,  /* left bytes of a chunk, with the CRLF behind it */
	MESSAGE_TRAILER,
	MESSAGE_ENDLESS /* nothing says where it ends */
};

enum message_event {
	MESSAGE_BAD = 0,
	MESSAGE_MORE, /* all bytes were used */
	MESSAGE_HEAD, /* the head is whole; call again, for the body */
	MESSAGE_DONE  /* the next byte belongs to another message */
};

/* A request or a response on its way. Zeroed it is before its first byte, and
 * so it is again after MESSAGE_DONE, but for what the head said. */
struct message {
	enum message_state state;
	bool is_response;
	unsigned status; /* of a response */
	bool chunked;
	bool length_known;
	uint64_t left;
	uint64_t body;	 /* bytes of it so far */
	char start[256]; /* the start line, as far as it fits */
	size_t line_len; /* of the line that is not whole yet */
	char line[256];
};

/* Read on. *used says how much of the bytes. */
enum message_event message_read(
    struct message *message, const char *bytes, size_t len, size_t *used);

#endif
