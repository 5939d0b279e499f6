/* SPDX-License-Identifier: MIT */
/* ImageBuild, of the classic builder. All that it is told stands in its query,
 * which is sent as it came, so nothing can be set that the client left out.
 * The commands of a build run as root in a container of the daemon's default
 * settings, and read any image: [container] is not asked about them. */

#include <string.h>

#include "policy/inspect/images.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
buildkit(struct inspection *in)
{
	return inspect_refuse_ever(in,
	    "BuildKit needs Session and Grpc, which are as good as root; "
	    "set DOCKER_BUILDKIT=0");
}

static bool
judge_session(struct inspection *in, struct span value)
{
	return value.len == 0 || buildkit(in);
}

static bool
judge_version(struct inspection *in, struct span value)
{
	return value.len == 0 || span_eq(value, SPAN("1")) || buildkit(in);
}

static bool
judge_tag(struct inspection *in, struct span value)
{
	return value.len == 0 ||
	       image_judge(in, IMAGE_TAG, value, SPAN(""), false);
}

/* Whether a key has exactly this word: what reaches into the host, or into
 * other containers, is not meant by any glob. */
static bool
has_word(const struct inspection *in, enum section_key key, struct span word)
{
	const struct section_setting *setting = inspect_setting(in, key);
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (span_eq(span_of(setting->rules[i].text), word))
			return true;
	return false;
}

static bool
judge_network(struct inspection *in, struct span value)
{
	static const char *const harmless[] = { "", "default", "none",
		"bridge" };
	bool plain;
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (span_eq(value, span_of(harmless[i])))
			return true;
	plain = memchr(value.at, ':', value.len) == NULL &&
		!span_eq_nocase(value, SPAN("host"));
	if (plain ? inspect_matches(in, BUILD_NETWORK, value)
		  : has_word(in, BUILD_NETWORK, value))
		return true;
	return inspect_refuse(in, BUILD_NETWORK, value);
}

/* To Podman all else is a path on the host. */
static bool
judge_remote(struct inspection *in, struct span value)
{
	static const char *const remotes[] = { "http://", "https://", "git://",
		"git@", "github.com/" };
	size_t i;

	if (value.len == 0)
		return true;
	if (span_eq(value, SPAN("client-session")))
		return buildkit(in);
	for (i = 0; i < sizeof(remotes) / sizeof(remotes[0]); i++)
		if (span_starts(value, span_of(remotes[i])))
			return parameter_listed(in, value);
	return inspect_refuse_ever(in, "not a URL");
}

/* "host-gateway" is no exception: the host can be reached by its address as
 * well. */
static bool
judge_extra_host(struct inspection *in, struct span value)
{
	return !inspect_is_set(in, in->parameter->key) ||
	       parameter_listed(in, value);
}

/* Docker looks for it in the context and nowhere else. Podman also takes a
 * path of the host, a URL, or an array of all these. */
static bool
judge_dockerfile(struct inspection *in, struct span value)
{
	struct span rest = value, part;

	if (value.len == 0)
		return true;
	if (memchr("/[", value.at[0], 2) != NULL ||
	    memmem(value.at, value.len, "://", 3) != NULL)
		return inspect_refuse_ever(in, "not a path in the context");
	while (span_word(&rest, "/", &part))
		if (span_eq(part, SPAN("..")))
			return inspect_refuse_ever(in, "a path with .. in it");
	return true;
}

/* Podman's "chroot" builds in the host's own namespaces. */
static bool
judge_isolation(struct inspection *in, struct span value)
{
	return value.len == 0 || span_eq(value, SPAN("default")) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* Bytes. What the daemons cannot read is no limit to them. */
static bool
read_bytes(struct span value, uint64_t *bytes)
{
	*bytes = 0;
	return value.len == 0 || value_number(value, INT64_MAX, bytes);
}

static bool
judge_memory(struct inspection *in, struct span value)
{
	enum section_key key = in->parameter->key;
	uint64_t bytes;

	if (!inspect_is_set(in, key))
		return true;
	if (!read_bytes(value, &bytes))
		return inspect_malformed(in, "not a number of bytes");
	return bytes <= inspect_setting(in, key)->number ||
	       inspect_refuse(in, key, value);
}

bool
build_finish(struct inspection *in, struct json *body)
{
	const struct section_setting *most =
	    inspect_setting(in, BUILD_MEMORY_MAX);
	char memory[LIMIT_TARGET];
	struct text value = TEXT(memory);
	uint64_t bytes;
	size_t before;

	(void)body;
	inspect_parameter(in, "memory", &value);
	if (!inspect_is_set(in, BUILD_MEMORY_MAX) ||
	    (read_bytes(text_span(&value), &bytes) && bytes > 0))
		return true;
	before = inspect_down(in, "query");
	inspect_down(in, "memory");
	inspect_refuse_by(in, BUILD_MEMORY_MAX, &most->origin,
	    "the client must set a limit, as with --memory");
	inspect_up(in, before);
	return false;
}

static bool
is_map(struct json *value, bool nulls)
{
	struct json_cursor member = { 0 };

	if (json_kind(value) != JSON_IS_OBJECT)
		return false;
	while (json_next(value, &member))
		if (json_kind(member.value) != JSON_IS_STRING &&
		    !(nulls && json_kind(member.value) == JSON_IS_NULL))
			return false;
	return true;
}

static bool
is_map_of_strings(struct json *value)
{
	return is_map(value, false);
}

static bool
is_map_of_strings_or_nulls(struct json *value)
{
	return is_map(value, true);
}

/* JSON in a query; clients send "null" for none. */
static bool
judge_json(struct inspection *in, struct span value,
    bool (*is_good)(struct json *document))
{
	struct json *document;
	const char *why;
	bool ok;

	if (value.len == 0)
		return true;
	if ((document = json_read(value, &why)) == NULL)
		return inspect_malformed(in, "not JSON that can be read");
	ok = json_kind(document) == JSON_IS_NULL || is_good(document);
	json_free(document);
	return ok || inspect_malformed(in, "JSON of the wrong kind");
}

static bool
judge_buildargs(struct inspection *in, struct span value)
{
	return judge_json(in, value, is_map_of_strings_or_nulls);
}

static bool
judge_labels(struct inspection *in, struct span value)
{
	return judge_json(in, value, is_map_of_strings);
}

static bool
is_array_of_strings(struct json *value)
{
	return json_is_strings(value);
}

static bool
judge_cachefrom(struct inspection *in, struct span value)
{
	return judge_json(in, value, is_array_of_strings);
}

/* clang-format off */
static const struct field ulimits_fields[] = {
	{ "ulimits", SHAPE_OBJECTS, rule_ulimit, BUILD_ULIMIT, ulimit_fields },
	{ 0 }
};
/* clang-format on */

/* They are judged as a container's are: as the member of a document. */
static bool
judge_ulimits(struct inspection *in, struct span value)
{
	struct json *document, *ulimits;
	const char *why;
	bool ok;

	if (value.len == 0)
		return true;
	if ((ulimits = json_read(value, &why)) == NULL)
		return inspect_malformed(in, "not JSON that can be read");
	document = json_new_object();
	if (!json_set(document, "ulimits", ulimits)) {
		json_free(document);
		return inspect_no_memory(in);
	}
	in->value = (struct span){ NULL, 0 };
	inspect_up(in, in->path.len - SPAN(".ulimits").len);
	ok = inspect_object(in, document, ulimits_fields);
	in->parent = NULL;
	json_free(document);
	return ok;
}

/* Those that are not here pass: buildid cpuperiod cpuquota cpusetcpus
 * cpusetmems cpushares forcerm nocache platform pull q rm squash target. */
/* clang-format off */
const struct parameter_rule build_parameters[] = {
	{ "buildargs", judge_buildargs, KEY_NONE },
	{ "cachefrom", judge_cachefrom, KEY_NONE },
	{ "cgroupparent", parameter_listed, BUILD_CGROUP_PARENT },
	{ "dockerfile", judge_dockerfile, KEY_NONE },
	{ "extrahosts", judge_extra_host, BUILD_EXTRA_HOST },
	{ "isolation", judge_isolation, KEY_NONE },
	{ "labels", judge_labels, KEY_NONE },
	{ "memory", judge_memory, BUILD_MEMORY_MAX },
	{ "memswap", judge_memory, BUILD_MEMORY_MAX },
	{ "networkmode", judge_network, BUILD_NETWORK },
	{ "outputs", parameter_empty, KEY_NONE },
	{ "remote", judge_remote, BUILD_REMOTE },
	{ "securityopt", parameter_listed, BUILD_SECURITY_OPT },
	{ "session", judge_session, KEY_NONE },
	{ "shmsize", judge_memory, BUILD_MEMORY_MAX },
	{ "t", judge_tag, IMAGE_TAG },
	{ "ulimits", judge_ulimits, BUILD_ULIMIT },
	{ "version", judge_version, KEY_NONE },
	{ 0 }
};
/* clang-format on */
