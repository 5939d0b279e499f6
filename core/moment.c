/* SPDX-License-Identifier: MIT */
/* Moments as text. Years are counted from March here, so that a leap day is a
 * year's last. */

#include <stdint.h>

#include "core/moment.h"

enum {
	DAY_SECONDS = 86400,
	YEAR_DAYS = 365,
	FOUR_YEARS_DAYS = 4 * YEAR_DAYS + 1,
	CENTURY_DAYS = 25 * FOUR_YEARS_DAYS - 1,
	ERA_DAYS = 4 * CENTURY_DAYS + 1, /* 400 years */
	BEFORE_1970 = 719468		 /* days from March 1 of the year 0 */
};

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

static void
write_date(struct text *text, int64_t days)
{
	int64_t since = days + BEFORE_1970;
	unsigned era = (unsigned)(since / ERA_DAYS);
	unsigned day = (unsigned)(since % ERA_DAYS), year, month;

	year = (day - day / (FOUR_YEARS_DAYS - 1) + day / CENTURY_DAYS -
		   day / (ERA_DAYS - 1)) /
	       YEAR_DAYS;
	day -= YEAR_DAYS * year + year / 4 - year / 100;
	/* From March on, five months have 153 days. */
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month += 3;
	year += 400 * era;
	if (month > 12) {
		month -= 12;
		year++;
	}
	text_format(text, "%04u-%02u-%02u", year, month, day + 1);
}

void
moment_write(struct text *text, struct timespec moment)
{
	int64_t seconds = moment.tv_sec;
	unsigned second;

	if (seconds < 0)
		seconds = 0;
	if (seconds > LAST_SECOND)
		seconds = LAST_SECOND;
	second = (unsigned)(seconds % DAY_SECONDS);
	write_date(text, seconds / DAY_SECONDS);
	text_format(text, "T%02u:%02u:%02u.%06uZ", second / 3600,
	    second / 60 % 60, second % 60, (unsigned)moment.tv_nsec / 1000);
}
