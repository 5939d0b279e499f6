/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_FORBIDDEN_H
#define TESTS_FUZZ_FORBIDDEN_H

#include "tests/fuzz/goreader.h"

/* What a daemon must not be asked for, by what it acts on, whatever the bytes
 * looked like. */

/* A profile's text, and what it allows beyond what every profile does. */
struct allowed {
	const char *profile;
	const char *user; /* of containers: "nonroot", or exactly this */
	const char *exec_user;
	bool group;		      /* nonroot needs a group as well */
	long long memory, cpus, pids; /* the most; 0: any */
	const char *bind; /* a directory, or with '/' at its end all below */
	bool writes;	  /* to it */
	const char *capability;
	const char *network;
	const char *volume;	    /* how the names of volumes begin */
	long first_port, last_port; /* on 127.0.0.1, by TCP */
	const char *label;	    /* "owner", which then is "web" */
	const char *image;	    /* on Docker Hub */
	const char *command;	    /* the first word of two, or "*" */
};

/* Each tells what is forbidden in a request's body, or NULL. */
typedef const char *
forbidden_check(const struct allowed *allowed, const struct go_value *body);

forbidden_check forbidden_container; /* ContainerCreate */
forbidden_check forbidden_update;    /* ContainerUpdate */
forbidden_check forbidden_exec;	     /* ContainerExec */
forbidden_check forbidden_volume;    /* VolumeCreate */
forbidden_check forbidden_network;   /* NetworkCreate */
forbidden_check forbidden_connect;   /* NetworkConnect */
forbidden_check forbidden_service;   /* ServiceCreate, ServiceUpdate */

#endif
