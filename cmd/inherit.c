/* SPDX-License-Identifier: MIT */
/* Descriptors handed from process to process: taking them over, and handing
 * them on. What the variables say is checked whole before one of them is
 * believed: a descriptor that is taken for another would be a wrong door. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/inherit.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/span.h"

enum {
	FIRST = 3,
	/* A door for each file of profiles, and a few of our own. */
	MOST = LIMIT_INI_FILES + 16
};

/* Digits only, at most max. */
static bool
read_number(const char *value, unsigned long max, unsigned long *number)
{
	if (*value == '\0' || value[strspn(value, "0123456789")] != '\0')
		return false;
	errno = 0;
	*number = strtoul(value, NULL, 10);
	return errno == 0 && *number <= max;
}

/* How many descriptors the variables hand to this process. */
static int
count_of(const char *pid, const char *fds, size_t *count, struct err *err)
{
	unsigned long number;

	*count = 0;
	if (pid == NULL || fds == NULL)
		return 0;
	if (!read_number(pid, (unsigned long)INT32_MAX, &number))
		return err_set(err, 0,
		    "LISTEN_PID is not the number of a "
		    "process");
	if (number != (unsigned long)getpid())
		return 0;
	if (!read_number(fds, MOST, &number))
		return err_set(
		    err, 0, "LISTEN_FDS is not a number up to %d", MOST);
	*count = number;
	return 0;
}

/* The name up to the next ':', which is cut off *rest; NULL behind the last
 * one. A name may be empty. */
static char *
next_name(const char **rest)
{
	size_t len = strcspn(*rest, ":");
	char *name = strndup(*rest, len);

	*rest = (*rest)[len] == ':' ? *rest + len + 1 : NULL;
	return name;
}

static int
take_names(struct inherited *inherited, const char *names, struct err *err)
{
	size_t i;

	for (i = 0; i < inherited->len; i++) {
		if (names == NULL && i > 0)
			return err_set(err, 0,
			    "LISTEN_FDNAMES has %zu names for %zu descriptors",
			    i, inherited->len);
		if ((inherited->names[i] = next_name(&names)) == NULL)
			return err_set(err, 0, "out of memory");
	}
	if (names != NULL)
		return err_set(err, 0,
		    "LISTEN_FDNAMES has more names than the %zu descriptors",
		    inherited->len);
	return 0;
}

static int
call_unknown(struct inherited *inherited, struct err *err)
{
	size_t i;

	for (i = 0; i < inherited->len; i++)
		if ((inherited->names[i] = strdup("unknown")) == NULL)
			return err_set(err, 0, "out of memory");
	return 0;
}

/* All of them must be open before one of them is ours. */
static int
take_fds(struct inherited *inherited, struct err *err)
{
	size_t i;
	int fd;

	for (i = 0; i < inherited->len; i++) {
		fd = FIRST + (int)i;
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
			return err_set(
			    err, errno, "LISTEN_FDS: descriptor %d", fd);
	}
	for (i = 0; i < inherited->len; i++)
		inherited->fds[i] = FIRST + (int)i;
	return 0;
}

static int
take(struct inherited *inherited, const char *names, size_t count,
    struct err *err)
{
	size_t i;

	inherited->names = calloc(count, sizeof(*inherited->names));
	inherited->fds = calloc(count, sizeof(*inherited->fds));
	if (inherited->names == NULL || inherited->fds == NULL)
		return err_set(err, 0, "out of memory");
	for (i = 0; i < count; i++)
		inherited->fds[i] = -1;
	inherited->len = count;
	if ((names == NULL ? call_unknown(inherited, err)
			   : take_names(inherited, names, err)) == -1)
		return -1;
	return take_fds(inherited, err);
}

int
inherit_take(struct inherited *inherited, struct err *err)
{
	const char *names = getenv("LISTEN_FDNAMES");
	int result;
	size_t count;

	*inherited = (struct inherited){ 0 };
	result =
	    count_of(getenv("LISTEN_PID"), getenv("LISTEN_FDS"), &count, err);
	if (result == 0 && count > 0)
		result = take(inherited, names, count, err);
	if (result == -1)
		inherit_clear(inherited);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return result;
}

int
inherit_find(struct inherited *inherited, const char *name)
{
	size_t i;
	int fd;

	for (i = 0; i < inherited->len; i++) {
		fd = inherited->fds[i];
		if (fd == -1 || strcmp(inherited->names[i], name) != 0)
			continue;
		inherited->fds[i] = -1;
		return fd;
	}
	return -1;
}

void
inherit_clear(struct inherited *inherited)
{
	size_t i;

	for (i = 0; i < inherited->len; i++) {
		if (inherited->fds[i] != -1)
			close(inherited->fds[i]);
		free(inherited->names[i]);
	}
	free(inherited->names);
	free(inherited->fds);
	*inherited = (struct inherited){ 0 };
}

/* Descriptors as 3, 4, ...: a copy of each is made above these numbers first,
 * since any of them may be the number of another. */
static int
place_fds(const int fds[], size_t len)
{
	int *copies, result = 0;
	size_t i;

	if ((copies = calloc(len + 1, sizeof(*copies))) == NULL)
		return -1;
	for (i = 0; i < len && result != -1; i++)
		result = copies[i] =
		    fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST + (int)len);
	for (i = 0; i < len && result != -1; i++)
		result = dup2(copies[i], FIRST + (int)i);
	free(copies);
	return result == -1 ? -1 : 0;
}

static int
set_number(const char *variable, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", number);
	return setenv(variable, text, 1);
}

static int
set_names(const char *const names[], size_t len)
{
	struct buf joined = { 0 };
	bool good = true;
	int result = -1;
	size_t i;

	for (i = 0; i < len && good; i++)
		good = (i == 0 || buf_add(&joined, ":", 1)) &&
		       buf_add(&joined, names[i], strlen(names[i]));
	if (good && buf_add(&joined, "", 1))
		result = setenv("LISTEN_FDNAMES", buf_bytes(&joined), 1);
	buf_clear(&joined);
	return result;
}

void
inherit_exec(int program, char *const arguments[], const char *const names[],
    const int fds[], size_t len)
{
	static const char *const not_for_it[] = { "NOTIFY_SOCKET",
		"WATCHDOG_USEC", "WATCHDOG_PID" };
	size_t i;

	program = fcntl(program, F_DUPFD_CLOEXEC, FIRST + (int)len);
	if (program == -1 || place_fds(fds, len) == -1 ||
	    set_number("LISTEN_PID", (unsigned long)getpid()) == -1 ||
	    set_number("LISTEN_FDS", len) == -1 || set_names(names, len) == -1)
		return;
	for (i = 0; i < sizeof(not_for_it) / sizeof(not_for_it[0]); i++)
		if (unsetenv(not_for_it[i]) == -1)
			return;
	/* Not every C library has execveat(). */
	syscall(SYS_execveat, program, "", arguments, environ, AT_EMPTY_PATH);
}
