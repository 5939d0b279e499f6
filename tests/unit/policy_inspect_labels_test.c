/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

/* Volumes are the plainest things that have labels. */
#define VOLUME(name, profile, body, wanted)                                  \
	{                                                                    \
		name, "[container]\n" profile, "POST /volumes/create", body, \
		    wanted,                                                  \
		{                                                            \
			{                                                    \
				0                                            \
			}                                                    \
		}                                                            \
	}

static const struct inspections_row rows[] = {
	VOLUME("nothing is said", "", "{\"Labels\":{\"a\":\"b\"}}",
	    "{\"Labels\":{\"a\":\"b\"}}"),
	VOLUME("nothing is said and none are there", "", "{}", "{}"),
	VOLUME("one is set", "label = owner=web\n", "{}",
	    "{\"Labels\":{\"owner\":\"web\"}}"),
	VOLUME("one is set where there is null", "label = owner=web\n",
	    "{\"Labels\":null}", "{\"Labels\":{\"owner\":\"web\"}}"),
	VOLUME("one more is set", "label = owner=web\n",
	    "{\"Labels\":{\"a\":\"b\"}}",
	    "{\"Labels\":{\"a\":\"b\",\"owner\":\"web\"}}"),
	VOLUME("two are set", "label = a=1 b=2=3\n", "{}",
	    "{\"Labels\":{\"a\":\"1\",\"b\":\"2=3\"}}"),
	VOLUME("it is there", "label = owner=web\n",
	    "{\"Labels\":{\"owner\":\"web\"}}",
	    "{\"Labels\":{\"owner\":\"web\"}}"),
	VOLUME("another value is there", "label = owner=web\n",
	    "{\"Labels\":{\"owner\":\"db\"}}",
	    "403 Labels.owner = \"db\" ([container] label says another "
	    "value)"),
	VOLUME("nothing is there as its value", "label = owner=web\n",
	    "{\"Labels\":{\"owner\":\"\"}}", "403 Labels.owner*"),
	VOLUME("an empty value is set", "label = owner=\n", "{}",
	    "{\"Labels\":{\"owner\":\"\"}}"),
	VOLUME("one is required", "label-required = com.example.*\n",
	    "{\"Labels\":{\"com.example\":\"b\"}}",
	    "403 Labels.com.example.* ([container] label-required wants such "
	    "a label)"),
	VOLUME("one is required and there", "label-required = com.example.*\n",
	    "{\"Labels\":{\"a\":\"\",\"com.example.x\":\"\"}}",
	    "{\"Labels\":{\"a\":\"\",\"com.example.x\":\"\"}}"),
	VOLUME("one is required of none", "label-required = team\n", "{}",
	    "403 Labels.team*"),
	VOLUME("each is required", "label-required = team cost\n",
	    "{\"Labels\":{\"team\":\"a\"}}", "403 Labels.cost*"),
	VOLUME("what is set is there",
	    "label = team=a\nlabel-required = team\n", "{}",
	    "{\"Labels\":{\"team\":\"a\"}}"),
	VOLUME("nothing can carry one", "label = team=a\n", "",
	    "400 a body is needed"),
};

Test(policy_inspect_labels, are_set_and_required)
{
	inspections_check(rows, CASES(rows));
}

Test(policy_inspect_labels, know_a_good_word)
{
	cr_expect(check_label(SPAN("a=b")) == NULL);
	cr_expect(check_label(SPAN("a=")) == NULL);
	cr_expect(check_label(SPAN("a=b=c")) == NULL);
	cr_expect(check_label(SPAN("=b")) != NULL);
	cr_expect(check_label(SPAN("a")) != NULL);
	cr_expect(check_label(SPAN("")) != NULL);
}
