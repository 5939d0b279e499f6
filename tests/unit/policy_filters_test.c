/* SPDX-License-Identifier: MIT */
/* Filters: one of the two forms, and nothing that a daemon might take for no
 * filter. */

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/filters.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

static const struct {
	const char *name;
	const char *value;
	bool good;
} rows[] = {
	{"none",		  "",							 true },
	{ "none in JSON",	  "{}",						       true },
	{ "arrays",		    "{\"until\":[\"24h\"],\"label\":[]}",			  true },
	{ "maps",		  "{\"dangling\":{\"true\":true},\"label\":{\"a=b\":false}}",
	    true										     },
	{ "both",		  "{\"until\":[\"24h\"],\"label\":{\"a\":true}}",		  false},
	{ "no JSON",	     "until=24h",						false},
	{ "an array",	      "[\"until\"]",					      false},
	{ "null",		  "null",						     false},
	{ "a string",	      "{\"until\":\"24h\"}",					     false},
	{ "a null",		    "{\"until\":null}",					 false},
	{ "a number",	      "{\"until\":[24]}",					  false},
	{ "a number in a map",   "{\"until\":{\"24h\":1}}",				  false},
	{ "a name twice",	  "{\"label\":[\"a\"],\"label\":[\"b\"]}",			   false},
	{ "something behind it", "{}x",						      false},
};

Test(filters, are_an_object_of_one_form)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(
		    filters_are_good(span_of(rows[i].value)) == rows[i].good,
		    "%s", rows[i].name);
}

/* Whichever operation has them, and however they are spelled. */
Test(filters, are_read_in_every_query)
{
	static const struct {
		const char *line;
		bool good;
	} requests[] = {
		{"GET /containers/json?filters=%7B%22label%22%3A%5B%5D%7D",
		    true							    },
		{ "GET /containers/json?filters=x",			    false},
		{ "GET /events?%66ilters=%5B%5D",				  false},
		{ "POST /containers/prune?filters={}x",			false},
		{ "POST /build/prune?all=1&filters={}",			true },
		{ "POST /build/prune?all=1&filters=x",		       false},
		{ "GET /v4.0.0/libpod/pods/json?FILTERS=x",		    false},
		{ "GET /_ping?filters=x",					  true },
	};
	struct policies_reading reading;
	char memory[256];
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		snprintf(memory, sizeof(memory),
		    "%s HTTP/1.1\r\nHost: docker\r\n\r\n", requests[i].line);
		cr_expect(policies_read(&reading, requests[i].line,
			      span_of(memory)) == requests[i].good,
		    "%s", requests[i].line);
	}
}
