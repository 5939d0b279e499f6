/* SPDX-License-Identifier: MIT */
/* Peers' credentials, as they were when the connection was made. */

#include <errno.h>
#include <sys/socket.h>

#include "sockets/peer.h"

/* NGROUPS_MAX is 65,536, but nobody is in so many; further ones do not let
 * anybody in. */
enum {
	GROUPS_MAX = 256
};

struct peer
peer_of(int fd)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) == -1)
		return (struct peer){ -1, (uid_t)-1, (gid_t)-1 };
	return (
	    struct peer){ credentials.pid, credentials.uid, credentials.gid };
}

/* unix(7), from Linux 6.5 on; the C library's header may be older. */
#if !defined(SO_PEERPIDFD) && !defined(__hppa__) && !defined(__sparc__)
#define SO_PEERPIDFD 77
#endif

int
peer_pidfd(int fd)
{
#ifdef SO_PEERPIDFD
	socklen_t len = sizeof(int);
	int pidfd;

	return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == -1
		   ? -1
		   : pidfd;
#else
	(void)fd;
	errno = ENOPROTOOPT;
	return -1;
#endif
}

static bool
is_in_group(const struct peer *peer, int fd, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);
	size_t i;

	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1)
		return false;
	for (i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

bool
peer_may_enter(const struct peer *peer, int fd, const struct door_options *door)
{
	const struct peer_rule *rule;
	size_t i;

	for (i = 0; i < door->peers_len; i++) {
		rule = &door->peers[i];
		if (rule->is_group ? is_in_group(peer, fd, rule->id)
				   : peer->uid == rule->id)
			return true;
	}
	return door->peers_len == 0;
}
