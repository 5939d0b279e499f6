/* SPDX-License-Identifier: MIT */
#ifndef CMD_SANDBOX_H
#define CMD_SANDBOX_H

#include <stdbool.h>

#include "core/err.h"

/* What the worker takes away from itself before it reads a stranger's first
 * byte. */

#define SANDBOX_LAYERS 5

struct sandbox_layer {
	char name[24]; /* "no-new-privileges", "capabilities", ... */
	bool on;
	char detail[72]; /* "ABI 6", or why it is off; may be empty */
};

struct sandbox {
	struct sandbox_layer layers[SANDBOX_LAYERS];
};

/* Enter it, for good. What the kernel does not have is left out and said so in
 * the layer; what it has and does not do is an error: then the process must
 * not serve. 0, or -1 with err set. */
int sandbox_enter(struct sandbox *sandbox, struct err *err);

#endif
