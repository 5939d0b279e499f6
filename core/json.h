/* SPDX-License-Identifier: MIT */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/span.h"

/* JSON from strangers: RFC 8259, one document, and of that only what all
 * readers read alike: valid UTF-8, no key twice in an object, no NULs, no lone
 * surrogates, integers of 64 bits and exact, others less than 1e308, nothing
 * behind the document; and within LIMIT_JSON_DEPTH and LIMIT_JSON_VALUES, so
 * that a small text does not become a large tree. Whatever a stranger chooses,
 * the work grows with the text's length, and not with its square. */

/* A value. The document's own is freed with json_free(), and with it all that
 * are in it or have been: values, and the bytes of names and texts, are good
 * until then. The text that was read may go before. */
struct json;

enum json_kind {
	JSON_IS_NULL = 0,
	JSON_IS_BOOL,
	JSON_IS_INTEGER, /* 1; but neither 1.0 nor 1e0 */
	JSON_IS_NUMBER,	 /* any other: written as it was spelled */
	JSON_IS_STRING,
	JSON_IS_ARRAY,
	JSON_IS_OBJECT
};

/* Read a text that is one object, array or null. NULL, and what is wrong. */
struct json *json_read(struct span text, const char **why);
void json_free(struct json *document);

/* The same for those who only want to know: NULL, or what is wrong. */
const char *json_check(struct span text);

/* Of NULL, as of null, JSON_IS_NULL. */
enum json_kind json_kind(const struct json *value);

/* What is nothing to the daemons' own reader: null, false, 0 however it is
 * spelled, "", [], {}. */
bool json_is_empty(const struct json *value);

/* Each for its own kind; of any other false, 0, "" and 0. */
bool json_truth(const struct json *value);
int64_t json_int(const struct json *value);
struct span json_text(const struct json *value);
size_t json_count(const struct json *value); /* of an array or object */

/* Whether it is an array of nothing but strings. */
bool json_is_strings(const struct json *value);

/* An array's element, or NULL. */
struct json *json_item(const struct json *array, size_t index);

/* An object's member, or NULL. */
struct json *json_member(const struct json *object, const char *name);

/* An object's members, in the order of the text: from a cursor of all zero
 * on, false at the end. Members may be changed and removed meanwhile; whether
 * one that is new is met is not said. The name is a C string. */
struct json_cursor {
	size_t next;
	const char *name;
	struct json *value;
};

bool json_next(struct json *object, struct json_cursor *cursor);

/* Change a document: set or replace a member or an element, or remove a
 * member or an element, behind which the others move up. The new value, one of
 * those below that is nowhere yet, belongs to the document, and is freed if
 * that fails. False without memory (or for a name that is no text, see below).
 */
bool json_set(struct json *object, const char *name, struct json *value);
bool json_set_item(struct json *array, size_t index, struct json *value);
void json_remove(struct json *object, const char *name);
void json_remove_item(struct json *array, size_t index);

/* New values, for those; NULL without memory, which those take as well. Text
 * is what json_read() lets into a string: UTF-8 without NULs, or it is NULL.
 * What is not put into a document is freed with json_free(). */
struct json *json_new_text(struct span text);
struct json *json_new_int(int64_t number);
struct json *json_new_truth(bool value);
struct json *json_new_object(void);
struct json *json_new_array(void);
bool json_append(struct json *array, struct json *value);

/* Append the value as text, in the shortest form. False without memory, the
 * buffer being as it was. */
bool json_write(const struct json *value, struct buf *buf);

/* Whether Go's reader would take the one key for the other, though they are
 * not equal: it compares without the case of ASCII letters, and takes U+017F
 * for "s" and U+212A for "k" (encoding/json, foldName). */
bool json_folds(struct span key, struct span other);

#endif
