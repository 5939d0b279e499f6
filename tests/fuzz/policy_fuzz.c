/* SPDX-License-Identifier: MIT */
/* Profiles: the input is the text of "web", and behind a byte 0x1e that of
 * "other". Either there is a policy, or there are complaints that name a file
 * and a line of it. In a policy
 *   - every rule stands where it says, in a line that can mean it;
 *   - what can give root, and what nobody looks into, is allowed by nothing
 *     but its full name in a "root-equivalent" line;
 *   - deny beats allow.
 * The same text is read as the program's settings too. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/config.h"
#include "policy/preset.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct profile_source sources[2];

static bool
find_user(void *context, const char *name, uid_t *uid)
{
	(void)context;
	*uid = 1000;
	return strcmp(name, "alice") == 0;
}

static bool
find_group(void *context, const char *name, gid_t *gid)
{
	(void)context;
	*gid = 50;
	return strcmp(name, "staff") == 0;
}

/* The text of a source or of a preset. */
static struct span
text_of(const char *file)
{
	const struct preset *preset;
	size_t i;

	for (i = 0; i < 2; i++)
		if (strcmp(sources[i].file, file) == 0)
			return sources[i].text;
	assert(strncmp(file, "preset:", 7) == 0);
	preset = preset_named(file + 7);
	assert(preset != NULL);
	return span_of(preset->text);
}

/* A line of it; it must be there. */
static struct span
line_of(const char *file, unsigned number)
{
	struct span rest = text_of(file), line;
	const char *end;

	for (;;) {
		assert(number > 0 && rest.len > 0);
		end = memchr(rest.at, '\n', rest.len);
		line.at = rest.at;
		line.len = end == NULL ? rest.len : (size_t)(end - rest.at);
		if (--number == 0)
			return line;
		rest.at += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
	}
}

static void
check_complaints(const struct complaints *complaints)
{
	const struct complaint *complaint;
	size_t i;

	for (i = 0; i < complaints->len; i++) {
		complaint = &complaints->list[i];
		assert(*complaint->file != '\0');
		assert(*complaint->text != '\0');
		if (complaint->line != 0)
			line_of(complaint->file, complaint->line);
	}
}

/* A rule's line, which begins with this key; and where that names operations
 * in full, names this one. */
static void
check_line(const struct policy *policy, struct origin origin,
    const struct operation *operation)
{
	struct span line = line_of(policy_file(policy, origin), origin.line);
	struct span key, word;

	assert(span_word(&line, " \t=", &key));
	if (!span_eq(key, SPAN("root-equivalent"))) {
		assert(span_eq(key, SPAN("operation")) ||
		       span_eq(key, SPAN("group")) ||
		       span_eq(key, SPAN("request")));
		return;
	}
	while (span_word(&line, " \t=", &word))
		if (span_eq(word, span_of(operation->name)))
			return;
	abort();
}

static bool
is_root_line(const struct policy *policy, struct origin origin)
{
	return span_starts(line_of(policy_file(policy, origin), origin.line),
	    SPAN("root-equivalent"));
}

static void
check_rules(const struct policy *policy, const struct profile *profile)
{
	const struct pattern *pattern;
	size_t i, k;
	bool root;

	for (i = 0; i < operations_len; i++) {
		if (profile->allow[i].line != 0) {
			check_line(policy, profile->allow[i], &operations[i]);
			root = is_root_line(policy, profile->allow[i]);
			assert(profile->unjudged[i] == root);
			assert(root || !operations[i].root ||
			       profile->inspectors[i] != NULL);
		}
		if (profile->deny[i].line != 0) {
			check_line(policy, profile->deny[i], &operations[i]);
			assert(!is_root_line(policy, profile->deny[i]));
		}
	}
	for (i = 0; i < profile->patterns_len; i++) {
		pattern = &profile->patterns[i];
		k = (size_t)(pattern->operation - operations);
		assert(pattern->deny || !pattern->operation->root ||
		       profile->inspectors[k] != NULL);
		check_line(policy, pattern->origin, pattern->operation);
		assert(pattern->globs[0] != NULL);
	}
}

/* What the profile's rules say, asked one by one. */
static bool
is_named(
    const struct profile *profile, const struct request *request, bool deny)
{
	size_t i = (size_t)(request->operation - operations), k;
	const struct pattern *pattern;
	bool matches;

	if ((deny ? profile->deny : profile->allow)[i].line != 0)
		return true;
	for (i = 0; i < profile->patterns_len; i++) {
		pattern = &profile->patterns[i];
		matches = pattern->deny == deny &&
			  pattern->operation == request->operation;
		for (k = 0; k < OPERATION_ARGUMENTS; k++)
			if (pattern->globs[k] != NULL &&
			    !glob_matches(span_of(pattern->globs[k]),
				request->arguments[k]))
				matches = false;
		if (matches)
			return true;
	}
	return false;
}

static void
check_verdicts(const struct profile *profile)
{
	static struct request request;
	struct verdict verdict;
	bool allowed;
	size_t i;

	request.arguments[0] = SPAN("web");
	request.arguments[1] = SPAN("other");
	for (i = 0; i < operations_len; i++) {
		request.operation = &operations[i];
		verdict = verdict_of(profile, &request);
		allowed = is_named(profile, &request, false) &&
			  !is_named(profile, &request, true);
		assert((verdict.decision == DECIDE_ALLOW) == allowed);
		assert((verdict.reason == REASON_ALLOWED) == allowed);
		assert(!allowed || verdict.inspect || profile->unjudged[i] ||
		       profile->inspectors[i] == NULL);
		switch (verdict_coverage(profile, &operations[i])) {
		case COVERAGE_NONE:
			assert(!allowed);
			break;
		case COVERAGE_SOME:
			break;
		case COVERAGE_ALL:
			assert(allowed);
			break;
		}
	}
}

static void
check_profile(const struct policy *policy, const struct profile *profile)
{
	const struct door_options *door = &profile->door;

	assert((door->mode & ~(mode_t)0666) == 0);
	assert(door->path == NULL ||
	       (strlen(door->path) > 0 && strlen(door->path) <= 107));
	assert(profile->connections > 0);
	assert(profile->body > 0);
	check_rules(policy, profile);
	check_verdicts(profile);
}

static void
check_config(struct span text)
{
	struct complaints complaints = { 0 };
	struct config config;

	config_init(&config);
	config_read(&config, text, sources[0].file, &complaints);
	check_complaints(&complaints);
	assert(config.upstream == NULL ||
	       (*config.upstream == '/' && strlen(config.upstream) <= 107));
	assert(config.directory == NULL || *config.directory == '/');
	assert(config.profiles == NULL || *config.profiles == '/');
	assert(config.head >= LIMIT_HEAD_MIN && config.head <= LIMIT_HEAD_MAX);
	complaints_clear(&complaints);
	config_clear(&config);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct name_lookup lookup = { find_user, find_group,
		NULL };
	struct span text = { (const char *)data, size }, other = SPAN("");
	struct complaints complaints = { 0 };
	struct policy *policy;
	const char *cut;
	size_t i;

	if (size > 0 && (cut = memchr(data, 0x1e, size)) != NULL) {
		text.len = (size_t)(cut - text.at);
		other = (struct span){ cut + 1, size - text.len - 1 };
	}
	sources[0] = (struct profile_source){ "web", "web.ini", text };
	sources[1] = (struct profile_source){ "other", "other.ini", other };
	policy = policy_load(sources, 2, &lookup, &complaints);
	if (policy == NULL) {
		assert(complaints.len > 0);
		check_complaints(&complaints);
	} else {
		assert(complaints.len == 0);
		for (i = 0; i < policy->profiles_len; i++)
			check_profile(policy, &policy->profiles[i]);
		policy_free(policy);
	}
	complaints_clear(&complaints);
	check_config(text);
	return 0;
}
