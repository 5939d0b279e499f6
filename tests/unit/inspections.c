/* SPDX-License-Identifier: MIT */
/* Judging requests inside: see inspections.h. The body comes from memory that
 * ends where it ends. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/observations.h"
#include "tests/unit/policies.h"

static char outcome[16 * 1024];

static size_t
take_facts(const struct inspections_row *row, struct inspect_fact facts[4])
{
	size_t i;

	for (i = 0; i < 4 && row->facts[i].path != NULL; i++)
		facts[i] = (struct inspect_fact){ span_of(row->facts[i].path),
			row->facts[i].status, span_of(row->facts[i].body) };
	return i;
}

static void
tell(const struct inspection *in, enum inspect_result result,
    const struct buf *out)
{
	struct text text = TEXT(outcome);

	switch (result) {
	case INSPECT_PASS:
		text_add(&text, buf_span(out));
		break;
	case INSPECT_ASK:
		text_add(&text, SPAN("ask "));
		text_add(&text, text_span(&in->ask));
		break;
	case INSPECT_REFUSE:
		text_number(&text, in->status);
		text_char(&text, ' ');
		text_add(&text, text_span(&in->why));
		break;
	}
	text_char(&text, '\0');
	cr_assert(!text.full);
}

const char *
inspections_judge(const struct inspections_row *row)
{
	static struct policies_reading reading;
	static struct inspection in;
	struct inspect_fact facts[4];
	struct buf out = { 0 };
	enum inspect_result result;
	struct policy *policy;
	struct span body;
	char head[16 * 1024];

	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: docker\r\n\r\n",
	    row->request);
	cr_assert(policies_read(&reading, row->name, span_of(head)), "%s: %s",
	    row->name, reading.fault.why);
	cr_assert(reading.request.operation != NULL, "%s", row->name);
	policy = policies_web(row->profile);
	body = span_of(row->body);
	body.at = cases_guard(body);
	in = (struct inspection){ .profile = &policy->profiles[0],
		.request = &reading.request,
		.facts = facts,
		.facts_len = take_facts(row, facts) };
	result = inspect(&in, body, &out);
	tell(&in, result, &out);
	observations_check(row->name, &policy->profiles[0], &in, result, body);
	buf_clear(&out);
	policy_free(policy);
	return outcome;
}

void
inspections_check(const struct inspections_row *rows, size_t len)
{
	const char *got;
	size_t i;

	for (i = 0; i < len; i++) {
		got = inspections_judge(&rows[i]);
		cr_expect(glob_matches(span_of(rows[i].wanted), span_of(got)),
		    "%s: wanted %s, got %s", rows[i].name, rows[i].wanted, got);
	}
}
