/* SPDX-License-Identifier: MIT */
/* [container] and the other sections that look inside requests: what their
 * keys take, and how several files come together. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect.h"
#include "policy/verdict.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(section_rows, are_complete_and_name_each_key_once)
{
	const struct section_row *row;
	int key, other;

	cr_expect(section_rows[KEY_NONE].section == NULL);
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++) {
		row = &section_rows[key];
		cr_assert(row->section != NULL && row->name != NULL,
		    "number %d has no row", key);
		cr_expect(row->reach <= REACH_ROOT, "%s", row->name);
		cr_expect(row->check == NULL || row->kind == SECTION_WORDS ||
			      row->kind == SECTION_LINES,
		    "[%s] %s: a check that nobody calls", row->section,
		    row->name);
		for (other = KEY_NONE + 1; other < key; other++)
			cr_expect(
			    strcmp(section_rows[other].name, row->name) != 0 ||
				strcmp(section_rows[other].section,
				    row->section) != 0,
			    "[%s] %s stands twice", row->section, row->name);
	}
}

Test(section_find, finds_each_key_in_its_own_section_only)
{
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		cr_expect(section_find(section_rows[key].section,
			      section_rows[key].name) == (enum section_key)key,
		    "%s", section_rows[key].name);
	cr_expect(section_find("container", "command") == KEY_NONE);
	cr_expect(section_find("container", "Image") == KEY_NONE);
	cr_expect(section_find("container", "imag") == KEY_NONE);
	cr_expect(section_find("containers", "image") == KEY_NONE);
	cr_expect(section_find("", "") == KEY_NONE);
	cr_expect(section_find("allow", "operation") == KEY_NONE);
}

/* One key of each kind in each section that has it can be written; a value
 * that is none is refused there. */
Test(section_read, takes_a_value_for_every_flag_and_number)
{
	static const char *const good[] = { [SECTION_FLAG] = "yes",
		[SECTION_SIZE] = "512M",
		[SECTION_CPUS] = "1.5" };
	const struct section_setting *setting;
	const struct section_row *row;
	struct policy *policy;
	char text[256];
	bool is_flag;
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++) {
		row = &section_rows[key];
		if (row->kind == SECTION_WORDS || row->kind == SECTION_LINES)
			continue;
		snprintf(text, sizeof(text), "[%s]\n%s = %s\n", row->section,
		    row->name, good[row->kind]);
		policy = policies_web(text);
		setting = &policy->profiles[0].sections[key];
		is_flag = row->kind == SECTION_FLAG;
		cr_expect(setting->origin.line == 2, "%s", text);
		cr_expect(setting->yes == is_flag, "%s", text);
		cr_expect(is_flag == (setting->number == 0), "%s", text);
		policy_free(policy);
		snprintf(text, sizeof(text), "[%s]\n%s = maybe\n", row->section,
		    row->name);
		policies_refused_web(text, text, "web.ini:2: *is needed\n");
	}
}

/* The words of a key, with a blank behind each, and the line of each. */
static const char *
words(const struct policy *policy, enum section_key key)
{
	static char memory[1024];
	const struct section_setting *setting =
	    &policy->profiles[0].sections[key];
	struct text text = TEXT(memory);
	size_t i;

	for (i = 0; i < setting->len; i++)
		text_format(&text, "%s@%s:%u ", setting->rules[i].text,
		    policy_file(policy, setting->rules[i].origin),
		    (unsigned)setting->rules[i].origin.line);
	text_char(&text, '\0');
	cr_assert(not(text.full));
	return memory;
}

Test(section_read, says_nothing_where_nothing_is_said)
{
	struct policy *policy = policies_web("[container]\n[exec]\n");
	const struct section_setting *setting;
	int key;

	for (key = 0; key < SECTION_KEYS; key++) {
		setting = &policy->profiles[0].sections[key];
		cr_expect(setting->rules == NULL && setting->len == 0 &&
			      !setting->yes && setting->number == 0 &&
			      setting->origin.line == 0,
		    "%d", key);
	}
	policy_free(policy);
}

Test(section_read, adds_words_up_over_lines)
{
	struct policy *policy = policies_web("[container]\n"
					     "volume = data  cache-*\n"
					     "network = web\n"
					     "volume =\tlogs\t \n");

	cr_expect(eq(str, (char *)words(policy, CONTAINER_VOLUME),
	    "data@web.ini:2 cache-*@web.ini:2 logs@web.ini:4 "));
	cr_expect(eq(
	    str, (char *)words(policy, CONTAINER_NETWORK), "web@web.ini:3 "));
	cr_expect(
	    policy->profiles[0].sections[CONTAINER_VOLUME].origin.line == 2);
	policy_free(policy);
}

/* A line with blanks in it is one rule, and its section is its own: the key of
 * that name in another one is another key. */
Test(section_read, takes_a_line_as_a_whole)
{
	struct policy *policy = policies_web("[exec]\n"
					     "command = [\"pg_dump\", \"*\"]\n"
					     "command = [\"ls\"]\n"
					     "user = nonroot\n"
					     "[container]\n"
					     "user = 1000\n");

	cr_expect(eq(str, (char *)words(policy, EXEC_COMMAND),
	    "[\"pg_dump\", \"*\"]@web.ini:2 [\"ls\"]@web.ini:3 "));
	cr_expect(
	    eq(str, (char *)words(policy, EXEC_USER), "nonroot@web.ini:4 "));
	cr_expect(
	    eq(str, (char *)words(policy, CONTAINER_USER), "1000@web.ini:6 "));
	policy_free(policy);
}

Test(section_read, adds_words_up_over_extended_files)
{
	static const struct profile_source sources[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nvolume = data\n"),
		SOURCE("base", "[profile]\nextends = root\n"
			       "[container]\nvolume = logs\nnetwork = n\n"),
		SOURCE("root", "[container]\nnetwork = m\nvolume = data\n"),
	};
	struct policy *policy = policies_load(sources, CASES(sources));
	const struct section_setting *sections = policy->profiles[0].sections;

	cr_expect(eq(str, (char *)words(policy, CONTAINER_VOLUME),
	    "data@web.ini:4 logs@base.ini:4 data@root.ini:3 "));
	cr_expect(eq(str, (char *)words(policy, CONTAINER_NETWORK),
	    "n@base.ini:5 m@root.ini:2 "));
	cr_expect(eq(str,
	    (char *)policy_file(policy, sections[CONTAINER_NETWORK].origin),
	    "base.ini"));
	policy_free(policy);
}

Test(section_read, counts_the_nearest_file_for_what_is_said_once)
{
	static const struct profile_source sources[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nprivileged = no\n"
			      "memory-max = 1G\n"),
		SOURCE("base", "[container]\nprivileged = yes\n"
			       "memory-max = 2G\ncpus-max = 2\n"
			       "bind-as-root = yes\n"),
	};
	struct policy *policy = policies_load(sources, CASES(sources));
	const struct section_setting *near = policy->profiles[0].sections;
	const struct section_setting *far = policy->profiles[1].sections;

	cr_expect(not(near[CONTAINER_PRIVILEGED].yes));
	cr_expect(near[CONTAINER_PRIVILEGED].origin.line == 4);
	cr_expect(near[CONTAINER_MEMORY_MAX].number == 1ULL << 30);
	cr_expect(near[CONTAINER_CPUS_MAX].number == 2000000000);
	cr_expect(near[CONTAINER_BIND_AS_ROOT].yes);
	cr_expect(far[CONTAINER_PRIVILEGED].yes);
	cr_expect(far[CONTAINER_MEMORY_MAX].number == 2ULL << 30);
	policy_free(policy);
}

Test(section_read, reads_processors_to_the_billionth)
{
	static const struct {
		const char *text;
		uint64_t number;
	} rows[] = {
		{"1",		       1000000000	  },
		{ "1.5",		 1500000000	    },
		{ "0.000000001",	 1		   },
		{ "12.345678901",	  12345678901     },
		{ "1000000",	     1000000000000000},
		{ "1000000.999999999", 1000000999999999},
	};
	struct policy *policy;
	char text[128];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[container]\ncpus-max = %s\n",
		    rows[i].text);
		policy = policies_web(text);
		cr_expect(
		    policy->profiles[0].sections[CONTAINER_CPUS_MAX].number ==
			rows[i].number,
		    "%s", rows[i].text);
		policy_free(policy);
	}
}

Test(section_read, refuses_what_is_no_number)
{
	static const struct {
		const char *key;
		const char *value;
		const char *why;
	} rows[] = {
		{"cpus-max",    "0",		   "2 or 1.5"   },
		{ "cpus-max",   "0.0",		     "2 or 1.5"	},
		{ "cpus-max",   ".5",		    "2 or 1.5"   },
		{ "cpus-max",   "1.",		    "2 or 1.5"   },
		{ "cpus-max",   ".",		   "2 or 1.5"   },
		{ "cpus-max",   "-1",		    "2 or 1.5"   },
		{ "cpus-max",   "1,5",		     "2 or 1.5"	},
		{ "cpus-max",   "1.5.1",	       "2 or 1.5"	  },
		{ "cpus-max",   "1.0000000001",	      "2 or 1.5"	 },
		{ "cpus-max",   "1.5M",		      "2 or 1.5"	 },
		{ "cpus-max",   "2M",		    "2 or 1.5"   },
		{ "cpus-max",   "1000001",		 "2 or 1.5"   },
		{ "cpus-max",   "all",		     "2 or 1.5"	},
		{ "memory-max", "0",		     "200 or 512M"},
		{ "memory-max", "-1",		      "200 or 512M"},
		{ "memory-max", "512m",		"200 or 512M"},
		{ "memory-max", "512MB",		 "200 or 512M"},
		{ "memory-max", "1.5G",		"200 or 512M"},
		{ "memory-max", "512 M",		 "200 or 512M"},
		{ "memory-max", "9223372036854775808", "200 or 512M"},
		{ "memory-max", "8589934592G",	       "200 or 512M"},
		{ "pids-max",   "unlimited",	   "200 or 512M"},
	};
	char text[128], wanted[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[container]\n%s = %s\n",
		    rows[i].key, rows[i].value);
		snprintf(wanted, sizeof(wanted),
		    "web.ini:2: %s = %s: a number such as %s is needed\n",
		    rows[i].key, rows[i].value, rows[i].why);
		policies_refused_web(rows[i].value, text, wanted);
	}
}

Test(section_read, says_where_and_what_is_needed)
{
	static const struct {
		const char *text;
		const char *wanted;
	} rows[] = {
		{"[container]\nprivileged = true\n",
		    "web.ini:2: privileged = true: yes or no is needed\n"					  },
		{ "[container]\nprivileged = Yes\n",
		    "web.ini:2: privileged = Yes: yes or no is needed\n"						 },
		{ "[container]\nprivileged = no\nprivileged = no\n",
		    "web.ini:3: privileged stands in line 2 already\n"					       },
		{ "[container]\nmemory-max = 1G\n\nmemory-max = 2G\n",
		    "web.ini:4: memory-max stands in line 2 already\n"					       },
		{ "[container]\ncpus-max = 1\ncpus-max = 1\n",
		    "web.ini:3: cpus-max stands in line 2 already\n"						     },
		{ "[container]\nimage =\n",
		    "web.ini:2: image = : a value is missing\n"							},
		{ "[container]\nimage = ; none\n",
		    "web.ini:2: image = : a value is missing\n"							},
		{ "[container]\nlabel = a=b x c=d\n",
		    "web.ini:2: label: x: KEY=VALUE is needed\n"							 },
		{ "[container]\nbind = /srv:rw srv /a/../b\n",
		    "web.ini:2: bind: srv: an absolute path is needed*\n"
		    "web.ini:2: bind: /a/../b: an absolute path is needed*\n"				      },
		{ "[exec]\ncommand = [\"ls\"\n",
		    "web.ini:2: command: [\"ls\": *"							      },
		{ "[container]\nimages = x\n",
		    "web.ini:2: no such key: images; did you mean image?\n"					    },
		{ "[container]\nvolumedriver = x\n",
		    "web.ini:2: no such key: volumedriver; did you mean "
		    "volume-driver?\n"									 },
		{ "[exec]\nimage = x\n",					 "web.ini:2: no such key: image\n"	   },
		{ "[volume]\nprivileged = yes\n",
		    "web.ini:2: no such key: privileged\n"							   },
		{ "[containers]\nimage = x\n",
		    "web.ini:1: no such section: containers; did you mean "
		    "container?\n"									     },
		{ "[host]\n",					     "web.ini:1: no such section: host*\n"},
		{ "[container]\nnetwork = a\n[container]\nnetwork = b\n",
		    "web.ini:3: section [container] stands twice; put its "
		    "lines together\n"									 },
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		policies_refused_web(
		    rows[i].text, rows[i].text, rows[i].wanted);
}

/* What is wrong in the file that is extended is said of that file, once. */
Test(section_read, complains_of_each_file_by_its_name)
{
	static const struct profile_source sources[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nmemory-max = much\n"),
		SOURCE("base", "[container]\nmemory-max = more\nimag = x\n"),
	};

	policies_refused("two files", sources, CASES(sources),
	    "web.ini:4: memory-max = much: a number *\n"
	    "base.ini:2: memory-max = more: a number *\n"
	    "base.ini:3: no such key: imag; did you mean image?\n");
}

/* What a profile makes of the operation of that name. */
static struct verdict
judge(const struct policy *policy, const char *operation)
{
	struct request request = { .operation =
				       operation_named(span_of(operation)) };

	request.arguments[0] = request.arguments[1] = SPAN("web");
	cr_assert(request.operation != NULL, "%s", operation);
	return verdict_of(&policy->profiles[0], &request);
}

Test(unjudged, is_only_what_is_allowed_as_root_equivalent)
{
	static const struct {
		const char *text;
		bool inspect;
		unsigned line;
	} rows[] = {
		{"[allow]\noperation = ContainerExec\n",			  true,	2},
		{ "[allow]\noperation = *\n",				      true,  2},
		{ "[allow]\noperation = Container*\n",			       true,  2},
		{ "[allow]\ngroup = exec:write\n",				   true,	 2},
		{ "[allow]\nrequest = POST /containers/*/exec\n",		  true,	2},
		{ "[allow]\nroot-equivalent = ContainerExec\n",		false, 2},
 /* It is said, whatever else says less. */
		{ "[allow]\noperation = *\nroot-equivalent = ContainerExec\n",
		    false,							       3},
		{ "[allow]\nroot-equivalent = ContainerExec\noperation = *\n",
		    false,							       2},
 /* Of another one. */
		{ "[allow]\noperation = *\n"
		  "root-equivalent = ContainerCreate\n",	    true,  2},
	};
	struct verdict verdict;
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		policy = policies_web(rows[i].text);
		verdict = judge(policy, "ContainerExec");
		cr_expect(verdict.decision == DECIDE_ALLOW, "%s", rows[i].text);
		cr_expect(
		    verdict.inspect == rows[i].inspect, "%s", rows[i].text);
		cr_expect(verdict.origin.line == rows[i].line, "%s: %u",
		    rows[i].text, (unsigned)verdict.origin.line);
		policy_free(policy);
	}
}

Test(unjudged, comes_from_an_extended_file_too)
{
	static const struct profile_source sources[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[allow]\noperation = ContainerExec\n"),
		SOURCE("base", "[allow]\nroot-equivalent = ContainerExec\n"),
	};
	struct policy *policy = policies_load(sources, CASES(sources));
	struct verdict verdict = judge(policy, "ContainerExec");

	cr_expect(not(verdict.inspect));
	cr_expect(
	    eq(str, (char *)policy_file(policy, verdict.origin), "base.ini"));
	policy_free(policy);
}

/* No wildcard, group or request line leaves what is not looked into open. */
Test(unjudged, is_never_what_a_wildcard_allows)
{
	struct policy *policy =
	    policies_web("[allow]\noperation = * *Libpod\n");
	const struct profile *profile = &policy->profiles[0];
	enum coverage coverage;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		cr_expect(not(profile->unjudged[i]), "%s", operations[i].name);
		coverage =
		    !operations[i].root || policies_inspects(&operations[i])
			? COVERAGE_ALL
			: COVERAGE_NONE;
		cr_expect(verdict_coverage(profile, &operations[i]) == coverage,
		    "%s", operations[i].name);
	}
	policy_free(policy);
}

Test(unjudged, is_refused_for_what_nobody_looks_into_and_nobody_need_fear)
{
	policies_refused_web("harmless",
	    "[allow]\nroot-equivalent = ContainerList\n",
	    "web.ini:2: ContainerList cannot take over the host; say "
	    "operation = ContainerList\n");
	policies_refused_web("a wildcard",
	    "[allow]\nroot-equivalent = Container*\n",
	    "web.ini:2: no such operation: Container**\n");
	policies_refused_web("in [deny]",
	    "[deny]\nroot-equivalent = ContainerExec\n",
	    "web.ini:2: no such key: root-equivalent*\n");
}
