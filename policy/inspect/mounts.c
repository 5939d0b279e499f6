/* SPDX-License-Identifier: MIT */
/* What is mounted into a container: directories of the host, volumes, and
 * memory. The same can be said in many ways, which all come to the same few
 * questions here: is that path of the host allowed (CONTAINER_BIND), is that
 * volume one, and one that is not a directory of the host in disguise?
 *
 * Podman makes one string of each mount again, with commas between its parts,
 * and takes a source that begins with a dot for a path. So what has a comma or
 * a colon in it never passes, and what is neither an absolute path nor a
 * plain name does not either. */

#include <string.h>

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
is_one_of(struct span s, const char *const words[], size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (span_eq(s, span_of(words[i])))
			return true;
	return false;
}

#define ONE_OF(s, words) \
	is_one_of((s), (words), sizeof(words) / sizeof((words)[0]))

/* A path without the one slash at its end, which people write and which means
 * nothing to the daemons. */
static struct span
trim(struct span path)
{
	if (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	return path;
}

/* Where something is mounted. On /proc the runtime keeps the host safe by what
 * it finds there. */
static bool
judge_target(struct inspection *in, struct span target)
{
	target = trim(target);
	if (!inspect_is_path(target))
		return inspect_refuse_ever(in,
		    "mounted at no absolute path, or at one with '.', '..', "
		    "',' or ':' in it");
	if (target.len == 1 || span_eq(target, SPAN("/proc")) ||
	    span_starts(target, SPAN("/proc/")))
		return inspect_refuse_ever(in, "mounted at / or in /proc");
	return true;
}

static bool
judge_volume(struct inspection *in, struct span name)
{
	if (inspect_is_name(name) && inspect_is_set(in, CONTAINER_VOLUME) &&
	    !inspect_matches(in, CONTAINER_VOLUME, name))
		return inspect_refuse(in, CONTAINER_VOLUME, name);
	return volume_is_plain(in, name);
}

/* A path of the host's that is to be mounted, to be written to or not. What
 * may only be read is then mounted so (*force), whatever was asked; before API
 * 1.44, that leaves what is itself mounted below it as it is. A path that does
 * not exist is made by dockerd, as root: that it may be is what the line in
 * the profile says, too. */
static bool
judge_host_path(
    struct inspection *in, struct span source, bool writes, bool *force)
{
	char memory[INSPECT_PATH_MAX];
	struct text text = TEXT(memory);
	struct span path = trim(source);
	bool may_write;

	*force = false;
	if (!inspect_is_path(path))
		return inspect_refuse_ever(
		    in, "a path with '.', '..', ',' or ':' in it");
	if (bind_is_allowed(in, path, &may_write)) {
		*force = writes && !may_write;
		return true;
	}
	text_add(&text, path);
	text_add(&text, writes ? SPAN(":rw") : SPAN(":ro"));
	return inspect_refuse(in, CONTAINER_BIND, text_span(&text));
}

/* "SOURCE:TARGET:MODE", of which only the target must be there. */
struct bind {
	struct span source;
	struct span target;
	struct span mode;
	bool is_named; /* there is a source */
	bool has_mode;
};

static bool
read_bind(struct span s, struct bind *bind)
{
	struct span parts[3];
	size_t i, begin = 0, len = 0;

	for (i = 0; i <= s.len; i++) {
		if (i < s.len && s.at[i] != ':')
			continue;
		if (len == 3)
			return false;
		parts[len++] = (struct span){ s.at + begin, i - begin };
		begin = i + 1;
	}
	*bind = (struct bind){ .target = parts[len > 1 ? 1 : 0] };
	bind->is_named = len > 1;
	bind->has_mode = len > 2;
	if (len > 1)
		bind->source = parts[0];
	if (len > 2)
		bind->mode = parts[2];
	return true;
}

static bool
mode_has(struct span mode, struct span wanted)
{
	struct span rest = mode, word;

	while (span_word(&rest, ",", &word))
		if (span_eq(word, wanted))
			return true;
	return false;
}

static bool
is_host_path(struct span source)
{
	return source.len > 0 && source.at[0] == '/';
}

/* The words behind the second colon. "z" and "Z" give files of the host new
 * labels, "shared" and "slave" let mounts through to the host or from it, and
 * Podman's "U" and "O" change owners and hide directories: none of these. */
static bool
judge_mode(struct inspection *in, const struct bind *bind)
{
	static const char *const words[] = { "rw", "ro", "private", "rprivate",
		"consistent", "cached", "delegated", "nosuid", "nodev",
		"noexec" };
	static const char *const volume_words[] = { "z", "Z", "copy",
		"nocopy" };
	size_t i, begin = 0;
	struct span word;

	for (i = 0; bind->has_mode && i <= bind->mode.len; i++) {
		if (i < bind->mode.len && bind->mode.at[i] != ',')
			continue;
		word = (struct span){ bind->mode.at + begin, i - begin };
		begin = i + 1;
		if (!ONE_OF(word, words) &&
		    (is_host_path(bind->source) || !ONE_OF(word, volume_words)))
			return inspect_refuse_ever(
			    in, "a mode that nothing allows");
	}
	if (mode_has(bind->mode, SPAN("ro")) &&
	    mode_has(bind->mode, SPAN("rw")))
		return inspect_malformed(in, "both ro and rw");
	return true;
}

/* The same, to be read only. */
static bool
write_read_only(struct inspection *in, const struct bind *bind)
{
	char memory[3 * INSPECT_PATH_MAX];
	struct text text = TEXT(memory);
	struct span rest = bind->mode, word;

	text_add(&text, bind->source);
	text_char(&text, ':');
	text_add(&text, bind->target);
	text_add(&text, SPAN(":ro"));
	while (span_word(&rest, ",", &word)) {
		if (span_eq(word, SPAN("rw")))
			continue;
		text_char(&text, ',');
		text_add(&text, word);
	}
	if (text.full)
		return inspect_malformed(in, "too long");
	return inspect_replace(in, json_new_text(text_span(&text)));
}

bool
rule_bind(struct inspection *in, struct json *value)
{
	struct bind bind;
	bool force;

	if (!read_bind(json_text(value), &bind))
		return inspect_refuse_ever(
		    in, "more than a source, a target and a mode");
	if (!judge_mode(in, &bind) || !judge_target(in, bind.target))
		return false;
	if (!bind.is_named)
		return true;
	if (!is_host_path(bind.source))
		return judge_volume(in, bind.source);
	if (!judge_host_path(
		in, bind.source, !mode_has(bind.mode, SPAN("ro")), &force))
		return false;
	return !force || write_read_only(in, &bind);
}

static bool
is_amount(struct span s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.at[i];
		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') &&
		    (c < 'a' || c > 'z') && c != '%')
			return false;
	}
	return s.len > 0;
}

/* What a tmpfs may be told: nothing of it gives more than a directory of the
 * container's own has. */
static bool
is_tmpfs_option(struct span option)
{
	static const char *const words[] = { "rw", "ro", "exec", "noexec",
		"suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync",
		"atime", "noatime", "diratime", "nodiratime", "relatime",
		"norelatime", "strictatime", "nostrictatime", "tmpcopyup",
		"notmpcopyup" };
	static const char *const names[] = { "size", "mode", "uid", "gid",
		"nr_inodes", "nr_blocks" };
	struct span name, amount;

	if (value_cut(option, '=', &name, &amount))
		return ONE_OF(name, names) && is_amount(amount);
	return ONE_OF(option, words);
}

static bool
judge_tmpfs_target(struct inspection *in, struct span target)
{
	if (!judge_target(in, target))
		return false;
	target = trim(target);
	if (!inspect_is_set(in, CONTAINER_TMPFS) ||
	    path_is_allowed(in, CONTAINER_TMPFS, target))
		return true;
	return inspect_refuse(in, CONTAINER_TMPFS, target);
}

bool
rule_tmpfs(struct inspection *in, struct json *value)
{
	struct span rest = json_text(value), option;

	while (span_word(&rest, ",", &option))
		if (!is_tmpfs_option(option))
			return inspect_refuse_ever(
			    in, "an option that nothing allows");
	return judge_tmpfs_target(in, span_of(in->name));
}

bool
rule_volume_path(struct inspection *in, struct json *value)
{
	(void)value;
	return judge_target(in, span_of(in->name));
}

/* Mounts[]: its members first, then the whole of it. */

static bool
rule_type(struct inspection *in, struct json *value)
{
	static const char *const types[] = { "bind", "volume", "tmpfs" };

	return ONE_OF(json_text(value), types) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

static bool
rule_target(struct inspection *in, struct json *value)
{
	return judge_target(in, json_text(value));
}

static bool
rule_consistency(struct inspection *in, struct json *value)
{
	static const char *const words[] = { "", "default", "consistent",
		"cached", "delegated" };

	return ONE_OF(json_text(value), words) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

static bool
rule_propagation(struct inspection *in, struct json *value)
{
	static const char *const words[] = { "", "private", "rprivate" };

	return ONE_OF(json_text(value), words) ||
	       inspect_refuse_ever(in, "nothing allows it");
}

/* A directory of a volume. */
static bool
rule_subpath(struct inspection *in, struct json *value)
{
	char memory[INSPECT_PATH_MAX];
	struct text text = TEXT(memory);
	struct span path = trim(json_text(value));

	text_char(&text, '/');
	text_add(&text, path);
	if (path.len == 0 || (!text.full && inspect_is_path(text_span(&text))))
		return true;
	return inspect_refuse_ever(
	    in, "too long, or no relative path without '.' and '..'");
}

/* ["size", "1m"], or ["exec"]. */
static bool
is_tmpfs_pair(const struct json *pair)
{
	char memory[64];
	struct text text = TEXT(memory);
	size_t i;

	if (json_kind(pair) != JSON_IS_ARRAY)
		return false;
	for (i = 0; i < json_count(pair); i++) {
		if (json_kind(json_item(pair, i)) != JSON_IS_STRING)
			return false;
		if (i > 0)
			text_char(&text, '=');
		text_add(&text, json_text(json_item(pair, i)));
	}
	return !text.full && is_tmpfs_option(text_span(&text));
}

static bool
rule_tmpfs_options(struct inspection *in, struct json *value)
{
	size_t i;

	if (json_kind(value) != JSON_IS_ARRAY)
		return inspect_malformed(in, "not an array");
	for (i = 0; i < json_count(value); i++)
		if (!is_tmpfs_pair(json_item(value, i)))
			return inspect_refuse_ever(
			    in, "an option that nothing allows");
	return true;
}

/* Making directories on the host, and leaving what is mounted below one to be
 * written to, is for nobody. */
static const struct field bind_fields[] = {
	{"Propagation",	 SHAPE_STRING, rule_propagation, KEY_NONE, NULL },
	{ "NonRecursive", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "CreateMountpoint",	      SHAPE_BOOL, rule_empty, KEY_NONE, NULL },
	{ "ReadOnlyNonRecursive",	  SHAPE_BOOL, rule_empty, KEY_NONE, NULL },
	{ "ReadOnlyForceRecursive",	    SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ .name = NULL	       }
};

static const struct field driver_fields[] = {
	{"Name",		  SHAPE_STRING, rule_volume_driver, CONTAINER_VOLUME_DRIVER,
	    NULL },
	{ "Options", SHAPE_MAP, rule_pair, VOLUME_DRIVER_OPTION, NULL },
	{ .name = NULL	       }
};

static const struct field volume_fields[] = {
	{"NoCopy",   SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "Subpath",	     SHAPE_STRING, rule_subpath, KEY_NONE, NULL },
	{ "DriverConfig",  SHAPE_OBJECT, rule_pass, KEY_NONE, driver_fields },
	{ .name = NULL}
};

static const struct field tmpfs_fields[] = {
	{"SizeBytes", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Mode",  SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Options",	     SHAPE_RAW, rule_tmpfs_options, KEY_NONE, NULL },
	{ .name = NULL    }
};

const struct field mount_fields[] = {
	{"Type",	  SHAPE_STRING, rule_type, KEY_NONE, NULL },
 /* These two are judged by rule_mount(), as the type is. */
	{ "Source",  SHAPE_STRING, rule_pass, CONTAINER_VOLUME, NULL },
	{ "ReadOnly",	      SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Target",   SHAPE_STRING, rule_target, CONTAINER_TMPFS, NULL },
	{ "Consistency",	 SHAPE_STRING, rule_consistency, KEY_NONE, NULL },
	{ "BindOptions",	 SHAPE_OBJECT, rule_pass, KEY_NONE, bind_fields },
	{ "VolumeOptions", SHAPE_OBJECT, rule_pass, KEY_NONE, volume_fields },
	{ "TmpfsOptions",  SHAPE_OBJECT, rule_pass, KEY_NONE, tmpfs_fields },
	{ .name = NULL      }
};

static bool
judge_source(struct inspection *in, struct json *mount, struct span type)
{
	struct span source = json_text(json_member(mount, "Source"));
	bool force;

	if (span_eq(type, SPAN("volume")))
		return source.len == 0 || judge_volume(in, source);
	if (span_eq(type, SPAN("tmpfs")))
		return source.len == 0 ||
		       inspect_refuse_ever(in, "a tmpfs has no source");
	if (!judge_host_path(in, source,
		!json_truth(json_member(mount, "ReadOnly")), &force))
		return false;
	return !force || json_set(mount, "ReadOnly", json_new_truth(true)) ||
	       inspect_no_memory(in);
}

bool
rule_mount(struct inspection *in, struct json *value)
{
	struct span type = json_text(json_member(value, "Type"));
	struct span target = json_text(json_member(value, "Target"));
	size_t before = in->path.len;
	bool ok;

	if (type.len == 0 || target.len == 0)
		return inspect_malformed(in, "no type, or no target");
	value_go(in, value, "Source");
	ok = judge_source(in, value, type);
	inspect_up(in, before);
	if (!ok || !span_eq(type, SPAN("tmpfs")))
		return ok;
	value_go(in, value, "Target");
	ok = judge_tmpfs_target(in, target);
	inspect_up(in, before);
	return ok;
}

bool
mounts_write_host(const struct json *object)
{
	const struct json *binds = json_member(object, "Binds"), *mount;
	const struct json *mounts = json_member(object, "Mounts");
	struct bind bind;
	size_t i;

	for (i = 0; i < json_count(binds); i++)
		if (read_bind(json_text(json_item(binds, i)), &bind) &&
		    bind.is_named && is_host_path(bind.source) &&
		    !mode_has(bind.mode, SPAN("ro")))
			return true;
	for (i = 0; i < json_count(mounts); i++) {
		mount = json_item(mounts, i);
		if (span_eq(
			json_text(json_member(mount, "Type")), SPAN("bind")) &&
		    !json_truth(json_member(mount, "ReadOnly")))
			return true;
	}
	return false;
}

/* A setuid program of the image would make root of any user, who could then
 * leave one on the host. The last of such options counts. */
bool
mounts_finish(struct inspection *in, struct json *host_config)
{
	static const struct span wanted = { "no-new-privileges", 17 };
	struct json *options = json_member(host_config, "SecurityOpt");
	size_t len = json_count(options);

	if (inspect_setting(in, CONTAINER_BIND_AS_ROOT)->yes ||
	    !mounts_write_host(host_config) ||
	    (len > 0 &&
		span_eq(json_text(json_item(options, len - 1)), wanted)))
		return true;
	if (options == NULL) {
		options = json_new_array();
		if (options == NULL ||
		    !json_set(host_config, "SecurityOpt", options))
			return inspect_no_memory(in);
	}
	return json_append(options, json_new_text(wanted)) ||
	       inspect_no_memory(in);
}
