/* SPDX-License-Identifier: MIT */
/* What observing says of a request, held against enforcing. */

#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/observe.h"
#include "policy/reach.h"
#include "policy/suggestion.h"
#include "tests/fuzz/observing.h"

/* The lines as a profile. What no line can hold has no value, and is left
 * out. */
static struct policy *
load(const struct observing *o, const struct buf *lines)
{
	struct suggestion *suggestion = suggestion_new("web");
	const struct name_lookup nobody = { NULL, NULL, NULL };
	struct span rest = buf_span(lines), line;
	struct complaints complaints = { 0 };
	struct profile_source source;
	struct buf text = { 0 };
	struct policy *policy;

	suggestion_operation(suggestion, o->request->operation, false);
	while (span_word(&rest, "\n", &line))
		assert(suggestion_need(suggestion, line, false));
	suggestion_write(suggestion, &text);
	source = (struct profile_source){ "web", "web.ini", buf_span(&text) };
	policy = policy_load(&source, 1, &nobody, &complaints);
	if (policy == NULL)
		fprintf(stderr, "%.*s\n%s\n", SPAN_ARG(buf_span(&text)),
		    complaints.list[0].text);
	assert(policy != NULL);
	buf_clear(&text);
	suggestion_free(suggestion);
	return policy;
}

static bool
is_written(const struct buf *lines)
{
	struct span rest = buf_span(lines), line, section, name;
	char *copies[2];
	bool ok = true;

	while (ok && span_word(&rest, "\n", &line)) {
		if (memmem(line.at, line.len, " = ", 3) != NULL)
			continue;
		span_word(&line, "[] ", &section);
		span_word(&line, "] ", &name);
		copies[0] = strndup(section.at, section.len);
		copies[1] = strndup(name.at, name.len);
		ok = observe_pins(section_find(copies[0], copies[1]));
		free(copies[0]);
		free(copies[1]);
	}
	return ok;
}

static void
check_enforced(
    const struct observing *o, const struct buf *needs, struct span body)
{
	static struct inspection in;
	struct policy *policy = load(o, needs);
	struct verdict verdict = verdict_of(&policy->profiles[0], o->request);
	enum inspect_result result = INSPECT_PASS;
	struct buf out = { 0 };

	assert(verdict.decision == DECIDE_ALLOW);
	in = (struct inspection){ .profile = &policy->profiles[0],
		.request = o->request,
		.facts = o->facts,
		.facts_len = *o->facts_len };
	if (verdict.inspect)
		result = inspect(&in, body, &out);
	if (result != INSPECT_PASS)
		fprintf(stderr, "needs:\n%.*sbody: %.*s\nwhy: %.*s\n",
		    SPAN_ARG(buf_span(needs)), SPAN_ARG(body),
		    SPAN_ARG(text_span(&in.why)));
	assert(result == INSPECT_PASS);
	buf_clear(&out);
	policy_free(policy);
}

static void
check_reach(const struct observing *o, const struct buf *missing)
{
	struct policy *policy = load(o, missing);

	assert(reach_of(&policy->profiles[0]) != REACH_ROOT);
	policy_free(policy);
}

static enum inspect_result
observe_all(const struct observing *o, struct inspection *in,
    struct profile *profile, struct span body, struct observation *seen)
{
	enum inspect_result result;
	struct verdict verdict;
	struct buf out = { 0 };

	verdict = observe_verdict(profile, o->request);
	assert(verdict.decision != DECIDE_DENY);
	for (;;) {
		*in = (struct inspection){ .profile = profile,
			.request = o->request,
			.facts = o->facts,
			.facts_len = *o->facts_len };
		result = observe(in, &verdict, body, &out, seen);
		if (result != INSPECT_ASK || *o->facts_len == INSPECT_FACTS_MAX)
			break;
		assert(out.len == 0);
		observe_clear(seen);
		*seen = (struct observation){ 0 };
		o->answer(o->arg, text_span(&in->ask));
	}
	buf_clear(&out);
	return result;
}

void
observing_check(const struct observing *o, struct span body)
{
	static struct inspection in;
	struct profile profile = *o->profile;
	struct observation seen = { 0 };

	profile.observes = true;
	profile.observes_root = false;
	if (observe_all(o, &in, &profile, body, &seen) == INSPECT_PASS &&
	    is_written(&seen.missing))
		check_reach(o, &seen.missing);
	observe_clear(&seen);
	seen = (struct observation){ 0 };
	profile.observes_root = true;
	if (observe_all(o, &in, &profile, body, &seen) == INSPECT_PASS &&
	    seen.unknown.len == 0 && is_written(&seen.needs))
		check_enforced(o, &seen.needs, body);
	observe_clear(&seen);
}
