/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>

#include "core/err.h"
#include "tests/unit/cases.h"

Test(err_set, writes_one_line)
{
	struct err err;

	cr_expect(eq(int, err_set(&err, 0, "bind %s: %d", "x", 7), -1));
	cases_same("text", span_of(err.text), SPAN("bind x: 7"));
}

Test(err_set, adds_what_the_system_says)
{
	struct err err;

	cr_expect(eq(int, err_set(&err, ENOENT, "open %s", "x"), -1));
	cases_same("text", span_of(err.text),
	    SPAN("open x: No such file or directory"));
}

Test(err_set, cuts_what_is_too_long)
{
	char text[2 * sizeof(((struct err *)0)->text)];
	struct err err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_expect(eq(int, err_set(&err, ENOENT, "%s", text), -1));
	text[sizeof(err.text) - 1] = '\0';
	cases_same("text", span_of(err.text), span_of(text));
}

Test(err_context, comes_in_front)
{
	struct err err;

	err_set(&err, 0, "line %d", 3);
	cr_expect(eq(int, err_context(&err, "file %s", "x.ini"), -1));
	cases_same("text", span_of(err.text), SPAN("file x.ini: line 3"));
	cr_expect(eq(int, err_context(&err, "profile"), -1));
	cases_same(
	    "text", span_of(err.text), SPAN("profile: file x.ini: line 3"));
}

Test(err_context, cuts_the_end_of_what_is_too_long)
{
	char text[sizeof(((struct err *)0)->text)];
	struct err err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, 0, "%s", text);
	cr_expect(eq(int, err_context(&err, "ab"), -1));
	memcpy(text, "ab: ", 4);
	cases_same("text", span_of(err.text), span_of(text));
}
