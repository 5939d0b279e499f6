/* SPDX-License-Identifier: MIT */
/* Imports: the first byte chooses the kind and what the rest is: a file of one
 * of three names, or behind bytes 0x1e, flags; from 0x80 on, an expression.
 * Either there is an error, or there is a profile that
 *   - loads without a complaint;
 *   - has short lines of printable bytes.
 * And an expression means the same beside others, and not more with anchors.
 */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/import/import.h"
#include "policy/import/regex.h"
#include "policy/profile.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FLAGS_MAX = 8,
	SIZE_MAX_TRIED = 2048 /* more is only slow */
};

static bool
find_user(void *context, const char *name, uid_t *uid)
{
	(void)context;
	(void)name;
	(void)uid;
	return false;
}

static bool
find_group(void *context, const char *name, gid_t *gid)
{
	(void)context;
	(void)name;
	(void)gid;
	return false;
}

static void
check_lines(struct span text)
{
	struct span line;
	size_t i;

	while (span_word(&text, "\n", &line)) {
		assert(line.len <= 198);
		for (i = 0; i < line.len; i++)
			assert(line.at[i] >= ' ' && line.at[i] <= '~');
	}
}

static void
check_profile(struct span text)
{
	static const struct name_lookup lookup = { find_user, find_group,
		NULL };
	const struct profile_source source = { "web", "web.ini", text };
	struct complaints complaints = { 0 };
	struct policy *policy;

	check_lines(text);
	policy = policy_load(&source, 1, &lookup, &complaints);
	assert(policy != NULL && complaints.len == 0);
	policy_free(policy);
}

/* What it makes of an expression must not depend on others beside it, and must
 * obey the anchors. */
static void
check_regex(struct span text)
{
	static const char *const subjects[] = { "", "/", "/a", "/_ping",
		"/v1.41/containers/json" };
	struct machine machine = { 0 };
	bool first[3], again[3];
	char anchored[300];
	struct err err;
	size_t i;

	if (text.len > 256 || memchr(text.at, '\0', text.len) != NULL ||
	    regex_add(&machine, text, &err) == -1) {
		assert(machine.states_len == 0);
		machine_clear(&machine);
		return;
	}
	anchored[0] = '^';
	anchored[1] = '(';
	memcpy(anchored + 2, text.at, text.len);
	memcpy(anchored + 2 + text.len, ")$", 2);
	for (i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		machine_read(&machine, span_of(subjects[i]), first);
		if (machine.patterns == 1 &&
		    regex_add(&machine, (struct span){ anchored, text.len + 4 },
			&err) == -1)
			break;
		machine_read(&machine, span_of(subjects[i]), again);
		assert(first[0] == again[0]);
		assert(!again[1] || again[0]);
	}
	machine_clear(&machine);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = { "x", "x.env", "x.yaml" };
	struct complaints warnings = { 0 };
	struct import_input input = { 0 };
	struct buf profile = { 0 };
	char *flags[FLAGS_MAX + 1] = { NULL }, *copy;
	struct span rest, word;
	struct err err;
	size_t len = 0;

	if (size < 2 || size > SIZE_MAX_TRIED)
		return 0;
	check_regex((struct span){ (const char *)data + 1, size - 1 });
	input.kind = (enum import_kind)(1 + data[0] % 6);
	copy = strndup((const char *)data + 1, size - 1);
	assert(copy != NULL);
	rest = span_of(copy);
	if (data[0] < 0x80 && span_word(&rest, "\x1e", &word)) {
		input.file = files[data[0] / 6 % 3];
		input.text = word;
		while (len < FLAGS_MAX && span_word(&rest, "\x1e", &word))
			flags[len++] = strndup(word.at, word.len);
		if (len > 0 && import_takes_flags(input.kind))
			input.flags = flags;
		err.text[0] = '\0';
		if (import_profile(&input, &profile, &warnings, &err) == 0)
			check_profile(buf_span(&profile));
		else
			assert(err.text[0] != '\0' && profile.len == 0);
	}
	while (len > 0)
		free(flags[--len]);
	free(copy);
	complaints_clear(&warnings);
	buf_clear(&profile);
	return 0;
}
