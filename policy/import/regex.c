/* SPDX-License-Identifier: MIT */
/* From a regular expression's text to states of the machine: a tree first,
 * since what is repeated is copied. What is not understood is refused, never
 * taken for something else. */

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "policy/import/regex.h"
#include "policy/import/regex_node.h"
#include "policy/profile_build.h"

enum {
	TIMES_MAX = 1000, /* as RE2 has it */
	DEPTH_MAX = 100
};

struct parser {
	struct span rest;
	struct regex_node *nodes;
	size_t len;
	bool nocase;
	unsigned depth;
	const char *why;
};

static uint32_t parse_either(struct parser *p);

static uint32_t
add_node(struct parser *p, const struct regex_node *node)
{
	/* Doubling, from the first on. */
	if ((p->len & (p->len + 1)) == 0)
		p->nodes = must(
		    reallocarray(p->nodes, 2 * p->len + 2, sizeof(*p->nodes)));
	p->nodes[p->len] = *node;
	return (uint32_t)p->len++;
}

static uint32_t
add_plain(struct parser *p, enum regex_kind kind)
{
	return add_node(p, &(struct regex_node){ .kind = kind });
}

static uint32_t
add_pair(struct parser *p, enum regex_kind kind, uint32_t a, uint32_t b)
{
	return add_node(
	    p, &(struct regex_node){ .kind = kind, .a = a, .b = b });
}

/* The first reason is the one to tell. */
static uint32_t
refuse(struct parser *p, const char *why)
{
	if (p->why == NULL)
		p->why = why;
	p->rest.len = 0;
	return 0;
}

static bool
peek(const struct parser *p, char c)
{
	return p->rest.len > 0 && *p->rest.at == c;
}

static void
skip(struct parser *p, size_t count)
{
	p->rest.at += count;
	p->rest.len -= count;
}

static bool
take(struct parser *p, char c)
{
	if (!peek(p, c))
		return false;
	skip(p, 1);
	return true;
}

static bool
take_text(struct parser *p, struct span text)
{
	if (!span_starts(p->rest, text))
		return false;
	skip(p, text.len);
	return true;
}

/* Letters in both cases, where it says so. */
static void
fold(const struct parser *p, struct byteset *set)
{
	unsigned char c;

	if (!p->nocase)
		return;
	for (c = 'a'; c <= 'z'; c++) {
		if (byteset_has(set, c))
			byteset_add(set, c - 32u, c - 32u);
		else if (byteset_has(set, (unsigned char)(c - 32)))
			byteset_add(set, c, c);
	}
}

static uint32_t
add_bytes(struct parser *p, struct byteset set)
{
	return add_node(
	    p, &(struct regex_node){ .kind = REGEX_BYTES, .bytes = set });
}

/* "d", "w", "s", and in capitals all others. */
static bool
class_letter(char c, struct byteset *set)
{
	*set = (struct byteset){ 0 };
	switch (c) {
	case 'd':
	case 'D':
		byteset_add(set, '0', '9');
		break;
	case 'w':
	case 'W':
		byteset_add(set, '0', '9');
		byteset_add(set, 'A', 'Z');
		byteset_add(set, 'a', 'z');
		byteset_add(set, '_', '_');
		break;
	case 's':
	case 'S':
		byteset_add(set, '\t', '\n');
		byteset_add(set, '\f', '\r');
		byteset_add(set, ' ', ' ');
		break;
	default:
		return false;
	}
	if (c <= 'Z')
		byteset_invert(set);
	return true;
}

/* The one byte that the letter behind a '\' means, or -1. A '\' before
 * anything but a letter or a digit takes its meaning away. */
static int
take_escape(struct parser *p)
{
	static const char letters[] = "tnrfva";
	static const char bytes[] = "\t\n\r\f\v\a";
	const char *at;
	char c;

	if (p->rest.len == 0)
		return -1;
	c = *p->rest.at;
	if (c == 'x' && p->rest.len >= 3 && text_hex(p->rest.at[1]) >= 0 &&
	    text_hex(p->rest.at[2]) >= 0) {
		c = (char)(text_hex(p->rest.at[1]) << 4 |
			   text_hex(p->rest.at[2]));
		skip(p, 3);
		return (unsigned char)c > 0x7f ? -1 : c;
	}
	skip(p, 1);
	if ((at = strchr(letters, c)) != NULL && c != '\0')
		return bytes[at - letters];
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c < ' ' || c == 0x7f)
		return -1;
	return c;
}

/* "[:alpha:]", as far as it is one. */
static bool
take_named(struct parser *p, struct byteset *set)
{
	static const struct {
		struct span name;
		const char *ranges; /* pairs of first and last */
	} classes[] = {
		{SPAN("[:alnum:]"),   "09AZaz"  },
		{ SPAN("[:alpha:]"),  "AZaz"    },
		{ SPAN("[:digit:]"),  "09"	  },
		{ SPAN("[:lower:]"),  "az"	  },
		{ SPAN("[:upper:]"),  "AZ"	  },
		{ SPAN("[:word:]"),   "09AZaz__"},
		{ SPAN("[:xdigit:]"), "09AFaf"  },
		{ SPAN("[:punct:]"),  "!/:@[`{~"},
		{ SPAN("[:graph:]"),  "!~"	  },
		{ SPAN("[:print:]"),  " ~"	  },
	};
	const char *range;
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (!take_text(p, classes[i].name))
			continue;
		for (range = classes[i].ranges; *range != '\0'; range += 2)
			byteset_add(set, (unsigned char)range[0],
			    (unsigned char)range[1]);
		return true;
	}
	return false;
}

/* One byte of a bracket expression, or -1. */
static int
take_member(struct parser *p)
{
	char c;

	if (take(p, '\\'))
		return take_escape(p);
	if (p->rest.len == 0)
		return -1;
	c = *p->rest.at;
	skip(p, 1);
	return (unsigned char)c > 0x7f ? -1 : c;
}

static bool
take_members(struct parser *p, struct byteset *set)
{
	struct byteset more;
	size_t i;
	int first, last;

	if (peek(p, '[') && p->rest.len > 1 && p->rest.at[1] == ':')
		return take_named(p, set);
	if (peek(p, '\\') && p->rest.len > 1 &&
	    class_letter(p->rest.at[1], &more)) {
		skip(p, 2);
		for (i = 0; i < 4; i++)
			set->bits[i] |= more.bits[i];
		return true;
	}
	if ((first = take_member(p)) == -1)
		return false;
	last = first;
	if (peek(p, '-') && p->rest.len > 1 && p->rest.at[1] != ']') {
		skip(p, 1);
		if ((last = take_member(p)) < first)
			return false;
	}
	byteset_add(set, (unsigned)first, (unsigned)last);
	return true;
}

/* Behind the '['. */
static uint32_t
parse_bracket(struct parser *p)
{
	struct byteset set = { 0 };
	bool invert = take(p, '^'), first = true;

	while (first || !take(p, ']')) {
		if (p->rest.len == 0)
			return refuse(p, "a '[' without its ']'");
		if (!take_members(p, &set))
			return refuse(p, "something between '[' and ']'");
		first = false;
	}
	fold(p, &set);
	if (invert)
		byteset_invert(&set);
	return add_bytes(p, set);
}

/* Behind "(?": flags, and ':' or ')'. False: none that are known. */
static bool
take_flags(struct parser *p, bool *group)
{
	bool on = true, nocase = p->nocase;

	for (;; skip(p, 1)) {
		if (p->rest.len == 0)
			return false;
		switch (*p->rest.at) {
		case 'i':
			nocase = on;
			break;
		case 'm': /* a path has no lines */
		case 's':
		case 'U':
			break;
		case '-':
			if (!on)
				return false;
			on = false;
			break;
		case ':':
		case ')':
			*group = *p->rest.at == ':';
			p->nocase = nocase;
			skip(p, 1);
			return true;
		default:
			return false;
		}
	}
}

/* The name of a group, up to '>'. */
static bool
take_name(struct parser *p)
{
	const char *end = memchr(p->rest.at, '>', p->rest.len);

	if (end == NULL || end == p->rest.at)
		return false;
	skip(p, (size_t)(end - p->rest.at) + 1);
	return true;
}

/* Behind the '('. */
static uint32_t
parse_group(struct parser *p)
{
	bool nocase = p->nocase, group = true;
	uint32_t node;

	if (take_text(p, SPAN("?P<")) ||
	    (span_starts(p->rest, SPAN("?<")) &&
		!span_starts(p->rest, SPAN("?<=")) &&
		!span_starts(p->rest, SPAN("?<!")) &&
		take_text(p, SPAN("?<")))) {
		if (!take_name(p))
			return refuse(p, "a group without a name");
	} else if (take(p, '?') && !take_flags(p, &group)) {
		return refuse(p, "a '(?' that is not (?:), (?i) or the like");
	}
	if (!group) /* "(?i)" holds up to the end of what it stands in */
		return add_plain(p, REGEX_EMPTY);
	if (++p->depth > DEPTH_MAX)
		return refuse(p, "groups that are nested too deep");
	node = parse_either(p);
	p->depth--;
	p->nocase = nocase;
	if (!take(p, ')'))
		return refuse(p, "a '(' without its ')'");
	return node;
}

static uint32_t
parse_escaped(struct parser *p)
{
	struct byteset set = { 0 };
	int byte;

	if (take(p, 'A'))
		return add_plain(p, REGEX_BEGIN);
	if (take(p, 'z'))
		return add_plain(p, REGEX_END);
	if (p->rest.len > 0 && class_letter(*p->rest.at, &set)) {
		skip(p, 1);
		return add_bytes(p, set);
	}
	if ((byte = take_escape(p)) == -1)
		return refuse(p, "what stands behind a '\\'");
	byteset_add(&set, (unsigned)byte, (unsigned)byte);
	fold(p, &set);
	return add_bytes(p, set);
}

static uint32_t
parse_atom(struct parser *p)
{
	struct byteset set = { 0 };
	unsigned char c = (unsigned char)*p->rest.at;

	if (c > 0x7f)
		return refuse(p, "a byte that is not ASCII");
	skip(p, 1);
	switch (c) {
	case '^':
		return add_plain(p, REGEX_BEGIN);
	case '$':
		return add_plain(p, REGEX_END);
	case '(':
		return parse_group(p);
	case '[':
		return parse_bracket(p);
	case '\\':
		return parse_escaped(p);
	case '.':
		byteset_add(&set, 0, 255);
		return add_bytes(p, set);
	case '*':
	case '+':
	case '?':
		return refuse(p, "a repetition of nothing");
	}
	byteset_add(&set, c, c);
	fold(p, &set);
	return add_bytes(p, set);
}

/* Digits: at most TIMES_MAX; more is TIMES_MAX + 1. */
static bool
take_number(struct parser *p, unsigned *number)
{
	bool any = false;

	for (*number = 0;
	     p->rest.len > 0 && *p->rest.at >= '0' && *p->rest.at <= '9';
	     skip(p, 1)) {
		any = true;
		*number = *number * 10 + (unsigned)(*p->rest.at - '0');
		if (*number > TIMES_MAX)
			*number = TIMES_MAX + 1;
	}
	return any;
}

/* "{2}", "{2,}" or "{2,4}"; anything else is a '{' that means itself. */
static bool
take_braces(struct parser *p, unsigned *min, unsigned *max)
{
	struct span before = p->rest;

	if (take(p, '{') && take_number(p, min)) {
		*max = *min;
		if (take(p, ',') && !take_number(p, max))
			*max = REGEX_MANY;
		if (take(p, '}'))
			return true;
	}
	p->rest = before;
	return false;
}

static bool
take_times(struct parser *p, unsigned *min, unsigned *max)
{
	*min = 0;
	*max = REGEX_MANY;
	if (take(p, '*'))
		return true;
	if (take(p, '?')) {
		*max = 1;
		return true;
	}
	if (take(p, '+')) {
		*min = 1;
		return true;
	}
	return peek(p, '{') && take_braces(p, min, max);
}

static uint32_t
parse_repeat(struct parser *p)
{
	uint32_t node = parse_atom(p);
	unsigned min, max;

	if (!take_times(p, &min, &max))
		return node;
	take(p, '?'); /* lazy */
	if (min > TIMES_MAX ||
	    (max != REGEX_MANY && (max > TIMES_MAX || max < min)))
		return refuse(p, "such a number of repetitions");
	node = add_node(
	    p, &(struct regex_node){
		   .kind = REGEX_REPEAT, .a = node, .min = min, .max = max });
	if (take_times(p, &min, &max))
		return refuse(p, "a repetition of a repetition");
	return node;
}

static uint32_t
parse_sequence(struct parser *p)
{
	uint32_t node = add_plain(p, REGEX_EMPTY);

	while (p->rest.len > 0 && *p->rest.at != '|' && *p->rest.at != ')')
		node = add_pair(p, REGEX_BOTH, node, parse_repeat(p));
	return node;
}

static uint32_t
parse_either(struct parser *p)
{
	uint32_t node = parse_sequence(p);

	while (take(p, '|'))
		node = add_pair(p, REGEX_EITHER, node, parse_sequence(p));
	return node;
}

bool
regex_is_split(struct span text)
{
	unsigned depth = 0;
	bool bracket = false;
	size_t i, first = 0;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '\\') {
			i++;
		} else if (bracket) {
			if (text.at[i] == '[' && i + 1 < text.len &&
			    text.at[i + 1] == ':')
				i++;
			else if (text.at[i] == ':' && i + 1 < text.len &&
				 text.at[i + 1] == ']')
				i++;
			else if (text.at[i] == ']' && i > first)
				bracket = false;
		} else if (text.at[i] == '[') {
			bracket = true;
			first = i + 1;
			if (first < text.len && text.at[first] == '^')
				first = ++i + 1;
		} else if (text.at[i] == '(') {
			depth++;
		} else if (text.at[i] == ')' && depth > 0) {
			depth--;
		} else if (text.at[i] == '|' && depth == 0) {
			return true;
		}
	}
	return false;
}

/* Whether it surely begins where the subject does. */
static bool
is_anchored(struct span text)
{
	return span_starts(text, SPAN("^")) && !regex_is_split(text) &&
	       (text.len == 1 || strchr("*+?{", text.at[1]) == NULL);
}

int
regex_add(struct machine *machine, struct span text, struct err *err)
{
	struct parser p = { .rest = text };
	size_t before = machine->states_len;
	uint32_t root = parse_either(&p);

	if (p.why == NULL && p.rest.len > 0)
		refuse(&p, "a ')' without its '('");
	if (p.why == NULL &&
	    !regex_emit(machine, p.nodes, root, !is_anchored(text)))
		refuse(&p, "so large an expression");
	free(p.nodes);
	if (p.why == NULL)
		return 0;
	machine->states_len = before;
	return err_set(err, 0, "%s is not understood", p.why);
}
