/* SPDX-License-Identifier: MIT */
/* What a profile that observes makes of a request. What it lets pass has been
 * judged by a profile that would allow it, so that it is written anew like any
 * other; only what nobody could allow, and "observe-root = yes" lets pass, goes
 * up as it came, as it does under "root-equivalent". */

#include "policy/observe.h"
#include "policy/learner.h"

void
observe_clear(struct observation *seen)
{
	buf_clear(&seen->missing);
	buf_clear(&seen->needs);
}

struct verdict
observe_verdict(const struct profile *profile, const struct request *request)
{
	struct verdict verdict = verdict_of(profile, request);
	size_t i;

	switch (verdict.reason) {
	case REASON_UNKNOWN_OPERATION:
	case REASON_DENIED:
	case REASON_FIELD:
	case REASON_ALLOWED:
		return verdict;
	case REASON_ROOT_EQUIVALENT:
		if (!profile->observes_root)
			return verdict;
		break;
	case REASON_NOT_ALLOWED:
		break;
	}
	i = (size_t)(request->operation - operations);
	verdict.decision = DECIDE_OBSERVE;
	verdict.inspect = profile->inspectors[i] != NULL;
	return verdict;
}

static bool
add_line(struct buf *lines, const char *key, const struct request *request)
{
	char memory[128];
	struct text line = TEXT(memory);

	text_format(&line, "[allow] %s = %s\n", key, request->operation->name);
	return buf_add(lines, line.at, line.len);
}

static enum inspect_result
no_memory(struct inspection *in)
{
	in->status = 503;
	return INSPECT_REFUSE;
}

/* What nobody looks into. */
static enum inspect_result
pass_unjudged(struct inspection *in, struct span body, struct buf *out,
    struct observation *seen)
{
	in->id.len = 0;
	if ((body.len > 0 && !buf_add(out, body.at, body.len)) ||
	    !add_line(&seen->needs, "root-equivalent", in->request))
		return no_memory(in);
	return INSPECT_PASS;
}

/* What of it all is needed, however much the profile allows already. Where
 * that cannot be said, the request has passed all the same. */
static enum inspect_result
work_out_needs(
    struct inspection *in, struct span body, struct observation *seen)
{
	const struct profile *profile = in->profile;
	char id_memory[INSPECT_ID];
	struct text id = TEXT(id_memory);
	struct learner *learner = learner_new_closed(profile);
	enum inspect_result result;
	struct buf out = { 0 };

	if (learner == NULL)
		return no_memory(in);
	text_add(&id, text_span(&in->id));
	result = learner_inspect(learner, in, body, &out);
	buf_clear(&out);
	in->profile = profile;
	if (result == INSPECT_REFUSE) {
		seen->unknown = TEXT(seen->unknown_memory);
		text_add(&seen->unknown, text_span(&in->why));
		in->why.len = in->field.len = 0;
		result = INSPECT_PASS;
	}
	if (result == INSPECT_PASS && !learner_write(learner, &seen->needs))
		result = no_memory(in);
	in->id.len = 0;
	text_add(&in->id, text_span(&id));
	learner_free(learner);
	return result;
}

static void
keep_field(struct observation *seen, const struct inspection *in)
{
	seen->field = TEXT(seen->field_memory);
	text_add(&seen->field, text_span(&in->field));
}

/* Whether it could pass if nobody looked into it; an archive is filtered in
 * any case. */
static bool
may_be_unjudged(const struct profile *profile, const struct inspection *in)
{
	return profile->observes_root && in->status == 403 &&
	       !inspect_filters(in->request->operation);
}

/* What is made before a question comes up goes nowhere. */
static enum inspect_result
look_inside(struct inspection *in, struct span body, struct buf *out,
    struct observation *seen, bool *missing)
{
	const struct profile *profile = in->profile;
	enum inspect_result result = inspect(in, body, out);
	struct learner *learner;

	if (result == INSPECT_REFUSE && in->status == 403) {
		*missing = true;
		keep_field(seen, in);
		seen->verdict.origin = in->origin;
		if ((learner = learner_new(profile)) == NULL)
			return no_memory(in);
		result = learner_inspect(learner, in, body, out);
		in->profile = profile;
		if (!learner_write(learner, &seen->missing))
			result = no_memory(in);
		learner_free(learner);
	}
	if (result == INSPECT_REFUSE && may_be_unjudged(profile, in)) {
		buf_clear(&seen->missing);
		if (!add_line(&seen->missing, "root-equivalent", in->request))
			return no_memory(in);
		return pass_unjudged(in, body, out, seen);
	}
	return result == INSPECT_PASS ? work_out_needs(in, body, seen) : result;
}

enum inspect_result
observe(struct inspection *in, const struct verdict *verdict, struct span body,
    struct buf *out, struct observation *seen)
{
	const struct operation *operation = in->request->operation;
	enum inspect_result result;
	struct buf made = { 0 };
	bool missing = false;

	seen->verdict = *verdict;
	if (verdict->decision == DECIDE_OBSERVE &&
	    !add_line(&seen->missing,
		verdict->reason == REASON_ROOT_EQUIVALENT ? "root-equivalent"
							  : "operation",
		in->request))
		return no_memory(in);
	if (verdict->inspect) {
		result = look_inside(in, body, &made, seen, &missing);
		if (result == INSPECT_PASS && made.len > 0 &&
		    !buf_add(out, buf_bytes(&made), made.len))
			result = no_memory(in);
		buf_clear(&made);
	} else if (in->profile->unjudged[operation - operations] ||
		   verdict->reason == REASON_ROOT_EQUIVALENT) {
		result = pass_unjudged(in, body, out, seen);
	} else {
		result = body.len == 0 || buf_add(out, body.at, body.len)
			     ? INSPECT_PASS
			     : no_memory(in);
	}
	if (missing && verdict->decision == DECIDE_ALLOW) {
		seen->verdict.decision = DECIDE_OBSERVE;
		seen->verdict.reason = REASON_FIELD;
		seen->verdict.inspection = in;
	}
	seen->verdict.observation = seen;
	return result;
}
