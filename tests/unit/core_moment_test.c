/* SPDX-License-Identifier: MIT */
/* Moments as text, against those that are known, and against gmtime(3). */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core/moment.h"
#include "tests/unit/cases.h"

static struct span
written(int64_t seconds, long nanoseconds)
{
	static char memory[64];
	struct text text = TEXT(memory);

	moment_write(&text, (struct timespec){ seconds, nanoseconds });
	cr_expect(not(text.full));
	return text_span(&text);
}

Test(moment, is_written_as_rfc_3339_has_it)
{
	static const struct {
		int64_t seconds;
		long nanoseconds;
		const char *text;
	} rows[] = {
		{0,	     0,		"1970-01-01T00:00:00.000000Z"},
		{ 951782399,    999999999, "2000-02-28T23:59:59.999999Z"},
		{ 951782400,    999,	  "2000-02-29T00:00:00.000000Z"},
		{ 951868800,    1000,	   "2000-03-01T00:00:00.000001Z"},
		{ 1709251199,   5000000,   "2024-02-29T23:59:59.005000Z"},
		{ 4107542400,   0,	 "2100-03-01T00:00:00.000000Z"},
		{ 253402300799, 0,	   "9999-12-31T23:59:59.000000Z"},
		{ 253402300800, 0,	   "9999-12-31T23:59:59.000000Z"},
		{ -1,	      0,	 "1970-01-01T00:00:00.000000Z"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cases_same(rows[i].text,
		    written(rows[i].seconds, rows[i].nanoseconds),
		    span_of(rows[i].text));
}

/* Each day of 900 years, at another time of the day. */
Test(moment, is_the_same_as_the_c_librarys)
{
	char wanted[64];
	struct tm tm;
	time_t at;
	int day;

	for (day = 0; day < 900 * 366; day++) {
		at = (time_t)day * 86400 + (time_t)day * 7 % 86400;
		cr_assert(gmtime_r(&at, &tm) != NULL);
		strftime(
		    wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		cr_assert(
		    span_eq(written(at, 0), span_of(wanted)), "%s", wanted);
	}
}
