/* SPDX-License-Identifier: MIT */
/* Making, joining and changing a Swarm, and its nodes: whom this daemon talks
 * to, and who commands it. A manager gives root on every node, so neither the
 * keys of a Swarm nor its roles pass from hand to hand unseen. */

#include <string.h>

#include "policy/inspect/parts.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
rule_remote(struct inspection *in, struct json *value)
{
	struct span remote = json_text(value);

	if (inspect_matches(in, in->row->key, remote))
		return true;
	return inspect_refuse(in, in->row->key, remote);
}

static bool
rule_force(struct inspection *in, struct json *value)
{
	return !json_truth(value) ||
	       inspect_refuse_ever(
		   in, "it takes a Swarm away from its other managers");
}

/* What networks get their subnets from. */
static bool
rule_pool(struct inspection *in, struct json *value)
{
	const struct section_setting *setting;
	struct subnet pool, allowed;
	size_t i;

	if (!value_subnet(json_text(value), &pool))
		return inspect_malformed(in, "not a subnet");
	setting = inspect_setting(in, in->row->key);
	for (i = 0; i < setting->len; i++)
		if (value_subnet(span_of(setting->rules[i].text), &allowed) &&
		    value_holds(&allowed, &pool))
			return true;
	return inspect_refuse(in, in->row->key, json_text(value));
}

/* Whether the node that is changed has that role already: clients send the
 * whole of what they read. */
static bool
is_present_role(struct inspection *in, struct span role, bool *present)
{
	struct span id = in->request->arguments[0];
	const struct inspect_fact *fact;
	struct json *node;

	if (!inspect_is_name(id))
		return inspect_refuse_ever(in, "a node without a plain name");
	fact = inspect_ask(in, "/nodes/%.*s", SPAN_ARG(id));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "node", id);
	if ((node = inspect_read_fact(in, fact)) == NULL)
		return false;
	*present = span_eq(
	    role, json_text(json_member(json_member(node, "Spec"), "Role")));
	json_free(node);
	return true;
}

/* Daemons do not mind the case of a role. */
static bool
rule_role(struct inspection *in, struct json *value)
{
	struct span role = json_text(value);
	bool present = false;

	if (!span_eq(role, SPAN("worker")) && !span_eq(role, SPAN("manager")))
		return inspect_malformed(in, "neither worker nor manager");
	if (inspect_matches(in, in->row->key, role))
		return true;
	if (!is_present_role(in, role, &present))
		return false;
	return present || inspect_refuse(in, in->row->key, role);
}

/* clang-format off */
static const struct field orchestration_fields[] = {
	{ "TaskHistoryRetentionLimit", SHAPE_INTEGER, rule_pass, KEY_NONE,
	    NULL },
	{ 0 }
};

static const struct field raft_fields[] = {
	{ "SnapshotInterval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "KeepOldSnapshots", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "LogEntriesForSlowFollowers", SHAPE_INTEGER, rule_pass, KEY_NONE,
	    NULL },
	{ "ElectionTick", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "HeartbeatTick", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field dispatcher_fields[] = {
	{ "HeartbeatPeriod", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

/* Whoever has the authority's key, or is the authority, makes managers. */
static const struct field authority_fields[] = {
	{ "NodeCertExpiry", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "ForceRotate", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "ExternalCAs", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "SigningCACert", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "SigningCAKey", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};

static const struct field default_fields[] = {
	{ "LogDriver", SHAPE_OBJECT, rule_log_driver, CONTAINER_LOG_DRIVER,
	    log_driver_fields },
	{ 0 }
};

static const struct field encryption_fields[] = {
	{ "AutoLockManagers", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field spec_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Orchestration", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    orchestration_fields },
	{ "Raft", SHAPE_OBJECT, rule_pass, KEY_NONE, raft_fields },
	{ "Dispatcher", SHAPE_OBJECT, rule_pass, KEY_NONE, dispatcher_fields },
	{ "CAConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, authority_fields },
	{ "TaskDefaults", SHAPE_OBJECT, rule_pass, KEY_NONE, default_fields },
	{ "EncryptionConfig", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    encryption_fields },
	{ 0 }
};

/* An address that is empty is the daemon's choice; what it would listen on then
 * is said by finish_address(). */
static const struct field init_fields[] = {
	{ "ListenAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "AdvertiseAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "DataPathAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "DataPathPort", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "DefaultAddrPool", SHAPE_STRINGS, rule_pool, NETWORK_SUBNET, NULL },
	{ "SubnetSize", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "ForceNewCluster", SHAPE_BOOL, rule_force, KEY_NONE, NULL },
	{ "Spec", SHAPE_OBJECT, rule_pass, KEY_NONE, spec_fields },
	{ "AutoLockManagers", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Availability", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field join_fields[] = {
	{ "ListenAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "AdvertiseAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "DataPathAddr", SHAPE_STRING, rule_listed, SWARM_ADDRESS, NULL },
	{ "RemoteAddrs", SHAPE_STRINGS, rule_remote, SWARM_REMOTE, NULL },
	{ "JoinToken", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Availability", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field unlock_fields[] = {
	{ "UnlockKey", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field node_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Role", SHAPE_STRING, rule_role, SWARM_NODE_ROLE, NULL },
	{ "Availability", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* Without an address to listen on, the daemon takes its default, on all
 * addresses; so that is what is judged, and said. */
static bool
finish_address(struct inspection *in, struct json *body)
{
	static const struct span usual = { "0.0.0.0:2377", 12 };

	if (body == NULL)
		return inspect_malformed(in, "no body");
	if (json_text(json_member(body, "ListenAddr")).len > 0)
		return true;
	if (!json_set(body, "ListenAddr", json_new_text(usual)))
		return inspect_no_memory(in);
	value_go(in, body, "ListenAddr");
	if (inspect_matches(in, SWARM_ADDRESS, usual))
		return true;
	return inspect_refuse(in, SWARM_ADDRESS, usual);
}

/* A join without a remote is no join, and what daemons make of it is theirs. */
static bool
finish_join(struct inspection *in, struct json *body)
{
	if (body == NULL || json_count(json_member(body, "RemoteAddrs")) > 0)
		return finish_address(in, body);
	value_go(in, body, "RemoteAddrs");
	return inspect_malformed(in, "missing");
}

/* A number other than the present one makes a new authority, and with it new
 * tokens; so does leaving it out. */
static bool
finish_update(struct inspection *in, struct json *body)
{
	const struct inspect_fact *fact;
	struct json *swarm, *authority;
	int64_t present, wanted;

	if (body == NULL)
		return inspect_malformed(in, "no body");
	fact = inspect_ask(in, "/swarm");
	if (fact == NULL || (swarm = inspect_read_fact(in, fact)) == NULL)
		return false;
	authority = json_member(json_member(swarm, "Spec"), "CAConfig");
	present = json_int(json_member(authority, "ForceRotate"));
	json_free(swarm);
	authority = json_member(body, "CAConfig");
	wanted = json_int(json_member(authority, "ForceRotate"));
	if (wanted == present)
		return true;
	inspect_down(in, "CAConfig");
	value_go(in, authority, "ForceRotate");
	return inspect_refuse_ever(
	    in, "not the present one: it would replace the Swarm's authority");
}

static bool
finish_unlock(struct inspection *in, struct json *body)
{
	return body != NULL || inspect_malformed(in, "no body");
}

/* New tokens and a new key are others' business: those that they have written
 * down would open nothing any more. */
static bool
parameter_rotate(struct inspection *in, struct span value)
{
	return !inspect_truth(value) ||
	       inspect_refuse_ever(
		   in, "what others have written down would be void");
}

/* clang-format off */
static const struct parameter_rule update_parameters[] = {
	{ "rotateManagerToken", parameter_rotate, KEY_NONE },
	{ "rotateManagerUnlockKey", parameter_rotate, KEY_NONE },
	{ "rotateWorkerToken", parameter_rotate, KEY_NONE },
	{ 0 }
};
/* clang-format on */

/* A role that is left out is none, or the first of a list. */
static bool
finish_node(struct inspection *in, struct json *body)
{
	if (body == NULL)
		return inspect_malformed(in, "no body");
	if (json_member(body, "Role") != NULL)
		return true;
	value_go(in, body, "Role");
	return inspect_malformed(in, "missing");
}

/* clang-format off */
const struct inspector swarm_inspectors[] = {
	{ .operation = "SwarmInit",
	    .fields = init_fields,
	    .finish = finish_address },
	{ .operation = "SwarmJoin",
	    .fields = join_fields,
	    .finish = finish_join },
	{ .operation = "SwarmUpdate",
	    .fields = spec_fields,
	    .parameters = update_parameters,
	    .finish = finish_update },
	{ .operation = "SwarmUnlock",
	    .fields = unlock_fields,
	    .finish = finish_unlock },
	{ .operation = "NodeUpdate",
	    .fields = node_fields,
	    .finish = finish_node },
	{ 0 }
};
/* clang-format on */
