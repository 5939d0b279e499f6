/* SPDX-License-Identifier: MIT */
/* Control groups' files, as engines leave them, and others that look alike. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/container.h"
#include "tests/unit/cases.h"

#define ID    "4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f4f1e0c9b8a7d6e5f"
#define OTHER "00000000000000000000000000000000000000000000000000000000000000aa"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static const struct {
	const char *name;
	struct span in;
	const char *id; /* or NULL */
} rows[] = {
	CASE("cgroup 2, systemd", "0::/system.slice/docker-" ID ".scope\n", ID),
	CASE("cgroup 2, cgroupfs", "0::/docker/" ID "\n", ID),
	CASE("cgroup 1",
	    "12:pids:/docker/" ID "\n11:name=systemd:/docker/" ID "\n0::/\n",
	    ID),
	CASE("cgroup 1 in part", "9:name=systemd:/\n8:pids:/docker/" ID "\n",
	    ID),
	CASE("seen from a container", "0::/../" ID "\n", ID),
	CASE("seen from a scope", "0::/../docker-" ID ".scope\n", ID),
	CASE("podman", "0::/machine.slice/libpod-" ID ".scope/container\n", ID),
	CASE("podman, rootless",
	    "0::/user.slice/user-1000.slice/user@1000.service/user.slice/"
	    "libpod-" ID ".scope/container\n",
	    ID),
	CASE("podman, split", "0::/a.service/libpod-payload-" ID "\n", ID),
	CASE("podman, cgroupfs", "0::/libpod_parent/libpod-" ID "\n", ID),
	CASE("an init in it", "0::/docker/" ID "/init.scope\n", ID),
	CASE("an engine in it", "0::/docker/" ID "/docker/" OTHER "\n", ID),
	CASE("no line feed", "0::/docker/" ID, ID),
	CASE("a colon in a path", "0::/a:b/" ID "\n", ID),
	CASE("a host's process",
	    "0::/user.slice/user-0.slice/session-1.scope\n", NULL),
	CASE("the root", "0::/\n", NULL),
	CASE("nothing", "", NULL),
	CASE("podman's monitor",
	    "0::/machine.slice/libpod-conmon-" ID ".scope\n", NULL),
	CASE("another prefix", "0::/x-" ID ".scope\n", NULL),
	CASE("another suffix", "0::/docker-" ID ".slice\n", NULL),
	CASE("one digit more", "0::/docker/a" ID "\n", NULL),
	CASE("a short one", "0::/docker/4f1e0c9b8a7d\n", NULL),
	CASE("large digits",
	    "0::/docker/4F1E0C9B8A7D6E5F4F1E0C9B8A7D6E5F4F1E0C9B8A7D6E5F4F1E0C"
	    "9B8A7D6E5F\n",
	    NULL),
	CASE("a controller of that name", ID ":" ID ":/\n", NULL),
};

Test(container, is_read_from_control_groups)
{
	char id[NEWCOMER_ID];
	struct span in;
	bool found;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		in = (struct span){ cases_guard(rows[i].in), rows[i].in.len };
		found = container_read(in, id);
		cr_expect(
		    eq(int, found, rows[i].id != NULL), "%s", rows[i].name);
		if (found && rows[i].id != NULL)
			cases_same(
			    rows[i].name, span_of(id), span_of(rows[i].id));
	}
}

/* Wherever the text ends, no other ID is read. */
Test(container, is_none_where_the_text_is_cut)
{
	char id[NEWCOMER_ID];
	struct span in;
	size_t i, len;

	for (i = 0; i < CASES(rows); i++) {
		for (len = 0; rows[i].id != NULL && len < rows[i].in.len;
		     len++) {
			in = (struct span){ rows[i].in.at, len };
			in.at = cases_guard(in);
			if (container_read(in, id))
				cr_expect(strcmp(id, rows[i].id) == 0,
				    "%s, cut at %zu", rows[i].name, len);
		}
	}
}

/* Whoever had the number has it no more. */
Test(container, is_none_of_a_process_that_is_gone)
{
	char id[NEWCOMER_ID];
	pid_t pid = fork();
	int pidfd;

	if (pid == 0)
		_exit(0);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	waitpid(pid, NULL, 0);
	cr_expect(not(container_of(pid, -1, id)));
	cr_expect(not(container_of(pid, pidfd, id)));
	cr_expect(not(container_of(0, -1, id)));
	cr_expect(not(container_of(-1, -1, id)));
	if (pidfd != -1) {
		/* Even though a process of that number is there. */
		container_of(getpid(), -1, id);
		cr_expect(not(container_of(getpid(), pidfd, id)));
		close(pidfd);
	}
}
