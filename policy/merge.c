/* SPDX-License-Identifier: MIT */
/* What a profile lacks goes to the end of the section that it belongs in, and a
 * section that is not there to the end of the file. What would take something
 * away from it, by being said where nothing was, is not added; nor is what
 * never passed and would give root. */

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "policy/inspect.h"
#include "policy/merge.h"
#include "policy/merge_parts.h"
#include "policy/observe.h"
#include "policy/profile_build.h"
#include "policy/verdict.h"

/* While lines are merged. */
struct merger {
	struct merge *merge;
	const struct profile *profile;
	struct insertions insertions;
	size_t lines;		    /* of the text */
	const char *header;	    /* of the new section that was begun last */
	bool seen[OPERATIONS_MAX];  /* operations that were */
	bool *used[SECTION_KEYS];   /* rules of the profile that were */
	bool flagged[SECTION_KEYS]; /* flags that were */
};

static void
remark(struct merger *m, const char *what, const struct suggested *line)
{
	char memory[512];
	struct text text = TEXT(memory);

	text_format(&text, "%s: [%s] %s = %s (%s)\n", what, line->section,
	    line->key, line->value, line->comment);
	diff_add(&m->merge->remarks, text_span(&text));
}

/* "[container]", whatever stands behind it. */
static bool
is_section(struct span line, const char *section)
{
	const size_t len = strlen(section);

	return line.len >= len + 2 && line.at[0] == '[' &&
	       memcmp(line.at + 1, section, len) == 0 &&
	       line.at[len + 1] == ']';
}

/* The number of lines up to the last of a section that says something; 0, if
 * there is no such section. */
static size_t
find_end(struct span text, const char *section)
{
	size_t number = 0, end = 0;
	bool inside = false;
	const char *feed;
	struct span line;

	while (text.len > 0) {
		feed = memchr(text.at, '\n', text.len);
		line = text;
		if (feed != NULL)
			line.len = (size_t)(feed - text.at);
		text.at += line.len + (feed != NULL);
		text.len -= line.len + (feed != NULL);
		number++;
		if (line.len > 0 && *line.at == '[')
			inside = is_section(line, section);
		if (inside && line.len > 0 && strchr(";# \t", *line.at) == NULL)
			end = number;
	}
	return end;
}

static size_t
count_lines(struct span text)
{
	size_t i, count = 0;

	for (i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	return count + (text.len > 0 && text.at[text.len - 1] != '\n');
}

static void
add_lines(struct insertion *insertion, struct span lines)
{
	diff_add(&insertion->lines, lines);
	insertion->count += count_lines(lines);
}

/* Where lines of a section go; new sections stand behind all others. */
static struct insertion *
place_of(struct merger *m, const char *section)
{
	size_t after = find_end(m->insertions.text, section), i = 0;
	struct insertions *all = &m->insertions;
	struct insertion *insertion;
	const bool fresh = after == 0;

	if (fresh)
		after = m->lines;
	while (i < all->len && (all->list[i].after < after ||
				   (all->list[i].after == after &&
				       !all->list[i].fresh && fresh)))
		i++;
	if (i < all->len && all->list[i].after == after &&
	    all->list[i].fresh == fresh)
		return &all->list[i];
	all->list =
	    must(reallocarray(all->list, all->len + 1, sizeof(*all->list)));
	insertion = &all->list[i];
	memmove(insertion + 1, insertion, (all->len - i) * sizeof(*insertion));
	*insertion = (struct insertion){ .after = after, .fresh = fresh };
	all->len++;
	return insertion;
}

static void
put_header(struct merger *m, struct insertion *insertion, const char *section)
{
	char memory[64];
	struct text header = TEXT(memory);

	if (m->header != NULL && strcmp(m->header, section) == 0)
		return;
	m->header = section;
	if (m->lines > 0 || insertion->count > 0)
		text_char(&header, '\n');
	text_format(&header, "[%s]\n", section);
	add_lines(insertion, text_span(&header));
}

static void
insert(struct merger *m, const struct suggested *line)
{
	struct insertion *insertion = place_of(m, line->section);
	struct buf lines = { 0 };

	if (insertion->fresh)
		put_header(m, insertion, line->section);
	suggestion_comment(&lines, line->comment);
	diff_add(&lines, span_of(line->key));
	diff_add(&lines, SPAN(" = "));
	diff_add(&lines, span_of(line->value));
	diff_add(&lines, SPAN("\n"));
	add_lines(insertion, buf_span(&lines));
	buf_clear(&lines);
}

/* [allow]: whether it allows that already, or will not, whatever is added. */
static bool
allows(struct merger *m, const struct suggested *line)
{
	const struct operation *operation =
	    operation_named(span_of(line->value));
	size_t i = (size_t)(operation - operations);

	if (line->in_force)
		m->seen[i] = true;
	if (strcmp(line->key, "root-equivalent") == 0)
		return m->profile->unjudged[i];
	return m->profile->allow[i].line != 0;
}

/* Whether a rule of the profile is what was seen, or has it in it. */
static bool
covers(enum section_key key, const char *rule, const char *value)
{
	if (strcmp(rule, value) == 0)
		return true;
	return section_rows[key].kind == SECTION_WORDS &&
	       glob_matches(span_of(rule), span_of(value));
}

static bool
says(struct merger *m, const struct suggested *line)
{
	const struct section_setting *setting =
	    &m->profile->sections[line->number];
	bool found = false;
	size_t i;

	if (section_rows[line->number].kind == SECTION_FLAG) {
		m->flagged[line->number] = true;
		return setting->yes;
	}
	for (i = 0; i < setting->len; i++) {
		if (!covers(line->number, setting->rules[i].text, line->value))
			continue;
		m->used[line->number][i] = true;
		found = true;
	}
	return found;
}

/* Whether the profile allows what the key is asked for by, and says nothing for
 * it, so that a first line would take something away. */
static bool
narrows(const struct merger *m, enum section_key key)
{
	size_t i;

	if (!observe_pins(key) || m->profile->sections[key].origin.line != 0)
		return false;
	for (i = 0; i < operations_len; i++)
		if (m->profile->inspectors[i] != NULL &&
		    !m->profile->unjudged[i] &&
		    verdict_coverage(m->profile, &operations[i]) !=
			COVERAGE_NONE &&
		    inspect_bears(m->profile->inspectors[i], key))
			return true;
	return false;
}

/* A line that allows nothing is of no use where others stand, or where any will
 * do. */
static bool
is_idle(const struct merger *m, const struct suggested *line)
{
	const char *nothing = observe_nothing(line->number);

	return nothing != NULL && strcmp(nothing, line->value) == 0 &&
	       (m->profile->sections[line->number].origin.line != 0 ||
		   narrows(m, line->number));
}

static void
on_line(void *arg, const struct suggested *line)
{
	struct merger *m = arg;

	if (line->number == KEY_NONE ? allows(m, line) : says(m, line))
		return;
	if (line->number != KEY_NONE && is_idle(m, line))
		return;
	if (!line->in_force)
		remark(m, "not added", line);
	else if (line->number != KEY_NONE && narrows(m, line->number))
		remark(m, "not added, since any will do now", line);
	else
		insert(m, line);
}

static void
remark_operations(struct merger *m)
{
	char memory[128];
	struct text text;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (m->seen[i] || verdict_coverage(m->profile,
				      &operations[i]) == COVERAGE_NONE)
			continue;
		text = TEXT(memory);
		text_format(
		    &text, "allowed and not seen: %s\n", operations[i].name);
		diff_add(&m->merge->remarks, text_span(&text));
	}
}

static void
remark_unused(struct merger *m, enum section_key key, const char *value)
{
	const struct section_row *row = &section_rows[key];
	char memory[512];
	struct text text = TEXT(memory);

	text_format(&text, "there and not needed: [%s] %s = %s\n", row->section,
	    row->name, value);
	diff_add(&m->merge->remarks, text_span(&text));
}

static void
remark_rules(struct merger *m, enum section_key key)
{
	const struct section_setting *setting = &m->profile->sections[key];
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (!m->used[key][i] && key != CONTAINER_LABEL &&
		    key != CONTAINER_LABEL_REQUIRED)
			remark_unused(m, key, setting->rules[i].text);
	if (setting->yes && !m->flagged[key])
		remark_unused(m, key, "yes");
}

static void
start(struct merger *m)
{
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		m->used[key] = must(
		    calloc(m->profile->sections[key].len + 1, sizeof(bool)));
	m->lines = count_lines(m->insertions.text);
}

static void
end(struct merger *m)
{
	size_t i;
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		free(m->used[key]);
	for (i = 0; i < m->insertions.len; i++)
		buf_clear(&m->insertions.list[i].lines);
	free(m->insertions.list);
}

static void
on_remark(void *arg, const char *text)
{
	struct merger *m = arg;

	diff_add(&m->merge->remarks, span_of(text));
	diff_add(&m->merge->remarks, SPAN("\n"));
}

void
merge_suggestion(struct merge *merge, const struct suggestion *suggestion,
    const struct profile *profile, struct span text, const char *label)
{
	struct merger m = { .merge = merge,
		.profile = profile,
		.insertions = { .text = text } };
	int key;

	start(&m);
	suggestion_each_remark(suggestion, on_remark, &m);
	suggestion_each(suggestion, on_line, &m);
	remark_operations(&m);
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		remark_rules(&m, (enum section_key)key);
	diff_apply(&m.insertions, &merge->text);
	diff_write(&m.insertions, label, &merge->diff);
	end(&m);
}

void
merge_clear(struct merge *merge)
{
	buf_clear(&merge->text);
	buf_clear(&merge->diff);
	buf_clear(&merge->remarks);
}
