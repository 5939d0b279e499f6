/* SPDX-License-Identifier: MIT */
/* What the log says of a profile: decisions, and what requests needed. Of a
 * profile that enforces it says what was allowed and what was denied, each
 * with one line at most that would have changed that. */

#include <string.h>

#include "core/json.h"
#include "core/logline.h"
#include "policy/suggestion.h"

/* One request, wherever it is written. */
struct said {
	const struct operation *operation; /* or NULL */
	struct span name;		   /* of the operation */
	struct span verdict;
	struct span reason;
	struct span field;
	struct span rule;
	struct span hint; /* lines */
};

static void
remark_denied(struct suggestion *s, const struct said *said)
{
	char memory[1024];
	struct text text = TEXT(memory);

	if (said->operation != NULL)
		text_add(&text, said->name);
	else
		text_add(&text, SPAN("a request"));
	text_add(&text, SPAN(" was denied"));
	if (said->field.len > 0) {
		text_add(&text, SPAN(": no line allows "));
		text_add(&text, said->field);
	} else if (said->rule.len > 0) {
		text_add(&text, SPAN(" by "));
		text_add(&text, said->rule);
	} else if (said->operation == NULL) {
		text_add(&text, SPAN(": no operation of the API"));
	}
	suggestion_remark(s, text_span(&text));
}

/* The lines that would have let it pass; those that no profile can have are
 * not worth more than a remark. */
static bool
take_hint(struct suggestion *s, const struct said *said, bool denied)
{
	struct span rest = said->hint, line;
	bool some = false;

	while (span_word(&rest, "\n", &line))
		if (suggestion_need(s, line, denied))
			some = true;
	return some;
}

static void
take_denied(struct suggestion *s, const struct said *said)
{
	/* Somebody has decided on it, or nobody can. */
	if (said->operation == NULL || span_eq(said->reason, SPAN("denied"))) {
		remark_denied(s, said);
		return;
	}
	suggestion_operation(s, said->operation, true);
	if (!take_hint(s, said, true) && span_eq(said->reason, SPAN("field")))
		remark_denied(s, said);
}

/* False: it says what no decision says. */
static bool
take_decision(struct suggestion *s, const struct said *said)
{
	if (said->name.len > 0 && said->operation == NULL)
		return false;
	if (span_eq(said->verdict, SPAN("deny"))) {
		take_denied(s, said);
		return true;
	}
	if (said->operation == NULL ||
	    (!span_eq(said->verdict, SPAN("allow")) &&
		!span_eq(said->verdict, SPAN("would-deny"))))
		return false;
	suggestion_operation(s, said->operation, false);
	return true;
}

static void
remark_unknown(struct suggestion *s, struct span operation, struct span why)
{
	char memory[1024];
	struct text text = TEXT(memory);

	text_add(&text, operation);
	text_add(&text, SPAN(": what it needs is not all known: "));
	text_add(&text, why);
	suggestion_remark(s, text_span(&text));
}

static bool
take_logline(struct suggestion *s, const struct logline *line)
{
	struct span event = logline_value(line, "event"), unknown;
	struct said said;

	if (!span_eq(
		logline_value(line, "profile"), span_of(suggestion_profile(s))))
		return true;
	if (span_eq(event, SPAN("need"))) {
		unknown = logline_value(line, "unknown");
		if (unknown.len == 0)
			return suggestion_need(
			    s, logline_value(line, "line"), false);
		remark_unknown(s, logline_value(line, "operation"), unknown);
		return true;
	}
	if (!span_eq(event, SPAN("decision")))
		return true;
	said = (struct said){ .name = logline_value(line, "operation"),
		.verdict = logline_value(line, "verdict"),
		.reason = logline_value(line, "reason"),
		.field = logline_value(line, "field"),
		.rule = logline_value(line, "rule"),
		.hint = logline_value(line, "hint") };
	said.operation = operation_named(said.name);
	return take_decision(s, &said);
}

/* The audit's strings have bytes in the place of code points. */
static bool
add_bytes(struct text *text, struct span value)
{
	unsigned char c, next;
	size_t i;

	for (i = 0; i < value.len; i++) {
		c = (unsigned char)value.at[i];
		if (c >= 0x80) {
			if ((c != 0xc2 && c != 0xc3) || ++i == value.len)
				return false;
			next = (unsigned char)value.at[i];
			c = (unsigned char)((c & 3) << 6 | (next & 0x3f));
		}
		text_char(text, (char)c);
	}
	return !text->full;
}

/* A line, or why not all are there. */
static bool
take_need(struct suggestion *s, const struct said *said, struct span need)
{
	static const struct span mark = { "unknown: ", 9 };
	char memory[1024];
	struct text line = TEXT(memory);

	if (span_starts(need, mark)) {
		remark_unknown(s, said->name,
		    (struct span){ need.at + mark.len, need.len - mark.len });
		return true;
	}
	return add_bytes(&line, need) &&
	       suggestion_need(
		   s, text_span(&line), span_eq(said->verdict, SPAN("deny")));
}

static bool
take_needs(
    struct suggestion *s, const struct said *said, const struct json *needs)
{
	bool ok = json_kind(needs) == JSON_IS_ARRAY;
	size_t i;

	for (i = 0; ok && i < json_count(needs); i++)
		ok = take_need(s, said, json_text(json_item(needs, i)));
	return ok;
}

/* An object of the audit file. One that was refused has needs if it was judged
 * and let pass before; else there is nothing to learn from it. */
static bool
take_object(struct suggestion *s, const struct json *object)
{
	const struct json *needs = json_member(object, "needs");
	bool none = json_kind(needs) == JSON_IS_NULL;
	struct said said = {
		.name = json_text(json_member(object, "operation")),
		.verdict = json_text(json_member(object, "verdict")),
		.reason = json_text(json_member(object, "reason")),
		.field = json_text(json_member(object, "field")),
		.rule = json_text(json_member(object, "rule")),
	};

	if (needs == NULL || !span_eq(json_text(json_member(object, "profile")),
				 span_of(suggestion_profile(s))))
		return true;
	said.operation = operation_named(said.name);
	if (span_eq(said.verdict, SPAN("refuse"))) {
		if (none)
			return true;
		said.verdict = SPAN("allow");
	}
	return take_decision(s, &said) && (none || take_needs(s, &said, needs));
}

bool
suggestion_read(struct suggestion *s, struct span line)
{
	static const char mark[] = "event=", json_mark[] = "\"event\":";
	struct logline read;
	struct json *object;
	const char *why;
	bool ok;

	if (logline_find(&read, line))
		return take_logline(s, &read);
	if (line.len > 0 && *line.at == '{' &&
	    (object = json_read(line, &why)) != NULL) {
		ok = take_object(s, object);
		json_free(object);
		return ok;
	}
	return line.len == 0 ||
	       (memmem(line.at, line.len, mark, strlen(mark)) == NULL &&
		   memmem(line.at, line.len, json_mark, strlen(json_mark)) ==
		       NULL);
}
