/* SPDX-License-Identifier: MIT */
/* Heads are read many bytes at a time: each byte means the same at each place
 * among the others, and whatever stands beside it. */

#include <criterion/criterion.h>

#include "core/http.h"

enum {
	VALUE = 24
};

#define BEFORE "GET /_ping HTTP/1.1\r\nHost: "
#define BEHIND "\r\nX: y\r\n\r\n"

/* RFC 9110 section 5.5: VCHAR, obs-text, SP and HTAB. */
static bool
may_stand(int byte)
{
	return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

static void
check_byte(int byte, size_t at, char filler)
{
	char memory[sizeof(BEFORE) + VALUE + sizeof(BEHIND)];
	struct text text = TEXT(memory);
	struct http_head head;
	size_t used, i;
	bool good;

	text_add(&text, SPAN(BEFORE));
	for (i = 0; i < VALUE; i++)
		text_char(&text, i == at ? (char)byte : filler);
	text_add(&text, SPAN(BEHIND));
	good = http_request(text_span(&text), &head, &used) == HTTP_OK;
	cr_expect(good == may_stand(byte), "byte %d at %zu beside %d", byte, at,
	    (unsigned char)filler);
	if (good)
		cr_expect(head.fields_len == 2 && used == text.len,
		    "byte %d at %zu", byte, at);
}

Test(http_request, judges_each_byte_at_each_place)
{
	static const char fillers[] = { 'a', '\t', '~', '\x80', '\xff' };
	size_t at, i;
	int byte;

	for (i = 0; i < sizeof(fillers); i++)
		for (at = 0; at < VALUE; at++)
			for (byte = 0; byte < 256; byte++)
				check_byte(byte, at, fillers[i]);
}
