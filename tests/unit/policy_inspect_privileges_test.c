/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define HOST(name, profile, fields, wanted)                                  \
	{                                                                    \
		name, "[container]\n" profile, "POST /containers/create",    \
		    "{\"Image\":\"a\",\"HostConfig\":{" fields "}}", wanted, \
		{                                                            \
			{                                                    \
				0                                            \
			}                                                    \
		}                                                            \
	}
#define PASSES(name, profile, fields) \
	HOST(name, profile, fields, "*" fields "*")

static const struct inspections_row capabilities[] = {
	HOST("nothing is said", "", "\"CapAdd\":[\"SYS_ADMIN\"]",
	    "403 HostConfig.CapAdd[0] = \"SYS_ADMIN\" (add [container] "
	    "capability = SYS_ADMIN, or drop the field)"),
	PASSES(
	    "listed", "capability = NET_ADMIN\n", "\"CapAdd\":[\"NET_ADMIN\"]"),
	PASSES("in small letters", "capability = NET_ADMIN\n",
	    "\"CapAdd\":[\"net_admin\"]"),
	PASSES("with its prefix", "capability = NET_ADMIN\n",
	    "\"CapAdd\":[\"cap_Net_Admin\"]"),
	PASSES("with its prefix in the profile", "capability = CAP_NET_ADMIN\n",
	    "\"CapAdd\":[\"NET_ADMIN\"]"),
	HOST("the second", "capability = NET_ADMIN\n",
	    "\"CapAdd\":[\"NET_ADMIN\",\"sys_ptrace\"]",
	    "403 *CapAdd[1]*capability = SYS_PTRACE,*"),
	HOST("all of them", "capability = NET_ADMIN NET_RAW\n",
	    "\"CapAdd\":[\"all\"]", "403 *capability = ALL,*"),
	PASSES("all are listed", "capability = ALL\n",
	    "\"CapAdd\":[\"ALL\",\"SYS_ADMIN\"]"),
	HOST("none of that name", "capability = ALL\n",
	    "\"CapAdd\":[\"SYS_EVERYTHING\"]",
	    "403 *no capability is called that*"),
	HOST("a letter that Go makes an S of", "capability = SYS_ADMIN\n",
	    "\"CapAdd\":[\"\xc5\xbfYS_ADMIN\"]",
	    "403 *no capability is called that*"),
};

Test(policy_inspect_privileges, compares_capabilities_as_daemons_do)
{
	inspections_check(capabilities, CASES(capabilities));
}

static const struct inspections_row options[] = {
	PASSES("no new privileges", "",
	    "\"SecurityOpt\":[\"no-new-privileges\","
	    "\"no-new-privileges=true\",\"no-new-privileges:true\"]"),
	HOST("new privileges", "",
	    "\"SecurityOpt\":[\"no-new-privileges\","
	    "\"no-new-privileges:false\"]",
	    "403 *SecurityOpt[1]*security-opt = no-new-privileges=false,*"),
	HOST("new privileges, in another word", "",
	    "\"SecurityOpt\":[\"no-new-privileges=0\"]", "403 *"),
	HOST("unconfined", "", "\"SecurityOpt\":[\"seccomp=unconfined\"]",
	    "403 HostConfig.SecurityOpt[0] = \"seccomp=unconfined\" (add "
	    "[container] security-opt = seccomp=unconfined, or drop the "
	    "field)"),
	HOST("with a colon", "", "\"SecurityOpt\":[\"seccomp:unconfined\"]",
	    "403 *security-opt = seccomp=unconfined,*"),
	PASSES("listed", "security-opt = seccomp=unconfined\n",
	    "\"SecurityOpt\":[\"seccomp=unconfined\","
	    "\"seccomp:unconfined\"]"),
	HOST("another's value", "security-opt = seccomp=unconfined\n",
	    "\"SecurityOpt\":[\"apparmor=unconfined\"]", "403 *"),
	HOST("the first = cuts", "security-opt = a=b\n",
	    "\"SecurityOpt\":[\"a:b=c\"]", "403 *security-opt = a:b=c,*"),
	PASSES("a star", "security-opt = label=type:*\n",
	    "\"SecurityOpt\":[\"label=type:spc_t\"]"),
	HOST("a star's nearest", "security-opt = label=type:*\n",
	    "\"SecurityOpt\":[\"label=disable\"]", "403 *"),
	HOST("a word alone", "", "\"SecurityOpt\":[\"disable\"]",
	    "403 *security-opt = disable,*"),
	PASSES("a word alone is listed", "security-opt = disable\n",
	    "\"SecurityOpt\":[\"disable\"]"),
	HOST("a whole profile", "",
	    "\"SecurityOpt\":[\"seccomp={ \\\"x\\\": 1 }\"]",
	    "403 *(see [container] security-opt, or drop the field)"),
	PASSES("a whole profile is listed", "security-opt = seccomp=*\n",
	    "\"SecurityOpt\":[\"seccomp={ \\\"x\\\": 1 }\"]"),
	HOST("Podman's own", "security-opt = mask=*\n",
	    "\"SecurityOpt\":[\"unmask=ALL\"]", "403 *unmask=ALL*"),
};

Test(policy_inspect_privileges, compares_security_options_in_one_form)
{
	inspections_check(options, CASES(options));
}

#define MASKED                                                            \
	"\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\"," \
	"\"/proc/latency_stats\",\"/proc/timer_list\","                   \
	"\"/proc/timer_stats\",\"/proc/sched_debug\",\"/proc/scsi\""
#define READONLY "\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\""

static const struct inspections_row paths[] = {
	HOST("none masked", "", "\"MaskedPaths\":[]",
	    "403 HostConfig.MaskedPaths (add [container] security-opt = "
	    "systempaths=unconfined, or drop the field)"),
	HOST("none read-only", "", "\"ReadonlyPaths\":[]", "403 *"),
	PASSES("unconfined", "security-opt = systempaths=unconfined\n",
	    "\"MaskedPaths\":[],\"ReadonlyPaths\":[]"),
	HOST("some", "", "\"ReadonlyPaths\":[\"/proc/bus\"]", "403 *"),
	PASSES("some are allowed", "security-opt = systempaths=*\n",
	    "\"ReadonlyPaths\":[\"/proc/bus\"]"),
	HOST("null is the default", "",
	    "\"MaskedPaths\":null,\"ReadonlyPaths\":null,\"CapAdd\":[]",
	    "*{\"CapAdd\":[]}*"),
	HOST("what a daemon says", "",
	    "\"MaskedPaths\":[" MASKED ",\"/sys/firmware\"],"
	    "\"ReadonlyPaths\":[" READONLY ",\"/proc/sysrq-trigger\"],"
	    "\"CapAdd\":[]",
	    "*{\"CapAdd\":[]}*"),
	HOST("what a newer daemon says", "",
	    "\"MaskedPaths\":[" MASKED ",\"/sys/firmware\","
	    "\"/proc/interrupts\",\"/sys/devices/virtual/powercap\","
	    "\"/sys/devices/system/cpu/cpu0/thermal_throttle\"],"
	    "\"CapAdd\":[]",
	    "*{\"CapAdd\":[]}*"),
	HOST("one is missing", "", "\"MaskedPaths\":[" MASKED "]", "403 *"),
	HOST("one is read-only alone", "", "\"ReadonlyPaths\":[" READONLY "]",
	    "403 *"),
	HOST("one more", "",
	    "\"MaskedPaths\":[" MASKED ",\"/sys/firmware\",\"/x\"]", "403 *"),
	HOST("no array", "security-opt = *\n", "\"MaskedPaths\":\"\"",
	    "400 *not an array*"),
	HOST("no strings", "security-opt = *\n", "\"MaskedPaths\":[0]",
	    "400 *wrong kind*"),
};

Test(policy_inspect_privileges, masks_what_is_masked)
{
	inspections_check(paths, CASES(paths));
}

static const struct inspections_row namespaces[] = {
	PASSES("none", "",
	    "\"PidMode\":\"\",\"IpcMode\":\"\",\"UTSMode\":\"\","
	    "\"UsernsMode\":\"\",\"CgroupnsMode\":\"\",\"Cgroup\":\"\""),
	PASSES("private ones", "",
	    "\"PidMode\":\"private\",\"IpcMode\":\"private\","
	    "\"UTSMode\":\"private\",\"CgroupnsMode\":\"private\""),
	PASSES("none at all", "", "\"IpcMode\":\"none\""),
	PASSES("shareable", "", "\"IpcMode\":\"shareable\""),
	HOST("shareable is for ipc", "", "\"PidMode\":\"shareable\"",
	    "403 *not a namespace that is known*"),
	HOST("private is none of users'", "", "\"UsernsMode\":\"private\"",
	    "403 *not a namespace that is known*"),
	HOST("the host's pids", "", "\"PidMode\":\"host\"",
	    "403 HostConfig.PidMode = \"host\" (add [container] namespace "
	    "= pid:host, or drop the field)"),
	PASSES("the host's pids are listed", "namespace = pid:host\n",
	    "\"PidMode\":\"host\""),
	HOST("the host's ipc", "namespace = pid:host\n", "\"IpcMode\":\"host\"",
	    "403 *namespace = ipc:host,*"),
	PASSES("the host's ipc is listed", "namespace = ipc:host\n",
	    "\"IpcMode\":\"host\""),
	HOST("the host's name", "", "\"UTSMode\":\"host\"",
	    "403 *namespace = uts:host,*"),
	PASSES("the host's name is listed", "namespace = uts:host\n",
	    "\"UTSMode\":\"host\""),
	HOST("the host's users", "", "\"UsernsMode\":\"host\"",
	    "403 *namespace = userns:host,*"),
	PASSES("the host's users are listed", "namespace = userns:host\n",
	    "\"UsernsMode\":\"host\""),
	HOST("the host's cgroups", "", "\"CgroupnsMode\":\"host\"",
	    "403 *namespace = cgroup:host,*"),
	PASSES("the host's cgroups are listed", "namespace = cgroup:host\n",
	    "\"CgroupnsMode\":\"host\""),
	HOST("another's pids", "namespace = pid:host\n",
	    "\"PidMode\":\"container:db\"", "403 *namespace = pid:container,*"),
	PASSES("another's pids are listed", "namespace = pid:container\n",
	    "\"PidMode\":\"container:db\""),
	HOST("another's ipc", "namespace = pid:container\n",
	    "\"IpcMode\":\"container:db\"", "403 *namespace = ipc:container,*"),
	HOST("another's cgroup", "", "\"Cgroup\":\"container:db\"",
	    "403 *namespace = cgroup:container,*"),
	PASSES("another's cgroup is listed", "namespace = cgroup:container\n",
	    "\"Cgroup\":\"container:db\""),
	HOST("the host's cgroup", "namespace = cgroup:host\n",
	    "\"Cgroup\":\"host\"", "403 *nothing allows it*"),
	HOST("another's name", "namespace = uts:host\n",
	    "\"UTSMode\":\"container:db\"", "403 *nothing allows it*"),
	HOST("a link's words", "namespace = pid:container\n",
	    "\"PidMode\":\"container:web/db\"",
	    "403 *not a namespace that is known*"),
	HOST("no container", "namespace = pid:container\n",
	    "\"PidMode\":\"container:\"",
	    "403 *not a namespace that is known*"),
	HOST("capitals", "namespace = pid:host\n", "\"PidMode\":\"HOST\"",
	    "403 *not a namespace that is known*"),
	HOST("Podman's own", "namespace = pid:host\n",
	    "\"PidMode\":\"ns:/proc/1/ns/pid\"",
	    "403 *not a namespace that is known*"),
	HOST("a pod's", "namespace = pid:host\n", "\"PidMode\":\"pod\"",
	    "403 *not a namespace that is known*"),
};

Test(policy_inspect_privileges, shares_no_namespace_by_default)
{
	inspections_check(namespaces, CASES(namespaces));
}

#define SYSCTL(name, value) "\"Sysctls\":{\"" name "\":\"" value "\"}"

static const struct inspections_row sysctls[] = {
	PASSES("of its own network", "",
	    "\"Sysctls\":{\"net.ipv4.ip_unprivileged_port_start\":\"0\","
	    "\"net.ipv4.ping_group_range\":\"0 1000\","
	    "\"net.core.somaxconn\":\"1024\"}"),
	HOST("another", "", SYSCTL("net.ipv4.ip_forward", "1"),
	    "403 HostConfig.Sysctls.net.ipv4.ip_forward = \"1\" (add "
	    "[container] sysctl = net.ipv4.ip_forward=1, or drop the field)"),
	PASSES("listed", "sysctl = net.ipv4.ip_forward\n",
	    SYSCTL("net.ipv4.ip_forward", "1")),
	PASSES("listed with its value", "sysctl = net.ipv4.ip_forward=1\n",
	    SYSCTL("net.ipv4.ip_forward", "1")),
	HOST("another value", "sysctl = net.ipv4.ip_forward=1\n",
	    SYSCTL("net.ipv4.ip_forward", "0"), "403 *"),
	PASSES("a star", "sysctl = net.ipv4.*\n",
	    SYSCTL("net.ipv4.ip_forward", "0")),
	HOST("a star's nearest", "sysctl = net.ipv4.*\n",
	    SYSCTL("net.ipv6.x", "0"), "403 *"),
	HOST("slashes", "sysctl = *\n", SYSCTL("net/ipv4/ip_forward", "1"),
	    "403 *not a sysctl's name*"),
	HOST("no name", "sysctl = *\n", SYSCTL("", "1"),
	    "403 *not a sysctl's name*"),
	HOST("a value in the name", "sysctl = *\n", SYSCTL("a=b", "1"),
	    "403 *not a sysctl's name*"),
	HOST("a value with blanks", "", SYSCTL("kernel.sem", "1 2 3 4"),
	    "403 HostConfig.Sysctls.kernel.sem = \"1 2 3 4\" (see [container] "
	    "sysctl, or drop the field)"),
};

/* A star in what is wanted would stand for anything. */
static void
check_word(const char *name, const struct inspections_row *row,
    const char *value, const char *word)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted),
	    "403 HostConfig.Sysctls.a = \"%s\" (add [container] sysctl = %s, "
	    "or drop the field)",
	    value, word);
	cases_same(name, span_of(inspections_judge(row)), span_of(wanted));
}

#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define WORD(name, value, word)                                              \
	check_word(name,                                                     \
	    &(struct inspections_row)HOST(name, "", SYSCTL("a", value), ""), \
	    value, word)

#define SEE(name, value)                                                      \
	cases_same(name,                                                      \
	    span_of(inspections_judge(&(struct inspections_row)HOST(          \
		name, "", SYSCTL("a", value), ""))),                          \
	    SPAN("403 HostConfig.Sysctls.a = \"" value "\" (see [container] " \
		 "sysctl, or drop the field)"))

/* One that would allow what was asked for, and no more. */
Test(policy_inspect_privileges, suggests_a_word_that_can_be_written)
{
	WORD("plain", "!~", "a=!~");
	WORD("long", LONG LONG "x", "a=" LONG LONG "x");
	SEE("a blank", "1 2");
	SEE("a comment", "1;2");
	SEE("a star", "*");
	SEE("a star at the end", "1*");
}

Test(policy_inspect_privileges, sets_only_listed_sysctls)
{
	inspections_check(sysctls, CASES(sysctls));
}

Test(policy_inspect_privileges, knows_a_good_word)
{
	cr_expect(check_capability(SPAN("NET_ADMIN")) == NULL);
	cr_expect(check_capability(SPAN("cap_net_admin")) == NULL);
	cr_expect(check_capability(SPAN("ALL")) == NULL);
	cr_expect(check_capability(SPAN("NET_ADMINS")) != NULL);
	cr_expect(check_capability(SPAN("*")) != NULL);
	cr_expect(check_capability(SPAN("")) != NULL);
	cr_expect(check_namespace(SPAN("pid:host")) == NULL);
	cr_expect(check_namespace(SPAN("network:container")) == NULL);
	cr_expect(check_namespace(SPAN("uts:container")) != NULL);
	cr_expect(check_namespace(SPAN("host")) != NULL);
	cr_expect(check_namespace(SPAN("*")) != NULL);
}
