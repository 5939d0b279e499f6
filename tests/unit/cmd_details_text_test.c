/* SPDX-License-Identifier: MIT */
/* Details as lines: written, read, and read by a program that has other
 * ones. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/details_text.h"
#include "tests/unit/cases.h"

/* To be freed. */
static char *
write(const char *beginning, const struct details *details)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	cr_assert(file != NULL);
	details_write(file, beginning, details);
	fclose(file);
	return text;
}

static struct details
some(void)
{
	struct details details = { 0 };
	size_t list =
	    (size_t)(operation_named(SPAN("ContainerList")) - operations);

	details.requests[list][COUNTED_ALLOW] = 12;
	details.requests[DETAILS_UNKNOWN][COUNTED_DENY] = UINT64_MAX;
	details.rejections[REASON_UNKNOWN_OPERATION] = 3;
	details.rejections[REJECTIONS_VERDICT + REFUSAL_ARCHIVE] = 4;
	details.buckets[0] = 5;
	details.buckets[DETAILS_BUCKETS - 1] = 6;
	details.nanoseconds = 7;
	return details;
}

Test(details_text, is_lines_of_names)
{
	const struct details details = some(), none = { 0 };
	char *text = write("detail web", &details);

	cr_expect(eq(str, text,
	    "detail web within 0.001 5\n"
	    "detail web within +Inf 6\n"
	    "detail web took nanoseconds 7\n"
	    "detail web reject unknown-operation 3\n"
	    "detail web reject archive 4\n"
	    "detail web allow ContainerList 12\n"
	    "detail web deny unknown 18446744073709551615\n"));
	free(text);
	text = write("detail web", &none);
	cr_expect(eq(str, text, ""));
	free(text);
}

/* Each count is another one. */
Test(details_text, is_read_as_it_was_written)
{
	struct details details = { 0 }, read = { 0 };
	uint64_t *counts = (uint64_t *)(void *)&details;
	char *text, *line;
	size_t i, j, lines = 0;

	for (i = 0; i < sizeof(details) / sizeof(*counts); i++)
		counts[i] = i + 1;
	/* Places that no operation has. */
	for (i = operations_len; i < DETAILS_UNKNOWN; i++)
		for (j = 0; j < COUNTED; j++)
			details.requests[i][j] = 0;
	text = write("x", &details);
	for (line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		cr_assert(strncmp(line, "x ", 2) == 0);
		cr_expect(details_read(line + 2, &read), "%s", line);
		lines++;
	}
	cr_expect(eq(int, memcmp(&details, &read, sizeof(read)), 0));
	cr_expect(eq(sz, lines,
	    DETAILS_BUCKETS + 1 + REJECTIONS +
		(operations_len + 1) * (size_t)COUNTED));
	free(text);
}

Test(details_text, adds_up)
{
	struct details details = { 0 };

	cr_expect(details_read("within 0.001 5\n", &details));
	cr_expect(details_read("within 0.001 6\n", &details));
	cr_expect(eq(u64, details.buckets[0], 11));
}

/* Those of another version, which has other operations. */
Test(details_text, leaves_out_what_it_does_not_know)
{
	static const char *const lines[] = { "allow ContainerTeleport 1\n",
		"observe ContainerList 1\n", "within 0.002 1\n",
		"reject boredom 1\n", "reject allowed 1\n",
		"something else 1\n" };
	struct details details = { 0 }, none = { 0 };
	size_t i;

	for (i = 0; i < CASES(lines); i++)
		cr_expect(details_read(lines[i], &details), "%s", lines[i]);
	cr_expect(eq(int, memcmp(&details, &none, sizeof(none)), 0));
}

Test(details_text, refuses_what_is_no_such_line)
{
	static const char *const lines[] = { "", "\n", "allow\n",
		"allow ContainerList\n", "allow ContainerList x\n",
		"within 0.001 \n" };
	struct details details = { 0 }, none = { 0 };
	size_t i;

	for (i = 0; i < CASES(lines); i++)
		cr_expect(
		    not(details_read(lines[i], &details)), "%s", lines[i]);
	cr_expect(eq(int, memcmp(&details, &none, sizeof(none)), 0));
}
