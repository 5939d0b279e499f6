/* SPDX-License-Identifier: MIT */
/* An entry's header, in the one way in which it can be written: ustar, and
 * before it a PAX header for that which does not fit. What a PAX header says
 * is not said a second time, in another way, by the header behind it. */

#include <assert.h>
#include <string.h>

#include "core/tar_parts.h"

enum {
	NAME = 100,
	ID_LARGEST = (1 << 21) - 1 /* 7 octal digits */
};

static const uint64_t size_largest = (UINT64_C(1) << 33) - 1; /* 11 */

/* One header block's fields. */
struct fields {
	struct span name;
	struct span link; /* or nothing */
	uint64_t mode;
	uint64_t uid;
	uint64_t gid;
	uint64_t size;
	uint64_t mtime;
	char flag;
};

/* As many octal digits as there is room for, and a NUL. */
static void
put_octal(char *at, size_t size, uint64_t number)
{
	at[--size] = '\0';
	while (size > 0) {
		at[--size] = (char)('0' + number % 8);
		number /= 8;
	}
}

static void
put_block(struct text *to, const struct fields *fields)
{
	char block[TAR_BLOCK] = { 0 };
	uint64_t sum = 0;
	size_t i;

	memcpy(block, fields->name.at, fields->name.len);
	put_octal(block + 100, 8, fields->mode);
	put_octal(block + 108, 8, fields->uid);
	put_octal(block + 116, 8, fields->gid);
	put_octal(block + 124, 12, fields->size);
	put_octal(block + 136, 12, fields->mtime);
	memset(block + 148, ' ', 8);
	block[156] = fields->flag;
	if (fields->link.len > 0)
		memcpy(block + 157, fields->link.at, fields->link.len);
	memcpy(block + 257, "ustar\00000", 8);
	put_octal(block + 329, 8, 0);
	put_octal(block + 337, 8, 0);
	for (i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	put_octal(block + 148, 7, sum);
	text_add(to, (struct span){ block, sizeof(block) });
}

/* LENGTH KEY=VALUE\n, the length's own digits being counted. */
static void
put_record(struct text *to, struct span key, struct span value)
{
	const size_t others = key.len + value.len + 3;
	size_t len = others + 1, power;

	for (power = 10; len >= power; power *= 10)
		len++;
	text_number(to, len);
	text_char(to, ' ');
	text_add(to, key);
	text_char(to, '=');
	text_add(to, value);
	text_char(to, '\n');
}

static void
put_number(struct text *to, struct span key, bool minus, uint64_t number)
{
	char memory[24];
	struct text digits = TEXT(memory);

	if (minus)
		text_char(&digits, '-');
	text_number(&digits, number);
	put_record(to, key, text_span(&digits));
}

/* Say one thing in the header if it fits, otherwise in a record. */
static uint64_t
place(struct text *records, struct span key, uint64_t number, uint64_t largest)
{
	if (number <= largest)
		return number;
	put_number(records, key, false, number);
	return 0;
}

static uint64_t
place_time(struct text *records, int64_t seconds)
{
	if (seconds >= 0)
		return place(
		    records, SPAN("mtime"), (uint64_t)seconds, size_largest);
	put_number(records, SPAN("mtime"), true, (uint64_t)-seconds);
	return 0;
}

static struct span
place_name(struct text *records, struct span key, struct span name)
{
	if (name.len <= NAME)
		return name;
	put_record(records, key, name);
	return SPAN("@long");
}

static void
put_pax(struct text *to, const struct text *records)
{
	static const char zeros[TAR_BLOCK];
	const struct fields fields = {
		.name = SPAN("@pax"),
		.mode = 0644,
		.size = records->len,
		.flag = 'x',
	};

	put_block(to, &fields);
	text_add(to, text_span(records));
	text_add(to, (struct span){ zeros, -records->len % TAR_BLOCK });
}

void
tar_write(struct text *to, const struct tar_entry *entry, bool first)
{
	char memory[TAR_WRITTEN - 2 * TAR_BLOCK];
	struct text records = TEXT(memory);
	struct fields fields = { .mode = entry->mode };
	struct span name = entry->name;

	fields.flag = (char)entry->type;
	if (entry->type == TAR_DIRECTORY)
		name.len++; /* the slash that stands behind it */
	fields.name = place_name(&records, SPAN("path"), name);
	fields.link = place_name(&records, SPAN("linkpath"), entry->target);
	fields.size = place(&records, SPAN("size"), entry->size, size_largest);
	fields.uid = place(&records, SPAN("uid"), entry->uid, ID_LARGEST);
	fields.gid = place(&records, SPAN("gid"), entry->gid, ID_LARGEST);
	fields.mtime = place_time(&records, entry->mtime);
	if (first && records.len == 0)
		put_record(&records, SPAN("comment"), SPAN("postern"));
	assert(!records.full);
	if (records.len > 0)
		put_pax(to, &records);
	put_block(to, &fields);
	assert(!to->full);
}
