/* SPDX-License-Identifier: MIT */
#ifndef CORE_ERR_H
#define CORE_ERR_H

/* An error for people: one line, made where it happened, with context added
 * on the way up. Lives on the caller's stack; no clean-up. */
struct err {
	char text[512];
};

/* Set the text; with a system error number that is not 0, ": " and its
 * description follow. Always returns -1, so that a function can leave with
 * "return err_set(...)". */
int err_set(struct err *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " in front. Always returns -1. */
int err_context(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
