/* SPDX-License-Identifier: MIT */
/* Networks. Options make bridges of the host's own, or open them to the world;
 * a subnet of one's choice takes addresses away from everybody else. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
rule_name(struct inspection *in, struct json *value)
{
	struct span name = json_text(value);

	if (name.len > 0 && !inspect_is_name(name))
		return inspect_refuse_ever(in, "not a network's name");
	if (!rule_listed_or_any(in, value))
		return false;
	return name.len == 0 || name_is_free(in, "/networks/", name, "");
}

static bool
rule_driver(struct inspection *in, struct json *value)
{
	return span_eq(json_text(value), SPAN("bridge")) ||
	       rule_listed(in, value);
}

static bool
is_truth(struct span value)
{
	return span_eq(value, SPAN("true")) || span_eq(value, SPAN("false"));
}

static bool
is_mtu(struct span value)
{
	uint64_t number;

	return value_number(value, 65535, &number);
}

/* What is about nothing but the network's own traffic. */
static bool
is_harmless(struct span name, struct span value)
{
	if (span_eq(name, SPAN("com.docker.network.bridge.enable_icc")) ||
	    span_eq(
		name, SPAN("com.docker.network.bridge.enable_ip_masquerade")))
		return is_truth(value);
	return span_eq(name, SPAN("com.docker.network.driver.mtu")) &&
	       is_mtu(value);
}

static bool
rule_option(struct inspection *in, struct json *value)
{
	struct span name = span_of(in->name), text = json_text(value);

	if (memchr(in->name, '=', name.len) != NULL)
		return inspect_refuse_ever(in, "not a plain option");
	if (is_harmless(name, text))
		return true;
	return value_pair_is_allowed(in, in->row->key, name, text);
}

const char *
check_subnet(struct span word)
{
	struct subnet subnet;

	return value_subnet(word, &subnet)
		   ? NULL
		   : "a subnet is needed, such as 172.30.0.0/16 or fd00::/8";
}

static bool
subnet_is_allowed(
    const struct inspection *in, enum section_key key, const struct subnet *s)
{
	const struct section_setting *setting = inspect_setting(in, key);
	struct subnet allowed;
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (value_subnet(span_of(setting->rules[i].text), &allowed) &&
		    value_holds(&allowed, s))
			return true;
	return false;
}

/* An address, or a range of them, that must be in the subnet. */
static bool
is_inside(struct inspection *in, struct span text, const struct subnet *subnet,
    bool range)
{
	struct subnet inner;

	if (range ? !value_subnet(text, &inner)
		  : !value_address(text, &inner.address))
		return inspect_malformed(
		    in, range ? "not a subnet" : "not an address");
	if (!range)
		inner = value_only(&inner.address);
	return value_holds(subnet, &inner) ||
	       inspect_refuse_ever(in, "not in the subnet");
}

static bool
are_inside(
    struct inspection *in, struct json *config, const struct subnet *subnet)
{
	struct json_cursor address = { 0 };
	struct json *addresses;
	struct span text;
	size_t before = in->path.len;

	text = json_text(json_member(config, "IPRange"));
	value_go(in, config, "IPRange");
	if (text.len > 0 && !is_inside(in, text, subnet, true))
		return false;
	inspect_up(in, before);
	text = json_text(json_member(config, "Gateway"));
	value_go(in, config, "Gateway");
	if (text.len > 0 && !is_inside(in, text, subnet, false))
		return false;
	inspect_up(in, before);
	addresses = json_member(config, "AuxiliaryAddresses");
	inspect_down(in, "AuxiliaryAddresses");
	before = in->path.len;
	while (addresses != NULL && json_next(addresses, &address)) {
		value_go(in, addresses, address.name);
		if (!is_inside(in, json_text(address.value), subnet, false))
			return false;
		inspect_up(in, before);
	}
	return true;
}

static bool
is_bare(const struct json *config)
{
	const struct json *addresses =
	    json_member(config, "AuxiliaryAddresses");

	return json_text(json_member(config, "IPRange")).len == 0 &&
	       json_text(json_member(config, "Gateway")).len == 0 &&
	       (addresses == NULL || json_count(addresses) == 0);
}

/* One of IPAM.Config[]. */
static bool
rule_pool(struct inspection *in, struct json *value)
{
	struct span text = json_text(json_member(value, "Subnet"));
	enum section_key key = in->row->key;
	struct subnet subnet;
	size_t before = in->path.len;

	value_go(in, value, "Subnet");
	if (text.len == 0)
		return is_bare(value) ||
		       inspect_refuse_ever(in, "addresses without a subnet");
	if (!value_subnet(text, &subnet))
		return inspect_malformed(in, "not a subnet");
	if (!subnet_is_allowed(in, key, &subnet))
		return inspect_refuse(in, key, text);
	inspect_up(in, before);
	return are_inside(in, value, &subnet);
}

static bool
rule_ipam_driver(struct inspection *in, struct json *value)
{
	struct span driver = json_text(value);

	return driver.len == 0 || span_eq(driver, SPAN("default")) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

static bool
rule_scope(struct inspection *in, struct json *value)
{
	struct span scope = json_text(value);

	return scope.len == 0 || span_eq(scope, SPAN("local")) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* clang-format off */
static const struct field pool_fields[] = {
	{ "Subnet", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "IPRange", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Gateway", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "AuxiliaryAddresses", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field ipam_fields[] = {
	{ "Driver", SHAPE_STRING, rule_ipam_driver, KEY_NONE, NULL },
	{ "Options", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "Config", SHAPE_OBJECTS, rule_pool, NETWORK_SUBNET, pool_fields },
	{ 0 }
};

/* Another network's settings, whatever they are. */
static const struct field config_from_fields[] = {
	{ "Network", SHAPE_STRING, rule_empty, KEY_NONE, NULL },
	{ 0 }
};

static const struct field create_fields[] = {
	{ "Name", SHAPE_STRING, rule_name, NETWORK_NAME, NULL },
	{ "Driver", SHAPE_STRING, rule_driver, NETWORK_DRIVER, NULL },
	{ "Options", SHAPE_MAP, rule_option, NETWORK_OPTION, NULL },
	{ "IPAM", SHAPE_OBJECT, rule_pass, KEY_NONE, ipam_fields },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Internal", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "EnableIPv4", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "EnableIPv6", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Attachable", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "CheckDuplicate", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Scope", SHAPE_STRING, rule_scope, KEY_NONE, NULL },
	/* Swarm's own network for published ports, and templates. */
	{ "Ingress", SHAPE_BOOL, rule_empty, KEY_NONE, NULL },
	{ "ConfigOnly", SHAPE_BOOL, rule_empty, KEY_NONE, NULL },
	{ "ConfigFrom", SHAPE_OBJECT, rule_ignore, KEY_NONE,
	    config_from_fields },
	{ 0 }
};
/* clang-format on */

/* A container in a legacy link's words, "/web/db", is another one. */
static bool
rule_container(struct inspection *in, struct json *value)
{
	struct span name = json_text(value);

	if (name.len > 0 && name.at[0] == '/') {
		name.at++;
		name.len--;
	}
	return inspect_is_name(name) ||
	       inspect_refuse_ever(in, "not a container's name");
}

/* clang-format off */
static const struct field connect_fields[] = {
	{ "Container", SHAPE_STRING, rule_container, KEY_NONE, NULL },
	{ "EndpointConfig", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    endpoint_fields },
	{ 0 }
};

static const struct field disconnect_fields[] = {
	{ "Container", SHAPE_STRING, rule_container, KEY_NONE, NULL },
	{ "Force", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* The network is named in the path. */
static bool
finish_connect(struct inspection *in, struct json *body)
{
	size_t before = inspect_down(in, "network");
	bool ok;

	(void)body;
	in->value = in->request->arguments[0];
	ok = network_is_allowed(in, in->value);
	in->value = (struct span){ NULL, 0 };
	inspect_up(in, before);
	return ok;
}

/* Daemons before 25 would make a second network of a name, and then take
 * neither by it. */
static bool
finish_create(struct inspection *in, struct json *body)
{
	if (json_member(body, "Name") != NULL &&
	    !json_set(body, "CheckDuplicate", json_new_truth(true)))
		return inspect_no_memory(in);
	return labels_finish(in, body);
}

/* clang-format off */
/* A prune asks for nothing that a profile could tell apart here. */
const struct inspector network_inspectors[] = {
	{ .operation = "NetworkCreate",
	    .fields = create_fields,
	    .finish = finish_create,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "NetworkConnect",
	    .fields = connect_fields,
	    .finish = finish_connect,
	    .keys = { CONTAINER_NETWORK, CONTAINER_NAMESPACE } },
	{ .operation = "NetworkDisconnect", .fields = disconnect_fields },
	{ 0 }
};
/* clang-format on */
