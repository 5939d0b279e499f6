/* SPDX-License-Identifier: MIT */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stddef.h>
#include <stdint.h>

/* A listening socket that anybody may connect to, non-blocking; in place of
 * whatever was there. Ends the program where that fails. */
int net_listen(const char *path);

/* A connected socket. Without SOCK_NONBLOCK in flags, connecting waits while
 * the other end has its backlog full. -1 with errno set on failure. */
int net_connect(const char *path, int flags);

/* Let it block no more. */
void net_unblock(int fd);

/* Send all of it, on a socket that blocks. -1 with errno set on failure. */
int net_send_all(int fd, const char *bytes, size_t len);

/* An epoll instance. Ends the program where there is none. */
int net_epoll(void);

/* Watch a descriptor, or change what is watched (EPOLL_CTL_ADD or _MOD). */
void net_watch(int epoll, int how, int fd, uint32_t events, void *data);

/* Nanoseconds on a clock that is never set. */
uint64_t net_now(void);

#endif
