/* SPDX-License-Identifier: MIT */
/* Commands in containers: as they are made, and as they are started. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define FACT(path, status, body)                 \
	{                                        \
		{                                \
			(path), (status), (body) \
		}                                \
	}

#define ANY	  "[exec]\ncommand = *\n"
#define MAKE	  "POST /containers/web/exec"
#define ID16	  "0123456789abcdef"
#define ID	  ID16 ID16 ID16 ID16
#define START	  "POST /exec/" ID "/start"
#define CONTAINER "fedcba9876543210" ID16 ID16 ID16

Test(exec, fields)
{
	static const struct inspections_row rows[] = {
		ROW("what the CLI sends", ANY, MAKE,
		    "{\"User\":\"\",\"Privileged\":false,\"Tty\":false,"
		    "\"ConsoleSize\":[24,80],\"AttachStdin\":true,"
		    "\"AttachStderr\":true,\"AttachStdout\":true,"
		    "\"Detach\":true,\"DetachKeys\":\"ctrl-x\",\"Env\":null,"
		    "\"WorkingDir\":\"\",\"Cmd\":[\"id\"]}",
		    "{\"User\":\"\",\"Privileged\":false,\"Tty\":false,"
		    "\"ConsoleSize\":[24,80],\"AttachStdin\":true,"
		    "\"AttachStderr\":true,\"AttachStdout\":true,"
		    "\"DetachKeys\":\"ctrl-x\",\"WorkingDir\":\"\","
		    "\"Cmd\":[\"id\"]}",
		    NO_FACTS),
		ROW("what docker-py sends", ANY, MAKE,
		    "{\"Container\":\"web\",\"Cmd\":[\"id\"],"
		    "\"detachKeys\":\"ctrl-x\"}",
		    "{\"Cmd\":[\"id\"],\"detachKeys\":\"ctrl-x\"}", NO_FACTS),
		ROW("both spellings", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"DetachKeys\":\"a\","
		    "\"detachKeys\":\"b\"}",
		    "400 detachKeys = \"b\" (a field that stands twice)",
		    NO_FACTS),
		ROW("an unknown field", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"HostConfig\":{\"a\":1}}",
		    "403 HostConfig (*", NO_FACTS),
		ROW("another case", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"cmd\":[\"sh\"]}", "400 cmd*",
		    NO_FACTS),
		ROW("no command", ANY, MAKE, "{\"Tty\":true}",
		    "400 Cmd is missing", NO_FACTS),
		ROW("an empty command", ANY, MAKE, "{\"Cmd\":[]}",
		    "400 Cmd is missing", NO_FACTS),
		ROW("nothing", ANY, MAKE, "null", "400 *", NO_FACTS),
		ROW("privileged", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"Privileged\":true}",
		    "403 Privileged = true (add [exec] privileged = yes*",
		    NO_FACTS),
		ROW("privileged, allowed", ANY "privileged = yes\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Privileged\":true}",
		    "{\"Cmd\":[\"id\"],\"Privileged\":true}", NO_FACTS),
		ROW("a directory", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/tmp/\"}",
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/tmp/\"}", NO_FACTS),
		ROW("a relative one", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"tmp\"}",
		    "403 WorkingDir = \"tmp\" (not an absolute path)",
		    NO_FACTS),
		ROW("a directory that is listed", ANY "working-dir = /srv/*\n",
		    MAKE, "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/srv/a\"}",
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/srv/a\"}", NO_FACTS),
		ROW("one that is not", ANY "working-dir = /srv/*\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/etc\"}",
		    "403 WorkingDir = \"/etc\" (add [exec] working-dir = "
		    "/etc, *",
		    NO_FACTS),
		ROW("one that leads out", ANY "working-dir = /srv/*\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"WorkingDir\":\"/srv/../etc\"}",
		    "403 WorkingDir = \"/srv/../etc\" (a path that is not "
		    "plain)",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(exec, variables)
{
	static const struct inspections_row rows[] = {
		ROW("none, where commands are told apart",
		    "[exec]\ncommand = [\"id\"]\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"BASH_ENV=x\"]}",
		    "403 Env[0] = \"BASH_ENV=x\" (add [exec] env = "
		    "BASH_ENV=x, or drop the field)",
		    NO_FACTS),
		ROW("a listed one, where they are",
		    "[exec]\ncommand = [\"id\"]\nenv = LANG\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"LANG=C\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[\"LANG=C\"]}", NO_FACTS),
		ROW("any", ANY, MAKE, "{\"Cmd\":[\"id\"],\"Env\":[\"A=1\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=1\"]}", NO_FACTS),
		ROW("a name alone", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=1\",\"P*\"]}",
		    "403 Env[1] = \"P*\" (a variable without a value)",
		    NO_FACTS),
		ROW("listed by name", ANY "env = TERM LC_*\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"TERM=x=y\",\"LC_ALL=C\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[\"TERM=x=y\",\"LC_ALL=C\"]}",
		    NO_FACTS),
		ROW("not listed", ANY "env = TERM\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"TERMINAL=x\"]}",
		    "403 Env[0] = \"TERMINAL=x\" (add [exec] env = "
		    "TERMINAL=x, *",
		    NO_FACTS),
		ROW("a plain name alone", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"PATH\",\"A=1\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=1\"]}", NO_FACTS),
		ROW("names alone, listed or not", ANY "env = TERM\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"TERM\",\"PATH\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[]}", NO_FACTS),
		ROW("not listed, behind a name alone", ANY "env = TERM\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"TERM\",\"PATH=x\"]}",
		    "403 Env[1] = \"PATH=x\"*", NO_FACTS),
		ROW("listed with its value", ANY "env = A=1*\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=12\"]}",
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=12\"]}", NO_FACTS),
		ROW("with another value", ANY "env = A=1*\n", MAKE,
		    "{\"Cmd\":[\"id\"],\"Env\":[\"A=2\"]}",
		    "403 Env[0] = \"A=2\"*", NO_FACTS),
		ROW("a name with an equals sign is none", ANY "env = A*=1\n",
		    MAKE, "{\"Cmd\":[\"id\"],\"Env\":[\"B=A=1\"]}",
		    "403 Env[0]*", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

#define BY_USER(user) ANY "user = " user "\n"

Test(exec, users)
{
	static const struct inspections_row rows[] = {
		ROW("nobody asks", ANY, MAKE,
		    "{\"Cmd\":[\"id\"],\"User\":\"root\"}",
		    "{\"Cmd\":[\"id\"],\"User\":\"root\"}", NO_FACTS),
		ROW("listed", BY_USER("1000"), MAKE,
		    "{\"Cmd\":[\"id\"],\"User\":\"1000\"}",
		    "{\"Cmd\":[\"id\"],\"User\":\"1000\"}", NO_FACTS),
		ROW("not listed", BY_USER("1000"), MAKE,
		    "{\"Cmd\":[\"id\"],\"User\":\"0\"}",
		    "403 User = \"0\" (add [exec] user = 0, *", NO_FACTS),
		ROW("the container's is asked for", BY_USER("nonroot"), MAKE,
		    "{\"Cmd\":[\"id\"]}", "ask /containers/web/json", NO_FACTS),
		ROW("and written down", BY_USER("nonroot"), MAKE,
		    "{\"Cmd\":[\"id\"],\"User\":\"\"}",
		    "{\"Cmd\":[\"id\"],\"User\":\"1000:1000\"}",
		    FACT("/containers/web/json", 200,
			"{\"Config\":{\"User\":\"1000:1000\"}}")),
		ROW("and refused", BY_USER("nonroot"), MAKE,
		    "{\"Cmd\":[\"id\"],\"User\":\"\"}",
		    "403 User = \"\" (add [exec] user = 0, *",
		    FACT("/containers/web/json", 200,
			"{\"Config\":{\"User\":\"0\"}}")),
		ROW("none is root", BY_USER("nonroot"), MAKE,
		    "{\"Cmd\":[\"id\"]}", "403 User (add [exec] user = 0, *",
		    FACT("/containers/web/json", 200,
			"{\"Config\":{\"User\":\"\"}}")),
		ROW("root by its name", BY_USER("root"), MAKE,
		    "{\"Cmd\":[\"id\"]}", "{\"Cmd\":[\"id\"],\"User\":\"0\"}",
		    FACT("/containers/web/json", 200,
			"{\"Config\":{\"User\":\"\"}}")),
		ROW("not known", BY_USER("root"), MAKE, "{\"Cmd\":[\"id\"]}",
		    "403 User (the container's user is not known)",
		    FACT("/containers/web/json", 200, "{\"Config\":{}}")),
		ROW("not said at all", BY_USER("root"), MAKE,
		    "{\"Cmd\":[\"id\"]}",
		    "403 User (the container's user is not known)",
		    FACT("/containers/web/json", 200, "[]")),
		ROW("no such container", BY_USER("root"), MAKE,
		    "{\"Cmd\":[\"id\"]}", "404 No such container: web",
		    FACT("/containers/web/json", 404, "{}")),
		ROW("the daemon fails", BY_USER("root"), MAKE,
		    "{\"Cmd\":[\"id\"]}", "502 User (what the daemon says*",
		    FACT("/containers/web/json", 500, "{}")),
		ROW("no name", BY_USER("root"), "POST /containers/a:b/exec",
		    "{\"Cmd\":[\"id\"]}", "404 No such container: a:b",
		    NO_FACTS),
		ROW("the command counts first", "[exec]\nuser = root\n", MAKE,
		    "{\"Cmd\":[\"id\"]}", "403 Cmd (add [exec] command = *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

#define PLAIN                                                          \
	"{\"tty\":false,\"entrypoint\":\"id\",\"arguments\":[\"-u\"]," \
	"\"privileged\":false}"
#define INSTANCE(process) \
	"{\"ContainerID\":\"" CONTAINER "\",\"ProcessConfig\":" process "}"
#define IS(process) FACT("/exec/" ID "/json", 200, INSTANCE(process))
#define ID_ONLY	    "[exec]\ncommand = [\"id\",\"-u\"]\n"
#define NONROOT	    ID_ONLY "user = nonroot\n"

Test(exec, start_judges_what_it_is)
{
	static const struct inspections_row rows[] = {
		ROW("asks", ID_ONLY, START, "{\"Detach\":false,\"Tty\":false}",
		    "ask /exec/" ID "/json", NO_FACTS),
		ROW("allowed", ID_ONLY, START,
		    "{\"Detach\":false,\"Tty\":true,\"ConsoleSize\":[1,2]}",
		    "{\"Detach\":false,\"Tty\":true,\"ConsoleSize\":[1,2]}",
		    IS(PLAIN)),
		ROW("what dockerode sends", ID_ONLY, START,
		    "{\"hijack\":true,\"stdin\":true}", "{}", IS(PLAIN)),
		ROW("an unknown field", ID_ONLY, START, "{\"Cmd\":[\"sh\"]}",
		    "403 Cmd (a field that is not known)", IS(PLAIN)),
		ROW("no arguments", "[exec]\ncommand = [\"id\"]\n", START, "{}",
		    "{}", IS("{\"entrypoint\":\"id\",\"arguments\":null}")),
		ROW("another command", ID_ONLY, START, "{}",
		    "403 ProcessConfig.arguments (add [exec] command = "
		    "[\"id\",\"-g\"], or drop the field)",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-g\"]}")),
		ROW("another program", ID_ONLY, START, "{}", "403 *",
		    IS("{\"entrypoint\":\"sh\",\"arguments\":[\"-u\"]}")),
		ROW("privileged", ID_ONLY, START, "{}",
		    "403 ProcessConfig.privileged = true (add [exec] "
		    "privileged = yes, *",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\"],"
		       "\"privileged\":true}")),
		ROW("privileged, allowed", ID_ONLY "privileged = yes\n", START,
		    "{}", "{}",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\"],"
		       "\"privileged\":true}")),
		ROW("privileged in a way of its own", ID_ONLY, START, "{}",
		    "403 *",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\"],"
		       "\"privileged\":\"yes\"}")),
		ROW("a user", NONROOT, START, "{}", "{}",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\"],"
		       "\"user\":\"1000:1000\"}")),
		ROW("another user", NONROOT, START, "{}",
		    "403 ProcessConfig.user = \"root\" (add [exec] user = "
		    "root, *",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\"],"
		       "\"user\":\"root\"}")),
		ROW("no program", ID_ONLY, START, "{}",
		    "403 ProcessConfig (the daemon does not say what it runs)",
		    IS("{\"arguments\":[\"id\",\"-u\"]}")),
		ROW("an array for a program", ID_ONLY, START, "{}", "403 *",
		    IS("{\"entrypoint\":[\"id\",\"-u\"],\"arguments\":[]}")),
		ROW("a number for an argument", ID_ONLY, START, "{}", "403 *",
		    IS("{\"entrypoint\":\"id\",\"arguments\":[\"-u\",1]}")),
		ROW("an object for arguments", ID_ONLY, START, "{}", "403 *",
		    IS("{\"entrypoint\":\"id\",\"arguments\":{\"a\":1}}")),
		ROW("no process", ID_ONLY, START, "{}", "403 *", IS("null")),
		ROW("gone", ID_ONLY, START, "{}",
		    "404 No such exec instance: " ID,
		    FACT("/exec/" ID "/json", 404, "{}")),
		ROW("the daemon fails", ID_ONLY, START, "{}", "502 *",
		    FACT("/exec/" ID "/json", 500, INSTANCE(PLAIN))),
		ROW("no ID", ID_ONLY, "POST /exec/0123/start", "{}",
		    "404 No such exec instance: 0123", NO_FACTS),
		ROW("too long an ID", ID_ONLY, "POST /exec/" ID "0/start", "{}",
		    "404 *", NO_FACTS),
		ROW("of no container", ID_ONLY, START, "{}", "403 *",
		    FACT("/exec/" ID "/json", 200,
			"{\"ProcessConfig\":" PLAIN "}")),
	};

	inspections_check(rows, CASES(rows));
}

#define OF_USER(user)                                              \
	{                                                          \
		{ "/exec/" ID "/json", 200, INSTANCE(PLAIN) },     \
		{                                                  \
			"/containers/" CONTAINER "/json", 200,     \
			    "{\"Config\":{\"User\":\"" user "\"}}" \
		}                                                  \
	}

Test(exec, start_judges_the_containers_user)
{
	static const struct inspections_row rows[] = {
		ROW("asks", NONROOT, START, "{}",
		    "ask /containers/" CONTAINER "/json", IS(PLAIN)),
		ROW("allowed", NONROOT, START, "{}", "{}", OF_USER("7:7")),
		ROW("refused", NONROOT, START, "{}",
		    "403 ProcessConfig.user (add [exec] user = 0, *",
		    OF_USER("")),
	};

	inspections_check(rows, CASES(rows));
}

/* Who may make any command as root-equivalent needs no line for starting it;
 * who may only make those that are listed does. */
Test(exec, start_goes_by_how_commands_are_made)
{
	static const struct inspections_row rows[] = {
		ROW("any", "[allow]\nroot-equivalent = ContainerExec\n", START,
		    "{\"Tty\":true}", "{\"Tty\":true}", NO_FACTS),
		ROW("listed", "[allow]\noperation = ContainerExec\n", START,
		    "{\"Tty\":true}", "ask /exec/" ID "/json", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}
