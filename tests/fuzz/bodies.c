/* SPDX-License-Identifier: MIT */
/* Bodies from bytes: see bodies.h. Each byte is a choice, and where there are
 * none left the choice is the first, which ends what was begun. */

#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/bodies.h"

enum {
	MEMBERS_MAX = 12,
	ELEMENTS_MAX = 3,
	DEPTH_MAX = 10,
	ODD = 0xe0 /* bytes from here on choose what is not usual */
};

struct maker {
	const uint8_t *bytes;
	size_t len;
	struct text *text;
};

/* Raw values in the place of any. */
static const char *const odd_values[] = { "null", "[]", "{}", "\"\"", "-1", "0",
	"1", "true", "false", "\"true\"", "[null]", "[[]]", "{\"a\":null}",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"1.0", "1e3", "-0", "00", "\"\\u0000\"", "\"\\ud800\"", "\"\xff\"",
	"[\"/:/h\"]", "{\"\":\"\"}", "{\"type\":\"none\",\"o\":\"bind\"}",
	"[{}]", "\"host\"", "NaN", "'x'", "0x1", "[1,2]", NULL };

/* Strings in the place of any. */
static const char *const odd_words[] = { "/:/h", "host", "container:x",
	"ns:/proc/1/ns/pid", "+0", "0:0", "", "-1", "9223372036854775807",
	"type=none,o=bind", "/srv/app", "/srv/app/../..", "./x", "..", "a:b:c",
	"HOST", "unconfined", "{{.Node.ID}}", "x,source=/", "\xc5\xbf", "a=b",
	"=", "A", "P*", "trap", "other", "feed", "/proc", "//", " ro" };

static const char *const numbers[] = { "0", "1", "-1", "1000", "100000",
	"150000", "536870912", "536870913", "1500000000", "1500000001", "100",
	"101", "8000", "268435456", "9223372036854775807", "1000000", NULL };

static const char *const truths[] = { "false", "true", NULL };
static const char *const nothing[] = { "{}", NULL };

static unsigned
choose(struct maker *maker)
{
	if (maker->len == 0)
		return 0;
	maker->len--;
	return *maker->bytes++;
}

static const char *
choose_of(struct maker *maker, const char *const *words, size_t len)
{
	return words[choose(maker) % len];
}

#define CHOOSE(maker, words) \
	choose_of((maker), (words), sizeof(words) / sizeof((words)[0]))

/* One of a list; rarely one of all the odd ones, or with one of them behind
 * it. */
static void
make_string(struct maker *maker, const char *const *words)
{
	unsigned byte = choose(maker);
	size_t len = 0;

	while (words != NULL && words[len] != NULL)
		len++;
	text_char(maker->text, '"');
	if (len > 0 && (byte < ODD || byte >= ODD + 16))
		text_add(maker->text, span_of(words[byte % len]));
	if (len == 0 || byte >= ODD)
		text_add(maker->text, span_of(CHOOSE(maker, odd_words)));
	text_char(maker->text, '"');
}

/* A field's name, now and then as only Go knows it. */
static void
make_name(struct maker *maker, const char *name)
{
	const unsigned byte = choose(maker);
	const bool odd = byte >= ODD + 16;
	const char *at;

	text_char(maker->text, '"');
	for (at = name; *at != '\0'; at++) {
		if (odd && byte % 4 == 0)
			text_char(maker->text, (char)(*at ^ 0x20));
		else if (odd && byte % 4 == 1 && (*at | 0x20) == 's')
			text_add(maker->text, SPAN("\xc5\xbf"));
		else if (odd && byte % 4 == 1 && (*at | 0x20) == 'k')
			text_add(maker->text, SPAN("\\u212a"));
		else if (odd && byte % 4 == 2)
			text_format(maker->text, "\\u%04x", (unsigned char)*at);
		else
			text_char(maker->text, *at);
	}
	text_add(maker->text, SPAN("\":"));
}

static void make_value(struct maker *maker, const struct part *part, int depth);

static void
make_object(struct maker *maker, const struct part *parts, int depth)
{
	unsigned count = 1 + choose(maker) % MEMBERS_MAX, byte, i;
	size_t len = 0, index;

	while (parts[len].name != NULL)
		len++;
	text_char(maker->text, '{');
	for (i = 0; i < count; i++) {
		/* Those that come first are those that are needed. */
		byte = i == 0 ? 0 : choose(maker);
		index = byte < 64 ? i % len : byte % len;
		if (i > 0)
			text_char(maker->text, ',');
		make_name(maker, parts[index].name);
		make_value(maker, &parts[index], depth + 1);
	}
	text_char(maker->text, '}');
}

/* So many elements, each as the part says. */
static void
make_array(struct maker *maker, const struct part *part, int depth)
{
	unsigned count = choose(maker) % (ELEMENTS_MAX + 1), i;

	text_char(maker->text, '[');
	for (i = 0; i < count; i++) {
		if (i > 0)
			text_char(maker->text, ',');
		make_value(maker, part, depth + 1);
	}
	text_char(maker->text, ']');
}

static void
make_map(struct maker *maker, const struct part *part, const char *const *names,
    int depth)
{
	unsigned count = choose(maker) % (ELEMENTS_MAX + 1), i;

	text_char(maker->text, '{');
	for (i = 0; i < count; i++) {
		if (i > 0)
			text_char(maker->text, ',');
		make_string(maker, names);
		text_char(maker->text, ':');
		make_value(maker, part, depth + 1);
	}
	text_char(maker->text, '}');
}

static void
make_raw(struct maker *maker, const char *const *words)
{
	size_t len = 0;

	while (words[len] != NULL)
		len++;
	text_add(maker->text, span_of(choose_of(maker, words, len)));
}

static void
make_value(struct maker *maker, const struct part *part, int depth)
{
	struct part one = { NULL, 's', part->inner, part->words };

	if (depth == DEPTH_MAX || choose(maker) >= ODD + 16) {
		make_raw(maker, odd_values);
		return;
	}
	switch (part->kind) {
	case 's':
		make_string(maker, part->words);
		break;
	case 'b':
		make_raw(maker, truths);
		break;
	case 'i':
		make_raw(maker, numbers);
		break;
	case 'o':
		make_object(maker, part->inner, depth);
		break;
	case 'S':
		make_array(maker, &one, depth);
		break;
	case 'O':
		one.kind = 'o';
		make_array(maker, &one, depth);
		break;
	case 'm':
		one.words = body_values;
		make_map(maker, &one, part->words, depth);
		break;
	case 'e':
		one = (struct part){ NULL, 'r', NULL, nothing };
		make_map(maker, &one, part->words, depth);
		break;
	case 'M':
		one.kind = 'o';
		make_map(maker, &one, part->words, depth);
		break;
	case 'P':
		one.kind = 'O';
		make_map(maker, &one, part->words, depth);
		break;
	case 'r':
		make_raw(maker, part->words);
		break;
	}
}

void
body_make(const struct part *parts, const uint8_t *bytes, size_t len,
    struct text *text)
{
	struct maker maker = { bytes, len, text };

	make_object(&maker, parts, 0);
}
