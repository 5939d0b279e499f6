/* SPDX-License-Identifier: MIT */
/* Text in a fixed piece of memory. Never writes past it; never terminates it
 * with a NUL. A piece that does not fit whole is left out whole. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

struct span
text_span(const struct text *text)
{
	return (struct span){ text->at, text->len };
}

void
text_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	text_add(text, (struct span){ digits + at, sizeof(digits) - at });
}

void
text_format(struct text *text, const char *format, ...)
{
	char piece[1024];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(piece))
		text->full = true;
	else
		text_add(text, (struct span){ piece, (size_t)len });
}

static void
json_byte(struct text *text, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = "\\u00XX";

	switch (c) {
	case '"':
		text_add(text, SPAN("\\\""));
		return;
	case '\\':
		text_add(text, SPAN("\\\\"));
		return;
	case '\n':
		text_add(text, SPAN("\\n"));
		return;
	case '\r':
		text_add(text, SPAN("\\r"));
		return;
	case '\t':
		text_add(text, SPAN("\\t"));
		return;
	}
	if (c >= 0x20 && c < 0x7f) {
		text_char(text, (char)c);
		return;
	}
	escape[4] = hex[c >> 4];
	escape[5] = hex[c & 15];
	text_add(text, (struct span){ escape, 6 });
}

void
text_json(struct text *text, struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++)
		json_byte(text, (unsigned char)bytes.at[i]);
}

int
text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}
