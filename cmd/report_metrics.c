/* SPDX-License-Identifier: MIT */
/* How a running postern is, written for Prometheus: its text format 0.0.4. All
 * samples of a metric stand together, behind its help and type. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/page.h"
#include "cmd/report.h"

static void
metric_help(
    struct page *page, const char *name, const char *type, const char *help)
{
	page_add(page, "# HELP postern_%s %s\n", name, help);
	page_add(page, "# TYPE postern_%s %s\n", name, type);
}

static void
metric_plain(struct page *page, const char *name, const char *type,
    const char *help, uint64_t value)
{
	metric_help(page, name, type, help);
	page_add(page, "postern_%s %" PRIu64 "\n", name, value);
}

static void
metric_label(struct page *page, const char *value)
{
	for (; *value != '\0'; value++) {
		switch (*value) {
		case '\\':
			page_add(page, "\\\\");
			break;
		case '"':
			page_add(page, "\\\"");
			break;
		case '\n':
			page_add(page, "\\n");
			break;
		default:
			page_span(page, (struct span){ value, 1 });
			break;
		}
	}
}

/* One sample per door. */
struct per_door {
	const char *name;
	const char *extra; /* a further label, or NULL */
	size_t offset;
};

static void
metric_samples(struct page *page, const struct report *report,
    const struct per_door *samples, size_t len)
{
	const struct report_door *door;
	size_t i, j;

	for (i = 0; i < report->doors_len; i++) {
		door = &report->doors[i];
		for (j = 0; j < len; j++) {
			page_add(
			    page, "postern_%s{profile=\"", samples[j].name);
			metric_label(page, door->profile);
			page_add(page, "\"%s%s} %" PRIu64 "\n",
			    samples[j].extra == NULL ? "" : ",",
			    samples[j].extra == NULL ? "" : samples[j].extra,
			    page_counter(&door->counters, samples[j].offset));
		}
	}
}

static void
metric_per_door(struct page *page, const struct report *report,
    const char *name, const char *type, const char *help, size_t offset)
{
	const struct per_door sample = { name, NULL, offset };

	metric_help(page, name, type, help);
	metric_samples(page, report, &sample, 1);
}

static void
metric_doors(struct page *page, const struct report *report)
{
	static const struct per_door requests[] = {
		{"requests_total",  "verdict=\"allow\"",
		    offsetof(struct counters, allowed)},
		{ "requests_total", "verdict=\"deny\"",
		    offsetof(struct counters, denied) },
		{ "requests_total", "verdict=\"refuse\"",
		    offsetof(struct counters, refused)},
		{ "requests_total", "verdict=\"fail\"",
		    offsetof(struct counters, failed) },
	};
	static const struct per_door bytes[] = {
		{"bytes_total",	 "direction=\"sent\"",
		    offsetof(struct counters, sent)    },
		{ "bytes_total", "direction=\"received\"",
		    offsetof(struct counters, received)},
	};

	metric_per_door(page, report, "door_connections_total", "counter",
	    "Connections that were accepted.",
	    offsetof(struct counters, connections));
	metric_per_door(page, report, "door_turned_away_total", "counter",
	    "Connections that were accepted and not let in.",
	    offsetof(struct counters, turned_away));
	metric_help(page, "requests_total", "counter",
	    "Requests, by what became of them.");
	metric_samples(page, report, requests, 4);
	metric_per_door(page, report, "streams_total", "counter",
	    "Requests that became a stream or a tunnel.",
	    offsetof(struct counters, streams));
	metric_help(page, "bytes_total", "counter",
	    "Bytes of bodies and tunnels, sent to the daemon and received.");
	metric_samples(page, report, bytes, 2);
	metric_per_door(page, report, "open_connections", "gauge",
	    "Connections that are open.", offsetof(struct counters, open));
	metric_per_door(page, report, "open_streams", "gauge",
	    "Streams and tunnels that flow.",
	    offsetof(struct counters, flowing));
}

/* What is counted one by one: rows without a count are left out, as there are
 * hundreds of operations. */
static void
metric_row(struct page *page, const char *name, const char *profile)
{
	page_add(page, "postern_%s{profile=\"", name);
	metric_label(page, profile);
	page_add(page, "\"");
}

static void
requests_of(
    struct page *page, const char *profile, const struct details *details)
{
	const char *name;
	size_t i, j;

	for (i = 0; i < DETAILS_OPERATIONS; i++) {
		if ((name = details_operation(i)) == NULL)
			continue;
		for (j = 0; j < COUNTED; j++) {
			if (details->requests[i][j] == 0)
				continue;
			metric_row(page, "operation_requests_total", profile);
			page_add(page,
			    ",operation=\"%s\",verdict=\"%s\"} %" PRIu64 "\n",
			    name, details_verdict((enum counted)j),
			    details->requests[i][j]);
		}
	}
}

static void
rejections_of(
    struct page *page, const char *profile, const struct details *details)
{
	size_t i;

	for (i = 0; i < REJECTIONS; i++) {
		if (details->rejections[i] == 0)
			continue;
		metric_row(page, "rejections_total", profile);
		page_add(page, ",reason=\"%s\"} %" PRIu64 "\n",
		    details_rejection(i), details->rejections[i]);
	}
}

static void
answers_of(
    struct page *page, const char *profile, const struct details *details)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < DETAILS_BUCKETS; i++) {
		count += details->buckets[i];
		metric_row(page, "daemon_answer_seconds_bucket", profile);
		page_add(
		    page, ",le=\"%s\"} %" PRIu64 "\n", details_bound(i), count);
	}
	metric_row(page, "daemon_answer_seconds_sum", profile);
	page_add(page, "} ");
	page_seconds(page, details->nanoseconds);
	page_add(page, "\n");
	metric_row(page, "daemon_answer_seconds_count", profile);
	page_add(page, "} %" PRIu64 "\n", count);
}

/* One metric of all doors where something happened. */
static void
metric_details(struct page *page, const struct report *report,
    void (*of)(
	struct page *page, const char *profile, const struct details *details))
{
	struct details details;
	size_t i;

	for (i = 0; i < report->doors_len; i++)
		if (report_details(report, i, &details))
			of(page, report->doors[i].profile, &details);
}

static void
metric_one_by_one(struct page *page, const struct report *report)
{
	metric_help(page, "operation_requests_total", "counter",
	    "Requests that a profile judged, by operation and verdict.");
	metric_details(page, report, requests_of);
	metric_help(page, "rejections_total", "counter",
	    "Requests and connections that were rejected, by the reason.");
	metric_details(page, report, rejections_of);
	metric_help(page, "daemon_answer_seconds", "histogram",
	    "How long the daemon took until its answer began.");
	metric_details(page, report, answers_of);
}

static void
metric_sandbox(struct page *page, const struct sandbox *sandbox)
{
	size_t i;

	metric_help(page, "sandbox_layer", "gauge",
	    "Whether this layer of the worker's sandbox is on.");
	for (i = 0; i < SANDBOX_LAYERS; i++)
		if (*sandbox->layers[i].name != '\0')
			page_add(page,
			    "postern_sandbox_layer{layer=\"%s\"} %d\n",
			    sandbox->layers[i].name, sandbox->layers[i].on);
}

bool
report_metrics(const struct report *report, struct buf *buf)
{
	struct page page = { buf, true };

	metric_help(&page, "info", "gauge", "The program's version.");
	page_add(&page, "postern_info{version=\"%s\"} 1\n", POSTERN_VERSION);
	metric_plain(
	    &page, "up", "gauge", "Whether a worker serves.", report->healthy);
	metric_plain(&page, "generation", "gauge",
	    "The configuration's generation, from 1.", report->generation);
	metric_plain(&page, "start_time_seconds", "gauge",
	    "When it started, in seconds since 1970.", report->started);
	metric_plain(&page, "workers", "gauge",
	    "Worker processes, with those that drain.", report->workers);
	metric_help(&page, "reloads_total", "counter",
	    "Reloads of the configuration, by how they ended.");
	page_add(&page, "postern_reloads_total{result=\"done\"} %" PRIu64 "\n",
	    report->reloads);
	page_add(&page,
	    "postern_reloads_total{result=\"refused\"} %" PRIu64 "\n",
	    report->refusals);
	metric_plain(&page, "worker_restarts_total", "counter",
	    "Workers that took a dead one's place.", report->restarts);
	metric_plain(&page, "log_lines_lost_total", "counter",
	    "Log lines that nobody took.", report->lines_lost);
	metric_plain(&page, "audit_lines_lost_total", "counter",
	    "Lines of the audit that its file did not take in time.",
	    report->audit_lost);
	metric_doors(&page, report);
	metric_one_by_one(&page, report);
	metric_sandbox(&page, &report->sandbox);
	return page.ok;
}

/* All of it, or -1 with errno. */
static int
write_all(int fd, struct span bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = write(fd, bytes.at, bytes.len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

/* The collector reads as another user, and only files that end in .prom: the
 * other name does not. */
static int
replace(const char *path, struct span bytes, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t directory = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	char other[PATH_MAX];
	int fd, len;

	len = snprintf(other, sizeof(other), "%.*s.%s.XXXXXX", (int)directory,
	    path, path + directory);
	if (len < 0 || (size_t)len >= sizeof(other))
		return err_set(err, ENAMETOOLONG, "write %s", path);
	if ((fd = mkostemp(other, O_CLOEXEC)) == -1)
		return err_set(err, errno, "make a file beside %s", path);
	if (write_all(fd, bytes) == -1 || fchmod(fd, 0644) == -1) {
		err_set(err, errno, "write %s", path);
		close(fd);
	} else if (close(fd) == -1) {
		err_set(err, errno, "write %s", path);
	} else if (rename(other, path) == -1) {
		err_set(err, errno, "put a file at %s", path);
	} else {
		return 0;
	}
	unlink(other);
	return -1;
}

int
report_write_metrics(
    const struct report *report, const char *path, struct err *err)
{
	struct buf buf = { 0 };
	int result;

	if (report_metrics(report, &buf))
		result = replace(path, buf_span(&buf), err);
	else
		result = err_set(err, ENOMEM, "write %s", path);
	buf_clear(&buf);
	return result;
}
