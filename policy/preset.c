/* SPDX-License-Identifier: MIT */
/* The presets' names and summaries. Their texts are made from the files in
 * policy/presets/ when the program is built. */

#include <string.h>

#include "policy/preset.h"

const struct preset *
preset_named(const char *name)
{
	size_t i;

	for (i = 0; i < presets_len; i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	return NULL;
}

struct span
preset_summary(const struct preset *preset)
{
	struct span text = span_of(preset->text), line;

	span_word(&text, "\n", &line);
	while (line.len > 0 && (*line.at == ';' || *line.at == ' ')) {
		line.at++;
		line.len--;
	}
	return line;
}
