/* SPDX-License-Identifier: MIT */
/* Services of a Swarm. The containers that a service makes, on whichever node,
 * are judged by the same keys as any other; and so are secrets and configs
 * that they get. An update brings all of a service anew, so that it is judged
 * as if it were made. */

#include <string.h>

#include "policy/inspect/service.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* Daemons do not mind the case of these words, and take what they do not know
 * for the first of a list. */
static bool
rule_protocol(struct inspection *in, struct json *value)
{
	struct span protocol = json_text(value);

	return span_eq(protocol, SPAN("tcp")) ||
	       span_eq(protocol, SPAN("udp")) ||
	       span_eq(protocol, SPAN("sctp")) ||
	       inspect_malformed(in, "neither tcp nor udp nor sctp");
}

/* It is taken on all addresses, whatever the mode; without a number it is one
 * of the daemon's choice. */
static bool
rule_port(struct inspection *in, struct json *value)
{
	struct span protocol = json_text(json_member(value, "Protocol"));
	int64_t port = json_int(json_member(value, "PublishedPort"));
	char memory[32];
	struct text word = TEXT(memory);

	if (protocol.len == 0)
		protocol = SPAN("tcp");
	if (port >= 0 && port <= UINT16_MAX &&
	    port_is_allowed(in, SPAN(""), (unsigned)port, protocol))
		return true;
	value_go(in, value, "PublishedPort");
	if (port < 0 || port > UINT16_MAX)
		return inspect_malformed(in, "not a port");
	if (port == 0)
		text_add(&word, SPAN("random"));
	else
		text_number(&word, (uint64_t)port);
	if (!span_eq(protocol, SPAN("tcp")))
		text_format(&word, "/%.*s", SPAN_ARG(protocol));
	return inspect_refuse(in, in->row->key, text_span(&word));
}

/* How many there may be: of a job, both at once and in all. */
static bool
rule_replicas(struct inspection *in, struct json *value)
{
	const struct section_setting *most = inspect_setting(in, in->row->key);
	int64_t wanted = json_int(value);

	if (wanted < 0)
		return inspect_malformed(in, "less than none");
	return !inspect_is_set(in, in->row->key) ||
	       (uint64_t)wanted <= most->number ||
	       inspect_refuse_by(in, in->row->key, &most->origin,
		   "more than [service] replicas-max");
}

/* One on each node, and nobody here knows how many nodes there will be. */
static bool
rule_everywhere(struct inspection *in, struct json *value)
{
	(void)value;
	return !inspect_is_set(in, in->row->key) ||
	       inspect_refuse_by(in, in->row->key,
		   &inspect_setting(in, in->row->key)->origin,
		   "there may be more nodes than replicas-max");
}

/* What is filled in comes from the service that gets it: from its own node,
 * labels and variables, and the secrets that it was given anyway. */
static bool
rule_template(struct inspection *in, struct json *value)
{
	struct span name = json_text(value);

	return name.len == 0 || span_eq(name, SPAN("golang")) ||
	       inspect_refuse_ever(in, "not golang");
}

/* clang-format off */
static const struct field port_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Protocol", SHAPE_STRING, rule_protocol, KEY_NONE, NULL },
	{ "TargetPort", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "PublishedPort", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "PublishMode", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field endpoint_spec_fields[] = {
	{ "Mode", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Ports", SHAPE_OBJECTS, rule_port, CONTAINER_PUBLISH, port_fields },
	{ 0 }
};

static const struct field replicated_fields[] = {
	{ "Replicas", SHAPE_INTEGER, rule_replicas, SERVICE_REPLICAS_MAX,
	    NULL },
	{ 0 }
};

static const struct field job_fields[] = {
	{ "MaxConcurrent", SHAPE_INTEGER, rule_replicas, SERVICE_REPLICAS_MAX,
	    NULL },
	{ "TotalCompletions", SHAPE_INTEGER, rule_replicas,
	    SERVICE_REPLICAS_MAX, NULL },
	{ 0 }
};

static const struct field no_fields[] = { { 0 } };

static const struct field mode_fields[] = {
	/* docker-py's are small, which daemons take for the others. */
	{ "Replicated", SHAPE_OBJECT, rule_pass, KEY_NONE, replicated_fields },
	{ "replicated", SHAPE_OBJECT, rule_pass, KEY_NONE, replicated_fields },
	{ "ReplicatedJob", SHAPE_OBJECT, rule_pass, KEY_NONE, job_fields },
	{ "Global", SHAPE_OBJECT, rule_everywhere, SERVICE_REPLICAS_MAX,
	    no_fields },
	{ "global", SHAPE_OBJECT, rule_everywhere, SERVICE_REPLICAS_MAX,
	    no_fields },
	{ "GlobalJob", SHAPE_OBJECT, rule_everywhere, SERVICE_REPLICAS_MAX,
	    no_fields },
	{ 0 }
};

/* A FailureAction of "rollback" goes back to what ran before; whoever made
 * that was allowed to. */
static const struct field update_fields[] = {
	{ "Parallelism", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Delay", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "FailureAction", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Monitor", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "MaxFailureRatio", SHAPE_NUMBER, rule_pass, KEY_NONE, NULL },
	{ "Order", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

static const struct field service_fields[] = {
	{ "Name", SHAPE_STRING, rule_listed_or_any, SERVICE_NAME, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "TaskTemplate", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    service_task_fields },
	{ "Mode", SHAPE_OBJECT, rule_pass, KEY_NONE, mode_fields },
	{ "UpdateConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, update_fields },
	{ "RollbackConfig", SHAPE_OBJECT, rule_pass, KEY_NONE, update_fields },
	/* Where older clients have those of the TaskTemplate. */
	{ "Networks", SHAPE_OBJECTS, rule_pass, KEY_NONE,
	    service_network_fields },
	{ "EndpointSpec", SHAPE_OBJECT, rule_pass, KEY_NONE,
	    endpoint_spec_fields },
	{ 0 }
};

static const struct field template_fields[] = {
	{ "Name", SHAPE_STRING, rule_template, KEY_NONE, NULL },
	{ 0 }
};

/* With a driver, the content would come from a program on the host. */
static const struct field payload_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Data", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Driver", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ "Templating", SHAPE_OBJECT, rule_pass, KEY_NONE, template_fields },
	{ 0 }
};
/* clang-format on */

/* A service without a name gets one at random. */
static bool
finish_service(struct inspection *in, struct json *body)
{
	if (body == NULL)
		return inspect_malformed(in, "no body");
	if (json_text(json_member(body, "Name")).len == 0 &&
	    inspect_is_set(in, SERVICE_NAME)) {
		value_go(in, body, "Name");
		return inspect_refuse_by(in, SERVICE_NAME,
		    &inspect_setting(in, SERVICE_NAME)->origin,
		    "missing, where [service] name says which there may be");
	}
	return labels_finish(in, body) &&
	       service_finish_task(in, json_member(body, "TaskTemplate"));
}

/* What a service was before may be another's, and was not judged. */
static bool
parameter_rollback(struct inspection *in, struct span value)
{
	return value.len == 0 || span_eq(value, SPAN("none")) ||
	       inspect_refuse_ever(
		   in, "what the service was before cannot be judged");
}

/* clang-format off */
static const struct parameter_rule update_parameters[] = {
	{ "rollback", parameter_rollback, KEY_NONE },
	{ 0 }
};
/* clang-format on */

static bool
finish_payload(struct inspection *in, struct json *body)
{
	if (body == NULL)
		return inspect_malformed(in, "no body");
	return labels_finish(in, body);
}

/* clang-format off */
const struct inspector service_inspectors[] = {
	{ .operation = "ServiceCreate",
	    .fields = service_fields,
	    .finish = finish_service,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "ServiceUpdate",
	    .fields = service_fields,
	    .parameters = update_parameters,
	    .finish = finish_service,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "SecretCreate",
	    .fields = payload_fields,
	    .finish = finish_payload,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "SecretUpdate",
	    .fields = payload_fields,
	    .finish = finish_payload,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "ConfigCreate",
	    .fields = payload_fields,
	    .finish = finish_payload,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "ConfigUpdate",
	    .fields = payload_fields,
	    .finish = finish_payload,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ 0 }
};
/* clang-format on */
