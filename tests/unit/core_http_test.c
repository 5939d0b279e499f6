/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/http.h"
#include "core/text.h"
#include "tests/unit/cases.h"

struct row {
	const char *name;
	struct span in;
};

static bool
is_inside(struct span s, struct span in)
{
	return s.at >= in.at && s.len <= in.len &&
	       s.at + s.len <= in.at + in.len;
}

/* Whatever a reader says, it says why, and points nowhere else. */
static void
check(enum http_result result, struct span in, const struct http_head *head,
    struct span first, struct span second)
{
	size_t i;

	if (result == HTTP_BAD && head->why == NULL)
		cr_fail("refused without a reason");
	if (result != HTTP_OK)
		return;
	if (head->why != NULL || !is_inside(first, in) ||
	    !is_inside(second, in))
		cr_fail("a span outside the input");
	for (i = 0; i < head->fields_len; i++)
		if (!is_inside(head->fields[i].name, in) ||
		    !is_inside(head->fields[i].value, in))
			cr_fail("field %zu is outside the input", i);
}

static int
read_request(struct span in, size_t *used)
{
	struct http_head head;
	enum http_result result;

	result = http_request(in, &head, used);
	check(result, in, &head, head.method, head.target);
	return (int)result;
}

static int
read_response(struct span in, size_t *used)
{
	struct http_head head;
	enum http_result result;

	result = http_response(in, &head, used);
	check(result, in, &head, head.reason, head.reason);
	return (int)result;
}

static const struct cases_reader request = { read_request, HTTP_MORE, HTTP_OK };
static const struct cases_reader response = { read_response, HTTP_MORE,
	HTTP_OK };

static void
request_head(struct http_head *head, struct span in)
{
	size_t used;

	cr_assert(eq(int, http_request(in, head, &used), HTTP_OK));
}

/* Requests. */

Test(http_request, reads_every_part_of_a_head)
{
	const struct span in = SPAN("POST /v1.41/exec/1/start?a=b HTTP/1.1\r\n"
				    "Host: docker\r\n"
				    "X-Empty:\r\n"
				    "X-Spaced: \t a b\tc \t\r\n"
				    "X:y:z\r\n"
				    "\r\n"
				    "{}");
	char memory[256];
	struct text text = TEXT(memory);
	struct http_head head;
	size_t used, i;

	cr_assert(eq(int, http_request(in, &head, &used), HTTP_OK));
	cr_expect(eq(sz, used, in.len - 2));
	cases_same("method", head.method, SPAN("POST"));
	cases_same("target", head.target, SPAN("/v1.41/exec/1/start?a=b"));
	cr_expect(eq(uint, head.minor, 1));
	for (i = 0; i < head.fields_len; i++)
		text_format(&text, "%.*s=%.*s|", SPAN_ARG(head.fields[i].name),
		    SPAN_ARG(head.fields[i].value));
	cases_same("fields", text_span(&text),
	    SPAN("Host=docker|X-Empty=|X-Spaced=a b\tc|X=y:z|"));
}

Test(http_request, tells_the_two_versions_apart)
{
	struct http_head head;

	request_head(&head, SPAN("GET / HTTP/1.0\r\n\r\n"));
	cr_expect(eq(uint, head.minor, 0));
	request_head(&head, SPAN("GET / HTTP/1.1\r\n\r\n"));
	cr_expect(eq(uint, head.minor, 1));
}

Test(http_request, takes_what_the_grammar_allows_and_leaves_what_follows)
{
	static const struct {
		const char *name;
		struct span in;
		size_t behind; /* bytes that are no part of the head */
	} rows[] = {
		CASE("no field", "GET / HTTP/1.1\r\n\r\n", 0),
		CASE("HTTP/1.0", "GET /_ping HTTP/1.0\r\nHost: d\r\n\r\n", 0),
		CASE("a pipelined request",
		    "GET /a HTTP/1.1\r\nHost: d\r\n\r\n"
		    "GET /b HTTP/1.1\r\nHost: d\r\n\r\n",
		    28),
		CASE("garbage behind",
		    "GET /a HTTP/1.1\r\nHost: d\r\n\r\n\n\0\xff", 3),
		CASE(
		    "a CR LF behind", "POST / HTTP/1.1\r\nA: b\r\n\r\n\r\n", 2),
		CASE("all of a token's bytes",
		    "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n"
		    "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n",
		    0),
		CASE("obs-text in a value",
		    "GET / HTTP/1.1\r\nA: \x80\xff\r\n\r\n", 0),
		CASE("a tab in a value", "GET / HTTP/1.1\r\nA:\tb\tc\t\r\n\r\n",
		    0),
		CASE("no space after the colon",
		    "GET / HTTP/1.1\r\nA:b\r\n\r\n", 0),
		CASE("an empty value", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0),
		CASE("a value of white space",
		    "GET / HTTP/1.1\r\nA: \t \r\n\r\n", 0),
		CASE("a colon in a value",
		    "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0),
		CASE("a target that is no path", "GET * HTTP/1.1\r\n\r\n", 0),
		CASE("a raw target", "GET /?f={\"a\":[\"b\"]} HTTP/1.1\r\n\r\n",
		    0),
		CASE("a method nobody knows", "get / HTTP/1.1\r\n\r\n", 0),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cases_cut(rows[i].name, rows[i].in, &request, HTTP_OK,
		    rows[i].in.len - rows[i].behind);
}

Test(http_request, refuses_what_two_readers_could_read_differently)
{
	static const struct row rows[] = {
		/* Line ends. */
		CASE("bare LF after the request line",
		    "GET / HTTP/1.1\nHost: d\r\n\r\n"),
		CASE("bare LF after a field",
		    "GET / HTTP/1.1\r\nHost: d\nA: b\r\n\r\n"),
		CASE("bare LF as the empty line",
		    "GET / HTTP/1.1\r\nHost: d\r\n\n"),
		CASE(
		    "bare CR in the request line", "GET /\rx HTTP/1.1\r\n\r\n"),
		CASE("bare CR after the request line",
		    "GET / HTTP/1.1\rHost: d\r\n\r\n"),
		CASE("bare CR in a value",
		    "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"),
		CASE("bare CR in a name", "GET / HTTP/1.1\r\nA\rB: c\r\n\r\n"),
		CASE("CR CR LF", "GET / HTTP/1.1\r\nA: b\r\r\n\r\n"),
		CASE("bare CR as the empty line",
		    "GET / HTTP/1.1\r\nA: b\r\n\rX"),
		CASE("leading CR LF", "\r\nGET / HTTP/1.1\r\n\r\n"),
		CASE("leading LF", "\nGET / HTTP/1.1\r\n\r\n"),
		/* Folding. */
		CASE("a first field line that is folded",
		    "GET / HTTP/1.1\r\n Host: d\r\n\r\n"),
		CASE("a first field line folded with a tab",
		    "GET / HTTP/1.1\r\n\tHost: d\r\n\r\n"),
		CASE("a later folded line", "POST / HTTP/1.1\r\nX: a\r\n"
					    " Content-Length: 40\r\n\r\n"),
		CASE("a folded value",
		    "POST / HTTP/1.1\r\nTransfer-Encoding:\r\n"
		    " chunked\r\n\r\n"),
		CASE("a folded empty line",
		    "GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n"),
		/* Fields. */
		CASE("space before the colon",
		    "GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n"),
		CASE("tab before the colon",
		    "GET / HTTP/1.1\r\nContent-Length\t: 1\r\n\r\n"),
		CASE("a space in a name",
		    "GET / HTTP/1.1\r\nContent Length: 1\r\n\r\n"),
		CASE("an empty name", "GET / HTTP/1.1\r\n: x\r\n\r\n"),
		CASE("no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n"),
		CASE("no colon in a later line",
		    "GET / HTTP/1.1\r\nHost: d\r\nchunked\r\n\r\n"),
		CASE("NUL in a name", "GET / HTTP/1.1\r\nA\0B: c\r\n\r\n"),
		CASE("NUL in a value", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"),
		CASE("a control byte in a name",
		    "GET / HTTP/1.1\r\nA\x01: c\r\n\r\n"),
		CASE("a control byte in a value",
		    "GET / HTTP/1.1\r\nA: b\x1f\r\n\r\n"),
		CASE("DEL in a value", "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"),
		CASE("vertical tab in a value",
		    "GET / HTTP/1.1\r\nA: b\vc\r\n\r\n"),
		CASE("form feed before a value",
		    "GET / HTTP/1.1\r\nA:\f b\r\n\r\n"),
		/* The request line. */
		CASE("HTTP/0.9", "GET /\r\n"),
		CASE("HTTP/0.9 with fields", "GET /\r\nHost: d\r\n\r\n"),
		CASE("HTTP/0.9 by name", "GET / HTTP/0.9\r\n\r\n"),
		CASE("HTTP/1.2", "GET / HTTP/1.2\r\n\r\n"),
		CASE("HTTP/1.10", "GET / HTTP/1.10\r\n\r\n"),
		CASE("HTTP/1.", "GET / HTTP/1.\r\n\r\n"),
		CASE("HTTP/01.1", "GET / HTTP/01.1\r\n\r\n"),
		CASE("HTTP/2.0", "GET / HTTP/2.0\r\n\r\n"),
		CASE("the preface of HTTP/2",
		    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
		CASE("lower-case http", "GET / http/1.1\r\n\r\n"),
		CASE("two spaces before the target", "GET  / HTTP/1.1\r\n\r\n"),
		CASE(
		    "two spaces before the version", "GET /  HTTP/1.1\r\n\r\n"),
		CASE("a tab before the target", "GET\t/ HTTP/1.1\r\n\r\n"),
		CASE("a tab before the version", "GET /\tHTTP/1.1\r\n\r\n"),
		CASE("a leading space", " GET / HTTP/1.1\r\n\r\n"),
		CASE("a trailing space", "GET / HTTP/1.1 \r\n\r\n"),
		CASE("a trailing tab", "GET / HTTP/1.1\t\r\n\r\n"),
		CASE("a fourth word", "GET / x HTTP/1.1\r\n\r\n"),
		CASE("no target", "GET HTTP/1.1\r\n\r\n"),
		CASE("an empty target", "GET  HTTP/1.1\r\n\r\n"),
		CASE("no method", "/ HTTP/1.1\r\n\r\n"),
		CASE("a method alone", "GET\r\n\r\n"),
		CASE("a method that is no token", "G(E)T / HTTP/1.1\r\n\r\n"),
		CASE("obs-text in the method", "G\xc9T / HTTP/1.1\r\n\r\n"),
		CASE("NUL in the method", "GE\0T / HTTP/1.1\r\n\r\n"),
		CASE("NUL in the target", "GET /\0 HTTP/1.1\r\n\r\n"),
		CASE("a control byte in the target",
		    "GET /\x02 HTTP/1.1\r\n\r\n"),
		CASE("DEL in the target", "GET /\x7f HTTP/1.1\r\n\r\n"),
		CASE(
		    "obs-text in the target", "GET /\xc3\xa9 HTTP/1.1\r\n\r\n"),
		CASE("NUL in the version", "GET / HTTP/1.1\0\r\n\r\n"),
		CASE("a response", "HTTP/1.1 200 OK\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cases_cut(rows[i].name, rows[i].in, &request, HTTP_BAD, 0);
}

Test(http_request, says_at_the_wrong_byte_that_it_is_wrong)
{
	static const struct row rows[] = {
		CASE("bare LF", "GET / HTTP/1.1\n"),
		CASE("a folded line", "GET / HTTP/1.1\r\n "),
		CASE("a space in a name", "GET / HTTP/1.1\r\nA "),
		CASE("HTTP/2", "PRI * HTTP/2"),
		CASE("a leading CR", "\r"),
		CASE("TLS", "\x16"),
	};
	size_t i, used;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(eq(int, read_request(rows[i].in, &used), HTTP_BAD),
		    "%s", rows[i].name);
}

#define ALPHANUMERIC \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TCHAR "!#$%&'*+-.^_`|~" ALPHANUMERIC

static bool
is_in(struct span bytes, char c)
{
	return memchr(bytes.at, c, bytes.len) != NULL;
}

/* Of "before", the byte and "after"; head is good until the next call. */
static bool
is_ok(const char *before, char byte, const char *after, struct http_head *head)
{
	static char memory[64];
	struct text text = TEXT(memory);
	size_t used;

	text_add(&text, span_of(before));
	text_char(&text, byte);
	text_add(&text, span_of(after));
	return http_request(text_span(&text), head, &used) == HTTP_OK;
}

Test(http_request, knows_every_byte_in_every_place)
{
	struct http_head head;
	bool good;
	int byte;
	char c;

	for (byte = 0; byte < 256; byte++) {
		c = (char)byte;
		cr_expect(is_in(SPAN(TCHAR), c) ==
			      is_ok("G", c, "T / HTTP/1.1\r\n\r\n", &head),
		    "method, byte %d", byte);
		good = byte > 0x20 && byte < 0x7f;
		cr_expect(
		    good == is_ok("GET /", c, "x HTTP/1.1\r\n\r\n", &head),
		    "target, byte %d", byte);
		cr_expect(
		    is_in(SPAN(TCHAR ":"), c) ==
			is_ok("GET / HTTP/1.1\r\nA", c, "B: c\r\n\r\n", &head),
		    "name, byte %d", byte);
		good = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
		cr_expect(good == is_ok("GET / HTTP/1.1\r\nHost: a", c,
				      "b\r\n\r\n", &head),
		    "value, byte %d", byte);
		if (head.why == NULL)
			cr_expect(
			    is_in(SPAN(ALPHANUMERIC "-._~!$&'()*+,;=:[]%"),
				c) == (http_check_host(&head) == NULL),
			    "host, byte %d", byte);
	}
}

/* A request line of "GET /xxx HTTP/1.1" with so many x. */
static struct span
long_target(size_t times)
{
	return cases_repeat(
	    "GET /", "x", times, " HTTP/1.1\r\nHost: d\r\n\r\n");
}

Test(http_request, says_414_behind_the_longest_request_line)
{
	const size_t x = LIMIT_TARGET - SPAN("GET / HTTP/1.1").len;
	struct span in;

	in = long_target(x);
	cases_cut("exactly at the limit", in, &request, HTTP_OK, in.len);
	cases_cut("one byte over it", long_target(x + 1), &request,
	    HTTP_LONG_TARGET, 0);
	cases_cut("a line without an end",
	    cases_repeat("", "x", LIMIT_TARGET + 2, ""), &request,
	    HTTP_LONG_TARGET, 0);
}

Test(http_request, says_431_behind_the_last_field)
{
	struct span in;

	in = cases_repeat(
	    "GET / HTTP/1.1\r\n", "a: b\r\n", LIMIT_FIELDS, "\r\n");
	cases_cut("exactly at the limit", in, &request, HTTP_OK, in.len);
	in = cases_repeat(
	    "GET / HTTP/1.1\r\n", "a: b\r\n", LIMIT_FIELDS + 1, "\r\n");
	cases_cut("one field over it", in, &request, HTTP_TOO_LARGE, 0);
}

/* Responses. */

Test(http_response, reads_every_part_of_a_head)
{
	const struct span in = SPAN("HTTP/1.1 404 Not \t\xff"
				    "Found\r\n"
				    "Content-Length: 2\r\n\r\n{}");
	struct http_head head;
	size_t used;

	cr_assert(eq(int, http_response(in, &head, &used), HTTP_OK));
	cr_expect(eq(sz, used, in.len - 2));
	cr_expect(eq(uint, head.status, 404));
	cr_expect(eq(uint, head.minor, 1));
	cases_same("reason", head.reason,
	    SPAN("Not \t\xff"
		 "Found"));
	cr_assert(eq(sz, head.fields_len, 1));
	cases_same("name", head.fields[0].name, SPAN("Content-Length"));
	cases_same("value", head.fields[0].value, SPAN("2"));
}

Test(http_response, takes_what_the_grammar_allows_and_leaves_what_follows)
{
	static const struct {
		const char *name;
		struct span in;
		size_t behind;
	} rows[] = {
		CASE("200", "HTTP/1.1 200 OK\r\n\r\n", 0),
		CASE("HTTP/1.0", "HTTP/1.0 200 OK\r\nA: b\r\n\r\nbody", 4),
		CASE("an empty reason", "HTTP/1.1 200 \r\n\r\n", 0),
		CASE("a reason of spaces", "HTTP/1.1 200   \r\n\r\n", 0),
		CASE("the lowest status", "HTTP/1.1 100 Continue\r\n\r\n", 0),
		CASE("the highest status", "HTTP/1.1 599 x\r\n\r\n", 0),
		CASE("101 with the stream behind it",
		    "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n"
		    "Upgrade: tcp\r\n\r\n\x01\0\0\0",
		    4),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cases_cut(rows[i].name, rows[i].in, &response, HTTP_OK,
		    rows[i].in.len - rows[i].behind);
}

Test(http_response, refuses_everything_else)
{
	static const struct row rows[] = {
		CASE("status 99", "HTTP/1.1 99 x\r\n\r\n"),
		CASE("status 099", "HTTP/1.1 099 x\r\n\r\n"),
		CASE("status 600", "HTTP/1.1 600 x\r\n\r\n"),
		CASE("status abc", "HTTP/1.1 abc x\r\n\r\n"),
		CASE("status 2000", "HTTP/1.1 2000 x\r\n\r\n"),
		CASE("status 20", "HTTP/1.1 20 OK\r\n\r\n"),
		CASE("status 2:0", "HTTP/1.1 2:0 x\r\n\r\n"),
		CASE("status +20", "HTTP/1.1 +20 OK\r\n\r\n"),
		CASE("no status", "HTTP/1.1 OK\r\n\r\n"),
		CASE("no space behind the status", "HTTP/1.1 200\r\n\r\n"),
		CASE(
		    "two spaces before the status", "HTTP/1.1  200 OK\r\n\r\n"),
		CASE("a leading space", " HTTP/1.1 200 OK\r\n\r\n"),
		CASE("a leading CR LF", "\r\nHTTP/1.1 200 OK\r\n\r\n"),
		CASE("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"),
		CASE("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"),
		CASE("lower-case http", "http/1.1 200 OK\r\n\r\n"),
		CASE("NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n"),
		CASE("DEL in the reason", "HTTP/1.1 200 O\x7fK\r\n\r\n"),
		CASE("bare CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n"),
		CASE("bare LF", "HTTP/1.1 200 OK\n\r\n"),
		CASE("a bare LF as the empty line",
		    "HTTP/1.1 200 OK\r\nA: b\r\n\n"),
		CASE("a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"),
		CASE("a space before the colon",
		    "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n"),
		CASE("a request", "GET / HTTP/1.1\r\nHost: d\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cases_cut(rows[i].name, rows[i].in, &response, HTTP_BAD, 0);
}

Test(http_response, says_431_behind_the_last_field)
{
	struct span in;

	in = cases_repeat(
	    "HTTP/1.1 200 OK\r\n", "a: b\r\n", LIMIT_FIELDS, "\r\n");
	cases_cut("exactly at the limit", in, &response, HTTP_OK, in.len);
	in = cases_repeat(
	    "HTTP/1.1 200 OK\r\n", "a: b\r\n", LIMIT_FIELDS + 1, "\r\n");
	cases_cut("one field over it", in, &response, HTTP_TOO_LARGE, 0);
}

/* Fields. */

Test(http_find, finds_the_first_field_in_any_case_and_counts)
{
	struct http_head head;
	const struct span *value;
	size_t count;

	request_head(&head,
	    SPAN("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\na: 3\r\nAA: 4\r\n\r\n"));
	value = http_find(&head, SPAN("a"), &count);
	cr_assert(value != NULL);
	cases_same("the first", *value, SPAN("1"));
	cr_expect(eq(sz, count, 2));
	value = http_find(&head, SPAN("b"), NULL);
	cr_assert(value != NULL);
	cases_same("without a count", *value, SPAN("2"));
}

Test(http_find, finds_nothing_where_nothing_is)
{
	struct http_head head;
	size_t count = 7;

	/* What an earlier head left behind is not there. */
	request_head(&head, SPAN("GET / HTTP/1.1\r\nC: 1\r\nA: 2\r\n\r\n"));
	request_head(&head, SPAN("GET / HTTP/1.1\r\nAB: 1\r\n\r\n"));
	cr_expect(http_find(&head, SPAN("A"), &count) == NULL);
	cr_expect(eq(sz, count, 0));
	cr_expect(http_find(&head, SPAN("ABC"), NULL) == NULL);
}

Test(http_lists, finds_whole_tokens_in_any_line_and_case)
{
	static const struct {
		const char *name;
		struct span in;
		bool listed;
	} rows[] = {
		CASE("alone", "Connection: upgrade\r\n", true),
		CASE("in another case", "CONNECTION: UpGrade\r\n", true),
		CASE("first of two", "Connection: upgrade,close\r\n", true),
		CASE("last of two", "Connection: close, upgrade\r\n", true),
		CASE("white space around it",
		    "Connection: close\t,\t upgrade \t, x\r\n", true),
		CASE("empty elements around it",
		    "Connection: , ,,upgrade,,\r\n", true),
		CASE("in a second line",
		    "Connection: close\r\nA: b\r\n"
		    "connection: upgrade\r\n",
		    true),
		CASE("behind an empty line",
		    "Connection:\r\nConnection: upgrade\r\n", true),
		CASE("part of a longer word",
		    "Connection: upgraded, xupgrade\r\n", false),
		CASE("one of two words", "Connection: not upgrade\r\n", false),
		CASE("a shorter word", "Connection: upgrad\r\n", false),
		CASE("with a parameter", "Connection: upgrade;q=1\r\n", false),
		CASE("in quotes", "Connection: \"upgrade\"\r\n", false),
		CASE("in another field", "Upgrade: upgrade\r\n", false),
		CASE("nothing in it", "Connection: ,\r\n", false),
		CASE("no field", "", false),
	};
	char memory[256];
	struct http_head head;
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		text_format(
		    &text, "GET / HTTP/1.1\r\n%.*s\r\n", SPAN_ARG(rows[i].in));
		request_head(&head, text_span(&text));
		cr_expect(http_lists(&head, SPAN("Connection"),
			      SPAN("upgrade")) == rows[i].listed,
		    "%s", rows[i].name);
	}
}

Test(http_check_host, wants_exactly_one_good_host)
{
	static const struct {
		const char *name;
		struct span in;
		bool good;
	} rows[] = {
		CASE("a name", "1.1\r\nHost: api.moby.localhost\r\n", true),
		CASE("empty", "1.1\r\nHost:\r\n", true),
		CASE("with a port", "1.1\r\nHost: d:2375\r\n", true),
		CASE("IPv6", "1.1\r\nHost: [::1]:2375\r\n", true),
		CASE("an escape", "1.1\r\nHost: %2Frun%2Fx\r\n", true),
		CASE("none in 1.1", "1.1\r\n", false),
		CASE("none in 1.0", "1.0\r\n", true),
		CASE("two", "1.1\r\nHost: d\r\nHost: e\r\n", false),
		CASE("two equal ones", "1.1\r\nHost: d\r\nhost: d\r\n", false),
		CASE("two in 1.0", "1.0\r\nHost: d\r\nHost: d\r\n", false),
		CASE("a path", "1.1\r\nHost: d/containers\r\n", false),
		CASE("a socket's path", "1.1\r\nHost: /run/d.sock\r\n", false),
		CASE("userinfo", "1.1\r\nHost: u@d\r\n", false),
		CASE("two words", "1.1\r\nHost: d e\r\n", false),
		CASE("bad in 1.0", "1.0\r\nHost: d/e\r\n", false),
	};
	char memory[256];
	struct http_head head;
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		text_format(&text, "GET / HTTP/%.*s\r\n", SPAN_ARG(rows[i].in));
		request_head(&head, text_span(&text));
		cr_expect(rows[i].good == (http_check_host(&head) == NULL),
		    "%s", rows[i].name);
	}
}

Test(http_write_field, writes_a_line)
{
	char memory[32];
	struct text text = TEXT(memory);

	http_write_field(&text, SPAN("Api-Version"), SPAN("1.41"));
	cases_same("line", text_span(&text), SPAN("Api-Version: 1.41\r\n"));
}

Test(http_is_token, wants_one_byte_or_more_of_a_token)
{
	char c;
	int byte;

	for (byte = 0; byte < 256; byte++) {
		c = (char)byte;
		cr_expect(http_is_token((struct span){ &c, 1 }) ==
			      is_in(SPAN(TCHAR), c),
		    "byte %d", byte);
	}
	cr_expect(http_is_token(SPAN(TCHAR)));
	cr_expect(not(http_is_token(SPAN(""))));
	cr_expect(not(http_is_token(SPAN("a b"))));
}
