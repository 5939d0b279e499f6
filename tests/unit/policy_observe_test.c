/* SPDX-License-Identifier: MIT */
/* Profiles that observe: what passes and is told, and what does not pass all
 * the same. That it holds for whatever else is asked for, inspections_check()
 * sees to. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/observe.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

#define CREATE	"POST /containers/create"
#define OBSERVE "[profile]\nmode = observe\n"
#define ROOT	OBSERVE "observe-root = yes\n"

/* The verdict, and what it is told with: "would-deny field HostConfig.CapAdd[0]
 * | missing | needs", each of the lines with ';' behind it. */
static const char *
observed(const char *profile, const char *line, const char *body)
{
	static struct policies_reading reading;
	static struct inspection in;
	static char memory[8192];
	struct observation seen = { 0 };
	struct text text = { memory, 0, sizeof(memory) - 1, false };
	struct policy *policy = policies_web(profile);
	struct buf out = { 0 };
	struct verdict verdict;
	char head[1024];
	size_t i;

	snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: d\r\n\r\n", line);
	cr_assert(policies_read(&reading, line, span_of(head)));
	verdict = observe_verdict(&policy->profiles[0], &reading.request);
	in = (struct inspection){ .profile = &policy->profiles[0],
		.request = &reading.request };
	if (verdict.decision == DECIDE_DENY) {
		text_format(&text, "deny %s", reason_name(verdict.reason));
	} else {
		switch (observe(&in, &verdict, span_of(body), &out, &seen)) {
		case INSPECT_PASS:
			text_format(&text, "%s %s %.*s|",
			    seen.verdict.decision == DECIDE_OBSERVE ? "would"
								    : "allow",
			    reason_name(seen.verdict.reason),
			    SPAN_ARG(text_span(&seen.field)));
			break;
		case INSPECT_REFUSE:
			text_format(&text, "%u %.*s|", in.status,
			    SPAN_ARG(text_span(&in.why)));
			break;
		case INSPECT_ASK:
			text_format(
			    &text, "ask %.*s|", SPAN_ARG(text_span(&in.ask)));
			break;
		}
		text_add(&text, buf_span(&seen.missing));
		text_char(&text, '|');
		text_add(&text, buf_span(&seen.needs));
		if (seen.unknown.len > 0)
			text_format(
			    &text, "|%.*s", SPAN_ARG(text_span(&seen.unknown)));
	}
	cr_assert(text.full == false);
	memory[text.len] = '\0';
	for (i = 0; i < text.len; i++)
		if (memory[i] == '\n')
			memory[i] = ';';
	observe_clear(&seen);
	buf_clear(&out);
	policy_free(policy);
	return memory;
}

struct row {
	const char *name;
	const char *profile;
	const char *line;
	const char *body;
	const char *wanted; /* '*' stands for anything */
};

static void
check(const struct row *rows, size_t len)
{
	const char *got;
	size_t i;

	for (i = 0; i < len; i++) {
		got = observed(rows[i].profile, rows[i].line, rows[i].body);
		cr_expect(glob_matches(span_of(rows[i].wanted), span_of(got)),
		    "%s: wanted %s, got %s", rows[i].name, rows[i].wanted, got);
	}
}

Test(observe, passes_what_would_be_denied_and_says_what_is_missing)
{
	static const struct row rows[] = {
		{"no line at all",   OBSERVE,					     "GET /containers/json", "",
		    "would not-allowed |[allow] operation = ContainerList;|"												     },
		{ "allowed",	     OBSERVE "[allow]\noperation = ContainerList\n",
		    "GET /containers/json",								     "",						"allow allowed ||"},
		{ "inside, too",	 OBSERVE,					  CREATE,
		    "{\"Image\":\"nginx\",\"HostConfig\":{\"Binds\":"
		    "[\"/srv:/srv:ro\"]}}",														 "would not-allowed HostConfig.Binds[0]|"
		    "[allow] operation = ContainerCreate;"
		    "[container] bind = /srv:ro;|"
		    "[container] image = docker.io/library/nginx:latest;"
		    "[container] bind = /srv:ro;"										  },
		{ "inside alone",
		    OBSERVE "[allow]\noperation = ContainerCreate\n"
			    "[container]\nimage = httpd\n",			  CREATE,		    "{\"Image\":\"nginx:1\"}",
		    "would field Image|"
		    "[container] image = docker.io/library/nginx:1;|"
		    "[container] image = docker.io/library/nginx:1;"													  },
		{ "allowed inside",
		    OBSERVE "[allow]\noperation = ContainerCreate\n"
			    "[container]\nimage = ngin*\ndns = 1.1.1.*\n",	    CREATE,
		    "{\"Image\":\"nginx\",\"HostConfig\":{\"Dns\":"
		    "[\"1.1.1.1\",\"1.1.1.2\"]}}",													  "allow allowed ||"
		    "[container] image = docker.io/library/nginx:latest;"
		    "[container] dns = 1.1.1.1;[container] dns = 1.1.1.2;"						   },
		{ "above a most",
		    OBSERVE "[allow]\noperation = ContainerCreate\n"
			    "[container]\nmemory-max = 1M\n",			CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"Memory\":2000000}}",										  "would field HostConfig.Memory|[container] memory-max;|"
		    "[container] image = docker.io/library/ng:latest;"			       },
		{ "another label",
		    OBSERVE "[allow]\noperation = ContainerCreate\n"
			    "[container]\nlabel = a=b c=d\n",			CREATE,		    "{\"Image\":\"ng\",\"Labels\":{\"a\":\"x\"}}",
		    "would field Labels.a|[container] label;|*"														  },
		{ "in the query",	  OBSERVE "[allow]\noperation = Image*\n",
		    "POST /images/create?fromImage=ghcr.io/a/b&tag=1",					       "",
		    "would field query.fromImage|"
		    "[image] pull = ghcr.io/a/b:1;|"
		    "[image] pull = ghcr.io/a/b:1;"															   },
		{ "all tags",	      OBSERVE "[allow]\noperation = Image*\n",
		    "POST /images/create?fromImage=alpine",							    "",
		    "allow allowed ||[image] pull = alpine;"														     },
		{ "root-equivalent",
		    OBSERVE "[allow]\nroot-equivalent = ContainerCreate\n",
		    CREATE,										     "{\"HostConfig\":{\"Privileged\":true}}",
		    "allow allowed ||"
		    "[allow] root-equivalent = ContainerCreate;"													      },
	};

	check(rows, CASES(rows));
}

Test(observe, keeps_what_can_give_root_refused)
{
	static const struct row rows[] = {
		{"an operation",				  OBSERVE,	   "POST /session",	    "",
		    "deny root-equivalent"																},
		{ "privileged",				OBSERVE,	 CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"Privileged\":true}}",					     "403 HostConfig.Privileged = true*|"
		    "[allow] operation = ContainerCreate;"
		    "[container] privileged = yes;|"					     },
		{ "a capability",				  OBSERVE,	   CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"CapAdd\":"
		    "[\"NET_ADMIN\",\"SYS_ADMIN\"]}}",								  "403 HostConfig.CapAdd[1]*|*;[container] capability = "
		    "NET_ADMIN;[container] capability = SYS_ADMIN;|"					     },
		{ "the nearest that does not",	       OBSERVE,	CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"CapAdd\":"
		    "[\"NET_ADMIN\"]}}",										"would *"				      },
		{ "the host's root",			     OBSERVE,     CREATE,
		    "{\"HostConfig\":{\"Binds\":[\"/:/host:ro\"]}}",						       "403 *bind = /:ro*"				},
		{ "the daemon's socket",			 OBSERVE,	  CREATE,
		    "{\"HostConfig\":{\"Binds\":"
		    "[\"/var/run/docker.sock:/s:ro\"]}}",							       "403 *"					},
		{ "a process's root",			      OBSERVE,     CREATE,
		    "{\"HostConfig\":{\"Binds\":[\"/proc/1/root:/h:ro\"]}}",					       "403 *"					},
		{ "to write to the host",			  OBSERVE,	   CREATE,
		    "{\"HostConfig\":{\"Binds\":[\"/srv:/srv\"]}}",							"403 *bind = /srv:rw*"			   },
		{ "not as root, but with a link in the end", OBSERVE,     CREATE,
		    "{\"User\":\"1:1\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv:/srv\"]}}",								     "403 *bind = /srv:rw*"			   },
		{ "below what is written to",
		    OBSERVE "[container]\nbind = /srv:rw\nuser = nonroot\n",
		    CREATE,									  "{\"User\":\"1:1\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv/a:/a:ro\"]}}",					  "403 *bind = /srv/a:ro*"			     },
		{ "as root to what is written to",
		    OBSERVE "[container]\nbind = /srv:rw\nuser = nonroot\n",
		    CREATE,									  "{\"Image\":\"ng\",\"User\":\"root\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv:/a\"]}}",					       "403 with :rw a container leaves root's files*"},
		{ "and as nobody",
		    OBSERVE "[container]\nbind = /srv:rw\nuser = nonroot\n",
		    CREATE,									  "{\"Image\":\"ng\",\"User\":\"7:7\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv:/a\"]}}",					       "would not-allowed |[allow] operation = ContainerCreate;|"
		    "[container] image = docker.io/library/ng:latest;"
		    "[container] user = 7:7;[container] bind = /srv:rw;"			 },
		{ "commands where the host is written to",
		    OBSERVE "[container]\nbind = /srv:rw\nuser = nonroot\n",
		    "POST /containers/a/exec",						       "{\"Cmd\":[\"id\"]}",
		    "403 with :rw a command that is run leaves root's*"												   },
		{ "what no line allows",			 OBSERVE,	  CREATE,
		    "{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}",							  "403 HostConfig.VolumesFrom*|*|"		     },
		{ "options of a volume's",		   OBSERVE,	    "POST /volumes/create",
		    "{\"DriverOpts\":{\"type\":\"none\",\"device\":\"/\"}}",					       "403 *driver-option = *"			     },
		{ "malformed",			       ROOT,	     CREATE,		     "{\"Image\":1}",      "400 *"					      },
	};

	check(rows, CASES(rows));
}

Test(observe, passes_what_can_give_root_where_that_is_said)
{
	static const struct row rows[] = {
		{"an operation",			  ROOT,					"POST /session", "",
		    "would root-equivalent |"
		    "[allow] root-equivalent = Session;|"
		    "[allow] root-equivalent = Session;"												},
		{ "privileged",			ROOT,				      CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"Privileged\":true}}",							"would not-allowed HostConfig.Privileged|*;"
		    "[container] privileged = yes;|"
		    "[container] image = docker.io/library/ng:latest;"
		    "[container] privileged = yes;"			    },
		{ "to write to the host",		  ROOT,					CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv:/srv\"]}}",										"would *|*;[container] bind = /srv:rw;"
		    "[container] bind-as-root = yes;|*"
		    "[container] bind = /srv:rw;"
		    "[container] bind-as-root = yes;"						      },
		{ "and as nobody, where users count",
		    ROOT "[container]\nuser = nonroot\n",					  CREATE,
		    "{\"Image\":\"ng\",\"User\":\"7:7\",\"HostConfig\":"
		    "{\"Binds\":[\"/srv:/srv\"]}}",										"would *|*;[container] bind = /srv:rw;|*"
		    "[container] user = 7:7;[container] bind = /srv:rw;"				 },
		{ "what no line allows",		 ROOT,				       CREATE,
		    "{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}",								     "would not-allowed HostConfig.VolumesFrom*|"
		    "[allow] root-equivalent = ContainerCreate;|"
		    "[allow] root-equivalent = ContainerCreate;"				 },
		{ "but not what is denied",
		    ROOT "[deny]\noperation = ContainerCreate Session\n",
		    CREATE,										     "{\"Image\":\"ng\"}", "deny denied"	},
		{ "nor that",			      ROOT "[deny]\noperation = Session\n",
		    "POST /session",									    "",			 "deny denied"	       },
		{ "nor by a pattern",
		    OBSERVE "[deny]\nrequest = GET /containers/db/json\n",
		    "GET /containers/db/json",								  "",		   "deny denied"	 },
		{ "but the next",
		    OBSERVE "[deny]\nrequest = GET /containers/db/json\n",
		    "GET /containers/web/json",								 "",		    "would not-allowed *"},
		{ "nor what is nothing",		 ROOT,				       "GET /nothing",  "",
		    "deny unknown-operation"													       },
	};

	check(rows, CASES(rows));
}

Test(observe, writes_what_a_line_can_hold)
{
	static const struct row rows[] = {
		{"odd bytes",				 OBSERVE, "POST /containers/a/exec",
		    "{\"Cmd\":[\"a\"],\"Env\":[\"A=x y;z*\\u0001\"]}", "*|[exec] env = A=x*y*z*;[exec] command = [\"a\"];"	},
		{ "bytes of no line",			      OBSERVE, "POST /containers/a/exec",
		    "{\"Cmd\":[\"a; b\\n\",\"\xc3\xa9\x7f\"]}",	    "*|[exec] command = "
		    "[\"a\\u003b b\\u000a\",\"\xc3\xa9\\u007f\"];"},
		{ "where no star stands for anything",	       OBSERVE, CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"Binds\":"
		    "[\"/srv/a b:/a:ro\"]}}",		       "would *|*|[container] image = docker.io/library/ng:latest;"
		    "[container] bind;"					},
		{ "where anything passes if nothing is said", OBSERVE, CREATE,
		    "{\"Image\":\"ng\",\"HostConfig\":{\"Tmpfs\":"
		    "{\"/a b\":\"\",\"/c d\":\"\",\"/e\":\"\"}}}",  "would *|[container] image = docker.io/library/ng:latest;"
		    "[container] tmpfs;"		 },
	};

	check(rows, CASES(rows));
}

Test(observe, cuts_what_is_too_long_for_a_line)
{
	char body[4096], wanted[1024], longest[1000];
	const char *got;

	memset(longest, 'x', sizeof(longest));
	snprintf(body, sizeof(body), "{\"Cmd\":[\"a\"],\"Env\":[\"A=%.900s\"]}",
	    longest);
	got = observed(OBSERVE, "POST /containers/a/exec", body);
	snprintf(wanted, sizeof(wanted), "*|[exec] env = A=%.188s*;*", longest);
	cr_expect(glob_matches(span_of(wanted), span_of(got)), "%s", got);
	cr_expect(strstr(got, "A=") != NULL);
	snprintf(body, sizeof(body),
	    "{\"Cmd\":[\"sh\",\"-c\",\"%.900s\",\"end\"]}", longest);
	got = observed(OBSERVE, "POST /containers/a/exec", body);
	snprintf(wanted, sizeof(wanted),
	    "*|[exec] command = [\"sh\",\"-c\",\"%.128s*\",\"end\"];", longest);
	cr_expect(glob_matches(span_of(wanted), span_of(got)), "%s", got);
	cr_expect(strstr(got, "xxx*\",\"end\"]") != NULL);
}

Test(observe, learns_no_more_than_a_number_of_lines)
{
	static char body[64 * 1024];
	struct text text = TEXT(body);
	const char *got;
	int i;

	for (i = 0; i < OBSERVE_LINES; i++)
		text_format(&text, "%s\"A%d=1\"",
		    i == 0 ? "{\"Cmd\":[\"a\"],\"Env\":[" : ",", i);
	text_add(&text, SPAN("]}"));
	text_char(&text, '\0');
	got = observed(OBSERVE, "POST /containers/a/exec", body);
	cr_expect(glob_matches(SPAN("403 Cmd*"), span_of(got)), "%s", got);
}

Test(observe, pins_what_would_pass_if_nothing_were_said)
{
	size_t i;
	const char *nothing;

	for (i = KEY_NONE + 1; i < SECTION_KEYS; i++) {
		nothing = observe_nothing((enum section_key)i);
		if (nothing == NULL)
			continue;
		cr_expect(observe_pins((enum section_key)i));
		cr_expect(section_rows[i].check == NULL ||
			  section_rows[i].check(span_of(nothing)) == NULL);
	}
	cr_expect(observe_pins(KEY_NONE) == false);
	cr_expect(observe_pins(CONTAINER_MEMORY_MAX) == false);
}
