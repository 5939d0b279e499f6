/* SPDX-License-Identifier: MIT */
/* Profiles: their keys, what extends what, and that everything wrong in all
 * files is said once. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/limits.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

static void
expect_allowed(
    const struct policy *policy, const char *name, const char *wanted)
{
	const struct profile *profile = policy_profile(policy, name);

	cr_assert(profile != NULL, "%s", name);
	cases_same(name, span_of(policies_allowed(profile)), span_of(wanted));
}

/* Where the profile allows the operation: "web.ini:3", or "-". */
static const char *
allowed_at(const struct policy *policy, const char *profile, const char *name)
{
	static char where[64];
	const struct operation *operation = operation_named(span_of(name));
	struct origin origin;

	cr_assert(operation != NULL);
	origin = policy_profile(policy, profile)->allow[operation - operations];
	if (origin.line == 0)
		return "-";
	snprintf(where, sizeof(where), "%s:%u", policy_file(policy, origin),
	    (unsigned)origin.line);
	return where;
}

Test(policy_load, allows_nothing_where_nothing_is_said)
{
	struct policy *policy = policies_web("");
	const struct profile *web = policy_profile(policy, "web");

	expect_allowed(policy, "web", "");
	cr_expect(eq(str, web->name, "web"));
	cr_expect(eq(str, web->file, "web.ini"));
	cr_expect(web->extends == NULL);
	cr_expect(eq(sz, web->patterns_len, 0));
	cr_expect(eq(int, web->connections, LIMIT_CONNECTIONS_DEFAULT));
	cr_expect(eq(sz, web->body, LIMIT_BODY_DEFAULT));
	cr_expect(eq(uint, web->requests, 0));
	cr_expect(policy_profile(policy, "we") == NULL);
	policy_free(policy);
	policy_free(NULL);
}

Test(policy_load, makes_a_policy_of_no_profiles)
{
	struct policy *policy = policies_load(NULL, 0);

	cr_expect(eq(sz, policy->profiles_len, 0));
	policy_free(policy);
}

Test(policy_load, keeps_the_order_of_its_sources)
{
	static const struct profile_source sources[] = {
		SOURCE("z", "[allow]\noperation = SystemPing\n"),
		SOURCE("a", "[allow]\noperation = SystemInfo\n"),
	};
	struct policy *policy = policies_load(sources, 2);

	cr_expect(eq(str, policy->profiles[0].name, "z"));
	cr_expect(eq(str, policy->profiles[1].name, "a"));
	expect_allowed(policy, "z", "SystemPing ");
	expect_allowed(policy, "a", "SystemInfo ");
	policy_free(policy);
}

Test(policy_load, reads_limits)
{
	struct policy *policy =
	    policies_web("[limits]\nconnections = 7\nbody = 2K\n"
			 "requests-per-second = 1000000\n");

	cr_expect(eq(int, policy->profiles[0].connections, 7));
	cr_expect(eq(uint, policy->profiles[0].requests, 1000000));
	cr_expect(eq(sz, policy->profiles[0].body, 2048));
	policy_free(policy);
}

Test(policy_load, extends_a_preset)
{
	struct policy *policy = policies_web("[profile]\nextends = traefik\n"
					     "[allow]\n"
					     "operation = SystemInfo\n"
					     "operation = SystemPing\n");

	expect_allowed(policy, "web",
	    "ContainerList ContainerInspect SystemInfo SystemVersion "
	    "SystemPing SystemPingHead SystemEvents ");
	cr_expect(eq(str, policy->profiles[0].extends, "traefik"));
	cr_expect(eq(
	    str, (char *)allowed_at(policy, "web", "SystemInfo"), "web.ini:4"));
	cr_expect(eq(
	    str, (char *)allowed_at(policy, "web", "SystemPing"), "web.ini:5"));
	cr_expect(strncmp(allowed_at(policy, "web", "SystemVersion"),
		      "preset:traefik:", 15) == 0);
	policy_free(policy);
}

Test(policy_load, extends_a_profile_that_extends_a_profile)
{
	static const struct profile_source sources[] = {
		SOURCE("c", "[profile]\nextends = b\n"
			    "[allow]\noperation = SystemInfo\n"),
		SOURCE("a", "[allow]\noperation = SystemPing\n"),
		SOURCE("b", "[profile]\nextends = a\n"
			    "[allow]\noperation = SystemVersion\n"
			    "[deny]\noperation = TaskList\n"),
	};
	struct policy *policy = policies_load(sources, 3);

	expect_allowed(policy, "a", "SystemPing ");
	expect_allowed(policy, "b", "SystemVersion SystemPing ");
	expect_allowed(policy, "c", "SystemInfo SystemVersion SystemPing ");
	cases_same("where", span_of(allowed_at(policy, "c", "SystemPing")),
	    SPAN("a.ini:2"));
	policy_free(policy);
}

Test(policy_load, denies_what_a_farther_file_allows_and_the_other_way_round)
{
	static const struct profile_source sources[] = {
		SOURCE("near-denies", "[profile]\nextends = allows\n"
				      "[deny]\noperation = SystemInfo\n"),
		SOURCE("near-allows", "[profile]\nextends = denies\n"
				      "[allow]\noperation = SystemInfo\n"),
		SOURCE("allows", "[allow]\noperation = SystemInfo\n"),
		SOURCE("denies", "[deny]\noperation = SystemInfo\n"),
	};
	struct policy *policy = policies_load(sources, 4);

	expect_allowed(policy, "near-denies", "");
	expect_allowed(policy, "near-allows", "");
	expect_allowed(policy, "allows", "SystemInfo ");
	policy_free(policy);
}

Test(policy_load, takes_its_own_name_for_the_preset)
{
	static const struct profile_source sources[] = {
		SOURCE("traefik", "[profile]\nextends = traefik\n"
				  "[allow]\noperation = SystemInfo\n"),
		SOURCE("second", "[profile]\nextends = traefik\n"),
	};
	struct policy *policy = policies_load(sources, 2);
	static const char all[] =
	    "ContainerList ContainerInspect SystemInfo SystemVersion "
	    "SystemPing SystemPingHead SystemEvents ";

	expect_allowed(policy, "traefik", all);
	/* Another one's means the file, and so the preset behind it. */
	expect_allowed(policy, "second", all);
	policy_free(policy);
}

Test(policy_load, lets_the_nearest_file_set_what_is_set_once)
{
	static const struct profile_source sources[] = {
		SOURCE("near", "[profile]\nextends = far\n"
			       "[socket]\nmode = 0600\npath = near.sock\n"
			       "[limits]\nconnections = 1\n"),
		SOURCE("far", "[socket]\nmode = 0660\nuser = 7\ngroup = 8\n"
			      "path = far/%p.sock\npeers = uid:1\n"
			      "[limits]\nconnections = 2\nbody = 3\n"
			      "requests-per-second = 4\n"),
	};
	struct policy *policy = policies_load(sources, 2);
	const struct profile *near = &policy->profiles[0];
	const struct profile *far = &policy->profiles[1];

	cr_expect(eq(int, near->door.mode, 0600));
	cr_expect(eq(int, near->door.user, 7));
	cr_expect(eq(int, near->door.group, 8));
	cr_expect(eq(str, near->door.path, "near.sock"));
	cr_expect(eq(sz, near->door.peers_len, 1));
	cr_expect(eq(int, near->connections, 1));
	cr_expect(eq(sz, near->body, 3));
	cr_expect(eq(uint, near->requests, 4));
	cr_expect(eq(int, far->door.mode, 0660));
	cr_expect(eq(str, far->door.path, "far/far.sock"));
	cr_expect(eq(int, far->connections, 2));
	policy_free(policy);
}

Test(policy_load, refuses_bad_profiles_with_file_and_line)
{
	static const struct {
		const char *name;
		const char *text;
		const char *wanted;
	} rows[] = {
		ROW("an unknown section, once", "[alow]\nx = y\nz = y\n",
		    "web.ini:1: no such section: alow; did you mean allow?\n"),
		ROW("an unknown key", "[allow]\noperatoin = SystemPing\n",
		    "web.ini:2: no such key: operatoin; did you mean "
		    "operation?\n"),
		ROW("a key of another section", "[deny]\nroot-equivalent = X\n",
		    "web.ini:2: no such key: root-equivalent*\n"),
		ROW("a value missing", "[allow]\noperation =\n",
		    "web.ini:2: operation = : a value is missing\n"),
		ROW("a comment for a value", "[allow]\noperation = ; all\n",
		    "web.ini:2: operation = : a value is missing\n"),
		ROW("no such preset", "[profile]\nextends = traefic\n",
		    "web.ini:2: no such preset or profile: traefic; did you "
		    "mean traefik?\n"),
		ROW("nothing like it", "[profile]\nextends = qqqqqqqq\n",
		    "web.ini:2: no such preset or profile: qqqqqqqq\n"),
		ROW("extends itself", "[profile]\nextends = web\n",
		    "web.ini:2: no such preset or profile: web\n"),
		ROW("a path that is its own anyway",
		    "[socket]\npath = web.sock\n[limits]\nbody = 0\n",
		    "web.ini:4: body = 0: *\n"),
		ROW("extends twice",
		    "[profile]\nextends = traefik\nextends = readonly\n",
		    "web.ini:3: extends stands in line 2 already\n"),
		ROW("connections twice",
		    "[limits]\nconnections = 1\nconnections = 1\n",
		    "web.ini:3: connections stands in line 2 already\n"),
		ROW("requests twice",
		    "[limits]\nrequests-per-second = 1\n"
		    "requests-per-second = 2\n",
		    "web.ini:3: requests-per-second stands in line 2 "
		    "already\n"),
		ROW("no requests", "[limits]\nrequests-per-second = 0\n",
		    "web.ini:2: requests-per-second = 0: a whole number from "
		    "1 to 1000000 is needed\n"),
		ROW("too many requests",
		    "[limits]\nrequests-per-second = 1000001\n",
		    "web.ini:2: requests-per-second = 1000001: *\n"),
		ROW("a part of a request",
		    "[limits]\nrequests-per-second = 0.5\n",
		    "web.ini:2: requests-per-second = 0.5: *\n"),
		ROW("requests with a unit",
		    "[limits]\nrequests-per-second = 1K\n",
		    "web.ini:2: requests-per-second = 1K: *\n"),
		ROW("requests per minute",
		    "[limits]\nrequests-per-second = 10r/m\n",
		    "web.ini:2: requests-per-second = 10r/m: *\n"),
		ROW("fewer than no requests",
		    "[limits]\nrequests-per-second = -1\n",
		    "web.ini:2: requests-per-second = -1: *\n"),
		ROW("no connections", "[limits]\nconnections = 0\n",
		    "web.ini:2: connections = 0: *from 1 to 1000000*\n"),
		ROW("too many connections", "[limits]\nconnections = 1000001\n",
		    "web.ini:2: *from 1 to 1000000*\n"),
		ROW("no body", "[limits]\nbody = 0\n",
		    "web.ini:2: body = 0: *from 1 to 64M*\n"),
		ROW("a body too large", "[limits]\nbody = 65M\n",
		    "web.ini:2: *from 1 to 64M*\n"),
		ROW("body twice", "[limits]\nbody = 1M\nbody = 1M\n",
		    "web.ini:3: body stands in line 2 already\n"),
		ROW("everything at once",
		    "[allow]\noperation = X\nk: v\n[limits]\nbody = x\n",
		    "web.ini:2: *\nweb.ini:3: *\nweb.ini:5: *\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		policies_refused_web(
		    rows[i].name, rows[i].text, rows[i].wanted);
}

/* At the line that would not be wrong alone. */
Test(policy_load, refuses_what_is_wrong_together)
{
	static const struct {
		const char *name;
		const char *text;
		const char *wanted; /* NULL: nothing is wrong */
	} rows[] = {
		ROW("written to as root", "[container]\nbind = /srv/app:rw\n",
		    "web.ini:2: with :rw a container leaves root's files on "
		    "the host: say user = nonroot, *\n"),
		ROW("read only", "[container]\nbind = /srv/app\n", NULL),
		ROW("not as root",
		    "[container]\nbind = /srv/app:rw\nuser = nonroot\n", NULL),
		ROW("as root or not",
		    "[container]\nbind = /srv/app:rw\nuser = nonroot root\n",
		    "web.ini:2: with :rw a container *\n"),
		ROW("as root, said so",
		    "[container]\nbind = /srv/app:rw\nbind-as-root = yes\n",
		    NULL),
		ROW("as root, said not so",
		    "[container]\nbind-as-root = no\nbind = /srv/app:rw\n",
		    "web.ini:3: with :rw a container *\n"),
		ROW("the line of several",
		    "[container]\nbind = /srv/a /srv/b\nbind = /srv/c:rw\n",
		    "web.ini:3: with :rw a container *\n"),
		ROW("a command as root",
		    "[exec]\ncommand = *\n"
		    "[container]\nbind = /srv/app:rw\nuser = nonroot\n",
		    "web.ini:4: with :rw a command that is run *\n"),
		ROW("a command not as root",
		    "[exec]\ncommand = *\nuser = nonroot\n"
		    "[container]\nbind = /srv/app:rw\nuser = nonroot\n",
		    NULL),
		ROW("beside another mistake",
		    "[container]\nbind = /srv/app:rw\nuser = no one\nx = y\n",
		    "*web.ini:4: no such key: x*web.ini:2: with :rw *\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		if (rows[i].wanted == NULL)
			policy_free(policies_web(rows[i].text));
		else
			policies_refused_web(
			    rows[i].name, rows[i].text, rows[i].wanted);
	}
}

/* What a profile is comes of all its files, and the line may be in another. */
Test(policy_load, refuses_what_is_wrong_together_with_what_it_extends)
{
	static const struct profile_source good[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nbind = /srv/app:rw\n"),
		SOURCE("base", "[container]\nuser = nonroot\n"),
	};
	static const struct profile_source bad[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nbind = /srv/app:rw\n"),
		SOURCE("base", "[allow]\noperation = SystemPing\n"),
	};
	static const struct profile_source far[] = {
		SOURCE("web", "[profile]\nextends = base\n"
			      "[container]\nbind-as-root = no\n"),
		SOURCE("base", "[container]\nbind-as-root = yes\n"
			       "bind = /srv/app:rw\n"),
	};

	policy_free(policies_load(good, CASES(good)));
	policies_refused("not said in the other either", bad, CASES(bad),
	    "web.ini:4: with :rw *\n");
	policies_refused(
	    "taken back", far, CASES(far), "base.ini:3: with :rw *\n");
}

Test(policy_load, complains_about_all_files_and_about_each_once)
{
	static const struct profile_source sources[] = {
		SOURCE("child", "[profile]\nextends = parent\n"
				"[allow]\nx = y\n"),
		SOURCE("parent", "[profile]\nextends = qqqqqqqq\n"
				 "[allow]\noperation = Wrong\n"
				 "[socket]\nmode = 9\nmode = 9\n"),
		SOURCE("other", "[profile]\nextends = parent\n"
				"[socket]\nmode = x\n"),
	};

	policies_refused("three files", sources, 3,
	    "child.ini:4: no such key: x\n"
	    "parent.ini:4: no such operation: Wrong\n"
	    "parent.ini:6: mode = 9: *\n"
	    "parent.ini:7: mode stands in line 6 already\n"
	    "parent.ini:2: no such preset or profile: qqqqqqqq\n"
	    "other.ini:4: mode = x: *\n");
}

Test(policy_load, refuses_profiles_that_extend_each_other)
{
	static const struct profile_source two[] = {
		SOURCE("a", "[profile]\nextends = b\n"),
		SOURCE("b", "[profile]\nextends = a\n"),
	};
	static const struct profile_source one[] = {
		SOURCE("a", "[profile]\nextends = b\n"),
		SOURCE("b", "[profile]\nextends = b\n"),
	};

	policies_refused("a circle", two, 2,
	    "a.ini: extends more than 8 others, or itself\n"
	    "b.ini: extends more than 8 others, or itself\n");
	policies_refused("a loop behind another", one, 2,
	    "b.ini:2: no such preset or profile: b*\n");
}

Test(policy_load, extends_eight_others_and_no_ninth)
{
	struct profile_source sources[10];
	char names[10][8], texts[10][64];
	struct policy *policy;
	size_t i;

	for (i = 0; i < 10; i++) {
		snprintf(names[i], sizeof(names[i]), "p%zu", i);
		snprintf(texts[i], sizeof(texts[i]),
		    i == 0 ? "[allow]\noperation = SystemPing\n"
			   : "[profile]\nextends = p%zu\n",
		    i - 1);
		sources[i] = (struct profile_source){ names[i], names[i],
			span_of(texts[i]) };
	}
	policy = policies_load(sources, 9);
	expect_allowed(policy, "p8", "SystemPing ");
	policy_free(policy);
	policies_refused("nine others", sources, 10,
	    "p9: extends more than 8 others, or itself\n");
}

Test(policy_load, refuses_two_profiles_at_one_path)
{
	static const struct profile_source same[] = {
		SOURCE("a", "[socket]\npath = x.sock\n"),
		SOURCE("b", "\n[socket]\npath = x.sock\n"),
	};
	static const struct profile_source inherited[] = {
		SOURCE("a", "[profile]\nextends = b\n"),
		SOURCE("b", "[socket]\npath = x.sock\n"),
	};
	static const struct profile_source unset[] = {
		SOURCE("a", "[socket]\npath = b.sock\n"),
		SOURCE("b", "[allow]\noperation = SystemPing\n"),
	};
	static const struct profile_source own[] = {
		SOURCE("a", "[profile]\nextends = b\n"),
		SOURCE("b", "[socket]\npath = %p/x.sock\n"),
	};

	policies_refused("the same path", same, 2,
	    "b.ini:3: profiles a and b have the same path\n");
	policies_refused("an inherited path", inherited, 2,
	    "b.ini:2: profiles a and b have the same path\n");
	policies_refused("another's usual path", unset, 2,
	    "a.ini:2: profiles b and a have the same path\n");
	policy_free(policies_load(own, 2));
}

Test(policy_load, refuses_names_that_make_no_file_name)
{
	static const char *const good[] = { "a", "A-b.c_9", "_", "0" };
	static const char *const bad[] = { "", ".a", "-a", "a b", "a/b", "a\n",
		"\xc3\xa9", "a=b" };
	struct profile_source source = { NULL, "x.ini", SPAN("") };
	size_t i;

	for (i = 0; i < CASES(good); i++) {
		source.name = good[i];
		cr_expect(
		    profile_name_is_good(span_of(good[i])), "%s", good[i]);
		policy_free(policies_load(&source, 1));
	}
	for (i = 0; i < CASES(bad); i++) {
		source.name = bad[i];
		cr_expect(
		    not(profile_name_is_good(span_of(bad[i]))), "%s", bad[i]);
		policies_refused(
		    bad[i], &source, 1, "x.ini: a profile's name *\n");
	}
}

Test(policy_load, lets_the_nearest_file_say_whether_it_observes)
{
	static const struct {
		const char *name;
		const char *base; /* which "web" extends */
		const char *web;
		bool observes;
		bool root;
	} rows[] = {
		ROW("nothing is said", "", "", false, false),
		ROW("enforce", "", "mode = enforce\n", false, false),
		ROW("observe", "", "mode = observe\n", true, false),
		ROW("root, too", "", "mode = observe\nobserve-root = yes\n",
		    true, true),
		ROW("the parent's", "mode = observe\nobserve-root = yes\n", "",
		    true, true),
		ROW("not the parent's", "mode = observe\nobserve-root = yes\n",
		    "mode = enforce\nobserve-root = no\n", false, false),
	};
	struct profile_source sources[2];
	char base[128], web[128];
	struct policy *policy;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(base, sizeof(base), "[profile]\n%s", rows[i].base);
		snprintf(web, sizeof(web), "[profile]\nextends = base\n%s",
		    rows[i].web);
		sources[0] =
		    (struct profile_source){ "web", "web.ini", span_of(web) };
		sources[1] = (struct profile_source){ "base", "base.ini",
			span_of(base) };
		policy = policies_load(sources, 2);
		cr_expect(
		    eq(int, policy->profiles[0].observes, rows[i].observes),
		    "%s", rows[i].name);
		cr_expect(
		    eq(int, policy->profiles[0].observes_root, rows[i].root),
		    "%s", rows[i].name);
		policy_free(policy);
	}
	policies_refused_web("another word", "[profile]\nmode = complain\n",
	    "web.ini:2: mode = complain: enforce or observe is needed\n");
	policies_refused_web("another word for yes",
	    "[profile]\nobserve-root = true\n",
	    "web.ini:2: observe-root = true: yes or no is needed\n");
	policies_refused_web("twice",
	    "[profile]\nmode = observe\nmode = enforce\n",
	    "web.ini:3: mode stands in line 2 already\n");
}
