/* SPDX-License-Identifier: MIT */
/* New values: each the root of a document, until it is put into another. */

#include <string.h>

#include "core/json_parts.h"

static struct json *
new_root(enum json_kind kind, size_t room)
{
	struct json_document *document = json_document_new(kind, room);

	return document == NULL ? NULL : &document->root;
}

struct json *
json_new_text(struct span text)
{
	struct json *value;
	char *copy;

	if (!json_is_text(text) ||
	    (value = new_root(JSON_IS_STRING, text.len + 1)) == NULL)
		return NULL;
	copy = json_bytes(json_document_of(value), text.len + 1);
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	value->text = copy;
	value->len = (uint32_t)text.len;
	return value;
}

struct json *
json_new_int(int64_t number)
{
	struct json *value = new_root(JSON_IS_INTEGER, 0);

	if (value != NULL)
		value->integer = number;
	return value;
}

struct json *
json_new_truth(bool truth)
{
	struct json *value = new_root(JSON_IS_BOOL, 0);

	if (value != NULL)
		value->truth = truth;
	return value;
}

struct json *
json_new_object(void)
{
	struct json *value;
	struct json_members *members;

	if ((value = new_root(JSON_IS_OBJECT, sizeof(*members))) == NULL)
		return NULL;
	members = json_memory(json_document_of(value), sizeof(*members));
	members->document = json_document_of(value);
	value->object = members;
	return value;
}

struct json *
json_new_array(void)
{
	struct json *value;
	struct json_elements *elements;

	if ((value = new_root(JSON_IS_ARRAY, sizeof(*elements))) == NULL)
		return NULL;
	elements = json_memory(json_document_of(value), sizeof(*elements));
	elements->document = json_document_of(value);
	value->array = elements;
	return value;
}
