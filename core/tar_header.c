/* SPDX-License-Identifier: MIT */
/* One header block of a tar archive, in the three layouts that there are: v7,
 * ustar (POSIX.1-1988) and GNU's. Every field that anybody could read is read
 * strictly, also those whose value is not used. */

#include <string.h>

#include "core/tar_parts.h"

enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_CHECKSUM = 148,
	AT_FLAG = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345,
	AT_USTAR_END = 500,
	AT_GNU_ATIME = 345,
	AT_GNU_CTIME = 357,
	AT_GNU_END = 369, /* what is behind is for sparse files and volumes */
	MAGIC = 8,	  /* with the version */
	NAME = 100,
	PREFIX = 155,
	SHORT_NUMBER = 8,
	LONG_NUMBER = 12
};

static bool
is_zero(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (at[i] != '\0')
			return false;
	return true;
}

/* Text ends with its field, or with a NUL and nothing behind it. */
static bool
read_text(struct span *text, const char *at, size_t size)
{
	const char *end = memchr(at, '\0', size);

	*text = (struct span){ at, end == NULL ? size : (size_t)(end - at) };
	return is_zero(at + text->len, size - text->len);
}

/* Octal digits, behind spaces, and before a space or a NUL; or none. */
static bool
read_octal(int64_t *number, const char *at, size_t size)
{
	size_t i = 0;

	*number = 0;
	while (i < size && at[i] == ' ')
		i++;
	while (i < size && at[i] >= '0' && at[i] <= '7')
		*number = *number * 8 + (at[i++] - '0');
	if (i == size)
		return at[size - 1] == ' ';
	while (i < size && (at[i] == ' ' || at[i] == '\0'))
		i++;
	return i == size;
}

/* GNU's: a first byte of 0x80, or 0xff below zero, and the rest of the field
 * is a number of two's complement, most significant byte first. */
static bool
read_base_256(int64_t *number, const char *at, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)at;
	const unsigned char fill = bytes[0] == 0xff ? 0xff : 0;
	uint64_t value = fill == 0 ? 0 : UINT64_MAX;
	size_t i;

	if (bytes[0] != 0x80 && bytes[0] != 0xff)
		return false;
	for (i = 1; i < size; i++) {
		/* What is pushed out, and the sign, must be mere filling. */
		if (value >> 55 != (fill == 0 ? 0 : UINT64_MAX >> 55))
			return false;
		value = value << 8 | bytes[i];
	}
	*number = (int64_t)value;
	return true;
}

static bool
read_number(int64_t *number, const char *at, size_t size, bool gnu)
{
	if (gnu && (*at & 0x80) != 0)
		return read_base_256(number, at, size);
	return read_octal(number, at, size);
}

static bool
read_unsigned(uint64_t *number, const char *at, size_t size, bool gnu)
{
	int64_t value;

	if (!read_number(&value, at, size, gnu) || value < 0)
		return false;
	*number = (uint64_t)value;
	return true;
}

/* The sum of all bytes, those of the sum itself being spaces. */
static bool
checksum_is_right(const char *block)
{
	const size_t end = AT_CHECKSUM + SHORT_NUMBER;
	int64_t said, sum = SHORT_NUMBER * ' ';
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		if (i < AT_CHECKSUM || i >= end)
			sum += (unsigned char)block[i];
	return read_octal(&said, block + AT_CHECKSUM, SHORT_NUMBER) &&
	       said == sum;
}

/* The part in which the layouts differ. GNU tar writes device numbers in v7
 * archives too. */
static const char *
read_layout(struct tar_header *header, const char *block, bool *gnu)
{
	const char *magic = block + AT_MAGIC;
	const bool v7 = is_zero(magic, AT_MAJOR - AT_MAGIC);
	int64_t unused;

	*gnu = memcmp(magic, "ustar  ", MAGIC) == 0;
	header->prefix = (struct span){ "", 0 };
	if (!v7 && !*gnu && memcmp(magic, "ustar\00000", MAGIC) != 0)
		return "an unknown format";
	if (!read_number(&unused, block + AT_MAJOR, SHORT_NUMBER, *gnu) ||
	    !read_number(&unused, block + AT_MINOR, SHORT_NUMBER, *gnu))
		return "a bad device number";
	if (v7)
		return is_zero(block + AT_PREFIX, TAR_BLOCK - AT_PREFIX)
			   ? NULL
			   : "an unknown format";
	if (*gnu) {
		if (!read_number(
			&unused, block + AT_GNU_ATIME, LONG_NUMBER, true) ||
		    !read_number(
			&unused, block + AT_GNU_CTIME, LONG_NUMBER, true))
			return "a bad time";
		if (!is_zero(block + AT_GNU_END, TAR_BLOCK - AT_GNU_END))
			return "a part of a sparse file or of a volume";
		return NULL;
	}
	if (!read_text(&header->prefix, block + AT_PREFIX, PREFIX))
		return "a NUL in its name";
	if (!is_zero(block + AT_USTAR_END, TAR_BLOCK - AT_USTAR_END))
		return "an unknown format";
	return NULL;
}

const char *
tar_header_read(struct tar_header *header, const char *block)
{
	const char *why;
	uint64_t mode;
	bool gnu;

	if (!checksum_is_right(block))
		return "a bad checksum";
	if ((why = read_layout(header, block, &gnu)) != NULL)
		return why;
	header->flag = block[AT_FLAG];
	if (!read_text(&header->name, block + AT_NAME, NAME) ||
	    !read_text(&header->link, block + AT_LINK, NAME))
		return "a NUL in its name";
	if (!read_unsigned(&mode, block + AT_MODE, SHORT_NUMBER, false))
		return "a bad mode";
	header->mode = (uint32_t)mode;
	if (!read_unsigned(&header->uid, block + AT_UID, SHORT_NUMBER, gnu) ||
	    !tar_id_fits(header->uid) ||
	    !read_unsigned(&header->gid, block + AT_GID, SHORT_NUMBER, gnu) ||
	    !tar_id_fits(header->gid))
		return "a bad uid or gid";
	if (!read_unsigned(&header->size, block + AT_SIZE, LONG_NUMBER, gnu))
		return "a bad size";
	if (!read_number(&header->mtime, block + AT_MTIME, LONG_NUMBER, gnu) ||
	    !tar_time_fits(header->mtime))
		return "a bad time";
	return NULL;
}
