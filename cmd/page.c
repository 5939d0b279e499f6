/* SPDX-License-Identifier: MIT */
/* Text of any length for the control socket's answers. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/page.h"
#include "core/text.h"

void
page_span(struct page *page, struct span bytes)
{
	if (!buf_add(page->buf, bytes.at, bytes.len))
		page->ok = false;
}

void
page_add(struct page *page, const char *format, ...)
{
	char memory[512];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(memory, sizeof(memory), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(memory))
		page->ok = false;
	else
		page_span(page, (struct span){ memory, (size_t)len });
}

void
page_json(struct page *page, struct span bytes)
{
	size_t size = bytes.len * 6; /* the longest escape */
	struct text text;
	char *room;

	if ((room = buf_room(page->buf, size)) == NULL) {
		page->ok = false;
		return;
	}
	text = (struct text){ room, 0, size, false };
	text_json(&text, bytes);
	buf_grew(page->buf, text.len);
}

void
page_member(struct page *page, const char *key, const char *value)
{
	if (value == NULL) {
		page_add(page, "\"%s\":null,", key);
		return;
	}
	page_add(page, "\"%s\":\"", key);
	page_json(page, span_of(value));
	page_add(page, "\",");
}

const char *
page_truth(bool is)
{
	return is ? "true" : "false";
}

void
page_shown(struct page *page, int indent, const char *string)
{
	size_t len = strlen(string);
	const char *at;

	while (len > 0 && string[len - 1] == '\n')
		len--;
	for (at = string; at < string + len; at++) {
		if (*at == '\n')
			page_add(page, "\n%*s", indent, "");
		else if ((unsigned char)*at < ' ' || *at == 0x7f)
			page_add(page, "?");
		else
			page_span(page, (struct span){ at, 1 });
	}
}

void
page_seconds(struct page *page, uint64_t nanoseconds)
{
	page_add(page, "%" PRIu64 ".%09" PRIu64, nanoseconds / 1000000000U,
	    nanoseconds % 1000000000U);
}

uint64_t
page_counter(const struct counters *counters, size_t offset)
{
	const void *at = (const char *)counters + offset;

	return counter_read(at);
}
