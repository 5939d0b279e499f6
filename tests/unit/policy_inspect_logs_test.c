/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define LOG(name, profile, type, options, wanted)                                      \
	{                                                                              \
		name, "[container]\n" profile, "POST /containers/create",              \
		    "{\"Image\":\"a\",\"HostConfig\":{\"LogConfig\":{\"Type\":\"" type \
		    "\",\"Config\":{" options "}}}}",                                  \
		    wanted,                                                            \
		{                                                                      \
			{                                                              \
				0                                                      \
			}                                                              \
		}                                                                      \
	}
#define PASSES(name, profile, type, options)                             \
	LOG(name, profile, type, options,                                \
	    "*\"LogConfig\":{\"Type\":\"" type "\",\"Config\":{" options \
	    "}}*")

static const struct inspections_row rows[] = {
	PASSES("the daemon's default", "", "", ""),
	PASSES("json-file", "", "json-file", ""),
	PASSES("local", "", "local", ""),
	PASSES("none", "", "none", ""),
	LOG("another", "", "syslog", "",
	    "403 HostConfig.LogConfig.Type = \"syslog\" (add [container] "
	    "log-driver = syslog, or drop the field)"),
	PASSES("another is listed", "log-driver = syslog\n", "syslog", ""),
	LOG("another is not", "log-driver = syslog\n", "journald", "", "403 *"),
	PASSES("how much", "", "",
	    "\"max-size\":\"10m\",\"max-file\":\"3\",\"compress\":\"true\","
	    "\"mode\":\"non-blocking\",\"max-buffer-size\":\"4m\""),
	LOG("an address", "log-driver = syslog\n", "syslog",
	    "\"syslog-address\":\"unix:///run/x.sock\"",
	    "403 HostConfig.LogConfig.Config.syslog-address = "
	    "\"unix:///run/x.sock\" (add [container] log-opt = "
	    "syslog-address=unix:///run/x.sock, or drop the field)"),
	PASSES("an address is listed",
	    "log-driver = syslog\nlog-opt = syslog-address=tcp://logs:*\n",
	    "syslog", "\"syslog-address\":\"tcp://logs:514\""),
	LOG("another address is not",
	    "log-driver = syslog\nlog-opt = syslog-address=tcp://logs:*\n",
	    "syslog", "\"syslog-address\":\"tcp://log:514\"", "403 *"),
	LOG("of the daemon's default", "", "",
	    "\"syslog-address\":\"tcp://logs:514\"", "403 *"),
	LOG("a file, which is Podman's own", "", "json-file",
	    "\"path\":\"/etc/cron.d/x\"", "403 *log-opt = path=*"),
	PASSES("a tag in a file", "", "json-file",
	    "\"tag\":\"web\",\"labels\":\"a,b\",\"labels-regex\":\"^a\","
	    "\"env\":\"A\",\"env-regex\":\"^A\""),
	PASSES("a tag in the other file", "", "local", "\"tag\":\"web\""),
	LOG("a tag where others write", "log-driver = journald\n", "journald",
	    "\"tag\":\"web\"", "403 *log-opt = tag=web,*"),
	LOG("a tag where others may write", "", "", "\"tag\":\"web\"", "403 *"),
	PASSES("a tag where others write is listed",
	    "log-driver = journald\nlog-opt = tag=web\n", "journald",
	    "\"tag\":\"web\""),
};

Test(policy_inspect_logs, write_to_files_of_their_own)
{
	inspections_check(rows, CASES(rows));
}

static const struct inspections_row services[] = {
	{"a service's",	 "", "POST /services/create",
	    "{\"TaskTemplate\":{\"LogDriver\":{\"Name\":\"syslog\"}}}", "403 TaskTemplate.LogDriver.Name = \"syslog\" (add [container] "
	    "log-driver = syslog*", { { 0 } }},
	{ "a service's option", "", "POST /services/create",
	    "{\"TaskTemplate\":{\"LogDriver\":{\"Name\":\"local\","
	    "\"Options\":{\"max-size\":\"1m\",\"x\":\"y\"}}}}",	    "403 TaskTemplate.LogDriver.Options.x = \"y\" (add [container] "
	    "log-opt = x=y*",	    { { 0 } }},
};

Test(policy_inspect_logs, are_the_same_in_services)
{
	inspections_check(services, CASES(services));
}
