/* SPDX-License-Identifier: MIT */
/* Images out of containers: any settings, but only the names that are
 * allowed. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define MINE "[image]\ntag = registry.example/me/*\n"

Test(commit, judges_the_name)
{
	static const struct inspections_row rows[] = {
		ROW("without a name", "",
		    "POST /commit?container=c&repo=&tag=&changes=LABEL+a%3Db",
		    "", "", NO_FACTS),
		ROW("a tag of nothing", "", "POST /commit?container=c&tag=1",
		    "", "", NO_FACTS),
		ROW("a name", "", "POST /commit?container=c&repo=img&tag=1", "",
		    "403 query.repo = \"img\" (add [image] tag = img:1, *",
		    NO_FACTS),
		ROW("a name, allowed", MINE,
		    "POST /commit?container=c&repo=registry.example/me/x", "",
		    "", NO_FACTS),
		ROW("somebody else's", MINE,
		    "POST /commit?container=c&repo=registry.example/you/x", "",
		    "403 query.repo*", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(commit, writes_the_settings_that_are_known)
{
	static const struct inspections_row rows[] = {
		ROW("what the CLI sends", "", "POST /commit?container=c",
		    "{\"Hostname\":\"\",\"Cmd\":[\"true\"],\"Volumes\":null,"
		    "\"Labels\":{\"a\":\"b\"},\"ExposedPorts\":{\"80/tcp\":{}},"
		    "\"Healthcheck\":{\"Test\":[\"NONE\"]}}",
		    "{\"Hostname\":\"\",\"Cmd\":[\"true\"],"
		    "\"Labels\":{\"a\":\"b\"},\"ExposedPorts\":{\"80/tcp\":{}},"
		    "\"Healthcheck\":{\"Test\":[\"NONE\"]}}",
		    NO_FACTS),
		ROW("what dockerode sends", "", "POST /commit?container=c",
		    "{\"repo\":\"img\",\"tag\":\"1\",\"changes\":\"ENV A=1\","
		    "\"pause\":true,\"container\":\"c\",\"comment\":\"x\","
		    "\"author\":\"a\",\"User\":\"1\"}",
		    "{\"User\":\"1\"}", NO_FACTS),
		ROW("a container's settings", "", "POST /commit?container=c",
		    "{\"HostConfig\":{\"Privileged\":true}}", "403 HostConfig*",
		    NO_FACTS),
		ROW("a variable that is not set", "",
		    "POST /commit?container=c", "{\"Env\":[\"HOME\"]}",
		    "{\"Env\":[]}", NO_FACTS),
		ROW("all variables that begin so", "",
		    "POST /commit?container=c", "{\"Env\":[\"H*\"]}",
		    "403 Env[0]*", NO_FACTS),
		ROW("no object", "", "POST /commit?container=c", "[]",
		    "400 not an object", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}
