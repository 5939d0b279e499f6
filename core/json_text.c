/* SPDX-License-Identifier: MIT */
/* What stands inside JSON's strings: characters, escapes, and names that Go
 * takes for one another. Nothing is repaired. */

#include <endian.h>
#include <string.h>

#include "core/json_parts.h"
#include "core/text.h"

/* A word of eight bytes that are all the same. */
#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 &&
	       c != '"' && c != '\\';
}

/* How many of eight bytes stand before the first that is not plain. A byte that
 * is 0 is one less than 0 when 1 is taken from it, and so on: the borrow sets
 * its highest bit. It may set a neighbour's as well, but only behind one that
 * was found. */
static size_t
plain_of_eight(const char *at)
{
	uint64_t word, quote, backslash, found;

	memcpy(&word, at, sizeof(word));
	word = le64toh(word);
	quote = word ^ ALL('"');
	backslash = word ^ ALL('\\');
	found = (word | (word - ALL(0x20)) | (quote - ALL(1)) |
		    (backslash - ALL(1))) &
		ALL(0x80);
	return found == 0 ? sizeof(word) : (size_t)__builtin_ctzll(found) / 8;
}

size_t
json_plain(const char *at, size_t len)
{
	size_t plain, i;

	for (i = 0; len - i >= 8; i += 8)
		if ((plain = plain_of_eight(at + i)) < 8)
			return i + plain;
	/* The last eight: those that were seen before are plain. */
	if (len >= 8)
		return len - 8 + plain_of_eight(at + len - 8);
	while (i < len && is_plain(at[i]))
		i++;
	return i;
}

size_t
json_character(const char *at, size_t len)
{
	const unsigned char *s = (const unsigned char *)at;
	unsigned char low = 0x80, high = 0xbf;
	size_t size, i;

	if (len == 0)
		return 0;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		size = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		size = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		size = 4;
	else
		return 0;
	/* Neither longer than needed, nor a surrogate, nor behind the last. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (len < size || s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < size; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return size;
}

bool
json_is_text(struct span text)
{
	size_t i = 0, size;

	if (text.len > UINT32_MAX)
		return false;
	while (i < text.len) {
		size = (unsigned char)text.at[i] < 0x80
			   ? text.at[i] != '\0'
			   : json_character(text.at + i, text.len - i);
		if (size == 0)
			return false;
		i += size;
	}
	return true;
}

const char *
json_quote(const char *at, const char *end)
{
	while ((at += json_plain(at, (size_t)(end - at))) < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at;
}

/* Four digits. */
static bool
read_hex(const char *at, const char *end, uint32_t *code)
{
	size_t i;
	int digit;

	if (end - at < 4)
		return false;
	*code = 0;
	for (i = 0; i < 4; i++) {
		if ((digit = text_hex(at[i])) == -1)
			return false;
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* Behind "\u". No NULs, and no half of a pair. */
static bool
read_code(const char **at, const char *end, uint32_t *code)
{
	uint32_t low;

	if (!read_hex(*at, end, code) || *code == 0 ||
	    (*code >= 0xdc00 && *code <= 0xdfff))
		return false;
	*at += 4;
	if (*code < 0xd800 || *code > 0xdbff)
		return true;
	if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
	    !read_hex(*at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*at += 6;
	*code = 0x10000 + ((*code - 0xd800) << 10 | (low - 0xdc00));
	return true;
}

static char *
put_code(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

/* Behind a backslash. What is written is never longer than what is read. */
static char *
read_escape(const char **at, const char *end, char *out)
{
	static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t code;

	if (*at == end)
		return NULL;
	if (**at == 'u') {
		++*at;
		return read_code(at, end, &code) ? put_code(out, code) : NULL;
	}
	found = memchr(escapes, **at, sizeof(escapes) - 1);
	if (found == NULL)
		return NULL;
	++*at;
	*out++ = meant[found - escapes];
	return out;
}

char *
json_unescape(const char *at, const char *end, char *out)
{
	size_t len;

	while (out != NULL && at < end) {
		len = json_plain(at, (size_t)(end - at));
		if (len == 0 && *at == '\\') {
			at++;
			out = read_escape(&at, end, out);
			continue;
		}
		if (len == 0)
			len = json_character(at, (size_t)(end - at));
		if (len == 0)
			return NULL;
		memcpy(out, at, len);
		out += len;
		at += len;
	}
	return out;
}

/* The next character of *s, folded; of others than ASCII the first byte. */
static unsigned char
fold(struct span *s)
{
	static const struct span long_s = { "\xc5\xbf", 2 };
	static const struct span kelvin = { "\xe2\x84\xaa", 3 };
	unsigned char c = (unsigned char)*s->at;
	size_t used = 1;

	if (c >= 'A' && c <= 'Z') {
		c = (unsigned char)(c - 'A' + 'a');
	} else if (c >= 0x80 && span_starts(*s, long_s)) {
		c = 's';
		used = long_s.len;
	} else if (c >= 0x80 && span_starts(*s, kelvin)) {
		c = 'k';
		used = kelvin.len;
	}
	s->at += used;
	s->len -= used;
	return c;
}

bool
json_folds(struct span key, struct span other)
{
	while (key.len > 0 && other.len > 0)
		if (fold(&key) != fold(&other))
			return false;
	return key.len == 0 && other.len == 0;
}
