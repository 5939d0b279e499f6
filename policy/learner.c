/* SPDX-License-Identifier: MIT */
/* Learning what a request needs: it is judged, and where a line of a profile
 * would have let it go on, that line is taken and the request judged again.
 * What is learnt never outlives the request. What can give root on the host is
 * learnt by those alone who may: whether a line does is asked of what "check"
 * goes by, in the profile as it is with that line in it. */

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "policy/inspect/checks.h"
#include "policy/learner.h"
#include "policy/reach.h"

struct learner *
learner_new(const struct profile *profile)
{
	struct learner *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->profile = *profile;
	l->root = profile->observes_root;
	return l;
}

/* Users are pinned where the profile goes by them: only then is an image asked
 * for its own, for each container alike. */
static bool
is_pinned(const struct profile *profile, enum section_key key)
{
	if (key == CONTAINER_USER || key == EXEC_USER)
		return profile->sections[key].origin.line != 0;
	return observe_pins(key);
}

struct learner *
learner_new_closed(const struct profile *profile)
{
	struct learner *l = learner_new(profile);
	int key;

	if (l == NULL)
		return NULL;
	l->closed = l->root = true;
	memset(l->profile.unjudged, 0, sizeof(l->profile.unjudged));
	memset(l->profile.sections, 0, sizeof(l->profile.sections));
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		if (is_pinned(profile, (enum section_key)key))
			l->profile.sections[key].origin.line = 1;
	return l;
}

void
learner_free(struct learner *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < SECTION_KEYS; i++)
		if (l->owned[i])
			free(l->profile.sections[i].rules);
	for (i = 0; i < l->len; i++)
		free(l->lines[i].text);
	free(l);
}

static bool
knows(const struct learner *l, enum section_key key, struct span text)
{
	size_t i;

	for (i = 0; i < l->len; i++)
		if (l->lines[i].key == key &&
		    (l->lines[i].text == NULL ||
			span_eq(span_of(l->lines[i].text), text)))
			return true;
	return false;
}

/* Forget all that is said for a key. */
static void
lift(struct learner *l, enum section_key key)
{
	struct section_setting *setting = &l->profile.sections[key];

	if (l->owned[key])
		free(setting->rules);
	l->owned[key] = false;
	memset(setting, 0, sizeof(*setting));
}

static bool
add_rule(struct learner *l, enum section_key key, char *text)
{
	struct section_setting *setting = &l->profile.sections[key];
	struct section_rule *rules;

	rules = calloc(setting->len + 1, sizeof(*rules));
	if (rules == NULL)
		return false;
	if (setting->len > 0)
		memcpy(rules, setting->rules, setting->len * sizeof(*rules));
	rules[setting->len].text = text;
	if (l->owned[key])
		free(setting->rules);
	l->owned[key] = true;
	setting->rules = rules;
	setting->len++;
	return true;
}

/* The last line that was taken becomes part of the profile. */
static bool
apply(struct learner *l)
{
	const struct learnt *line = &l->lines[l->len - 1];
	struct section_setting *setting = &l->profile.sections[line->key];
	size_t number;

	if (line->text == NULL) {
		lift(l, line->key);
		return true;
	}
	switch (section_rows[line->key].kind) {
	case SECTION_WORDS:
	case SECTION_LINES:
		if (!add_rule(l, line->key, line->text))
			return false;
		break;
	case SECTION_FLAG:
		setting->yes = true;
		break;
	case SECTION_SIZE:
		if (config_size(line->text, 1, INT64_MAX, &number))
			setting->number = number;
		break;
	case SECTION_CPUS:
		break;
	}
	if (setting->origin.line == 0)
		setting->origin.line = 1;
	return true;
}

/* Take a line. False: it is there already, and was of no use; or there are too
 * many; or memory is short. */
static bool
take(struct learner *l, enum section_key key, struct span value)
{
	char memory[LIMIT_INI_LINE];
	struct text text = TEXT(memory);
	struct learnt *line;

	if (l->len == OBSERVE_LINES)
		return false;
	line = &l->lines[l->len];
	*line = (struct learnt){ .key = key };
	line->written = value.len > 0 && observe_writes(key, value, &text);
	if (line->written)
		value = text_span(&text);
	else if (l->closed && is_pinned(&l->profile, key))
		value.len = 0;
	if (knows(l, key, value))
		return false;
	if (value.len > 0 &&
	    (line->text = strndup(value.at, value.len)) == NULL) {
		l->no_memory = true;
		return false;
	}
	l->len++;
	if (apply(l))
		return true;
	l->no_memory = true;
	return false;
}

/* Whether what was learnt last can give root. Where a container may write to
 * the host's files, be it as nobody, it can put a link there that another's
 * mount leads through, to be read as root. */
static bool
gives_root(const struct learner *l)
{
	const struct learnt *line = &l->lines[l->len - 1];
	const struct section_setting *setting = &l->profile.sections[line->key];
	const struct section_rule *rule = NULL;
	size_t len;

	if (line->text == NULL)
		return false;
	if (setting->len > 0)
		rule = &setting->rules[setting->len - 1];
	len = strlen(line->text);
	if (line->key == CONTAINER_BIND && len > 3 &&
	    strcmp(line->text + len - 3, ":rw") == 0)
		return true;
	return reach_of_rule(&l->profile, line->key, rule) == REACH_ROOT;
}

static bool
learn(struct learner *l, enum section_key key, struct span value)
{
	return take(l, key, value) && (l->root || !gives_root(l));
}

/* What is to be learnt next. False: nothing, and the result stands. */
static bool
wants(const struct learner *l, const struct inspection *in,
    enum inspect_result result, enum section_key *key, struct span *value,
    const char **why)
{
	struct origin origin;

	*why = NULL;
	switch (result) {
	case INSPECT_ASK:
		return false;
	case INSPECT_REFUSE:
		*key = in->wanted_key;
		*value = text_span(&in->wanted);
		return in->status == 403 && *key != KEY_NONE;
	case INSPECT_PASS:
		break;
	}
	/* What no profile may say together, unless it says that it gives root.
	 */
	*why = mounts_check(l->profile.sections, &origin);
	*key = CONTAINER_BIND_AS_ROOT;
	*value = SPAN("yes");
	return *why != NULL;
}

enum inspect_result
learner_inspect(
    struct learner *l, struct inspection *in, struct span body, struct buf *out)
{
	struct buf attempt = { 0 };
	enum inspect_result result;
	enum section_key key;
	struct span value;
	const char *why;

	in->profile = &l->profile;
	while (result = inspect(in, body, &attempt),
	    wants(l, in, result, &key, &value, &why)) {
		buf_clear(&attempt);
		if (learn(l, key, value))
			continue;
		result = INSPECT_REFUSE;
		in->status = l->no_memory ? 503 : 403;
		if (why != NULL)
			text_add(&in->why, span_of(why));
		break;
	}
	if (result == INSPECT_PASS && attempt.len > 0 &&
	    !buf_add(out, buf_bytes(&attempt), attempt.len)) {
		result = INSPECT_REFUSE;
		in->status = 503;
	}
	buf_clear(&attempt);
	return result;
}

static bool
write_line(const struct learnt *line, struct buf *lines)
{
	const struct section_row *row = &section_rows[line->key];
	char memory[2 * LIMIT_INI_LINE];
	struct text text = TEXT(memory);

	text_format(&text, "[%s] %s", row->section, row->name);
	if (line->written)
		text_format(&text, " = %s", line->text);
	text_char(&text, '\n');
	return buf_add(lines, text.at, text.len);
}

bool
learner_write(const struct learner *l, struct buf *lines)
{
	size_t i;

	for (i = 0; i < l->len; i++)
		if (!write_line(&l->lines[i], lines))
			return false;
	return true;
}
