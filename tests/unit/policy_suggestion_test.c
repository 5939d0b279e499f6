/* SPDX-License-Identifier: MIT */
/* Profiles out of logs: what lines of the log come to, and that what is written
 * can be loaded, whatever was seen together. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/reach.h"
#include "policy/suggestion.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

#define NEED(op, line) \
	"level=info event=need profile=web operation=" op " line=\"" line "\"\n"
#define ALLOW(op)                                                         \
	"level=info event=decision verdict=allow reason=allowed profile=" \
	"web uid=0 gid=0 operation=" op                                   \
	" method=GET target=/x rule=web.ini:2\n"
#define DENY(op, reason, rest)                                                 \
	"level=notice event=decision verdict=deny reason=" reason              \
	" profile=web uid=0 gid=0 operation=" op " method=GET target=/x " rest \
	"\n"

/* Every line must be read, or none. */
static struct suggestion *
read_log(const char *name, const char *log, bool good)
{
	struct suggestion *suggestion = suggestion_new("web");
	struct span rest = span_of(log), line;

	while (span_word(&rest, "\n", &line))
		cr_expect(eq(int, suggestion_read(suggestion, line), good),
		    "%s: %.*s", name, SPAN_ARG(line));
	return suggestion;
}

static void
check(const char *name, const char *log, const char *wanted)
{
	struct suggestion *suggestion = read_log(name, log, true);
	struct buf out = { 0 };

	suggestion_write(suggestion, &out);
	cases_same(name, buf_span(&out), span_of(wanted));
	cr_assert(buf_add(&out, "", 1));
	policy_free(policies_web(buf_bytes(&out)));
	buf_clear(&out);
	suggestion_free(suggestion);
}

Test(suggestion, counts_and_orders_what_was_seen)
{
	check("in the order of a profile",
	    ALLOW("ContainerStop")
		ALLOW("ContainerList") "Nov 22 13:00:00 host postern[1]: " ALLOW(
		    "ContainerStop") "{\"level\":\"info\",\"event\":\"need\",\"profile\":\"web\","
				     "\"operation\":\"ImageCreate\",\"line\":"
				     "\"[image] pull = docker.io/library/b:1\"}\n" NEED(
					 "ImageCreate",
					 "[image] pull = docker.io/library/a:1")
					 NEED("ImageCreate",
					     "[image] pull = docker.io/library/a:1")
					     ALLOW("ImageCreate")
						 ALLOW("ImageCreate") ALLOW(
						     "ImageCreate") "level=info event=door-open profile=web path=/x\n"
								    "level=info event=decision verdict=allow profile=db "
								    "operation=ContainerKill\n"
								    "another program's line\n",
	    "; What web was seen to need, in 6 requests.\n"
	    "\n[allow]\n"
	    "; 1 time\noperation = ContainerList\n"
	    "; 2 times\noperation = ContainerStop\n"
	    "; 3 times\noperation = ImageCreate\n"
	    "\n[image]\n"
	    "; 1 time\npull = docker.io/library/b:1\n"
	    "; 2 times\npull = docker.io/library/a:1\n");
	check("nothing", "", "; What web was seen to need, in 0 requests.\n");
}

Test(suggestion, says_nothing_of_a_kind_where_nothing_was_asked_for)
{
	check("a container",
	    NEED("ContainerCreate", "[container] image = docker.io/x/a:1")
		NEED("ContainerCreate", "[container] dns = 1.1.1.1")
		    NEED("ContainerCreate", "[container] extra-host")
			ALLOW("ContainerCreate"),
	    "; What web was seen to need, in 1 request.\n"
	    "; [container] extra-host: what was asked for cannot be written (1 "
	    "time), so it\n"
	    "; is left out, and any will do\n"
	    "\n[allow]\n"
	    "; 1 time\noperation = ContainerCreate\n"
	    "\n[container]\n"
	    "; 1 time\nimage = docker.io/x/a:1\n"
	    "; nothing of this kind was asked for\nvolume = -\n"
	    "; nothing of this kind was asked for\ntmpfs = /\n"
	    "; 1 time\ndns = 1.1.1.1\n"
	    "; nothing of this kind was asked for\nrestart = no\n");
	check("of a profile that enforces", ALLOW("ContainerCreate"),
	    "; What web was seen to need, in 1 request.\n"
	    "\n[allow]\n; 1 time\noperation = ContainerCreate\n");
}

Test(suggestion, tells_what_was_denied_apart)
{
	check("lines that would have allowed it",
	    DENY("ContainerStop", "not-allowed",
		"hint=\"[allow] operation = ContainerStop\"") DENY("ContainerCreate",
		"field",
		"field=HostConfig.Binds[0] "
		"hint=\"[container] bind = /srv:ro\"") DENY("ContainerCreate",
		"field",
		"field=HostConfig.Privileged "
		"hint=\"[container] privileged = yes\"") DENY("Session",
		"root-equivalent",
		"hint=\"[allow] root-equivalent = Session\"") DENY("ContainerCreate",
		"field",
		"field=HostConfig.Links") DENY("ContainerKill", "denied",
		"rule=web.ini:7 hint=\"change web.ini:7\"") "level=notice event=decision verdict=deny "
							    "reason=unknown-operation profile=web method=GET target=/x\n",
	    "; What web was seen to need, in 5 requests.\n"
	    "; ContainerCreate was denied: no line allows HostConfig.Links\n"
	    "; ContainerKill was denied by web.ini:7\n"
	    "; a request was denied: no operation of the API\n"
	    "\n[allow]\n"
	    "; denied 3 times\noperation = ContainerCreate\n"
	    "; denied 1 time\noperation = ContainerStop\n"
	    "; denied 1 time; gives root on the host\n"
	    "; root-equivalent = Session\n"
	    "\n[container]\n"
	    "; denied 1 time\nbind = /srv:ro\n"
	    "; denied 1 time; gives root on the host\n; privileged = yes\n");
	check("several lines of one",
	    DENY("ContainerCreate", "field",
		"hint=\"[allow] operation = ContainerCreate\\n"
		"[container] network = web\\n"
		"[container] capability = SYS_ADMIN\""),
	    "; What web was seen to need, in 1 request.\n"
	    "\n[allow]\n; denied 1 time\noperation = ContainerCreate\n"
	    "\n[container]\n; denied 1 time\nnetwork = web\n"
	    "; denied 1 time; gives root on the host\n"
	    "; capability = SYS_ADMIN\n");
}

Test(suggestion, keeps_what_gives_root_where_it_passed)
{
	check("passed",
	    NEED("ContainerCreate", "[container] privileged = yes")
		NEED("PluginEnable", "[allow] root-equivalent = PluginEnable")
		    NEED("Session", "[allow] root-equivalent = Session")
			ALLOW("Session") ALLOW("PluginEnable"),
	    "; What web was seen to need, in 2 requests.\n"
	    "\n[allow]\n"
	    "; 1 time; gives root on the host\n"
	    "root-equivalent = PluginEnable\n"
	    "; 1 time; gives root on the host\nroot-equivalent = Session\n"
	    "\n[container]\n"
	    "; 1 time; gives root on the host\nprivileged = yes\n");
}

/* What no file may say together. */
Test(suggestion, leaves_out_what_cannot_stand_with_the_rest)
{
	check("written to, and by anybody",
	    NEED("ContainerCreate", "[container] bind = /srv:rw")
		NEED("ContainerCreate", "[container] bind = /etc/localtime:ro")
		    NEED("ContainerCreate", "[container] user = 0"),
	    "; What web was seen to need, in 0 requests.\n"
	    "\n[container]\n"
	    "; 1 time\nuser = 0\n"
	    "; 1 time; with :rw a container leaves root's files on the host: "
	    "say user =\n"
	    "; nonroot, or bind-as-root = yes\n"
	    "; bind = /srv:rw\n"
	    "; 1 time\nbind = /etc/localtime:ro\n");
	check("and where that is said",
	    NEED("ContainerCreate", "[container] bind = /srv:rw")
		NEED("ContainerCreate", "[container] bind-as-root = yes"),
	    "; What web was seen to need, in 0 requests.\n"
	    "\n[container]\n"
	    "; 1 time; gives root on the host\nbind = /srv:rw\n"
	    "; 1 time; gives root on the host\nbind-as-root = yes\n");
}

Test(suggestion, takes_objects_of_the_audit_file)
{
	check("with their needs",
	    "{\"profile\":\"web\",\"operation\":\"ImageTag\",\"verdict\":"
	    "\"would-deny\",\"needs\":[\"[image] tag = docker.io/x/a:1\"]}\n"
	    "{\"profile\":\"db\",\"operation\":\"ImageTag\",\"verdict\":"
	    "\"allow\",\"needs\":[]}\n"
	    "{\"profile\":\"web\",\"operation\":\"ImageList\",\"verdict\":"
	    "\"allow\"}\n{\"other\":[1]}\n",
	    "; What web was seen to need, in 1 request.\n"
	    "\n[allow]\n; 1 time\noperation = ImageTag\n"
	    "\n[image]\n; 1 time\ntag = docker.io/x/a:1\n");
	check("of a profile that enforces, and of what was refused",
	    "{\"profile\":\"web\",\"operation\":\"ImageTag\",\"verdict\":"
	    "\"allow\",\"needs\":null}\n"
	    "{\"profile\":\"web\",\"operation\":\"ImageList\",\"verdict\":"
	    "\"deny\",\"reason\":\"not-allowed\",\"needs\":null}\n"
	    "{\"profile\":\"web\",\"operation\":\"ImagePush\",\"verdict\":"
	    "\"refuse\",\"reason\":\"malformed\",\"needs\":null}\n"
	    "{\"profile\":\"web\",\"operation\":null,\"verdict\":"
	    "\"refuse\",\"reason\":\"malformed\",\"needs\":null}\n"
	    "{\"profile\":\"web\",\"operation\":\"ContainerList\","
	    "\"verdict\":\"refuse\",\"reason\":\"daemon-down\","
	    "\"needs\":[]}\n",
	    "; What web was seen to need, in 3 requests.\n"
	    "\n[allow]\n; 1 time\noperation = ContainerList\n"
	    "; denied 1 time\noperation = ImageList\n"
	    "; 1 time\noperation = ImageTag\n");
	check("with bytes that are not ASCII",
	    "{\"profile\":\"web\",\"operation\":\"ContainerList\",\"verdict\":"
	    "\"allow\",\"needs\":[\"[container] bind = "
	    "/srv/\\u00c3\\u00a9:ro\"]}\n",
	    "; What web was seen to need, in 1 request.\n"
	    "\n[allow]\n; 1 time\noperation = ContainerList\n"
	    "\n[container]\n; 1 time\nbind = /srv/\xc3\xa9:ro\n");
	check("and why they are not all there",
	    "{\"profile\":\"web\",\"operation\":\"ContainerList\",\"verdict\":"
	    "\"allow\",\"needs\":[\"[image] load = yes\","
	    "\"unknown: too many\"]}\n",
	    "; What web was seen to need, in 1 request.\n"
	    "; ContainerList: what it needs is not all known: too many\n"
	    "\n[allow]\n; 1 time\noperation = ContainerList\n"
	    "\n[image]\n; 1 time\nload = yes\n");
}

Test(suggestion, takes_no_line_that_no_profile_can_have)
{
	static const char *const rows[] = {
		NEED("ContainerCreate", "[container] image = A B"),
		NEED("ContainerCreate", "[container] bind = srv"),
		NEED("ContainerCreate", "[container] privileged = no"),
		NEED("ContainerCreate", "[container] privileges = yes"),
		NEED("ContainerCreate", "[limits] body = 1M"),
		NEED("ContainerCreate", "[allow] operation = *"),
		NEED("ContainerCreate", "[allow] root-equivalent = Container"),
		NEED("ContainerCreate", "[allow] group = container:write"),
		NEED("ContainerCreate", "container image = a"),
		NEED("ContainerExec", "[exec] command = sh"),
		NEED("ContainerExec", ""),
		ALLOW("ContainerFly"),
		"level=info event=decision verdict=maybe profile=web "
		"operation=ContainerList\n",
		"level=info event=need profile=web operation=x line=\"[cont\n",
		"{\"level\":\"info\",\"event\":\"need\",\"profile\":\"web\",\n",
		"{\"profile\":\"web\",\"verdict\":\"allow\",\"operation\":"
		"\"ImageTag\",\"needs\":[\"[a] b = c\"]}\n",
		"{\"profile\":\"web\",\"verdict\":\"allow\",\"operation\":"
		"\"ImageTag\",\"needs\":\"[image] load = yes\"}\n",
		"{\"profile\":\"web\",\"verdict\":\"allow\",\"operation\":"
		"\"ImageTag\",\"needs\":[\"unknown\"]}\n",
		"{\"profile\":\"web\",\"verdict\":\"allow\",\"operation\":"
		"\"ImageTag\",\"needs\":[null]}\n",
		"{\"profile\":\"web\",\"verdict\":\"allow\",\"operation\":"
		"\"ContainerList\",\"needs\":[\"[container] bind = "
		"/srv/\\u20ac:ro\"]}\n",
	};
	struct suggestion *suggestion;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		suggestion = read_log(rows[i], rows[i], false);
		suggestion_free(suggestion);
	}
	suggestion_free(NULL);
}

/* Whatever a client writes stands in one line, and not as a line. */
Test(suggestion, is_not_led_by_what_clients_write)
{
	struct suggestion *suggestion = suggestion_new("web");
	const char *const hostile = "[exec] command = [\"a\",\"x; [container] "
				    "privileged = yes\",\"\\u000a[allow]\"]";
	struct buf out = { 0 };
	struct policy *policy;

	suggestion_operation(
	    suggestion, operation_named(SPAN("ContainerExec")), false);
	cr_expect(suggestion_need(suggestion, span_of(hostile), false));
	cr_expect(suggestion_need(
	    suggestion, SPAN("[exec] env = A=x\n[container]"), false));
	suggestion_remark(suggestion, SPAN("x\n[allow]\noperation = *\n"));
	suggestion_write(suggestion, &out);
	cr_assert(buf_add(&out, "", 1));
	policy = policies_web(buf_bytes(&out));
	cases_same("operations",
	    span_of(policies_allowed(&policy->profiles[0])),
	    SPAN("ContainerExec "));
	cr_expect(
	    policy->profiles[0].sections[CONTAINER_PRIVILEGED].yes == false);
	cr_expect(reach_of(&policy->profiles[0]) != REACH_ROOT);
	policy_free(policy);
	buf_clear(&out);
	suggestion_free(suggestion);
}
