/* SPDX-License-Identifier: MIT */
/* Asking rules about all targets of a language, and about operations. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "policy/import/answer.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* A rule is "+EXPRESSION" or "-EXPRESSION". */
static struct rules
make_rules(const char *const *list, size_t len)
{
	struct rules rules = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < len; i++)
		cr_assert(eq(int,
			      rules_add(&rules, list[i][0] == '+', METHODS_ALL,
				  span_of(list[i] + 1), &err),
			      0),
		    "%s", err.text);
	return rules;
}

Test(import_search, says_all_none_or_some_of_a_language)
{
	static const struct {
		const char *rule, *language, *allowed, *denied;
	} rows[] = {
		{"+^/a$",	   "^/a$",	   "/a",	 ""   },
		{ "+^/a$",	   "^/b$",	   "",     "/b" },
		{ "+^/a",	  "^/a[bc]*$",  "/a",   ""	},
		{ "+^/[a-z]+$", "^/[a-y]+$",  "/a",   ""   },
		{ "+^/[a-y]+$", "^/[a-z]+$",  "/a",   "/z" },
		{ "+^/.{3}$",   "^/[a-z]+$",  "/aaa", "/a" },
		{ "+a",		"^[ab]{2}$",  "aa",   "bb" },
		{ "+^(a|b)$",   "^(b|c)$",	 "b",    "c"  },
		{ "+^/a|b$",    "^/[ab]{2}$", "/bb",  "/ba"},
		{ "-^",		"^/a*$",	 "",     "/"	 },
	};
	struct question question;
	struct search search;
	struct rules rules;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		rules = make_rules(&rows[i].rule, 1);
		question = (struct question){ .method = METHOD_GET,
			.language = span_of(rows[i].language),
			.allowed = true,
			.denied = true };
		search_ask(&rules, &question, &search);
		cr_expect(not(search.gave_up));
		cr_expect(search.allowed == (*rows[i].allowed != '\0'), "%s %s",
		    rows[i].rule, rows[i].language);
		cr_expect(search.denied == (*rows[i].denied != '\0'), "%s %s",
		    rows[i].rule, rows[i].language);
		cases_same(rows[i].rule, span_of(search.allowed_word),
		    span_of(rows[i].allowed));
		cases_same(rows[i].rule, span_of(search.denied_word),
		    span_of(rows[i].denied));
		/* What was added for it is gone. */
		cr_expect(eq(sz, rules.machine.patterns, 1));
		rules_clear(&rules);
	}
}

Test(import_search, looks_at_what_a_filter_matches_and_no_exception_does)
{
	static const char *const rule[] = { "+^/(web|db)$" };
	struct rules rules = make_rules(rule, 1);
	struct question question = { .method = METHOD_GET,
		.language = SPAN("^/[a-z]{2,3}$"),
		.filter = SPAN("^/w"),
		.allowed = true };
	struct search search;

	search_ask(&rules, &question, &search);
	cases_same("w", span_of(search.allowed_word), SPAN("/web"));
	question.except = SPAN("^/web$");
	search_ask(&rules, &question, &search);
	cr_expect(not(search.allowed));
	question.filter = SPAN("");
	search_ask(&rules, &question, &search);
	cases_same("not web", span_of(search.allowed_word), SPAN("/db"));
	rules_clear(&rules);
}

/* What is too much work is not known, and so nothing is allowed. */
Test(import_search, gives_up_where_there_is_no_end)
{
	static const char *const rule[] = {
		"+(a|b)*a(a|b){14}(c|d)*c(c|d){14}$", "+^/x.*"
	};
	struct rules rules = make_rules(rule, 2);
	struct question question = { .method = METHOD_GET,
		.language = SPAN("^/x[abcd]*e$"),
		.allowed = true,
		.denied = true };
	struct search search;

	search_ask(&rules, &question, &search);
	cr_expect(search.gave_up);
	rules_clear(&rules);
}

Test(import_rules, decide_by_the_first_that_has_the_method)
{
	struct rules rules = { 0 };
	struct err err;

	rules_add(&rules, false, METHOD_BIT(METHOD_POST), SPAN("^/a/b"), &err);
	rules_add(&rules, true, METHODS_ALL, SPAN("^/a"), &err);
	cr_expect(rules_allow(&rules, METHOD_GET, "/a/b"));
	cr_expect(not(rules_allow(&rules, METHOD_POST, "/a/b")));
	cr_expect(rules_allow(&rules, METHOD_POST, "/a/c"));
	cr_expect(not(rules_allow(&rules, METHOD_GET, "/b")));
	cr_expect(
	    eq(int, rules_add(&rules, true, METHODS_ALL, SPAN("("), &err), -1));
	cr_expect(eq(sz, rules.len, 2));
	rules_clear(&rules);
}

/* "all", "none", "some GLOB ...", "except GLOB ..."; and the marks. */
static struct span
describe(const struct answer *answer)
{
	static const char *const extents[] = { "none", "some", "except",
		"all" };
	static char memory[2048];
	struct text text = TEXT(memory);
	size_t i;

	text_add(&text, span_of(extents[answer->extent]));
	for (i = 0; i < answer->globs_len; i++)
		text_format(&text, " %s", answer->globs[i]);
	if (answer->by_id)
		text_add(&text, SPAN(" by-id"));
	if (answer->version[0] != '\0')
		text_format(&text, " not-with=%s", answer->version);
	if (answer->query[0] != '\0')
		text_format(&text, " query=%s", answer->query);
	if (answer->left_out[0] != '\0')
		text_format(&text, " left-out=%s", answer->left_out);
	return text_span(&text);
}

Test(import_answer, says_what_a_profile_can_say_and_not_more)
{
	static const struct {
		const char *operation, *rules[3], *wanted;
		enum rules_reading reading;
	} rows[] = {
		{"ContainerList",	   { "+^/containers/json$" },
		    "all not-with=v1.41",								  READS_DECODED},
		{ "ContainerList",	   { "+^(/v1\\.[0-9]+)?/containers/json$" },
		    "all",										 READS_DECODED},
		{ "ContainerList",	   { "+^/v1\\.51/containers/json$" },
		    "all not-with=none",								   READS_DECODED},
		{ "ContainerList",	   { "+^/v1\\.2/containers/json$" },		     "none",
		    READS_DECODED										       },
		{ "ContainerList",	   { "+^/containers" },				"all",
		    READS_UNVERSIONED										   },
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/[^/]+/stop$" },			    "all",
		    READS_DECODED										       },
		{ "ContainerStop",	   { "+^(/v1\\.[0-9]+)?/containers/web/stop$" },
		    "some web",									    READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/(db|web)/stop$" },
		    "some db web",									 READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/web-.*/stop$" },
		    "some web-*",									  READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/.*-web/stop$" },
		    "some *-web",									  READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/[^/]*web[^/]*/stop$" },
		    "some *web*",									  READS_DECODED},
 /* A glob would be more than digits. */
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/web-[0-9]+/stop$" },
		    "none left-out=/containers/web-*/stop",						    READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/[0-9a-f]+/stop$" },
		    "all by-id",									   READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/[0-9a-f]{64}/stop$" },
		    "all by-id",									   READS_DECODED},
		{ "ContainerStop",
		    { "+^(/v1\\.[0-9]+)?/containers/[0-9]{12}/stop$" },
		    "none left-out=*",								     READS_DECODED},
		{ "ContainerStop",
		    { "-^(/v1\\.[0-9]+)?/containers/db[^/]*/",
			"+^(/v1\\.[0-9]+)?/containers/" },
		    "except db*",									  READS_DECODED},
		{ "ContainerStop",
		    { "-^(/v1\\.[0-9]+)?/containers/db/",
			"+^(/v1\\.[0-9]+)?/containers/web/", "-^" },
		    "some web",									    READS_DECODED},
		{ "VolumeInspect",	   { "+^(/v1\\.[0-9]+)?/volumes/[0-9a-f]+$" },
		    "none left-out=*",								     READS_DECODED},
		{ "ServiceInspect",   { "+^(/v1\\.[0-9]+)?/services/[a-z0-9]+$" },
		    "all by-id",									   READS_DECODED},
		{ "ExecStart",	       { "+^(/v1\\.[0-9]+)?/exec/[0-9a-f]+/start$" },
		    "all",										 READS_DECODED},
		{ "ContainerExec",
		    { "+^(/v1\\.[0-9]+)?/containers/[0-9a-f]+/exec$" },
		    "all by-id",									   READS_DECODED},
		{ "ImageInspect",	  { "+^(/v1\\.[0-9]+)?/images/.+/json$" },
		    "all",										 READS_DECODED},
		{ "ImageInspect",	  { "+^(/v1\\.[0-9]+)?/images/[^/]+/json$" },
		    "all by-id",									   READS_DECODED},
		{ "ImageInspect",
		    { "+^(/v1\\.[0-9]+)?/images/ghcr\\.io/acme/.*/json$" },
		    "some ghcr.io/acme/*",								 READS_DECODED},
		{ "CheckpointDelete",
		    { "+^(/v1\\.[0-9]+)?/containers/web/checkpoints/[^/]+$" },
		    "none left-out=*",								     READS_DECODED},
		{ "DebugPprof",	{ "+^/debug/pprof$" },			       "none",	       READS_DECODED},
		{ "DebugPprof",	{ "+/debug/pprof$" },			      "all",	     READS_CLEANED},
		{ "SystemInfoLibpod", { "+^/v[0-9.]+/libpod/info$" },		      "all",
		    READS_DECODED										       },
		{ "SystemInfoLibpod", { "+^/libpod/info$" },			     "none",
		    READS_DECODED										       },
		{ "SystemInfoLibpod", { "+^/libpod/info$" },			     "all",
		    READS_UNVERSIONED										   },
		{ "SystemPingLibpod", { "+^/libpod/_ping$" },
		    "all not-with=v1.0.0",								 READS_DECODED},
		{ "ContainerList",
		    { "+^(/v1\\.[0-9]+)?/containers/json(\\?.*)?$" },		      "all",
		    READS_WHOLE											 },
		{ "ContainerList",
		    { "+^(/v1\\.[0-9]+)?/containers/json\\?all=1$" },
		    "all query=?all=1",								    READS_WHOLE  },
		{ "ContainerList",	   { "+^(/v1\\.[0-9]+)?/containers/json$" },
		    "all query=none",								      READS_WHOLE  },
		{ "ContainerLogs",
		    { "+^(/v1\\.[0-9]+)?/containers/web/logs\\?.+" },
		    "some web query=*",								    READS_WHOLE  },
		{ "ContainerArchive",
		    { "+^/containers/[^/]+/archive\\?path=/etc/x$" },
		    "none left-out=*",								     READS_WHOLE  },
		{ "ContainerExport",  { "+^/containers/[^/]+/export$" },		"all",
		    READS_WHOLE											 },
		{ "ContainerPause",   { "+^/containers/[^/]+/pause$" },	      "all*",
		    READS_WHOLE											 },
		{ "ContainerDelete",  { "+/containers/[a-zA-Z0-9_.-]+$" },
		    "none left-out=*",								     READS_WHOLE  },
 /* With another query it would kill, and not tell. */
		{ "ContainerKill",
		    { "+^(/v1\\.[0-9]+)?/containers/.+/kill\\?signal=USR1$" },
		    "none left-out=*?signal=USR1",							 READS_WHOLE  },
		{ "ContainerKill",
		    { "+^(/v1\\.[0-9]+)?/containers/web/kill(\\?.*)?$" },
		    "some web",									    READS_WHOLE  },
		{ "SystemOptions",	   { "+^" },					     "all",		    READS_DECODED},
		{ "SystemOptions",	   { "+^/containers" },				"none left-out=*",
		    READS_DECODED										       },
	};
	const struct operation *operation;
	struct versions versions;
	struct answer answer;
	struct rules rules;
	size_t i, len;

	for (i = 0; i < CASES(rows); i++) {
		for (len = 0; len < 3 && rows[i].rules[len] != NULL; len++)
			continue;
		rules = make_rules(rows[i].rules, len);
		rules.reading = rows[i].reading;
		operation = operation_named(span_of(rows[i].operation));
		cr_assert(operation != NULL, "%s", rows[i].operation);
		language_versions(
		    &rules, operation_is_libpod(operation), &versions);
		answer_find(&rules, operation, &versions, true, &answer);
		cr_expect(
		    glob_matches(span_of(rows[i].wanted), describe(&answer)),
		    "%s %s: %.*s, and not %s", rows[i].operation,
		    rows[i].rules[0], SPAN_ARG(describe(&answer)),
		    rows[i].wanted);
		answer_clear(&answer);
		rules_clear(&rules);
	}
}

/* What can only be allowed whole. */
Test(import_answer, has_no_globs_where_there_can_be_none)
{
	static const char *const rule[] = {
		"+^(/v1\\.[0-9]+)?/plugins/web/(enable|disable)$"
	};
	struct rules rules = make_rules(rule, 1);
	struct versions versions;
	struct answer answer;

	language_versions(&rules, false, &versions);
	answer_find(&rules, operation_named(SPAN("PluginEnable")), &versions,
	    false, &answer);
	cases_same("without", describe(&answer),
	    SPAN("none left-out=/plugins/web/enable"));
	answer_clear(&answer);
	answer_find(&rules, operation_named(SPAN("PluginEnable")), &versions,
	    true, &answer);
	cases_same("with", describe(&answer), SPAN("some web"));
	answer_clear(&answer);
	rules_clear(&rules);
}
