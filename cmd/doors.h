/* SPDX-License-Identifier: MIT */
#ifndef CMD_DOORS_H
#define CMD_DOORS_H

#include "cmd/inherit.h"
#include "cmd/settings.h"
#include "sockets/place.h"

/* The doors' listening sockets, which the supervisor holds: whatever else is
 * replaced, these stay, and with them the files that containers mount. */

enum door_maker {
	DOOR_OURS = 0, /* we made the file, and may remove it */
	DOOR_SYSTEMD   /* a socket unit did */
};

struct gate {
	char *name; /* the profile's */
	enum door_maker maker;
	int fd;
	struct place place; /* of systemd's, only the path is known */
	bool wanted;	    /* there is a profile of that name */
	bool observes;	    /* and it lets pass what it would deny */
	bool fresh;	    /* new under this name; nobody was told yet */
	bool made;	    /* its socket was made for that plan */
	bool dressed;	    /* its file was given a mode and an owner for it */
	struct place_dress before;
};

/* In the order of the profiles; behind them systemd's sockets that no profile
 * wants. */
struct doors {
	struct gate *list;
	size_t len;
};

/* Add a socket that is there already, nobody wanting it yet. False without
 * memory. */
bool doors_add(struct doors *doors, const char *name, enum door_maker maker,
    int fd, const struct place *place);

/* The socket of that name, or NULL; that one which systemd made. */
const struct gate *doors_find(const struct doors *doors, const char *name);
const struct gate *
doors_find_systemd(const struct doors *doors, const char *name);

/* Remove what earlier processes left behind in the directory of doors: sockets
 * that are in no door of ours, and that nobody listens on. */
void doors_sweep(const struct doors *doors, const char *directory);

/* What the doors will be with these settings: those that stay with their
 * sockets, and new ones. *now is not changed, and *next shares its sockets
 * until doors_commit() or doors_roll_back(). 0, or -1 with err set, and all is
 * as before. */
int doors_plan(const struct doors *now, const struct settings *settings,
    struct doors *next, struct err *err);

/* The plan is carried out: what is not in it is closed, and removed. *next is
 * empty afterwards. */
void doors_commit(struct doors *now, struct doors *next);

/* The plan is dropped, and what was made for it removed. */
void doors_roll_back(struct doors *next);

/* Close all. With remove, the files that we made are removed too. */
void doors_close(struct doors *doors, bool remove);

#endif
