/* SPDX-License-Identifier: MIT */
/* Where settings are: a service of a Compose file, a file of variables, a
 * command line, or the process's own environment. Nothing is filled in: a
 * value that Compose would make of another variable is not known here. */

#include <stdlib.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"
#include "policy/import/tree.h"

bool
source_is_yaml(const char *file)
{
	size_t len = strlen(file);

	return (len > 4 && strcmp(file + len - 4, ".yml") == 0) ||
	       (len > 5 && strcmp(file + len - 5, ".yaml") == 0);
}

/* A text as Compose means it: "$$" is a '$'. False: it has a "${NAME}". */
static bool
fill_in(struct span text, struct buf *buf)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.at[i] == '$') {
			i++;
			if (i < text.len && text.at[i] == '{')
				return false;
			if (i == text.len || text.at[i] != '$')
				i--;
		}
		put_span(buf, (struct span){ text.at + i, 1 });
	}
	return true;
}

static void
add_variable(struct import *import, struct tree *tree, struct span name,
    const struct span *value, int node)
{
	struct buf text = { 0 };
	struct span filled;
	unsigned line = tree_line(tree, node);

	if (value != NULL && !fill_in(*value, &text)) {
		import_warn(import, line,
		    "%.*s: left out: what ${...} stands for is not known here",
		    SPAN_ARG(name));
	} else {
		filled = buf_span(&text);
		variables_add(&import->variables, name,
		    value == NULL ? NULL : &filled, line);
	}
	buf_clear(&text);
}

enum {
	DEPTH_MAX = 8
};

/* A map of names and values, or a list of "NAME=VALUE". What "<<" brings in
 * comes first, so that the map's own beat it. */
static void
read_environment(
    struct import *import, struct tree *tree, int node, unsigned depth)
{
	struct span text, name, value;
	const char *equals;
	int key, member;
	size_t i;

	if (depth > DEPTH_MAX)
		return;
	for (i = 0; i < tree_len(tree, node); i++) {
		member = tree_member(tree, node, i, &key);
		if (tree_is_map(tree, node) &&
		    span_eq(tree_text(tree, key), SPAN("<<")))
			read_environment(import, tree, member, depth + 1);
		else if (tree_is_list(tree, node) && tree_is_map(tree, member))
			read_environment(import, tree, member, depth + 1);
	}
	for (i = 0; i < tree_len(tree, node); i++) {
		member = tree_member(tree, node, i, &key);
		text = tree_text(tree, tree_is_map(tree, node) ? key : member);
		if (!tree_is_scalar(tree, member) || text.len == 0)
			continue;
		if (tree_is_map(tree, node)) {
			value = tree_text(tree, member);
			add_variable(import, tree, text,
			    tree_is_null(tree, member) ? NULL : &value, key);
			continue;
		}
		equals = memchr(text.at, '=', text.len);
		name = text;
		if (equals != NULL)
			name.len = (size_t)(equals - text.at);
		value = (struct span){ text.at + name.len + 1,
			text.len - name.len - 1 };
		add_variable(
		    import, tree, name, equals == NULL ? NULL : &value, member);
	}
}

static int
read_command(
    struct import *import, struct tree *tree, int node, struct err *err)
{
	struct buf text = { 0 };
	int key, member, result = 0;
	size_t i;

	for (i = 0; i < tree_len(tree, node); i++) {
		member = tree_member(tree, node, i, &key);
		if (fill_in(tree_text(tree, member), &text))
			words_add(&import->words, buf_span(&text));
		else
			import_warn(import, tree_line(tree, member),
			    "left out: what ${...} stands for is not known "
			    "here");
		buf_clear(&text);
	}
	if (tree_is_scalar(tree, node)) {
		if (fill_in(tree_text(tree, node), &text))
			result =
			    words_split(&import->words, buf_span(&text), err);
		else
			import_warn(import, tree_line(tree, node),
			    "left out: what ${...} stands for is not known "
			    "here");
	}
	buf_clear(&text);
	return result;
}

static bool
has(struct span text, const char *part)
{
	return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* The service of the input's name; or the only one with such an image; or the
 * only one. 0 with err set. */
static int
find_service(struct import *import, struct tree *tree, const char *image,
    struct err *err)
{
	int services = tree_get(tree, tree_root(tree), "services");
	int key, member, found = 0, count = 0;
	size_t i;

	if (!tree_is_map(tree, services)) {
		err_set(
		    err, 0, "%s: there are no services in it", import->where);
		return 0;
	}
	if (import->input->service != NULL) {
		found = tree_get(tree, services, import->input->service);
		if (!tree_is_map(tree, found))
			err_set(err, 0, "%s: there is no service %s",
			    import->where, import->input->service);
		return tree_is_map(tree, found) ? found : 0;
	}
	for (i = 0; i < tree_len(tree, services); i++) {
		member = tree_member(tree, services, i, &key);
		if (has(tree_text(tree, tree_get(tree, member, "image")),
			image)) {
			found = member;
			count++;
		}
	}
	if (count == 0 && tree_len(tree, services) == 1) {
		found = tree_member(tree, services, 0, &key);
		count = 1;
	}
	if (count != 1)
		err_set(err, 0,
		    "%s: %s services have an image %s: name the one behind "
		    "the file",
		    import->where, count == 0 ? "no" : "several", image);
	return count == 1 ? found : 0;
}

static int
read_compose(struct import *import, const char *image, struct err *err)
{
	struct tree *tree;
	int service, result = -1;

	tree = tree_read(import->input->text, import->where, err);
	if (tree == NULL)
		return -1;
	service = find_service(import, tree, image, err);
	if (service != 0) {
		if (tree_get(tree, service, "env_file") != 0)
			import_warn(import,
			    tree_line(
				tree, tree_get(tree, service, "env_file")),
			    "env_file is not read: import that file, or put "
			    "its lines here");
		read_environment(
		    import, tree, tree_get(tree, service, "environment"), 0);
		result = read_command(
		    import, tree, tree_get(tree, service, "command"), err);
	}
	tree_free(tree);
	return result;
}

int
source_read(struct import *import, const char *image, struct err *err)
{
	const struct import_input *input = import->input;
	char *const *flag;

	for (flag = input->flags; flag != NULL && *flag != NULL; flag++)
		words_add(&import->words, span_of(*flag));
	if (input->file == NULL) {
		if (input->environment != NULL)
			variables_add_process(
			    &import->variables, input->environment);
		return 0;
	}
	if (source_is_yaml(input->file))
		return read_compose(import, image, err);
	if (input->service != NULL)
		return err_set(err, 0,
		    "%s: only a Compose file, .yaml or .yml, has services",
		    import->where);
	if (!import_takes_flags(input->kind) || variables_seem(input->text))
		return variables_read(
		    &import->variables, input->text, import->where, err);
	if (words_split(&import->words, input->text, err) == -1)
		return err_context(err, "%s", import->where);
	return 0;
}
