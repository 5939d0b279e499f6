/* SPDX-License-Identifier: MIT */
/* Heads, read as a request and as a response. Of what is let through:
 *   - every span lies in the input;
 *   - every beginning of it needs more, and bytes behind it change nothing;
 *   - written anew, it reads the same;
 *   - its framing has one meaning.
 * What is refused stays refused, whatever follows. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/http.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer inputs are not cut at every byte, which takes quadratic time. */
enum {
	CUT_LARGEST = 512
};

static enum http_result
read_head(bool request, struct span in, struct http_head *head, size_t *used)
{
	return (request ? http_request : http_response)(in, head, used);
}

static bool
is_inside(struct span s, struct span in)
{
	return s.at >= in.at && s.at + s.len <= in.at + in.len;
}

static void
check_spans(const struct http_head *head, struct span in, bool request)
{
	size_t i;

	assert(head->fields_len <= LIMIT_FIELDS);
	assert(head->minor <= 1);
	if (request) {
		assert(is_inside(head->method, in));
		assert(is_inside(head->target, in));
		assert(http_is_token(head->method));
		assert(head->target.len > 0);
	} else {
		assert(is_inside(head->reason, in));
		assert(head->status >= 100 && head->status <= 599);
	}
	for (i = 0; i < head->fields_len; i++) {
		assert(is_inside(head->fields[i].name, in));
		assert(is_inside(head->fields[i].value, in));
		assert(http_is_token(head->fields[i].name));
	}
}

static void
check_written_anew(const struct http_head *head, struct span in, bool request)
{
	struct http_head again;
	struct text text = { NULL, 0, in.len + LIMIT_FIELDS, false };
	size_t i, used = 0;

	text.at = malloc(text.size);
	assert(text.at != NULL);
	if (request) {
		text_add(&text, head->method);
		text_char(&text, ' ');
		text_add(&text, head->target);
		text_format(&text, " HTTP/1.%u\r\n", head->minor);
	} else {
		text_format(&text, "HTTP/1.%u %u ", head->minor, head->status);
		text_add(&text, head->reason);
		text_add(&text, SPAN("\r\n"));
	}
	for (i = 0; i < head->fields_len; i++)
		http_write_field(
		    &text, head->fields[i].name, head->fields[i].value);
	text_add(&text, SPAN("\r\n"));
	assert(!text.full);

	assert(read_head(request, text_span(&text), &again, &used) == HTTP_OK);
	assert(used == text.len);
	assert(again.minor == head->minor);
	if (request) {
		assert(span_eq(again.method, head->method));
		assert(span_eq(again.target, head->target));
	} else {
		assert(again.status == head->status);
		assert(span_eq(again.reason, head->reason));
	}
	assert(again.fields_len == head->fields_len);
	for (i = 0; i < head->fields_len; i++) {
		assert(span_eq(again.fields[i].name, head->fields[i].name));
		assert(span_eq(again.fields[i].value, head->fields[i].value));
	}
	free(text.at);
}

static void
check_framing(const struct http_head *head, bool request)
{
	const struct span *length;
	struct frame frame;
	size_t lengths, codings;
	char digits[20];
	struct text text = TEXT(digits);

	if (!(request ? frame_request(&frame, head)
		      : frame_response(&frame, head, false))) {
		assert(frame.why != NULL);
		return;
	}
	length = http_find(head, SPAN("Content-Length"), &lengths);
	http_find(head, SPAN("Transfer-Encoding"), &codings);
	assert(lengths + codings <= 1);
	assert(codings == 0 || head->minor == 1);
	if (lengths == 1) {
		text_number(&text, frame.left);
		assert(span_eq(*length, text_span(&text)));
	}
	assert(frame.kind != FRAME_LENGTH || lengths == 1);
	assert(frame.kind != FRAME_CHUNKED || codings == 1);
	assert(frame.kind != FRAME_UNTIL_CLOSE || !request);
}

/* The verdict on a beginning of the input, in memory of its own, so that a
 * sanitizer sees a read behind it. */
static enum http_result
read_part(bool request, const uint8_t *data, size_t size, size_t *used)
{
	struct http_head head;
	enum http_result result;
	char *copy = malloc(size);

	assert(size == 0 || copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	result = read_head(request, (struct span){ copy, size }, &head, used);
	free(copy);
	return result;
}

static void
check_cuts(bool request, const uint8_t *data, size_t size)
{
	enum http_result result, before = HTTP_MORE;
	size_t cut, used, took = 0;

	for (cut = 0; cut <= size; cut++) {
		result = read_part(request, data, cut, &used);
		if (before == HTTP_OK)
			assert(result == HTTP_OK && used == took);
		else if (before == HTTP_MORE && result == HTTP_OK)
			assert(used == cut);
		else if (before != HTTP_MORE)
			assert(result != HTTP_MORE && result != HTTP_OK);
		before = result;
		took = used;
	}
}

static void
check(const uint8_t *data, size_t size, bool request)
{
	struct span in = { (const char *)data, size };
	struct http_head head;
	size_t used = 0, again;

	if (size <= CUT_LARGEST)
		check_cuts(request, data, size);
	switch (read_head(request, in, &head, &used)) {
	case HTTP_OK:
		break;
	case HTTP_BAD:
		assert(head.why != NULL);
		return;
	case HTTP_MORE:
	case HTTP_TOO_LARGE:
	case HTTP_LONG_TARGET:
		return;
	}
	assert(used <= size);
	in.len = used;
	check_spans(&head, in, request);
	check_written_anew(&head, in, request);
	check_framing(&head, request);
	assert(read_part(request, data, used, &again) == HTTP_OK);
	assert(again == used);
	assert(read_part(request, data, used - 1, &again) == HTTP_MORE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, true);
	check(data, size, false);
	return 0;
}
