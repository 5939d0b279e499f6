/* SPDX-License-Identifier: MIT */
/* INI files: which lines come through, as what, and which do not. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "policy/inifile.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* What was called, as lines: "2 [allow]" and "3 allow.operation=<x>". */
struct heard {
	char memory[CASES_LARGEST];
	struct text text;
};

static void
on_section(void *arg, const char *section, unsigned line)
{
	struct heard *heard = arg;

	text_format(&heard->text, "%u [%s]\n", line, section);
}

static void
on_entry(void *arg, const struct inifile_entry *entry)
{
	struct heard *heard = arg;

	text_format(&heard->text, "%u %s.%s=<%s>\n", entry->line,
	    entry->section, entry->key, entry->value);
}

/* Read a text that ends where memory ends. */
static struct span
read_ini(struct span in, struct complaints *complaints)
{
	static struct heard heard;

	heard.text = TEXT(heard.memory);
	*complaints = (struct complaints){ 0 };
	in.at = cases_guard(in);
	inifile_read(in, "a.ini", complaints, on_section, on_entry, &heard);
	cr_assert(not(heard.text.full));
	return text_span(&heard.text);
}

Test(inifile_read, reads_what_is_well_formed)
{
	static const struct {
		const char *name;
		struct span in;
		const char *heard;
	} rows[] = {
		CASE("nothing", "", ""),
		CASE("a section alone", "[a]\n", "1 [a]\n"),
		CASE("an entry", "[a]\nk = v\n", "1 [a]\n2 a.k=<v>\n"),
		CASE("no line feed at the end", "[a]\nk = v",
		    "1 [a]\n2 a.k=<v>\n"),
		CASE("no line feed behind the section", "[a]", "1 [a]\n"),
		CASE("no blanks", "[a]\nk=v\n", "1 [a]\n2 a.k=<v>\n"),
		CASE("blanks and tabs", "[a]\nk \t= \tv w\t \n",
		    "1 [a]\n2 a.k=<v w>\n"),
		CASE("an empty value", "[a]\nk =\n", "1 [a]\n2 a.k=<>\n"),
		CASE("an '=' in the value", "[a]\nk = a=b\n",
		    "1 [a]\n2 a.k=<a=b>\n"),
		CASE("a ':' in the value", "[a]\nk = uid:7\n",
		    "1 [a]\n2 a.k=<uid:7>\n"),
		CASE("a ':' before an '=' in the value", "[a]\nk = a:b=c\n",
		    "1 [a]\n2 a.k=<a:b=c>\n"),
		CASE("brackets in the value", "[a]\nk = [b]\n",
		    "1 [a]\n2 a.k=<[b]>\n"),
		CASE("quotes are bytes", "[a]\nk = \"v\"\n",
		    "1 [a]\n2 a.k=<\"v\">\n"),
		CASE("UTF-8 in the value", "[a]\nk = \xc3\xa9\n",
		    "1 [a]\n2 a.k=<\xc3\xa9>\n"),
		CASE("a comment line", "; c\n[a]\n# c\nk = v\n",
		    "2 [a]\n4 a.k=<v>\n"),
		CASE("a comment behind a value", "[a]\nk = v ; c\n",
		    "1 [a]\n2 a.k=<v>\n"),
		CASE("a comment behind a tab", "[a]\nk = v\t;c\n",
		    "1 [a]\n2 a.k=<v>\n"),
		CASE("a comment for a value", "[a]\nk = ; c\n",
		    "1 [a]\n2 a.k=<>\n"),
		CASE("a ';' without a blank", "[a]\nk = v;w\n",
		    "1 [a]\n2 a.k=<v;w>\n"),
		CASE("a '#' is no comment there", "[a]\nk = v # c\n",
		    "1 [a]\n2 a.k=<v # c>\n"),
		CASE("comments behind sections", "[a] ; c\n[b]# c\n",
		    "1 [a]\n2 [b]\n"),
		CASE("empty lines count", "\n\n[a]\n \t\nk = v\n",
		    "3 [a]\n5 a.k=<v>\n"),
		CASE("a key repeated", "[a]\nk = v\nk = w\n",
		    "1 [a]\n2 a.k=<v>\n3 a.k=<w>\n"),
		CASE("two sections", "[a]\nk = v\n[b]\nk = w\n",
		    "1 [a]\n2 a.k=<v>\n3 [b]\n4 b.k=<w>\n"),
		CASE("every byte of a name", "[a-b_0]\nk-l_1 = v\n",
		    "1 [a-b_0]\n2 a-b_0.k-l_1=<v>\n"),
	};
	struct complaints complaints;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cases_same(rows[i].name, read_ini(rows[i].in, &complaints),
		    span_of(rows[i].heard));
		policies_complaints(rows[i].name, &complaints, "");
		complaints_clear(&complaints);
	}
}

/* Each refused line stands between good ones: nothing of it is heard, and
 * the others are. */
Test(inifile_read, refuses_every_line_that_inih_would_read_its_own_way)
{
	static const struct {
		const char *name;
		struct span line;
		const char *complaint;
	} rows[] = {
		CASE("a ':' for an '='", "k: w", "*neither*"),
		CASE("a ':' before the '='", "k:l = w", "*neither*"),
		CASE("no '='", "word", "*neither*"),
		CASE("no key", "= w", "*neither*"),
		CASE("two words for a key", "k l = w", "*neither*"),
		CASE("a comment in the key", "k ;l = w", "*neither*"),
		CASE("a key in upper case", "K = w", "*neither*"),
		CASE("a dot in the key", "k.l = w", "*neither*"),
		CASE("a quoted key", "\"k\" = w", "*neither*"),
		CASE("a byte order mark", "\xef\xbb\xbfk = w", "*neither*"),
		CASE("a letter that is no ASCII", "\xc3\xa9 = w", "*neither*"),
		CASE("an indented line", " k = w", "*blank*"),
		CASE("a tab before a line", "\tw", "*blank*"),
		CASE("an indented section", " [b]", "*blank*"),
		CASE("an indented comment", " ; c", "*blank*"),
		CASE("a carriage return", "k = w\r", "*carriage return*"),
		CASE("a carriage return alone", "\r", "*carriage return*"),
		CASE("a carriage return inside", "k = w\rl = x",
		    "*carriage return*"),
		CASE("a NUL", "k = w\0x", "*0x00*"),
		CASE("a NUL first", "\0k = w", "*0x00*"),
		CASE("a NUL in a comment", "; c\0", "*0x00*"),
		CASE("an escape", "k = \x1b[31m", "*0x1b*"),
		CASE("a form feed", "k = w\f", "*0x0c*"),
		CASE("a vertical tab", "\vk = w", "*0x0b*"),
		CASE("a DEL", "k = w\x7f", "*0x7f*"),
	};
	struct complaints complaints;
	char memory[512], wanted[128];
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		text_add(&text, SPAN("[a]\nk = v\n"));
		text_add(&text, rows[i].line);
		text_add(&text, SPAN("\nz = v\n"));
		cases_same(rows[i].name,
		    read_ini(text_span(&text), &complaints),
		    SPAN("1 [a]\n2 a.k=<v>\n4 a.z=<v>\n"));
		cr_expect(eq(sz, complaints.len, 1), "%s", rows[i].name);
		snprintf(
		    wanted, sizeof(wanted), "a.ini:3: %s\n", rows[i].complaint);
		policies_complaints(rows[i].name, &complaints, wanted);
		complaints_clear(&complaints);
	}
}

/* Entries behind a bad section line belong to nobody knows whom: they are
 * not heard, nor complained about, up to the next section. */
Test(inifile_read, refuses_bad_section_lines_with_all_that_follows)
{
	static const struct {
		const char *name;
		struct span line;
		const char *complaint;
	} rows[] = {
		CASE("no ']'", "[b", "*must be [name]*"),
		CASE("no name", "[]", "*must be [name]*"),
		CASE("a blank for a name", "[ ]", "*must be [name]*"),
		CASE("blanks around the name", "[ b ]", "*must be [name]*"),
		CASE("upper case", "[Allow]", "*must be [name]*"),
		CASE("a dot", "[b.c]", "*must be [name]*"),
		CASE("two names", "[b c]", "*must be [name]*"),
		CASE("a bracket in it", "[b[c]]", "*must be [name]*"),
		CASE("a comment in it", "[b ;]", "*must be [name]*"),
		CASE("text behind it", "[b] k = v", "*text behind*"),
		CASE("a second section behind it", "[b][c]", "*text behind*"),
		CASE("the same section again", "[a]", "*[a] stands twice*"),
		CASE("33 letters", "[abcdefghijklmnopqrstuvwxyzabcdefg]",
		    "*no such section*"),
	};
	struct complaints complaints;
	char memory[512];
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		text_add(&text, SPAN("[a]\nk = v\n"));
		text_add(&text, rows[i].line);
		text_add(&text, SPAN("\nl = v\nm = v\n[z]\nk = v\n"));
		cases_same(rows[i].name,
		    read_ini(text_span(&text), &complaints),
		    SPAN("1 [a]\n2 a.k=<v>\n6 [z]\n7 z.k=<v>\n"));
		cr_assert(eq(sz, complaints.len, 1), "%s", rows[i].name);
		cr_expect(
		    eq(int, complaints.list[0].line, 3), "%s", rows[i].name);
		cr_expect(
		    strcmp(rows[i].complaint, "*") == 0 ||
			strstr(complaints.list[0].text, "must be") != NULL ||
			glob_matches(span_of(rows[i].complaint),
			    span_of(complaints.list[0].text)),
		    "%s: %s", rows[i].name, complaints.list[0].text);
		complaints_clear(&complaints);
	}
}

Test(inifile_read, hears_32_letters_as_a_section)
{
	struct complaints complaints;

	cases_same("32 letters",
	    read_ini(SPAN("[abcdefghijklmnopqrstuvwxyzabcdef]\n"), &complaints),
	    SPAN("1 [abcdefghijklmnopqrstuvwxyzabcdef]\n"));
	policies_complaints("32 letters", &complaints, "");
}

Test(inifile_read, refuses_entries_before_the_first_section)
{
	struct complaints complaints;

	cases_same("before",
	    read_ini(SPAN("k = v\nl = v\n[a]\nm = v\n"), &complaints),
	    SPAN("3 [a]\n4 a.m=<v>\n"));
	policies_complaints("before", &complaints,
	    "a.ini:1: \"k\" stands before*\n"
	    "a.ini:2: \"l\" stands before*\n");
	complaints_clear(&complaints);
}

Test(inifile_read, takes_lines_of_198_bytes_whole_and_refuses_199)
{
	struct complaints complaints;
	char memory[4096], heard[4096];
	struct text text, wanted;
	size_t len, i;

	for (len = 190; len <= 420; len++) {
		text = TEXT(memory);
		text_add(&text, SPAN("[a]\nk="));
		for (i = 2; i < len; i++)
			text_char(&text, (char)('a' + i % 26));
		wanted = TEXT(heard);
		text_add(&wanted, SPAN("1 [a]\n"));
		if (len <= LIMIT_INI_LINE)
			text_format(&wanted, "2 a.k=<%.*s>\n", (int)len - 2,
			    memory + strlen("[a]\nk="));
		text_add(&text, SPAN("\nz=v\n"));
		text_add(&wanted, SPAN("3 a.z=<v>\n"));
		cases_same("a long line",
		    read_ini(text_span(&text), &complaints),
		    text_span(&wanted));
		cr_expect(eq(sz, complaints.len, len > LIMIT_INI_LINE),
		    "%zu bytes", len);
		complaints_clear(&complaints);
	}
}

Test(inifile_read, refuses_long_comments_and_sections_too)
{
	static const char *const before[] = { ";", "[a]", "[a", " ", "" };
	struct complaints complaints;
	size_t i;

	for (i = 0; i < CASES(before); i++) {
		read_ini(cases_repeat(before[i], "x", 199, "\n"), &complaints);
		policies_complaints(
		    before[i], &complaints, "a.ini:1: a line of *\n");
		complaints_clear(&complaints);
	}
}

/* A value that inih would cut in two, with a rule where it goes on. */
Test(inifile_read, reads_no_rule_out_of_a_long_comment)
{
	struct complaints complaints;
	char memory[512];
	struct text text = TEXT(memory);

	text_add(&text, SPAN("[a]\n;"));
	while (text.len < strlen("[a]\n") + 199)
		text_char(&text, 'x');
	text_add(&text, SPAN("k = v\n"));
	cases_same("only the section", read_ini(text_span(&text), &complaints),
	    SPAN("1 [a]\n"));
	policies_complaints(
	    "a long comment", &complaints, "a.ini:2: a line of 204 *\n");
	complaints_clear(&complaints);
}

Test(inifile_read, ends_at_as_many_lines_and_sections_as_an_origin_counts)
{
	struct complaints complaints;
	char memory[1024];
	struct text text = TEXT(memory);
	int i;

	read_ini(cases_repeat("", "\n", CASES_LARGEST - 1, ""), &complaints);
	policies_complaints("65535 lines", &complaints, "");
	read_ini(cases_repeat("", "\n", CASES_LARGEST, ""), &complaints);
	policies_complaints(
	    "65536 lines", &complaints, "a.ini:65536: more than *\n");
	complaints_clear(&complaints);

	for (i = 0; i < 33; i++)
		text_format(&text, "[s%d]\n", i);
	read_ini(text_span(&text), &complaints);
	policies_complaints(
	    "33 sections", &complaints, "a.ini:33: no such section*\n");
	complaints_clear(&complaints);
}

Test(inifile_read, refuses_a_file_larger_than_any_policy)
{
	struct complaints complaints = { 0 };
	static char memory[LIMIT_INI_BYTES + 1];

	memset(memory, ';', sizeof(memory));
	inifile_read((struct span){ memory, sizeof(memory) }, "a.ini",
	    &complaints, on_section, on_entry, NULL);
	policies_complaints("a large file", &complaints, "a.ini: larger *\n");
	complaints_clear(&complaints);
}
