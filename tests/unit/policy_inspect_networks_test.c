/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define MODE(mode) \
	"{\"Image\":\"a\",\"HostConfig\":{\"NetworkMode\":\"" mode "\"}}"
#define ROW(name, profile, mode, wanted, ...)                             \
	{                                                                 \
		name, "[container]\n" profile, "POST /containers/create", \
		    MODE(mode), wanted,                                   \
		{                                                         \
			__VA_ARGS__                                       \
		}                                                         \
	}
#define NONE      \
	{         \
		0 \
	}
#define PASSED(mode) "*\"NetworkMode\":\"" mode "\"*"

/* What the daemon answers. */
#define FOUND(asked, name, driver)                                      \
	{                                                               \
		"/networks/" asked, 200,                                \
		    "{\"Name\":\"" name "\",\"Driver\":\"" driver "\"}" \
	}
#define MISSING(asked)                                        \
	{                                                     \
		"/networks/" asked, 404, "{\"message\":\"\"}" \
	}

static const struct inspections_row modes[] = {
	ROW("none said", "", "", PASSED(""), NONE),
	ROW("default", "", "default", PASSED("default"), NONE),
	ROW("bridge", "", "bridge", PASSED("bridge"), NONE),
	ROW("none", "", "none", PASSED("none"), NONE),
	ROW("the host's", "network = *\n", "host",
	    "403 HostConfig.NetworkMode = \"host\" (add [container] namespace "
	    "= network:host, or drop the field)",
	    NONE),
	ROW("the host's is listed", "namespace = network:host\n", "host",
	    PASSED("host"), NONE),
	ROW("another's", "network = *\nnamespace = network:host\n",
	    "container:db", "403 *namespace = network:container,*", NONE),
	ROW("another's is listed", "namespace = network:container\n",
	    "container:db", PASSED("container:db"), NONE),
	ROW("a link's words", "namespace = network:container\n",
	    "container:web/db", "403 *not a network's name*", NONE),
	ROW("a name", "network = blog_*\n", "blog_web", PASSED("blog_web"),
	    NONE),
	ROW("another name", "network = blog_*\n", "shop_web",
	    "403 HostConfig.NetworkMode = \"shop_web\" (add [container] "
	    "network = shop_web, or drop the field)",
	    NONE),
	ROW("nothing is said", "", "blog_web", "403 *network = blog_web,*",
	    NONE),
	ROW("a name that may be an ID is asked for", "network = web\n", "web",
	    "ask /networks/web", NONE),
	ROW("each letter and digit may be of an ID", "network = *\n", "09az",
	    "ask /networks/09az", NONE),
	ROW("a name that is none", "network = web\n", "web", PASSED("web"),
	    FOUND("web", "web", "bridge")),
	ROW("a name that is the beginning of an ID", "network = web\n", "web",
	    "403 *network = shop,*", FOUND("web", "shop", "overlay")),
	ROW("an ID", "network = web\n", "3fa1", PASSED("3fa1"),
	    FOUND("3fa1", "web", "bridge")),
	ROW("an ID, whatever it looks like", "network = 3*\n", "3fa1",
	    "403 *network = shop,*", FOUND("3fa1", "shop", "bridge")),
	ROW("an ID of the bridge's", "", "3fa1", PASSED("3fa1"),
	    FOUND("3fa1", "bridge", "bridge")),
	ROW("an ID of the host's", "network = *\n", "3fa1",
	    "403 *namespace = network:host,*", FOUND("3fa1", "host", "host")),
	ROW("an ID of the host's by its driver", "network = *\n", "3fa1",
	    "403 *namespace = network:host,*", FOUND("3fa1", "web", "host")),
	ROW("an ID of the host's is listed", "namespace = network:host\n",
	    "3fa1", PASSED("3fa1"), FOUND("3fa1", "host", "host")),
	ROW("one that does not exist", "network = web\n", "web", PASSED("web"),
	    MISSING("web")),
	ROW("another that does not exist", "network = web\n", "shop",
	    "403 *network = shop,*", MISSING("shop")),
	ROW("one that the daemon does not tell of", "network = *\n", "web",
	    "502 *cannot be read*", { "/networks/web", 500, "{}" }),
	ROW("Podman's: a namespace", "network = *\n", "ns:/proc/1/ns/net",
	    "403 *not a network's name*", NONE),
	ROW("Podman's: a namespace for a container",
	    "namespace = network:container\n", "ns:db",
	    "403 *not a network's name*", NONE),
	ROW("Podman's: pasta", "network = *\n", "pasta",
	    "403 *not a network's name*", NONE),
	ROW("Podman's: slirp4netns", "network = *\n",
	    "slirp4netns:allow_host_loopback=true",
	    "403 *not a network's name*", NONE),
	ROW("Podman's: a pod", "network = *\n", "pod",
	    "403 *not a network's name*", NONE),
	ROW("capitals", "network = blog\n", "HOST", "403 *network = HOST,*",
	    NONE),
	ROW("a path", "network = *\n", "web/../x", "403 *not a network's name*",
	    NONE),
};

Test(policy_inspect_networks, joins_what_is_listed)
{
	inspections_check(modes, CASES(modes));
}

#define JOINED(network, fields)                                       \
	"{\"Image\":\"a\",\"NetworkingConfig\":{\"EndpointsConfig\":" \
	"{\"" network "\":{" fields "}}}}"
#define ENDPOINT(name, profile, network, fields, wanted)                \
	{                                                               \
		name, "[container]\nnetwork = blog_*\n" profile,        \
		    "POST /containers/create", JOINED(network, fields), \
		    wanted,                                             \
		{                                                       \
			NONE                                            \
		}                                                       \
	}
#define WITH(name, profile, fields)                 \
	ENDPOINT(name, profile, "blog_web", fields, \
	    "*{\"blog_web\":{" fields "}}*")

static const struct inspections_row endpoints[] = {
	WITH("by its name", "", ""),
	ENDPOINT("another", "", "shop_web", "",
	    "403 NetworkingConfig.EndpointsConfig.shop_web (add [container] "
	    "network = shop_web, or drop the field)"),
	ENDPOINT("the default", "", "default", "", "*{\"default\":{}}*"),
	ENDPOINT("the host's", "", "host", "", "403 *network:host*"),
	ENDPOINT(
	    "one that may be an ID", "", "c0ffee", "", "ask /networks/c0ffee"),
	WITH("aliases", "", "\"Aliases\":[\"web\"]"),
	WITH("which gateway", "", "\"GwPriority\":1"),
	ENDPOINT("links", "", "blog_web", "\"Links\":[\"db:db\"]",
	    "403 NetworkingConfig.EndpointsConfig.blog_web.Links (nothing "
	    "allows it)"),
	ENDPOINT("options", "", "blog_web",
	    "\"DriverOpts\":{\"com.docker.network.endpoint.sysctls\":\"x\"}",
	    "403 *DriverOpts (nothing allows it)"),
	ENDPOINT("an address", "", "blog_web",
	    "\"IPAMConfig\":{\"IPv4Address\":\"172.30.0.9\"}",
	    "403 *IPAMConfig.IPv4Address = \"172.30.0.9\" (add [container] "
	    "address = yes, or drop the field)"),
	ENDPOINT("an IPv6 address", "", "blog_web",
	    "\"IPAMConfig\":{\"IPv6Address\":\"fd00::9\"}", "403 *address*"),
	ENDPOINT("a local address", "", "blog_web",
	    "\"IPAMConfig\":{\"LinkLocalIPs\":[\"169.254.1.1\"]}",
	    "403 *address*"),
	ENDPOINT("a hardware address", "", "blog_web",
	    "\"MacAddress\":\"02:42:ac:11:00:09\"", "403 *address*"),
	WITH("addresses are allowed", "address = yes\n",
	    "\"IPAMConfig\":{\"IPv4Address\":\"172.30.0.9\","
	    "\"IPv6Address\":\"fd00::9\",\"LinkLocalIPs\":[\"169.254.1.1\"]},"
	    "\"MacAddress\":\"02:42:ac:11:00:09\""),
	WITH("no addresses", "",
	    "\"IPAMConfig\":{\"IPv4Address\":\"\"},\"MacAddress\":\"\""),
	ENDPOINT("what a daemon said", "", "blog_web",
	    "\"Links\":null,\"NetworkID\":\"3fa1\",\"EndpointID\":\"9\","
	    "\"Gateway\":\"172.30.0.1\",\"IPAddress\":\"172.30.0.9\","
	    "\"IPPrefixLen\":16,\"IPv6Gateway\":\"fd00::1\","
	    "\"GlobalIPv6Address\":\"fd00::9\",\"GlobalIPv6PrefixLen\":64,"
	    "\"DNSNames\":[\"web\"],\"Aliases\":[\"web\"]",
	    "*{\"blog_web\":{\"Aliases\":[\"web\"]}}*"),
};

Test(policy_inspect_networks, joins_in_a_plain_way)
{
	inspections_check(endpoints, CASES(endpoints));
}
