/* SPDX-License-Identifier: MIT */
/* Who may run in a container: numbers and names, and the image's own user. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define NONROOT	   "[container]\nuser = nonroot\n"
#define WRITES	   NONROOT "bind = /srv/app:rw\n"
#define CREATE	   "POST /v1.41/containers/create"
#define WITH(user) "{\"Image\":\"web\",\"User\":\"" user "\",\"HostConfig\":{}}"
#define IMAGE	   "{\"Image\":\"web\",\"HostConfig\":{}}"
#define OF_IMAGE(user)                                                   \
	{                                                                \
		{                                                        \
			"/images/web/json", 200,                         \
			    "{\"Id\":\"x\",\"Config\":{\"User\":\"" user \
			    "\"}}"                                       \
		}                                                        \
	}

Test(user_is_nonroot, takes_numbers_but_0_and_nothing_else)
{
	static const struct {
		const char *user;
		bool nonroot;
		bool has_group;
	} rows[] = {
		ROW("1", true, false),
		ROW("1000", true, false),
		ROW("2147483647", true, false),
		ROW("1000:1000", true, true),
		ROW("2147483648", false, false),
		ROW("99999999999999999999", false, false),
		ROW("", false, false),
		ROW("0", false, false),
		ROW("00", false, false),
		ROW("+0", false, false),
		ROW("-1", false, false),
		ROW("+1", false, false),
		ROW("01", false, false),
		ROW(" 1", false, false),
		ROW("1 ", false, false),
		ROW("0x1", false, false),
		ROW("1e3", false, false),
		ROW("app", false, false),
		ROW("0:1000", false, true),
		ROW(":1000", false, true),
		ROW("1000:", false, true),
		ROW("1000:0", false, true),
		ROW("1000:00", false, true),
		ROW("1000:root", false, true),
		ROW("1000:1000:1000", false, true),
	};
	bool has_group;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(user_is_nonroot(span_of(rows[i].user), &has_group) ==
			      rows[i].nonroot,
		    "%s", rows[i].user);
		cr_expect(has_group == rows[i].has_group, "%s", rows[i].user);
	}
}

Test(rule_user, judges_what_the_client_sends)
{
	static const struct inspections_row rows[] = {
		ROW("anybody, where nothing is said", "[container]\n", CREATE,
		    WITH("root"), WITH("root"), NO_FACTS),
		ROW("a number", NONROOT, CREATE, WITH("1000"), WITH("1000"),
		    NO_FACTS),
		ROW("with a group", NONROOT, CREATE, WITH("1000:1000"),
		    WITH("1000:1000"), NO_FACTS),
		ROW("root", NONROOT, CREATE, WITH("root"),
		    "403 User = \"root\" (add [container] user = root, *",
		    NO_FACTS),
		ROW("0", NONROOT, CREATE, WITH("0"), "403 User = \"0\" (*",
		    NO_FACTS),
		ROW("zeros", NONROOT, CREATE, WITH("00"), "403 User = \"00\"*",
		    NO_FACTS),
		ROW("a name, which the image explains", NONROOT, CREATE,
		    WITH("app"), "403 User = \"app\" (*", NO_FACTS),
		ROW("root's group", NONROOT, CREATE, WITH("1000:0"),
		    "403 User = \"1000:0\" (*", NO_FACTS),
		ROW("a word", "[container]\nuser = app 1000:0\n", CREATE,
		    WITH("app"), WITH("app"), NO_FACTS),
		ROW("the other word", "[container]\nuser = app 1000:0\n",
		    CREATE, WITH("1000:0"), WITH("1000:0"), NO_FACTS),
		ROW("almost a word", "[container]\nuser = app 1000:0\n", CREATE,
		    WITH("apps"), "403 User = \"apps\" (*", NO_FACTS),
		ROW("half a word", "[container]\nuser = app 1000:0\n", CREATE,
		    WITH("1000"), "403 User = \"1000\" (*", NO_FACTS),
		ROW("no string", NONROOT, CREATE,
		    "{\"Image\":\"web\",\"User\":0}",
		    "400 User = 0 (a value of the wrong kind)", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_user, wants_the_group_where_the_host_is_written_to)
{
	static const struct inspections_row rows[] = {
		ROW("both", WRITES, CREATE, WITH("1000:1000"),
		    WITH("1000:1000"), NO_FACTS),
		ROW("no group", WRITES, CREATE, WITH("1000"),
		    "403 User = \"1000\" (its group may be root's*", NO_FACTS),
		ROW("the image's, without", WRITES, CREATE, IMAGE,
		    "403 User = \"1000\" (its group may be root's*",
		    OF_IMAGE("1000")),
		ROW("root's files are allowed", WRITES "bind-as-root = yes\n",
		    CREATE, WITH("1000"), WITH("1000"), NO_FACTS),
		ROW("nothing is written", NONROOT "bind = /srv/app:ro\n",
		    CREATE, WITH("1000"), WITH("1000"), NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(user_finish, asks_for_the_image_and_writes_its_user)
{
	static const struct inspections_row rows[] = {
		ROW("not needed", "[container]\n", CREATE, IMAGE, IMAGE,
		    NO_FACTS),
		ROW("asked", NONROOT, CREATE, IMAGE, "ask /images/web/json",
		    NO_FACTS),
		ROW("asked for an empty one", NONROOT, CREATE, WITH(""),
		    "ask /images/web/json", NO_FACTS),
		ROW("written", NONROOT, CREATE, IMAGE,
		    "{\"Image\":\"web\",\"HostConfig\":{},\"User\":\"101\"}",
		    OF_IMAGE("101")),
		ROW("written into an empty one", NONROOT, CREATE, WITH(""),
		    WITH("101:5"), OF_IMAGE("101:5")),
		ROW("the image's name", NONROOT, CREATE, IMAGE,
		    "403 User = \"app\" (add [container] user = app, *",
		    OF_IMAGE("app")),
		ROW("nobody is root", NONROOT, CREATE, IMAGE,
		    "403 User = \"0\" (*", OF_IMAGE("")),
		ROW("nobody is root, which is allowed",
		    "[container]\nuser = root\n", CREATE, WITH(""), WITH("0"),
		    OF_IMAGE("")),
		ROW("what is written for it may be said",
		    "[container]\nuser = root\n", CREATE, WITH("0"), WITH("0"),
		    NO_FACTS),
		ROW("a longer one may not", "[container]\nuser = root\n",
		    CREATE, WITH("0:0"), "403 User = \"0:0\"*", NO_FACTS),
		ROW("nobody is 0, which is allowed", "[container]\nuser = 0\n",
		    CREATE, WITH(""), WITH("0"), OF_IMAGE("")),
		ROW("no settings at all", NONROOT, CREATE, IMAGE,
		    "403 User = \"0\" (*",
		    {{ "/images/web/json", 200, "{\"Config\":null}" }}
			),
		ROW("no such image", NONROOT, CREATE, IMAGE,
		    "404 No such image: web",
		    { { "/images/web/json", 404, "{}" }		}
			 ),
		ROW("a daemon in trouble", NONROOT, CREATE, IMAGE,
		    "502 User (what the daemon says *",
		    { { "/images/web/json", 500, "{}" }		}
			 ),
		ROW("an image in full", NONROOT, CREATE,
		    "{\"Image\":\"localhost:5000/a/web:1\"}",
		    "ask /images/localhost:5000/a/web:1/json", NO_FACTS),
		ROW("an ID's beginning", NONROOT, CREATE,
		    "{\"Image\":\"0123456789ab\"}",
		    "ask /images/0123456789ab/json", NO_FACTS),
		ROW("a way out", NONROOT, CREATE,
		    "{\"Image\":\"../containers/web\"}", "400 User (*",
		    NO_FACTS),
		ROW("a query", NONROOT, CREATE, "{\"Image\":\"web?x\"}",
		    "400 User (*", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(check_user, takes_users_as_they_are_written)
{
	static const char *const good[] = { "nonroot", "root", "0", "1000",
		"1000:1000", "app", "app:staff", "_apt", "a.b-c" };
	static const char *const bad[] = { "*", "app*", "1000:", ":1000",
		"1:2:3", "a/b", "1000:*" };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(check_user(span_of(good[i])) == NULL, "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(check_user(span_of(bad[i])) != NULL, "%s", bad[i]);
}
