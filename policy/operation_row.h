/* SPDX-License-Identifier: MIT */
#ifndef POLICY_OPERATION_ROW_H
#define POLICY_OPERATION_ROW_H

#include "policy/operation.h"

/* How the rows of the table of operations are written, and short names for
 * what they are made of: for operation_table.c and nobody else. */

#define GET	METHOD_GET
#define HEAD	METHOD_HEAD
#define POST	METHOD_POST
#define PUT	METHOD_PUT
#define DELETE	METHOD_DELETE
#define OPTIONS METHOD_OPTIONS

#define NONE	     BODY_NONE
#define JSON	     BODY_JSON
#define JSON_OR_NONE BODY_JSON_OR_NONE
#define STREAM	     BODY_STREAM

/* The five marks of a row, in this order; 0 stands for no. */
#define W true /* writes */
#define D true /* carries data out */
#define S true /* shows settings that may be secret */
#define R true /* can give root */
#define E true /* may be endless */

/* clang-format off */
/* Podman's own operations, in its own names, each of which ends in "Libpod".
 * Nobody looks into their bodies, so one that writes and has a body can give
 * root, whatever it is for: only who names it gets it. */
#define LIBPOD(name, method, path, part) \
	name "Libpod", method, "/libpod/" path, "libpod-" part

/* Most of them look at what is there, or at settings that may be secret;
 * carry content out; write or remove without a body; or give root. */
#define LOOK(name, path, part, p) \
	{ LIBPOD(name, GET, path, part), 0, 0, 0, 0, 0, NONE, NULL, p, "" }
#define SHOW(name, path, part, p) \
	{ LIBPOD(name, GET, path, part), 0, 0, S, 0, 0, NONE, NULL, p, "" }
#define CARRY(name, path, part, p) \
	{ LIBPOD(name, GET, path, part), 0, D, 0, 0, 0, NONE, NULL, p, "" }
#define WRITE(name, path, part, p) \
	{ LIBPOD(name, POST, path, part), W, 0, 0, 0, 0, NONE, NULL, p, "" }
#define REMOVE(name, path, part, p) \
	{ LIBPOD(name, DELETE, path, part), W, 0, 0, 0, 0, NONE, NULL, p, "" }
#define ROOT(name, method, path, part, body, p) \
	{ LIBPOD(name, method, path, part), W, 0, 0, R, 0, body, NULL, p, "" }

/* What may be asked of a YAML file that is played. */
#define PLAY \
	"annotations build logDriver logOptions* network* noHosts noTrunc " \
	"publishAllPorts publishPorts* replace serviceContainer start " \
	"staticIPs* staticMACs* tlsVerify userns wait"
/* clang-format on */

#endif
