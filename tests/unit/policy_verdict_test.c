/* SPDX-License-Identifier: MIT */
/* Verdicts: deny beats allow, whatever the order; what nobody allowed is
 * denied. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/verdict.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

static struct http_head head;
static struct request request;

static struct verdict
judge(const struct policy *policy, const char *line)
{
	static char text[4096];
	struct request_fault fault;
	size_t used;

	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\n\r\n", line);
	cr_assert(http_request(span_of(text), &head, &used) == HTTP_OK);
	cr_assert(request_read(&request, &head, &fault), "%s", line);
	return verdict_of(&policy->profiles[0], &request);
}

Test(verdict_of, has_decisions_of_these_names)
{
	cr_expect(eq(str, (char *)decision_name(DECIDE_DENY), "deny"));
	cr_expect(eq(str, (char *)decision_name(DECIDE_OBSERVE), "would-deny"));
	cr_expect(eq(str, (char *)decision_name(DECIDE_ALLOW), "allow"));
}

struct row {
	const char *line;
	enum decision decision;
	enum reason reason;
	unsigned origin;
};

static void
check(const char *text, const struct row *rows, size_t len)
{
	struct policy *policy = policies_web(text);
	struct verdict verdict;
	size_t i;

	for (i = 0; i < len; i++) {
		verdict = judge(policy, rows[i].line);
		cr_expect(verdict.decision == rows[i].decision, "%s%s", text,
		    rows[i].line);
		cr_expect(verdict.reason == rows[i].reason, "%s%s: %s", text,
		    rows[i].line, reason_name(verdict.reason));
		cr_expect(verdict.origin.line == rows[i].origin, "%s%s: %u",
		    text, rows[i].line, (unsigned)verdict.origin.line);
	}
	policy_free(policy);
}

Test(verdict_of, denies_what_nobody_allowed)
{
	static const struct row rows[] = {
		ROW("GET /_ping", DECIDE_DENY, REASON_NOT_ALLOWED, 0),
		ROW("POST /containers/create", DECIDE_DENY, REASON_NOT_ALLOWED,
		    0),
		ROW("POST /session", DECIDE_DENY, REASON_ROOT_EQUIVALENT, 0),
		ROW("GET /nothing", DECIDE_DENY, REASON_UNKNOWN_OPERATION, 0),
		ROW("PATCH /_ping", DECIDE_DENY, REASON_UNKNOWN_OPERATION, 0),
		ROW("GET /libpod/info", DECIDE_DENY, REASON_UNKNOWN_OPERATION,
		    0),
	};

	check("", rows, CASES(rows));
	check("[deny]\nrequest = GET /info\n", rows, CASES(rows));
}

Test(verdict_of, allows_each_operation_and_not_its_nearest)
{
	static const char text[] = "[allow]\n"
				   "operation = ContainerList\n"
				   "root-equivalent = ContainerCreate\n"
				   "group = task:read\n";
	static const struct row rows[] = {
		ROW("GET /containers/json", DECIDE_ALLOW, REASON_ALLOWED, 2),
		ROW("GET /v1.41/containers/json?all=1", DECIDE_ALLOW,
		    REASON_ALLOWED, 2),
		ROW("POST /containers/json", DECIDE_DENY,
		    REASON_UNKNOWN_OPERATION, 0),
		ROW("GET /containers/a/json", DECIDE_DENY, REASON_NOT_ALLOWED,
		    0),
		ROW("POST /containers/create", DECIDE_ALLOW, REASON_ALLOWED, 3),
		ROW("POST /containers/create/start", DECIDE_DENY,
		    REASON_NOT_ALLOWED, 0),
		ROW("POST /containers/a/exec", DECIDE_DENY, REASON_NOT_ALLOWED,
		    0),
		ROW("POST /session", DECIDE_DENY, REASON_ROOT_EQUIVALENT, 0),
		ROW("GET /tasks", DECIDE_ALLOW, REASON_ALLOWED, 4),
		ROW("GET /tasks/t", DECIDE_ALLOW, REASON_ALLOWED, 4),
		ROW("GET /tasks/t/logs", DECIDE_DENY, REASON_NOT_ALLOWED, 0),
	};

	check(text, rows, CASES(rows));
}

Test(verdict_of, lets_deny_beat_allow_in_any_order)
{
	static const char first[] = "[deny]\n"
				    "operation = ContainerStop\n"
				    "group = exec:write\n"
				    "request = GET /containers/secret*/json\n"
				    "[allow]\n"
				    "operation = *\n"
				    "root-equivalent = ContainerExec\n"
				    "request = POST /containers/*/stop\n"
				    "request = GET /containers/*/json\n";
	static const struct row first_rows[] = {
		ROW("POST /containers/a/stop", DECIDE_DENY, REASON_DENIED, 2),
		ROW("POST /containers/a/start", DECIDE_ALLOW, REASON_ALLOWED,
		    6),
		ROW("POST /containers/a/exec", DECIDE_DENY, REASON_DENIED, 3),
		ROW("POST /exec/e/start", DECIDE_DENY, REASON_DENIED, 3),
		ROW("GET /exec/e/json", DECIDE_ALLOW, REASON_ALLOWED, 6),
		ROW("GET /containers/secret/json", DECIDE_DENY, REASON_DENIED,
		    4),
		ROW("GET /containers/secret1/json", DECIDE_DENY, REASON_DENIED,
		    4),
		ROW("GET /containers/%73ecret/json", DECIDE_DENY, REASON_DENIED,
		    4),
		ROW("GET /containers/secre/json", DECIDE_ALLOW, REASON_ALLOWED,
		    6),
	};
	static const char last[] = "[allow]\n"
				   "request = GET /containers/*/json\n"
				   "request = POST /containers/*/stop\n"
				   "root-equivalent = ContainerExec\n"
				   "operation = *\n"
				   "[deny]\n"
				   "request = GET /containers/secret*/json\n"
				   "group = exec:write\n"
				   "operation = ContainerStop\n";
	static const struct row last_rows[] = {
		ROW("POST /containers/a/stop", DECIDE_DENY, REASON_DENIED, 9),
		ROW("POST /containers/a/start", DECIDE_ALLOW, REASON_ALLOWED,
		    5),
		ROW("POST /containers/a/exec", DECIDE_DENY, REASON_DENIED, 8),
		ROW("POST /exec/e/start", DECIDE_DENY, REASON_DENIED, 8),
		ROW("GET /exec/e/json", DECIDE_ALLOW, REASON_ALLOWED, 5),
		ROW("GET /containers/secret/json", DECIDE_DENY, REASON_DENIED,
		    7),
		ROW("GET /containers/secre/json", DECIDE_ALLOW, REASON_ALLOWED,
		    5),
	};

	check(first, first_rows, CASES(first_rows));
	check(last, last_rows, CASES(last_rows));
}

Test(verdict_of, compares_arguments_with_patterns)
{
	static const char text[] = "[allow]\n"
				   "request = GET /containers/web-*/json\n"
				   "request = * /containers/db/archive\n"
				   "request = GET /images/library/*/json\n"
				   "request = DELETE /images/tmp\n"
				   "[deny]\n"
				   "request = GET /containers/web-secret/json\n"
				   "request = GET /images/library/*/x/json\n";
	static const struct row rows[] = {
		ROW("GET /containers/web-1/json", DECIDE_ALLOW, REASON_ALLOWED,
		    2),
		ROW("GET /containers/web-/json", DECIDE_ALLOW, REASON_ALLOWED,
		    2),
		ROW("GET /containers/web/json", DECIDE_DENY, REASON_NOT_ALLOWED,
		    0),
		ROW("GET /containers/aweb-1/json", DECIDE_DENY,
		    REASON_NOT_ALLOWED, 0),
		ROW("GET /containers/web-secret/json", DECIDE_DENY,
		    REASON_DENIED, 7),
		ROW("GET /containers/web-secrets/json", DECIDE_ALLOW,
		    REASON_ALLOWED, 2),
		ROW("GET /containers/web-1/logs", DECIDE_DENY,
		    REASON_NOT_ALLOWED, 0),
		ROW("GET /containers/db/archive", DECIDE_ALLOW, REASON_ALLOWED,
		    3),
		ROW("HEAD /containers/db/archive", DECIDE_ALLOW, REASON_ALLOWED,
		    3),
		ROW("PUT /containers/db/archive", DECIDE_ALLOW, REASON_ALLOWED,
		    3),
		ROW("PUT /containers/dba/archive", DECIDE_DENY,
		    REASON_NOT_ALLOWED, 0),
		ROW("GET /containers/dba/archive", DECIDE_DENY,
		    REASON_NOT_ALLOWED, 0),
		ROW("GET /images/library/a/json", DECIDE_ALLOW, REASON_ALLOWED,
		    4),
		ROW("GET /images/library/a/b/json", DECIDE_ALLOW,
		    REASON_ALLOWED, 4),
		ROW("GET /images/library/a/x/json", DECIDE_DENY, REASON_DENIED,
		    8),
		ROW("GET /images/library/json", DECIDE_DENY, REASON_NOT_ALLOWED,
		    0),
		ROW("GET /images/json", DECIDE_DENY, REASON_NOT_ALLOWED, 0),
		ROW("DELETE /images/tmp", DECIDE_ALLOW, REASON_ALLOWED, 5),
		ROW("DELETE /images/tmp/a", DECIDE_DENY, REASON_NOT_ALLOWED, 0),
		ROW("DELETE /images/tmp:1", DECIDE_DENY, REASON_NOT_ALLOWED, 0),
	};

	check(text, rows, CASES(rows));
}

Test(verdict_coverage, says_whether_arguments_matter)
{
	struct policy *policy = policies_web(
	    "[allow]\n"
	    "operation = ContainerList ContainerStop ContainerKill\n"
	    "request = GET /containers/web/json\n"
	    "request = GET /tasks/t\n"
	    "[deny]\n"
	    "operation = ContainerStop\n"
	    "operation = TaskInspect\n"
	    "request = POST /containers/web/kill\n"
	    "request = POST /containers/web/start\n");
	static const struct {
		const char *name;
		enum coverage coverage;
	} rows[] = {
		ROW("ContainerList", COVERAGE_ALL),
		ROW("ContainerStop", COVERAGE_NONE),
		ROW("ContainerKill", COVERAGE_SOME),
		ROW("ContainerInspect", COVERAGE_SOME),
		ROW("ContainerStart", COVERAGE_NONE),
		ROW("TaskInspect", COVERAGE_NONE),
		ROW("ContainerExec", COVERAGE_NONE),
		ROW("SystemPing", COVERAGE_NONE),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(verdict_coverage(&policy->profiles[0],
			      operation_named(span_of(rows[i].name))) ==
			      rows[i].coverage,
		    "%s", rows[i].name);
	policy_free(policy);
}

Test(verdict, explains_itself_to_client_and_operator)
{
	static const struct {
		const char *line;
		const char *message;
		const char *hint;
	} rows[] = {
		ROW("POST /v1.41/containers/web/start?x=1",
		    "profile web does not allow ContainerStart (POST "
		    "/containers/web/start)",
		    "[allow] operation = ContainerStart"),
		ROW("POST /containers/web/exec",
		    "profile web does not allow ContainerExec (POST "
		    "/containers/web/exec)",
		    "[allow] operation = ContainerExec"),
		ROW("POST /session",
		    "profile web does not allow Session (POST /session)",
		    "[allow] root-equivalent = Session"),
		ROW("POST /containers/web/stop",
		    "profile web does not allow ContainerStop (POST "
		    "/containers/web/stop)",
		    "change web.ini:4"),
		ROW("GET /tasks/t",
		    "profile web does not allow TaskInspect (GET /tasks/t)",
		    "change web.ini:5"),
		ROW("BREW /coffee",
		    "profile web does not allow BREW /coffee: no operation of "
		    "the API",
		    ""),
		ROW("GET /_ping",
		    "profile web does not allow SystemPing (GET /_ping)",
		    "[deny] operation = SystemPing"),
	};
	struct policy *policy = policies_web("[allow]\n"
					     "operation = SystemPing\n"
					     "[deny]\n"
					     "operation = ContainerStop\n"
					     "request = GET /tasks/*\n");
	char memory[4096];
	struct verdict verdict;
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		verdict = judge(policy, rows[i].line);
		text = TEXT(memory);
		verdict_message(
		    &verdict, &policy->profiles[0], &request, &text);
		cases_same(
		    rows[i].line, text_span(&text), span_of(rows[i].message));
		text = TEXT(memory);
		verdict_hint(&verdict, policy, &request, &text);
		cases_same(
		    rows[i].line, text_span(&text), span_of(rows[i].hint));
	}
	policy_free(policy);
}

/* Only what somebody looks into, and nobody has said not to. */
Test(verdict_of, says_what_must_be_looked_into)
{
	static const struct {
		const char *line;
		bool inspect;
	} rows[] = {
		ROW("POST /containers/create", true),
		ROW("POST /containers/a/exec", false),
		ROW("POST /exec/e/start", true),
		ROW("POST /volumes/create", true),
		ROW("POST /containers/a/start", false),
		ROW("GET /containers/json", false),
	};
	struct policy *policy =
	    policies_web("[allow]\noperation = Container* Exec* VolumeCreate\n"
			 "root-equivalent = ContainerExec\n");
	struct verdict verdict;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		verdict = judge(policy, rows[i].line);
		cr_expect(verdict.decision == DECIDE_ALLOW, "%s", rows[i].line);
		cr_expect(
		    verdict.inspect == rows[i].inspect, "%s", rows[i].line);
	}
	policy_free(policy);
}

Test(verdict_of, looks_into_nothing_that_is_denied)
{
	struct policy *policy =
	    policies_web("[allow]\noperation = VolumeCreate\n"
			 "[deny]\noperation = VolumeCreate\n");

	cr_expect(not(judge(policy, "POST /volumes/create").inspect));
	cr_expect(not(judge(policy, "POST /containers/create").inspect));
	policy_free(policy);
}

/* What the client is told, and the operator. */
static void
check_field(const struct policy *policy, const struct inspection *inspection,
    const char *message, const char *hint, unsigned line)
{
	struct verdict verdict = verdict_of_inspection(inspection);
	char memory[4096];
	struct text text = TEXT(memory);

	cr_expect(verdict.decision == DECIDE_DENY);
	cr_expect(verdict.reason == REASON_FIELD);
	cr_expect(verdict.origin.line == line);
	verdict_message(&verdict, &policy->profiles[0], &request, &text);
	cases_same("message", text_span(&text), span_of(message));
	text = TEXT(memory);
	verdict_hint(&verdict, policy, &request, &text);
	cases_same("hint", text_span(&text), span_of(hint));
}

static void
look_inside(struct inspection *inspection, const struct policy *policy,
    const char *body)
{
	struct buf out = { 0 };

	judge(policy, "POST /v1.41/volumes/create?x=1");
	*inspection = (struct inspection){ .profile = &policy->profiles[0],
		.request = &request };
	cr_expect(inspect(inspection, span_of(body), &out) == INSPECT_REFUSE);
	cr_expect(out.len == 0);
}

Test(verdict, names_the_field_that_was_refused)
{
	static struct inspection inspection;
	struct policy *policy =
	    policies_web("[allow]\noperation = VolumeCreate\n"
			 "[container]\nlabel = owner=web\n");

	look_inside(&inspection, policy, "{\"Driver\":\"nfs\"}");
	check_field(policy, &inspection,
	    "profile web does not allow VolumeCreate: Driver = \"nfs\" (add "
	    "[volume] driver = nfs, or drop the field)",
	    "[volume] driver = nfs", 0);
	look_inside(&inspection, policy, "{\"X\":1}");
	check_field(policy, &inspection,
	    "profile web does not allow VolumeCreate: X = 1 (a field that is "
	    "not known)",
	    "", 0);
	/* The line of the profile that forbids it. */
	look_inside(&inspection, policy, "{\"Labels\":{\"owner\":\"me\"}}");
	check_field(policy, &inspection,
	    "profile web does not allow VolumeCreate: Labels.owner = \"me\" "
	    "([container] label says another value)",
	    "", 4);
	policy_free(policy);
}

/* What the hint says, done, turns the verdict round. */
Test(verdict, hints_at_what_turns_it_round)
{
	struct verdict verdict = { .decision = DECIDE_DENY };
	struct policy *policy;
	char memory[256];
	struct text text;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		verdict.reason =
		    operations[i].root && !policies_inspects(&operations[i])
			? REASON_ROOT_EQUIVALENT
			: REASON_NOT_ALLOWED;
		request.operation = &operations[i];
		text = TEXT(memory);
		text_add(&text, SPAN("[allow]\n"));
		verdict_hint(&verdict, NULL, &request, &text);
		text_char(&text, '\0');
		memmove(memory + 8, memory + 16, text.len - 16);
		policy = policies_web(memory);
		cr_expect(verdict_coverage(&policy->profiles[0],
			      &operations[i]) == COVERAGE_ALL,
		    "%s", memory);
		policy_free(policy);
	}
}

Test(reason_name, is_part_of_the_logs_format)
{
	static const char *const names[] = {
		[REASON_UNKNOWN_OPERATION] = "unknown-operation",
		[REASON_NOT_ALLOWED] = "not-allowed",
		[REASON_ROOT_EQUIVALENT] = "root-equivalent",
		[REASON_DENIED] = "denied",
		[REASON_FIELD] = "field",
		[REASON_ALLOWED] = "allowed",
	};
	size_t i;

	for (i = 0; i < CASES(names); i++)
		cases_same(names[i], span_of(reason_name((enum reason)i)),
		    span_of(names[i]));
}
