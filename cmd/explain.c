/* SPDX-License-Identifier: MIT */
/* postern explain: what a profile makes of one request, and why. Its body
 * comes from standard input. */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "core/json.h"
#include "core/limits.h"
#include "policy/observe.h"
#include "policy/verdict.h"

/* All that is known of it. */
struct explanation {
	const char *profile;
	const char *verdict; /* "allow", "deny", "refuse" or "ask" */
	const char *reason;
	struct text detail; /* what of the request; may be empty */
	char detail_memory[INSPECT_TEXT_MAX];
	const char *operation; /* NULL: none */
	const char *observed;  /* what comes of it while the profile observes:
				* "pass" or "deny"; NULL: it does not, or would
				* not deny it */
	char rule[512];	       /* FILE:LINE, or empty */
	struct text hint;
	char hint_memory[512];
};

static void
print(const struct explanation *e, const char *method, const char *target)
{
	printf("%s: %s %s: %s", e->profile, method, target, e->verdict);
	if (e->operation != NULL)
		printf(" %s", e->operation);
	printf(" (%s)\n", e->reason);
	if (e->detail.len > 0)
		printf("%.*s\n", SPAN_ARG(text_span(&e->detail)));
	if (e->rule[0] != '\0')
		printf("decided by: %s\n", e->rule);
	if (e->hint.len > 0)
		printf("to change that: %.*s\n", SPAN_ARG(text_span(&e->hint)));
	if (e->observed != NULL)
		printf("but the profile observes: it %s\n",
		    strcmp(e->observed, "pass") == 0
			? "passes, and is logged"
			: "is refused all the same");
}

static void
print_json(const struct explanation *e, const char *method, const char *target)
{
	putchar('{');
	output_json_member("profile", e->profile, false);
	output_json_member("method", method, true);
	output_json_member("target", target, true);
	output_json_member("verdict", e->verdict, true);
	output_json_member("reason", e->reason, true);
	output_json_member("operation", e->operation, true);
	printf(",\"detail\":");
	output_json_string(text_span(&e->detail));
	output_json_member("rule", e->rule[0] != '\0' ? e->rule : NULL, true);
	printf(",\"hint\":");
	output_json_string(text_span(&e->hint));
	output_json_member("observed", e->observed, true);
	puts("}");
}

static void
write_rule(const struct policy *policy, const struct verdict *verdict,
    struct explanation *e)
{
	e->rule[0] = '\0';
	if (verdict->origin.line != 0)
		snprintf(e->rule, sizeof(e->rule), "%s:%u",
		    policy_file(policy, verdict->origin),
		    (unsigned)verdict->origin.line);
}

/* What is inside of a request that may pass. */
static void
look_inside(const struct policy *policy, const struct profile *profile,
    const struct request *request, struct span body, struct explanation *e)
{
	static struct inspection in;
	struct buf out = { 0 };
	struct verdict verdict;

	in.profile = profile;
	in.request = request;
	switch (inspect(&in, body, &out)) {
	case INSPECT_PASS:
		break;
	case INSPECT_ASK:
		e->verdict = "ask";
		text_add(&e->detail, SPAN("it depends on what the daemon "
					  "answers to GET "));
		text_add(&e->detail, text_span(&in.ask));
		break;
	case INSPECT_REFUSE:
		verdict = verdict_of_inspection(&in);
		write_rule(policy, &verdict, e);
		e->verdict = in.status == 400 ? "refuse" : "deny";
		e->reason = reason_name(verdict.reason);
		text_add(&e->detail, text_span(&in.why));
		verdict_hint(&verdict, policy, request, &e->hint);
		break;
	}
	buf_clear(&out);
}

/* What comes of what would be denied. */
static const char *
observed(const struct profile *profile, const struct request *request,
    struct span body)
{
	static struct inspection in;
	struct verdict verdict = observe_verdict(profile, request);
	struct observation seen = { 0 };
	enum inspect_result result;
	struct buf out = { 0 };

	if (verdict.decision == DECIDE_DENY)
		return "deny";
	in.profile = profile;
	in.request = request;
	result = observe(&in, &verdict, body, &out, &seen);
	observe_clear(&seen);
	buf_clear(&out);
	return result == INSPECT_REFUSE ? "deny" : "pass";
}

static void
judge(const struct policy *policy, const struct profile *profile,
    const struct request *request, struct span body, struct explanation *e)
{
	struct verdict verdict = verdict_of(profile, request);
	const char *why;

	e->verdict = verdict.decision == DECIDE_ALLOW ? "allow" : "deny";
	e->reason = reason_name(verdict.reason);
	if (request->operation != NULL)
		e->operation = request->operation->name;
	write_rule(policy, &verdict, e);
	if (verdict.decision == DECIDE_ALLOW && verdict.inspect &&
	    request->operation->body == BODY_JSON && body.len == 0) {
		text_add(&e->detail, SPAN("its body, which can be given on "
					  "standard input, is judged too"));
	} else if (verdict.decision == DECIDE_ALLOW) {
		why = request_check_body(request, body);
		if (why == NULL && !verdict.inspect && body.len > 0)
			why = json_check(body);
		if (why != NULL) {
			e->verdict = "refuse";
			e->reason = why;
		} else if (verdict.inspect) {
			look_inside(policy, profile, request, body, e);
		}
	}
	/* Of what was refused for what is inside, all has been said. */
	if (verdict.decision == DECIDE_DENY || strcmp(e->verdict, "allow") == 0)
		verdict_hint(&verdict, policy, request, &e->hint);
	if (profile->observes && strcmp(e->verdict, "deny") == 0)
		e->observed = observed(profile, request, body);
}

/* What was piped or redirected in, and not what a person would have to type. */
static bool
read_body(struct buf *body)
{
	struct stat status;
	ssize_t n = 1;
	char *room;

	if (fstat(STDIN_FILENO, &status) == -1 ||
	    (!S_ISFIFO(status.st_mode) && !S_ISREG(status.st_mode)))
		return true;
	while (n > 0 && body->len <= LIMIT_BODY_MAX) {
		if ((room = buf_room(body, LIMIT_RECEIVE)) == NULL)
			return false;
		n = read(STDIN_FILENO, room, LIMIT_RECEIVE);
		if (n > 0)
			buf_grew(body, (size_t)n);
	}
	return n == 0;
}

static bool
has_body(const struct request *request)
{
	return request->operation != NULL &&
	       (request->operation->body == BODY_JSON ||
		   request->operation->body == BODY_JSON_OR_NONE);
}

/* False: what was to come on standard input could not be read. */
static bool
explain(const struct policy *policy, const struct profile *profile,
    const char *method, const char *target, struct explanation *e)
{
	static struct request request;
	static struct http_head head;
	struct request_fault fault;
	struct buf body = { 0 };
	bool ok = true;

	head = (struct http_head){
		.method = span_of(method),
		.target = span_of(target),
		.minor = 1,
		.fields = {{ SPAN("Host"), SPAN("docker") },
			   { SPAN("Content-Type"), SPAN("application/json") }},
		.fields_len = 2
	};
	e->profile = profile->name;
	if (!request_read(&request, &head, &fault)) {
		e->verdict = "refuse";
		e->reason = fault.why;
		return true;
	}
	if (has_body(&request))
		ok = read_body(&body);
	if (ok)
		judge(policy, profile, &request, buf_span(&body), e);
	buf_clear(&body);
	return ok;
}

int
command_explain(const struct options *options, char **arguments)
{
	struct explanation explanation = { 0 };
	const struct profile *profile;
	struct settings settings;
	int status;
	size_t i;

	for (i = 0; i < 3 && arguments[i] != NULL; i++)
		continue;
	if (i < 3 || arguments[3] != NULL)
		return command_usage("explain takes PROFILE METHOD TARGET");
	if ((status = settings_load(options, arguments[0], &settings)) != 0)
		return status;
	explanation.hint = TEXT(explanation.hint_memory);
	explanation.detail = TEXT(explanation.detail_memory);
	profile = policy_profile(settings.policy, arguments[0]);
	if (profile == NULL) {
		fprintf(stderr, "postern: no such profile: %s\n", arguments[0]);
		status = 1;
	} else if (!explain(settings.policy, profile, arguments[1],
		       arguments[2], &explanation)) {
		perror("postern: standard input");
		status = 1;
	} else {
		if (options->json)
			print_json(&explanation, arguments[1], arguments[2]);
		else
			print(&explanation, arguments[1], arguments[2]);
	}
	settings_clear(&settings);
	return status;
}
