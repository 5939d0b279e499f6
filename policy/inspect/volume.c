/* SPDX-License-Identifier: MIT */
/* Volumes. The driver "local" mounts whatever its options say: with
 * type=none, o=bind and device=/ that is the host. A prune or a deletion asks
 * for nothing that a profile could tell apart here. */

#include <string.h>

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* Empty: the daemon's choice. */
static bool
rule_name(struct inspection *in, struct json *value)
{
	struct span name = json_text(value);

	if (name.len > 0 && !inspect_is_name(name))
		return inspect_refuse_ever(in, "not a volume's name");
	return rule_listed_or_any(in, value);
}

static bool
rule_driver(struct inspection *in, struct json *value)
{
	return span_eq(json_text(value), SPAN("local")) ||
	       rule_listed(in, value);
}

/* clang-format off */
static const struct field create_fields[] = {
	{ "Name", SHAPE_STRING, rule_name, VOLUME_NAME, NULL },
	{ "Driver", SHAPE_STRING, rule_driver, VOLUME_DRIVER, NULL },
	{ "DriverOpts", SHAPE_MAP, rule_pair, VOLUME_DRIVER_OPTION, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	/* Swarm's own volumes, by plugins and with secrets. */
	{ "ClusterVolumeSpec", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};

static const struct field update_fields[] = {
	{ "Spec", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};

const struct inspector volume_inspectors[] = {
	{ .operation = "VolumeCreate",
	    .fields = create_fields,
	    .finish = labels_finish,
	    .keys = { CONTAINER_LABEL, CONTAINER_LABEL_REQUIRED } },
	{ .operation = "VolumeUpdate", .fields = update_fields },
	{ 0 }
};
/* clang-format on */
