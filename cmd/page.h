/* SPDX-License-Identifier: MIT */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/span.h"
#include "sockets/counters.h"

/* Text that grows in a buffer; a writer checks once, at its end. */
struct page {
	struct buf *buf;
	bool ok; /* nothing was left out */
};

void page_span(struct page *page, struct span bytes);

/* For short things: numbers, and names of ours. */
void page_add(struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The inside of a JSON string, escaped as text_json() does. */
void page_json(struct page *page, struct span bytes);

/* "KEY":"VALUE", with the comma behind it; null for NULL. */
void page_member(struct page *page, const char *key, const char *value);

const char *page_truth(bool is);

/* For a terminal: no control byte may reach it. Further lines are indented by
 * so many columns. */
void page_shown(struct page *page, int indent, const char *string);

/* Nanoseconds as seconds, such as 0.000125000. */
void page_seconds(struct page *page, uint64_t nanoseconds);

/* The counter at this offset. */
uint64_t page_counter(const struct counters *counters, size_t offset);

#endif
