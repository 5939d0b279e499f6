/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_LOOKUP_H
#define SOCKETS_LOOKUP_H

#include "policy/inspect.h"
#include "sockets/session_parts.h"

/* Asking the daemon about what a request names, before it goes on. All answers
 * are kept until the request has been judged. */

struct lookup;

/* Ask for a path with GET, on the session's own connection to the daemon. The
 * session is in SESSION_LOOKUP until the answer is here, and then goes to
 * intake_resume(). */
enum step lookup_begin(struct session *s, struct span path);

/* In SESSION_LOOKUP: start the timer, for what is left until the deadline. */
void lookup_wait(struct session *s);

/* In SESSION_LOOKUP: the daemon can be read. */
enum step lookup_on_daemon(struct session *s);

/* What is known so far. */
size_t lookup_facts(
    const struct session *s, struct inspect_fact facts[INSPECT_FACTS_MAX]);

/* Forget it. */
void lookup_end(struct session *s);

#endif
