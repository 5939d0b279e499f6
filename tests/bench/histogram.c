/* SPDX-License-Identifier: MIT */
/* Values counted in buckets that grow with the value, so that millions of
 * them take no more memory than ten. */

#include "tests/bench/histogram.h"

enum {
	PART_BITS = 6 /* of HISTOGRAM_PARTS */
};

/* A value below HISTOGRAM_PARTS is a bucket of its own; of a larger one the
 * highest PART_BITS + 1 bits count. */
static unsigned
bucket_of(uint64_t value)
{
	unsigned shift, bucket;

	if (value < HISTOGRAM_PARTS)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - PART_BITS;
	bucket = (shift + 1) * HISTOGRAM_PARTS +
		 (unsigned)((value >> shift) - HISTOGRAM_PARTS);
	if (bucket >= HISTOGRAM_PARTS * (HISTOGRAM_DOUBLINGS + 1))
		return HISTOGRAM_PARTS * (HISTOGRAM_DOUBLINGS + 1) - 1;
	return bucket;
}

/* The largest value that belongs into it. */
static uint64_t
top_of(unsigned bucket)
{
	unsigned shift;
	uint64_t part = bucket % HISTOGRAM_PARTS;

	if (bucket < HISTOGRAM_PARTS)
		return bucket;
	shift = bucket / HISTOGRAM_PARTS - 1;
	return ((part + HISTOGRAM_PARTS + 1) << shift) - 1;
}

void
histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->counts[bucket_of(value)]++;
	histogram->all++;
	if (value > histogram->largest)
		histogram->largest = value;
}

uint64_t
histogram_at(const struct histogram *histogram, double part)
{
	double wanted = (double)histogram->all * part;
	uint64_t seen = 0, top;
	unsigned i;

	for (i = 0; i < HISTOGRAM_PARTS * (HISTOGRAM_DOUBLINGS + 1); i++) {
		seen += histogram->counts[i];
		if (histogram->counts[i] > 0 && (double)seen >= wanted) {
			top = top_of(i);
			return top < histogram->largest ? top
							: histogram->largest;
		}
	}
	return 0;
}
