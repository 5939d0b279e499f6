/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/frame.h"
#include "core/text.h"
#include "tests/unit/cases.h"

/* The framing decision. */

/* What the table's rows hold: a version and fields, "1.1\r\nA: b\r\n". */
static struct span
around(const char *before, struct span fields)
{
	static char memory[1024];
	struct text text = TEXT(memory);

	text_format(&text, "%s%.*s\r\n", before, SPAN_ARG(fields));
	return text_span(&text);
}

static bool
of_request(struct frame *frame, struct span fields)
{
	struct http_head head;
	size_t used;

	cr_assert(
	    eq(int, http_request(around("POST / HTTP/", fields), &head, &used),
		HTTP_OK));
	return frame_request(frame, &head);
}

/* The line is "1.1 200 OK\r\n" and fields. */
static bool
of_response(struct frame *frame, struct span line, bool to_head)
{
	struct http_head head;
	size_t used;

	cr_assert(eq(
	    int, http_response(around("HTTP/", line), &head, &used), HTTP_OK));
	return frame_response(frame, &head, to_head);
}

/* A frame as a request with these fields has it. */
static struct frame
made(struct span fields)
{
	struct frame frame;

	cr_assert(of_request(&frame, fields));
	return frame;
}

#define CHUNKED made(SPAN("1.1\r\nTransfer-Encoding: chunked\r\n"))

Test(frame_request, finds_the_one_framing)
{
	static const struct {
		const char *name;
		struct span in;
		enum frame_kind kind;
		uint64_t left;
	} rows[] = {
		CASE("nothing said", "1.1\r\n", FRAME_NONE, 0),
		CASE("nothing said in 1.0", "1.0\r\n", FRAME_NONE, 0),
		CASE("a length", "1.1\r\nContent-Length: 12\r\n", FRAME_LENGTH,
		    12),
		CASE("a length in 1.0", "1.0\r\ncontent-length:1\r\n",
		    FRAME_LENGTH, 1),
		CASE("white space around the length",
		    "1.1\r\nContent-Length: \t 7\t \r\n", FRAME_LENGTH, 7),
		CASE("a length over 32 bits",
		    "1.1\r\nContent-Length: 9007199254740993\r\n", FRAME_LENGTH,
		    UINT64_C(9007199254740993)),
		CASE("chunked", "1.1\r\nTransfer-Encoding: chunked\r\n",
		    FRAME_CHUNKED, 0),
		CASE("Chunked", "1.1\r\nTRANSFER-ENCODING: \tChunKed \r\n",
		    FRAME_CHUNKED, 0),
	};
	struct frame frame;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(of_request(&frame, rows[i].in), "%s", rows[i].name);
		cr_expect(
		    eq(int, frame.kind, rows[i].kind), "%s", rows[i].name);
		cr_expect(
		    eq(u64, frame.left, rows[i].left), "%s", rows[i].name);
	}
}

Test(frame_request, refuses_whatever_two_readers_could_measure_differently)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("two equal lengths",
		    "Content-Length: 2\r\nContent-Length: 2\r\n"),
		CASE("two lengths",
		    "Content-Length: 2\r\nContent-Length: 3\r\n"),
		CASE("two lengths in two spellings",
		    "Content-Length: 2\r\nA: b\r\ncontent-length: 3\r\n"),
		CASE("a length and chunked",
		    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"),
		CASE("chunked and a length",
		    "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"),
		CASE("chunked and an empty length",
		    "Transfer-Encoding: chunked\r\nContent-Length:\r\n"),
		CASE("a length and an unknown coding",
		    "Content-Length: 2\r\nTransfer-Encoding: x\r\n"),
		CASE("a list of lengths", "Content-Length: 2, 2\r\n"),
		CASE("a list with an empty element", "Content-Length: 2,\r\n"),
		CASE("a plus sign", "Content-Length: +2\r\n"),
		CASE("a minus sign", "Content-Length: -1\r\n"),
		CASE("minus zero", "Content-Length: -0\r\n"),
		CASE("hexadecimal", "Content-Length: 0x2\r\n"),
		CASE("a hexadecimal digit", "Content-Length: a\r\n"),
		CASE("a leading zero", "Content-Length: 002\r\n"),
		CASE("two zeros", "Content-Length: 00\r\n"),
		CASE("a fraction", "Content-Length: 2.0\r\n"),
		CASE("an exponent", "Content-Length: 2e1\r\n"),
		CASE("two words", "Content-Length: 2 2\r\n"),
		CASE("in quotes", "Content-Length: \"2\"\r\n"),
		CASE("obs-text", "Content-Length: 2\xa0\r\n"),
		CASE("an empty length", "Content-Length:\r\n"),
		CASE("a length of white space", "Content-Length: \t\r\n"),
		CASE("2 to the power of 64",
		    "Content-Length: 18446744073709551616\r\n"),
		CASE("5 more than that",
		    "Content-Length: 18446744073709551621\r\n"),
		CASE("a huge length",
		    "Content-Length: 99999999999999999999999999999999\r\n"),
		CASE("gzip", "Transfer-Encoding: gzip\r\n"),
		CASE(
		    "gzip and chunked", "Transfer-Encoding: gzip, chunked\r\n"),
		CASE("chunked and identity",
		    "Transfer-Encoding: chunked, identity\r\n"),
		CASE("identity", "Transfer-Encoding: identity\r\n"),
		CASE("chunked in one line twice",
		    "Transfer-Encoding: chunked, chunked\r\n"),
		CASE("chunked in two lines", "Transfer-Encoding: chunked\r\n"
					     "transfer-encoding: chunked\r\n"),
		CASE("two codings in two lines",
		    "Transfer-Encoding: gzip\r\n"
		    "Transfer-Encoding: chunked\r\n"),
		CASE("an empty coding", "Transfer-Encoding:\r\n"),
		CASE("an empty line behind chunked",
		    "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n"),
		CASE("a comma before chunked",
		    "Transfer-Encoding: , chunked\r\n"),
		CASE("a comma behind chunked",
		    "Transfer-Encoding: chunked,\r\n"),
		CASE("a parameter", "Transfer-Encoding: chunked;q=1\r\n"),
		CASE("chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n"),
		CASE("a longer word", "Transfer-Encoding: xchunked\r\n"),
		CASE("a shorter word", "Transfer-Encoding: chunke\r\n"),
	};
	char memory[256];
	struct frame frame;
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		text_format(&text, "1.1\r\n%.*s", SPAN_ARG(rows[i].in));
		frame.why = NULL;
		cr_expect(not(of_request(&frame, text_span(&text))),
		    "%s, in a request", rows[i].name);
		cr_expect(ne(ptr, (void *)(uintptr_t)frame.why, NULL), "%s",
		    rows[i].name);
		text = TEXT(memory);
		text_format(&text, "1.1 200 OK\r\n%.*s", SPAN_ARG(rows[i].in));
		cr_expect(not(of_response(&frame, text_span(&text), false)),
		    "%s, in a response", rows[i].name);
	}
}

Test(frame_request, refuses_a_transfer_coding_in_http_1_0)
{
	struct frame frame;

	cr_expect(not(
	    of_request(&frame, SPAN("1.0\r\nTransfer-Encoding: chunked\r\n"))));
	cr_expect(not(of_response(&frame,
	    SPAN("1.0 200 OK\r\nTransfer-Encoding: chunked\r\n"), false)));
}

Test(frame_response, finds_the_one_framing)
{
	static const struct {
		const char *name;
		struct span in;
		bool to_head;
		enum frame_kind kind;
	} rows[] = {
		CASE("a length", "1.1 200 OK\r\nContent-Length: 2\r\n", false,
		    FRAME_LENGTH),
		CASE("chunked", "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
		    false, FRAME_CHUNKED),
		CASE(
		    "nothing said", "1.1 200 OK\r\n", false, FRAME_UNTIL_CLOSE),
		CASE("nothing said in 1.0", "1.0 200 OK\r\n", false,
		    FRAME_UNTIL_CLOSE),
		CASE("an error", "1.1 404 x\r\nContent-Length: 2\r\n", false,
		    FRAME_LENGTH),
		CASE("a length, to HEAD", "1.1 200 OK\r\nContent-Length: 2\r\n",
		    true, FRAME_NONE),
		CASE("chunked, to HEAD",
		    "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true,
		    FRAME_NONE),
		CASE("nothing said, to HEAD", "1.1 200 OK\r\n", true,
		    FRAME_NONE),
		CASE("204", "1.1 204 x\r\n", false, FRAME_NONE),
		CASE("204 with a length", "1.1 204 x\r\nContent-Length: 2\r\n",
		    false, FRAME_NONE),
		CASE("304", "1.1 304 x\r\n", false, FRAME_NONE),
		CASE("304 with a length", "1.1 304 x\r\nContent-Length: 2\r\n",
		    false, FRAME_NONE),
		CASE("100", "1.1 100 Continue\r\n", false, FRAME_NONE),
		CASE("101", "1.1 101 UPGRADED\r\n", false, FRAME_NONE),
		CASE("199", "1.1 199 x\r\n", false, FRAME_NONE),
		CASE("205", "1.1 205 x\r\n", false, FRAME_UNTIL_CLOSE),
	};
	struct frame frame;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(of_response(&frame, rows[i].in, rows[i].to_head),
		    "%s", rows[i].name);
		cr_expect(
		    eq(int, frame.kind, rows[i].kind), "%s", rows[i].name);
	}
}

/* Bodies. */

struct fed {
	enum frame_result result;
	size_t used;
	char memory[CASES_LARGEST];
	struct text out;
};

/* Feed a body as a session does: first so many bytes, then so many more each
 * time, in front of them what was not used. */
static void
feed(struct fed *fed, struct frame frame, enum frame_output output,
    struct span in, size_t first, size_t step)
{
	size_t given = first, len, out, used;
	char *bytes;

	fed->used = 0;
	fed->out = TEXT(fed->memory);
	for (;;) {
		len = given - fed->used;
		bytes = cases_guard((struct span){ in.at + fed->used, len });
		fed->result =
		    frame_pass(&frame, output, bytes, len, &out, &used);
		if (out > used || used > len ||
		    memcmp(bytes + used, in.at + fed->used + used,
			len - used) != 0)
			cr_fatal("out %zu, used %zu of %zu", out, used, len);
		if (fed->result == FRAME_BAD && frame.why == NULL)
			cr_fatal("refused without a reason");
		text_add(&fed->out, (struct span){ bytes, out });
		fed->used += used;
		if (fed->result != FRAME_MORE || given == in.len)
			return;
		given += step < in.len - given ? step : in.len - given;
	}
}

/* Whole, byte by byte, and in every two pieces: always the same. */
static void
pass(const char *name, struct frame frame, enum frame_output output,
    struct span in, enum frame_result result, size_t used, struct span out)
{
	static struct fed fed;
	size_t cut;

	for (cut = 0; cut <= in.len + 1; cut++) {
		if (cut <= in.len)
			feed(&fed, frame, output, in, cut, in.len);
		else
			feed(&fed, frame, output, in, 0, 1);
		if (fed.result == result && fed.used == used &&
		    span_eq(text_span(&fed.out), out))
			continue;
		cr_expect(eq(int, fed.result, result), "%s: cut at %zu of %zu",
		    name, cut, in.len);
		cr_expect(eq(sz, fed.used, used), "%s: cut at %zu of %zu", name,
		    cut, in.len);
		cases_same(name, text_span(&fed.out), out);
		return;
	}
}

Test(frame_pass, is_done_at_once_where_there_is_no_body)
{
	const struct span behind = SPAN("GET / HTTP/1.1\r\n");

	pass("no body", made(SPAN("1.1\r\n")), FRAME_ANEW, behind, FRAME_DONE,
	    0, SPAN(""));
	pass("no body and nothing behind", made(SPAN("1.1\r\n")), FRAME_BARE,
	    SPAN(""), FRAME_DONE, 0, SPAN(""));
	pass("a length of 0", made(SPAN("1.1\r\nContent-Length: 0\r\n")),
	    FRAME_BARE, behind, FRAME_DONE, 0, SPAN(""));
}

Test(frame_pass, counts_a_length_down)
{
	const struct frame five = made(SPAN("1.1\r\nContent-Length: 5\r\n"));

	pass("exact", five, FRAME_BARE, SPAN("hello"), FRAME_DONE, 5,
	    SPAN("hello"));
	pass("anew", five, FRAME_ANEW, SPAN("0\r\n\r\n"), FRAME_DONE, 5,
	    SPAN("0\r\n\r\n"));
	pass("with bytes behind", five, FRAME_BARE, SPAN("hel\0o\0GET"),
	    FRAME_DONE, 5, SPAN("hel\0o"));
	pass("unfinished", five, FRAME_BARE, SPAN("hell"), FRAME_MORE, 4,
	    SPAN("hell"));
	pass("not begun", five, FRAME_BARE, SPAN(""), FRAME_MORE, 0, SPAN(""));
}

Test(frame_pass, counts_in_64_bits)
{
	struct frame frame =
	    made(SPAN("1.1\r\nContent-Length: 4294967298\r\n"));
	char bytes[] = "abc";
	size_t out, used;

	cr_expect(eq(int, frame_pass(&frame, FRAME_BARE, bytes, 3, &out, &used),
	    FRAME_MORE));
	cr_expect(eq(sz, used, 3));
	cr_expect(eq(u64, frame.left, UINT64_C(4294967295)));
}

Test(frame_pass, lets_everything_through_until_close)
{
	struct frame frame;

	cr_assert(of_response(&frame, SPAN("1.0 200 OK\r\n"), false));
	pass("bytes", frame, FRAME_ANEW, SPAN("0\r\n\r\n\0x"), FRAME_MORE, 7,
	    SPAN("0\r\n\r\n\0x"));
	pass("nothing", frame, FRAME_BARE, SPAN(""), FRAME_MORE, 0, SPAN(""));
}

Test(frame_pass, decodes_chunks_and_spells_them_anew)
{
	static const struct {
		const char *name;
		struct span in;
		size_t behind;
		struct span bare;
		struct span anew;
	} rows[] = {
		CASE("one chunk", "5\r\nhello\r\n0\r\n\r\n", 0, SPAN("hello"),
		    SPAN("5\r\nhello\r\n0\r\n\r\n")),
		CASE("two chunks", "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 0,
		    SPAN("abcde"), SPAN("2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")),
		CASE("no chunk", "0\r\n\r\n", 0, SPAN(""), SPAN("0\r\n\r\n")),
		CASE("upper case", "A\r\n0123456789\r\n0\r\n\r\n", 0,
		    SPAN("0123456789"), SPAN("a\r\n0123456789\r\n0\r\n\r\n")),
		CASE("two digits", "10\r\n0123456789abcdef\r\n0\r\n\r\n", 0,
		    SPAN("0123456789abcdef"),
		    SPAN("10\r\n0123456789abcdef\r\n0\r\n\r\n")),
		CASE("leading zeros", "00000002\r\nab\r\n00000000\r\n\r\n", 0,
		    SPAN("ab"), SPAN("2\r\nab\r\n0\r\n\r\n")),
		CASE("extensions",
		    "2;a=\"b;c\";\td\r\nab\r\n1;\r\nc\r\n0;x=\xff\r\n\r\n", 0,
		    SPAN("abc"), SPAN("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")),
		CASE("trailers",
		    "1\r\na\r\n0\r\nA: b\r\nContent-Length:\t9\r\n"
		    "C:\r\n\r\n",
		    0, SPAN("a"), SPAN("1\r\na\r\n0\r\n\r\n")),
		CASE("data like chunks",
		    "7\r\n\r\n0\r\n\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n", 0,
		    SPAN("\r\n0\r\n\r\n\r\n"),
		    SPAN("7\r\n\r\n0\r\n\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n")),
		CASE("any byte", "4\r\n\0\xff\n\r\r\n0\r\n\r\n", 0,
		    SPAN("\0\xff\n\r"), SPAN("4\r\n\0\xff\n\r\r\n0\r\n\r\n")),
		CASE("a request behind",
		    "1;x\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", 18,
		    SPAN("a"), SPAN("1\r\na\r\n0\r\n\r\n")),
		CASE("an end behind the end", "0\r\n\r\n0\r\n\r\n", 5, SPAN(""),
		    SPAN("0\r\n\r\n")),
		CASE("CR LF behind", "0\r\nA: b\r\n\r\n\r\n", 2, SPAN(""),
		    SPAN("0\r\n\r\n")),
	};
	size_t i, len;

	for (i = 0; i < CASES(rows); i++) {
		len = rows[i].in.len - rows[i].behind;
		pass(rows[i].name, CHUNKED, FRAME_BARE, rows[i].in, FRAME_DONE,
		    len, rows[i].bare);
		pass(rows[i].name, CHUNKED, FRAME_ANEW, rows[i].in, FRAME_DONE,
		    len, rows[i].anew);
	}
}

Test(frame_pass, asks_for_more_until_the_last_byte)
{
	const struct span in =
	    SPAN("2;x=y\r\nab\r\n00a\r\n0123456789\r\n0;z\r\nA: b\r\n\r\n");
	static struct fed fed;
	size_t len;

	for (len = 0; len < in.len; len++) {
		feed(&fed, CHUNKED, FRAME_ANEW, (struct span){ in.at, len }, 0,
		    1);
		cr_expect(eq(int, fed.result, FRAME_MORE), "at %zu", len);
	}
}

Test(frame_pass, gives_data_on_before_the_chunk_is_complete)
{
	pass("bare", CHUNKED, FRAME_BARE, SPAN("5\r\nhel"), FRAME_MORE, 6,
	    SPAN("hel"));
	pass("anew", CHUNKED, FRAME_ANEW, SPAN("5\r\nhel"), FRAME_MORE, 6,
	    SPAN("5\r\nhel"));
	pass("a whole chunk", CHUNKED, FRAME_ANEW, SPAN("2\r\nab\r\n"),
	    FRAME_MORE, 7, SPAN("2\r\nab\r\n"));
}

/* In all pieces, and in both outputs. */
static void
refuse(const char *name, struct span in)
{
	static struct fed fed;
	enum frame_output output;
	size_t cut;

	for (output = FRAME_BARE; output <= FRAME_ANEW; output++) {
		for (cut = 0; cut <= in.len; cut++) {
			feed(&fed, CHUNKED, output, in, cut, in.len);
			if (fed.result != FRAME_BAD)
				break;
		}
		cr_expect(eq(int, fed.result, FRAME_BAD), "%s: cut at %zu",
		    name, cut);
		feed(&fed, CHUNKED, output, in, 0, 1);
		cr_expect(eq(int, fed.result, FRAME_BAD), "%s: by byte", name);
	}
}

Test(frame_pass, refuses_chunks_that_two_readers_could_read_differently)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("hexadecimal said twice", "0x2\r\nab\r\n0\r\n\r\n"),
		CASE("a plus sign", "+2\r\nab\r\n0\r\n\r\n"),
		CASE("a minus sign", "-2\r\nab\r\n0\r\n\r\n"),
		CASE("a leading space", " 2\r\nab\r\n0\r\n\r\n"),
		CASE("a trailing space", "2 \r\nab\r\n0\r\n\r\n"),
		CASE("a trailing tab", "2\t\r\nab\r\n0\r\n\r\n"),
		CASE("a space before the extension", "2 ;x\r\nab\r\n0\r\n\r\n"),
		CASE("nine digits", "000000002\r\nab\r\n0\r\n\r\n"),
		CASE("nine digits and not a byte more", "100000000"),
		CASE("seventeen digits", "10000000000000002\r\nab\r\n"),
		CASE("nine zeros at the end", "000000000\r\n\r\n"),
		CASE("no digit", "\r\nab\r\n0\r\n\r\n"),
		CASE("an extension alone", ";x\r\nab\r\n0\r\n\r\n"),
		CASE("no hexadecimal digit", "g\r\nab\r\n0\r\n\r\n"),
		CASE("a digit and a letter", "2g\r\nab\r\n0\r\n\r\n"),
		CASE("an underscore", "1_0\r\n0123456789abcdef\r\n0\r\n\r\n"),
		CASE("NUL behind the size", "2\0\r\nab\r\n0\r\n\r\n"),
		CASE("obs-text behind the size", "2\xa0\r\nab\r\n0\r\n\r\n"),
		CASE("bare LF behind the size", "2\nab\r\n0\r\n\r\n"),
		CASE("bare CR behind the size", "2\rab\r\n0\r\n\r\n"),
		CASE("bare LF behind an extension", "2;x\nab\r\n0\r\n\r\n"),
		CASE("bare CR in an extension", "2;x\ry\r\nab\r\n0\r\n\r\n"),
		CASE("NUL in an extension", "2;\0\r\nab\r\n0\r\n\r\n"),
		CASE("DEL in an extension", "2;\x7f\r\nab\r\n0\r\n\r\n"),
		CASE("bare LF behind the data", "2\r\nab\n0\r\n\r\n"),
		CASE("bare CR behind the data", "2\r\nab\r0\r\n\r\n"),
		CASE("LF behind the data, but no CR", "2\r\nabx\n0\r\n\r\n"),
		CASE("CR behind the data, but no LF", "2\r\nab\rx0\r\n\r\n"),
		CASE("nothing behind the data", "2\r\nab0\r\n\r\n"),
		CASE("data longer than its size", "2\r\nabc\r\n0\r\n\r\n"),
		CASE("data shorter than its size", "3\r\nab\r\n0\r\n\r\n"),
		CASE(
		    "an empty line between chunks", "2\r\nab\r\n\r\n0\r\n\r\n"),
		CASE("bare LF behind the last size", "0\n\r\n"),
		CASE("bare LF as the last line", "0\r\n\n"),
		CASE("bare CR as the last line", "0\r\n\rx"),
		CASE("CR CR LF as the last line", "0\r\n\r\r\n"),
		CASE("a trailer without a colon", "0\r\nA b\r\n\r\n"),
		CASE("a trailer without a name", "0\r\n: b\r\n\r\n"),
		CASE("a trailer with a space before the colon",
		    "0\r\nA : b\r\n\r\n"),
		CASE("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"),
		CASE("a trailer that starts folded", "0\r\n A: b\r\n\r\n"),
		CASE("a trailer of white space", "0\r\n \r\n\r\n"),
		CASE("bare LF behind a trailer", "0\r\nA: b\n\r\n"),
		CASE("bare CR in a trailer", "0\r\nA: b\rC: d\r\n\r\n"),
		CASE("NUL in a trailer", "0\r\nA: \0\r\n\r\n"),
		CASE("a request for a trailer", "0\r\nGET / HTTP/1.1\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		refuse(rows[i].name, rows[i].in);
}

Test(frame_pass, knows_how_long_an_extension_may_be)
{
	struct span in;

	in = cases_repeat(
	    "1;", "x", LIMIT_CHUNK_EXTENSION - 1, "\r\na\r\n0\r\n\r\n");
	pass("at the limit", CHUNKED, FRAME_ANEW, in, FRAME_DONE, in.len,
	    SPAN("1\r\na\r\n0\r\n\r\n"));
	refuse("over the limit", cases_repeat("1;", "x", LIMIT_CHUNK_EXTENSION,
				     "\r\na\r\n0\r\n\r\n"));
	refuse("without an end",
	    cases_repeat("1;", "x", LIMIT_CHUNK_EXTENSION, ""));
}

Test(frame_pass, knows_how_long_trailers_may_be)
{
	struct span in;

	in = cases_repeat("0\r\n", "a: b\r\n", LIMIT_TRAILERS / 6, "\r\n");
	pass("below the limit", CHUNKED, FRAME_BARE, in, FRAME_DONE, in.len,
	    SPAN(""));
	refuse("many short ones",
	    cases_repeat("0\r\n", "a: b\r\n", LIMIT_TRAILERS / 4 + 1, "\r\n"));
	refuse("a long one",
	    cases_repeat("0\r\na:", "x", LIMIT_TRAILERS, "\r\n\r\n"));
	refuse("one without an end",
	    cases_repeat("0\r\na:", "x", LIMIT_TRAILERS, ""));
}
