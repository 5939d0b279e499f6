/* SPDX-License-Identifier: MIT */
/* The values of those keys, out of a profile's files. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "policy/profile_build.h"

/* One word or line more; what does not fit is complained about. */
static void
add_rule(struct builder *b, const struct inifile_entry *entry,
    const struct section_row *row, struct section_setting *setting,
    struct span word)
{
	const char *why = row->check == NULL ? NULL : row->check(word);
	struct section_rule *rule;

	if (why != NULL) {
		complain(b->complaints, b->file, entry->line, "%s: %.*s: %s",
		    entry->key, SPAN_ARG(word), why);
		return;
	}
	setting->rules = must(reallocarray(
	    setting->rules, setting->len + 1, sizeof(*setting->rules)));
	rule = &setting->rules[setting->len++];
	rule->text = must(strndup(word.at, word.len));
	rule->origin = builder_origin(b, entry);
	if (setting->origin.line == 0)
		setting->origin = rule->origin;
}

/* "1.5", in billionths. */
static bool
read_cpus(const char *value, uint64_t *number)
{
	char digits[10] = "000000000";
	size_t whole = 0, billionths = 0, len;
	const char *point = strchr(value, '.');
	char *before;
	bool ok;

	before = must(point == NULL ? strdup(value)
				    : strndup(value, (size_t)(point - value)));
	if (point != NULL) {
		len = strlen(point + 1);
		if (len == 0 || len > 9 ||
		    strspn(point + 1, "0123456789") != len) {
			free(before);
			return false;
		}
		memcpy(digits, point + 1, len);
	}
	ok = before[strspn(before, "0123456789")] == '\0' &&
	     config_size(before, 0, 1000000, &whole) &&
	     config_size(digits, 0, 999999999, &billionths);
	free(before);
	*number = (uint64_t)whole * 1000000000 + billionths;
	return ok && *number > 0;
}

static void
read_once(struct builder *b, const struct inifile_entry *entry,
    const struct section_row *row, struct section_setting *setting)
{
	size_t number;

	if (!builder_sets(b, entry, &setting->origin))
		return;
	switch (row->kind) {
	case SECTION_FLAG:
		setting->yes = strcmp(entry->value, "yes") == 0;
		if (!setting->yes && strcmp(entry->value, "no") != 0)
			builder_refuse(b, entry, "yes or no is needed");
		break;
	case SECTION_SIZE:
		if (!config_size(entry->value, 1, INT64_MAX, &number))
			builder_refuse(
			    b, entry, "a number such as 200 or 512M is needed");
		else
			setting->number = number;
		break;
	case SECTION_CPUS:
		if (!read_cpus(entry->value, &setting->number))
			builder_refuse(
			    b, entry, "a number such as 2 or 1.5 is needed");
		break;
	case SECTION_WORDS:
	case SECTION_LINES:
		break;
	}
}

void
section_read(
    struct builder *b, const struct inifile_entry *entry, enum section_key key)
{
	struct section_setting *setting = &b->profile->sections[key];
	const struct section_row *row = &section_rows[key];
	struct span rest = span_of(entry->value), word;

	switch (row->kind) {
	case SECTION_WORDS:
		while (span_word(&rest, " \t", &word))
			add_rule(b, entry, row, setting, word);
		break;
	case SECTION_LINES:
		add_rule(b, entry, row, setting, rest);
		break;
	case SECTION_FLAG:
	case SECTION_SIZE:
	case SECTION_CPUS:
		read_once(b, entry, row, setting);
		break;
	}
}

void
section_clear(struct section_setting *setting)
{
	size_t i;

	for (i = 0; i < setting->len; i++)
		free(setting->rules[i].text);
	free(setting->rules);
}
