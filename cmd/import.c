/* SPDX-License-Identifier: MIT */
/* postern import: from another socket proxy's settings to a profile. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "core/limits.h"
#include "policy/import/import.h"

static int
usage(void)
{
	return command_usage("import takes KIND [FILE [SERVICE]] [FLAG...], "
			     "and KIND is one of %s",
	    import_kinds());
}

/* What stands behind the kind. False: that is no use. */
static bool
read_arguments(struct import_input *input, char **arguments)
{
	size_t i = 0;

	if (arguments[i] != NULL && arguments[i][0] != '-')
		input->file = arguments[i++];
	if (arguments[i] != NULL && arguments[i][0] != '-')
		input->service = arguments[i++];
	if (arguments[i] != NULL) {
		if (arguments[i][0] != '-' || !import_takes_flags(input->kind))
			return false;
		input->flags = arguments + i;
	}
	if (input->file == NULL && input->flags == NULL) {
		if (!import_takes_environment(input->kind))
			return false;
		input->environment = environ;
	}
	return true;
}

static void
write_all(FILE *file, const struct buf *buf)
{
	struct span span = buf_span(buf);

	fwrite(span.at, 1, span.len, file);
}

static int
import(const struct import_input *input)
{
	struct complaints warnings = { 0 };
	struct buf profile = { 0 }, text = { 0 };
	struct err err;
	int status = 0;

	if (import_profile(input, &profile, &warnings, &err) == -1) {
		fprintf(stderr, "postern: %s\n", err.text);
		status = 1;
	} else {
		write_all(stdout, &profile);
	}
	complaints_write(&warnings, &text);
	write_all(stderr, &text);
	complaints_clear(&warnings);
	buf_clear(&profile);
	buf_clear(&text);
	return status;
}

int
command_import(const struct options *options, char **arguments)
{
	struct import_input input = { 0 };
	char *text = NULL;
	struct err err;
	int status;

	(void)options;
	if (arguments[0] == NULL ||
	    (input.kind = import_kind_of(arguments[0])) == IMPORT_NONE ||
	    !read_arguments(&input, arguments + 1))
		return usage();
	input.text = SPAN("");
	if (input.file != NULL) {
		if (files_read(input.file, &text, &input.text.len, &err) ==
		    -1) {
			fprintf(stderr, "postern: %s\n", err.text);
			return 1;
		}
		input.text.at = text;
		if (input.text.len > LIMIT_INI_BYTES) {
			fprintf(stderr, "postern: %s: more than 1 MiB\n",
			    input.file);
			free(text);
			return 1;
		}
	}
	status = import(&input);
	free(text);
	return status;
}
