/* SPDX-License-Identifier: MIT */
/* INI files by inih, behind a line reader of our own.
 *
 * inih as it is packaged cuts lines at 200 bytes and reads on in the middle,
 * folds indented lines into the value before, takes ':' for '=', merges
 * sections that are named twice, and tells no line numbers. A policy cannot
 * bear any of that, so the reader hands inih only lines on which it has
 * nothing to decide, and empty ones in place of the others. */

#include <ini.h>
#include <string.h>

#include "core/limits.h"
#include "policy/inifile.h"

enum {
	SECTIONS_MAX = 32,
	SECTION_NAME_MAX = 32
};

struct reader {
	struct span rest;
	const char *file;
	unsigned line;
	struct complaints *complaints;
	char sections[SECTIONS_MAX][SECTION_NAME_MAX + 1];
	size_t sections_len;
	bool skips; /* entries, up to the next section line */
	void (*on_section)(void *, const char *, unsigned);
	void (*on_entry)(void *, const struct inifile_entry *);
	void *arg;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && is_blank(*s.at)) {
		s.at++;
		s.len--;
	}
	return s;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* Cut a name of lower-case letters, digits, '-' and '_' off s. */
static struct span
cut_name(struct span *s)
{
	struct span name = { s->at, 0 };

	while (s->len > 0 && is_name_byte(*s->at)) {
		name.len++;
		s->at++;
		s->len--;
	}
	return name;
}

/* "[name]", and behind it nothing but a comment. */
static bool
check_section(struct reader *r, struct span line)
{
	struct span rest = { line.at + 1, line.len - 1 }, name;
	size_t i;

	name = cut_name(&rest);
	r->skips = true;
	if (name.len == 0 || rest.len == 0 || *rest.at != ']') {
		complain(r->complaints, r->file, r->line,
		    "a section line must be [name], the name of lower-case "
		    "letters, digits and '-'");
		return false;
	}
	rest.at++;
	rest.len--;
	rest = skip_blanks(rest);
	if (rest.len > 0 && *rest.at != ';' && *rest.at != '#') {
		complain(r->complaints, r->file, r->line,
		    "text behind the section's ']'");
		return false;
	}
	if (name.len > SECTION_NAME_MAX || r->sections_len == SECTIONS_MAX) {
		complain(r->complaints, r->file, r->line,
		    "no such section: [%.*s]", SPAN_ARG(name));
		return false;
	}
	for (i = 0; i < r->sections_len; i++) {
		if (span_eq(span_of(r->sections[i]), name)) {
			complain(r->complaints, r->file, r->line,
			    "section [%s] stands twice; put its lines "
			    "together",
			    r->sections[i]);
			return false;
		}
	}
	memcpy(r->sections[r->sections_len], name.at, name.len);
	r->sections[r->sections_len][name.len] = '\0';
	if (r->on_section != NULL)
		r->on_section(r->arg, r->sections[r->sections_len], r->line);
	r->sections_len++;
	r->skips = false;
	return true;
}

static bool
check_entry(struct reader *r, struct span line)
{
	struct span rest = line, name;

	name = cut_name(&rest);
	rest = skip_blanks(rest);
	if (name.len == 0 || rest.len == 0 || *rest.at != '=') {
		complain(r->complaints, r->file, r->line,
		    "neither \"key = value\" nor [section] nor a ; comment");
		return false;
	}
	if (r->sections_len == 0 && !r->skips) {
		complain(r->complaints, r->file, r->line,
		    "\"%.*s\" stands before the first [section]",
		    SPAN_ARG(name));
		return false;
	}
	return !r->skips;
}

/* Whether inih may see the line. */
static bool
check_line(struct reader *r, struct span line)
{
	size_t i;

	if (r->line > LIMIT_INI_LINES) {
		complain(r->complaints, r->file, r->line, "more than %d lines",
		    LIMIT_INI_LINES);
		r->rest.len = 0;
		return false;
	}
	if (line.len > LIMIT_INI_LINE) {
		complain(r->complaints, r->file, r->line,
		    "a line of %zu bytes; at most %d: a key may be repeated",
		    line.len, LIMIT_INI_LINE);
		return false;
	}
	for (i = 0; i < line.len; i++) {
		if (line.at[i] == '\r') {
			complain(r->complaints, r->file, r->line,
			    "a carriage return: save the file with Unix line "
			    "ends");
			return false;
		}
		if (((unsigned char)line.at[i] < ' ' && line.at[i] != '\t') ||
		    line.at[i] == 0x7f) {
			complain(r->complaints, r->file, r->line,
			    "a control byte (0x%02x)",
			    (unsigned)(unsigned char)line.at[i]);
			return false;
		}
	}
	if (skip_blanks(line).len == 0 || *line.at == ';' || *line.at == '#')
		return false;
	if (is_blank(*line.at)) {
		complain(r->complaints, r->file, r->line,
		    "the line begins with a blank; a long list is continued "
		    "by repeating its key");
		return false;
	}
	if (*line.at == '[')
		return check_section(r, line);
	return check_entry(r, line);
}

/* inih's fgets(). */
static char *
next_line(char *into, int size, void *arg)
{
	struct reader *r = arg;
	struct span line;
	const char *end;

	if (r->rest.len == 0)
		return NULL;
	end = memchr(r->rest.at, '\n', r->rest.len);
	line.at = r->rest.at;
	line.len = end == NULL ? r->rest.len : (size_t)(end - r->rest.at);
	r->rest.at += line.len + (end != NULL);
	r->rest.len -= line.len + (end != NULL);
	r->line++;
	if (!check_line(r, line) || line.len + 2 > (size_t)size)
		line.len = 0;
	memcpy(into, line.at, line.len);
	memcpy(into + line.len, "\n", 2);
	return into;
}

static int
on_inih_entry(
    void *arg, const char *section, const char *key, const char *value)
{
	struct reader *r = arg;
	const struct inifile_entry entry = { section, key, value, r->line };

	r->on_entry(r->arg, &entry);
	return 1;
}

void
inifile_read(struct span text, const char *file, struct complaints *complaints,
    void (*on_section)(void *arg, const char *section, unsigned line),
    void (*on_entry)(void *arg, const struct inifile_entry *entry), void *arg)
{
	struct reader reader = {
		.rest = text,
		.file = file,
		.complaints = complaints,
		.on_section = on_section,
		.on_entry = on_entry,
		.arg = arg,
	};

	if (text.len > LIMIT_INI_BYTES) {
		complain(complaints, file, 0, "larger than %d bytes",
		    LIMIT_INI_BYTES);
		return;
	}
	if (ini_parse_stream(next_line, &reader, on_inih_entry, &reader) != 0)
		complain(complaints, file, 0, "not an INI file");
}
