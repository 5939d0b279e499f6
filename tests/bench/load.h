/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/histogram.h"

struct options {
	const char *socket;
	const char *fire; /* a socket: there POST /fire makes events */
	char *request;	  /* sent as it is, again and again */
	size_t request_len;
	unsigned status; /* that every answer must have */
	unsigned connections;
	bool fresh;	   /* a connection for each request */
	unsigned pipeline; /* requests at once */
	unsigned rate;	   /* of requests a second; 0: as many as can be */
	double seconds;
	uint64_t count; /* of requests, instead of seconds; 0: none */
	uint64_t bytes; /* of a body that streams up */
	bool chunked;
};

/* What came of it. Latencies are in nanoseconds. */
struct result {
	uint64_t answers;
	uint64_t wrong; /* of another status than was wanted */
	unsigned wrong_status;
	uint64_t bytes;
	double seconds;
	struct histogram latency;
};

/* Each of them ends the program if a connection fails. */

/* Requests and answers. Where there is a rate, latencies are counted from the
 * moment when a request was due. */
void load_requests(const struct options *options, struct result *result);

/* One request, and a body down. */
void load_down(const struct options *options, struct result *result);

/* One request with a body of zeros, in units of 64 KiB. */
void load_up(const struct options *options, struct result *result);

/* These two open connections, say "ready" on standard output, and wait for a
 * line on standard input. */

/* Streams; then let there be an event: latencies until each stream has it. */
void load_streams(const struct options *options, struct result *result);

/* Tunnels, each with 64 bytes on their way there and back. */
void load_tunnels(const struct options *options, struct result *result);

#endif
