/* SPDX-License-Identifier: MIT */
#ifndef CMD_STATE_H
#define CMD_STATE_H

#include "cmd/auditing.h"
#include "cmd/doors.h"
#include "cmd/inherit.h"
#include "cmd/workers.h"

/* What a supervisor leaves to its successor, as text in memory that both can
 * open (memfd_create(2)). An upgrade hands all of it over, with descriptors by
 * their numbers; a service manager keeps it, with the doors by their names:
 * FDSTORE=1 of sd_notify(3). */

#define STATE_NAME ".state"

/* The number of its descriptor, for an upgrade, in the environment. */
extern const char state_variable[];

struct state {
	struct doors *doors;
	struct workers *workers;
	pid_t current; /* the worker that accepts, or 0 */
	uint64_t generation, started, reloads, refusals, restarts;
	int bundle;  /* of what is in force, or -1 */
	int control; /* the control socket, or -1 */
	struct place control_place;
	struct auditing *audit;
};

/* Memory for it. Returns a descriptor, or -1 with err set. */
int state_open(struct err *err);

/* Write it anew. 0, or -1 with err set. */
int state_save(int memory, const struct state *state, struct err *err);

/* Whether descriptors survive execve(2): all that the state names. */
void state_inherit(int memory, const struct state *state, bool yes);

/* Read it, and add to state->doors and state->workers. With inherited, doors
 * are taken from there by their names, and there are no workers; without, all
 * descriptors have the numbers that are written down. 0, or -1 with err set:
 * it is broken, and what was read until then has been taken. */
int state_load(int memory, struct inherited *inherited, struct state *state,
    struct err *err);

#endif
