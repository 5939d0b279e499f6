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

/* The counter at this offset. */
uint64_t page_counter(const struct counters *counters, size_t offset);

#endif
