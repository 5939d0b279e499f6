/* SPDX-License-Identifier: MIT */
/* How a running postern is, written for programs (JSON) and for people (a
 * table). Nothing is asked here: all is in the report. Names, paths and reasons
 * are escaped as each of the two wants it. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/page.h"
#include "cmd/report.h"
#include "cmd/report_parts.h"

static void
json_number(struct page *page, const char *key, uint64_t number)
{
	page_add(page, "\"%s\":%" PRIu64 ",", key, number);
}

/* A worker that has not said how it is sandboxed has layers without names. */
static void
json_sandbox(struct page *page, const struct sandbox *sandbox)
{
	const struct sandbox_layer *layer;
	const char *comma = "";
	size_t i;

	page_add(page, "\"sandbox\":{");
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		layer = &sandbox->layers[i];
		if (*layer->name == '\0')
			continue;
		page_add(page, "%s\"%s\":{\"on\":%s,\"detail\":\"", comma,
		    layer->name, page_truth(layer->on));
		page_json(page, span_of(layer->detail));
		page_add(page, "\"}");
		comma = ",";
	}
	page_add(page, "},");
}

bool
report_details(
    const struct report *report, size_t door, struct details *details)
{
	*details = (struct details){ 0 };
	return report->details != NULL &&
	       report->details(report, door, details);
}

size_t
report_find(const struct report *report, struct span profile)
{
	size_t i;

	for (i = 0; i < report->doors_len; i++)
		if (span_eq(profile, span_of(report->doors[i].profile)))
			break;
	return i;
}

bool
report_json(const struct report *report, struct buf *buf)
{
	struct page page = { buf, true };
	uint64_t clients = 0;
	size_t i;

	page_add(&page, "{");
	page_member(&page, "state", report->state);
	page_add(&page, "\"healthy\":%s,", page_truth(report->healthy));
	page_member(&page, "version", POSTERN_VERSION);
	json_number(&page, "generation", report->generation);
	json_number(&page, "started", report->started);
	json_number(&page, "uptime", report->uptime);
	json_number(&page, "supervisor", (uint64_t)report->supervisor);
	json_number(&page, "worker", (uint64_t)report->worker);
	json_number(&page, "workers", report->workers);
	json_number(&page, "reloads", report->reloads);
	json_number(&page, "refusals", report->refusals);
	json_number(&page, "restarts", report->restarts);
	json_number(&page, "lines_lost", report->lines_lost);
	json_number(&page, "audit_lost", report->audit_lost);
	page_member(&page, "last_error", report->last_error);
	page_member(&page, "upstream", report->upstream);
	page_member(&page, "user", report->user);
	json_sandbox(&page, &report->sandbox);
	page_add(&page, "\"doors\":[");
	for (i = 0; i < report->doors_len; i++) {
		if (i > 0)
			page_add(&page, ",");
		report_json_door(&page, report, i);
		clients += report->doors[i].counters.open;
	}
	page_add(&page, "],\"clients\":%" PRIu64 "}\n", clients);
	return page.ok;
}

void
report_line(struct page *page, const char *label, const char *value)
{
	page_add(page, "%-*s", REPORT_LABEL, label);
	page_shown(page, REPORT_LABEL, value == NULL ? "-" : value);
	page_add(page, "\n");
}

void
report_path(struct page *page, const struct report_door *door)
{
	page_shown(page, REPORT_LABEL, door->path);
	page_add(page, "%s%s\n", door->systemd ? " (systemd)" : "",
	    door->observes ? " (observes)" : "");
}

/* The two largest units are enough. */
static void
table_uptime(struct page *page, uint64_t seconds)
{
	const uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24)
		page_add(
		    page, "%" PRIu64 "d %" PRIu64 "h", hours / 24, hours % 24);
	else if (hours > 0)
		page_add(
		    page, "%" PRIu64 "h %" PRIu64 "min", hours, minutes % 60);
	else if (minutes > 0)
		page_add(
		    page, "%" PRIu64 "min %" PRIu64 "s", minutes, seconds % 60);
	else
		page_add(page, "%" PRIu64 "s", seconds);
}

static void
table_since(struct page *page, const struct report *report)
{
	const time_t started = (time_t)report->started;
	char when[64];
	struct tm tm;

	page_add(page, "%-*s", REPORT_LABEL, "since");
	if (gmtime_r(&started, &tm) != NULL &&
	    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC, ", &tm) > 0)
		page_add(page, "%s", when);
	table_uptime(page, report->uptime);
	page_add(page, " ago\n");
}

/* What is on, in one line; what is not, with the reason, in one each. */
static void
table_sandbox(struct page *page, const struct sandbox *sandbox)
{
	const struct sandbox_layer *layer;
	const char *space = "";
	size_t i;

	page_add(page, "%-*s", REPORT_LABEL, "sandbox");
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		layer = &sandbox->layers[i];
		if (!layer->on)
			continue;
		page_add(page, "%s%s", space, layer->name);
		if (*layer->detail != '\0') {
			page_add(page, " (");
			page_shown(page, REPORT_LABEL, layer->detail);
			page_add(page, ")");
		}
		space = " ";
	}
	if (*space == '\0')
		page_add(page, "none");
	page_add(page, "\n");
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		layer = &sandbox->layers[i];
		if (layer->on || *layer->name == '\0')
			continue;
		page_add(page, "%*s%s off", REPORT_LABEL, "", layer->name);
		if (*layer->detail != '\0') {
			page_add(page, ": ");
			page_shown(page, REPORT_LABEL, layer->detail);
		}
		page_add(page, "\n");
	}
}

static void
table_head(struct page *page, const struct report *report)
{
	page_add(page, "%-*s%s, %s\n", REPORT_LABEL, "state", report->state,
	    report->healthy ? "healthy" : "not healthy");
	table_since(page, report);
	page_add(page, "%-*s%s\n", REPORT_LABEL, "version", POSTERN_VERSION);
	page_add(page,
	    "%-*sgeneration %" PRIu64 "; reloads: %" PRIu64 " done, %" PRIu64
	    " refused\n",
	    REPORT_LABEL, "config", report->generation, report->reloads,
	    report->refusals);
	if (report->last_error != NULL)
		report_line(page, "last error", report->last_error);
	page_add(page, "%-*ssupervisor %ld", REPORT_LABEL, "processes",
	    (long)report->supervisor);
	if (report->worker != 0)
		page_add(page, ", worker %ld", (long)report->worker);
	page_add(page, ", workers in all: %zu; restarts: %" PRIu64 "\n",
	    report->workers, report->restarts);
	report_line(page, "upstream", report->upstream);
	report_line(page, "user", report->user);
	table_sandbox(page, &report->sandbox);
	if (report->lines_lost > 0)
		page_add(page, "%-*s%" PRIu64 " lines lost\n", REPORT_LABEL,
		    "log", report->lines_lost);
	if (report->audit_lost > 0)
		page_add(page, "%-*s%" PRIu64 " lines lost\n", REPORT_LABEL,
		    "audit", report->audit_lost);
}

/* The table's columns between a door's name and its path. */
static const struct {
	const char *heading;
	size_t offset;
} columns[] = {
	{"ALLOWED",  offsetof(struct counters, allowed)},
	{ "DENIED",  offsetof(struct counters, denied) },
	{ "REFUSED", offsetof(struct counters, refused)},
	{ "FAILED",  offsetof(struct counters, failed) },
	{ "OPEN",	  offsetof(struct counters, open)	  },
	{ "STREAMS", offsetof(struct counters, flowing)},
};

enum {
	COLUMNS = sizeof(columns) / sizeof(columns[0])
};

static void
widen(int *width, int len)
{
	if (*width < len)
		*width = len;
}

static void
table_doors(struct page *page, const struct report *report)
{
	int name = (int)strlen("DOOR"), widths[COLUMNS];
	const struct report_door *door;
	size_t i, j;

	for (j = 0; j < COLUMNS; j++)
		widths[j] = (int)strlen(columns[j].heading);
	for (i = 0; i < report->doors_len; i++) {
		door = &report->doors[i];
		widen(&name, (int)strlen(door->profile));
		for (j = 0; j < COLUMNS; j++)
			widen(&widths[j], snprintf(NULL, 0, "%" PRIu64,
					      page_counter(&door->counters,
						  columns[j].offset)));
	}
	page_add(page, "\n%-*s", name, "DOOR");
	for (j = 0; j < COLUMNS; j++)
		page_add(page, "  %*s", widths[j], columns[j].heading);
	page_add(page, "  PATH\n");
	for (i = 0; i < report->doors_len; i++) {
		door = &report->doors[i];
		page_shown(page, REPORT_LABEL, door->profile);
		page_add(page, "%*s", name - (int)strlen(door->profile), "");
		for (j = 0; j < COLUMNS; j++)
			page_add(page, "  %*" PRIu64, widths[j],
			    page_counter(&door->counters, columns[j].offset));
		page_add(page, "  ");
		report_path(page, door);
	}
}

bool
report_table(const struct report *report, struct buf *buf)
{
	struct page page = { buf, true };

	table_head(&page, report);
	table_doors(&page, report);
	return page.ok;
}
