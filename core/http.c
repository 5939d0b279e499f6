/* SPDX-License-Identifier: MIT */
/* Message heads: RFC 9112, sections 2 to 5, and of those only what a sender
 * MUST generate. What a recipient MAY accept besides is refused: every
 * such kindness is a place where two readers can differ.
 *
 * Stateless: a head that has not all come yet is read from its start again.
 * A wrong byte is seen as soon as it is there, so more input never makes a
 * bad head good. */

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "core/http.h"

enum {
	IS_VALUE = 1,  /* field-vchar, SP, HTAB: RFC 9110 section 5.5 */
	IS_TARGET = 2, /* what may stand in a request target: VCHAR */
	IS_TOKEN = 4,  /* tchar: RFC 9110 section 5.6.2 */
	IS_HOST = 8    /* in uri-host and port: RFC 3986 section 3.2 */
};

enum {
	V = IS_VALUE,
	GV = IS_TARGET | V,
	TGV = IS_TOKEN | GV,
	HGV = IS_HOST | GV,
	ALL = IS_HOST | TGV
};

/* Bytes over 0x7f are obs-text: opaque, and only good in values. */
static const unsigned char class_of[256] = {
	['\t'] = V,
	[' '] = V,
	['!'] = ALL,
	['"'] = GV,
	['#'] = TGV,
	['$'] = ALL,
	['%'] = ALL,
	['&'] = ALL,
	['\''] = ALL,
	['('] = HGV,
	[')'] = HGV,
	['*'] = ALL,
	['+'] = ALL,
	[','] = HGV,
	['-'] = ALL,
	['.'] = ALL,
	['/'] = GV,
	['0' ... '9'] = ALL,
	[':'] = HGV,
	[';'] = HGV,
	['<'] = GV,
	['='] = HGV,
	['>'] = GV,
	['?'] = GV,
	['@'] = GV,
	['A' ... 'Z'] = ALL,
	['['] = HGV,
	['\\'] = GV,
	[']'] = HGV,
	['^'] = TGV,
	['_'] = ALL,
	['`'] = TGV,
	['a' ... 'z'] = ALL,
	['{'] = GV,
	['|'] = TGV,
	['}'] = GV,
	['~'] = ALL,
	[0x80 ... 0xff] = V,
};

static bool
is(char c, unsigned class)
{
	return (class_of[(unsigned char)c] & class) != 0;
}

static bool
is_all(struct span s, unsigned class)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is(s.at[i], class))
			return false;
	return true;
}

bool
http_is_token(struct span s)
{
	return s.len > 0 && is_all(s, IS_TOKEN);
}

static enum http_result
bad(struct http_head *head, const char *why)
{
	head->why = why;
	return HTTP_BAD;
}

/* How many bytes of s stand before the first that no value holds, such as the
 * CR of a line's end. Heads are read eight bytes at a time: of a control byte,
 * and of the zero that DEL becomes, a subtraction borrows the highest bit. The
 * lowest bit that is found is right, whatever it lends to those above. */
static size_t
value_len(struct span s)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word, found;
	size_t i = 0;

	while (i + sizeof(word) <= s.len) {
		memcpy(&word, s.at + i, sizeof(word));
		word = le64toh(word);
		found = (word - ones * 0x20) & ~word;
		word ^= ones * 0x7f;
		found |= (word - ones) & ~word;
		found &= ones * 0x80;
		if (found == 0) {
			i += sizeof(word);
			continue;
		}
		i += (size_t)__builtin_ctzll(found) / 8;
		if (s.at[i] != '\t')
			return i;
		i++;
	}
	while (i < s.len && is(s.at[i], IS_VALUE))
		i++;
	return i;
}

/* Cut the next line off *rest, without its CR LF. */
static enum http_result
next_line(struct span *rest, struct span *line, struct http_head *head)
{
	size_t len = value_len(*rest);

	if (len == rest->len)
		return HTTP_MORE;
	if (rest->at[len] == '\n')
		return bad(head, "a line ends in LF without CR");
	if (rest->at[len] != '\r')
		return bad(head, "a control byte in the head");
	if (len + 1 == rest->len)
		return HTTP_MORE;
	if (rest->at[len + 1] != '\n')
		return bad(head, "a CR without LF");
	*line = (struct span){ rest->at, len };
	rest->at += len + 2;
	rest->len -= len + 2;
	return HTTP_OK;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* What is wrong with a field line can be said before all of it is there. */
static enum http_result
check_name(struct span line, bool whole, size_t *colon, struct http_head *head)
{
	size_t len = 0;

	while (len < line.len && is(line.at[len], IS_TOKEN))
		len++;
	*colon = len;
	if (len == line.len)
		return whole ? bad(head, "a field without a colon") : HTTP_MORE;
	if (line.at[len] != ':')
		return bad(head,
		    len == 0 ? "a folded line" : "a bad byte in a field name");
	if (len == 0)
		return bad(head, "a field without a name");
	return HTTP_OK;
}

/* An unfinished line: its tail may be a CR that is no part of a name. */
static enum http_result
check_unfinished(struct span rest, struct http_head *head)
{
	size_t colon;

	if (rest.len > 0 && rest.at[rest.len - 1] == '\r')
		rest.len--;
	if (rest.len == 0)
		return HTTP_MORE;
	if (check_name(rest, false, &colon, head) == HTTP_BAD)
		return HTTP_BAD;
	return HTTP_MORE;
}

static enum http_result
read_fields(struct span *rest, struct http_head *head)
{
	enum http_result result;
	struct span line;
	size_t colon;

	head->fields_len = 0;
	for (;;) {
		result = next_line(rest, &line, head);
		if (result == HTTP_MORE)
			return check_unfinished(*rest, head);
		if (result != HTTP_OK)
			return result;
		if (line.len == 0)
			return HTTP_OK;
		if (check_name(line, true, &colon, head) != HTTP_OK)
			return HTTP_BAD;
		if (head->fields_len == LIMIT_FIELDS)
			return HTTP_TOO_LARGE;
		head->fields[head->fields_len++] = (struct http_field){
			{line.at,		   colon		 },
			trim((struct span){
			    line.at + colon + 1, line.len - colon - 1}
			       )
		};
	}
}

static enum http_result
finish(struct span in, struct span rest, struct http_head *head, size_t *used)
{
	enum http_result result;

	result = read_fields(&rest, head);
	if (result == HTTP_OK)
		*used = in.len - rest.len;
	return result;
}

static bool
read_version(struct span s, unsigned *minor)
{
	if (span_eq(s, SPAN("HTTP/1.1")))
		*minor = 1;
	else if (span_eq(s, SPAN("HTTP/1.0")))
		*minor = 0;
	else
		return false;
	return true;
}

/* Of a request line that has not all come yet, what is there must be able to
 * become one: a client that speaks TLS or HTTP/2 is told so at once. */
static enum http_result
read_request_line(struct span line, bool whole, struct http_head *head)
{
	struct span rest = line, version;
	size_t i;

	for (i = 0; i < rest.len && rest.at[i] != ' '; i++)
		if (!is(rest.at[i], IS_TOKEN))
			return bad(head, "a bad byte in the method");
	head->method = (struct span){ rest.at, i };
	if (i == rest.len)
		return whole ? bad(head, "no target") : HTTP_MORE;
	if (i == 0)
		return bad(head, "a line before the request line");
	rest.at += i + 1;
	rest.len -= i + 1;
	for (i = 0; i < rest.len && rest.at[i] != ' '; i++)
		if (!is(rest.at[i], IS_TARGET))
			return bad(head, "a bad byte in the target");
	head->target = (struct span){ rest.at, i };
	if (i == rest.len)
		return whole ? bad(head, "no HTTP version") : HTTP_MORE;
	if (i == 0)
		return bad(head, "no target");
	version = (struct span){ rest.at + i + 1, rest.len - i - 1 };
	if (!whole && (span_starts(SPAN("HTTP/1.1"), version) ||
			  span_starts(SPAN("HTTP/1.0"), version)))
		return HTTP_MORE;
	if (!read_version(version, &head->minor))
		return bad(head, "not HTTP/1.1 or HTTP/1.0");
	return HTTP_OK;
}

enum http_result
http_request(struct span in, struct http_head *head, size_t *used)
{
	struct span rest = in, line;
	enum http_result result;

	head->why = NULL;
	if (in.len > 0 && (*in.at == '\r' || *in.at == '\n'))
		return bad(head, "a line before the request line");
	result = next_line(&rest, &line, head);
	if (result == HTTP_MORE) {
		if (rest.len > LIMIT_TARGET + 1)
			return HTTP_LONG_TARGET;
		if (rest.len > 0 && rest.at[rest.len - 1] == '\r')
			rest.len--;
		return read_request_line(rest, false, head);
	}
	if (result != HTTP_OK)
		return result;
	if (line.len > LIMIT_TARGET)
		return HTTP_LONG_TARGET;
	result = read_request_line(line, true, head);
	if (result != HTTP_OK)
		return result;
	return finish(in, rest, head, used);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] */
static enum http_result
read_status_line(struct span line, struct http_head *head)
{
	size_t i;

	if (line.len < 13 || line.at[8] != ' ' || line.at[12] != ' ' ||
	    !read_version((struct span){ line.at, 8 }, &head->minor))
		return bad(head, "not a status line");
	head->status = 0;
	for (i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return bad(head, "not a status code");
		head->status = head->status * 10 + (unsigned)(line.at[i] - '0');
	}
	if (head->status < 100 || head->status > 599)
		return bad(head, "not a status code");
	head->reason = (struct span){ line.at + 13, line.len - 13 };
	return HTTP_OK;
}

enum http_result
http_response(struct span in, struct http_head *head, size_t *used)
{
	struct span rest = in, line;
	enum http_result result;

	head->why = NULL;
	result = next_line(&rest, &line, head);
	if (result != HTTP_OK)
		return result;
	result = read_status_line(line, head);
	if (result != HTTP_OK)
		return result;
	return finish(in, rest, head, used);
}

const struct span *
http_find(const struct http_head *head, struct span name, size_t *count)
{
	const struct span *first = NULL;
	size_t i, found = 0;

	for (i = 0; i < head->fields_len; i++) {
		if (!span_eq_nocase(head->fields[i].name, name))
			continue;
		if (found++ == 0)
			first = &head->fields[i].value;
	}
	if (count != NULL)
		*count = found;
	return first;
}

bool
http_lists(const struct http_head *head, struct span name, struct span token)
{
	struct span rest, word;
	size_t i;

	for (i = 0; i < head->fields_len; i++) {
		if (!span_eq_nocase(head->fields[i].name, name))
			continue;
		rest = head->fields[i].value;
		while (span_word(&rest, ",", &word))
			if (span_eq_nocase(trim(word), token))
				return true;
	}
	return false;
}

const char *
http_check_host(const struct http_head *head)
{
	const struct span *host;
	size_t count;

	host = http_find(head, SPAN("Host"), &count);
	if (count > 1)
		return "more than one Host";
	if (host == NULL)
		return head->minor == 1 ? "no Host" : NULL;
	if (!is_all(*host, IS_HOST))
		return "a bad byte in Host";
	return NULL;
}

void
http_write_field(struct text *text, struct span name, struct span value)
{
	char *at = text_room(text, name.len + value.len + 4);

	if (at == NULL)
		return;
	memcpy(at, name.at, name.len);
	at += name.len;
	*at++ = ':';
	*at++ = ' ';
	memcpy(at, value.at, value.len);
	at += value.len;
	*at++ = '\r';
	*at = '\n';
}
