/* SPDX-License-Identifier: MIT */
/* Logs, and what they come to: whatever stands in one, what is suggested is a
 * profile that can be loaded. The input is a log, in lines. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/profile.h"
#include "policy/suggestion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suggestion *suggestion = suggestion_new("web");
	struct span rest = { (const char *)data, size }, line;
	const struct name_lookup nobody = { NULL, NULL, NULL };
	struct complaints complaints = { 0 };
	struct profile_source source;
	struct buf text = { 0 };
	struct policy *policy;

	while (span_word(&rest, "\n", &line))
		suggestion_read(suggestion, line);
	suggestion_write(suggestion, &text);
	source = (struct profile_source){ "web", "web.ini", buf_span(&text) };
	/* More than a file may have is no matter of what is in it. */
	if (size < 16 * 1024) {
		policy = policy_load(&source, 1, &nobody, &complaints);
		if (policy == NULL)
			fprintf(stderr, "%.*s\n%u: %s\n",
			    SPAN_ARG(buf_span(&text)), complaints.list[0].line,
			    complaints.list[0].text);
		assert(policy != NULL);
		policy_free(policy);
	}
	buf_clear(&text);
	suggestion_free(suggestion);
	return 0;
}
