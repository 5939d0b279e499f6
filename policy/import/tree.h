/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_TREE_H
#define POLICY_IMPORT_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/span.h"

/* A YAML file: maps, lists and scalars. Nodes are numbers; 0 is none, and
 * has nothing in it. */

struct tree;

/* Read a file's first document. NULL with err set: "FILE:LINE: WHY". */
struct tree *tree_read(struct span text, const char *file, struct err *err);
void tree_free(struct tree *tree);

/* The outermost node. */
int tree_root(struct tree *tree);

bool tree_is_map(struct tree *tree, int node);
bool tree_is_list(struct tree *tree, int node);
bool tree_is_scalar(struct tree *tree, int node);

/* A scalar's text; of others, and of a null, it is empty. */
struct span tree_text(struct tree *tree, int node);

/* A scalar that says nothing: ~, null, or no text without quotes. */
bool tree_is_null(struct tree *tree, int node);

/* Where it begins. */
unsigned tree_line(struct tree *tree, int node);

/* A map's or a list's members, from 0 on; a map's have a key. */
size_t tree_len(struct tree *tree, int node);
int tree_member(struct tree *tree, int node, size_t i, int *key);

/* A map's member of that name, also one that a "<<" brings in, or 0. The last
 * one, if there are several. */
int tree_get(struct tree *tree, int map, const char *key);

#endif
