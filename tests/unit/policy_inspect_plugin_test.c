/* SPDX-License-Identifier: MIT */
/* Plugins: which ones, and what of the host they get. */

#include <criterion/criterion.h>

#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define A16	"aaaaaaaaaaaaaaaa"
#define A128	A16 A16 A16 A16 A16 A16 A16 A16
#define LONG	A128 A128 A128 A128
#define PULL	"POST /plugins/pull?remote=vieux/sshfs"
#define UPGRADE "POST /plugins/vieux/sshfs/upgrade"
#define SET	"POST /plugins/vieux/sshfs/set"
#define ENABLE	"POST /plugins/vieux/sshfs/enable"

/* What passes as it is; and what the daemon says, if it is asked. */
#define SAME(body) body, body
#define FACT(...)                   \
	{                           \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

Test(plugin, pull)
{
	static const struct inspections_row rows[] = {
		ROW("without privileges", "[plugin]\nname = vieux/sshfs\n",
		    PULL, SAME("[]"), NO_FACTS),
		ROW("no name said", "", PULL, "[]",
		    "403 query.remote = \"vieux/sshfs\" (add [plugin] name = "
		    "vieux/sshfs,*",
		    NO_FACTS),
		ROW("another plugin", "[plugin]\nname = vieux/sshfs\n",
		    "POST /plugins/pull?remote=vieux/sshfs2", "[]",
		    "403 query.remote = \"vieux/sshfs2\"*", NO_FACTS),
		ROW("another version", "[plugin]\nname = vieux/sshfs:1\n",
		    "POST /plugins/pull?remote=vieux/sshfs:next", "[]",
		    "403 query.remote*", NO_FACTS),
		ROW("in full", "[plugin]\nname = vieux/sshfs\n",
		    "POST /plugins/pull?remote=docker.io/vieux/sshfs:latest&n"
		    "ame=",
		    SAME("[]"), NO_FACTS),
		ROW("under another name", "[plugin]\nname = vieux/sshfs\n",
		    PULL "&name=p1", "[]", "403 query.name = \"p1\"*",
		    NO_FACTS),
		ROW("under another name, allowed",
		    "[plugin]\nname = vieux/sshfs\nname = p1\n",
		    PULL "&name=p1:latest", SAME("[]"), NO_FACTS),
		ROW("nothing", "[plugin]\nname = vieux/sshfs\n",
		    "POST /plugins/pull", "[]", "400 query.remote (missing)",
		    NO_FACTS),
		ROW("an empty one", "[plugin]\nname = vieux/sshfs\n",
		    "POST /plugins/pull?remote=", "[]",
		    "400 query.remote (missing)", NO_FACTS),
		ROW("no body", "[plugin]\nname = vieux/sshfs\n", PULL, "",
		    "400 no body", NO_FACTS),
		ROW("privileges", "[plugin]\nname = vieux/sshfs\n", PULL,
		    "[{\"Name\":\"network\",\"Description\":\"a\","
		    "\"Value\":[\"host\"]},{\"Name\":\"host pid namespace\","
		    "\"Value\":[\"true\"]}]",
		    "403 [0].Value[0] = \"host\" (add [plugin] privilege = "
		    "network=host,*",
		    NO_FACTS),
		ROW("privileges, allowed",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    PULL,
		    SAME("[{\"Name\":\"network\",\"Description\":\"a\","
			 "\"Value\":[\"host\"]},{\"Name\":\"host pid "
			 "namespace\",\"Value\":[\"true\"]}]"),
		    NO_FACTS),
		ROW("one that is not",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    PULL,
		    "[{\"Name\":\"mount\",\"Value\":[\"/var/lib/a\","
		    "\"/etc\"]}]",
		    "403 [0].Value[1] = \"/etc\" (add [plugin] privilege = "
		    "mount=/etc,*",
		    NO_FACTS),
		ROW("another one of that value",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    PULL,
		    "[{\"Name\":\"network\",\"Value\":[\"host\"]},"
		    "{\"Name\":\"host ipc namespace\",\"Value\":[\"true\"]}]",
		    "403 [1].Value[0] = \"true\" (add [plugin] privilege = "
		    "host-ipc-namespace=true,*",
		    NO_FACTS),
		ROW("an unknown field",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    PULL, "[{\"Name\":\"network\",\"Foo\":1}]",
		    "403 [0].Foo = 1*", NO_FACTS),
		ROW("a long one",
		    "[plugin]\nname = vieux/sshfs\nprivilege = *=*\n", PULL,
		    "[{\"Name\":\"mount\",\"Value\":[\"" LONG "\"]}]",
		    "403 [0].Value[0]*too long)", NO_FACTS),
		ROW("no array",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    PULL, "{\"Name\":\"network\"}", "400 *", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(plugin, upgrade)
{
	static const struct inspections_row rows[] = {
		ROW("asked first", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/sshfs", "[]",
		    "ask /plugins/vieux/sshfs/json", NO_FACTS),
		ROW("allowed", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/sshfs", SAME("[]"),
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\",\"Config\":{},"
			"\"Settings\":{}}")),
		ROW("to another one", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/other", "[]", "403 query.remote*",
		    NO_FACTS),
		ROW("to nothing", "[plugin]\nname = vieux/sshfs\n", UPGRADE,
		    "[]", "400 query.remote (missing)", NO_FACTS),
		ROW("of another one", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/sshfs", "[]",
		    "403 name = \"other:latest\" (add [plugin] name = "
		    "other:latest,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"other:latest\",\"Config\":{},"
			"\"Settings\":{}}")),
		ROW("of none", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/sshfs", "[]",
		    "404 No such plugin: vieux/sshfs",
		    FACT("/plugins/vieux/sshfs/json", 404, "{}")),
		ROW("with privileges", "[plugin]\nname = vieux/sshfs\n",
		    UPGRADE "?remote=vieux/sshfs",
		    "[{\"Name\":\"network\",\"Description\":\"a\","
		    "\"Value\":[\"host\"]},{\"Name\":\"host pid namespace\","
		    "\"Value\":[\"true\"]}]",
		    "403 [0].Value[0] = \"host\"*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(plugin, set)
{
	static const struct inspections_row rows[] = {
		ROW("no setting said", "[plugin]\nname = vieux/sshfs\n", SET,
		    "[\"DEBUG=1\"]",
		    "403 [0] = \"DEBUG=1\" (add [plugin] setting = DEBUG=1,*",
		    NO_FACTS),
		ROW("asked first",
		    "[plugin]\nname = vieux/sshfs\nsetting = DEBUG=*\n", SET,
		    "[\"DEBUG=1\"]", "ask /plugins/vieux/sshfs/json", NO_FACTS),
		ROW("allowed",
		    "[plugin]\nname = vieux/sshfs\nsetting = DEBUG=*\n", SET,
		    SAME("[\"DEBUG=1\"]"),
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\",\"Config\":{},"
			"\"Settings\":{}}")),
		ROW("another setting",
		    "[plugin]\nname = vieux/sshfs\nsetting = DEBUG=*\n", SET,
		    "[\"DEBUG=1\",\"state.source=/\"]",
		    "403 [1] = \"state.source=/\"*", NO_FACTS),
		ROW("of another plugin",
		    "[plugin]\nname = other\nsetting = *\n", SET,
		    "[\"DEBUG=1\"]", "403 name = \"vieux/sshfs:latest\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\",\"Config\":{},"
			"\"Settings\":{}}")),
		ROW("no strings", "[plugin]\nname = vieux/sshfs\nsetting = *\n",
		    SET, "[{\"a\":\"b\"}]", "400 [0]*", NO_FACTS),
		ROW("no body", "[plugin]\nname = vieux/sshfs\n", SET, "",
		    "400 no body", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(plugin, enable)
{
	static const struct inspections_row rows[] = {
		ROW("asked first", "[plugin]\nname = vieux/sshfs\n", ENABLE, "",
		    "ask /plugins/vieux/sshfs/json", NO_FACTS),
		ROW("nothing of the host", "[plugin]\nname = vieux/sshfs\n",
		    ENABLE, SAME(""),
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Network\":{\"Type\":\"bridge\"},"
			"\"Linux\":{\"Capabilities\":null,"
			"\"AllowAllDevices\":false},"
			"\"Mounts\":[{\"Source\":null}],"
			"\"IpcHost\":false,\"PidHost\":false},"
			"\"Settings\":{}}")),
		ROW("another plugin", "[plugin]\nname = vieux/sshfs\n", ENABLE,
		    "", "403 name = \"other:latest\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"other:latest\",\"Config\":{},"
			"\"Settings\":{}}")),
		ROW("the network", "[plugin]\nname = vieux/sshfs\n", ENABLE, "",
		    "403 Config.Network.Type = \"host\" (add [plugin] "
		    "privilege = network=host,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Network\":{\"Type\":\"host\"}},"
			"\"Settings\":{}}")),
		ROW("the network, allowed",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, SAME(""),
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Network\":{\"Type\":\"host\"}},"
			"\"Settings\":{}}")),
		ROW("processes", "[plugin]\nname = vieux/sshfs\n", ENABLE, "",
		    "403 Config.PidHost = \"true\" (add [plugin] privilege = "
		    "host-pid-namespace=true,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"PidHost\":true},\"Settings\":{}}")),
		ROW("memory",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "",
		    "403 Config.IpcHost = \"true\" (add [plugin] privilege = "
		    "host-ipc-namespace=true,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"PidHost\":true,\"IpcHost\":true},"
			"\"Settings\":{}}")),
		ROW("devices",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "403 Config.Linux.AllowAllDevices = \"true\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Linux\":{\"AllowAllDevices\":true}"
			"},\"Settings\":{}}")),
		ROW("a device",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "",
		    "403 Config.Linux.Devices[0].Path = \"/dev/a\" (add "
		    "[plugin] privilege = device=/dev/a,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Linux\":{\"Devices\":[{\"Path\":\""
			"/dev/a\"}]}},\"Settings\":{}}")),
		ROW("a capability",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "",
		    "403 Config.Linux.Capabilities[0] = \"CAP_SYS_ADMIN\" "
		    "(add [plugin] privilege = capabilities=CAP_SYS_ADMIN,*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Linux\":{\"Capabilities\":[\"CAP_S"
			"YS_ADMIN\"]}},\"Settings\":{}}")),
		ROW("a mount, allowed",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, SAME(""),
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Mounts\":[{\"Source\":\"/var/lib/a"
			"\"}]},\"Settings\":{}}")),
		ROW("another mount",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "403 Config.Mounts[1].Source = \"/etc\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Mounts\":[{\"Source\":\"/var/lib/a"
			"\"},{\"Source\":\"/etc\"}]},\"Settings\":{}}")),
		ROW("a mount that was set",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "403 Settings.Mounts[0].Source = \"/etc\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":{\"Mounts\":[{\"Source\":null}]},"
			"\"Settings\":{\"Mounts\":[{\"Source\":\"/etc\"}]"
			"}}")),
		ROW("a device that was set",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "403 Settings.Devices[0].Path = \"/dev/a\"*",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\",\"Config\":{},"
			"\"Settings\":{\"Devices\":[{\"Path\":\"/dev/a\"}"
			"]}}")),
		ROW("no description",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "403 *cannot be read)",
		    FACT("/plugins/vieux/sshfs/json", 200,
			"{\"Name\":\"vieux/sshfs:latest\","
			"\"Config\":null,\"Settings\":{}}")),
		ROW("none",
		    "[plugin]\nname = vieux/sshfs\nprivilege = network=host "
		    "mount=/var/lib/* host-pid-namespace=true\n",
		    ENABLE, "", "404 No such plugin: vieux/sshfs",
		    FACT("/plugins/vieux/sshfs/json", 404, "{}")),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}
