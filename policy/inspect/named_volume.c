/* SPDX-License-Identifier: MIT */
/* Volumes by their names. One may be a directory of the host's in disguise, or
 * another machine's: what its driver was told says so, and that is kept where
 * the volume is, so the daemon is asked for it. */

#include <string.h>

#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

static bool
driver_is_allowed(const struct inspection *in, struct span driver)
{
	return driver.len == 0 || span_eq(driver, SPAN("local")) ||
	       inspect_matches(in, CONTAINER_VOLUME_DRIVER, driver);
}

bool
rule_volume_driver(struct inspection *in, struct json *value)
{
	struct span driver = json_text(value);

	return driver_is_allowed(in, driver) ||
	       inspect_refuse(in, CONTAINER_VOLUME_DRIVER, driver);
}

/* An option's name with a '=' in it would be another name with a value; and a
 * star in a rule does not stand for the way up. */
static bool
is_plain(struct span name, struct span value)
{
	return memchr(name.at, '=', name.len) == NULL && !value_goes_up(value);
}

bool
rule_pair(struct inspection *in, struct json *value)
{
	struct span name = span_of(in->name), text = json_text(value);

	if (!is_plain(name, text))
		return inspect_refuse_ever(in, "not a plain option");
	return value_pair_is_allowed(in, in->row->key, name, text);
}

/* NAME=VALUE, if there is room. */
static bool
write_pair(struct text *text, struct span name, struct span value)
{
	text_add(text, name);
	text_char(text, '=');
	text_add(text, value);
	return !text->full;
}

/* Options that a volume has: they may hold a password, so the client is told
 * of the name alone. */
static bool
judge_stored_options(struct inspection *in, struct json *options)
{
	struct json_cursor option = { 0 };
	char memory[4096];
	struct span name, value;
	struct text pair;

	while (json_next(options, &option)) {
		name = span_of(option.name);
		value = json_text(option.value);
		pair = TEXT(memory);
		if (!is_plain(name, value) || !write_pair(&pair, name, value))
			return inspect_refuse_ever(
			    in, "the volume has an option that is not plain");
		if (inspect_matches(in, VOLUME_DRIVER_OPTION, text_span(&pair)))
			continue;
		pair = TEXT(memory);
		write_pair(&pair, name, SPAN("*"));
		return inspect_refuse(
		    in, VOLUME_DRIVER_OPTION, text_span(&pair));
	}
	return true;
}

static bool
judge_stored(struct inspection *in, struct span name, struct json *volume)
{
	struct span driver = json_text(json_member(volume, "Driver"));
	struct json *options = json_member(volume, "Options");

	if (!span_eq(json_text(json_member(volume, "Name")), name))
		return inspect_refuse_ever(
		    in, "the daemon takes it for another volume's name");
	if (!driver_is_allowed(in, driver))
		return inspect_refuse(in, CONTAINER_VOLUME_DRIVER, driver);
	return options == NULL || judge_stored_options(in, options);
}

bool
volume_is_plain(struct inspection *in, struct span name)
{
	const struct inspect_fact *fact;
	struct json *volume;
	bool ok;

	if (!inspect_is_name(name))
		return inspect_refuse_ever(
		    in, "neither an absolute path nor a volume's name");
	fact = inspect_ask(in, "/volumes/%.*s", SPAN_ARG(name));
	if (fact == NULL)
		return false;
	/* It will be made, by a driver that is judged where it is named. */
	if (fact->status == 404)
		return true;
	volume = inspect_read_fact(in, fact);
	if (volume == NULL)
		return false;
	ok = judge_stored(in, name, volume);
	json_free(volume);
	return ok;
}
