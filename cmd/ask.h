/* SPDX-License-Identifier: MIT */
#ifndef CMD_ASK_H
#define CMD_ASK_H

#include "core/buf.h"
#include "core/err.h"

/* Asking a running postern: the client's side of the control socket. */

/* Send a request to the socket control.sock in the directory and read the
 * answer. accept may be NULL. Returns the HTTP status, the body appended to
 * *body; or -1 with err set, which says what to do where no postern runs. Gives
 * up after so many seconds without an answer. */
int ask(const char *directory, const char *method, const char *target,
    const char *accept, unsigned seconds, struct buf *body, struct err *err);

/* Ask, by GET, for what comes by and by. Returns the connection, the first of
 * it appended to *body; or -1 with err set, also where the answer's status is
 * not 200. */
int ask_stream(const char *directory, const char *target, unsigned seconds,
    struct buf *body, struct err *err);

#endif
