/* SPDX-License-Identifier: MIT */
/* postern explain: what a profile makes of one request, and why. */

#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/output.h"
#include "policy/verdict.h"

/* All that is known of it. */
struct explanation {
	const char *profile;
	const char *verdict; /* "allow", "deny" or "refuse" */
	const char *reason;
	const char *operation; /* NULL: none */
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
	if (e->rule[0] != '\0')
		printf("decided by: %s\n", e->rule);
	if (e->hint.len > 0)
		printf("to change that: %.*s\n", SPAN_ARG(text_span(&e->hint)));
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
	output_json_member("rule", e->rule[0] != '\0' ? e->rule : NULL, true);
	printf(",\"hint\":");
	output_json_string(text_span(&e->hint));
	puts("}");
}

static void
explain(const struct policy *policy, const struct profile *profile,
    const char *method, const char *target, struct explanation *e)
{
	static struct request request;
	static struct http_head head;
	struct request_fault fault;
	struct verdict verdict;

	head = (struct http_head){ .method = span_of(method),
		.target = span_of(target),
		.minor = 1,
		.fields = { { SPAN("Host"), SPAN("docker") } },
		.fields_len = 1 };
	e->profile = profile->name;
	if (!request_read(&request, &head, &fault)) {
		e->verdict = "refuse";
		e->reason = fault.why;
		return;
	}
	verdict = verdict_of(profile, &request);
	e->verdict = verdict.decision == DECIDE_ALLOW ? "allow" : "deny";
	e->reason = reason_name(verdict.reason);
	if (request.operation != NULL)
		e->operation = request.operation->name;
	if (verdict.origin.line != 0)
		snprintf(e->rule, sizeof(e->rule), "%s:%u",
		    policy_file(policy, verdict.origin),
		    (unsigned)verdict.origin.line);
	verdict_hint(&verdict, policy, &request, &e->hint);
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
	profile = policy_profile(settings.policy, arguments[0]);
	if (profile == NULL) {
		fprintf(stderr, "postern: no such profile: %s\n", arguments[0]);
		status = 1;
	} else {
		explain(settings.policy, profile, arguments[1], arguments[2],
		    &explanation);
		if (options->json)
			print_json(&explanation, arguments[1], arguments[2]);
		else
			print(&explanation, arguments[1], arguments[2]);
	}
	settings_clear(&settings);
	return status;
}
