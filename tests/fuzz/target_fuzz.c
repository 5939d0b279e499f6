/* SPDX-License-Identifier: MIT */
/* Request targets. What is let through
 *   - has a path of the bytes and segments that the header promises;
 *   - written anew from its parts, is let through with the same parts. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
check_path(const struct target *target)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.:@/+-";
	struct span path = target->path, segment;
	size_t i;

	assert(path.len > 0 && *path.at == '/');
	for (i = 0; i < path.len; i++) {
		assert(memchr(good, path.at[i], sizeof(good) - 1) != NULL);
		assert(i == 0 || path.at[i] != '/' || path.at[i - 1] != '/');
	}
	/* A daemon must not find a version where none was seen. */
	assert(path.len < 3 || path.at[1] != 'v' || !is_digit(path.at[2]));
	while (span_word(&path, "/", &segment))
		assert(!span_eq(segment, SPAN(".")) &&
		       !span_eq(segment, SPAN("..")));
}

/* Its numbers, spelled as numbers are. */
static void
check_version(const struct target *target)
{
	struct span rest = target->version, word;
	unsigned long number[3] = { 0 };
	char digits[8], *end;
	size_t count = 0;

	while (span_word(&rest, ".", &word)) {
		assert(count < 3 && word.len < sizeof(digits));
		assert(word.len == 1 || *word.at != '0');
		memcpy(digits, word.at, word.len);
		digits[word.len] = '\0';
		number[count++] = strtoul(digits, &end, 10);
		assert(end == digits + word.len);
	}
	switch (target->api) {
	case TARGET_UNVERSIONED:
		assert(target->version.len == 0);
		break;
	case TARGET_DOCKER:
		assert(count == 2 && number[0] == 1 && number[1] >= 24);
		break;
	case TARGET_LIBPOD:
		assert(count == 3);
		assert(span_starts(target->path, SPAN("/libpod/")));
		break;
	}
}

/* Decode a piece of a query and encode it onto the text. */
static void
recode(struct span encoded, struct text *text)
{
	char memory[LIMIT_TARGET];
	struct text decoded = TEXT(memory);

	assert(target_decode(encoded, &decoded));
	assert(!decoded.full);
	target_encode(text_span(&decoded), text);
}

static void
write_anew(const struct target *target, struct text *text)
{
	struct span query = target->query, name, value;
	char mark = '?';

	if (target->version.len > 0) {
		text_add(text, SPAN("/v"));
		text_add(text, target->version);
	}
	text_add(text, target->path);
	while (target_parameter(&query, &name, &value)) {
		text_char(text, mark);
		recode(name, text);
		text_char(text, '=');
		recode(value, text);
		mark = '&';
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char store[LIMIT_TARGET], store_again[LIMIT_TARGET];
	char memory[4 * LIMIT_TARGET], memory_again[sizeof(memory)];
	struct text anew = TEXT(memory), anew_again = TEXT(memory_again);
	struct target target, again;
	const char *why;
	size_t i;

	/* The other bytes do not come through http_request(). */
	for (i = 0; i < size; i++)
		if (data[i] <= ' ' || data[i] >= 0x7f)
			return 0;
	why = target_read(
	    &target, (struct span){ (const char *)data, size }, store);
	if (why != NULL)
		return 0;
	check_path(&target);
	check_version(&target);

	write_anew(&target, &anew);
	assert(!anew.full);
	if (anew.len > LIMIT_TARGET)
		return 0;
	assert(target_read(&again, text_span(&anew), store_again) == NULL);
	assert(again.api == target.api);
	assert(span_eq(again.version, target.version));
	assert(span_eq(again.path, target.path));
	write_anew(&again, &anew_again);
	assert(span_eq(text_span(&anew_again), text_span(&anew)));
	return 0;
}
