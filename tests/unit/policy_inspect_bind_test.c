/* SPDX-License-Identifier: MIT */
/* "bind =": its words, what they lead to, and what must be said with them. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(check_bind, takes_canonical_paths)
{
	static const char *const good[] = { "/", "/*", "/srv", "/srv:ro",
		"/srv:rw", "/srv/*", "/srv/*:rw", "/srv/a.b/c", "/*:ro" };
	static const char *const bad[] = { "", "srv", "./srv", "/srv/", "//srv",
		"/srv/../etc", "/srv/.", "/srv:", "/srv:rw:ro", "/srv:z",
		"/srv:/app", "/srv,ro", "/srv*", "/srv/*/a", "/s*v", "*",
		"/srv/*/*", ":rw" };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(check_bind(span_of(good[i])) == NULL, "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(check_bind(span_of(bad[i])) != NULL, "%s", bad[i]);
}

Test(check_path, takes_the_same_without_modes)
{
	static const char *const good[] = { "/", "/*", "/srv", "/srv/*" };
	static const char *const bad[] = { "", "srv", "/srv/", "/srv:rw",
		"/srv/*:ro", "/srv*", "*" };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(check_path(span_of(good[i])) == NULL, "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(check_path(span_of(bad[i])) != NULL, "%s", bad[i]);
}

/* The first word of "bind =". */
Test(bind_reach, tells_what_a_line_leads_to)
{
	static const struct {
		const char *text;
		enum reach reach;
	} rows[] = {
		ROW("bind = /srv/app\n", REACH_SECRETS),
		ROW("bind = /srv/app:ro\n", REACH_SECRETS),
		ROW("bind = /srv/*\n", REACH_SECRETS),
		ROW("bind = /etc\n", REACH_SECRETS),
		ROW("bind = /srv/app:rw\n", REACH_ROOT),
		ROW("bind = /srv/app:rw\nuser = nonroot\n", REACH_OTHERS),
		ROW("bind = /srv/app:rw\nuser = 1000:1000\n", REACH_OTHERS),
		ROW("bind = /srv/app:rw\nuser = 1000\n", REACH_ROOT),
		ROW("bind = /srv/app:rw\nuser = app\n", REACH_ROOT),
		ROW("bind = /srv/app:rw\nuser = nonroot root\n", REACH_ROOT),
		/* The daemon's own. */
		ROW("bind = /\n", REACH_ROOT),
		ROW("bind = /*\n", REACH_ROOT),
		ROW("bind = /var\n", REACH_ROOT),
		ROW("bind = /run\n", REACH_ROOT),
		ROW("bind = /run/docker.sock\n", REACH_ROOT),
		ROW("bind = /var/run/*\n", REACH_ROOT),
		ROW("bind = /var/lib/docker/volumes\n", REACH_ROOT),
		ROW("bind = /var/lib/dockers\n", REACH_SECRETS),
		ROW("bind = /runner\n", REACH_SECRETS),
		/* Links in the way. */
		ROW("bind = /srv/*:rw\nuser = nonroot\n", REACH_ROOT),
		ROW("bind = /srv/app/x /srv/app:rw\nuser = nonroot\n",
		    REACH_ROOT),
		ROW("bind = /srv/* /srv/app:rw\nuser = nonroot\n", REACH_ROOT),
		ROW("bind = /srv/* /srv:rw\nuser = nonroot\n", REACH_ROOT),
		ROW("bind = /srv/app /srv/b:rw\nuser = nonroot\n",
		    REACH_SECRETS),
		ROW("bind = /srv/app/* /srv/b:rw\nuser = nonroot\n",
		    REACH_SECRETS),
	};
	const struct section_setting *sections;
	struct policy *policy;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text),
		    "[container]\n%s"
		    "bind-as-root = yes\n",
		    rows[i].text);
		policy = policies_web(text);
		sections = policy->profiles[0].sections;
		cr_expect(
		    bind_reach(sections, &sections[CONTAINER_BIND].rules[0]) ==
			rows[i].reach,
		    "%s", text);
		policy_free(policy);
	}
}

/* As if bind-as-root were not said: without it, such profiles do not load. */
Test(mounts_check, wants_a_word_for_what_gives_the_host_away)
{
	static const struct {
		const char *text;
		const char *wrong; /* a piece of what is said, or NULL */
		unsigned line;
	} rows[] = {
		ROW("bind = /srv/app\n", NULL, 0),
		ROW("bind = /srv/app:rw\n", "say user = nonroot", 3),
		ROW("bind = /srv/app\nbind = /srv/b:rw\n", "say user = nonroot",
		    4),
		ROW("bind = /srv/app:rw\nuser = nonroot\n", NULL, 0),
		ROW("bind = /srv/app:rw\nuser = nonroot root\n",
		    "say user = nonroot", 3),
		ROW("bind = /srv/app:rw\nuser = 1000:1000\n", NULL, 0),
		ROW("bind = /srv/app:rw\nuser = 1000\n", "say user = nonroot",
		    3),
		ROW("bind = /srv/*:rw\nuser = nonroot\n", "links", 3),
		ROW("bind = /srv/*\n", NULL, 0),
		ROW("bind = /srv/app:rw\nbind = /srv/app/x\n"
		    "user = nonroot\n",
		    "links", 4),
		ROW("bind = /srv/app:rw\nbind = /srv/b/x\n"
		    "user = nonroot\n",
		    NULL, 0),
		ROW("bind = /srv/app:rw\nuser = nonroot\n"
		    "[exec]\ncommand = [\"sh\"]\n",
		    "say [exec] user = nonroot", 3),
		ROW("bind = /srv/app:rw\nuser = nonroot\n"
		    "[exec]\ncommand = [\"sh\"]\nuser = nonroot\n",
		    NULL, 0),
		ROW("bind = /srv/app\nuser = nonroot\n"
		    "[exec]\ncommand = [\"sh\"]\n",
		    NULL, 0),
	};
	struct section_setting *sections;
	struct origin origin;
	struct policy *policy;
	const char *wrong;
	char text[256];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text),
		    "[container]\nbind-as-root = yes\n%s", rows[i].text);
		policy = policies_web(text);
		sections = policy->profiles[0].sections;
		cr_expect(mounts_check(sections, &origin) == NULL);
		sections[CONTAINER_BIND_AS_ROOT].yes = false;
		wrong = mounts_check(sections, &origin);
		if (rows[i].wrong == NULL) {
			cr_expect(wrong == NULL, "%s: %s", text, wrong);
		} else {
			cr_assert(wrong != NULL, "%s", text);
			cr_expect(strstr(wrong, rows[i].wrong) != NULL,
			    "%s: %s", text, wrong);
			cr_expect(origin.line == rows[i].line, "%s: %u", text,
			    (unsigned)origin.line);
		}
		policy_free(policy);
	}
}
