/* SPDX-License-Identifier: MIT */
/* JSON strings on standard output. */

#include <stdio.h>

#include "cmd/output.h"
#include "core/text.h"

void
output_json_string(struct span string)
{
	char memory[6]; /* the longest escape */
	struct text text;
	size_t i;

	putchar('"');
	for (i = 0; i < string.len; i++) {
		text = TEXT(memory);
		text_json(&text, (struct span){ string.at + i, 1 });
		fwrite(text.at, 1, text.len, stdout);
	}
	putchar('"');
}

void
output_json_member(const char *key, const char *value, bool follows)
{
	printf("%s\"%s\":", follows ? "," : "", key);
	if (value == NULL)
		fputs("null", stdout);
	else
		output_json_string(span_of(value));
}
