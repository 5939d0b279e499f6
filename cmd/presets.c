/* SPDX-License-Identifier: MIT */
/* postern presets: what comes with the program. */

#include <stdio.h>

#include "cmd/commands.h"
#include "policy/complaint.h"
#include "policy/operation.h"
#include "policy/preset.h"

static int
show(const char *name)
{
	const struct preset *preset = preset_named(name);

	if (preset == NULL)
		return command_usage("no such preset: %s", name);
	fputs(preset->text, stdout);
	return 0;
}

int
command_presets(const struct options *options, char **arguments)
{
	struct span summary;
	size_t i;

	if (arguments[0] != NULL && arguments[1] != NULL)
		return command_usage("presets takes one name at most");
	if (arguments[0] != NULL)
		return show(arguments[0]);
	for (i = 0; i < presets_len; i++) {
		summary = preset_summary(&presets[i]);
		if (options->names)
			puts(presets[i].name);
		else
			printf(
			    "%-20s %.*s\n", presets[i].name, SPAN_ARG(summary));
	}
	return 0;
}
