/* SPDX-License-Identifier: MIT */
/* Limits of what a container takes. To the daemons nothing, 0 and less are no
 * limit, so where the profile has a most, that is written in their place. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

enum {
	CPU_PERIOD_MIN = 1000, /* what the kernel takes, in microseconds */
	CPU_PERIOD_MAX = 1000000,
	CPU_PERIOD_DEFAULT = 100000
};

static const uint64_t billion = 1000000000;

/* The most that the profile allows, or 0. */
static uint64_t
most(const struct inspection *in, enum section_key key)
{
	return inspect_is_set(in, key) ? inspect_setting(in, key)->number : 0;
}

static bool
refuse_above(struct inspection *in, enum section_key key)
{
	return inspect_refuse_by(in, key, &inspect_setting(in, key)->origin,
	    key == CONTAINER_MEMORY_MAX ? "more than [container] memory-max"
	    : key == CONTAINER_CPUS_MAX ? "more than [container] cpus-max"
	    : key == CONTAINER_PIDS_MAX ? "more than [container] pids-max"
					: "more than the profile allows");
}

static bool
is_field(const struct inspection *in, const char *name)
{
	return strcmp(in->row->name, name) == 0;
}

/* What of these is no limit is for resources_finish(), as are a period and
 * its quota. */
bool
rule_limit(struct inspection *in, struct json *value)
{
	uint64_t max = most(in, in->row->key);
	int64_t number = json_int(value);

	if (max == 0)
		return true;
	if (is_field(in, "CpuPeriod"))
		return number == 0 ||
		       (number >= CPU_PERIOD_MIN && number <= CPU_PERIOD_MAX) ||
		       inspect_malformed(in, "not from 1000 to 1000000");
	if (is_field(in, "CpuQuota") || number <= 0 || (uint64_t)number <= max)
		return true;
	return refuse_above(in, in->row->key);
}

/* An object's numbers: absent is 0. */
static int64_t
member_int(const struct json *object, const char *name)
{
	return json_int(json_member(object, name));
}

static bool
set(struct inspection *in, struct json *object, const char *name,
    uint64_t number)
{
	if (number > INT64_MAX)
		number = INT64_MAX;
	return json_set(object, name, json_new_int((int64_t)number)) ||
	       inspect_no_memory(in);
}

/* The quota of a period that is so many billionths of processors. */
static uint64_t
quota_of(uint64_t cpus, int64_t period)
{
	uint64_t length = (uint64_t)period;

	return cpus / billion * length + cpus % billion * length / billion;
}

/* The two together say how much: neither means anything alone. */
static bool
quota_is_allowed(struct inspection *in, struct json *object, uint64_t max)
{
	int64_t quota = member_int(object, "CpuQuota");
	int64_t period = member_int(object, "CpuPeriod");

	if (period == 0)
		period = CPU_PERIOD_DEFAULT;
	if (quota <= 0 || (uint64_t)quota <= quota_of(max, period))
		return true;
	value_go(in, object, "CpuQuota");
	return refuse_above(in, CONTAINER_CPUS_MAX);
}

/* On creation. A negative quota would beat NanoCpus. */
static bool
finish_cpus(struct inspection *in, struct json *object, uint64_t max)
{
	int64_t period = member_int(object, "CpuPeriod");

	if (member_int(object, "CpuQuota") <= 0)
		json_remove(object, "CpuQuota");
	if (member_int(object, "NanoCpus") <= 0)
		json_remove(object, "NanoCpus");
	if (period == 0)
		json_remove(object, "CpuPeriod");
	if (json_member(object, "NanoCpus") != NULL) {
		if (json_member(object, "CpuQuota") == NULL && period == 0)
			return true;
		value_go(in, object, "NanoCpus");
		return inspect_malformed(in, "with CpuQuota or CpuPeriod");
	}
	if (json_member(object, "CpuQuota") != NULL)
		return quota_is_allowed(in, object, max);
	if (period != 0)
		return set(in, object, "CpuQuota", quota_of(max, period));
	return set(in, object, "NanoCpus", max);
}

/* Memory alone would leave as much again to be swapped, which is what daemons
 * add. The most is of both together. */
static bool
finish_memory(struct inspection *in, struct json *object, uint64_t max)
{
	int64_t both = member_int(object, "MemorySwap");
	uint64_t memory;

	if (member_int(object, "Memory") <= 0 &&
	    !set(in, object, "Memory", both > 0 ? (uint64_t)both : max))
		return false;
	if (both > 0)
		return true;
	memory = (uint64_t)member_int(object, "Memory");
	return set(
	    in, object, "MemorySwap", memory > max / 2 ? max : memory * 2);
}

static bool
finish_creation(struct inspection *in, struct json *object)
{
	uint64_t memory = most(in, CONTAINER_MEMORY_MAX);
	uint64_t cpus = most(in, CONTAINER_CPUS_MAX);
	uint64_t pids = most(in, CONTAINER_PIDS_MAX);

	if (memory > 0 && !finish_memory(in, object, memory))
		return false;
	if (cpus > 0 && !finish_cpus(in, object, cpus))
		return false;
	if (pids > 0 && member_int(object, "PidsLimit") <= 0)
		return set(in, object, "PidsLimit", pids);
	return true;
}

/* What is to become unlimited. 0 leaves all but PidsLimit as it was: then it is
 * dropped, so that it means that to every daemon. */
static bool
update_is_limited(struct inspection *in, struct json *object, const char *name,
    enum section_key key)
{
	const struct json *value = json_member(object, name);

	if (value == NULL || most(in, key) == 0 || json_int(value) > 0)
		return true;
	if (json_int(value) == 0 && key != CONTAINER_PIDS_MAX) {
		json_remove(object, name);
		return true;
	}
	value_go(in, object, name);
	return refuse_above(in, key);
}

/* A quota is of the period that the container has, which may be short; and a
 * shorter period makes more of the quota. */
static bool
update_is_paired(struct inspection *in, struct json *object)
{
	bool has_quota = json_member(object, "CpuQuota") != NULL;
	bool has_period = json_member(object, "CpuPeriod") != NULL;

	if (has_quota == has_period)
		return quota_is_allowed(
		    in, object, most(in, CONTAINER_CPUS_MAX));
	value_go(in, object, has_quota ? "CpuQuota" : "CpuPeriod");
	return inspect_refuse_by(in, CONTAINER_CPUS_MAX,
	    &inspect_setting(in, CONTAINER_CPUS_MAX)->origin,
	    "CpuQuota and CpuPeriod only together, by [container] cpus-max");
}

static bool
finish_update(struct inspection *in, struct json *object)
{
	/* clang-format off */
	static const struct {
		const char *name;
		enum section_key key;
	} rows[] = {
		{ "Memory", CONTAINER_MEMORY_MAX },
		{ "MemorySwap", CONTAINER_MEMORY_MAX },
		{ "MemoryReservation", CONTAINER_MEMORY_MAX },
		{ "NanoCpus", CONTAINER_CPUS_MAX },
		{ "CpuQuota", CONTAINER_CPUS_MAX },
		{ "CpuPeriod", CONTAINER_CPUS_MAX },
		{ "PidsLimit", CONTAINER_PIDS_MAX },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!update_is_limited(in, object, rows[i].name, rows[i].key))
			return false;
	return most(in, CONTAINER_CPUS_MAX) == 0 ||
	       update_is_paired(in, object);
}

bool
resources_finish(struct inspection *in, struct json *object, bool update)
{
	size_t before = in->path.len;
	bool ok;

	if (!update && before == 0)
		inspect_down(in, "HostConfig");
	ok = update ? finish_update(in, object) : finish_creation(in, object);
	inspect_up(in, before);
	return ok;
}

/* Ulimits. Most bound what a process takes for itself, which other limits
 * bound better: they pass where nothing is said. The rest gives it precedence
 * over others, or takes what all of a user's processes share. */
struct ulimit {
	const char *name;
	bool harmless;
};

/* clang-format off */
static const struct ulimit ulimits[] = {
	{ "core", true },
	{ "cpu", true },
	{ "data", true },
	{ "fsize", true },
	{ "locks", true },
	{ "memlock", true },
	{ "msgqueue", false },
	{ "nice", false },
	{ "nofile", true },
	{ "nproc", true },
	{ "rss", true },
	{ "rtprio", false },
	{ "rttime", true },
	{ "sigpending", false },
	{ "stack", true },
};
/* clang-format on */

static const struct ulimit *
find_ulimit(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(ulimits) / sizeof(ulimits[0]); i++)
		if (span_eq(name, span_of(ulimits[i].name)))
			return &ulimits[i];
	return NULL;
}

/* NAME or NAME=MAX. */
static bool
read_ulimit(struct span word, struct span *name, uint64_t *max)
{
	struct span number;

	*max = UINT64_MAX;
	if (value_cut(word, '=', name, &number) &&
	    !value_number(number, INT64_MAX, max))
		return false;
	return find_ulimit(*name) != NULL;
}

const char *
check_ulimit(struct span word)
{
	struct span name;
	uint64_t max;

	return read_ulimit(word, &name, &max)
		   ? NULL
		   : "NAME[=MAX] is needed, such as nofile=65536 or memlock";
}

/* clang-format off */
const struct field ulimit_fields[] = {
	{ "Name", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Soft", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Hard", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* Negative ones are unlimited, and so the largest there are. */
static bool
ulimit_is_listed(
    const struct inspection *in, struct span asked, const struct json *value)
{
	const struct section_setting *setting;
	uint64_t max, soft, hard;
	struct span name;
	size_t i;

	setting = inspect_setting(in, in->row->key);
	soft = (uint64_t)member_int(value, "Soft");
	hard = (uint64_t)member_int(value, "Hard");
	for (i = 0; i < setting->len; i++)
		if (read_ulimit(span_of(setting->rules[i].text), &name, &max) &&
		    span_eq(name, asked) && soft <= max && hard <= max)
			return true;
	return false;
}

bool
rule_ulimit(struct inspection *in, struct json *value)
{
	char memory[64];
	struct text word = TEXT(memory);
	struct span name = json_text(json_member(value, "Name"));
	const struct ulimit *ulimit = find_ulimit(name);
	int64_t hard = member_int(value, "Hard");
	int64_t soft = member_int(value, "Soft");

	if (ulimit != NULL && (inspect_is_set(in, in->row->key)
				      ? ulimit_is_listed(in, name, value)
				      : ulimit->harmless))
		return true;
	value_go(in, value, "Name");
	if (ulimit == NULL)
		return inspect_refuse_ever(in, "no ulimit is called that");
	text_add(&word, name);
	if (hard >= 0 && soft >= 0)
		text_format(
		    &word, "=%lld", (long long)(soft > hard ? soft : hard));
	return inspect_refuse(in, in->row->key, text_span(&word));
}

bool
rule_restart_name(struct inspection *in, struct json *value)
{
	static const char *const known[] = { "no", "always", "on-failure",
		"unless-stopped" };
	struct span name = json_text(value);
	size_t i;

	if (name.len == 0)
		return true;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_eq(name, span_of(known[i])))
			return span_eq(name, SPAN("no")) ||
			       rule_listed_or_any(in, value);
	return inspect_malformed(in, "no restart policy is called that");
}
