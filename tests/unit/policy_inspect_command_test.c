/* SPDX-License-Identifier: MIT */
/* Command lines against the lines of a profile: argument by argument. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

struct row {
	const char *name;
	const char *profile;
	const char *argv;
	bool allowed;
};

static const struct row rows[] = {
	ROW("nothing said", "", "[\"true\"]", false),
	ROW("an empty section", "[exec]\n", "[\"true\"]", false),
	ROW("any command", "[exec]\ncommand = *\n", "[\"sh\",\"-c\"]", true),
	ROW("the command", "[exec]\ncommand = [\"id\"]\n", "[\"id\"]", true),
	ROW("another one", "[exec]\ncommand = [\"id\"]\n", "[\"ido\"]", false),
	ROW("one argument more", "[exec]\ncommand = [\"id\"]\n",
	    "[\"id\",\"-u\"]", false),
	ROW("one less", "[exec]\ncommand = [\"id\",\"-u\"]\n", "[\"id\"]",
	    false),
	ROW("a glob", "[exec]\ncommand = [\"pg_dump\", \"*\"]\n",
	    "[\"pg_dump\",\"a b/c\"]", true),
	ROW("a glob is one argument", "[exec]\ncommand = [\"pg_dump\",\"*\"]\n",
	    "[\"pg_dump\",\"a\",\"b\"]", false),
	ROW("a glob is an argument", "[exec]\ncommand = [\"pg_dump\",\"*\"]\n",
	    "[\"pg_dump\"]", false),
	ROW("an empty argument", "[exec]\ncommand = [\"pg_dump\",\"*\"]\n",
	    "[\"pg_dump\",\"\"]", true),
	ROW("a glob inside", "[exec]\ncommand = [\"kill\",\"-*\",\"1\"]\n",
	    "[\"kill\",\"-HUP\",\"1\"]", true),
	ROW("a glob inside, not matching",
	    "[exec]\ncommand = [\"kill\",\"-*\",\"1\"]\n",
	    "[\"kill\",\"HUP\",\"1\"]", false),
	ROW("further arguments", "[exec]\ncommand = [\"ls\",\"...\"]\n",
	    "[\"ls\",\"-l\",\"/\"]", true),
	ROW("no further arguments", "[exec]\ncommand = [\"ls\",\"...\"]\n",
	    "[\"ls\"]", true),
	ROW("further arguments of another",
	    "[exec]\ncommand = [\"ls\",\"...\"]\n", "[\"rm\",\"-l\"]", false),
	ROW("further arguments need the first ones",
	    "[exec]\ncommand = [\"ls\",\"-l\",\"...\"]\n", "[\"ls\"]", false),
	ROW("dots elsewhere are dots",
	    "[exec]\ncommand = [\"ls\",\"...\",\"x\"]\n",
	    "[\"ls\",\"a\",\"b\",\"x\"]", false),
	ROW("a second line",
	    "[exec]\ncommand = [\"id\"]\ncommand = [\"true\"]\n", "[\"true\"]",
	    true),
	ROW("lines do not mix",
	    "[exec]\ncommand = [\"id\",\"-u\"]\ncommand = [\"ls\",\"-l\"]\n",
	    "[\"id\",\"-l\"]", false),
	ROW("one string is one argument", "[exec]\ncommand = [\"sh\",\"-c\"]\n",
	    "\"sh -c\"", false),
	ROW("one string", "[exec]\ncommand = [\"sh -c\"]\n", "\"sh -c\"", true),
};

Test(command, matches_argument_by_argument)
{
	struct inspections_row asked = { .request = "POST /containers/c/exec" };
	char body[256];
	size_t i;
	const char *got;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(body, sizeof(body), "{\"Cmd\":%s}", rows[i].argv);
		asked.name = rows[i].name;
		asked.profile = rows[i].profile;
		asked.body = body;
		got = inspections_judge(&asked);
		cr_expect(glob_matches(rows[i].allowed
					   ? SPAN("{\"Cmd\":*}")
					   : SPAN("403 Cmd (add [exec] *"),
			      span_of(got)),
		    "%s: %s", rows[i].name, got);
	}
}

Test(command, shows_the_line_that_would_allow_it)
{
	static const struct inspections_row shown[] = {
		ROW("as JSON", "", "POST /containers/c/exec",
		    "{\"Cmd\":[\"sh\",\"-c\",\"a \\\"b\\\"\"]}",
		    "403 Cmd (add [exec] command = [\"sh\",\"-c\","
		    "\"a \\\"b\\\"\"], or drop the field)",
		    NO_FACTS),
		ROW("with a star of its own", "", "POST /containers/c/exec",
		    "{\"Cmd\":[\"ls\",\"*\"]}",
		    "403 Cmd (see [exec] command, or drop the field)",
		    NO_FACTS),
		ROW("a long one by its program", "", "POST /containers/c/exec",
		    "{\"Cmd\":[\"sh\",\"-c\",\""
		    "0123456789012345678901234567890123456789012345678901234567"
		    "0123456789012345678901234567890123456789012345678901234567"
		    "0123456789012345678901234567890123456789012345678901234567"
		    "\"]}",
		    "403 Cmd (add [exec] command = [\"sh\",\"...\"], "
		    "or drop the field)",
		    NO_FACTS),
	};

	inspections_check(shown, CASES(shown));
}

Test(command, lines_are_checked)
{
	static const char *const good[] = { "*", "[\"id\"]",
		"[ \"sh\", \"-c\", \"*\" ]", "[\"ls\",\"...\"]", "[\"\"]" };
	static const char *const bad[] = { "", "id", "sh -c", "\"id\"", "[]",
		"{}", "{\"a\":\"b\"}", "[1]", "[\"id\",null]", "[[\"id\"]]",
		"null", "[\"id\"", "[\"id\"] x", "**" };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(
		    check_command(span_of(good[i])) == NULL, "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(check_command(span_of(bad[i])) != NULL, "%s", bad[i]);
}
