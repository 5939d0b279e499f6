/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define CREATE(name, profile, fields, wanted)                         \
	{                                                             \
		name, "[network]\n" profile, "POST /networks/create", \
		    "{" fields "}", wanted,                           \
		{                                                     \
			{                                             \
				0                                     \
			}                                             \
		}                                                     \
	}
#define PASSES(name, profile, fields) \
	CREATE(name, profile, fields, "{" fields "}")

/* With what the daemon says of "cafe". */
#define KNOWN(name, fields, status, body, wanted)                          \
	{                                                                  \
		name, "", "POST /networks/create", "{" fields "}", wanted, \
		{                                                          \
			{                                                  \
				"/networks/cafe", status, body             \
			}                                                  \
		}                                                          \
	}
/* What is added to each that has a name. */
#define NEW "\"CheckDuplicate\":true}"

static const struct inspections_row creations[] = {
	PASSES("what clients send", "",
	    "\"Name\":\"web\",\"CheckDuplicate\":true,\"Driver\":\"bridge\","
	    "\"Scope\":\"local\",\"EnableIPv4\":true,\"EnableIPv6\":true,"
	    "\"Internal\":true,\"Attachable\":true,"
	    "\"IPAM\":{\"Driver\":\"default\",\"Config\":[]},"
	    "\"Labels\":{\"a\":\"b\"}"),
	CREATE("what they send for nothing", "",
	    "\"Name\":\"web\",\"Driver\":\"\",\"Options\":{},\"IPAM\":"
	    "{\"Driver\":\"\",\"Options\":null,\"Config\":[{}]},"
	    "\"Ingress\":false,\"ConfigOnly\":false,"
	    "\"ConfigFrom\":{\"Network\":\"\"}",
	    "{\"Name\":\"web\",\"Driver\":\"\",\"Options\":{},"
	    "\"IPAM\":{\"Driver\":\"\",\"Config\":[{}]}," NEW),
	CREATE("a name that is listed", "name = blog_*\n",
	    "\"Name\":\"blog_web\"", "{\"Name\":\"blog_web\"," NEW),
	CREATE("a second one of that name", "",
	    "\"Name\":\"web\",\"CheckDuplicate\":false",
	    "{\"Name\":\"web\"," NEW),
	CREATE("a name that is not", "name = blog_*\n", "\"Name\":\"shop\"",
	    "403 Name = \"shop\" (add [network] name = shop, or drop the "
	    "field)"),
	CREATE("an empty name", "name = blog_*\n", "\"Name\":\"\"",
	    "{\"Name\":\"\"," NEW),
	CREATE("no name", "", "\"Name\":\"a/b\"",
	    "403 Name = \"a/b\" (not a network's name)"),
	CREATE("what an ID may begin with", "", "\"Name\":\"cafe\"",
	    "ask /networks/cafe"),
	KNOWN("no ID begins so", "\"Name\":\"cafe\"", 404, "",
	    "{\"Name\":\"cafe\"," NEW),
	KNOWN("another's begins so", "\"Name\":\"cafe\"", 200,
	    "{\"Name\":\"web\"}",
	    "403 Name = \"cafe\" (another's ID begins so)"),
	KNOWN("there is one of this name", "\"Name\":\"cafe\"", 200,
	    "{\"Name\":\"cafe\"}", "{\"Name\":\"cafe\"," NEW),
	CREATE("a name that is no ID", "", "\"Name\":\"cafex\"",
	    "{\"Name\":\"cafex\"," NEW),
	CREATE("another driver", "", "\"Driver\":\"macvlan\"",
	    "403 Driver = \"macvlan\" (add [network] driver = macvlan, or "
	    "drop the field)"),
	PASSES("another driver is listed", "driver = macvlan\n",
	    "\"Driver\":\"macvlan\""),
	CREATE("capitals", "", "\"Driver\":\"Bridge\"", "403 *"),
	CREATE("another scope", "", "\"Scope\":\"swarm\"",
	    "403 Scope = \"swarm\" (nothing allows it)"),
	CREATE("ingress", "", "\"Ingress\":true",
	    "403 Ingress = true (nothing allows it)"),
	CREATE("a template", "", "\"ConfigOnly\":true",
	    "403 ConfigOnly = true (nothing allows it)"),
	CREATE("from a template", "", "\"ConfigFrom\":{\"Network\":\"shop\"}",
	    "403 ConfigFrom.Network = \"shop\" (nothing allows it)"),
	CREATE("a field that is not known", "", "\"Peers\":[{}]",
	    "403 Peers (a field that is not known)"),
};

Test(policy_inspect_network, is_created_as_listed)
{
	inspections_check(creations, CASES(creations));
}

#define OPTION(name, value) "\"Options\":{\"" name "\":\"" value "\"}"
#define BRIDGE		    "com.docker.network.bridge."

static const struct inspections_row options[] = {
	PASSES("harmless ones", "",
	    "\"Options\":{\"" BRIDGE "enable_icc\":\"false\",\"" BRIDGE
	    "enable_ip_masquerade\":\"true\","
	    "\"com.docker.network.driver.mtu\":\"1400\"}"),
	CREATE("no truth", "", OPTION(BRIDGE "enable_icc", "1"),
	    "403 Options." BRIDGE "enable_icc*"),
	CREATE("no length", "",
	    OPTION("com.docker.network.driver.mtu", "1400x"), "403 *"),
	CREATE("the host's bridge", "", OPTION(BRIDGE "name", "br0"),
	    "403 Options." BRIDGE
	    "name = \"br0\" (add [network] option = " BRIDGE
	    "name=br0, or drop the field)"),
	PASSES("the host's bridge is listed", "option = " BRIDGE "name=br*\n",
	    OPTION(BRIDGE "name", "br0")),
	CREATE("another bridge is not", "option = " BRIDGE "name=br*\n",
	    OPTION(BRIDGE "name", "docker0"), "403 *"),
	CREATE("a value in the name", "option = parent=*\n",
	    OPTION("parent=x", "y"), "403 *not a plain option*"),
};

Test(policy_inspect_network, has_harmless_or_listed_options)
{
	inspections_check(options, CASES(options));
}

#define POOL(fields) "\"IPAM\":{\"Config\":[{" fields "}]}"
#define SUBNET(s)    "\"Subnet\":\"" s "\""

static const struct inspections_row pools[] = {
	CREATE("nothing is said", "", POOL(SUBNET("172.30.1.0/24")),
	    "403 IPAM.Config[0].Subnet = \"172.30.1.0/24\" (add [network] "
	    "subnet = 172.30.1.0/24, or drop the field)"),
	PASSES("listed", "subnet = 172.30.1.0/24\n",
	    POOL(SUBNET("172.30.1.0/24"))),
	PASSES("within", "subnet = fd00::/8 172.30.0.0/16\n",
	    POOL(SUBNET("172.30.1.0/24"))),
	CREATE("around", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET("172.30.0.0/15")), "403 *"),
	CREATE("beside", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET("172.31.1.0/24")), "403 *"),
	PASSES("IPv6", "subnet = fd00::/8\n", POOL(SUBNET("fd12:3::/64"))),
	CREATE("beside in IPv6", "subnet = fd00::/8\n",
	    POOL(SUBNET("fc00::/64")), "403 *"),
	CREATE("IPv4 is not IPv6", "subnet = ::/0\n",
	    POOL(SUBNET("172.30.0.0/16")), "403 *"),
	CREATE("IPv4 as IPv6", "subnet = 0.0.0.0/0\n",
	    POOL(SUBNET("::ffff:172.30.0.0/112")),
	    "400 *Subnet = *not a subnet*"),
	CREATE("no subnet", "subnet = 0.0.0.0/0\n", POOL(SUBNET("172.30.0.0")),
	    "400 *not a subnet*"),
	CREATE("too many bits", "subnet = 0.0.0.0/0\n",
	    POOL(SUBNET("172.30.0.0/33")), "400 *not a subnet*"),
	PASSES("addresses in it", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET(
		"172.30.1.0/24") ",\"IPRange\":\"172.30.1.128/25\","
				 "\"Gateway\":\"172.30.1.1\","
				 "\"AuxiliaryAddresses\":{\"a\":\"172.30.1.2\","
				 "\"b\":\"172.30.1.3\"}")),
	CREATE("a range around it", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET("172.30.1.0/24") ",\"IPRange\":\"172.30.0.0/16\""),
	    "403 IPAM.Config[0].IPRange = \"172.30.0.0/16\" (not in the "
	    "subnet)"),
	CREATE("a gateway outside", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET("172.30.1.0/24") ",\"Gateway\":\"172.30.2.1\""),
	    "403 IPAM.Config[0].Gateway = \"172.30.2.1\" (not in the "
	    "subnet)"),
	CREATE("no gateway", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET("172.30.1.0/24") ",\"Gateway\":\"gw\""),
	    "400 *Gateway = \"gw\" (not an address)"),
	CREATE("an address outside", "subnet = 172.30.0.0/16\n",
	    POOL(SUBNET(
		"172.30.1.0/24") ",\"AuxiliaryAddresses\":"
				 "{\"a\":\"172.30.1.2\",\"b\":\"172.30.2.1\"}"),
	    "403 IPAM.Config[0].AuxiliaryAddresses.b = \"172.30.2.1\" (not in "
	    "the subnet)"),
	CREATE("a gateway without a subnet", "subnet = 172.30.0.0/16\n",
	    POOL("\"Gateway\":\"172.30.1.1\""),
	    "403 IPAM.Config[0].Subnet (addresses without a subnet)"),
	CREATE("an address without a subnet", "subnet = 172.30.0.0/16\n",
	    POOL("\"AuxiliaryAddresses\":{\"a\":\"172.30.1.2\"}"),
	    "403 IPAM.Config[0].Subnet (addresses without a subnet)"),
	PASSES("nothing without a subnet", "",
	    POOL("\"Subnet\":\"\",\"AuxiliaryAddresses\":{}")),
	CREATE("the second", "subnet = 172.30.0.0/16\n",
	    "\"IPAM\":{\"Config\":[{" SUBNET("172.30.1.0/24") "},{" SUBNET(
		"8.8.8.0/24") "}]}",
	    "403 IPAM.Config[1].Subnet*"),
	CREATE("another driver", "", "\"IPAM\":{\"Driver\":\"dhcp\"}",
	    "403 IPAM.Driver = \"dhcp\" (nothing allows it)"),
	CREATE("options", "", "\"IPAM\":{\"Options\":{\"a\":\"b\"}}",
	    "403 IPAM.Options (nothing allows it)"),
};

Test(policy_inspect_network, has_addresses_in_listed_subnets)
{
	inspections_check(pools, CASES(pools));
}

#define JOIN(name, profile, request, body, wanted, ...)                   \
	{                                                                 \
		name, "[container]\n" profile, "POST /networks/" request, \
		    "{" body "}", wanted,                                 \
		{                                                         \
			__VA_ARGS__                                       \
		}                                                         \
	}
#define NONE      \
	{         \
		0 \
	}

static const struct inspections_row joins[] = {
	JOIN("listed", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"web\"", "{\"Container\":\"web\"}", NONE),
	JOIN("not listed", "network = blog_*\n", "shop_web/connect",
	    "\"Container\":\"web\"",
	    "403 network = \"shop_web\" (add [container] network = shop_web, "
	    "or drop the field)",
	    NONE),
	JOIN("nothing is said", "", "blog_web/connect", "\"Container\":\"web\"",
	    "403 network = *", NONE),
	JOIN("an ID is asked for", "network = blog_*\n", "c0ffee/connect",
	    "\"Container\":\"web\"", "ask /networks/c0ffee", NONE),
	JOIN("an ID", "network = blog_*\n", "c0ffee/connect",
	    "\"Container\":\"web\"", "{\"Container\":\"web\"}",
	    { "/networks/c0ffee", 200, "{\"Name\":\"blog_web\"}" }),
	JOIN("another ID", "network = blog_*\n", "c0ffee/connect",
	    "\"Container\":\"web\"", "403 network = \"c0ffee\"*",
	    { "/networks/c0ffee", 200, "{\"Name\":\"shop_web\"}" }),
	JOIN("the host's", "network = *\n", "host/connect",
	    "\"Container\":\"web\"",
	    "403 network = \"host\" (add [container] namespace = "
	    "network:host*",
	    NONE),
	JOIN("an alias", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"web\",\"EndpointConfig\":{\"Aliases\":[\"a\"]}",
	    "{*{\"Aliases\":[\"a\"]}}", NONE),
	JOIN("an address", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"web\",\"EndpointConfig\":{\"IPAMConfig\":"
	    "{\"IPv4Address\":\"172.30.0.9\"}}",
	    "403 EndpointConfig.IPAMConfig.IPv4Address = *address = yes*",
	    NONE),
	JOIN("a slash before the name", "network = blog_*\n",
	    "blog_web/connect", "\"Container\":\"/web\"",
	    "{\"Container\":\"/web\"}", NONE),
	JOIN("a short name", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"w\"", "{\"Container\":\"w\"}", NONE),
	JOIN("no name", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"\"",
	    "403 Container = \"\" (not a container's name)", NONE),
	JOIN("a link's words", "network = blog_*\n", "blog_web/connect",
	    "\"Container\":\"/web/db\"",
	    "403 Container = \"/web/db\" (not a container's name)", NONE),
	JOIN("leaving", "", "blog_web/disconnect",
	    "\"Container\":\"web\",\"Force\":true",
	    "{\"Container\":\"web\",\"Force\":true}", NONE),
	JOIN("leaving in a link's words", "", "blog_web/disconnect",
	    "\"Container\":\"web/db\"", "403 Container = *", NONE),
	JOIN("leaving with more", "", "blog_web/disconnect",
	    "\"Container\":\"web\",\"X\":1", "403 X = 1 *", NONE),
};

Test(policy_inspect_network, is_joined_where_listed)
{
	inspections_check(joins, CASES(joins));
}

Test(policy_inspect_network, knows_a_good_word)
{
	cr_expect(check_subnet(SPAN("172.30.0.0/16")) == NULL);
	cr_expect(check_subnet(SPAN("0.0.0.0/0")) == NULL);
	cr_expect(check_subnet(SPAN("fd00::/8")) == NULL);
	cr_expect(check_subnet(SPAN("172.30.0.0")) != NULL);
	cr_expect(check_subnet(SPAN("172.30.0.0/")) != NULL);
	cr_expect(check_subnet(SPAN("172.30.0.0/33")) != NULL);
	cr_expect(check_subnet(SPAN("fd00::/129")) != NULL);
	cr_expect(check_subnet(SPAN("::ffff:10.0.0.0/104")) != NULL);
	cr_expect(check_subnet(SPAN("*")) != NULL);
}
