/* SPDX-License-Identifier: MIT */
/* What a container is joined to: networks, and how it is known there. */

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* Joined by default, and with these names on every daemon. */
static bool
is_common(struct span name)
{
	return span_eq(name, SPAN("default")) ||
	       span_eq(name, SPAN("bridge")) || span_eq(name, SPAN("none"));
}

/* Networks of Podman that have no name: with the host's own addresses, or
 * another container's. */
static bool
is_podman_mode(struct span name)
{
	return span_eq(name, SPAN("pod")) || span_eq(name, SPAN("pasta")) ||
	       span_eq(name, SPAN("slirp4netns"));
}

/* Daemons take an ID, or the beginning of one, for a name. IDs are of hex
 * digits, and those of Swarm's networks of small letters and digits. */
static bool
may_be_id(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!(name.at[i] >= '0' && name.at[i] <= '9') &&
		    !(name.at[i] >= 'a' && name.at[i] <= 'z'))
			return false;
	return true;
}

/* The host's own, by its name or its driver. */
static bool
host_is_allowed(struct inspection *in)
{
	const struct span word = SPAN("network:host");

	if (inspect_matches(in, CONTAINER_NAMESPACE, word))
		return true;
	return inspect_refuse(in, CONTAINER_NAMESPACE, word);
}

/* What the daemon says that the network is. */
static bool
real_is_allowed(
    struct inspection *in, const struct json *real, struct span asked)
{
	struct span name = json_text(json_member(real, "Name"));
	struct span driver = json_text(json_member(real, "Driver"));

	if (span_eq(name, SPAN("host")) || span_eq(driver, SPAN("host")))
		return host_is_allowed(in);
	if (is_common(name) || inspect_matches(in, CONTAINER_NETWORK, name))
		return true;
	return inspect_refuse(
	    in, CONTAINER_NETWORK, inspect_is_name(name) ? name : asked);
}

/* One that does not exist is the daemon's to complain about, if it may. */
static bool
asked_is_allowed(struct inspection *in, struct span network)
{
	const struct inspect_fact *fact;
	struct json *real;
	bool ok;

	fact = inspect_ask(in, "/networks/%.*s", SPAN_ARG(network));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_matches(in, CONTAINER_NETWORK, network) ||
		       inspect_refuse(in, CONTAINER_NETWORK, network);
	real = inspect_read_fact(in, fact);
	if (real == NULL)
		return false;
	ok = real_is_allowed(in, real, network);
	json_free(real);
	return ok;
}

bool
network_is_allowed(struct inspection *in, struct span network)
{
	if (is_common(network))
		return true;
	if (span_eq(network, SPAN("host")))
		return host_is_allowed(in);
	if (!inspect_is_name(network) || is_podman_mode(network))
		return inspect_refuse_ever(in, "not a network's name");
	if (may_be_id(network))
		return asked_is_allowed(in, network);
	return inspect_matches(in, CONTAINER_NETWORK, network) ||
	       inspect_refuse(in, CONTAINER_NETWORK, network);
}

bool
rule_network_mode(struct inspection *in, struct json *value)
{
	const struct span word = SPAN("network:container");
	struct span mode = json_text(value), kind, container;

	if (mode.len == 0)
		return true;
	if (!value_cut(mode, ':', &kind, &container) ||
	    !span_eq(kind, SPAN("container")) || !inspect_is_name(container))
		return network_is_allowed(in, mode);
	if (inspect_matches(in, CONTAINER_NAMESPACE, word))
		return true;
	return inspect_refuse(in, CONTAINER_NAMESPACE, word);
}

/* Any address of a network that others share may be another's. */
static bool
rule_address(struct inspection *in, struct json *value)
{
	if (json_is_empty(value) || inspect_setting(in, in->row->key)->yes)
		return true;
	return inspect_refuse(in, in->row->key, SPAN("yes"));
}

/* clang-format off */
static const struct field address_fields[] = {
	{ "IPv4Address", SHAPE_STRING, rule_address, CONTAINER_ADDRESS, NULL },
	{ "IPv6Address", SHAPE_STRING, rule_address, CONTAINER_ADDRESS, NULL },
	{ "LinkLocalIPs", SHAPE_STRINGS, rule_address, CONTAINER_ADDRESS,
	    NULL },
	{ 0 }
};

/* The last ones a daemon only tells, and those who make a container anew as it
 * was send them back. Podman takes IPAddress for a wish. */
const struct field endpoint_fields[] = {
	{ "IPAMConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, address_fields },
	{ "MacAddress", SHAPE_STRING, rule_address, CONTAINER_ADDRESS, NULL },
	{ "Aliases", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "GwPriority", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	/* Shows the other container's variables. */
	{ "Links", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	/* Sysctls, and names of interfaces. */
	{ "DriverOpts", SHAPE_RAW, rule_empty, KEY_NONE, NULL },

	{ "NetworkID", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "EndpointID", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "Gateway", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "IPAddress", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "IPPrefixLen", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "IPv6Gateway", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "GlobalIPv6Address", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "GlobalIPv6PrefixLen", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "DNSNames", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* A container is joined to each of them, whatever its mode is. */
bool
rule_endpoint(struct inspection *in, struct json *value)
{
	(void)value;
	return network_is_allowed(in, span_of(in->name));
}
