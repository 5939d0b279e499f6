/* SPDX-License-Identifier: MIT */
/* Message framing: RFC 9112, sections 6 and 7, without the cases in which
 * two readers have ever differed. A body is decoded where it lies; what comes
 * out is never longer than what went in. */

#include <string.h>

#include "core/frame.h"
#include "core/text.h"

static bool
bad(struct frame *frame, const char *why)
{
	frame->why = why;
	return false;
}

/* Content-Length = 1*DIGIT, spelled as a number is: no sign, no list, no
 * leading zero. 18 digits are more than any disk and fit into 63 bits. */
static bool
read_length(struct span value, uint64_t *length)
{
	size_t i;

	if (value.len == 0 || value.len > 18 ||
	    (value.len > 1 && *value.at == '0'))
		return false;
	*length = 0;
	for (i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		*length = *length * 10 + (uint64_t)(value.at[i] - '0');
	}
	return true;
}

/* What the fields say, whatever the message. */
static bool
read_fields(struct frame *frame, const struct http_head *head)
{
	const struct span *length, *coding;
	size_t lengths, codings;

	*frame = (struct frame){ 0 };
	length = http_find(head, SPAN("Content-Length"), &lengths);
	coding = http_find(head, SPAN("Transfer-Encoding"), &codings);
	if (lengths > 0 && codings > 0)
		return bad(frame, "Content-Length with Transfer-Encoding");
	if (lengths > 1)
		return bad(frame, "more than one Content-Length");
	if (codings > 1)
		return bad(frame, "more than one Transfer-Encoding");
	if (lengths == 1) {
		if (!read_length(*length, &frame->left))
			return bad(frame, "a bad Content-Length");
		frame->kind = FRAME_LENGTH;
	}
	if (codings == 1) {
		if (head->minor == 0)
			return bad(frame, "Transfer-Encoding in HTTP/1.0");
		if (!span_eq_nocase(*coding, SPAN("chunked")))
			return bad(
			    frame, "a transfer coding other than chunked");
		frame->kind = FRAME_CHUNKED;
	}
	return true;
}

bool
frame_request(struct frame *frame, const struct http_head *head)
{
	if (!read_fields(frame, head))
		return false;
	if (frame->kind == FRAME_LENGTH && frame->left == 0)
		frame->kind = FRAME_NONE;
	return true;
}

bool
frame_response(struct frame *frame, const struct http_head *head, bool to_head)
{
	if (!read_fields(frame, head))
		return false;
	if (to_head || head->status < 200 || head->status == 204 ||
	    head->status == 304 ||
	    (frame->kind == FRAME_LENGTH && frame->left == 0))
		frame->kind = FRAME_NONE;
	else if (frame->kind == FRAME_NONE)
		frame->kind = FRAME_UNTIL_CLOSE;
	return true;
}

/* Input and output of one frame_pass() over the same bytes. */
struct pass {
	struct frame *frame;
	enum frame_output output;
	char *bytes;
	size_t len;
	size_t in;
	size_t out;
};

static void
put(struct pass *p, const char *bytes, size_t len)
{
	if (len > 0 && p->bytes + p->out != bytes)
		memmove(p->bytes + p->out, bytes, len);
	p->out += len;
}

static enum frame_result
stop(struct pass *p, const char *why)
{
	p->frame->why = why;
	return FRAME_BAD;
}

/* Find the line at p->in; its length without CR LF. MORE: not all there;
 * longer than limit, or a byte that no line may hold: BAD. */
static enum frame_result
find_line(struct pass *p, size_t limit, size_t *len)
{
	const char *line = p->bytes + p->in;
	size_t there = p->len - p->in, i;

	for (i = 0; i < there; i++) {
		if (line[i] == '\r') {
			if (i + 1 == there)
				return FRAME_MORE;
			if (line[i + 1] != '\n')
				return stop(p, "a CR without LF");
			*len = i;
			return FRAME_DONE;
		}
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') ||
		    line[i] == 0x7f)
			return stop(p, "a control byte between chunks");
		if (i == limit)
			return stop(p, "a chunk's line is too long");
	}
	return FRAME_MORE;
}

/* The size of a chunk, spelled as short as it can be. */
static void
put_size(struct pass *p, uint64_t size)
{
	static const char hex[] = "0123456789abcdef";
	char line[LIMIT_CHUNK_DIGITS + 2];
	size_t at = sizeof(line) - 2;

	memcpy(line + at, "\r\n", 2);
	do {
		line[--at] = hex[size & 15];
		size >>= 4;
	} while (size > 0);
	put(p, line + at, sizeof(line) - at);
}

/* chunk-size [ chunk-ext ] CRLF */
static enum frame_result
pass_size(struct pass *p)
{
	const char *line = p->bytes + p->in;
	size_t there = p->len - p->in, digits, len;
	enum frame_result result;
	uint64_t size = 0;

	for (digits = 0; digits < there && text_hex(line[digits]) >= 0;
	     digits++) {
		if (digits == LIMIT_CHUNK_DIGITS)
			return stop(p, "a chunk too large");
		size = size << 4 | (uint64_t)text_hex(line[digits]);
	}
	if (digits == there)
		return FRAME_MORE;
	if (digits == 0 || (line[digits] != ';' && line[digits] != '\r'))
		return stop(p, "a bad chunk size");
	result = find_line(p, digits + LIMIT_CHUNK_EXTENSION, &len);
	if (result != FRAME_DONE)
		return result;
	p->in += len + 2;
	if (p->output == FRAME_ANEW)
		put_size(p, size);
	p->frame->left = size == 0 ? LIMIT_TRAILERS : size;
	p->frame->state = size == 0 ? FRAME_AT_TRAILER : FRAME_IN_DATA;
	return FRAME_DONE;
}

/* The bytes of a chunk, or of a body with a length. */
static enum frame_result
pass_data(struct pass *p)
{
	size_t there = p->len - p->in;
	size_t len = there < p->frame->left ? there : (size_t)p->frame->left;

	put(p, p->bytes + p->in, len);
	p->in += len;
	p->frame->left -= len;
	return p->frame->left == 0 ? FRAME_DONE : FRAME_MORE;
}

static enum frame_result
pass_data_end(struct pass *p)
{
	const char *at = p->bytes + p->in;
	size_t there = p->len - p->in;

	if ((there > 0 && at[0] != '\r') || (there > 1 && at[1] != '\n'))
		return stop(p, "a chunk longer than its size");
	if (there < 2)
		return FRAME_MORE;
	if (p->output == FRAME_ANEW)
		put(p, "\r\n", 2);
	p->in += 2;
	p->frame->state = FRAME_AT_SIZE;
	return FRAME_DONE;
}

/* A trailer field is checked and dropped; the empty line ends the body. */
static enum frame_result
pass_trailer(struct pass *p)
{
	const char *line = p->bytes + p->in, *colon;
	enum frame_result result;
	size_t len;

	result = find_line(p, (size_t)p->frame->left, &len);
	if (result != FRAME_DONE)
		return result;
	p->in += len + 2;
	if (len == 0) {
		if (p->output == FRAME_ANEW)
			put(p, "\r\n", 2);
		p->frame->state = FRAME_AT_END;
		return FRAME_DONE;
	}
	colon = memchr(line, ':', len);
	if (colon == NULL ||
	    !http_is_token((struct span){ line, (size_t)(colon - line) }))
		return stop(p, "a bad trailer field");
	p->frame->left -= len;
	return FRAME_DONE;
}

static enum frame_result
pass_chunked(struct pass *p)
{
	enum frame_result result = FRAME_DONE;

	while (result == FRAME_DONE) {
		switch (p->frame->state) {
		case FRAME_AT_SIZE:
			result = pass_size(p);
			break;
		case FRAME_IN_DATA:
			result = pass_data(p);
			if (result == FRAME_DONE)
				p->frame->state = FRAME_AT_DATA_END;
			break;
		case FRAME_AT_DATA_END:
			result = pass_data_end(p);
			break;
		case FRAME_AT_TRAILER:
			result = pass_trailer(p);
			break;
		case FRAME_AT_END:
			return FRAME_DONE;
		}
	}
	return result;
}

enum frame_result
frame_pass(struct frame *frame, enum frame_output output, char *bytes,
    size_t len, size_t *out, size_t *used)
{
	struct pass p = { frame, output, bytes, len, 0, 0 };
	enum frame_result result = FRAME_DONE;

	switch (frame->kind) {
	case FRAME_NONE:
		break;
	case FRAME_LENGTH:
		result = pass_data(&p);
		break;
	case FRAME_CHUNKED:
		result = pass_chunked(&p);
		break;
	case FRAME_UNTIL_CLOSE:
		p.out = p.in = len;
		result = FRAME_MORE;
		break;
	}
	*out = p.out;
	*used = p.in;
	return result;
}
