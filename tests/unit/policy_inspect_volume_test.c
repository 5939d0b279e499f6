/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define CREATE(name, profile, fields, wanted)                       \
	{                                                           \
		name, "[volume]\n" profile, "POST /volumes/create", \
		    "{" fields "}", wanted,                         \
		{                                                   \
			{                                           \
				0                                   \
			}                                           \
		}                                                   \
	}
#define PASSES(name, profile, fields) \
	CREATE(name, profile, fields, "{" fields "}")

static const struct inspections_row creations[] = {
	PASSES("nothing", "", ""),
	PASSES("a name", "", "\"Name\":\"data\""),
	PASSES(
	    "a name that is listed", "name = web_*\n", "\"Name\":\"web_data\""),
	CREATE("a name that is not", "name = web_*\n", "\"Name\":\"db_data\"",
	    "403 Name = \"db_data\" (add [volume] name = db_data, or drop the "
	    "field)"),
	PASSES(
	    "a name of the daemon's choice", "name = web_*\n", "\"Name\":\"\""),
	CREATE("a path", "", "\"Name\":\"/etc\"",
	    "403 Name = \"/etc\" (not a volume's name)"),
	CREATE("a relative path", "name = *\n", "\"Name\":\"..\"",
	    "403 *not a volume's name*"),
	PASSES("labels", "", "\"Labels\":{\"a\":\"b\"}"),
	PASSES("the driver", "", "\"Driver\":\"local\""),
	PASSES("no driver", "driver = nfs\n", "\"Driver\":\"\""),
	CREATE("another driver", "", "\"Driver\":\"nfs\"",
	    "403 Driver = \"nfs\" (add [volume] driver = nfs, or drop the "
	    "field)"),
	PASSES(
	    "another driver is listed", "driver = nfs\n", "\"Driver\":\"nfs\""),
	CREATE("the root", "",
	    "\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\","
	    "\"device\":\"/\"}",
	    "403 DriverOpts.type = \"none\" (add [volume] driver-option = "
	    "type=none, or drop the field)"),
	PASSES("options are listed",
	    "driver-option = type=none o=bind device=/srv/*\n",
	    "\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\","
	    "\"device\":\"/srv/x\"}"),
	CREATE("another device",
	    "driver-option = type=none o=bind device=/srv/*\n",
	    "\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\","
	    "\"device\":\"/etc\"}",
	    "403 DriverOpts.device = \"/etc\" (add*device=/etc*"),
	CREATE("up and away", "driver-option = device=/srv/*\n",
	    "\"DriverOpts\":{\"device\":\"/srv/x/../../etc\"}",
	    "403 DriverOpts.device*not a plain option*"),
	CREATE("up at the end", "driver-option = device=/srv/*\n",
	    "\"DriverOpts\":{\"device\":\"/srv/..\"}",
	    "403 DriverOpts.device*not a plain option*"),
	PASSES("dots in a name", "driver-option = device=/srv/*\n",
	    "\"DriverOpts\":{\"device\":\"/srv/..x/a..\"}"),
	CREATE("more options in one", "driver-option = o=bind\n",
	    "\"DriverOpts\":{\"o\":\"bind,exec\"}", "403 *o=bind,exec,*"),
	CREATE("a value in the name", "driver-option = o=*\n",
	    "\"DriverOpts\":{\"o=x\":\"y\"}", "403 *not a plain option*"),
	CREATE("no options", "", "\"DriverOpts\":null,\"Name\":\"a\"",
	    "{\"Name\":\"a\"}"),
	CREATE("Swarm's own", "driver = *\n",
	    "\"ClusterVolumeSpec\":{\"Group\":\"a\"}",
	    "403 ClusterVolumeSpec (nothing allows it)"),
	CREATE("Swarm's own, empty", "", "\"ClusterVolumeSpec\":{}", "{}"),
	CREATE("a field that is not known", "", "\"Mountpoint\":\"/\"",
	    "403 Mountpoint = \"/\" (a field that is not known)"),
};

Test(policy_inspect_volume, is_created_as_listed)
{
	inspections_check(creations, CASES(creations));
}

#define UPDATE(name, body, wanted)                                     \
	{                                                              \
		name, "", "PUT /volumes/data?version=1", body, wanted, \
		{                                                      \
			{                                              \
				0                                      \
			}                                              \
		}                                                      \
	}

static const struct inspections_row updates[] = {
	UPDATE("nothing", "{}", "{}"),
	UPDATE("nothing of it", "{\"Spec\":{}}", "{}"),
	UPDATE("something of it", "{\"Spec\":{\"Availability\":\"pause\"}}",
	    "403 Spec (nothing allows it)"),
};

Test(policy_inspect_volume, is_not_updated)
{
	inspections_check(updates, CASES(updates));
}
