/* SPDX-License-Identifier: MIT */
/* The report of one door: exact text, estimates, and numbers that nobody can
 * have counted. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report.h"
#include "core/json.h"
#include "tests/unit/cases.h"

static const struct report_door doors[] = {
	{"web", "/run/postern/doors/web.sock", false, false,
	    { 12, 2, 9007, 30, 4, 1, 3, 1000, 2000, 5, 1 }	   },
	{ "ci", "/run/ci.sock",		true,  true,  { 0 }},
};

/* What happened at the first. */
static struct details happened;

static bool
on_details(const struct report *report, size_t door, struct details *details)
{
	(void)report;
	if (door != 0)
		return false;
	*details = happened;
	return true;
}

static const struct report report = {
	.doors = doors, .doors_len = 2, .details = on_details
};

static uint64_t *
requests(const char *name)
{
	return happened.requests[operation_named(span_of(name)) - operations];
}

static void
fill(void)
{
	requests("SystemPing")[COUNTED_ALLOW] = 7;
	requests("ContainerList")[COUNTED_ALLOW] = 9000;
	requests("ContainerStop")[COUNTED_DENY] = 7;
	requests("ContainerStop")[COUNTED_WOULD_DENY] = 1;
	requests("ImageList")[COUNTED_DENY] = 20;
	happened.requests[DETAILS_UNKNOWN][COUNTED_DENY] = 3;
	happened.rejections[REASON_NOT_ALLOWED] = 27;
	happened.rejections[REASON_UNKNOWN_OPERATION] = 3;
	happened.rejections[REJECTIONS_VERDICT + REFUSAL_DAEMON_DOWN] = 1;
	happened.rejections[REJECTIONS_VERDICT + REFUSAL_TOO_MANY_REQUESTS] = 4;
	happened.buckets[0] = 8000;
	happened.buckets[5] = 1000;
	happened.buckets[11] = 6;
	happened.nanoseconds = 60000000000;
}

static void
same(bool ok, struct buf *buf, struct span wanted)
{
	cr_expect(ok);
	cases_same("door", buf_span(buf), wanted);
	buf_clear(buf);
}

Test(report_door, is_a_page_for_people)
{
	struct buf buf = { 0 };
	bool ok;

	fill();
	ok = report_door_table(&report, 0, &buf);
	same(ok, &buf,
	    SPAN("door         web\n"
		 "path         /run/postern/doors/web.sock\n"
		 "connections  12 accepted, 2 turned away, 5 open\n"
		 "requests     9007 allowed, 30 denied, 4 refused, 1 failed\n"
		 "streams      3 begun, 1 open\n"
		 "bytes        1000 sent, 2000 received\n"
		 "answers      9006 timed: half within 0.6 ms, 90% within "
		 "28 ms, 99% within 48 ms\n"
		 "\n"
		 "OPERATION      ALLOW  DENY  WOULD-DENY\n"
		 "ContainerList   9000     0           0\n"
		 "ImageList          0    20           0\n"
		 "ContainerStop      0     7           1\n"
		 "SystemPing         7     0           0\n"
		 "unknown            0     3           0\n"
		 "\n"
		 "REJECTED           COUNT\n"
		 "not-allowed           27\n"
		 "too-many-requests      4\n"
		 "unknown-operation      3\n"
		 "daemon-down            1\n"));
}

Test(report_door, leaves_out_what_did_not_happen)
{
	struct buf buf = { 0 };
	bool ok = report_door_table(&report, 1, &buf);

	same(ok, &buf,
	    SPAN("door         ci\n"
		 "path         /run/ci.sock (systemd) (observes)\n"
		 "connections  0 accepted, 0 turned away, 0 open\n"
		 "requests     0 allowed, 0 denied, 0 refused, 0 failed\n"
		 "streams      0 begun, 0 open\n"
		 "bytes        0 sent, 0 received\n"
		 "answers      0 timed\n"));
}

/* With a line feed behind it: the same as in the list of all. */
Test(report_door, is_the_object_that_is_in_the_list)
{
	struct buf one = { 0 }, all = { 0 };
	struct span object;
	size_t i;

	fill();
	cr_expect(report_json(&report, &all));
	for (i = 0; i < 2; i++) {
		cr_expect(report_door_json(&report, i, &one));
		object = buf_span(&one);
		cr_expect(json_check(object) == NULL);
		cr_expect(eq(chr, object.at[object.len - 1], '\n'));
		cr_expect(memmem(buf_span(&all).at, all.len, object.at,
			      object.len - 1) != NULL);
		buf_clear(&one);
	}
	buf_clear(&all);
}

/* The member's number; -1: null. */
static double
member(const char *key)
{
	struct buf buf = { 0 };
	const char *at;
	char wanted[32];
	double number;

	cr_assert(report_door_json(&report, 0, &buf));
	cr_assert(buf_add(&buf, "", 1));
	snprintf(wanted, sizeof(wanted), "\"%s\":", key);
	at = strstr(buf_span(&buf).at, wanted);
	cr_assert(at != NULL);
	at += strlen(wanted);
	number = strncmp(at, "null", 4) == 0 ? -1 : strtod(at, NULL);
	buf_clear(&buf);
	return number;
}

Test(report_door, estimates_as_prometheus_does)
{
	static const struct {
		const char *name;
		size_t bucket;
		uint64_t first, more; /* in the first, and in that one */
		double p50, p90, p99;
	} rows[] = {
		{"one",			 0,  1,   0,  .0005,	 .0009,	.00099},
		{ "even",		  0,  100, 0,  .0005,	    .0009,	   .00099},
		{ "half",		  9,  50,	 50, .001,	   .9,	       .99   },
		{ "all above",	       12, 0,   10, 7.5,       9.5,	    9.95	 },
		{ "without a bound",	     13, 0,   10, 10,	    10,	10	   },
		{ "a few without a bound", 13, 94,  6,  .00053191, .00095745,
		    10								 },
	};
	size_t i;

	cr_expect(eq(dbl, member("p50"), -1));
	for (i = 0; i < CASES(rows); i++) {
		happened = (struct details){ 0 };
		happened.buckets[0] = rows[i].first;
		happened.buckets[rows[i].bucket] += rows[i].more;
		cr_expect(epsilon_eq(dbl, member("p50"), rows[i].p50, 1e-7),
		    "%s", rows[i].name);
		cr_expect(epsilon_eq(dbl, member("p90"), rows[i].p90, 1e-7),
		    "%s", rows[i].name);
		cr_expect(epsilon_eq(dbl, member("p99"), rows[i].p99, 1e-7),
		    "%s", rows[i].name);
	}
}

/* A worker that was taken over can write anything. */
Test(report_door, takes_any_numbers)
{
	static const uint64_t numbers[] = { UINT64_MAX, UINT64_MAX / 2 + 1, 1,
		UINT64_MAX - 12, 0x8000000000000000U };
	uint64_t *counts = (uint64_t *)(void *)&happened;
	struct buf buf = { 0 };
	size_t i, j;

	for (i = 0; i < CASES(numbers); i++) {
		for (j = 0; j < sizeof(happened) / sizeof(*counts); j++)
			counts[j] = numbers[(i + j * j) % CASES(numbers)];
		cr_expect(ge(dbl, member("p99"), 0));
		cr_expect(le(dbl, member("p99"), 10));
		cr_expect(report_door_table(&report, 0, &buf));
		buf_clear(&buf);
		cr_expect(report_metrics(&report, &buf));
		buf_clear(&buf);
		for (j = 0; j < sizeof(happened) / sizeof(*counts); j++)
			counts[j] = numbers[i];
		cr_expect(report_door_table(&report, 0, &buf));
		buf_clear(&buf);
		cr_expect(le(dbl, member("p50"), 10));
	}
}

Test(report_find, finds_a_door_by_its_whole_name)
{
	cr_expect(eq(sz, report_find(&report, SPAN("web")), 0));
	cr_expect(eq(sz, report_find(&report, SPAN("ci")), 1));
	cr_expect(eq(sz, report_find(&report, SPAN("we")), 2));
	cr_expect(eq(sz, report_find(&report, SPAN("webs")), 2));
	cr_expect(eq(sz, report_find(&report, SPAN("")), 2));
}
