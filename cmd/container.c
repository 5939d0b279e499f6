/* SPDX-License-Identifier: MIT */
/* Engines name a container's control group for it, by its ID of 64 digits:
 *
 *	12:pids:/docker/ID
 *	0::/system.slice/docker-ID.scope
 *	0::/machine.slice/libpod-ID.scope/container
 *	0::/../ID
 *
 * The outermost such group counts: what is below it may be the container's own
 * making, such as another engine's in it. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/container.h"
#include "core/span.h"

enum {
	ID_LEN = NEWCOMER_ID - 1
};

/* Of 64 digits, as engines write them. */
static bool
is_id(struct span word)
{
	size_t i;

	for (i = 0; i < word.len; i++)
		if ((word.at[i] < '0' || word.at[i] > '9') &&
		    (word.at[i] < 'a' || word.at[i] > 'f'))
			return false;
	return word.len == ID_LEN;
}

/* The ID that a group's name is made of, or nothing. */
static struct span
id_of(struct span name)
{
	static const char *const prefixes[] = { "docker-", "libpod-",
		"libpod-payload-" };
	const struct span suffix = SPAN(".scope");
	struct span id, end;
	size_t i, len;

	if (is_id(name))
		return name;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		len = strlen(prefixes[i]);
		if (!span_starts(name, span_of(prefixes[i])) ||
		    name.len < len + ID_LEN)
			continue;
		id = (struct span){ name.at + len, ID_LEN };
		end = (struct span){ id.at + ID_LEN, name.len - len - ID_LEN };
		/* Without systemd there may be no suffix. */
		if (is_id(id) && (end.len == 0 || span_eq(end, suffix)))
			return id;
	}
	return SPAN("");
}

/* What is behind the second colon. */
static struct span
path_of(struct span line)
{
	int colons = 0;

	while (line.len > 0 && colons < 2) {
		colons += *line.at == ':';
		line.at++;
		line.len--;
	}
	return line;
}

bool
container_read(struct span text, char id[NEWCOMER_ID])
{
	struct span line, path, name, found;

	while (span_word(&text, "\n", &line)) {
		path = path_of(line);
		while (span_word(&path, "/", &name)) {
			found = id_of(name);
			if (found.len == 0)
				continue;
			memcpy(id, found.at, ID_LEN);
			id[ID_LEN] = '\0';
			return true;
		}
	}
	return false;
}

/* That process has not ended: its number was no other one's until now. */
static bool
is_alive(int pidfd)
{
	struct pollfd poll_fd = { pidfd, POLLIN, 0 };

	return pidfd == -1 || poll(&poll_fd, 1, 0) == 0;
}

bool
container_of(pid_t pid, int pidfd, char id[NEWCOMER_ID])
{
	char path[64], memory[16 * 1024];
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return false;
	do {
		n = read(fd, memory + len, sizeof(memory) - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	close(fd);
	return n == 0 && container_read((struct span){ memory, len }, id) &&
	       is_alive(pidfd);
}
