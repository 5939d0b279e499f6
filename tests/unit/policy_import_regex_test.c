/* SPDX-License-Identifier: MIT */
/* Expressions: what each matches, and what is refused. Where libc's own
 * expressions have the same meaning, they must agree. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "policy/import/regex.h"
#include "tests/unit/cases.h"

static bool
matches(const char *expression, const char *subject)
{
	struct machine machine = { 0 };
	struct err err = { "" };
	bool found[1];

	cr_assert(eq(int, regex_add(&machine, span_of(expression), &err), 0),
	    "%s: %s", expression, err.text);
	machine_read(&machine, span_of(subject), found);
	machine_clear(&machine);
	return found[0];
}

/* Subjects between blanks; "" is the empty one. */
static void
check(const char *expression, const char *list, bool wanted)
{
	struct span rest = span_of(list), word;
	char subject[128];

	while (span_word(&rest, " ", &word)) {
		snprintf(subject, sizeof(subject), "%.*s", SPAN_ARG(word));
		if (strcmp(subject, "\"\"") == 0)
			subject[0] = '\0';
		cr_expect(matches(expression, subject) == wanted, "%s: %s",
		    expression, subject);
	}
}

Test(import_regex, matches_what_it_says_and_not_the_nearest_else)
{
	static const struct {
		const char *expression, *yes, *no;
	} rows[] = {
		{"^/a$",				      "/a",				"/b /aa a \"\" /A"			   },
		{ "a",					"a ba ab bab",		      "b \"\""			       },
		{ "",					 "\"\" a",				""				    },
		{ "^$",				       "\"\"",				"a"				    },
		{ "^a|b$",				    "a ab b xb bb axx",	       "xbx xa"				},
		{ "^(a|b)$",				  "a b",			    "ab ax \"\""				 },
		{ "^(?:a|)$",				 "a \"\"",				"b"				    },
		{ "^a*$",				     "\"\" a aaa",			"b ab"				       },
		{ "^a+$",				     "a aa",				  "\"\" b"				   },
		{ "^a?b$",				    "b ab",			   "aab a"				   },
		{ "^a*?b+?c??$",				 "b ab abc aabb",		  "ac c"				 },
		{ "^a{2}$",				   "aa",				  "a aaa"				  },
		{ "^a{2,}$",				  "aa aaaa",			"a"				    },
		{ "^a{2,4}$",				 "aa aaa aaaa",		     "a aaaaa"			       },
		{ "^a{0}b$",				  "b",				  "ab"				       },
		{ "^(ab){1,2}$",				 "ab abab",			    "ababab a"			       },
		{ "^a{,3}$",				  "a{,3}",			      "a aaa"				      },
		{ "^a{x$",				    "a{x",				  "a"				      },
		{ "^(a*)*$",				  "\"\" aaa",			 "b"				     },
		{ "^()*$",				    "\"\"",			   "a"				       },
		{ "^.$",				      "a / .",			  "\"\" ab"				    },
		{ "^\\.$",				    ".",				"a"				    },
		{ "^[abc]$",				  "a c",			    "d ab"				   },
		{ "^[^/]+$",				  "abc",			    "a/b \"\""			       },
		{ "^[a-c]$",				  "a b c",			      "d -"				    },
		{ "^[a-]$",				   "a -",				   "b"				       },
		{ "^[]a]$",				   "] a",				   "b"				       },
		{ "^[^]]$",				   "a",				 "]"				     },
		{ "^[\\]\\\\]$",				 "] \\",				 "a"				     },
		{ "^[\\d.]+$",				"1.2 3",				"a"				    },
		{ "^[^\\d]$",				 "a",				   "1"				       },
		{ "^[[:alpha:]_]+$",			     "aZ_",			    "1 :"				  },
		{ "^\\d\\w\\D\\W$",			    "1aa- 9_Z.",			 "aaa- 1-a-"			     },
		{ "^\\x2f\\x41$",				  "/A",				"x"				    },
		{ "^\\/\\-\\_$",				 "/-_",				"a"				    },
		{ "^(?i)aB[c-d]$",				   "abc ABD",			      "abe"				    },
		{ "^(?i:a)b$",				"ab Ab",				"aB"				     },
		{ "^((?i)a)b$",				"ab Ab",				 "aB"				      },
		{ "^(?-i)a$",				 "a",				   "A"				       },
		{ "^(?i)[^a]$",				"b",				     "a A"				   },
		{ "^(?P<n>a)(?<m>b)$",			       "ab",			     "a"					 },
		{ "\\Aa\\z",				  "a",				  "ab ba"				  },
		{ "a$b",				      "",			       "ab a$b a"				},
		{ "a^b",				      "",			       "ab"				  },
		{ "(^a|^b)c",				 "ac bc",			       "xac"				     },
		{ "^*a",				      "a ba",				 "b"				     },
		{ "/v1\\..{2}/(containers/.*|events)|/_ping",
		    "/v1.41/events /v1.41/containers/ x/_pingx",				   "/v1.5/events /v1.100/containers/json"},
		{ "^(/v[\\d.]+)?/_ping",			 "/_ping /v1.2.3/_ping /_pingfoo",
		    "/v/_ping //_ping x/_ping"											   },
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		check(rows[i].expression, rows[i].yes, true);
		check(rows[i].expression, rows[i].no, false);
	}
}

Test(import_regex, refuses_what_it_does_not_understand)
{
	static const char *const refused[] = { "(", ")", "a)", "(a", "[", "[a",
		"[]", "*", "+a", "?", "a**", "a*+", "a{2}{3}", "(?=a)",
		"(?!a)b", "(?<=a)b", "(?<!a)b", "(?>a)", "(?#a)", "(?P=n)",
		"(?P<>a)", "(?", "(?i", "(?x)a", "(?--i)a", "\\", "\\1", "\\b",
		"\\B", "\\pL", "\\Qa\\E", "\\C", "\\Z", "\\x4", "\\xff", "[\\",
		"[b-a]", "[a-\\d]", "[[:nothing:]]", "[\\b]", "a{1001}",
		"a{2,1}", "a{0,99999999999}", "\xc3\xa4", "[\xc3\xa4]",
		"((a{1000}){1000})", "((((){1000}){1000}){1000})" };
	struct machine machine = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < CASES(refused); i++) {
		err.text[0] = '\0';
		cr_expect(
		    eq(int, regex_add(&machine, span_of(refused[i]), &err), -1),
		    "%s", refused[i]);
		cr_expect(strstr(err.text, "is not understood") != NULL,
		    "%s: %s", refused[i], err.text);
		cr_expect(eq(sz, machine.states_len, 0), "%s", refused[i]);
		cr_expect(eq(sz, machine.patterns, 0), "%s", refused[i]);
	}
	machine_clear(&machine);
}

Test(import_regex, bounds_how_deep_groups_are)
{
	struct machine machine = { 0 };
	struct span deep;
	struct err err;

	deep = cases_repeat("", "(", 100, "a");
	cr_expect(eq(int, regex_add(&machine, deep, &err), -1)); /* no ')' */
	deep = cases_repeat("", "(", 20000, "a");
	cr_expect(eq(int, regex_add(&machine, deep, &err), -1));
	cr_expect(strstr(err.text, "too deep") != NULL);
	machine_clear(&machine);
}

Test(import_regex, knows_a_bar_outside_of_parentheses)
{
	static const char *const split[] = { "a|b", "|", "(a)|b", "[|]|a",
		"\\(|a", "[(]|a", "[]|]|a", "[^]|]|a", "(a|b)|c" };
	static const char *const whole[] = { "", "a", "(a|b)", "[|]", "\\|",
		"[]|]", "[^]|]", "[[:alpha:]|]", "((a)|b)", "[\\]|]" };
	size_t i;

	for (i = 0; i < CASES(split); i++)
		cr_expect(regex_is_split(span_of(split[i])), "%s", split[i]);
	for (i = 0; i < CASES(whole); i++)
		cr_expect(
		    not(regex_is_split(span_of(whole[i]))), "%s", whole[i]);
}

Test(import_regex, reads_many_at_once)
{
	static const char *const expressions[] = { "^a", "b$", "^ab$", "c" };
	static const bool wanted[] = { true, true, true, false };
	struct machine machine = { 0 };
	bool found[4];
	struct err err;
	size_t i;

	for (i = 0; i < 4; i++)
		cr_assert(eq(int,
		    regex_add(&machine, span_of(expressions[i]), &err), 0));
	machine_read(&machine, SPAN("ab"), found);
	for (i = 0; i < 4; i++)
		cr_expect(found[i] == wanted[i], "%s", expressions[i]);
	machine_clear(&machine);
}

/* A small generator of numbers, the same each time. */
static unsigned
next(unsigned *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 16;
}

/* An expression that means the same to both. */
static void
make(struct text *text, unsigned *seed, unsigned depth)
{
	static const char *const atoms[] = { "a", "b", "c", ".", "[ab]", "[^a]",
		"/" };
	static const char *const times[] = { "*", "+", "?", "{2}", "{1,2}",
		"{0,1}" };
	unsigned count = 1 + next(seed) % 3, i;

	for (i = 0; i < count; i++) {
		if (depth > 0 && next(seed) % 3 == 0) {
			text_char(text, '(');
			make(text, seed, depth - 1);
			if (next(seed) % 2 == 0) {
				text_char(text, '|');
				make(text, seed, depth - 1);
			}
			text_char(text, ')');
		} else {
			text_add(
			    text, span_of(atoms[next(seed) % CASES(atoms)]));
		}
		if (next(seed) % 3 == 0)
			text_add(
			    text, span_of(times[next(seed) % CASES(times)]));
	}
}

Test(import_regex, agrees_with_libcs)
{
	unsigned seed = 1, round, i, k;
	char memory[1024], subject[12];
	struct text text;
	regex_t libcs;
	size_t yes = 0;

	for (round = 0; round < 3000; round++) {
		text = TEXT(memory);
		if (round % 2 == 0)
			text_char(&text, '^');
		make(&text, &seed, 2);
		if (round % 3 == 0)
			text_char(&text, '$');
		text_char(&text, '\0');
		cr_assert(not(text.full));
		cr_assert(
		    eq(int, regcomp(&libcs, memory, REG_EXTENDED | REG_NOSUB),
			0),
		    "%s", memory);
		for (i = 0; i < 12; i++) {
			for (k = 0; k < next(&seed) % 9; k++)
				subject[k] = "abc/"[next(&seed) % 4];
			subject[k] = '\0';
			yes += matches(memory, subject);
			cr_expect(
			    matches(memory, subject) ==
				(regexec(&libcs, subject, 0, NULL, 0) == 0),
			    "%s: %s", memory, subject);
		}
		regfree(&libcs);
	}
	cr_expect(gt(sz, yes, 5000));
	cr_expect(lt(sz, yes, 31000));
}
