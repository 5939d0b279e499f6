/* SPDX-License-Identifier: MIT */
/* The memory of a tree of JSON: a few large pieces, which go with the document,
 * and never before. A new value has a document of its own, which the one that
 * it is put into adopts. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_parts.h"

enum {
	ALIGNMENT = 8, /* of all that json_memory() gives */
	LARGEST_STEP = 256 * 1024
};

struct json_chunk {
	struct json_chunk *next;
	uint64_t memory[];
};

_Static_assert(_Alignof(struct json_document) <= ALIGNMENT, "alignment");
_Static_assert(sizeof(struct json_document) % ALIGNMENT == 0, "alignment");

struct json_document *
json_document_new(enum json_kind kind, size_t room)
{
	struct json_document *document;

	room += -room % ALIGNMENT;
	if ((document = malloc(sizeof(*document) + room)) == NULL)
		return NULL;
	*document = (struct json_document){
		.next_size = 2 * room + 256,
		.root = {.kind = (unsigned char)kind, .is_document = true}
	};
	document->low = (char *)(document + 1);
	document->high = document->low + room;
	return document;
}

struct json_document *
json_document_of(struct json *root)
{
	assert(root->is_document);
	return (struct json_document *)((char *)root -
					offsetof(struct json_document, root));
}

/* Free those that stand in this list, and what they have adopted. */
void
json_free(struct json *root)
{
	struct json_document *document, *last;
	struct json_chunk *chunk;

	if (root == NULL)
		return;
	document = json_document_of(root);
	assert(!document->is_adopted);
	while (document != NULL) {
		while ((chunk = document->chunks) != NULL) {
			document->chunks = chunk->next;
			free(chunk);
		}
		if ((last = document->adopted) != NULL) {
			while (last->next != NULL)
				last = last->next;
			last->next = document->next;
			document->next = document->adopted;
		}
		last = document->next;
		free(document);
		document = last;
	}
}

/* So many bytes between low and high. */
static bool
make_room(struct json_document *document, size_t size)
{
	struct json_chunk *chunk;

	if ((size_t)(document->high - document->low) >= size)
		return true;
	if (size < document->next_size)
		size = document->next_size;
	size += -size % ALIGNMENT;
	if ((chunk = malloc(sizeof(*chunk) + size)) == NULL)
		return false;
	chunk->next = document->chunks;
	document->chunks = chunk;
	document->low = (char *)chunk->memory;
	document->high = document->low + size;
	if (document->next_size < LARGEST_STEP)
		document->next_size *= 2;
	return true;
}

void *
json_memory(struct json_document *document, size_t size)
{
	char *memory;

	size += -size % ALIGNMENT;
	if (!make_room(document, size))
		return NULL;
	memory = document->low;
	document->low += size;
	return memset(memory, 0, size);
}

char *
json_bytes(struct json_document *document, size_t size)
{
	if (!make_room(document, size))
		return NULL;
	return document->high -= size;
}
