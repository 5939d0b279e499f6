/* SPDX-License-Identifier: MIT */
/* What clients do to a daemon's socket, in one thread, and what comes of it.
 *
 * load KIND SOCKET [OPTION...]		as load.h says; prints JSON */

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/load.h"

static const struct {
	const char *name;
	void (*run)(const struct options *options, struct result *result);
} kinds[] = {
	{"requests", load_requests},
	{ "down",	  load_down    },
	{ "up",	load_up	},
	{ "streams", load_streams },
	{ "tunnels", load_tunnels },
};

static const char usage[] =
    "usage: load requests|down|up|streams|tunnels SOCKET --request FILE\n"
    "            [--status NUMBER] [--connections NUMBER] [--seconds NUMBER]\n"
    "            [--count NUMBER] [--fresh] [--pipeline NUMBER]\n"
    "            [--rate NUMBER] [--bytes NUMBER] [--chunked] [--fire SOCKET]\n";

static void
read_request(struct options *options, const char *path)
{
	struct stat status;
	char *bytes;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &status) == -1)
		err(1, "%s", path);
	options->request_len = (size_t)status.st_size;
	if ((bytes = malloc(options->request_len)) == NULL)
		err(1, "malloc");
	if (read(fd, bytes, options->request_len) != status.st_size)
		err(1, "%s", path);
	options->request = bytes;
	close(fd);
}

static void
read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"request",	     required_argument, NULL, 'q'},
		{ "status",	    required_argument, NULL, 's'},
		{ "connections", required_argument, NULL, 'c'},
		{ "seconds",     required_argument, NULL, 't'},
		{ "count",	   required_argument, NULL, 'n'},
		{ "fresh",	   no_argument,	NULL, 'f'},
		{ "pipeline",    required_argument, NULL, 'p'},
		{ "rate",	  required_argument, NULL, 'r'},
		{ "bytes",	   required_argument, NULL, 'b'},
		{ "chunked",     no_argument,	  NULL, 'k'},
		{ "fire",	  required_argument, NULL, 'e'},
		{ NULL,		0,		   NULL, 0  },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'q':
			read_request(options, optarg);
			break;
		case 's':
			options->status = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'c':
			options->connections =
			    (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			options->seconds = strtod(optarg, NULL);
			break;
		case 'n':
			options->count = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			options->fresh = true;
			break;
		case 'p':
			options->pipeline = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			options->rate = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'b':
			options->bytes = strtoull(optarg, NULL, 10);
			break;
		case 'k':
			options->chunked = true;
			break;
		case 'e':
			options->fire = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (options->request == NULL || options->connections == 0 ||
	    options->pipeline == 0) {
		fputs(usage, stderr);
		exit(2);
	}
}

static void
print(const struct result *result)
{
	const struct histogram *latency = &result->latency;

	printf("{\"answers\": %" PRIu64 ", \"wrong\": %" PRIu64
	       ", \"wrong_status\": %u, \"bytes\": %" PRIu64
	       ", \"seconds\": %.6f, \"p50\": %" PRIu64 ", \"p99\": %" PRIu64
	       ", \"p999\": %" PRIu64 ", \"largest\": %" PRIu64 "}\n",
	    result->answers, result->wrong, result->wrong_status, result->bytes,
	    result->seconds, histogram_at(latency, .5),
	    histogram_at(latency, .99), histogram_at(latency, .999),
	    latency->largest);
}

int
main(int argc, char **argv)
{
	struct options options = {
		.status = 200, .connections = 1, .pipeline = 1, .seconds = 1
	};
	static struct result result;
	size_t i;

	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	options.socket = argv[2];
	read_options(&options, argc - 2, argv + 2);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[1]) == 0) {
			kinds[i].run(&options, &result);
			print(&result);
			free(options.request);
			return 0;
		}
	}
	fputs(usage, stderr);
	return 2;
}
