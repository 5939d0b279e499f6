/* SPDX-License-Identifier: MIT */
/* What a profile comes to: the worst of it, and why. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/reach.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(reach_name, has_a_name_for_each)
{
	cr_expect(eq(str, (char *)reach_name(REACH_NOTHING), "nothing risky"));
	cr_expect(eq(str, (char *)reach_name(REACH_SECRETS), "reads secrets"));
	cr_expect(eq(
	    str, (char *)reach_name(REACH_OTHERS), "changes what others own"));
	cr_expect(eq(str, (char *)reach_name(REACH_ROOT), "root on the host"));
}

Test(reach_of, is_the_worst_of_what_is_allowed)
{
	static const struct {
		const char *text;
		enum reach reach;
	} rows[] = {
	/* Nothing that is not allowed counts, whatever is said. */
		{"",											     REACH_NOTHING},
		{ "[container]\nprivileged = yes\n",							     REACH_NOTHING},
		{ "[allow]\noperation = SystemPing ImageList\n",
		    REACH_NOTHING												},
		{ "[allow]\noperation = ContainerLogs\n",							  REACH_SECRETS},
		{ "[allow]\noperation = ContainerInspect\n",						     REACH_SECRETS},
		{ "[allow]\noperation = ContainerStop\n",							  REACH_OTHERS },
		{ "[allow]\nrequest = POST /containers/web/stop\n",
		    REACH_OTHERS												 },
		{ "[allow]\noperation = ContainerPrune\n",							   REACH_OTHERS },
		{ "[allow]\noperation = SystemPing ContainerStop\n"
		  "[deny]\noperation = ContainerStop\n",					REACH_NOTHING},
		{ "[allow]\nroot-equivalent = ContainerCreate\n",						  REACH_ROOT   },
 /* Others have volumes, too. */
		{ "[allow]\noperation = ContainerCreate\n",							    REACH_OTHERS },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\n",					       REACH_NOTHING},
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine *\n",					     REACH_OTHERS },
		{ "[allow]\noperation = ImageCommit\n",							  REACH_SECRETS},
		{ "[allow]\nroot-equivalent = ContainerCreate\n"
		  "[deny]\noperation = ContainerCreate\n",				      REACH_NOTHING},
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\nprivileged = yes\n",			     REACH_ROOT   },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\nprivileged = no\n",			      REACH_NOTHING},
 /* Another operation's key. */
		{ "[allow]\noperation = VolumeCreate\n"
		  "[container]\nprivileged = yes\n",					    REACH_NOTHING},
		{ "[allow]\noperation = VolumeCreate\n"
		  "[volume]\ndriver-option = type=none\n",				      REACH_ROOT   },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\ncapability = CHOWN NET_RAW\n",		    REACH_NOTHING},
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\ncapability = CHOWN NET_ADMIN\n",		    REACH_OTHERS },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\ncapability = SYS_ADMIN\n",		       REACH_ROOT   },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\ncapability = ALL\n",			     REACH_ROOT   },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\nnamespace = uts:host\n",			 REACH_OTHERS },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\nnamespace = pid:host\n",			 REACH_ROOT   },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nvolume = mine\nmemory-max = 1G\nimage = web\nuser = nonroot\n",
		    REACH_NOTHING												},
	};
	struct policy *policy;
	enum reach reach;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		reach = reach_of(&policy->profiles[0]);
		cr_expect(reach == rows[i].reach, "%s: %s", rows[i].text,
		    reach_name(reach));
		policy_free(policy);
	}
}

static char memory[4096];
static struct text told;

static void
add_cause(void *arg, const struct reach_cause *cause)
{
	cr_assert(arg == memory);
	text_format(&told, "%d %s", (int)cause->reach, cause->operation->name);
	if (cause->key != KEY_NONE)
		text_format(&told, " %s", section_rows[cause->key].name);
	if (cause->rule != NULL)
		text_format(&told, "=%s@%u", cause->rule->text,
		    (unsigned)cause->rule->origin.line);
	text_char(&told, '\n');
}

Test(reach_each, tells_every_cause_once)
{
	static const struct {
		const char *text;
		const char *causes;
	} rows[] = {
		{"[allow]\noperation = SystemPing\n",						       ""				  },
		{ "[allow]\noperation = ContainerStop ContainerLogs\n",
		    "1 ContainerLogs\n2 ContainerStop\n"									     },
		{ "[allow]\nroot-equivalent = ContainerCreate\n"
		  "[container]\nprivileged = yes\n",				"3 ContainerCreate\n"	  },
		{ "[allow]\noperation = ContainerCreate\n"
		  "[container]\nprivileged = yes\n"
		  "capability = CHOWN SYS_TIME\ncapability = ALL\nvolume = mine\n",
		    "2 ContainerCreate capability=SYS_TIME@5\n"
		    "3 ContainerCreate capability=ALL@6\n"
		    "3 ContainerCreate privileged\n"									      },
 /* Each operation that asks for a key tells of it. */
		{ "[allow]\noperation = ContainerExec ExecStart\n"
		  "[exec]\ncommand = [\"ls\"]\nprivileged = yes\n",		    "*2 ContainerExec command=[\"ls\"]@4\n*"
		    "3 ContainerExec privileged\n*"
		    "2 ExecStart command=[\"ls\"]@4\n"
		    "3 ExecStart privileged\n"},
	};
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		told = TEXT(memory);
		reach_each(&policy->profiles[0], add_cause, memory);
		cr_expect(
		    glob_matches(span_of(rows[i].causes), text_span(&told)),
		    "%s\nwanted:\n%s\ngot:\n%.*s", rows[i].text, rows[i].causes,
		    SPAN_ARG(text_span(&told)));
		policy_free(policy);
	}
}

static void
add_note(void *arg, const char *note)
{
	cr_assert(arg == memory);
	text_add(&told, span_of(note));
	text_char(&told, '\n');
}

Test(reach_notes, warns_of_images_that_can_be_replaced)
{
	static const struct {
		const char *text;
		const char *notes;
	} rows[] = {
		{"[allow]\noperation = ImageTag\n[image]\ntag = *\n",			       ""				  },
 /* A tag that nothing allows is no danger. */
		{ "[allow]\noperation = ImageTag\n[container]\nimage = web\n",
		    ""														   },
		{ "[container]\nimage = web\n[image]\ntag = *\n",				  ""				     },
		{ "[allow]\noperation = ImageTag\n[container]\nimage = web\n"
		  "[image]\ntag = *\n",					   "ImageTag can give the name of *\n"},
		{ "[allow]\noperation = ImageLoad\n[container]\nimage = web\n"
		  "[image]\nload = yes\n",					"ImageLoad can bring *\n"	      },
		{ "[allow]\noperation = Image*\n[container]\nimage = web\n"
		  "[image]\ntag = *\nload = yes\nimport = yes\n",		    "ImageTag *\nImageCommit *\nImageBuild *\nImageCreate *\n"
		    "ImageLoad *\n"		    },
		{ "[allow]\noperation = Image*\n[container]\nimage = web\n"
		  "[image]\ntag = *\n[deny]\noperation = ImageTag ImageCommit\n",
		    "ImageBuild *\n"												     },
	};
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		told = TEXT(memory);
		reach_notes(&policy->profiles[0], add_note, memory);
		cr_expect(
		    glob_matches(span_of(rows[i].notes), text_span(&told)),
		    "%s: %.*s", rows[i].text, SPAN_ARG(text_span(&told)));
		policy_free(policy);
	}
}

/* A flag that says no, and an operation that nobody judges. */
Test(reach_notes, follows_what_is_in_force)
{
	static const struct {
		const char *text;
		const char *notes;
	} rows[] = {
		{"[allow]\noperation = ImageLoad\n[container]\nimage = web\n"
		  "[image]\nload = no\n",	    ""		       },
		{ "[allow]\nroot-equivalent = ImageBuild\n"
		  "[container]\nimage = web\n", "ImageBuild can give *\n"},
	};
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		told = TEXT(memory);
		reach_notes(&policy->profiles[0], add_note, memory);
		cr_expect(
		    glob_matches(span_of(rows[i].notes), text_span(&told)),
		    "%s: %.*s", rows[i].text, SPAN_ARG(text_span(&told)));
		policy_free(policy);
	}
}

/* What runs elsewhere may run where there is the host. */
Test(reach_notes, tells_of_commands_in_other_containers)
{
	static const struct {
		const char *text;
		bool told;
	} rows[] = {
		{"[allow]\noperation = ContainerExec\n",			  false},
		{ "[exec]\ncommand = *\n",				   false},
		{ "[allow]\noperation = ContainerExec\n"
		  "[exec]\ncommand = [\"id\"]\n",	    true },
		{ "[allow]\noperation = ExecStart\n[exec]\ncommand = *\n",
		    true							   },
		{ "[allow]\noperation = ContainerAttach\n",		    false},
		{ "[allow]\noperation = ContainerAttach\n"
		  "[container]\nstdin = yes\n",	    true },
		{ "[allow]\noperation = ContainerAttachWebsocket\n"
		  "[container]\nstdin = yes\n",	    true },
		{ "[allow]\noperation = PutContainerArchive\n",		false},
		{ "[allow]\noperation = PutContainerArchive\n"
		  "[container]\narchive = /data\n",	    true },
		{ "[allow]\nroot-equivalent = ContainerExec\n",		true },
	};
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		told = TEXT(memory);
		reach_notes(&policy->profiles[0], add_note, memory);
		cr_expect(rows[i].told == (told.len > 0), "%s", rows[i].text);
		policy_free(policy);
	}
}

Test(reach_of, counts_the_links_below_a_process_of_the_hosts)
{
	static const struct {
		const char *bind;
		enum reach reach;
	} rows[] = {
		ROW("/proc", REACH_SECRETS),
		ROW("/proc/1/root", REACH_ROOT),
		ROW("/proc/self/cwd/etc", REACH_ROOT),
		ROW("/proc/*", REACH_ROOT),
		ROW("/process/*", REACH_SECRETS),
	};
	struct policy *policy;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text),
		    "[allow]\noperation = ContainerCreate\n[container]\n"
		    "volume = -\nbind = %s\n",
		    rows[i].bind);
		policy = policies_web(text);
		cr_expect(
		    eq(int, reach_of(&policy->profiles[0]), rows[i].reach),
		    "%s", rows[i].bind);
		policy_free(policy);
	}
}

static void
on_note(void *arg, const char *note)
{
	*(const char **)arg = note;
}

Test(reach_of, counts_what_passes_while_a_profile_observes)
{
	static const struct {
		const char *text;
		enum reach reach;
		const char *note; /* its beginning, or none */
	} rows[] = {
		ROW("[profile]\nmode = enforce\nobserve-root = yes\n",
		    REACH_NOTHING, ""),
		ROW("[profile]\nmode = observe\n", REACH_OTHERS,
		    "it observes: what it would deny*"),
		ROW("[profile]\nmode = observe\nobserve-root = no\n",
		    REACH_OTHERS, "it observes: *"),
		ROW("[profile]\nmode = observe\nobserve-root = yes\n",
		    REACH_ROOT, "it observes, root included: *"),
		ROW("[profile]\nmode = observe\n"
		    "[allow]\nroot-equivalent = Session\n",
		    REACH_ROOT, "it observes: *"),
	};
	struct policy *policy;
	const char *note;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		cr_expect(
		    eq(int, reach_of(&policy->profiles[0]), rows[i].reach),
		    "%s", rows[i].text);
		note = "";
		reach_notes(&policy->profiles[0], on_note, &note);
		cr_expect(glob_matches(span_of(rows[i].note), span_of(note)),
		    "%s", note);
		policy_free(policy);
	}
}
