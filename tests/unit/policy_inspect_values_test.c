/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/values.h"
#include "tests/unit/cases.h"

Test(policy_inspect_values, reads_a_plain_number_up_to_its_most)
{
	static const struct {
		struct span text;
		uint64_t max;
		bool good;
		uint64_t number;
	} rows[] = {
		{SPAN("0"),		     0,		true,  0		},
		{ SPAN("7"),		     7,		true,  7		},
		{ SPAN("8"),		     7,		false, 0	 },
		{ SPAN("65535"),		 65535,	true,  65535	    },
		{ SPAN("65536"),		 65535,	false, 0	 },
		{ SPAN("655350"),		  65535,	 false, 0	  },
		{ SPAN("18446744073709551615"), UINT64_MAX, true,  UINT64_MAX},
		{ SPAN("18446744073709551616"), UINT64_MAX, false, 0	     },
		{ SPAN("99999999999999999999"), UINT64_MAX, false, 0	     },
		{ SPAN(""),			    9,	       false, 0		},
		{ SPAN("00"),		      9,		 false, 0	  },
		{ SPAN("01"),		      9,		 false, 0	  },
		{ SPAN("-1"),		      9,		 false, 0	  },
		{ SPAN("+1"),		      9,		 false, 0	  },
		{ SPAN("1 "),		      9,		 false, 0	  },
		{ SPAN("0x1"),		       9,	  false, 0	   },
	};
	uint64_t number;
	bool good;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		good = value_number((struct span){ cases_guard(rows[i].text),
					rows[i].text.len },
		    rows[i].max, &number);
		cr_expect(eq(int, good, rows[i].good), "%.*s",
		    SPAN_ARG(rows[i].text));
		if (good)
			cr_expect(eq(u64, number, rows[i].number));
	}
}

Test(policy_inspect_values, cuts_at_the_first)
{
	struct span before, behind;

	cr_expect(value_cut(SPAN("a=b=c"), '=', &before, &behind));
	cases_same("before", before, SPAN("a"));
	cases_same("behind", behind, SPAN("b=c"));
	cr_expect(value_cut(SPAN("="), '=', &before, &behind));
	cases_same("nothing before", before, SPAN(""));
	cases_same("nothing behind", behind, SPAN(""));
	cr_expect(not(value_cut(SPAN("abc"), '=', &before, &behind)));
	cases_same("all before", before, SPAN("abc"));
	cases_same("none behind", behind, SPAN(""));
	cr_expect(
	    not(value_cut((struct span){ NULL, 0 }, '=', &before, &behind)));
	cr_expect(eq(sz, before.len, 0));
}

Test(policy_inspect_values, reads_addresses)
{
	static const struct {
		struct span text;
		bool good;
		bool is_v4;
	} rows[] = {
		{SPAN("127.0.0.1"),				       true,  true },
		{ SPAN("0.0.0.0"),					true,	 true },
		{ SPAN("::1"),					    true,  false},
		{ SPAN("::"),					     true,  false},
		{ SPAN("::ffff:127.0.0.1"),				    true,  true },
		{ SPAN("::127.0.0.1"),				       true,  false},
		{ SPAN("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),	 true,
		    false								},
		{ SPAN("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555"), false,
		    false								},
		{ SPAN(""),					       false, false},
		{ SPAN("127.1"),					  false, false},
		{ SPAN("127.0.0.01"),				      false, false},
		{ SPAN("127.0.0.256"),				       false, false},
		{ SPAN("0x7f.0.0.1"),				      false, false},
		{ SPAN("2130706433"),				      false, false},
		{ SPAN(" 127.0.0.1"),				      false, false},
		{ SPAN("[::1]"),					  false, false},
		{ SPAN("fe80::1%lo"),				      false, false},
		{ SPAN("localhost"),				      false, false},
	};
	struct address address;
	bool good;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		good = value_address((struct span){ cases_guard(rows[i].text),
					 rows[i].text.len },
		    &address);
		cr_expect(eq(int, good, rows[i].good), "%.*s",
		    SPAN_ARG(rows[i].text));
		if (good)
			cr_expect(eq(int, address.is_v4, rows[i].is_v4), "%.*s",
			    SPAN_ARG(rows[i].text));
	}
}

Test(policy_inspect_values, says_what_a_subnet_holds)
{
	static const struct {
		struct span outer;
		struct span inner;
		bool holds;
	} rows[] = {
		{SPAN("172.30.0.0/16"),	 SPAN("172.30.0.0/16"),	true },
		{ SPAN("172.30.0.0/16"),	 SPAN("172.30.255.0/24"), true },
		{ SPAN("172.30.0.0/16"),	 SPAN("172.31.0.0/24"),	false},
		{ SPAN("172.30.0.0/16"),	 SPAN("172.30.0.0/15"),	false},
		{ SPAN("172.30.0.0/17"),	 SPAN("172.30.127.0/24"), true },
		{ SPAN("172.30.0.0/17"),	 SPAN("172.30.128.0/24"), false},
		{ SPAN("172.30.99.99/16"), SPAN("172.30.0.0/24"),	  true },
		{ SPAN("10.0.0.1/32"),     SPAN("10.0.0.1/32"),	    true },
		{ SPAN("10.0.0.1/32"),     SPAN("10.0.0.2/32"),	    false},
		{ SPAN("0.0.0.0/0"),	     SPAN("255.0.0.0/8"),	  true },
		{ SPAN("0.0.0.0/0"),	     SPAN("fd00::/8"),	       false},
		{ SPAN("::/0"),		SPAN("fd00::/8"),	  true },
		{ SPAN("::/0"),		SPAN("10.0.0.0/8"),	    false},
		{ SPAN("fd00::/9"),	    SPAN("fd7f::/16"),       true },
		{ SPAN("fd00::/9"),	    SPAN("fd80::/16"),       false},
		{ SPAN("fd00::1/128"),     SPAN("fd00::2/128"),	    false},
	};
	struct subnet outer, inner;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_assert(value_subnet(rows[i].outer, &outer));
		cr_assert(value_subnet(rows[i].inner, &inner));
		cr_expect(eq(int, value_holds(&outer, &inner), rows[i].holds),
		    "%.*s %.*s", SPAN_ARG(rows[i].outer),
		    SPAN_ARG(rows[i].inner));
	}
}
