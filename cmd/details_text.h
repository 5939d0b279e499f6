/* SPDX-License-Identifier: MIT */
#ifndef CMD_DETAILS_TEXT_H
#define CMD_DETAILS_TEXT_H

#include <stdio.h>

#include "sockets/details.h"

/* Details as lines of a supervisor's state, each a count and what it is called:
 * so another version of the program, which has them in other places, finds
 * those that it knows. */

/* Write a line for each count that is not zero: this beginning, and then for
 * example "allow ContainerList 12". */
void
details_write(FILE *file, const char *beginning, const struct details *details);

/* Add the count of such a line, without its beginning. A count that this
 * program does not have is left out; false: it is no such line. */
bool details_read(const char *line, struct details *details);

#endif
