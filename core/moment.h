/* SPDX-License-Identifier: MIT */
#ifndef CORE_MOMENT_H
#define CORE_MOMENT_H

#include <time.h>

#include "core/text.h"

/* Write a moment, by its time since 1970, as RFC 3339 has it, in UTC and with
 * microseconds: 2026-11-22T06:57:43.123456Z. Reads no file of time zones, as
 * gmtime(3) may. Of what is before 1970 or behind 9999, the nearest moment
 * that is not. */
void moment_write(struct text *text, struct timespec moment);

#endif
