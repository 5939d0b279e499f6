/* SPDX-License-Identifier: MIT */
/* Archives to be unpacked by root. The first two bytes of the input say how
 * the rest is cut, and whether the checksums of its blocks are to be mended,
 * which no fuzzer finds. What is written
 *   - is the same however the input is cut;
 *   - has, for a reader that knows nothing, only harmless entries;
 *   - if it is complete, means itself: passed again, it is the same. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/coding.h"
#include "core/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	BLOCK = 512,
	LIMIT = 256 * 1024,
	ROOM = 4096
};

/* Both, the one behind the other, as a session has them. */
struct feed {
	struct coding *coding;
	struct tar *tar;
	enum tar_result result;
	struct buf out;
	size_t room; /* of each step */
};

static void
feed_tar(struct feed *feed, struct span bytes)
{
	size_t written;
	char *out;

	do {
		/* Memory of its own, so that a sanitizer sees its end. */
		out = malloc(feed->room);
		assert(out != NULL);
		feed->result =
		    tar_pass(feed->tar, &bytes, out, feed->room, &written);
		assert(written <= feed->room);
		assert(buf_add(&feed->out, out, written));
		free(out);
	} while (feed->result != TAR_BAD && written == feed->room);
	assert(feed->result == TAR_BAD || bytes.len == 0);
}

static void
feed_coding(struct feed *feed, struct span bytes)
{
	struct span out;
	char *room;

	do {
		room = malloc(feed->room);
		assert(room != NULL);
		if (coding_pass(feed->coding, &bytes, room, feed->room, &out) ==
		    CODING_BAD) {
			assert(*coding_why(feed->coding) != '\0');
			feed->result = TAR_BAD;
		} else {
			feed_tar(feed, out);
		}
		free(room);
	} while (feed->result != TAR_BAD && out.len > 0);
	assert(feed->result == TAR_BAD || bytes.len == 0);
}

/* Pass it whole, in so many bytes at a time. *out is the caller's. */
static enum tar_result
pass(struct span in, uint64_t limit, size_t step, size_t room, struct buf *out)
{
	struct feed feed = { coding_new(limit), tar_new(limit), TAR_MORE, { 0 },
		room };
	struct span piece;
	char *bytes;

	assert(feed.coding != NULL && feed.tar != NULL);
	while (in.len > 0 && feed.result != TAR_BAD) {
		piece.len = in.len < step ? in.len : step;
		piece.at = bytes = malloc(piece.len);
		assert(bytes != NULL);
		memcpy(bytes, in.at, piece.len);
		feed_coding(&feed, piece);
		free(bytes);
		in.at += piece.len;
		in.len -= piece.len;
	}
	if (feed.result == TAR_DONE && !coding_end(feed.coding))
		feed.result = TAR_MORE;
	coding_free(feed.coding);
	tar_free(feed.tar);
	*out = feed.out;
	return feed.result;
}

static uint64_t
octal(const char *at, size_t size)
{
	uint64_t number = 0;

	assert(at[--size] == '\0');
	for (; size > 0; size--, at++) {
		assert(*at >= '0' && *at <= '7');
		number = number * 8 + (uint64_t)(*at - '0');
	}
	return number;
}

static unsigned int
sum(const char *block)
{
	unsigned int all = 0;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		all += i >= 148 && i < 156 ? ' ' : (unsigned char)block[i];
	return all;
}

/* Neither absolute nor with a component that leads elsewhere. */
static void
check_name(const char *at, size_t len)
{
	size_t i, start = 0;

	assert(len > 0 && *at != '/');
	assert(memchr(at, '\0', len) == NULL);
	for (i = 0; i <= len; i++) {
		if (i < len && at[i] != '/')
			continue;
		assert(i - start != 2 || memcmp(at + start, "..", 2) != 0);
		assert(i - start < 4 || memcmp(at + start, ".wh.", 4) != 0);
		start = i + 1;
	}
}

static size_t
field_len(const char *at, size_t size)
{
	const char *end = memchr(at, '\0', size);

	return end == NULL ? size : (size_t)(end - at);
}

/* The value of a record, or NULL. */
static const char *
record(const char *at, size_t len, const char *key, size_t *value_len)
{
	const size_t key_len = strlen(key);
	size_t line;
	char *end;

	while (len > 0) {
		line = strtoul(at, &end, 10);
		assert(line > 0 && line <= len && *end == ' ');
		assert(at[line - 1] == '\n');
		end++;
		if (strncmp(end, key, key_len) == 0) {
			*value_len = line - (size_t)(end - at) - key_len - 1;
			return end + key_len;
		}
		at += line;
		len -= line;
	}
	return NULL;
}

/* One entry's own header. The records of a PAX header before it, or none. */
static uint64_t
check_entry(const char *block, const char *records, size_t len)
{
	const char *name = block, *target = block + 157, *value;
	size_t name_len = field_len(block, 100);
	size_t target_len = field_len(block + 157, 100), value_len;
	const uint64_t mode = octal(block + 100, 8);
	uint64_t size = octal(block + 124, 12);

	assert(memchr("0125", block[156], 4) != NULL);
	assert((mode & ~(block[156] == '5' ? 01777ULL : 0777ULL)) == 0);
	octal(block + 108, 8);
	octal(block + 116, 8);
	octal(block + 136, 12);
	if ((value = record(records, len, "path=", &value_len)) != NULL) {
		name = value;
		name_len = value_len;
	}
	if ((value = record(records, len, "linkpath=", &value_len)) != NULL) {
		target = value;
		target_len = value_len;
	}
	if ((value = record(records, len, "size=", &value_len)) != NULL)
		size = strtoull(value, NULL, 10);
	check_name(name, name_len);
	assert((name[name_len - 1] == '/') == (block[156] == '5'));
	assert(target_len > 0 || block[156] == '0' || block[156] == '5');
	if (block[156] == '1')
		check_name(target, target_len);
	if (block[156] == '2')
		assert(*target != '/');
	assert(block[156] == '0' || size == 0);
	return size;
}

/* Walk over what was written, as far as it goes. */
static void
check_output(const char *at, size_t len, bool whole)
{
	static const char zeros[2 * BLOCK];
	const char *records = NULL;
	size_t records_len = 0;
	uint64_t size;

	while (len >= BLOCK && *at != '\0') {
		assert(memcmp(at + 257, "ustar\00000", 8) == 0);
		assert(octal(at + 148, 7) == sum(at) && at[155] == ' ');
		if (at[156] == 'x') {
			assert(records == NULL);
			size = octal(at + 124, 12);
			if (size > len - BLOCK) {
				assert(!whole);
				return;
			}
			records = at + BLOCK;
			records_len = (size_t)size;
		} else {
			size = check_entry(at, records, records_len);
			records = NULL;
			records_len = 0;
		}
		size += BLOCK + -size % BLOCK;
		if (size > len) {
			assert(!whole);
			return;
		}
		at += size;
		len -= (size_t)size;
	}
	if (whole)
		assert(len == sizeof(zeros) && memcmp(at, zeros, len) == 0);
}

static void
mend(char *bytes, size_t len)
{
	static const char digits[] = "01234567";
	unsigned int all;
	char *at;
	size_t i;

	for (; len >= BLOCK; bytes += BLOCK, len -= BLOCK) {
		if (memcmp(bytes + 257, "ustar", 5) != 0)
			continue;
		all = sum(bytes);
		at = bytes + 148;
		for (i = 6; i > 0; i--, all >>= 3)
			at[i - 1] = digits[all & 7];
		at[6] = '\0';
		at[7] = ' ';
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out, cut, again;
	enum tar_result result;
	struct span in;
	char *bytes;

	if (size < 2 || (bytes = malloc(size - 2)) == NULL)
		return 0;
	if (size > 2)
		memcpy(bytes, data + 2, size - 2);
	if ((data[0] & 1) != 0)
		mend(bytes, size - 2);
	in = (struct span){ bytes, size - 2 };
	result = pass(in, LIMIT, LIMIT, ROOM, &out);
	assert(pass(in, LIMIT, data[0] + 1U, data[1] + 1U, &cut) == result);
	/* A coding that is refused may have given more of its bytes before,
	 * if it was asked for less at a time. */
	if (result != TAR_BAD)
		assert(span_eq(buf_span(&out), buf_span(&cut)));
	check_output(buf_span(&out).at, out.len, result == TAR_DONE);
	check_output(buf_span(&cut).at, cut.len, result == TAR_DONE);
	if (result == TAR_DONE) {
		/* A short header can have meant a long one. */
		assert(pass(buf_span(&out), 4 * LIMIT, LIMIT, ROOM, &again) ==
		       TAR_DONE);
		assert(span_eq(buf_span(&out), buf_span(&again)));
		buf_clear(&again);
	}
	buf_clear(&out);
	buf_clear(&cut);
	free(bytes);
	return 0;
}
