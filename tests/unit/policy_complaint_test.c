/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/complaint.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(nearest, is_what_a_slip_of_the_fingers_missed)
{
	static const char *const words[] = { "operation", "request", "group",
		"root-equivalent", "mode" };
	static const struct {
		const char *word;
		const char *wanted; /* "-": none */
	} rows[] = {
		ROW("operation", "operation"),
		ROW("operaton", "operation"),
		ROW("operatoin", "operation"),
		ROW("operations", "operation"),
		ROW("OPERATION", "operation"),
		ROW("Group", "group"),
		ROW("requests", "request"),
		ROW("root_equivalent", "root-equivalent"),
		ROW("rootequivalent", "root-equivalent"),
		ROW("mod", "mode"),
		ROW("nothing-alike", "-"),
		ROW("x", "-"),
		ROW("", "-"),
	};
	const char *near;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		near = nearest(rows[i].word, words, CASES(words));
		cr_expect(
		    strcmp(near == NULL ? "-" : near, rows[i].wanted) == 0,
		    "\"%s\" is taken for %s, not %s", rows[i].word, near,
		    rows[i].wanted);
	}
}

Test(nearest, is_none_for_a_word_or_among_words_of_any_length)
{
	char word[512], other[512];
	const char *words[] = { other };

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	memcpy(other, word, sizeof(word));
	cr_expect(nearest(word, words, 1) == NULL);
	word[48] = '\0';
	cr_expect(nearest(word, words, 1) == NULL);
	other[48] = '\0';
	cr_expect(nearest(word, words, 1) == other);
	cr_expect(nearest("a", NULL, 0) == NULL);
}

Test(complain, keeps_every_complaint_in_order)
{
	static const char *const words[] = { "allow", "deny" };
	struct complaints complaints = { 0 };
	char file[] = "b.ini";

	complain(&complaints, "a.ini", 3, "%s is %d", "x", 1);
	complain(&complaints, file, 0, "unreadable");
	complain_unknown(
	    &complaints, file, 7, "section", "alow", words, CASES(words));
	complain_unknown(
	    &complaints, file, 8, "section", "socket", words, CASES(words));
	file[0] = 'c'; /* they have their own copies */
	cr_expect(eq(sz, complaints.len, 4));
	policies_complaints("all", &complaints,
	    "a.ini:3: x is 1\n"
	    "b.ini: unreadable\n"
	    "b.ini:7: no such section: alow; did you mean allow?\n"
	    "b.ini:8: no such section: socket\n");
	complaints_clear(&complaints);
	cr_expect(eq(sz, complaints.len, 0));
	cr_expect(complaints.list == NULL);
}

Test(complaints_write, writes_whole_lines_however_long)
{
	struct complaints complaints = { 0 };
	struct buf lines = { 0 };
	char long_file[4000];
	struct span text;

	cr_expect(complaints_write(&complaints, &lines));
	cr_expect(eq(sz, lines.len, 0));
	memset(long_file, 'f', sizeof(long_file) - 1);
	long_file[sizeof(long_file) - 1] = '\0';
	complain(&complaints, "a.ini", 3, "wrong");
	complain(&complaints, long_file, 0, "unreadable");
	cr_expect(complaints_write(&complaints, &lines));
	text = buf_span(&lines);
	cr_assert(eq(sz, text.len, 15 + 3999 + 13));
	cr_expect(memcmp(text.at, "a.ini:3: wrong\n", 15) == 0);
	cr_expect(memcmp(text.at + text.len - 13, ": unreadable\n", 13) == 0);
	buf_clear(&lines);
	complaints_clear(&complaints);
}
