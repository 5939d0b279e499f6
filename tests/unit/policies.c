/* SPDX-License-Identifier: MIT */
/* Loading policies from texts, and reading complaints: see policies.h. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/text.h"
#include "policy/verdict.h"
#include "tests/unit/policies.h"

static bool
find_user(void *context, const char *name, uid_t *uid)
{
	(void)context;
	if (strcmp(name, "alice") != 0)
		return false;
	*uid = 1000;
	return true;
}

static bool
find_group(void *context, const char *name, gid_t *gid)
{
	(void)context;
	if (strcmp(name, "staff") != 0)
		return false;
	*gid = 50;
	return true;
}

const struct name_lookup policies_lookup = { find_user, find_group, NULL };

static void
join(const struct complaints *complaints, struct text *text)
{
	const struct complaint *complaint;
	size_t i;

	for (i = 0; i < complaints->len; i++) {
		complaint = &complaints->list[i];
		text_add(text, span_of(complaint->file));
		if (complaint->line != 0)
			text_format(text, ":%u", complaint->line);
		text_add(text, SPAN(": "));
		text_add(text, span_of(complaint->text));
		text_char(text, '\n');
	}
	cr_assert(not(text->full));
}

struct policy *
policies_load(const struct profile_source *sources, size_t len)
{
	struct complaints complaints = { 0 };
	struct policy *policy;

	policy = policy_load(sources, len, &policies_lookup, &complaints);
	policies_complaints("a good policy", &complaints, "");
	cr_assert(policy != NULL);
	complaints_clear(&complaints);
	return policy;
}

bool
policies_inspects(const struct operation *operation)
{
	const struct inspector *inspectors[OPERATIONS_MAX] = { NULL };

	inspect_list(inspectors);
	return inspectors[operation - operations] != NULL;
}

struct policy *
policies_web(const char *text)
{
	const struct profile_source source = { "web", "web.ini",
		span_of(text) };

	return policies_load(&source, 1);
}

void
policies_complaints(
    const char *name, const struct complaints *complaints, const char *wanted)
{
	char memory[8192];
	struct text text = TEXT(memory);

	join(complaints, &text);
	cr_expect(glob_matches(span_of(wanted), text_span(&text)),
	    "%s:\nwanted:\n%s\ngot:\n%.*s", name, wanted,
	    SPAN_ARG(text_span(&text)));
}

void
policies_refused(const char *name, const struct profile_source *sources,
    size_t len, const char *wanted)
{
	struct complaints complaints = { 0 };
	struct policy *policy;

	policy = policy_load(sources, len, &policies_lookup, &complaints);
	cr_expect(policy == NULL, "%s: is let through", name);
	policies_complaints(name, &complaints, wanted);
	policy_free(policy);
	complaints_clear(&complaints);
}

void
policies_refused_web(const char *name, const char *text, const char *wanted)
{
	const struct profile_source source = { "web", "web.ini",
		span_of(text) };

	policies_refused(name, &source, 1, wanted);
}

bool
policies_read(
    struct policies_reading *reading, const char *name, struct span in)
{
	size_t used;

	memset(reading, 0x55, sizeof(*reading)); /* nothing of it counts */
	cr_assert(http_request(in, &reading->head, &used) == HTTP_OK, "%s: %s",
	    name, reading->head.why);
	cr_assert(eq(sz, used, in.len), "%s", name);
	return request_read(&reading->request, &reading->head, &reading->fault);
}

const char *
policies_allowed(const struct profile *profile)
{
	static char memory[8192];
	struct text text = { memory, 0, sizeof(memory) - 1, false };
	size_t i;

	for (i = 0; i < operations_len; i++) {
		switch (verdict_coverage(profile, &operations[i])) {
		case COVERAGE_NONE:
			continue;
		case COVERAGE_SOME:
			text_char(&text, '~');
			break;
		case COVERAGE_ALL:
			break;
		}
		text_add(&text, span_of(operations[i].name));
		text_char(&text, ' ');
	}
	cr_assert(not(text.full));
	memory[text.len] = '\0';
	return memory;
}
