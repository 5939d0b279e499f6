/* SPDX-License-Identifier: MIT */
/* Asking a tree of JSON, and changing it. What is taken out of it, or is
 * replaced, stays in memory as long as the document: nobody who still knows a
 * value of it holds one that is gone. */

#include <assert.h>
#include <string.h>

#include "core/json_parts.h"

static bool
is(const struct json *value, enum json_kind kind)
{
	return value != NULL && value->kind == kind;
}

enum json_kind
json_kind(const struct json *value)
{
	return value == NULL ? JSON_IS_NULL : (enum json_kind)value->kind;
}

bool
json_is_empty(const struct json *value)
{
	switch (json_kind(value)) {
	case JSON_IS_NULL:
		return true;
	case JSON_IS_BOOL:
	case JSON_IS_NUMBER:
		return !value->truth;
	case JSON_IS_INTEGER:
		return value->integer == 0;
	case JSON_IS_STRING:
	case JSON_IS_ARRAY:
	case JSON_IS_OBJECT:
		return value->len == 0;
	}
	return false;
}

bool
json_truth(const struct json *value)
{
	return is(value, JSON_IS_BOOL) && value->truth;
}

int64_t
json_int(const struct json *value)
{
	return is(value, JSON_IS_INTEGER) ? value->integer : 0;
}

struct span
json_text(const struct json *value)
{
	if (!is(value, JSON_IS_STRING))
		return SPAN("");
	return (struct span){ value->text, value->len };
}

size_t
json_count(const struct json *value)
{
	return is(value, JSON_IS_ARRAY) || is(value, JSON_IS_OBJECT)
		   ? value->len
		   : 0;
}

/* Where an element is, with those behind the gap moved up. */
static struct json **
element(const struct json *array, size_t index)
{
	const struct json_elements *elements = array->array;

	if (index >= elements->gap)
		index += elements->gap_len;
	return &elements->at[index];
}

bool
json_is_strings(const struct json *value)
{
	size_t i;

	if (json_kind(value) != JSON_IS_ARRAY)
		return false;
	for (i = 0; i < json_count(value); i++)
		if (json_kind(json_item(value, i)) != JSON_IS_STRING)
			return false;
	return true;
}

struct json *
json_item(const struct json *array, size_t index)
{
	if (!is(array, JSON_IS_ARRAY) || index >= array->len)
		return NULL;
	return *element(array, index);
}

static struct json_slot *
find(const struct json *object, const char *name)
{
	if (!is(object, JSON_IS_OBJECT) || name == NULL)
		return NULL;
	return json_members_find(object->object, span_of(name));
}

struct json *
json_member(const struct json *object, const char *name)
{
	const struct json_slot *slot = find(object, name);

	return slot == NULL ? NULL : slot->value;
}

bool
json_next(struct json *object, struct json_cursor *cursor)
{
	const struct json_members *members;
	const struct json_slot *slot;

	if (!is(object, JSON_IS_OBJECT))
		return false;
	members = object->object;
	while (cursor->next < members->used) {
		slot = &members->at[cursor->next++];
		if (slot->value == NULL)
			continue;
		cursor->name = slot->name;
		cursor->value = slot->value;
		return true;
	}
	return false;
}

/* A new value is part of the document that memory is from, for good. */
static struct json *
adopt(struct json_document *document, struct json *value)
{
	struct json_document *own = json_document_of(value);

	assert(!own->is_adopted && own != document);
	own->is_adopted = true;
	own->next = document->adopted;
	document->adopted = own;
	return value;
}

/* Room for one more of what is so large: a copy of the used ones, or NULL. */
static void *
grow(struct json_document *document, const void *at, size_t used,
    uint32_t *size, size_t each)
{
	const size_t more = used + used / 2 + 4;
	void *memory;

	if (more > UINT32_MAX)
		return NULL;
	memory = json_memory(document, more * each);
	if (memory == NULL)
		return NULL;
	if (used > 0)
		memcpy(memory, at, used * each);
	*size = (uint32_t)more;
	return memory;
}

static bool
add_member(struct json *object, struct span name, struct json *value)
{
	struct json_members *members = object->object;
	struct json_slot *slots = members->at;
	char *copy;

	if (!json_is_text(name))
		return false;
	if (members->used == members->size &&
	    (slots = grow(members->document, slots, members->used,
		 &members->size, sizeof(*slots))) == NULL)
		return false;
	members->at = slots;
	if ((copy = json_bytes(members->document, name.len + 1)) == NULL)
		return false;
	memcpy(copy, name.at, name.len + 1);
	slots[members->used++] = (struct json_slot){ value, copy,
		(uint32_t)name.len, json_mark(copy, name.len) };
	object->len++;
	return true;
}

bool
json_set(struct json *object, const char *name, struct json *value)
{
	struct json_slot *slot;

	if (value == NULL)
		return false;
	if ((slot = find(object, name)) != NULL) {
		slot->value = adopt(object->object->document, value);
		return true;
	}
	if (is(object, JSON_IS_OBJECT) && name != NULL &&
	    add_member(object, span_of(name), value)) {
		adopt(object->object->document, value);
		return true;
	}
	json_free(value);
	return false;
}

bool
json_set_item(struct json *array, size_t index, struct json *value)
{
	if (value == NULL)
		return false;
	if (!is(array, JSON_IS_ARRAY) || index >= array->len) {
		json_free(value);
		return false;
	}
	*element(array, index) = adopt(array->array->document, value);
	return true;
}

void
json_remove(struct json *object, const char *name)
{
	struct json_slot *slot = find(object, name);

	if (slot == NULL)
		return;
	slot->value = NULL;
	object->len--;
}

void
json_remove_item(struct json *array, size_t index)
{
	struct json_elements *elements;
	struct json **at;

	if (!is(array, JSON_IS_ARRAY) || index >= array->len)
		return;
	elements = array->array;
	at = elements->at;
	/* The gap comes to stand before the element, and takes it in. */
	if (index > elements->gap)
		memmove(at + elements->gap,
		    at + elements->gap + elements->gap_len,
		    (index - elements->gap) * sizeof(*at));
	else if (index < elements->gap)
		memmove(at + index + elements->gap_len, at + index,
		    (elements->gap - index) * sizeof(*at));
	elements->gap = (uint32_t)index;
	elements->gap_len++;
	array->len--;
}

static bool
add_element(struct json *array, struct json *value)
{
	struct json_elements *elements = array->array;
	struct json **at = elements->at;
	const size_t used = (size_t)array->len + elements->gap_len;

	if (used == elements->size &&
	    (at = grow(elements->document, at, used, &elements->size,
		 sizeof(*at))) == NULL)
		return false;
	elements->at = at;
	at[used] = value;
	if (elements->gap_len == 0)
		elements->gap++;
	array->len++;
	return true;
}

bool
json_append(struct json *array, struct json *value)
{
	if (value == NULL)
		return false;
	if (!is(array, JSON_IS_ARRAY) || !add_element(array, value)) {
		json_free(value);
		return false;
	}
	adopt(array->array->document, value);
	return true;
}
