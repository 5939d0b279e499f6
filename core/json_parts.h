/* SPDX-License-Identifier: MIT */
#ifndef CORE_JSON_PARTS_H
#define CORE_JSON_PARTS_H

#include "core/json.h"

/* What a tree of JSON is made of; for core/json*.c only. */

/* Values stay where they are for as long as their document lives, whether
 * they are still in it or not; so do names. */
struct json {
	unsigned char kind; /* of enum json_kind */
	bool truth;	    /* of a bool; of a number: it is not 0 */
	bool is_document;   /* the root of one */
	uint32_t len;	    /* of the text; or elements, or members */
	union {
		int64_t integer;
		const char *text; /* of a number too: as it was spelled */
		struct json_elements *array;
		struct json_members *object;
	};
};

/* Those before the gap, then, behind it, the others: removing one after the
 * other moves none twice. */
struct json_elements {
	struct json_document *document; /* where its memory is from */
	struct json **at;
	uint32_t size;
	uint32_t gap;
	uint32_t gap_len;
};

struct json_slot {
	struct json *value; /* NULL: removed */
	const char *name;   /* a C string */
	uint32_t len;
	uint32_t mark; /* of the name: see json_mark() */
};

/* In their order. Many of them are found by their order as names. */
struct json_members {
	struct json_document *document;
	struct json_slot *at;
	uint32_t *sorted; /* the first of them, by their names */
	uint32_t sorted_len;
	uint32_t used; /* with those that were removed */
	uint32_t size;
};

/* Up to so many members are compared one by one. */
enum {
	JSON_FEW = 64
};

/* A tree's memory, all of it freed at once: values from the low end on, names
 * and texts from the high one down. */
struct json_document {
	char *low;
	char *high;
	size_t next_size;
	struct json_chunk *chunks;
	struct json_document *adopted; /* those of values put into this one */
	struct json_document *next;    /* adopted by the same */
	bool is_adopted;
	struct json root;
};

/* A document whose root is of that kind and empty, with room for so many bytes
 * at first. NULL without memory. */
struct json_document *json_document_new(enum json_kind kind, size_t room);

/* The document that a value is the root of. */
struct json_document *json_document_of(struct json *root);

/* Memory of the document's, for any of the above: all zero; and for bytes.
 * NULL without memory. */
void *json_memory(struct json_document *document, size_t size);
char *json_bytes(struct json_document *document, size_t size);

/* Whether a value may hold it: UTF-8 without NULs. */
bool json_is_text(struct span text);

/* How many bytes from the first on stand in JSON for themselves, in any
 * string: ASCII but control bytes, the quote and the backslash. */
size_t json_plain(const char *at, size_t len);

/* The length of the UTF-8 character that begins there and is not ASCII; 0 if
 * there is none. */
size_t json_character(const char *at, size_t len);

/* Where a string ends of which this is inside: at its quote, or at end. */
const char *json_quote(const char *at, const char *end);

/* Write what a string means that stands from there up to end; never more bytes
 * than those. Returns where that ends, or NULL if it is none. */
char *json_unescape(const char *at, const char *end, char *out);

/* Equal for equal names, and most often only for those. */
uint32_t json_mark(const char *name, size_t len);

/* Members that were read, of whom none has been removed: NULL if no name is
 * there twice, or what is wrong. Many are sorted for it. */
const char *json_members_check(struct json_members *members);

/* Where the member of that name is, or NULL. */
struct json_slot *
json_members_find(const struct json_members *members, struct span name);

#endif
