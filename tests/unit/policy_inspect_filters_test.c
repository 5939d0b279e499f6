/* SPDX-License-Identifier: MIT */
/* Filters of prunes: one of the two forms, and nothing that a daemon might
 * take for no filter. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define PASSES(name, filters)                                              \
	{                                                                  \
		(name), "", "POST /images/prune?filters=" filters, "", "", \
		    NO_FACTS                                               \
	}
#define REFUSED(name, filters)                                         \
	{                                                              \
		(name), "", "POST /images/prune?filters=" filters, "", \
		    "400 query.filters*(filters that cannot be read)", \
		    NO_FACTS                                           \
	}

Test(filters, of_prunes)
{
	static const struct inspections_row rows[] = {
		PASSES("none", ""),
		PASSES("none in JSON", "{}"),
		PASSES("arrays", "{\"until\":[\"24h\"],\"label\":[]}"),
		PASSES("maps",
		    "%7B%22dangling%22%3A%7B%22true%22%3Atrue%7D%2C%22label"
		    "%22%3A%7B%22a%3Db%22%3Afalse%7D%7D"),
		REFUSED("both", "{\"until\":[\"24h\"],\"label\":{\"a\":true}}"),
		REFUSED("no JSON", "until=24h"),
		REFUSED("an array", "[\"until\"]"),
		REFUSED("null", "null"),
		REFUSED("a string", "{\"until\":\"24h\"}"),
		REFUSED("a null", "{\"until\":null}"),
		REFUSED("a number", "{\"until\":[24]}"),
		REFUSED("a number in a map", "{\"until\":{\"24h\":1}}"),
		REFUSED(
		    "a name twice", "{\"label\":[\"a\"],\"label\":[\"b\"]}"),
		REFUSED("something behind it", "{}x"),
	};
	static const struct inspections_row build[] = {
		ROW("the cache's", "", "POST /build/prune?all=1&filters={}", "",
		    "", NO_FACTS),
		ROW("the cache's, malformed", "",
		    "POST /build/prune?all=1&filters=x", "", "400 *", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
	inspections_check(build, CASES(build));
}
