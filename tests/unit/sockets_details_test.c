/* SPDX-License-Identifier: MIT */
/* What is counted one by one, and what it is called. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cases.h"
#include "tests/unit/talk.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"

static const char profile[] = "[allow]\n"
			      "operation = SystemPing ContainerList\n"
			      "operation = SystemEvents\n"
			      "root-equivalent = ImageLoad ContainerAttach\n"
			      "[deny]\n"
			      "operation = ContainerList\n";

static uint64_t
requests(const struct talk *t, const char *name, enum counted verdict)
{
	const struct operation *operation = operation_named(span_of(name));
	size_t i = operation == NULL ? (size_t)DETAILS_UNKNOWN
				     : (size_t)(operation - operations);

	return t->rig.details.requests[i][verdict];
}

static uint64_t
rejections(const struct talk *t, const char *reason)
{
	size_t i = 0;

	while (strcmp(details_rejection(i), reason) != 0)
		i++;
	return t->rig.details.rejections[i];
}

static uint64_t
sum(const uint64_t *counts, size_t len)
{
	uint64_t all = 0;

	while (len > 0)
		all += counts[--len];
	return all;
}

static uint64_t
answers(const struct talk *t)
{
	return sum(t->rig.details.buckets, DETAILS_BUCKETS);
}

/* What details say together is what the counters say. */
static void
expect_sums(const struct talk *t)
{
	const struct counters *c = &t->rig.counters;
	uint64_t verdicts[COUNTED] = { 0 };
	size_t i, j;

	for (i = 0; i < DETAILS_OPERATIONS; i++)
		for (j = 0; j < COUNTED; j++)
			verdicts[j] += t->rig.details.requests[i][j];
	cr_expect(
	    eq(u64, verdicts[COUNTED_ALLOW] + verdicts[COUNTED_WOULD_DENY],
		c->allowed));
	cr_expect(eq(u64, verdicts[COUNTED_DENY], c->denied));
	cr_expect(eq(u64, sum(t->rig.details.rejections, REJECTIONS),
	    c->denied + c->refused + c->failed + c->turned_away));
}

Test(details, have_a_name_each)
{
	const char *names[DETAILS_OPERATIONS];
	size_t i, j, len = 0;

	for (i = 0; i < DETAILS_OPERATIONS; i++)
		if (details_operation(i) != NULL)
			names[len++] = details_operation(i);
	cr_expect(eq(sz, len, operations_len + 1));
	for (i = 0; i < len; i++)
		for (j = 0; j < i; j++)
			cr_expect(ne(str, (char *)names[i], (char *)names[j]));
	for (i = 0; i < REJECTIONS; i++)
		for (j = 0; j < i; j++)
			cr_expect(ne(str, (char *)details_rejection(i),
			    (char *)details_rejection(j)));
	cr_expect(eq(str, (char *)details_verdict(COUNTED_ALLOW), "allow"));
	cr_expect(eq(str, (char *)details_verdict(COUNTED_DENY), "deny"));
	cr_expect(
	    eq(str, (char *)details_verdict(COUNTED_WOULD_DENY), "would-deny"));
	cr_expect(ne(u64, details_legend(), 0));
	cr_expect(eq(u64, details_legend(), details_legend()));
}

/* What a scraper reads is what is compared. */
Test(details, have_bounds_that_are_what_they_are_called)
{
	size_t i;

	for (i = 0; i + 1 < DETAILS_BUCKETS; i++) {
		cr_expect(eq(u64, details_bound_nanoseconds(i),
		    (uint64_t)(strtod(details_bound(i), NULL) * 1e9 + .5)));
		cr_expect(lt(u64, details_bound_nanoseconds(i),
		    details_bound_nanoseconds(i + 1)));
	}
	cr_expect(eq(str, (char *)details_bound(i), "+Inf"));
}

Test(details, put_each_time_below_its_bound)
{
	struct details details;
	uint64_t bound;
	size_t i;

	for (i = 0; i + 1 < DETAILS_BUCKETS; i++) {
		details = (struct details){ 0 };
		bound = details_bound_nanoseconds(i);
		details_count_answer(&details, bound);
		cr_expect(eq(u64, details.buckets[i], 1));
		details_count_answer(&details, bound + 1);
		cr_expect(eq(u64, details.buckets[i + 1], 1));
		cr_expect(eq(u64, details.nanoseconds, 2 * bound + 1));
	}
	details = (struct details){ 0 };
	details_count_answer(&details, 0);
	details_count_answer(&details, UINT64_MAX);
	cr_expect(eq(u64, details.buckets[0], 1));
	cr_expect(eq(u64, details.buckets[DETAILS_BUCKETS - 1], 1));
}

Test(details, add_up_everything)
{
	struct details one, two = { 0 };
	uint64_t *counts = (uint64_t *)(void *)&one, *sums;
	size_t i;

	for (i = 0; i < sizeof(one) / sizeof(*counts); i++)
		counts[i] = i + 1;
	details_add(&two, &one);
	cr_expect(eq(int, memcmp(&one, &two, sizeof(one)), 0));
	details_add(&two, &one);
	sums = (uint64_t *)(void *)&two;
	for (i = 0; i < sizeof(two) / sizeof(*sums); i++)
		cr_expect(eq(u64, sums[i], 2 * (i + 1)));
}

Test(details, count_each_verdict)
{
	struct talk t;
	int i;

	talk_start(&t, profile);
	for (i = 0; i < 3; i++) {
		talk_say(&t, t.client, PING);
		if (i == 0)
			talk_daemon(&t);
		talk_say(&t, t.daemon, PONG);
		talk_heard(&t, t.client, PONG);
	}
	talk_say(&t, t.client, GET("/containers/json"));
	talk_say(&t, t.client, GET("/info"));
	talk_say(&t, t.client, GET("/info"));
	talk_say(&t, t.client, GET("/nothing"));
	talk_say(&t, t.client, GET("/swarm"));
	cr_expect(eq(u64, requests(&t, "SystemPing", COUNTED_ALLOW), 3));
	cr_expect(eq(u64, requests(&t, "SystemPing", COUNTED_DENY), 0));
	cr_expect(eq(u64, requests(&t, "ContainerList", COUNTED_DENY), 1));
	cr_expect(eq(u64, requests(&t, "SystemInfo", COUNTED_DENY), 2));
	cr_expect(eq(u64, requests(&t, "unknown", COUNTED_DENY), 1));
	cr_expect(eq(u64, requests(&t, "SwarmInspect", COUNTED_DENY), 1));
	cr_expect(eq(u64, rejections(&t, "denied"), 1));
	cr_expect(eq(u64, rejections(&t, "not-allowed"), 2));
	cr_expect(eq(u64, rejections(&t, "unknown-operation"), 1));
	cr_expect(eq(u64, rejections(&t, "root-equivalent"), 1));
	cr_expect(eq(u64, answers(&t), 3));
	expect_sums(&t);
	talk_stop(&t);
}

/* Nothing was rejected. */
Test(details, count_what_would_be_denied_and_passed)
{
	struct talk t;

	talk_start(&t, "[profile]\nmode = observe\n"
		       "[allow]\noperation = SystemPing\n"
		       "[deny]\noperation = SystemInfo\n");
	talk_say(&t, t.client, GET("/containers/json"));
	talk_daemon(&t);
	talk_say(&t, t.daemon, PONG);
	talk_say(&t, t.client, PING);
	talk_say(&t, t.daemon, PONG);
	talk_say(&t, t.client, GET("/info"));
	cr_expect(eq(u64, requests(&t, "ContainerList", COUNTED_ALLOW), 0));
	cr_expect(eq(u64, requests(&t, "ContainerList", COUNTED_DENY), 0));
	cr_expect(
	    eq(u64, requests(&t, "ContainerList", COUNTED_WOULD_DENY), 1));
	cr_expect(eq(u64, requests(&t, "SystemPing", COUNTED_ALLOW), 1));
	cr_expect(eq(u64, requests(&t, "SystemPing", COUNTED_WOULD_DENY), 0));
	cr_expect(eq(u64, requests(&t, "SystemInfo", COUNTED_DENY), 1));
	cr_expect(eq(u64, requests(&t, "SystemInfo", COUNTED_WOULD_DENY), 0));
	cr_expect(eq(u64, rejections(&t, "denied"), 1));
	cr_expect(eq(u64, rejections(&t, "not-allowed"), 0));
	expect_sums(&t);
	talk_stop(&t);
}

Test(details, count_each_refusal)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, GET("/a%2fb"));
	cr_expect(eq(u64, rejections(&t, "malformed"), 1));
	close(t.client);
	rig_turn(&t.rig);
	t.client = rig_client(&t.rig, 0);
	rig_unlisten(&t.rig);
	talk_say(&t, t.client, PING);
	cr_expect(eq(u64, rejections(&t, "daemon-down"), 1));
	cr_expect(eq(u64, requests(&t, "SystemPing", COUNTED_ALLOW), 1));
	cr_expect(eq(u64, answers(&t), 0));
	expect_sums(&t);
	talk_stop(&t);
}

/* It may go on to ask, and no byte of it is counted as a request. */
Test(details, count_a_client_that_is_turned_away_as_one)
{
	struct talk t;
	int client;

	talk_start(&t, profile);
	door_count_turned_away(&t.rig.server.doors[0], 429);
	client = rig_client(&t.rig, 429);
	talk_say(&t, client, PING);
	talk_heard_last(&t, client, "HTTP/1.1 429 *");
	close(client);
	door_count_turned_away(&t.rig.server.doors[0], 403);
	client = rig_client(&t.rig, 403);
	talk_say(&t, client, "broken\r\n\r\n");
	close(client);
	cr_expect(eq(u64, rejections(&t, "too-many-connections"), 1));
	cr_expect(eq(u64, rejections(&t, "peer"), 1));
	cr_expect(eq(u64, rejections(&t, "malformed"), 0));
	expect_sums(&t);
	talk_stop(&t);
}

/* From the request's going up to the head of its answer. */
Test(details, time_the_daemon)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	cr_expect(eq(u64, answers(&t), 0));
	rig_wait(&t.rig, .06);
	talk_say(&t, t.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n");
	cr_expect(eq(u64, answers(&t), 0));
	talk_say(&t, t.daemon, "\r\n");
	cr_expect(eq(u64, answers(&t), 1));
	cr_expect(ge(u64, t.rig.details.nanoseconds, 60000000));
	cr_expect(lt(u64, t.rig.details.nanoseconds, 10000000000));
	/* None of those below .05 s. */
	cr_expect(eq(u64, sum(t.rig.details.buckets, 6), 0));
	talk_say(&t, t.daemon, "OK");
	cr_expect(eq(u64, answers(&t), 1));
	talk_stop(&t);
}

Test(details, do_not_time_what_waits_for_something_else)
{
	static const struct {
		const char *request;
		const char *answer;
	} rows[] = {
		{EVENTS,					 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"},
		{ ATTACH,					SWITCH					  },
		{ "POST /images/load HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: 1\r\n\r\nx", PONG					    },
	};
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		talk_asked(&t, profile, rows[i].request);
		talk_say(&t, t.daemon, rows[i].answer);
		talk_heard(&t, t.client, rows[i].answer);
		cr_expect(eq(u64, answers(&t), 0), "%s", rows[i].request);
		cr_expect(eq(u64, t.rig.counters.allowed, 1));
		expect_sums(&t);
		talk_stop(&t);
	}
}

/* All that attach, follow or wait. */
Test(details, time_operations_that_end_by_themselves)
{
	static const char *const untimed[] = { "ContainerWait", "SystemEvents",
		"ContainerAttach", "ContainerLogs", "ExecStart", "ImageBuild",
		"ImageLoad", "PutContainerArchive" };
	size_t i;

	for (i = 0; i < CASES(untimed); i++)
		cr_expect(
		    not(details_times(operation_named(span_of(untimed[i])))),
		    "%s", untimed[i]);
	cr_expect(details_times(operation_named(SPAN("ContainerList"))));
	cr_expect(details_times(operation_named(SPAN("ContainerCreate"))));
}

Test(details, count_what_comes_too_soon)
{
	struct talk t;

	talk_start(&t, "[limits]\nrequests-per-second = 1\n");
	talk_say(&t, t.client, GET("/info") GET("/info") GET("/info"));
	cr_expect(eq(u64, requests(&t, "SystemInfo", COUNTED_DENY), 1));
	cr_expect(eq(u64, rejections(&t, "too-many-requests"), 2));
	expect_sums(&t);
	talk_stop(&t);
}
