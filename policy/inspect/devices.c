/* SPDX-License-Identifier: MIT */
/* Devices of the host's that a container is given. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

/* A word of "device =": PATH[:PERMISSIONS], where PATH may end in "/x*". */
struct device {
	struct span path;
	struct span permissions;
};

/* Some of "rwm", each once. */
static bool
are_permissions(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (memchr("rwm", s.at[i], 3) == NULL ||
		    memchr(s.at, s.at[i], i) != NULL)
			return false;
	return s.len > 0;
}

static bool
read_device(struct span word, struct device *device)
{
	if (!value_cut(word, ':', &device->path, &device->permissions))
		device->permissions = SPAN("rwm");
	return inspect_is_path(device->path) &&
	       are_permissions(device->permissions);
}

const char *
check_device(struct span word)
{
	struct device device;

	return read_device(word, &device)
		   ? NULL
		   : "PATH[:PERMISSIONS] is needed: /dev/fuse, /dev/dri/*:rw";
}

/* clang-format off */
const struct field device_fields[] = {
	{ "PathOnHost", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "PathInContainer", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "CgroupPermissions", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

static bool
is_within(struct span asked, struct span allowed)
{
	size_t i;

	for (i = 0; i < asked.len; i++)
		if (memchr(allowed.at, asked.at[i], allowed.len) == NULL)
			return false;
	return true;
}

static bool
device_is_allowed(const struct inspection *in, enum section_key key,
    const struct device *asked)
{
	const struct section_setting *setting = inspect_setting(in, key);
	struct device device;
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (read_device(span_of(setting->rules[i].text), &device) &&
		    glob_matches(device.path, asked->path) &&
		    is_within(asked->permissions, device.permissions))
			return true;
	return false;
}

static bool
refuse_device(struct inspection *in, struct json *value, enum section_key key,
    const struct device *asked)
{
	char memory[160];
	struct text word = TEXT(memory);

	text_add(&word, asked->path);
	if (!span_eq(asked->permissions, SPAN("rwm"))) {
		text_char(&word, ':');
		text_add(&word, asked->permissions);
	}
	value_go(in, value, "PathOnHost");
	return inspect_refuse(in, key, text_span(&word));
}

/* Podman puts the three together with ':' between, and cuts them again. Where
 * no permissions are said, that may mean all of them. */
bool
rule_device(struct inspection *in, struct json *value)
{
	enum section_key key = in->row->key;
	struct device asked;
	struct span inside;

	asked.path = json_text(json_member(value, "PathOnHost"));
	asked.permissions = json_text(json_member(value, "CgroupPermissions"));
	inside = json_text(json_member(value, "PathInContainer"));
	if (asked.permissions.len == 0)
		asked.permissions = SPAN("rwm");
	if (!are_permissions(asked.permissions)) {
		value_go(in, value, "CgroupPermissions");
		return inspect_malformed(in, "not of r, w and m");
	}
	if (!inspect_is_path(asked.path)) {
		value_go(in, value, "PathOnHost");
		return inspect_refuse_ever(in, "not a plain path");
	}
	if (inside.len > 0 && !inspect_is_path(inside)) {
		value_go(in, value, "PathInContainer");
		return inspect_refuse_ever(in, "not a plain path");
	}
	return device_is_allowed(in, key, &asked) ||
	       refuse_device(in, value, key, &asked);
}

/* What Nvidia's driver knows. */
static const char *const gpu_capabilities[] = { "gpu", "nvidia", "compat32",
	"compute", "display", "graphics", "ngx", "utility", "video" };

static bool
is_gpu_capability(struct span s)
{
	size_t i;

	for (i = 0; i < sizeof(gpu_capabilities) / sizeof(gpu_capabilities[0]);
	     i++)
		if (span_eq(s, span_of(gpu_capabilities[i])))
			return true;
	return false;
}

/* ["utility", "gpu"]: with the device itself. */
static bool
is_gpu_set(const struct json *set)
{
	struct span capability;
	bool is_gpu = false;
	size_t i;

	for (i = 0; i < json_count(set); i++) {
		capability = json_text(json_item(set, i));
		if (!is_gpu_capability(capability))
			return false;
		is_gpu = is_gpu || span_eq(capability, SPAN("gpu"));
	}
	return is_gpu;
}

/* Any of the sets will do, so each is to be about that. By them a daemon also
 * chooses the driver. */
static bool
rule_gpu_capabilities(struct inspection *in, struct json *value)
{
	const struct json *set;
	bool is_gpu = json_count(value) > 0;
	size_t i;

	if (json_kind(value) != JSON_IS_ARRAY)
		return inspect_malformed(in, "not an array");
	for (i = 0; i < json_count(value); i++) {
		set = json_item(value, i);
		if (json_kind(set) != JSON_IS_ARRAY || !is_gpu_set(set))
			is_gpu = false;
	}
	return is_gpu || inspect_refuse_ever(in, "not a GPU's capabilities");
}

/* Such as "cdi", which brings mounts and hooks with it. */
static bool
rule_gpu_driver(struct inspection *in, struct json *value)
{
	struct span driver = json_text(value);

	return driver.len == 0 || span_eq(driver, SPAN("nvidia")) ||
	       inspect_refuse_ever(in, "not a GPU's driver");
}

/* "0", "GPU-..." or "0:1". A driver may also take paths and names of other
 * makers' devices, "vendor.com/class=name". */
static bool
rule_gpu_id(struct inspection *in, struct json *value)
{
	struct span first, second, id = json_text(value);
	bool ok;

	if (value_cut(id, ':', &first, &second))
		ok = inspect_is_name(first) && inspect_is_name(second);
	else
		ok = inspect_is_name(id);
	return ok || inspect_refuse_ever(in, "not a GPU's ID");
}

/* clang-format off */
const struct field device_request_fields[] = {
	{ "Driver", SHAPE_STRING, rule_gpu_driver, KEY_NONE, NULL },
	{ "Count", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "DeviceIDs", SHAPE_STRINGS, rule_gpu_id, KEY_NONE, NULL },
	{ "Capabilities", SHAPE_RAW, rule_gpu_capabilities, KEY_NONE, NULL },
	{ "Options", SHAPE_RAW, rule_empty, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

bool
rule_device_request(struct inspection *in, struct json *value)
{
	if (json_member(value, "Capabilities") == NULL)
		return inspect_refuse_ever(in, "without capabilities");
	if (inspect_setting(in, in->row->key)->yes)
		return true;
	return inspect_refuse(in, in->row->key, SPAN("yes"));
}
