/* SPDX-License-Identifier: MIT */
/* The records of a PAX header (POSIX.1-2001, pax, "Extended Header"): lines
 * of "LENGTH KEY=VALUE\n", the length being the whole line's. Each key at
 * most once, and only keys that are known here. */

#include <string.h>

#include "core/tar_parts.h"

/* 15 digits are enough for any disk and any time. */
enum {
	DIGITS_LARGEST = 15
};

enum value {
	VALUE_NAME = 0,
	VALUE_NUMBER,
	VALUE_TIME,
	VALUE_CHARSET,
	VALUE_TEXT
};

#define KEY(key, value)                  \
	{                                \
		SPAN(key), VALUE_##value \
	}

/* The bits of tar_extra.has are the numbers of the rows. */
static const struct {
	struct span key;
	enum value value;
} keys[] = {
	KEY("path", NAME),
	KEY("linkpath", NAME),
	KEY("size", NUMBER),
	KEY("uid", NUMBER),
	KEY("gid", NUMBER),
	KEY("mtime", TIME),
	/* Read, and then dropped. */
	KEY("atime", TIME),
	KEY("ctime", TIME),
	KEY("LIBARCHIVE.creationtime", TIME),
	KEY("uname", TEXT),
	KEY("gname", TEXT),
	KEY("hdrcharset", CHARSET),
	KEY("comment", TEXT),
};

#define KEYS	    (sizeof(keys) / sizeof(*keys))
#define KEY_COMMENT (KEYS - 1)

/* 1 January of the years 1 and 10000. */
static const int64_t time_first = INT64_C(-62135596800);
static const int64_t time_end = INT64_C(253402300800);

bool
tar_id_fits(uint64_t id)
{
	return id < UINT32_MAX;
}

bool
tar_time_fits(int64_t seconds)
{
	return seconds >= time_first && seconds < time_end;
}

/* Cut digits off the front: at least one, and no zero before others. */
static bool
cut_number(struct span *rest, uint64_t *number)
{
	size_t i;

	*number = 0;
	for (i = 0; i < rest->len && rest->at[i] >= '0' && rest->at[i] <= '9';
	     i++) {
		if (i == DIGITS_LARGEST)
			return false;
		*number = *number * 10 + (uint64_t)(rest->at[i] - '0');
	}
	if (i == 0 || (i > 1 && *rest->at == '0'))
		return false;
	rest->at += i;
	rest->len -= i;
	return true;
}

static bool
cut_byte(struct span *rest, char byte)
{
	if (rest->len == 0 || *rest->at != byte)
		return false;
	rest->at++;
	rest->len--;
	return true;
}

/* Seconds, possibly below zero, possibly with a fraction: the second in
 * which it lies. */
static bool
read_time(int64_t *seconds, struct span value)
{
	const bool minus = cut_byte(&value, '-');
	bool fraction = false;
	uint64_t number;

	if (!cut_number(&value, &number))
		return false;
	if (cut_byte(&value, '.')) {
		if (value.len == 0)
			return false;
		for (; value.len > 0; value.at++, value.len--) {
			if (*value.at < '0' || *value.at > '9')
				return false;
			fraction = fraction || *value.at != '0';
		}
	}
	*seconds = (int64_t)number;
	if (minus)
		*seconds = -*seconds - (fraction ? 1 : 0);
	return value.len == 0 && tar_time_fits(*seconds);
}

static bool
read_number(uint64_t *number, struct span value)
{
	return cut_number(&value, number) && value.len == 0;
}

static const char *
read_value(struct tar_extra *extra, size_t key, struct span value)
{
	uint64_t number = 0;
	int64_t seconds = 0;

	switch (keys[key].value) {
	case VALUE_NAME:
		if (value.len == 0)
			return "an empty name";
		break;
	case VALUE_NUMBER:
		if (!read_number(&number, value))
			return "a bad number in a PAX header";
		break;
	case VALUE_TIME:
		if (!read_time(&seconds, value))
			return "a bad time in a PAX header";
		break;
	case VALUE_CHARSET:
		if (!span_eq(value, SPAN("BINARY")) &&
		    !span_eq(value, SPAN("ISO-IR 10646 2000 UTF-8")))
			return "an unknown charset in a PAX header";
		break;
	case VALUE_TEXT:
		break;
	}
	switch (1U << key) {
	case TAR_HAS_PATH:
		extra->path = value;
		break;
	case TAR_HAS_LINK:
		extra->link = value;
		break;
	case TAR_HAS_SIZE:
		extra->size = number;
		break;
	case TAR_HAS_UID:
		extra->uid = number;
		break;
	case TAR_HAS_GID:
		extra->gid = number;
		break;
	case TAR_HAS_MTIME:
		extra->mtime = seconds;
		break;
	}
	if ((extra->has & TAR_HAS_UID && !tar_id_fits(extra->uid)) ||
	    (extra->has & TAR_HAS_GID && !tar_id_fits(extra->gid)))
		return "a bad uid or gid";
	return NULL;
}

/* What an unknown key stands for, where that is known. */
static const char *
unknown(struct span key)
{
	if (span_starts(key, SPAN("SCHILY.xattr.")) ||
	    span_starts(key, SPAN("LIBARCHIVE.xattr.")))
		return "an extended attribute";
	if (span_starts(key, SPAN("SCHILY.acl.")))
		return "an access control list";
	if (span_starts(key, SPAN("GNU.sparse.")))
		return "a sparse file";
	return "an unknown PAX key";
}

static const char *
read_record(struct tar_extra *extra, struct span record, bool global)
{
	const char *equals = memchr(record.at, '=', record.len);
	struct span key, value;
	size_t i;

	extra->key = (struct span){ "", 0 };
	if (equals == NULL || memchr(record.at, '\0', record.len) != NULL)
		return "a bad PAX record";
	key = (struct span){ record.at, (size_t)(equals - record.at) };
	extra->key = key;
	value = (struct span){ equals + 1, record.len - key.len - 1 };
	for (i = 0; i < KEYS && !span_eq(keys[i].key, key); i++)
		continue;
	if (i == KEYS)
		return unknown(key);
	if (global && i != KEY_COMMENT)
		return "a global PAX header that says more than a comment";
	if ((extra->has & 1U << i) != 0)
		return "a PAX key twice";
	extra->has |= 1U << i;
	return read_value(extra, i, value);
}

const char *
tar_pax_read(struct tar_extra *extra, struct span records, bool global)
{
	struct span line;
	const char *why;
	uint64_t len;

	*extra = (struct tar_extra){ 0 };
	while (records.len > 0) {
		line = records;
		if (!cut_number(&line, &len) || len > records.len ||
		    !cut_byte(&line, ' '))
			break;
		line.len = (size_t)(line.at - records.at);
		if (len <= line.len || records.at[len - 1] != '\n')
			break;
		line.len = (size_t)len - line.len - 1;
		if ((why = read_record(extra, line, global)) != NULL)
			return why;
		records.at += len;
		records.len -= (size_t)len;
	}
	extra->key = (struct span){ "", 0 };
	return records.len > 0 ? "a bad PAX record" : NULL;
}
