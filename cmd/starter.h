/* SPDX-License-Identifier: MIT */
#ifndef CMD_STARTER_H
#define CMD_STARTER_H

#include <stddef.h>

/* The files of a configuration to start with: cmd/starter/NAME, built in. */

struct starter {
	const char *name; /* in the directory of the configuration */
	const char *text;
};

/* postern.ini, and the others, whose directory is profiles.d. */
extern const struct starter starters[];
extern const size_t starters_len;

#endif
