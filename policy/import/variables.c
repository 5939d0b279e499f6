/* SPDX-License-Identifier: MIT */
/* Environments: from a file of NAME=VALUE lines, or from a process. */

#include <stdlib.h>
#include <string.h>

#include "policy/import/variables.h"
#include "policy/profile_build.h"

void
variables_clear(struct variables *variables)
{
	size_t i;

	for (i = 0; i < variables->len; i++) {
		free(variables->list[i].name);
		free(variables->list[i].value);
	}
	free(variables->list);
	*variables = (struct variables){ 0 };
}

void
variables_add(struct variables *variables, struct span name,
    const struct span *value, unsigned line)
{
	struct variable *variable;

	variables->list = must(reallocarray(
	    variables->list, variables->len + 1, sizeof(*variables->list)));
	variable = &variables->list[variables->len++];
	variable->name = must(strndup(name.at, name.len));
	variable->value =
	    value == NULL ? NULL : must(strndup(value->at, value->len));
	variable->line = line;
}

static bool
is_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!(s.at[i] == '_' || (s.at[i] >= 'A' && s.at[i] <= 'Z') ||
			(s.at[i] >= 'a' && s.at[i] <= 'z') ||
			(i > 0 && s.at[i] >= '0' && s.at[i] <= '9')))
			return false;
	return s.len > 0;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(" \t\r", *s.at) != NULL && *s.at != '\0') {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && s.at[s.len - 1] != '\0' &&
	       strchr(" \t\r", s.at[s.len - 1]) != NULL)
		s.len--;
	return s;
}

/* Cut the next line off, without its end and the blanks around it. */
static bool
next_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = end == NULL ? rest->len : (size_t)(end - rest->at);
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	*line = trim(*line);
	return true;
}

/* "export NAME=VALUE", in one or two kinds of quotes or in none, where a
 * comment may stand behind. False: it is no such line. */
static bool
split(struct span line, struct span *name, struct span *value)
{
	const char *equals, *end;
	size_t i;

	if (span_starts(line, SPAN("export "))) {
		line.at += 7;
		line.len -= 7;
		line = trim(line);
	}
	if ((equals = memchr(line.at, '=', line.len)) == NULL)
		return false;
	*name = (struct span){ line.at, (size_t)(equals - line.at) };
	*value = (struct span){ equals + 1,
		line.len - (size_t)(equals - line.at) - 1 };
	if (!is_name(*name))
		return false;
	if (value->len > 0 && (*value->at == '"' || *value->at == '\'')) {
		end = memchr(value->at + 1, *value->at, value->len - 1);
		if (end == NULL)
			return false;
		value->at++;
		value->len = (size_t)(end - value->at);
		return true;
	}
	for (i = 1; i < value->len; i++)
		if (value->at[i] == '#' &&
		    (value->at[i - 1] == ' ' || value->at[i - 1] == '\t'))
			value->len = i;
	*value = trim(*value);
	return true;
}

static bool
is_empty(struct span line)
{
	return line.len == 0 || *line.at == '#';
}

bool
variables_seem(struct span text)
{
	struct span line, name, value;

	while (next_line(&text, &line))
		if (!is_empty(line))
			return split(line, &name, &value);
	return true;
}

int
variables_read(struct variables *variables, struct span text, const char *file,
    struct err *err)
{
	struct span line, name, value;
	unsigned number = 0;

	while (next_line(&text, &line)) {
		number++;
		if (is_empty(line))
			continue;
		if (is_name(line))
			variables_add(variables, line, NULL, number);
		else if (split(line, &name, &value))
			variables_add(variables, name, &value, number);
		else
			return err_set(err, 0,
			    "%s:%u: this is no line NAME=VALUE", file, number);
	}
	return 0;
}

void
variables_add_process(struct variables *variables, char *const *environment)
{
	struct span name, value;
	const char *equals;

	for (; *environment != NULL; environment++) {
		if ((equals = strchr(*environment, '=')) == NULL)
			continue;
		name = (struct span){ *environment,
			(size_t)(equals - *environment) };
		value = span_of(equals + 1);
		variables_add(variables, name, &value, 0);
	}
}

const struct variable *
variables_find(const struct variables *variables, const char *name)
{
	size_t i;

	for (i = variables->len; i > 0; i--)
		if (strcmp(variables->list[i - 1].name, name) == 0)
			return &variables->list[i - 1];
	return NULL;
}
