/* SPDX-License-Identifier: MIT */
#ifndef CMD_REPORT_PARTS_H
#define CMD_REPORT_PARTS_H

#include "cmd/page.h"
#include "cmd/report.h"

/* What the files that write reports share; for nobody else. */

enum {
	REPORT_LABEL = 13 /* columns of what stands left of a table's head */
};

/* A label and its value, on a line; "-" for NULL. */
void report_line(struct page *page, const char *label, const char *value);

/* Where a door is, and what is odd about it, with a line feed. */
void report_path(struct page *page, const struct report_door *door);

/* A door as a JSON object. */
void
report_json_door(struct page *page, const struct report *report, size_t door);

#endif
