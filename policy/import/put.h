/* SPDX-License-Identifier: MIT */
#ifndef POLICY_IMPORT_PUT_H
#define POLICY_IMPORT_PUT_H

#include "core/buf.h"

/* Text at the end of a buffer. Without memory the program ends. */

void put(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void put_span(struct buf *buf, struct span span);

/* The bytes as a regular expression that matches them and nothing else. */
void put_quoted(struct buf *buf, struct span span);

/* As put_quoted(), but a '*' becomes the expression star. */
void put_glob(struct buf *buf, struct span glob, const char *star);

/* The text as comments of an INI file: lines of at most 78 columns, the first
 * behind "; " and the mark, the others indented as far. Bytes that could not be
 * shown become '?'. */
void put_comment(struct buf *buf, const char *mark, struct span text);

#endif
