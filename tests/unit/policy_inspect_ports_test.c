/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
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

/* One binding of a port of the container's. */
#define BIND(port, ip, host)                                \
	"\"PortBindings\":{\"" port "\":[{\"HostIp\":\"" ip \
	"\",\"HostPort\":\"" host "\"}]}"

static const struct inspections_row bindings[] = {
	HOST("nothing is said", "", BIND("80/tcp", "", "8080"),
	    "403 HostConfig.PortBindings.80/tcp[0].HostPort = \"8080\" "
	    "(add [container] publish = 8080, or drop the field)"),
	PASSES("listed", "publish = 8080\n", BIND("80/tcp", "", "8080")),
	PASSES(
	    "without a protocol", "publish = 8080\n", BIND("80", "", "8080")),
	HOST("the next port", "publish = 8080\n", BIND("80/tcp", "", "8081"),
	    "403 *publish = 8081,*"),
	PASSES("of any address", "publish = 8080\n",
	    BIND("80/tcp", "127.0.0.1", "8080")),
	PASSES("of all IPv4 addresses", "publish = 8080\n",
	    BIND("80/tcp", "0.0.0.0", "8080")),
	PASSES("the address", "publish = 127.0.0.1:8080\n",
	    BIND("80/tcp", "127.0.0.1", "8080")),
	PASSES("the address as IPv6", "publish = 127.0.0.1:8080\n",
	    BIND("80/tcp", "::ffff:127.0.0.1", "8080")),
	HOST("another address", "publish = 127.0.0.1:8080\n",
	    BIND("80/tcp", "127.0.0.2", "8080"),
	    "403 *publish = 127.0.0.2:8080,*"),
	HOST("all addresses", "publish = 127.0.0.1:8080\n",
	    BIND("80/tcp", "", "8080"), "403 *publish = 8080,*"),
	HOST("all, of which one rule has one", "publish = 0.0.0.0:8080\n",
	    BIND("80/tcp", "", "8080"), "403 *publish = 8080,*"),
	HOST("all, of which one rule has IPv6's", "publish = [::]:8080\n",
	    BIND("80/tcp", "", "8080"), "403 *publish = 8080,*"),
	PASSES("IPv6", "publish = [::1]:8080\n", BIND("80/tcp", "::1", "8080")),
	HOST("another IPv6", "publish = [::1]:8080\n",
	    BIND("80/tcp", "::2", "8080"), "403 *publish = [::2]:8080,*"),
	HOST("no address, which is all", "publish = 8080\n",
	    BIND("80/tcp", "localhost", "8080"),
	    "400 HostConfig.PortBindings.80/tcp[0].HostIp = "
	    "\"localhost\" (not an address)"),
	HOST("an address with a zone", "publish = 8080\n",
	    BIND("80/tcp", "fe80::1%lo", "8080"), "400 *not an address*"),
	HOST("an address with zeros", "publish = 8080\n",
	    BIND("80/tcp", "127.0.0.01", "8080"), "400 *not an address*"),
	PASSES("udp", "publish = 53/udp\n", BIND("53/udp", "", "53")),
	HOST("tcp is not udp", "publish = 53/udp\n", BIND("53/tcp", "", "53"),
	    "403 *publish = 53,*"),
	HOST("udp is not tcp", "publish = 53\n", BIND("53/udp", "", "53"),
	    "403 *publish = 53/udp,*"),
	PASSES("any protocol", "publish = 53/*\n", BIND("53/sctp", "", "53")),
	HOST("no protocol", "publish = 53/*\n", BIND("53/icmp", "", "53"),
	    "400 *not a port of a container's*"),
	HOST("a protocol in capitals", "publish = 53/*\n",
	    BIND("53/TCP", "", "53"), "400 *not a port of a container's*"),
	HOST("ports of a container's", "publish = *\n",
	    BIND("80-81/tcp", "", "8080"), "400 *not a port of a container's*"),
	PASSES("random", "publish = random\n", BIND("80/tcp", "", "")),
	PASSES("random, as 0", "publish = random\n", BIND("80/tcp", "", "0")),
	PASSES("random, without a port", "publish = random\n",
	    "\"PortBindings\":{\"80/tcp\":[{}]}"),
	HOST("random is not listed", "publish = 8080\n", BIND("80/tcp", "", ""),
	    "403 *publish = random,*"),
	HOST("random is not any", "publish = random\n",
	    BIND("80/tcp", "", "8080"), "403 *publish = 8080,*"),
	HOST("random of one address", "publish = 127.0.0.1:random\n",
	    BIND("80/tcp", "127.0.0.2", ""),
	    "403 *publish = 127.0.0.2:random,*"),
	PASSES("any", "publish = *\n", BIND("80/tcp", "", "65535")),
	PASSES("any is random too", "publish = *\n", BIND("80/tcp", "", "")),
	PASSES("within a range", "publish = 8000-8010\n",
	    BIND("80/tcp", "", "8010")),
	HOST("behind a range", "publish = 8000-8010\n",
	    BIND("80/tcp", "", "8011"), "403 *publish = 8011,*"),
	HOST("before a range", "publish = 8000-8010\n",
	    BIND("80/tcp", "", "7999"), "403 *publish = 7999,*"),
	PASSES("a range", "publish = 8000-8010\n",
	    BIND("80/tcp", "", "8001-8009")),
	PASSES("a range of two rules", "publish = 8006-8010 8000-8005\n",
	    BIND("80/tcp", "", "8000-8010")),
	PASSES("a range up to the last", "publish = *\n",
	    BIND("80/tcp", "", "1-65535")),
	HOST("a range with a gap", "publish = 8000-8004 8006-8010\n",
	    BIND("80/tcp", "", "8000-8010"), "403 *publish = 8000-8010,*"),
	HOST("a range that ends behind", "publish = 8000-8010\n",
	    BIND("80/tcp", "", "8000-8011"), "403 *"),
	HOST("a range backwards", "publish = *\n",
	    BIND("80/tcp", "", "8010-8000"), "400 *not a port*"),
	HOST("a range from random on", "publish = *\n",
	    BIND("80/tcp", "", "0-8000"), "400 *not a port*"),
	HOST("more than there are", "publish = *\n",
	    BIND("80/tcp", "", "65536"), "400 *not a port*"),
	HOST("a protocol with it", "publish = *\n",
	    BIND("80/tcp", "", "80/udp"), "400 *not a port*"),
	HOST("zeros before", "publish = *\n", BIND("80/tcp", "", "080"),
	    "400 *not a port*"),
	HOST("a word", "publish = *\n", BIND("80/tcp", "", "http"),
	    "400 *not a port*"),
	HOST("none", "", "\"PortBindings\":{\"80/tcp\":[]}",
	    "*{\"PortBindings\":{}}*"),
	HOST("a field that is not known", "publish = *\n",
	    "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\",\"X\":1}]}",
	    "403 *PortBindings.80/tcp[0].X*"),
	HOST("the second", "publish = 80\n",
	    "\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"80\"},"
	    "{\"HostPort\":\"81\"}]}",
	    "403 *PortBindings.80/tcp[1].HostPort*"),
};

Test(policy_inspect_ports, allows_what_is_listed)
{
	inspections_check(bindings, CASES(bindings));
}

static const struct inspections_row all[] = {
	HOST("nothing is said", "", "\"PublishAllPorts\":true",
	    "403 HostConfig.PublishAllPorts = true (add [container] publish = "
	    "random/*, or drop the field)*"),
	PASSES("random", "publish = random/*\n", "\"PublishAllPorts\":true"),
	PASSES("any", "publish = */*\n", "\"PublishAllPorts\":true"),
	PASSES("random, one by one", "publish = */tcp random/udp */sctp\n",
	    "\"PublishAllPorts\":true"),
	HOST("tcp alone", "publish = random\n", "\"PublishAllPorts\":true",
	    "403 *"),
	HOST("without udp", "publish = random random/sctp\n",
	    "\"PublishAllPorts\":true", "403 *"),
	HOST("without sctp", "publish = random random/udp\n",
	    "\"PublishAllPorts\":true", "403 *"),
	HOST("some", "publish = 1-65535/*\n", "\"PublishAllPorts\":true",
	    "403 *"),
	HOST("one address", "publish = 127.0.0.1:random/*\n",
	    "\"PublishAllPorts\":true", "403 *"),
	PASSES("none", "", "\"PublishAllPorts\":false"),
};

Test(policy_inspect_ports, publishes_all_only_at_random)
{
	inspections_check(all, CASES(all));
}

#define EXPOSE(name, port, wanted)                                          \
	{                                                                   \
		name, "", "POST /containers/create",                        \
		    "{\"Image\":\"a\",\"ExposedPorts\":{\"" port "\":{}}}", \
		    wanted,                                                 \
		{                                                           \
			{                                                   \
				0                                           \
			}                                                   \
		}                                                           \
	}

static const struct inspections_row exposed[] = {
	EXPOSE("tcp", "80/tcp", "*{\"80/tcp\":{}}*"),
	EXPOSE("the last", "65535/sctp", "*{\"65535/sctp\":{}}*"),
	EXPOSE("without a protocol", "80", "*{\"80\":{}}*"),
	EXPOSE("none", "0/tcp", "400 ExposedPorts.0/tcp*"),
	EXPOSE("too many", "65536/tcp", "400 *"),
	EXPOSE("no protocol", "80/", "400 *"),
	EXPOSE("two", "80/tcp,udp", "400 *"),
	EXPOSE("empty", "", "400 *"),
};

Test(policy_inspect_ports, exposes_what_is_a_port)
{
	inspections_check(exposed, CASES(exposed));
}

Test(policy_inspect_ports, knows_a_good_word)
{
	static const struct {
		struct span word;
		bool good;
	} rows[] = {
		{SPAN("8080"),			true },
		{ SPAN("1"),		     true },
		{ SPAN("65535"),		 true },
		{ SPAN("0"),		     false},
		{ SPAN("65536"),		 false},
		{ SPAN("080"),		       false},
		{ SPAN(""),			    false},
		{ SPAN("http"),			false},
		{ SPAN("8000-8010"),	     true },
		{ SPAN("8010-8000"),	     false},
		{ SPAN("8000-"),		 false},
		{ SPAN("-8000"),		 false},
		{ SPAN("8000-8005-8010"),	  false},
		{ SPAN("*"),		     true },
		{ SPAN("80*"),		       false},
		{ SPAN("random"),		  true },
		{ SPAN("any"),		       false},
		{ SPAN("53/udp"),		  true },
		{ SPAN("53/*"),			true },
		{ SPAN("*/*"),		       true },
		{ SPAN("53/"),		       false},
		{ SPAN("53/UDP"),		  false},
		{ SPAN("53/udp/tcp"),	      false},
		{ SPAN("127.0.0.1:80"),		true },
		{ SPAN("127.0.0.1:random/udp"),	true },
		{ SPAN("127.0.0.1"),	     false},
		{ SPAN("127.0.0.1:"),	      false},
		{ SPAN(":80"),		       false},
		{ SPAN("localhost:80"),		false},
		{ SPAN("[::1]:80"),		    true },
		{ SPAN("[::1]80"),		   false},
		{ SPAN("[::1"),			false},
		{ SPAN("[::1]"),		 false},
		{ SPAN("[127.0.0.1]:80"),	  false},
		{ SPAN("[::ffff:127.0.0.1]:80"), false},
		{ SPAN("::1:80"),		  false},
		{ SPAN("*:80"),			false},
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(
		    eq(int, check_publish(rows[i].word) == NULL, rows[i].good),
		    "%.*s", SPAN_ARG(rows[i].word));
}

Test(policy_inspect_ports, allows_no_port_that_is_none)
{
	static struct section_rule rule = { .text = (char *)"*/*" };
	static struct profile profile;
	struct inspection in = { .profile = &profile };

	profile.sections[CONTAINER_PUBLISH].rules = &rule;
	profile.sections[CONTAINER_PUBLISH].len = 1;
	cr_expect(port_is_allowed(&in, SPAN(""), 65535, SPAN("tcp")));
	cr_expect(port_is_allowed(&in, SPAN("::1"), 0, SPAN("udp")));
	cr_expect(not(port_is_allowed(&in, SPAN(""), 65536, SPAN("tcp"))));
	cr_expect(not(port_is_allowed(&in, SPAN("x"), 80, SPAN("tcp"))));
	cr_expect(not(port_is_allowed(&in, SPAN(""), 80, SPAN("icmp"))));
	cr_expect(not(port_is_allowed(&in, SPAN(""), 80, SPAN(""))));
}
