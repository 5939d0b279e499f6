/* SPDX-License-Identifier: MIT */
/* Where a container's output goes. Drivers send it to any address or socket of
 * the host's, with files of the host's as their keys; Podman's write it into
 * any file. */

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
is_one_of(const char *const *names, struct span name)
{
	for (; *names != NULL; names++)
		if (span_eq(name, span_of(*names)))
			return true;
	return false;
}

/* Those that write into files of their own. */
static const char *const file_drivers[] = { "json-file", "local", NULL };

/* How much is kept, and whether a container waits for it. */
static const char *const harmless[] = { "max-size", "max-file",
	"max-buffer-size", "mode", "compress", NULL };

/* What stands beside each line: in a log that others write to as well it could
 * pass for another's. */
static const char *const harmless_in_files[] = { "tag", "labels",
	"labels-regex", "env", "env-regex", NULL };

static bool
rule_type(struct inspection *in, struct json *value)
{
	struct span type = json_text(value);

	return is_one_of(file_drivers, type) || span_eq(type, SPAN("none")) ||
	       rule_listed(in, value);
}

/* clang-format off */
const struct field log_config_fields[] = {
	{ "Type", SHAPE_STRING, rule_type, CONTAINER_LOG_DRIVER, NULL },
	{ "Config", SHAPE_MAP, rule_pass, CONTAINER_LOG_OPT, NULL },
	{ 0 }
};

const struct field log_driver_fields[] = {
	{ "Name", SHAPE_STRING, rule_type, CONTAINER_LOG_DRIVER, NULL },
	{ "Options", SHAPE_MAP, rule_pass, CONTAINER_LOG_OPT, NULL },
	{ 0 }
};
/* clang-format on */

static bool
option_is_allowed(struct inspection *in, struct span driver, struct span name,
    struct span value)
{
	return is_one_of(harmless, name) ||
	       (is_one_of(file_drivers, driver) &&
		   is_one_of(harmless_in_files, name)) ||
	       value_pair_is_allowed(in, CONTAINER_LOG_OPT, name, value);
}

/* The options, which depend on the driver. */
static bool
are_allowed(struct inspection *in, struct json *object, const char *driver_name,
    const char *options_name)
{
	struct json *options = json_member(object, options_name);
	struct span driver = json_text(json_member(object, driver_name));
	struct json_cursor option = { 0 };
	size_t before;
	bool ok = true;

	inspect_down(in, options_name);
	before = in->path.len;
	while (ok && options != NULL && json_next(options, &option)) {
		value_go(in, options, option.name);
		ok = option_is_allowed(
		    in, driver, span_of(option.name), json_text(option.value));
		inspect_up(in, before);
	}
	return ok;
}

bool
rule_log_config(struct inspection *in, struct json *value)
{
	return are_allowed(in, value, "Type", "Config");
}

bool
rule_log_driver(struct inspection *in, struct json *value)
{
	return are_allowed(in, value, "Name", "Options");
}
