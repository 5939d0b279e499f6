/* SPDX-License-Identifier: MIT */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_PARTS = 64, /* of each doubling: it is exact to 1.6 % */
	HISTOGRAM_DOUBLINGS = 40
};

/* Zeroed it is empty. */
struct histogram {
	uint64_t counts[HISTOGRAM_PARTS * (HISTOGRAM_DOUBLINGS + 1)];
	uint64_t all;
	uint64_t largest;
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* A value that this part of them (0.5, 0.99) does not exceed; 0 if it is
 * empty. */
uint64_t histogram_at(const struct histogram *histogram, double part);

#endif
