/* SPDX-License-Identifier: MIT */
/* The verdict: deny beats allow, and what nobody allowed is denied. Looking a
 * request up costs two places in an array, and the patterns. */

#include <string.h>

#include "policy/observe.h"
#include "policy/verdict.h"

const char *
reason_name(enum reason reason)
{
	switch (reason) {
	case REASON_UNKNOWN_OPERATION:
		return "unknown-operation";
	case REASON_NOT_ALLOWED:
		return "not-allowed";
	case REASON_ROOT_EQUIVALENT:
		return "root-equivalent";
	case REASON_DENIED:
		return "denied";
	case REASON_FIELD:
		return "field";
	case REASON_ALLOWED:
		return "allowed";
	}
	return "unknown";
}

const char *
decision_name(enum decision decision)
{
	switch (decision) {
	case DECIDE_DENY:
		return "deny";
	case DECIDE_OBSERVE:
		return "would-deny";
	case DECIDE_ALLOW:
		return "allow";
	}
	return "deny";
}

static struct verdict
denied(enum reason reason, struct origin origin)
{
	return (struct verdict){
		.decision = DECIDE_DENY, .reason = reason, .origin = origin
	};
}

static struct verdict
allowed(const struct profile *profile, size_t operation, struct origin origin)
{
	return (struct verdict){ .decision = DECIDE_ALLOW,
		.reason = REASON_ALLOWED,
		.origin = origin,
		.inspect = profile->inspectors[operation] != NULL &&
			   !profile->unjudged[operation] };
}

static struct verdict
allowed_by_nobody(const struct profile *profile, size_t operation)
{
	return denied(
	    operations[operation].root && profile->inspectors[operation] == NULL
		? REASON_ROOT_EQUIVALENT
		: REASON_NOT_ALLOWED,
	    (struct origin){ 0, 0 });
}

static bool
pattern_matches(const struct pattern *pattern, const struct request *request)
{
	size_t i;

	if (pattern->operation != request->operation)
		return false;
	for (i = 0; i < OPERATION_ARGUMENTS; i++)
		if (pattern->globs[i] != NULL &&
		    !glob_matches(
			span_of(pattern->globs[i]), request->arguments[i]))
			return false;
	return true;
}

static const struct pattern *
find_pattern(
    const struct profile *profile, const struct request *request, bool deny)
{
	size_t i;

	for (i = 0; i < profile->patterns_len; i++)
		if (profile->patterns[i].deny == deny &&
		    pattern_matches(&profile->patterns[i], request))
			return &profile->patterns[i];
	return NULL;
}

struct verdict
verdict_of(const struct profile *profile, const struct request *request)
{
	const struct pattern *pattern;
	size_t i;

	if (request->operation == NULL)
		return (struct verdict){ 0 };
	i = (size_t)(request->operation - operations);
	if (profile->deny[i].line != 0)
		return denied(REASON_DENIED, profile->deny[i]);
	if ((pattern = find_pattern(profile, request, true)) != NULL)
		return denied(REASON_DENIED, pattern->origin);
	if (profile->allow[i].line != 0)
		return allowed(profile, i, profile->allow[i]);
	if ((pattern = find_pattern(profile, request, false)) != NULL)
		return allowed(profile, i, pattern->origin);
	return allowed_by_nobody(profile, i);
}

struct verdict
verdict_of_inspection(const struct inspection *inspection)
{
	struct verdict verdict = denied(REASON_FIELD, inspection->origin);

	verdict.inspection = inspection;
	return verdict;
}

struct span
verdict_field(const struct verdict *verdict)
{
	if (verdict->decision == DECIDE_OBSERVE && verdict->observation != NULL)
		return text_span(&verdict->observation->field);
	if (verdict->reason == REASON_FIELD)
		return text_span(&verdict->inspection->field);
	return SPAN("");
}

static bool
has_pattern(
    const struct profile *profile, const struct operation *operation, bool deny)
{
	size_t i;

	for (i = 0; i < profile->patterns_len; i++)
		if (profile->patterns[i].operation == operation &&
		    profile->patterns[i].deny == deny)
			return true;
	return false;
}

enum coverage
verdict_coverage(
    const struct profile *profile, const struct operation *operation)
{
	size_t i = (size_t)(operation - operations);

	if (profile->deny[i].line != 0)
		return COVERAGE_NONE;
	if (profile->allow[i].line != 0)
		return has_pattern(profile, operation, true) ? COVERAGE_SOME
							     : COVERAGE_ALL;
	return has_pattern(profile, operation, false) ? COVERAGE_SOME
						      : COVERAGE_NONE;
}

void
verdict_message(const struct verdict *verdict, const struct profile *profile,
    const struct request *request, struct text *text)
{
	text_add(text, SPAN("profile "));
	text_add(text, span_of(profile->name));
	text_add(text, SPAN(" does not allow "));
	if (verdict->reason == REASON_UNKNOWN_OPERATION) {
		request_describe(request, text);
		text_add(text, SPAN(": no operation of the API"));
		return;
	}
	text_add(text, span_of(request->operation->name));
	if (verdict->reason == REASON_FIELD) {
		text_add(text, SPAN(": "));
		text_add(text, text_span(&verdict->inspection->why));
		return;
	}
	text_add(text, SPAN(" ("));
	request_describe(request, text);
	text_char(text, ')');
}

/* Whole lines, as many as fit. */
static void
add_lines(struct span lines, struct text *text)
{
	struct span line;

	while (!text->full && span_word(&lines, "\n", &line)) {
		if (text->len + line.len + 1 > text->size)
			return;
		if (text->len > 0)
			text_char(text, '\n');
		text_add(text, line);
	}
}

void
verdict_hint(const struct verdict *verdict, const struct policy *policy,
    const struct request *request, struct text *text)
{
	if (verdict->observation != NULL &&
	    verdict->observation->missing.len > 0) {
		add_lines(buf_span(&verdict->observation->missing), text);
		return;
	}
	switch (verdict->reason) {
	case REASON_UNKNOWN_OPERATION:
		break;
	case REASON_NOT_ALLOWED:
		text_format(
		    text, "[allow] operation = %s", request->operation->name);
		break;
	case REASON_ROOT_EQUIVALENT:
		text_format(text, "[allow] root-equivalent = %s",
		    request->operation->name);
		break;
	case REASON_FIELD:
		text_add(text, text_span(&verdict->inspection->hint));
		break;
	case REASON_ALLOWED:
		text_format(
		    text, "[deny] operation = %s", request->operation->name);
		break;
	case REASON_DENIED:
		text_format(text, "change %s:%u",
		    policy_file(policy, verdict->origin),
		    (unsigned)verdict->origin.line);
		break;
	}
}
