/* SPDX-License-Identifier: MIT */
/* Reading log lines back: the inverse of writing them, and of nothing else. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/logline.h"
#include "tests/unit/cases.h"

static const enum log_format formats[] = { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

static struct span
written(struct log_line *line, enum log_format format, bool priority,
    struct span value)
{
	log_begin(line, format, priority, LOG_LEVEL_NOTICE, "decision");
	log_field(line, "verdict", value);
	log_number(line, "uid", 1000);
	log_seconds(line, "seconds", 1.5);
	log_field(line, "rest", SPAN("x y"));
	return log_end(line);
}

static void
expect_back(const char *name, struct span line, struct span value)
{
	static struct logline read;

	cr_assert(logline_read(&read, line), "%s: %.*s", name, SPAN_ARG(line));
	cr_expect(eq(sz, read.len, 6), "%s", name);
	cases_same(name, logline_value(&read, "level"), SPAN("notice"));
	cases_same(name, logline_value(&read, "event"), SPAN("decision"));
	cases_same(name, logline_value(&read, "verdict"), value);
	cases_same(name, logline_value(&read, "uid"), SPAN("1000"));
	cases_same(name, logline_value(&read, "seconds"), SPAN("1.500"));
	cases_same(name, logline_value(&read, "rest"), SPAN("x y"));
	cases_same(name, logline_value(&read, "none"), SPAN(""));
}

Test(logline, reads_every_byte_back)
{
	static struct log_line line;
	char value[3];
	size_t i;
	int c;

	for (i = 0; i < CASES(formats); i++) {
		for (c = 0; c < 256; c++) {
			memcpy(value, "axb", 3);
			value[1] = (char)c;
			expect_back("inside",
			    written(&line, formats[i], false,
				(struct span){ value, 3 }),
			    (struct span){ value, 3 });
			expect_back("alone",
			    written(&line, formats[i], true,
				(struct span){ value + 1, 1 }),
			    (struct span){ value + 1, 1 });
		}
		expect_back("empty",
		    written(&line, formats[i], false, SPAN("")), SPAN(""));
	}
}

Test(logline, reads_nothing_of_a_line_that_is_cut)
{
	static struct log_line line;
	static struct logline read;
	struct span whole;
	const char *copy;
	size_t i, len;
	bool ends, got;

	for (i = 0; i < CASES(formats); i++) {
		whole = written(&line, formats[i], false, SPAN("a \"b\""));
		/* Without the line feed it is whole, and of logfmt wherever a
		 * field ends. */
		for (len = 0; len + 1 < whole.len; len++) {
			copy = cases_guard((struct span){ whole.at, len });
			ends = formats[i] == LOG_FORMAT_LOGFMT &&
			       whole.at[len] != '"';
			got = logline_read(&read, (struct span){ copy, len });
			cr_expect(
			    ends || got == false, "%.*s", (int)len, whole.at);
		}
	}
}

Test(logline, takes_nothing_that_we_do_not_write)
{
	static const char *const rows[] = {
		"",
		"\n",
		"level=info",
		"level=info ",
		"level=info event=",
		"event=x level=info",
		"level=loud event=x",
		"level=info event=x\n\n",
		"level=info event=x ",
		"level=info  event=x",
		"level=info event=x a",
		"level=info event=x a=",
		"level=info event=x =a",
		"level=info event=x A=a",
		"level=info event=x a=b=c",
		"level=info event=x a=b\"c",
		"level=info event=x a=\"b",
		"level=info event=x a=\"b\"c",
		"level=info event=x a=\"\\x\"",
		"level=info event=x a=\"\\u0100\"",
		"level=info event=x a=\"\\u0041\"",
		"level=info event=x a=\"\\u000A\"",
		"level=info event=x a=\"\\u000a\"",
		"level=info event=x a=\"\\u00\"",
		"level=info event=x a=\"\xff\"",
		"level=info event=x a=\"\x01\"",
		"level=info event=x a=1 a=2",
		"level=info event=x event=y",
		"<2>level=info event=x",
		"<8>level=info event=x",
		"<66>level=info event=x",
		"{\"level\":\"info\"}",
		"{\"level\":\"info\",\"event\":\"x\"",
		"{\"level\":\"info\",\"event\":\"x\"} ",
		"{\"level\":\"info\",\"event\":\"x\",}",
		"{\"level\":\"info\", \"event\":\"x\"}",
		"{\"level\":\"info\",\"event\":\"x\",\"a\":true}",
		"{\"level\":\"info\",\"event\":\"x\",\"a\":[]}",
		"{\"level\":\"info\",\"event\":\"x\",\"a\":\"\\u0041\"}",
		"{\"level\":\"info\",\"event\":\"x\"}{",
	};
	static struct logline read;
	struct span line;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		line = span_of(rows[i]);
		line.at = cases_guard(line);
		cr_expect(not(logline_read(&read, line)), "%s", rows[i]);
	}
}

Test(logline, is_found_behind_what_others_put_before_it)
{
	static const struct {
		const char *line;
		bool found;
	} rows[] = {
		{"level=info event=x",					true },
		{ "<6>level=info event=x",				   true },
		{ "Nov 22 13:00:00 host postern[1]: level=info event=x", true },
		{ "postern-1  | {\"level\":\"info\",\"event\":\"x\"}",   true },
		{ "2026-11-22T13:00:00Z\tlevel=info event=x\n",		true },
 /* Another's line, with ours in what a stranger sent. */
		{ "level=info msg=\"level=info event=x\"",		   false},
		{ "msg=\"level=info event=x\"",				false},
		{ "path=/level=info event=x",			      false},
		{ "{\"msg\":\"{\"level\":\"info\",\"event\":\"x\"}\"}",	false},
		{ "level=info event=x level=info event=x",		   false},
		{ "level=info event=sandbox no-new-privileges=on",	   true },
		{ "nothing of the kind",				 false},
		{ "",						    false},
	};
	static struct logline read;
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(eq(int, logline_find(&read, span_of(rows[i].line)),
			      rows[i].found),
		    "%s", rows[i].line);
}

Test(logline, has_an_end_of_fields)
{
	static struct log_line line;
	static struct logline read;
	char key[] = "a";
	size_t i;

	log_begin(&line, LOG_FORMAT_LOGFMT, false, LOG_LEVEL_INFO, "x");
	for (i = 0; i + 2 < LOGLINE_FIELDS && key[0] <= 'z'; i++, key[0]++)
		log_field(&line, key, SPAN("1"));
	cr_expect(logline_read(&read, log_end(&line)));
	key[0] = '_';
	for (i = 0; i < LOGLINE_FIELDS; i++) {
		line.text.size = sizeof(line.memory) - 2;
		line.text.len -= i == 0;
		log_field(&line, key, SPAN("1"));
	}
	cr_expect(not(logline_read(&read, text_span(&line.text))));
}
