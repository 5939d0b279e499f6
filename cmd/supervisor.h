/* SPDX-License-Identifier: MIT */
#ifndef CMD_SUPERVISOR_H
#define CMD_SUPERVISOR_H

#include <ev.h>

#include "cmd/auditing.h"
#include "cmd/control.h"
#include "cmd/doors.h"
#include "cmd/settings.h"
#include "cmd/watchers.h"
#include "cmd/workers.h"
#include "sockets/logger.h"

/* The process that holds the doors and has workers serve them. It reads its
 * configuration, its workers' messages and its control socket, and never a
 * client's byte. */

enum supervisor_state {
	SUPERVISOR_STARTING = 0,
	SUPERVISOR_SERVING,
	SUPERVISOR_STOPPING
};

/* One at a time. */
enum change {
	CHANGE_NONE = 0,
	CHANGE_PREPARE, /* a new worker gets ready for a new configuration */
	CHANGE_RETIRE,	/* it serves; the old one must have judged its last */
	CHANGE_UPGRADE	/* another program is asked whether it would do */
};

struct supervisor {
	enum supervisor_state state;
	int exit_status;
	const struct options *options;
	struct ev_loop *loop;
	struct logger logger;
	int program;	    /* a descriptor of this program */
	char *program_path; /* what an upgrade starts */
	uint64_t started;   /* seconds since 1970 */

	/* What is in force. */
	struct config config;
	uint64_t generation;
	int bundle; /* of it, or -1: none yet */
	struct doors doors;
	struct workers workers;
	struct worker *current; /* that accepts, or NULL */
	struct auditing audit;

	/* What is under way. */
	enum change change;
	struct settings next;
	struct doors next_doors;
	int next_bundle;
	struct worker *candidate;   /* for the next configuration */
	struct worker *replacement; /* of one that died */
	pid_t checker;		    /* the other program */
	bool reload_again;	    /* once the change is over */
	bool upgrade_again;
	ev_timer change_timer; /* it takes too long */
	ev_timer pause;	       /* before the next replacement */
	double pause_seconds;

	struct inherited inherited; /* from the service manager, until taken */
	struct control control;
	struct watchers watchers;
	bool has_control;
	int control_fd;
	struct place control_place;
	int memory; /* for a successor: see state.h */
	ev_timer ask;
	ev_tstamp asked;
	struct report_door *report_doors;
	struct report report;
	uint64_t reloads, refusals, restarts;
	char *last_error; /* of a reload, or NULL */
	char status[64];  /* the service manager was told */
	char user[64];	  /* that we are */
	bool metrics_failed;
	bool audit_failed;
	struct sandbox sandbox;
	bool sandbox_told;

	ev_signal stops[2];
	ev_signal hup, usr1, usr2;
	ev_child child;
	ev_idle quiet;
};

/* Serve until a signal says stop. Returns the exit status. */
int supervisor_run(const struct options *options);

/* supervisor.c */

/* Make it the worker that accepts; the others hand their clients over. */
void supervisor_promote(struct supervisor *sup, struct worker *worker);

/* Start a worker in a dead one's place, now or after a pause. */
void supervisor_replace(struct supervisor *sup);

/* For the control socket: a struct supervisor is asked for a reload. */
void supervisor_reload(void *context);

/* For the control socket: somebody watches; see control.h. */
enum control_watch
supervisor_watch(void *context, int fd, struct span query, const char *head);

/* reload.c: from one configuration to the next */

void reload_begin(struct supervisor *sup);
void reload_on_ready(struct supervisor *sup);
void reload_on_candidate_end(struct supervisor *sup, int status);
void reload_on_retired(struct supervisor *sup);
void reload_on_timeout(struct supervisor *sup);

/* The change is over: begin with what was asked for meanwhile. */
void reload_next(struct supervisor *sup);

/* upgrade.c: from one program to the next */

void upgrade_begin(struct supervisor *sup);
void upgrade_on_checked(struct supervisor *sup, int status);

/* Write down what a successor needs to know, for whoever keeps it. */
void upgrade_save(struct supervisor *sup);

/* takeover.c */

/* Take over what the program before this one had, if there was one. */
void takeover_program(struct supervisor *sup);

/* Take over what the service manager handed over. */
void takeover_manager(struct supervisor *sup);

/* watchdog.c: is it well, and how is it doing */

void watchdog_start(struct supervisor *sup);
void watchdog_stop(struct supervisor *sup);
void watchdog_on_answer(struct supervisor *sup, struct worker *worker);
const struct report *watchdog_report(void *context);

#endif
