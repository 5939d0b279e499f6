/* SPDX-License-Identifier: MIT */
/* YAML, by libyaml, and nothing of it but what it reads. Aliases may make a
 * node its own member: whoever goes down goes so deep only. */

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "policy/import/tree.h"
#include "policy/profile_build.h"

enum {
	MERGES_MAX = 8 /* how deep "<<" brings in "<<" */
};

struct tree {
	yaml_document_t document;
};

/* A byte NUL, which "\0" may stand for, would end a string too early. */
static bool
has_nul(const yaml_document_t *document)
{
	const yaml_node_t *node;

	for (node = document->nodes.start; node < document->nodes.top; node++)
		if (node->type == YAML_SCALAR_NODE &&
		    strlen((const char *)node->data.scalar.value) !=
			node->data.scalar.length)
			return true;
	return false;
}

struct tree *
tree_read(struct span text, const char *file, struct err *err)
{
	struct tree *tree = must(calloc(1, sizeof(*tree)));
	yaml_parser_t parser;
	bool ok;

	if (!yaml_parser_initialize(&parser)) {
		free(tree);
		must(NULL);
	}
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)text.at, text.len);
	ok = yaml_parser_load(&parser, &tree->document);
	if (!ok) {
		err_set(err, 0, "%s:%u: %s", file,
		    (unsigned)parser.problem_mark.line + 1,
		    parser.problem != NULL ? parser.problem
					   : "this is no YAML");
		free(tree);
		tree = NULL;
	} else if (tree_root(tree) == 0 || has_nul(&tree->document)) {
		err_set(err, 0, "%s: %s is in it", file,
		    tree_root(tree) == 0 ? "nothing" : "a byte NUL");
		tree_free(tree);
		tree = NULL;
	}
	yaml_parser_delete(&parser);
	return tree;
}

void
tree_free(struct tree *tree)
{
	if (tree == NULL)
		return;
	yaml_document_delete(&tree->document);
	free(tree);
}

int
tree_root(struct tree *tree)
{
	return yaml_document_get_root_node(&tree->document) == NULL ? 0 : 1;
}

static const yaml_node_t *
node_of(struct tree *tree, int node, yaml_node_type_t type)
{
	const yaml_node_t *found;

	found = yaml_document_get_node(&tree->document, node);
	return found != NULL && found->type == type ? found : NULL;
}

bool
tree_is_map(struct tree *tree, int node)
{
	return node_of(tree, node, YAML_MAPPING_NODE) != NULL;
}

bool
tree_is_list(struct tree *tree, int node)
{
	return node_of(tree, node, YAML_SEQUENCE_NODE) != NULL;
}

bool
tree_is_scalar(struct tree *tree, int node)
{
	return node_of(tree, node, YAML_SCALAR_NODE) != NULL;
}

struct span
tree_text(struct tree *tree, int node)
{
	const yaml_node_t *scalar = node_of(tree, node, YAML_SCALAR_NODE);

	if (scalar == NULL || tree_is_null(tree, node))
		return SPAN("");
	return (struct span){ (const char *)scalar->data.scalar.value,
		scalar->data.scalar.length };
}

bool
tree_is_null(struct tree *tree, int node)
{
	const yaml_node_t *scalar = node_of(tree, node, YAML_SCALAR_NODE);
	const char *text;

	if (scalar == NULL)
		return node_of(tree, node, YAML_MAPPING_NODE) == NULL &&
		       node_of(tree, node, YAML_SEQUENCE_NODE) == NULL;
	text = (const char *)scalar->data.scalar.value;
	return scalar->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (*text == '\0' || strcmp(text, "~") == 0 ||
		   strcmp(text, "null") == 0);
}

unsigned
tree_line(struct tree *tree, int node)
{
	const yaml_node_t *found;

	found = yaml_document_get_node(&tree->document, node);
	return found == NULL ? 0 : (unsigned)found->start_mark.line + 1;
}

size_t
tree_len(struct tree *tree, int node)
{
	const yaml_node_t *found;

	if ((found = node_of(tree, node, YAML_MAPPING_NODE)) != NULL)
		return (size_t)(found->data.mapping.pairs.top -
				found->data.mapping.pairs.start);
	if ((found = node_of(tree, node, YAML_SEQUENCE_NODE)) != NULL)
		return (size_t)(found->data.sequence.items.top -
				found->data.sequence.items.start);
	return 0;
}

int
tree_member(struct tree *tree, int node, size_t i, int *key)
{
	const yaml_node_t *found;

	if ((found = node_of(tree, node, YAML_MAPPING_NODE)) != NULL) {
		*key = found->data.mapping.pairs.start[i].key;
		return found->data.mapping.pairs.start[i].value;
	}
	*key = 0;
	found = node_of(tree, node, YAML_SEQUENCE_NODE);
	return found->data.sequence.items.start[i];
}

static int
get(struct tree *tree, int map, const char *name, unsigned depth)
{
	int key, member, found = 0, merged = 0, inner;
	size_t i, k;

	if (!tree_is_map(tree, map) || depth > MERGES_MAX)
		return 0;
	for (i = 0; i < tree_len(tree, map); i++) {
		member = tree_member(tree, map, i, &key);
		if (span_eq(tree_text(tree, key), span_of(name)))
			found = member;
		if (!span_eq(tree_text(tree, key), SPAN("<<")))
			continue;
		if (tree_is_map(tree, member))
			merged = get(tree, member, name, depth + 1);
		for (k = 0; merged == 0 && tree_is_list(tree, member) &&
			    k < tree_len(tree, member);
		     k++) {
			inner = tree_member(tree, member, k, &key);
			merged = get(tree, inner, name, depth + 1);
		}
	}
	return found != 0 ? found : merged;
}

int
tree_get(struct tree *tree, int map, const char *key)
{
	return get(tree, map, key, 0);
}
