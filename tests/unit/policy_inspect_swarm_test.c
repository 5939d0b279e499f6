/* SPDX-License-Identifier: MIT */
/* Making, joining and changing a Swarm, and its nodes. */

#include <criterion/criterion.h>

#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define INIT   "POST /swarm/init"
#define JOIN   "POST /swarm/join"
#define UPDATE "POST /swarm/update?version=1"
#define NODE   "POST /nodes/n1/update?version=1"

/* What passes as it is; and what the daemon says, if it is asked. */
#define SAME(body) body, body
#define FACT(...)                   \
	{                           \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

Test(swarm, init)
{
	static const struct inspections_row rows[] = {
		ROW("what harms nobody",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    SAME("{\"ListenAddr\":\"127.0.0.1:2377\","
			 "\"AdvertiseAddr\":\"127.0.0.1\","
			 "\"DataPathAddr\":\"\",\"DataPathPort\":4789,"
			 "\"ForceNewCluster\":false,"
			 "\"Spec\":{\"Name\":\"default\","
			 "\"Orchestration\":{\"TaskHistoryRetentionLimit\":3},"
			 "\"Raft\":{\"SnapshotInterval\":1,"
			 "\"KeepOldSnapshots\":2,"
			 "\"LogEntriesForSlowFollowers\":3,\"ElectionTick\":4,"
			 "\"HeartbeatTick\":5},\"Dispatcher\":{\"HeartbeatPeri"
			 "od\":6},\"CAConfig\":{\"NodeCertExpiry\":7,"
			 "\"ForceRotate\":0},\"TaskDefaults\":{},"
			 "\"EncryptionConfig\":{\"AutoLockManagers\":true}},"
			 "\"AutoLockManagers\":false,"
			 "\"Availability\":\"active\",\"SubnetSize\":24}"),
		    NO_FACTS),
		ROW("no address said", "", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\"}",
		    "403 ListenAddr = \"127.0.0.1:2377\" (add [swarm] "
		    "address = 127.0.0.1:2377,*",
		    NO_FACTS),
		ROW("another address",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"0.0.0.0:2377\"}",
		    "403 ListenAddr = \"0.0.0.0:2377\"*", NO_FACTS),
		ROW("the daemon's own address",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"AdvertiseAddr\":\"127.0.0.1\"}",
		    "403 ListenAddr = \"0.0.0.0:2377\" (add [swarm] address "
		    "= 0.0.0.0:2377,*",
		    NO_FACTS),
		ROW("the same, being empty",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"\"}",
		    "403 ListenAddr = \"0.0.0.0:2377\"*", NO_FACTS),
		ROW("the same, allowed", "[swarm]\naddress = 0.0.0.0:2377\n",
		    INIT, "{}", "{\"ListenAddr\":\"0.0.0.0:2377\"}", NO_FACTS),
		ROW("another address to others",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"AdvertiseAddr\":\"10.0.0.1\"}",
		    "403 AdvertiseAddr = \"10.0.0.1\"*", NO_FACTS),
		ROW("another address for data",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"DataPathAddr\":\"10.0.0.1\"}",
		    "403 DataPathAddr = \"10.0.0.1\"*", NO_FACTS),
		ROW("a pool", "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"DefaultAddrPool\":[\"10.20.0.0/16\"]}",
		    "403 DefaultAddrPool[0] = \"10.20.0.0/16\" (add "
		    "[network] subnet = *",
		    NO_FACTS),
		ROW("a pool, allowed",
		    "[swarm]\naddress = 127.0.0.1* "
		    "eth0:2377\n[network]\nsubnet = 10.0.0.0/8\n",
		    INIT,
		    SAME("{\"ListenAddr\":\"127.0.0.1:2377\","
			 "\"DefaultAddrPool\":[\"10.20.0.0/16\"]}"),
		    NO_FACTS),
		ROW("a larger pool",
		    "[swarm]\naddress = 127.0.0.1* "
		    "eth0:2377\n[network]\nsubnet = 10.0.0.0/8\n",
		    INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"DefaultAddrPool\":[\"8.0.0.0/6\"]}",
		    "403 DefaultAddrPool[0] = \"8.0.0.0/6\"*", NO_FACTS),
		ROW("no pool at all",
		    "[swarm]\naddress = 127.0.0.1* "
		    "eth0:2377\n[network]\nsubnet = 10.0.0.0/8\n",
		    INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"DefaultAddrPool\":[\"10.0.0\"]}",
		    "400 DefaultAddrPool[0]*", NO_FACTS),
		ROW("a Swarm taken over",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"ForceNewCluster\":true}",
		    "403 ForceNewCluster = true*", NO_FACTS),
		ROW("an authority's key",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"Spec\":{\"CAConfig\":{\"SigningCAKey\":\"a\"}}}",
		    "403 Spec.CAConfig.SigningCAKey = \"a\" (nothing allows "
		    "it)",
		    NO_FACTS),
		ROW("an authority", "[swarm]\naddress = 127.0.0.1* eth0:2377\n",
		    INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"Spec\":{\"CAConfig\":{\"SigningCACert\":\"a\"}}}",
		    "403 Spec.CAConfig.SigningCACert = \"a\"*", NO_FACTS),
		ROW("an authority elsewhere",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"Spec\":{\"CAConfig\":{\"ExternalCAs\":[{\"URL\":\"a\"}"
		    "]}}}",
		    "403 Spec.CAConfig.ExternalCAs (nothing allows it)",
		    NO_FACTS),
		ROW("logs elsewhere",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"Spec\":{\"TaskDefaults\":{\"LogDriver\":{\"Name\":\"ge"
		    "lf\"}}}}",
		    "403 Spec.TaskDefaults.LogDriver.Name = \"gelf\"*",
		    NO_FACTS),
		ROW("logs with options",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"Spec\":{\"TaskDefaults\":{\"LogDriver\":{\"Name\":\"lo"
		    "cal\",\"Options\":{\"a\":\"b\"}}}}}",
		    "403 Spec.TaskDefaults.LogDriver.Options.a = \"b\"*",
		    NO_FACTS),
		ROW("logs here", "[swarm]\naddress = 127.0.0.1* eth0:2377\n",
		    INIT,
		    SAME("{\"ListenAddr\":\"127.0.0.1:2377\","
			 "\"Spec\":{\"TaskDefaults\":{\"LogDriver\":{\"Name\":"
			 "\"local\"}}}}"),
		    NO_FACTS),
		ROW("no body", "[swarm]\naddress = 127.0.0.1* eth0:2377\n",
		    INIT, "", "400 no body", NO_FACTS),
		ROW("an unknown field",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", INIT,
		    "{\"ListenAddr\":\"127.0.0.1:2377\",\"Foo\":1}",
		    "403 Foo = 1*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(swarm, join)
{
	static const struct inspections_row rows[] = {
		ROW("allowed",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = "
		    "10.0.0.1:2377\n",
		    JOIN,
		    SAME("{\"ListenAddr\":\"127.0.0.1:2377\","
			 "\"RemoteAddrs\":[\"10.0.0.1:2377\"],"
			 "\"JoinToken\":\"t\",\"Availability\":\"drain\"}"),
		    NO_FACTS),
		ROW("no remote said",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\n", JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"RemoteAddrs\":[\"10.0.0.1:2377\"]}",
		    "403 RemoteAddrs[0] = \"10.0.0.1:2377\" (add [swarm] "
		    "remote = 10.0.0.1:2377,*",
		    NO_FACTS),
		ROW("one more remote",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = "
		    "10.0.0.1:2377\n",
		    JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"RemoteAddrs\":[\"10.0.0.1:2377\",\"10.0.0.2:2377\"]}",
		    "403 RemoteAddrs[1] = \"10.0.0.2:2377\"*", NO_FACTS),
		ROW("an empty remote",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = "
		    "10.0.0.1:2377\n",
		    JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"RemoteAddrs\":[\"\"]}",
		    "403 RemoteAddrs[0] = \"\"*", NO_FACTS),
		ROW("another address to others",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = *\n",
		    JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"AdvertiseAddr\":\"10.0.0.1\",\"RemoteAddrs\":[\"a\"]}",
		    "403 AdvertiseAddr = \"10.0.0.1\"*", NO_FACTS),
		ROW("another address for data",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = *\n",
		    JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"DataPathAddr\":\"10.0.0.1\",\"RemoteAddrs\":[\"a\"]}",
		    "403 DataPathAddr = \"10.0.0.1\"*", NO_FACTS),
		ROW("no remote",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = *\n",
		    JOIN, "{\"ListenAddr\":\"127.0.0.1:2377\"}",
		    "400 RemoteAddrs (missing)", NO_FACTS),
		ROW("another address", "[swarm]\nremote = *\n", JOIN,
		    "{\"ListenAddr\":\"127.0.0.1:2377\","
		    "\"RemoteAddrs\":[\"a\"]}",
		    "403 ListenAddr*", NO_FACTS),
		ROW("the daemon's own address",
		    "[swarm]\naddress = 127.0.0.1* eth0:2377\nremote = *\n",
		    JOIN, "{\"RemoteAddrs\":[\"a\"]}",
		    "403 ListenAddr = \"0.0.0.0:2377\"*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(swarm, update)
{
	static const struct inspections_row rows[] = {
		ROW("asked first", "", UPDATE, "{\"Name\":\"default\"}",
		    "ask /swarm", NO_FACTS),
		ROW("what stays", "", UPDATE,
		    SAME("{\"Name\":\"default\","
			 "\"CAConfig\":{\"ForceRotate\":3}}"),
		    FACT("/swarm", 200,
			"{\"Spec\":{\"CAConfig\":{\"ForceRotate\":3}},"
			"\"JoinTokens\":{\"Worker\":\"a\"}}")),
		ROW("another authority", "", UPDATE,
		    "{\"CAConfig\":{\"ForceRotate\":4}}",
		    "403 CAConfig.ForceRotate = 4 (not the present one*",
		    FACT("/swarm", 200,
			"{\"Spec\":{\"CAConfig\":{\"ForceRotate\":3}},"
			"\"JoinTokens\":{\"Worker\":\"a\"}}")),
		ROW("another one by leaving it out", "", UPDATE,
		    "{\"Name\":\"default\"}",
		    "403 CAConfig.ForceRotate (not the present one*",
		    FACT("/swarm", 200,
			"{\"Spec\":{\"CAConfig\":{\"ForceRotate\":3}},"
			"\"JoinTokens\":{\"Worker\":\"a\"}}")),
		ROW("no manager", "", UPDATE, "{\"Name\":\"default\"}",
		    "502 *cannot be read)",
		    FACT("/swarm", 503, "{\"message\":\"no\"}")),
		ROW("an authority's key", "", UPDATE,
		    "{\"CAConfig\":{\"SigningCAKey\":\"a\"}}",
		    "403 CAConfig.SigningCAKey*", NO_FACTS),
		ROW("another token for workers", "",
		    UPDATE "&rotateWorkerToken=true", "{}",
		    "403 query.rotateWorkerToken = \"true\" (what others*",
		    NO_FACTS),
		ROW("another token for managers", "",
		    UPDATE "&rotateManagerToken=1", "{}",
		    "403 query.rotateManagerToken*", NO_FACTS),
		ROW("another key", "", UPDATE "&rotateManagerUnlockKey=t", "{}",
		    "403 query.rotateManagerUnlockKey*", NO_FACTS),
		ROW("none of these", "",
		    UPDATE "&rotateWorkerToken=false&rotateManagerToken=0",
		    "{}", "ask /swarm", NO_FACTS),
		ROW("no body", "", UPDATE, "", "400 no body", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(swarm, unlock)
{
	static const struct inspections_row rows[] = {
		ROW("a key", "", "POST /swarm/unlock",
		    SAME("{\"UnlockKey\":\"a\"}"), NO_FACTS),
		ROW("something else", "", "POST /swarm/unlock",
		    "{\"Foo\":\"a\"}", "403 Foo*", NO_FACTS),
		ROW("no body", "", "POST /swarm/unlock", "", "400 no body",
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(swarm, nodes)
{
	static const struct inspections_row rows[] = {
		ROW("a role, asked for", "", NODE, "{\"Role\":\"worker\"}",
		    "ask /nodes/n1", NO_FACTS),
		ROW("the present role", "", NODE,
		    SAME("{\"Name\":\"a\",\"Labels\":{\"a\":\"b\"},"
			 "\"Role\":\"worker\",\"Availability\":\"drain\"}"),
		    FACT("/nodes/n1", 200, "{\"Spec\":{\"Role\":\"worker\"}}")),
		ROW("another role", "", NODE, "{\"Role\":\"manager\"}",
		    "403 Role = \"manager\" (add [swarm] node-role = manager,"
		    "*",
		    FACT("/nodes/n1", 200, "{\"Spec\":{\"Role\":\"worker\"}}")),
		ROW("another role, allowed", "[swarm]\nnode-role = manager\n",
		    NODE, SAME("{\"Role\":\"manager\"}"), NO_FACTS),
		ROW("not that one", "[swarm]\nnode-role = manager\n", NODE,
		    "{\"Role\":\"worker\"}", "403 Role = \"worker\"*",
		    FACT(
			"/nodes/n1", 200, "{\"Spec\":{\"Role\":\"manager\"}}")),
		ROW("another case", "[swarm]\nnode-role = *\n", NODE,
		    "{\"Role\":\"Manager\"}", "400 Role = \"Manager\"*",
		    NO_FACTS),
		ROW("no role", "[swarm]\nnode-role = *\n", NODE,
		    "{\"Availability\":\"drain\"}", "400 Role (missing)",
		    NO_FACTS),
		ROW("no node", "", NODE, "{\"Role\":\"worker\"}",
		    "404 No such node: n1", FACT("/nodes/n1", 404, "{}")),
		ROW("a node that is a path", "",
		    "POST /nodes/n:1/update?version=1", "{\"Role\":\"worker\"}",
		    "403 *a node without a plain name)", NO_FACTS),
		ROW("no body", "", NODE, "", "400 no body", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}
