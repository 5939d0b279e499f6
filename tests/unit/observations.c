/* SPDX-License-Identifier: MIT */
/* Observing, checked against enforcing: see observations.h. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/reach.h"
#include "policy/suggestion.h"
#include "tests/unit/observations.h"
#include "tests/unit/policies.h"

/* The profile that the lines make, but for that one; to be freed. */
static struct policy *
profile_of(const char *name, const struct operation *operation,
    const struct buf *lines, size_t without)
{
	struct suggestion *suggestion = suggestion_new("web");
	struct span rest = buf_span(lines), line;
	struct buf text = { 0 };
	struct policy *policy;
	size_t i;

	suggestion_operation(suggestion, operation, false);
	for (i = 1; span_word(&rest, "\n", &line); i++)
		if (i != without)
			cr_assert(suggestion_need(suggestion, line, false),
			    "%s: %.*s", name, SPAN_ARG(line));
	suggestion_write(suggestion, &text);
	cr_assert(buf_add(&text, "", 1));
	policy = policies_web(buf_bytes(&text));
	buf_clear(&text);
	suggestion_free(suggestion);
	return policy;
}

static enum inspect_result
judge(const struct policy *policy, struct inspection *in, struct span body)
{
	struct verdict verdict = verdict_of(&policy->profiles[0], in->request);
	enum inspect_result result = INSPECT_PASS;
	struct buf out = { 0 };

	if (verdict.decision != DECIDE_ALLOW)
		return INSPECT_REFUSE;
	in->profile = &policy->profiles[0];
	if (verdict.inspect)
		result = inspect(in, body, &out);
	buf_clear(&out);
	return result;
}

/* A line without which more could pass, and nothing less; one about users is
 * there where the profile goes by users. */
static bool
is_pin(struct span line)
{
	struct span section, name;
	enum section_key key;

	span_word(&line, "[] ", &section);
	span_word(&line, "] ", &name);
	key = section_find(
	    strndupa(section.at, section.len), strndupa(name.at, name.len));
	return key == CONTAINER_USER || key == EXEC_USER || observe_pins(key);
}

/* Without which there is no such profile. */
static bool
is_vital(struct span line)
{
	return span_starts(line, SPAN("[allow]")) ||
	       span_starts(line, SPAN("[container] bind-as-root"));
}

static void
check_needs(const char *name, struct inspection *in, struct span body,
    const struct observation *seen)
{
	const struct operation *operation = in->request->operation;
	struct span rest = buf_span(&seen->needs), line;
	struct policy *policy;
	size_t i;

	policy = profile_of(name, operation, &seen->needs, 0);
	cr_expect(judge(policy, in, body) == INSPECT_PASS,
	    "%s: is denied by what it needs: %.*s\n%.*s", name,
	    SPAN_ARG(text_span(&in->why)), SPAN_ARG(buf_span(&seen->needs)));
	policy_free(policy);
	for (i = 1; span_word(&rest, "\n", &line); i++) {
		if (is_pin(line) || is_vital(line))
			continue;
		policy = profile_of(name, operation, &seen->needs, i);
		cr_expect(judge(policy, in, body) != INSPECT_PASS,
		    "%s: does not need %.*s", name, SPAN_ARG(line));
		policy_free(policy);
	}
}

static bool
is_written(const struct buf *lines)
{
	struct span rest = buf_span(lines), line;

	while (span_word(&rest, "\n", &line))
		if (memmem(line.at, line.len, " = ", 3) == NULL &&
		    !is_pin(line))
			return false;
	return true;
}

static void
check_with_root(const char *name, struct inspection *in,
    const struct verdict *verdict, enum inspect_result before, unsigned status,
    struct span body)
{
	bool archive = inspect_filters(in->request->operation);
	struct observation seen = { 0 };
	enum inspect_result result;
	struct buf out = { 0 };

	result = observe(in, verdict, body, &out, &seen);
	if (before == INSPECT_PASS)
		cr_expect(result != INSPECT_REFUSE, "%s: is refused", name);
	else if (before == INSPECT_REFUSE && status != 403)
		cr_expect(result == INSPECT_REFUSE && in->status == status,
		    "%s: is not refused", name);
	else if (before == INSPECT_REFUSE && !archive)
		cr_expect(result != INSPECT_REFUSE || in->status != 403,
		    "%s: is denied: %.*s", name, SPAN_ARG(text_span(&in->why)));
	if (result == INSPECT_PASS && seen.unknown.len == 0 &&
	    is_written(&seen.needs))
		check_needs(name, in, body, &seen);
	observe_clear(&seen);
	buf_clear(&out);
}

static void
check_without_root(const char *name, struct inspection *in,
    const struct verdict *verdict, enum inspect_result before, struct span body)
{
	struct observation seen = { 0 };
	struct buf out = { 0 };
	struct policy *policy;
	enum inspect_result result;

	result = observe(in, verdict, body, &out, &seen);
	if (before == INSPECT_PASS)
		cr_expect(result != INSPECT_REFUSE, "%s: is refused", name);
	if (result == INSPECT_PASS && is_written(&seen.missing)) {
		policy =
		    profile_of(name, in->request->operation, &seen.missing, 0);
		cr_expect(reach_of(&policy->profiles[0]) != REACH_ROOT,
		    "%s: gives root: %.*s", name,
		    SPAN_ARG(buf_span(&seen.missing)));
		policy_free(policy);
	}
	observe_clear(&seen);
	buf_clear(&out);
}

void
observations_check(const char *name, struct profile *profile,
    const struct inspection *judged, enum inspect_result result,
    struct span body)
{
	struct inspection in = *judged;
	struct verdict verdict;

	profile->observes = true;
	profile->observes_root = false;
	verdict = observe_verdict(profile, in.request);
	in.profile = profile;
	check_without_root(name, &in, &verdict, result, body);
	profile->observes_root = true;
	verdict = observe_verdict(profile, in.request);
	in.profile = profile;
	check_with_root(name, &in, &verdict, result, judged->status, body);
}
