/* SPDX-License-Identifier: MIT */
/* Details written as lines, and read again: see details_text.h. */

#include <inttypes.h>
#include <string.h>

#include "cmd/details_text.h"

/* Beside the verdicts, the first words of lines. */
static const char reject[] = "reject", within[] = "within", took[] = "took";

static void
write_count(FILE *file, const char *beginning, const char *kind,
    const char *name, uint64_t count)
{
	if (count > 0)
		fprintf(file, "%s %s %s %" PRIu64 "\n", beginning, kind, name,
		    count);
}

void
details_write(FILE *file, const char *beginning, const struct details *details)
{
	const char *name;
	size_t i, j;

	for (i = 0; i < DETAILS_BUCKETS; i++)
		write_count(file, beginning, within, details_bound(i),
		    counter_read(&details->buckets[i]));
	write_count(file, beginning, took, "nanoseconds",
	    counter_read(&details->nanoseconds));
	for (i = 0; i < REJECTIONS; i++)
		write_count(file, beginning, reject, details_rejection(i),
		    counter_read(&details->rejections[i]));
	for (i = 0; i < DETAILS_OPERATIONS; i++)
		for (j = 0; j < COUNTED; j++)
			if ((name = details_operation(i)) != NULL)
				write_count(file, beginning,
				    details_verdict((enum counted)j), name,
				    counter_read(&details->requests[i][j]));
}

/* The index of a name, or as many as there are. */
static size_t
find(const char *name, const char *(*name_of)(size_t), size_t len)
{
	const char *other;
	size_t i;

	for (i = 0; i < len; i++)
		if ((other = name_of(i)) != NULL && strcmp(other, name) == 0)
			break;
	return i;
}

static uint64_t *
place_of_request(struct details *details, const char *kind, const char *name)
{
	size_t i = find(name, details_operation, DETAILS_OPERATIONS);
	size_t j;

	for (j = 0; j < COUNTED && i < DETAILS_OPERATIONS; j++)
		if (strcmp(details_verdict((enum counted)j), kind) == 0)
			return &details->requests[i][j];
	return NULL;
}

static uint64_t *
place_of(struct details *details, const char *kind, const char *name)
{
	size_t i;

	if (strcmp(kind, within) == 0) {
		i = find(name, details_bound, DETAILS_BUCKETS);
		return i < DETAILS_BUCKETS ? &details->buckets[i] : NULL;
	}
	if (strcmp(kind, took) == 0)
		return &details->nanoseconds;
	if (strcmp(kind, reject) == 0) {
		i = find(name, details_rejection, REJECTIONS);
		return i < REJECTIONS ? &details->rejections[i] : NULL;
	}
	return place_of_request(details, kind, name);
}

bool
details_read(const char *line, struct details *details)
{
	char kind[32], name[64];
	uint64_t *place, count;

	if (sscanf(line, "%31s %63s %" SCNu64, kind, name, &count) != 3)
		return false;
	if ((place = place_of(details, kind, name)) != NULL)
		*place += count;
	return true;
}
