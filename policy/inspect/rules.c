/* SPDX-License-Identifier: MIT */
/* What many fields have in common: general rules, and what a profile says. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect/parts.h"

const struct section_setting *
inspect_setting(const struct inspection *in, enum section_key key)
{
	return &in->profile->sections[key];
}

bool
inspect_is_set(const struct inspection *in, enum section_key key)
{
	return inspect_setting(in, key)->origin.line != 0;
}

bool
inspect_matches(
    const struct inspection *in, enum section_key key, struct span value)
{
	const struct section_setting *setting = inspect_setting(in, key);
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (glob_matches(span_of(setting->rules[i].text), value))
			return true;
	return false;
}

bool
inspect_replace(struct inspection *in, struct json *value)
{
	if (value == NULL)
		return inspect_no_memory(in);
	if (in->name != NULL ? json_set(in->parent, in->name, value)
			     : json_set_item(in->parent, in->index, value))
		return true;
	return inspect_no_memory(in);
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* Whoever asks has checked the names in it: this is the last check. */
static bool
is_plain_path(struct span path)
{
	size_t i;

	for (i = 0; i < path.len; i++)
		if (!is_alphanumeric(path.at[i]) &&
		    memchr("/_.:@+-", path.at[i], 7) == NULL)
			return false;
	return true;
}

const struct inspect_fact *
inspect_ask(struct inspection *in, const char *format, ...)
{
	char memory[INSPECT_ASK_MAX];
	va_list arguments;
	struct span path;
	size_t i;
	int len;

	va_start(arguments, format);
	len = vsnprintf(memory, sizeof(memory), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(memory)) {
		inspect_refuse_ever(in, "a name that is too long");
		return NULL;
	}
	path = (struct span){ memory, (size_t)len };
	if (!is_plain_path(path)) {
		inspect_refuse_ever(in, "a name that no path can hold");
		return NULL;
	}
	for (i = 0; i < in->facts_len; i++)
		if (span_eq(in->facts[i].path, path))
			return &in->facts[i];
	if (in->facts_len == INSPECT_FACTS_MAX)
		inspect_refuse_ever(in, "too much to ask the daemon about");
	else if (in->ask.len == 0)
		text_add(&in->ask, path);
	return NULL;
}

struct json *
inspect_read_fact(struct inspection *in, const struct inspect_fact *fact)
{
	const char *why;
	struct json *document;

	document = fact->status == 200 ? json_read(fact->body, &why) : NULL;
	if (document == NULL) {
		inspect_refuse_ever(
		    in, "what the daemon says of it cannot be read");
		in->status = 502;
	}
	return document;
}

bool
inspect_parameter(
    const struct inspection *in, const char *name, struct text *text)
{
	struct span rest = in->request->target.query, raw_name, raw;
	char memory[64];
	struct text decoded;

	while (target_parameter(&rest, &raw_name, &raw)) {
		decoded = TEXT(memory);
		target_decode(raw_name, &decoded);
		if (decoded.full ||
		    !span_eq_nocase(text_span(&decoded), span_of(name)))
			continue;
		target_decode(raw, text);
		return true;
	}
	return false;
}

bool
inspect_truth(struct span value)
{
	static const char *const no[] = { "", "0", "no", "false", "none" };
	static const char blanks[] = " \t\r\n\v\f";
	size_t i;

	while (value.len > 0 && strchr(blanks, value.at[0]) != NULL) {
		value.at++;
		value.len--;
	}
	while (value.len > 0 && strchr(blanks, value.at[value.len - 1]) != NULL)
		value.len--;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (span_eq_nocase(value, span_of(no[i])))
			return false;
	return true;
}

bool
inspect_is_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_alphanumeric(s.at[i]) &&
		    (i == 0 || memchr("_.-", s.at[i], 3) == NULL))
			return false;
	return s.len > 0;
}

bool
inspect_is_path(struct span s)
{
	size_t i, begin = 1;
	struct span part;

	if (s.len == 0 || s.at[0] != '/')
		return false;
	for (i = 1; i < s.len; i++)
		if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f ||
		    s.at[i] == ',' || s.at[i] == ':')
			return false;
	if (s.len == 1)
		return true;
	for (i = 1; i <= s.len; i++) {
		if (i < s.len && s.at[i] != '/')
			continue;
		part = (struct span){ s.at + begin, i - begin };
		if (part.len == 0 || span_eq(part, SPAN(".")) ||
		    span_eq(part, SPAN("..")))
			return false;
		begin = i + 1;
	}
	return true;
}

bool
rule_pass(struct inspection *in, struct json *value)
{
	(void)in;
	(void)value;
	return true;
}

/* Of an array or map each element would come here: only whole values are
 * dropped. */
bool
rule_ignore(struct inspection *in, struct json *value)
{
	(void)value;
	json_remove(in->parent, in->name);
	return true;
}

bool
rule_empty(struct inspection *in, struct json *value)
{
	if (!json_is_empty(value))
		return inspect_refuse_ever(in, "nothing allows it");
	return rule_ignore(in, value);
}

bool
rule_flag(struct inspection *in, struct json *value)
{
	if (!json_truth(value) || inspect_setting(in, in->row->key)->yes)
		return true;
	return inspect_refuse(in, in->row->key, SPAN("yes"));
}

bool
rule_listed(struct inspection *in, struct json *value)
{
	struct span string = json_text(value);

	if (string.len == 0 || inspect_matches(in, in->row->key, string))
		return true;
	return inspect_refuse(in, in->row->key, string);
}

bool
rule_listed_or_any(struct inspection *in, struct json *value)
{
	return !inspect_is_set(in, in->row->key) || rule_listed(in, value);
}

/* [A-Za-z_][A-Za-z0-9_.-]* */
static bool
is_variable(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (!is_alphanumeric(name.at[i]) &&
		    memchr("_.-", name.at[i], 3) == NULL)
			return false;
	return name.len > 0 && memchr("0123456789.-", name.at[0], 12) == NULL;
}

/* A name alone, which Compose sends for what is not set, unsets the image's
 * variable in Docker, but Podman copies its own of that name, and of all that
 * begin so where a '*' is at the end. */
bool
rule_env(struct inspection *in, struct json *value)
{
	struct span string = json_text(value);

	if (memchr(string.at, '=', string.len) != NULL)
		return true;
	if (!is_variable(string))
		return inspect_refuse_ever(in, "a variable without a value");
	json_remove_item(in->parent, in->index);
	return true;
}

bool
parameter_listed(struct inspection *in, struct span value)
{
	if (value.len == 0 || inspect_matches(in, in->parameter->key, value))
		return true;
	return inspect_refuse(in, in->parameter->key, value);
}

bool
parameter_empty(struct inspection *in, struct span value)
{
	return value.len == 0 || inspect_refuse_ever(in, "nothing allows it");
}
