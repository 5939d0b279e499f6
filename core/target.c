/* SPDX-License-Identifier: MIT */
/* Request targets. The daemons decode a path before they route it (Docker) or
 * after (Podman), clean it, and read version prefixes loosely; so only a
 * spelling that all of them read alike is let through. */

#include <string.h>

#include "core/target.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Whatever names an image, a container or a registry. */
static bool
is_path_byte(char c)
{
	return is_alphanumeric(c) || (c != '\0' && strchr("_.:@/+-", c));
}

/* The byte that "%XX" stands for, or -1. */
static int
unescape(struct span s)
{
	int high, low;

	if (s.len < 3)
		return -1;
	high = text_hex(s.at[1]);
	low = text_hex(s.at[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* A number without sign or leading zero, of at most 3 digits; 0 for none. */
static unsigned
cut_number(struct span *s)
{
	unsigned number = 0;
	size_t i;

	if (s->len > 0 && *s->at == '0') {
		s->at++;
		s->len--;
		return 0;
	}
	for (i = 0; i < 3 && i < s->len && is_digit(s->at[i]); i++)
		number = number * 10 + (unsigned)(s->at[i] - '0');
	s->at += i;
	s->len -= i;
	return number;
}

static bool
cut(struct span *s, char c)
{
	if (s->len == 0 || *s->at != c)
		return false;
	s->at++;
	s->len--;
	return true;
}

/* A segment that begins with "v" and a digit is a version or a mistake: no
 * route is called so. */
static bool
has_version(struct span path)
{
	return path.len > 2 && path.at[1] == 'v' && is_digit(path.at[2]);
}

/* Take the version off the front of target->path. */
static const char *
read_version(struct target *target)
{
	struct span rest = target->path, version;
	unsigned major, minor;

	if (!has_version(rest))
		return NULL;
	rest.at += 2;
	rest.len -= 2;
	version = rest;
	major = cut_number(&rest);
	if (!cut(&rest, '.') || rest.len == 0 || !is_digit(*rest.at))
		return "a bad API version";
	minor = cut_number(&rest);
	if (rest.len > 0 && *rest.at == '.') {
		rest.at++;
		rest.len--;
		if (major == 0 || rest.len == 0 || !is_digit(*rest.at))
			return "a bad API version";
		cut_number(&rest);
		if (!span_starts(rest, SPAN("/libpod/")))
			return "a bad API version";
		target->api = TARGET_LIBPOD;
	} else {
		if (major != 1 || minor < 24)
			return "an API version that is not v1.24 or later";
		if (span_starts(rest, SPAN("/libpod/")))
			return "a Docker API version before libpod";
		target->api = TARGET_DOCKER;
	}
	if (rest.len == 0 || *rest.at != '/' || has_version(rest))
		return "a bad API version";
	target->version = (struct span){ version.at, version.len - rest.len };
	target->path = rest;
	return NULL;
}

/* No empty segment, and none that a file system would read as "here" or "up",
 * but the last one may be empty. */
static const char *
check_segments(struct span path)
{
	struct span segment;
	const char *slash;

	for (;;) {
		path.at++;
		path.len--;
		slash = memchr(path.at, '/', path.len);
		segment.at = path.at;
		segment.len =
		    slash == NULL ? path.len : (size_t)(slash - path.at);
		if (span_eq(segment, SPAN(".")) || span_eq(segment, SPAN("..")))
			return "a dot segment in the path";
		if (slash == NULL)
			return NULL;
		if (segment.len == 0)
			return "an empty segment in the path";
		path.at += segment.len;
		path.len -= segment.len;
	}
}

static const char bad_escape[] = "an escaped '/' or '%' in the path";

/* Decode the path once, into the store where it has escapes at all. *slash is
 * where the first escaped '/' went, or NULL. */
static const char *
decode_path(struct span *path, char store[LIMIT_TARGET], const char **slash)
{
	struct span rest = *path;
	size_t len = 0;
	int c;

	*slash = NULL;
	if (memchr(path->at, '%', path->len) == NULL) {
		for (; len < path->len; len++)
			if (!is_path_byte(path->at[len]))
				return "a byte in the path that no name has";
		return NULL;
	}
	while (rest.len > 0) {
		c = (unsigned char)*rest.at;
		if (c == '%') {
			if ((c = unescape(rest)) == -1)
				return "a bad escape in the path";
			if (c == '%')
				return bad_escape;
			if (c == '/' && *slash == NULL)
				*slash = store + len;
			rest.at += 2;
			rest.len -= 2;
		}
		if (c > 0x7f || !is_path_byte((char)c))
			return "a byte in the path that no name has";
		store[len++] = (char)c;
		rest.at++;
		rest.len--;
	}
	*path = (struct span){ store, len };
	return NULL;
}

/* Podman's clients escape the slashes in the name of an image. What it routes
 * there by the last segment means the same without: such a '/' may stand
 * behind "/libpod/x/", and is judged and sent as any other. */
static bool
may_escape_slash(const struct target *target, const char *slash)
{
	const char *first = target->path.at + SPAN("/libpod/").len;

	return target->api == TARGET_LIBPOD && slash > first &&
	       memchr(first, '/', (size_t)(slash - first)) != NULL;
}

/* Query strings are looser than RFC 3986: clients written with curl send raw
 * JSON in "filters". What is decoded is encoded anew, so that only those
 * bytes matter that readers split at differently. */
static const char *
check_query(struct span query)
{
	struct span rest;
	size_t i;

	for (i = 0; i < query.len; i++) {
		rest = (struct span){ query.at + i, query.len - i };
		if (*rest.at <= ' ' || *rest.at == 0x7f)
			return "a bad byte in the query";
		if (*rest.at == ';')
			return "a ';' in the query";
		if (*rest.at == '%' && unescape(rest) <= 0)
			return "a bad escape in the query";
	}
	return NULL;
}

const char *
target_read(struct target *target, struct span raw, char store[LIMIT_TARGET])
{
	const char *mark, *slash, *why;

	*target =
	    (struct target){ TARGET_UNVERSIONED, SPAN(""), raw, SPAN("") };
	if (raw.len == 0 || raw.len > LIMIT_TARGET || *raw.at != '/')
		return "a target that is not an absolute path";
	if (memchr(raw.at, '#', raw.len) != NULL)
		return "a fragment in the target";
	if ((mark = memchr(raw.at, '?', raw.len)) != NULL) {
		target->path.len = (size_t)(mark - raw.at);
		target->query =
		    (struct span){ mark + 1, raw.len - target->path.len - 1 };
	}
	if ((why = decode_path(&target->path, store, &slash)) != NULL ||
	    (why = check_segments(target->path)) != NULL ||
	    (why = read_version(target)) != NULL)
		return why;
	if (slash != NULL && !may_escape_slash(target, slash))
		return bad_escape;
	return check_query(target->query);
}

bool
target_parameter(struct span *query, struct span *name, struct span *value)
{
	const char *equals;

	if (!span_word(query, "&", name))
		return false;
	*value = SPAN("");
	equals = memchr(name->at, '=', name->len);
	if (equals != NULL) {
		value->at = equals + 1;
		value->len = name->len - (size_t)(equals - name->at) - 1;
		name->len = (size_t)(equals - name->at);
	}
	return true;
}

bool
target_decode(struct span encoded, struct text *text)
{
	int c;

	while (encoded.len > 0) {
		c = (unsigned char)*encoded.at;
		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if ((c = unescape(encoded)) <= 0)
				return false;
			encoded.at += 2;
			encoded.len -= 2;
		}
		text_char(text, (char)c);
		encoded.at++;
		encoded.len--;
	}
	return true;
}

void
target_encode(struct span decoded, struct text *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char escape[3] = "%XX";
	size_t i;
	unsigned char c;

	for (i = 0; i < decoded.len; i++) {
		c = (unsigned char)decoded.at[i];
		if (is_alphanumeric((char)c) ||
		    (c != '\0' && strchr("-_.~", c) != NULL)) {
			text_char(text, (char)c);
		} else if (c == ' ') {
			text_char(text, '+');
		} else {
			escape[1] = hex[c >> 4];
			escape[2] = hex[c & 15];
			text_add(text, (struct span){ escape, 3 });
		}
	}
}
