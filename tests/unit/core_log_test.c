/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/json.h"
#include "core/log.h"
#include "tests/unit/cases.h"

static const enum log_format formats[] = { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

/* Of a JSON line: the object. The caller gives it back. */
static struct json *
parsed(struct span line)
{
	struct json *object;
	const char *why;

	object = json_read(line, &why);
	cr_assert(ne(ptr, object, NULL), "%.*s: %s", SPAN_ARG(line), why);
	return object;
}

/* Whatever was written: one line of printable ASCII. */
static bool
is_one_line(struct span line)
{
	size_t i;

	if (line.len == 0 || line.len > LIMIT_LOG_LINE ||
	    line.at[line.len - 1] != '\n')
		return false;
	for (i = 0; i + 1 < line.len; i++)
		if (line.at[i] < ' ' || line.at[i] > '~')
			return false;
	return true;
}

/* A logfmt line with this value alone, without the line feed. */
static struct span
value_of(struct log_line *line, struct span value)
{
	struct span s;

	log_begin(line, LOG_FORMAT_LOGFMT, false, LOG_LEVEL_INFO, "e");
	log_field(line, "k", value);
	s = log_end(line);
	cr_assert(span_starts(s, SPAN("level=info event=e k=")));
	return (struct span){ s.at + 21, s.len - 22 };
}

Test(log, writes_logfmt)
{
	struct log_line line;

	log_begin(&line, LOG_FORMAT_LOGFMT, false, LOG_LEVEL_INFO, "door-open");
	log_field(&line, "name", SPAN("traefik"));
	log_number(&line, "uid", UINT64_MAX);
	log_seconds(&line, "took", 1.25);
	cases_same("line", log_end(&line),
	    SPAN("level=info event=door-open name=traefik "
		 "uid=18446744073709551615 took=1.250\n"));
}

Test(log, writes_json)
{
	struct log_line line;

	log_begin(&line, LOG_FORMAT_JSON, false, LOG_LEVEL_INFO, "door-open");
	log_field(&line, "name", SPAN("traefik"));
	log_number(&line, "uid", UINT64_MAX);
	log_seconds(&line, "took", 1.25);
	cases_same("line", log_end(&line),
	    SPAN("{\"level\":\"info\",\"event\":\"door-open\","
		 "\"name\":\"traefik\",\"uid\":18446744073709551615,"
		 "\"took\":1.250}\n"));
}

Test(log, names_every_level_and_its_number_for_the_journal)
{
	static const struct {
		const char *name;
		struct span line;
		enum log_level level;
	} rows[] = {
		CASE("error", "<3>level=error event=e\n", LOG_LEVEL_ERROR),
		CASE(
		    "warning", "<4>level=warning event=e\n", LOG_LEVEL_WARNING),
		CASE("notice", "<5>level=notice event=e\n", LOG_LEVEL_NOTICE),
		CASE("info", "<6>level=info event=e\n", LOG_LEVEL_INFO),
		CASE("debug", "<7>level=debug event=e\n", LOG_LEVEL_DEBUG),
	};
	struct log_line line;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		log_begin(&line, LOG_FORMAT_LOGFMT, true, rows[i].level, "e");
		cases_same(rows[i].name, log_end(&line), rows[i].line);
	}
	log_begin(&line, LOG_FORMAT_JSON, true, LOG_LEVEL_ERROR, "e");
	cases_same("JSON", log_end(&line),
	    SPAN("<3>{\"level\":\"error\",\"event\":\"e\"}\n"));
}

Test(log, quotes_where_a_logfmt_reader_needs_it)
{
	static const struct {
		const char *name;
		struct span in;
		struct span written;
	} rows[] = {
		CASE("plain", "/v1.41/x?a:b!~'", SPAN("/v1.41/x?a:b!~'")),
		CASE("nothing", "", SPAN("\"\"")),
		CASE("a space", "a b", SPAN("\"a b\"")),
		CASE("an equals sign", "a=b", SPAN("\"a=b\"")),
		CASE("a quote", "a\"b", SPAN("\"a\\\"b\"")),
		CASE("a backslash", "a\\b", SPAN("\"a\\\\b\"")),
		CASE("a line feed", "a\nlevel=error",
		    SPAN("\"a\\nlevel=error\"")),
		CASE("a carriage return", "\r", SPAN("\"\\r\"")),
		CASE("a tab", "\t", SPAN("\"\\t\"")),
		CASE("NUL", "\0", SPAN("\"\\u0000\"")),
		CASE("escape", "\x1b[2J", SPAN("\"\\u001b[2J\"")),
		CASE("DEL", "\x7f", SPAN("\"\\u007f\"")),
		CASE("a byte over 127", "\xe9", SPAN("\"\\u00e9\"")),
	};
	struct log_line line;
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cases_same(
		    rows[i].name, value_of(&line, rows[i].in), rows[i].written);
}

Test(log, stays_one_line_of_ascii_whatever_the_byte)
{
	struct log_line line;
	size_t i;
	int byte;
	char c;

	for (i = 0; i < CASES(formats); i++) {
		for (byte = 0; byte < 256; byte++) {
			c = (char)byte;
			log_begin(&line, formats[i], true, LOG_LEVEL_INFO, "e");
			log_field(&line, "k", (struct span){ &c, 1 });
			cr_expect(is_one_line(log_end(&line)), "byte %d", byte);
		}
	}
}

Test(log, writes_json_that_reads_back)
{
	struct log_line line;
	struct json *object;
	struct span value;
	int byte;
	char c;

	/* A NUL is for other readers than our own. */
	log_begin(&line, LOG_FORMAT_JSON, false, LOG_LEVEL_NOTICE, "e");
	log_field(&line, "k", SPAN("\0"));
	value = log_end(&line);
	cr_expect(memmem(value.at, value.len, "\"k\":\"\\u0000\"", 12) != NULL);
	for (byte = 1; byte < 256; byte++) {
		c = (char)byte;
		log_begin(&line, LOG_FORMAT_JSON, false, LOG_LEVEL_NOTICE, "e");
		log_field(&line, "k", (struct span){ &c, 1 });
		log_number(&line, "n", 7);
		object = parsed(log_end(&line));
		cr_expect(eq(sz, json_count(object), 4));
		value = json_text(json_member(object, "k"));
		/* The code point of that number, in UTF-8. */
		if (byte < 128)
			cr_expect(
			    value.len == 1 && *value.at == c, "byte %d", byte);
		else
			cr_expect(
			    value.len == 2 && ((value.at[0] & 3) << 6 |
						  (value.at[1] & 63)) == byte,
			    "byte %d", byte);
		json_free(object);
	}
}

/* Values of every length around the limit, of bytes that are written as 1,
 * 2 and 6. */
Test(log, stays_whole_when_a_value_does_not_fit)
{
	static const char *const units[] = { "x", "\"", "\x01" };
	static const size_t sizes[] = { 1, 2, 6 };
	struct log_line line;
	struct span value, s;
	size_t unit, i, times;
	struct json *object;

	for (unit = 0; unit < CASES(units); unit++) {
		for (times = (LIMIT_LOG_LINE - 100) / sizes[unit];
		     times < LIMIT_LOG_LINE / sizes[unit] + 4; times++) {
			value = cases_repeat("", units[unit], times, "");
			for (i = 0; i < CASES(formats); i++) {
				log_begin(&line, formats[i], false,
				    LOG_LEVEL_INFO, "e");
				log_field(&line, "before", SPAN("1"));
				log_field(&line, "long", value);
				log_field(&line, "behind", SPAN("2"));
				s = log_end(&line);
				cr_expect(is_one_line(s), "%zu", times);
			}
			object = parsed(s);
			cr_expect(ne(ptr, json_member(object, "before"), NULL));
			json_free(object);
		}
	}
}

Test(log, leaves_out_the_field_that_does_not_fit_and_no_other)
{
	struct log_line line;
	struct span value;

	value = cases_repeat("", "x", LIMIT_LOG_LINE, "");
	log_begin(&line, LOG_FORMAT_LOGFMT, false, LOG_LEVEL_INFO, "e");
	log_field(&line, "a", SPAN("1"));
	log_field(&line, "long", value);
	log_number(&line, "b", 2);
	cases_same(
	    "line", log_end(&line), SPAN("level=info event=e a=1 b=2\n"));
}

Test(log, can_be_used_again_after_a_full_line)
{
	struct log_line line;
	size_t i;

	log_begin(&line, LOG_FORMAT_JSON, false, LOG_LEVEL_INFO, "e");
	for (i = 0; i < LIMIT_LOG_LINE; i++)
		log_number(&line, "k", i);
	cr_expect(is_one_line(log_end(&line)));
	log_begin(&line, LOG_FORMAT_LOGFMT, false, LOG_LEVEL_INFO, "f");
	log_seconds(&line, "s", 0);
	cases_same(
	    "line", log_end(&line), SPAN("level=info event=f s=0.000\n"));
}
