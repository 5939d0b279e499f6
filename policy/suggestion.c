/* SPDX-License-Identifier: MIT */
/* What was seen, added up, and what a profile needs for it. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/inspect.h"
#include "policy/inspect/checks.h"
#include "policy/observe.h"
#include "policy/profile_build.h"
#include "policy/reach.h"
#include "policy/suggestion.h"

/* How often something was seen. */
struct tally {
	unsigned long passed;
	unsigned long denied;
};

struct entry {
	char *text;
	struct tally tally;
};

struct entries {
	struct entry *list;
	size_t len;
};

struct suggestion {
	char *profile;
	unsigned long seen;
	const struct inspector *inspectors[OPERATIONS_MAX];
	bool observed; /* needs were worked out */
	struct tally operations[OPERATIONS_MAX];
	struct tally unjudged[OPERATIONS_MAX];
	struct entries keys[SECTION_KEYS];
	struct tally any[SECTION_KEYS]; /* what no line can hold */
	struct entries remarks;
};

struct suggestion *
suggestion_new(const char *profile)
{
	struct suggestion *s = must(calloc(1, sizeof(*s)));

	s->profile = must(strdup(profile));
	inspect_list(s->inspectors);
	return s;
}

static void
clear_entries(struct entries *entries)
{
	size_t i;

	for (i = 0; i < entries->len; i++)
		free(entries->list[i].text);
	free(entries->list);
}

void
suggestion_free(struct suggestion *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < SECTION_KEYS; i++)
		clear_entries(&s->keys[i]);
	clear_entries(&s->remarks);
	free(s->profile);
	free(s);
}

static void
count(struct tally *tally, bool denied)
{
	if (denied)
		tally->denied++;
	else
		tally->passed++;
}

static void
add_entry(struct entries *entries, struct span text, bool denied)
{
	struct entry *entry;
	size_t i;

	for (i = 0; i < entries->len; i++)
		if (span_eq(span_of(entries->list[i].text), text))
			break;
	if (i == entries->len) {
		entries->list = must(reallocarray(
		    entries->list, entries->len + 1, sizeof(*entries->list)));
		entry = &entries->list[entries->len++];
		*entry =
		    (struct entry){ .text = must(strndup(text.at, text.len)) };
	}
	count(&entries->list[i].tally, denied);
}

const char *
suggestion_profile(const struct suggestion *s)
{
	return s->profile;
}

unsigned long
suggestion_seen(const struct suggestion *s)
{
	return s->seen;
}

/* Whether it can be allowed as root-equivalent alone. */
static bool
is_unjudged(const struct suggestion *s, const struct operation *operation)
{
	return operation->root && s->inspectors[operation - operations] == NULL;
}

void
suggestion_operation(
    struct suggestion *s, const struct operation *operation, bool denied)
{
	size_t i = (size_t)(operation - operations);

	s->seen++;
	count(is_unjudged(s, operation) ? &s->unjudged[i] : &s->operations[i],
	    denied);
}

void
suggestion_remark(struct suggestion *s, struct span remark)
{
	add_entry(&s->remarks, remark, false);
}

/* "[allow] operation = X" of a request that is counted by itself; and so is one
 * that needs "[allow] root-equivalent = X", unless it passes that way only. */
static bool
need_operation(
    struct suggestion *s, struct span key, struct span value, bool denied)
{
	const struct operation *operation = operation_named(value);
	size_t i;

	if (operation == NULL)
		return false;
	i = (size_t)(operation - operations);
	if (span_eq(key, SPAN("root-equivalent")) && !is_unjudged(s, operation))
		count(&s->unjudged[i], denied);
	return span_eq(key, SPAN("root-equivalent")) ||
	       span_eq(key, SPAN("operation"));
}

static enum section_key
find_key(struct span section, struct span name)
{
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		if (span_eq(section, span_of(section_rows[key].section)) &&
		    span_eq(name, span_of(section_rows[key].name)))
			return (enum section_key)key;
	return KEY_NONE;
}

/* "[SECTION] KEY = VALUE" in its parts; of "[SECTION] KEY" the last is empty.
 */
static bool
read_line(struct span line, struct span *section, struct span *name,
    struct span *value)
{
	const char *end;

	*value = SPAN("");
	if (line.len == 0 || *line.at != '[' ||
	    (end = memmem(line.at, line.len, "] ", 2)) == NULL)
		return false;
	*section = (struct span){ line.at + 1, (size_t)(end - line.at) - 1 };
	*name = (struct span){ end + 2, line.len - section->len - 3 };
	end = memmem(name->at, name->len, " = ", 3);
	if (end != NULL) {
		*value = (struct span){ end + 3,
			name->len - (size_t)(end - name->at) - 3 };
		name->len = (size_t)(end - name->at);
	}
	return end == NULL || value->len > 0;
}

bool
suggestion_need(struct suggestion *s, struct span line, bool denied)
{
	char memory[LIMIT_INI_LINE];
	struct text text = TEXT(memory);
	struct span section, name, value;
	enum section_key key;

	if (!read_line(line, &section, &name, &value))
		return false;
	if (span_eq(section, SPAN("allow")))
		return need_operation(s, name, value, denied);
	if ((key = find_key(section, name)) == KEY_NONE)
		return false;
	s->observed = s->observed || !denied;
	if (value.len == 0) {
		count(&s->any[key], denied);
		return true;
	}
	if (!observe_writes(key, value, &text) ||
	    (section_rows[key].kind == SECTION_FLAG &&
		!span_eq(value, SPAN("yes"))))
		return false;
	add_entry(&s->keys[key], text_span(&text), denied);
	return true;
}

/* What was seen as a profile, so that it can be asked what that leads to. */
static void
make_profile(const struct suggestion *s, struct profile *profile)
{
	struct section_setting *setting;
	size_t i;
	int key;

	memset(profile, 0, sizeof(*profile));
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++) {
		setting = &profile->sections[key];
		setting->len = s->keys[key].len;
		if (setting->len == 0)
			continue;
		setting->origin.line = 1;
		setting->yes = section_rows[key].kind == SECTION_FLAG;
		setting->rules =
		    must(calloc(setting->len, sizeof(*setting->rules)));
		for (i = 0; i < setting->len; i++) {
			setting->rules[i].text = s->keys[key].list[i].text;
			setting->rules[i].origin.line = (uint16_t)(i + 1);
		}
	}
}

static void
clear_profile(struct profile *profile)
{
	int key;

	for (key = 0; key < SECTION_KEYS; key++)
		free(profile->sections[key].rules);
}

/* Take a rule out, by the number that it was given. */
static void
drop(struct section_setting *setting, size_t number)
{
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (setting->rules[i].origin.line == number)
			break;
	setting->len--;
	memmove(setting->rules + i, setting->rules + i + 1,
	    (setting->len - i) * sizeof(*setting->rules));
	if (setting->len == 0) {
		setting->origin.line = 0;
		setting->yes = false;
	}
}

/* While lines are told. */
struct teller {
	const struct suggestion *s;
	struct profile profile; /* of what is in force */
	const char **unfit;	/* why lines of "bind" are not, or NULL */
	void (*each)(void *arg, const struct suggested *line);
	void *arg;
};

static void
write_tally(struct text *text, const struct tally *tally)
{
	if (tally->passed > 0)
		text_format(text, "%lu time%s", tally->passed,
		    tally->passed == 1 ? "" : "s");
	if (tally->denied > 0)
		text_format(text, "%sdenied %lu time%s",
		    tally->passed > 0 ? "; " : "", tally->denied,
		    tally->denied == 1 ? "" : "s");
}

/* One line with its comment. */
static void
tell(const struct teller *t, struct suggested *line, const struct tally *tally,
    const char *why)
{
	char memory[1024];
	struct text text = { memory, 0, sizeof(memory) - 1, false };

	write_tally(&text, tally);
	if (why != NULL)
		text_format(&text, "; %s", why);
	memory[text.len] = '\0';
	line->comment = memory;
	t->each(t->arg, line);
}

static void
tell_operations(const struct teller *t, bool unjudged)
{
	const struct tally *tally;
	struct suggested line = { "allow",
		unjudged ? "root-equivalent" : "operation", .in_force = true };
	size_t i;

	for (i = 0; i < operations_len; i++) {
		tally = unjudged ? &t->s->unjudged[i] : &t->s->operations[i];
		line.value = operations[i].name;
		line.in_force = !unjudged || tally->passed > 0;
		/* One who may do it unjudged needs no other line. */
		if (tally->passed + tally->denied > 0 &&
		    (unjudged || t->s->unjudged[i].passed == 0))
			tell(t, &line, tally,
			    unjudged ? "gives root on the host" : NULL);
	}
}

/* Whether a request that was seen could have been asked about the key. */
static bool
is_borne(const struct suggestion *s, enum section_key key)
{
	size_t i;

	for (i = 0; i < operations_len; i++)
		if (s->inspectors[i] != NULL && s->operations[i].passed > 0 &&
		    s->unjudged[i].passed == 0 &&
		    inspect_bears(s->inspectors[i], key))
			return true;
	return false;
}

/* Nothing said would let anything pass. */
static void
tell_nothing(const struct teller *t, enum section_key key)
{
	const struct section_row *row = &section_rows[key];
	const struct suggested line = { row->section, row->name,
		observe_nothing(key), "nothing of this kind was asked for",
		true, key };

	if (line.value != NULL && t->s->observed && is_borne(t->s, key))
		t->each(t->arg, &line);
}

static bool
is_in_force(const struct section_setting *setting, size_t number)
{
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (setting->rules[i].origin.line == number)
			return true;
	return false;
}

static bool
reaches_root(
    const struct profile *profile, enum section_key key, const char *text)
{
	const struct section_rule rule = { .text = (char *)text };
	bool is_flag = section_rows[key].kind == SECTION_FLAG;

	return reach_of_rule(profile, key, is_flag ? NULL : &rule) ==
	       REACH_ROOT;
}

static void
tell_key(const struct teller *t, enum section_key key)
{
	const struct section_row *row = &section_rows[key];
	const struct entries *entries = &t->s->keys[key];
	struct suggested line = { row->section, row->name, .number = key };
	const char *why;
	size_t i;

	if (observe_pins(key) && t->s->any[key].passed > 0)
		return;
	if (entries->len == 0)
		tell_nothing(t, key);
	for (i = 0; i < entries->len; i++) {
		why = NULL;
		if (key == CONTAINER_BIND && t->unfit[i] != NULL)
			why = t->unfit[i];
		else if (reaches_root(&t->profile, key, entries->list[i].text))
			why = "gives root on the host";
		line.value = entries->list[i].text;
		line.in_force = is_in_force(&t->profile.sections[key], i + 1);
		tell(t, &line, &entries->list[i].tally, why);
	}
}

/* Take out of the profile what never passed and would give root, and then what
 * cannot stand with the rest. */
static void
settle(struct teller *t)
{
	const struct entries *entries;
	struct origin origin;
	const char *why;
	size_t i;
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++) {
		entries = &t->s->keys[key];
		for (i = entries->len; i > 0; i--)
			if (entries->list[i - 1].tally.passed == 0 &&
			    reaches_root(&t->profile, (enum section_key)key,
				entries->list[i - 1].text))
				drop(&t->profile.sections[key], i);
	}
	while ((why = mounts_check(t->profile.sections, &origin)) != NULL) {
		t->unfit[origin.line - 1] = why;
		drop(&t->profile.sections[CONTAINER_BIND], origin.line);
	}
}

void
suggestion_each(const struct suggestion *s,
    void (*each)(void *arg, const struct suggested *line), void *arg)
{
	struct teller *t = must(calloc(1, sizeof(*t)));
	int key;

	t->s = s;
	t->unfit =
	    must(calloc(s->keys[CONTAINER_BIND].len + 1, sizeof(*t->unfit)));
	t->each = each;
	t->arg = arg;
	make_profile(s, &t->profile);
	settle(t);
	tell_operations(t, false);
	tell_operations(t, true);
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		tell_key(t, (enum section_key)key);
	clear_profile(&t->profile);
	free(t->unfit);
	free(t);
}

static void
remark_any(const struct suggestion *s, enum section_key key, struct text *text)
{
	const struct section_row *row = &section_rows[key];

	text_format(text, "[%s] %s: what was asked for cannot be written (",
	    row->section, row->name);
	write_tally(text, &s->any[key]);
	text_add(text, observe_pins(key)
			   ? SPAN("), so it is left out, and any will do")
			   : SPAN(")"));
}

void
suggestion_each_remark(const struct suggestion *s,
    void (*each)(void *arg, const char *remark), void *arg)
{
	char memory[512];
	struct text text;
	size_t i;
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++) {
		if (s->any[key].passed + s->any[key].denied == 0)
			continue;
		text = (struct text){ memory, 0, sizeof(memory) - 1, false };
		remark_any(s, (enum section_key)key, &text);
		memory[text.len] = '\0';
		each(arg, memory);
	}
	for (i = 0; i < s->remarks.len; i++)
		each(arg, s->remarks.list[i].text);
}
