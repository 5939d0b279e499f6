/* SPDX-License-Identifier: MIT */
/* Errors for people. A text too long for its place loses its end. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"

int
err_set(struct err *err, int number, const char *format, ...)
{
	va_list arguments;
	size_t len;

	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	if (number != 0) {
		len = strlen(err->text);
		snprintf(err->text + len, sizeof(err->text) - len, ": %s",
		    strerror(number));
	}
	return -1;
}

int
err_context(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list arguments;
	size_t len;

	memcpy(text, err->text, sizeof(text));
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", text);
	return -1;
}
