/* SPDX-License-Identifier: MIT */
/* Putting a suggestion into a file: where lines go, what is left out, and the
 * difference as patch(1) takes it. That patch(1) does is in test_suggest.py. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/merge.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* What the request needs, in lines; each is an operation if it begins without
 * a bracket. */
static void
check(const char *name, const char *text, const char *needs, const char *diff,
    const char *remarks)
{
	struct suggestion *suggestion = suggestion_new("web");
	struct policy *policy = policies_web(text);
	struct span rest = span_of(needs), line;
	struct merge merge = { 0 };

	while (span_word(&rest, "\n", &line)) {
		if (*line.at == '[')
			cr_assert(suggestion_need(suggestion, line, false));
		else
			suggestion_operation(
			    suggestion, operation_named(line), false);
	}
	merge_suggestion(
	    &merge, suggestion, &policy->profiles[0], span_of(text), "web.ini");
	cases_same(name, buf_span(&merge.diff), span_of(diff));
	cases_same(name, buf_span(&merge.remarks), span_of(remarks));
	merge_clear(&merge);
	policy_free(policy);
	suggestion_free(suggestion);
}

#define HEAD "--- web.ini\n+++ web.ini\n"

Test(merge, adds_lines_where_their_section_ends)
{
	check("into the middle",
	    "; one\n[allow]\n; two\noperation = ContainerList\n\n; three\n"
	    "[limits]\nbody = 1M\n; four\n",
	    "ContainerList\nContainerStop\n",
	    HEAD "@@ -2,6 +2,8 @@\n [allow]\n ; two\n"
		 " operation = ContainerList\n+; 1 time\n"
		 "+operation = ContainerStop\n \n ; three\n [limits]\n",
	    "");
	check("into a file without lines", "", "ContainerStop\n",
	    HEAD "@@ -0,0 +1,3 @@\n+[allow]\n+; 1 time\n"
		 "+operation = ContainerStop\n",
	    "");
	check("behind a line that does not end", "[allow]", "ContainerStop\n",
	    HEAD "@@ -1 +1,3 @@\n-[allow]\n\\ No newline at end of file\n"
		 "+[allow]\n+; 1 time\n+operation = ContainerStop\n",
	    "");
	check("a new section", "[allow]\noperation = ImageCreate\n",
	    "ImageCreate\n[image] tag = docker.io/a/b:1\n",
	    HEAD "@@ -1,2 +1,6 @@\n [allow]\n operation = ImageCreate\n+\n"
		 "+[image]\n+; 1 time\n+tag = docker.io/a/b:1\n",
	    "");
	check("before a new section, in the last one",
	    "[allow]\noperation = ImageTag\n[image]\nload = yes\n",
	    "ImageTag\n[container] stdin = yes\n[image] tag = x/y:1\n"
	    "[image] load = yes\n",
	    HEAD "@@ -2,3 +2,9 @@\n operation = ImageTag\n [image]\n"
		 " load = yes\n+; 1 time\n+tag = x/y:1\n+\n+[container]\n"
		 "+; 1 time\n+stdin = yes\n",
	    "");
	check("in two hunks",
	    "[allow]\noperation = ImageTag\n;\n;\n;\n;\n;\n;\n;\n[image]\n"
	    "tag = a\n",
	    "ImageTag\nImageLoad\n[image] load = yes\n[image] tag = a\n",
	    HEAD "@@ -1,5 +1,7 @@\n [allow]\n operation = ImageTag\n"
		 "+; 1 time\n+operation = ImageLoad\n ;\n ;\n ;\n"
		 "@@ -9,3 +11,5 @@\n ;\n [image]\n tag = a\n"
		 "+; 1 time\n+load = yes\n",
	    "");
}

Test(merge, adds_nothing_that_is_there_or_would_take_away)
{
	check("in other words",
	    "[allow]\noperation = ImageCreate\n"
	    "[image]\npull = docker.io/*\ntag = x\n",
	    "ImageCreate\n[image] pull = docker.io/library/a:1\n", "",
	    "there and not needed: [image] tag = x\n");
	check("any will do", "[allow]\noperation = ContainerCreate\n",
	    "ContainerCreate\n[container] image = docker.io/library/a:1\n", "",
	    "not added, since any will do now: [container] image = "
	    "docker.io/library/a:1 (1 time)\n");
	check("not seen",
	    "[allow]\noperation = ContainerStop ImageTag\n"
	    "[container]\nprivileged = yes\nlabel = a=b\n",
	    "ContainerStop\n", "",
	    "allowed and not seen: ImageTag\n"
	    "there and not needed: [container] privileged = yes\n");
}
