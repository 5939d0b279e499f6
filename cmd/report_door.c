/* SPDX-License-Identifier: MIT */
/* One door, written for programs and for people, with what happened at it one
 * by one. The numbers are a worker's, which may have been taken over: any of
 * them may be wrong, and none is used for anything but being shown. */

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report_parts.h"

/* A door's counters, by name. */
static const struct {
	const char *key;
	size_t offset;
} counters[] = {
	{"connections",	 offsetof(struct counters, connections)},
	{ "turned_away", offsetof(struct counters, turned_away)},
	{ "allowed",     offsetof(struct counters, allowed)	},
	{ "denied",	    offsetof(struct counters, denied)     },
	{ "refused",     offsetof(struct counters, refused)	},
	{ "failed",	    offsetof(struct counters, failed)     },
	{ "streams",     offsetof(struct counters, streams)	},
	{ "sent",	  offsetof(struct counters, sent)	  },
	{ "received",    offsetof(struct counters, received)	  },
	{ "open",	  offsetof(struct counters, open)	  },
	{ "flowing",     offsetof(struct counters, flowing)	},
};

static const struct {
	const char *key;
	double part;
	const char *words;
} quantiles[] = {
	{"p50",	 .5,  "half"},
	{ "p90", .9,  "90%" },
	{ "p99", .99, "99%" },
};

enum {
	QUANTILES = sizeof(quantiles) / sizeof(quantiles[0])
};

static uint64_t
count_answers(const struct details *details)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < DETAILS_BUCKETS; i++)
		count += details->buckets[i];
	return count;
}

/* In how many seconds this part of all answers came, as Prometheus'
 * histogram_quantile() has it: those in a bucket are taken for evenly spread,
 * and those without a bound for at the last one. */
static double
quantile(const struct details *details, double part)
{
	double rank = part * (double)count_answers(details), below = 0, lower;
	size_t i = 0;

	while (i < DETAILS_BUCKETS - 1 &&
	       below + (double)details->buckets[i] < rank)
		below += (double)details->buckets[i++];
	lower = i == 0 ? 0 : (double)details_bound_nanoseconds(i - 1) / 1e9;
	if (i == DETAILS_BUCKETS - 1 || details->buckets[i] == 0)
		return lower;
	return lower + ((double)details_bound_nanoseconds(i) / 1e9 - lower) *
			   (rank - below) / (double)details->buckets[i];
}

static bool
has_requests(const struct details *details, size_t operation)
{
	size_t i;

	if (details_operation(operation) == NULL)
		return false;
	for (i = 0; i < COUNTED; i++)
		if (details->requests[operation][i] > 0)
			return true;
	return false;
}

static void
json_operations(struct page *page, const struct details *details)
{
	const char *comma = "";
	size_t i, j;

	page_add(page, ",\"operations\":{");
	for (i = 0; i < DETAILS_OPERATIONS; i++) {
		if (!has_requests(details, i))
			continue;
		page_add(page, "%s\"%s\":{", comma, details_operation(i));
		for (j = 0; j < COUNTED; j++)
			page_add(page, "%s\"%s\":%" PRIu64, j > 0 ? "," : "",
			    details_verdict((enum counted)j),
			    details->requests[i][j]);
		page_add(page, "}");
		comma = ",";
	}
	page_add(page, "}");
}

static void
json_rejections(struct page *page, const struct details *details)
{
	const char *comma = "";
	size_t i;

	page_add(page, ",\"rejections\":{");
	for (i = 0; i < REJECTIONS; i++) {
		if (details->rejections[i] == 0)
			continue;
		page_add(page, "%s\"%s\":%" PRIu64, comma, details_rejection(i),
		    details->rejections[i]);
		comma = ",";
	}
	page_add(page, "}");
}

/* As Prometheus has it, each bound with all answers below it. */
static void
json_answers(struct page *page, const struct details *details)
{
	const uint64_t count = count_answers(details);
	uint64_t within = 0;
	size_t i;

	page_add(
	    page, ",\"answers\":{\"count\":%" PRIu64 ",\"seconds\":", count);
	page_seconds(page, details->nanoseconds);
	for (i = 0; i < QUANTILES; i++) {
		page_add(page, ",\"%s\":", quantiles[i].key);
		if (count == 0)
			page_add(page, "null");
		else
			page_seconds(page,
			    (uint64_t)(quantile(details, quantiles[i].part) *
					   1e9 +
				       .5));
	}
	page_add(page, ",\"within\":{");
	for (i = 0; i < DETAILS_BUCKETS && count > 0; i++) {
		within += details->buckets[i];
		page_add(page, "%s\"%s\":%" PRIu64, i > 0 ? "," : "",
		    details_bound(i), within);
	}
	page_add(page, "}}");
}

void
report_json_door(struct page *page, const struct report *report, size_t door)
{
	const struct report_door *one = &report->doors[door];
	struct details details;
	size_t i;

	report_details(report, door, &details);
	page_add(page, "{");
	page_member(page, "profile", one->profile);
	page_member(page, "path", one->path);
	page_add(page, "\"systemd\":%s,\"observes\":%s",
	    page_truth(one->systemd), page_truth(one->observes));
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		page_add(page, ",\"%s\":%" PRIu64, counters[i].key,
		    page_counter(&one->counters, counters[i].offset));
	json_operations(page, &details);
	json_rejections(page, &details);
	json_answers(page, &details);
	page_add(page, "}");
}

bool
report_door_json(const struct report *report, size_t door, struct buf *buf)
{
	struct page page = { buf, true };

	report_json_door(&page, report, door);
	page_add(&page, "\n");
	return page.ok;
}

static void
table_head(struct page *page, const struct report_door *door)
{
	const struct counters *c = &door->counters;

	report_line(page, "door", door->profile);
	page_add(page, "%-*s", REPORT_LABEL, "path");
	report_path(page, door);
	page_add(page,
	    "%-*s%" PRIu64 " accepted, %" PRIu64 " turned away, %" PRIu64
	    " open\n",
	    REPORT_LABEL, "connections", c->connections, c->turned_away,
	    c->open);
	page_add(page,
	    "%-*s%" PRIu64 " allowed, %" PRIu64 " denied, %" PRIu64
	    " refused, %" PRIu64 " failed\n",
	    REPORT_LABEL, "requests", c->allowed, c->denied, c->refused,
	    c->failed);
	page_add(page, "%-*s%" PRIu64 " begun, %" PRIu64 " open\n",
	    REPORT_LABEL, "streams", c->streams, c->flowing);
	page_add(page, "%-*s%" PRIu64 " sent, %" PRIu64 " received\n",
	    REPORT_LABEL, "bytes", c->sent, c->received);
}

static void
table_seconds(struct page *page, double seconds)
{
	if (seconds >= 1)
		page_add(page, "%.1f s", seconds);
	else
		page_add(page, "%.*f ms", seconds < .01 ? 1 : 0, seconds * 1e3);
}

static void
table_answers(struct page *page, const struct details *details)
{
	const uint64_t count = count_answers(details);
	size_t i;

	page_add(page, "%-*s%" PRIu64 " timed", REPORT_LABEL, "answers", count);
	for (i = 0; i < QUANTILES && count > 0; i++) {
		page_add(page, "%s %s within ", i == 0 ? ":" : ",",
		    quantiles[i].words);
		table_seconds(page, quantile(details, quantiles[i].part));
	}
	page_add(page, "\n");
}

/* A row of a table: how often what happened. */
struct row {
	const char *name;
	const uint64_t *counts;
	uint64_t sum;
	size_t place; /* among those that happened as often */
};

static int
compare(const void *one, const void *other)
{
	const struct row *a = one, *b = other;

	if (a->sum != b->sum)
		return a->sum < b->sum ? 1 : -1;
	return a->place < b->place ? -1 : 1;
}

/* What happened most often comes first. */
static void
table_rows(struct page *page, const char *heading, const char *const columns[],
    size_t columns_len, struct row *rows, size_t rows_len)
{
	int name = (int)strlen(heading), widths[COUNTED + 1];
	size_t i, j;
	int len;

	if (rows_len == 0)
		return;
	qsort(rows, rows_len, sizeof(*rows), compare);
	for (j = 0; j < columns_len; j++)
		widths[j] = (int)strlen(columns[j]);
	for (i = 0; i < rows_len; i++) {
		if ((len = (int)strlen(rows[i].name)) > name)
			name = len;
		for (j = 0; j < columns_len; j++) {
			len = snprintf(NULL, 0, "%" PRIu64, rows[i].counts[j]);
			if (len > widths[j])
				widths[j] = len;
		}
	}
	page_add(page, "\n%-*s", name, heading);
	for (j = 0; j < columns_len; j++)
		page_add(page, "  %*s", widths[j], columns[j]);
	for (i = 0; i < rows_len; i++) {
		page_add(page, "\n%-*s", name, rows[i].name);
		for (j = 0; j < columns_len; j++)
			page_add(
			    page, "  %*" PRIu64, widths[j], rows[i].counts[j]);
	}
	page_add(page, "\n");
}

static void
table_operations(struct page *page, const struct details *details)
{
	struct row rows[DETAILS_OPERATIONS], *row;
	char memory[COUNTED][16];
	const char *columns[COUNTED], *word;
	size_t i, j, len = 0;

	for (j = 0; j < COUNTED; j++) {
		word = details_verdict((enum counted)j);
		for (i = 0; word[i] != '\0' && i < sizeof(memory[j]) - 1; i++)
			memory[j][i] = (char)toupper((unsigned char)word[i]);
		memory[j][i] = '\0';
		columns[j] = memory[j];
	}
	for (i = 0; i < DETAILS_OPERATIONS; i++) {
		if (!has_requests(details, i))
			continue;
		row = &rows[len];
		*row = (struct row){ details_operation(i), details->requests[i],
			0, len };
		for (j = 0; j < COUNTED; j++)
			row->sum += details->requests[i][j];
		len++;
	}
	table_rows(page, "OPERATION", columns, COUNTED, rows, len);
}

static void
table_rejections(struct page *page, const struct details *details)
{
	static const char *const column[] = { "COUNT" };
	struct row rows[REJECTIONS];
	size_t i, len = 0;

	for (i = 0; i < REJECTIONS; i++) {
		if (details->rejections[i] == 0)
			continue;
		rows[len] = (struct row){ details_rejection(i),
			&details->rejections[i], details->rejections[i], len };
		len++;
	}
	table_rows(page, "REJECTED", column, 1, rows, len);
}

bool
report_door_table(const struct report *report, size_t door, struct buf *buf)
{
	struct page page = { buf, true };
	struct details details;

	report_details(report, door, &details);
	table_head(&page, &report->doors[door]);
	table_answers(&page, &details);
	table_operations(&page, &details);
	table_rejections(&page, &details);
	return page.ok;
}
