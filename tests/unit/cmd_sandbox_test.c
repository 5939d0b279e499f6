/* SPDX-License-Identifier: MIT */
/* The sandbox, entered in a child: each system call that must be refused in
 * there is also made outside, where it must not be. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/sandbox.h"
#include "tests/unit/cases.h"

enum {
	LANDLOCK = 3,
	SECCOMP = 4,
	SOME_USER = 65534,
	MEGABYTE = 1 << 20
};

/* A child that runs work(), whose report of len bytes is read. Returns its
 * wait status. */
static int
run(void (*work)(int out), void *report, size_t len)
{
	int ends[2], status;
	size_t got = 0;
	ssize_t n;
	pid_t pid;

	cr_assert(pipe(ends) == 0);
	pid = fork();
	cr_assert(ne(int, pid, -1));
	if (pid == 0) {
		work(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], (char *)report + got, len - got)) > 0)
		got += (size_t)n;
	close(ends[0]);
	cr_assert(waitpid(pid, &status, 0) == pid);
	if (got < len)
		memset((char *)report + got, 0, len - got);
	return status;
}

static void
report(int out, const void *bytes, size_t len)
{
	if (write(out, bytes, len) != (ssize_t)len)
		_exit(1);
}

static void
enter(struct sandbox *sandbox)
{
	struct err err;

	if (sandbox_enter(sandbox, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		_exit(2);
	}
}

/* Skips the test where sanitizers need what the layer takes away, and only
 * there. */
static void
needs(const struct sandbox *sandbox, int layer)
{
	const struct sandbox_layer *it = &sandbox->layers[layer];

	if (!it->on && strstr(it->detail, "under sanitizers") != NULL)
		cr_skip("%s: %s", it->name, it->detail);
}

/* What it is like in there. */

static void
work_enter(int out)
{
	struct sandbox sandbox;

	enter(&sandbox);
	report(out, &sandbox, sizeof(sandbox));
}

Test(sandbox_enter, says_what_is_on)
{
	static const char *const names[SANDBOX_LAYERS] = { "no-new-privileges",
		"capabilities", "rlimits", "landlock", "seccomp" };
	struct sandbox sandbox;
	int abi, i;

	cr_assert(eq(int, run(work_enter, &sandbox, sizeof(sandbox)), 0));
	for (i = 0; i < SANDBOX_LAYERS; i++) {
		cr_expect(strcmp(sandbox.layers[i].name, names[i]) == 0);
		if (i < LANDLOCK)
			cr_expect(sandbox.layers[i].on, "%s", names[i]);
	}
	needs(&sandbox, SECCOMP);
	cr_expect(sandbox.layers[SECCOMP].on);
	abi = (int)syscall(444 /* landlock_create_ruleset */, NULL, 0, 1);
	cr_expect(eq(int, sandbox.layers[LANDLOCK].on, abi > 0));
	if (abi > 0)
		cr_expect(
		    eq(int, atoi(sandbox.layers[LANDLOCK].detail + 4), abi));
	else
		cr_expect(strlen(sandbox.layers[LANDLOCK].detail) > 0);
}

/* A child that stays in the sandbox until it is killed. */
static pid_t
start_inside(uid_t user)
{
	struct sandbox sandbox;
	int ends[2];
	pid_t pid;
	char c;

	cr_assert(pipe(ends) == 0);
	pid = fork();
	cr_assert(ne(int, pid, -1));
	if (pid == 0) {
		/* Becoming somebody else takes this away by itself. */
		if (setresuid(user, user, user) == -1 ||
		    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1)
			_exit(3);
		enter(&sandbox);
		report(ends[1], "x", 1);
		for (;;)
			poll(NULL, 0, -1);
	}
	close(ends[1]);
	cr_assert(read(ends[0], &c, 1) == 1, "it could not enter");
	close(ends[0]);
	return pid;
}

/* A file of /proc/PID/. */
static const char *
process_file(pid_t pid, const char *name)
{
	static char text[8192];
	char path[64];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	file = fopen(path, "r");
	cr_assert(file != NULL, "%s", path);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

/* It has no such line, or one that says this. */
static void
expect_line(const char *text, const char *name, const char *value)
{
	const char *line = strstr(text, name);

	cr_expect(line != NULL, "%s", name);
	if (line == NULL)
		return;
	line += strlen(name);
	line += strspn(line, " \t");
	cr_expect(
	    strncmp(line, value, strlen(value)) == 0, "%s %.40s", name, line);
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_expect(eq(int, waitpid(pid, NULL, 0), pid));
}

Test(sandbox_enter, is_what_the_kernel_says)
{
	struct sandbox sandbox;
	const char *text;
	pid_t pid;

	cr_assert(eq(int, run(work_enter, &sandbox, sizeof(sandbox)), 0));
	pid = start_inside(getuid());
	text = process_file(pid, "status");
	expect_line(text, "\nNoNewPrivs:", "1\n");
	expect_line(text, "\nCapInh:", "0000000000000000\n");
	expect_line(text, "\nCapPrm:", "0000000000000000\n");
	expect_line(text, "\nCapEff:", "0000000000000000\n");
	expect_line(text, "\nCapAmb:", "0000000000000000\n");
	if (getuid() == 0)
		expect_line(text, "\nCapBnd:", "0000000000000000\n");
	if (sandbox.layers[SECCOMP].on)
		expect_line(text, "\nSeccomp:", "2\n");
	text = process_file(pid, "limits");
	expect_line(text, "\nMax core file size", "0                    0 ");
	expect_line(text, "\nMax locked memory", "0                    0 ");
	expect_line(text, "\nMax msgqueue size", "0                    0 ");
	if (sandbox.layers[SECCOMP].on)
		expect_line(text, "\nMax processes", "0                    0 ");
	stop(pid);
}

Test(sandbox_enter, closes_the_process_to_others_of_its_user)
{
	struct stat status;
	char path[64];
	pid_t pid;

	pid = start_inside(getuid() == 0 ? SOME_USER : getuid());
	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	cr_assert(stat(path, &status) == 0);
	cr_expect(eq(int, (int)status.st_uid, 0));
	stop(pid);
}

/* What is refused. */

struct attempt {
	const char *name;
	long number;
	long arguments[6];
};

#define AT(string) ((long)(string))
#define NOWHERE	   AT("/nowhere/at/all")
#define ANONYMOUS  (MAP_PRIVATE | MAP_ANONYMOUS)

enum {
	ATTEMPTS_MAX = 96
};

/* A system call's error number, or 0. */
struct outcome {
	const char *name;
	int number;
};

static void
attempt_all(int out)
{
	void *page = mmap(NULL, 4096, PROT_READ, ANONYMOUS, -1, 0);
	/* clang-format off */
	const struct attempt attempts[] = {
#ifdef SYS_open
		{ "open", SYS_open, { AT("/etc/passwd"), O_RDONLY } },
#endif
		{ "openat", SYS_openat, { AT_FDCWD, AT("/etc/passwd") } },
		{ "openat: a new file", SYS_openat,
		    { AT_FDCWD, NOWHERE, O_CREAT | O_WRONLY, 0600 } },
		{ "openat2", SYS_openat2, { AT_FDCWD, NOWHERE } },
		{ "newfstatat", SYS_newfstatat, { AT_FDCWD, NOWHERE } },
		{ "readlinkat", SYS_readlinkat, { AT_FDCWD, NOWHERE } },
		{ "unlinkat", SYS_unlinkat, { AT_FDCWD, NOWHERE } },
		{ "renameat2", SYS_renameat2,
		    { AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE } },
		{ "linkat", SYS_linkat,
		    { AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE } },
		{ "symlinkat", SYS_symlinkat, { NOWHERE, AT_FDCWD, NOWHERE } },
		{ "mkdirat", SYS_mkdirat, { AT_FDCWD, NOWHERE } },
		{ "mknodat", SYS_mknodat, { AT_FDCWD, NOWHERE, S_IFIFO } },
		{ "truncate", SYS_truncate, { NOWHERE } },
		{ "ftruncate", SYS_ftruncate, { -1 } },
		{ "fchmodat", SYS_fchmodat, { AT_FDCWD, NOWHERE } },
		{ "fchownat", SYS_fchownat, { AT_FDCWD, NOWHERE } },
		{ "mount", SYS_mount, { NOWHERE, NOWHERE, NOWHERE } },
		{ "pivot_root", SYS_pivot_root, { NOWHERE, NOWHERE } },
		{ "memfd_create", SYS_memfd_create, { AT("x") } },
		{ "inotify_init1", SYS_inotify_init1, { 0 } },
		/* programs and processes */
		{ "execve", SYS_execve, { NOWHERE } },
		{ "execveat", SYS_execveat, { AT_FDCWD, NOWHERE } },
		{ "clone", SYS_clone, { SIGCHLD } },
		{ "clone: a thread", SYS_clone, { CLONE_THREAD } },
		{ "clone3", SYS_clone3, { 0 } },
		{ "kill", SYS_kill, { getpid() } },
		{ "tgkill", SYS_tgkill, { getpid(), getpid() } },
		{ "pidfd_open", SYS_pidfd_open, { getpid() } },
		{ "pidfd_getfd", SYS_pidfd_getfd, { -1 } },
		{ "pidfd_send_signal", SYS_pidfd_send_signal, { -1 } },
		{ "ptrace", SYS_ptrace, { PTRACE_CONT, getpid() } },
		{ "process_vm_readv", SYS_process_vm_readv, { getpid() } },
		{ "process_vm_writev", SYS_process_vm_writev, { getpid() } },
		{ "unshare", SYS_unshare, { 0 } },
		{ "setns", SYS_setns, { -1 } },
		{ "setuid", SYS_setuid, { getuid() } },
		{ "setgid", SYS_setgid, { getgid() } },
		{ "capset", SYS_capset, { 0 } },
		{ "prctl", SYS_prctl, { PR_GET_DUMPABLE } },
		{ "prlimit64", SYS_prlimit64, { 0, RLIMIT_NOFILE } },
		{ "seccomp", SYS_seccomp, { -1 } },
		{ "personality", SYS_personality, { 0xffffffff } },
		{ "io_uring_setup", SYS_io_uring_setup, { 1 } },
		{ "bpf", SYS_bpf, { -1 } },
		{ "perf_event_open", SYS_perf_event_open, { 0 } },
		/* sockets and descriptors */
		{ "socket: IPv4", SYS_socket, { AF_INET, SOCK_STREAM } },
		{ "socket: IPv4, UDP", SYS_socket, { AF_INET, SOCK_DGRAM } },
		{ "socket: IPv6", SYS_socket, { AF_INET6, SOCK_STREAM } },
		{ "socket: netlink", SYS_socket, { AF_NETLINK, SOCK_RAW } },
		{ "socket: netlink, as a stream", SYS_socket,
		    { AF_NETLINK, SOCK_STREAM } },
		{ "socket: Unix, datagrams", SYS_socket,
		    { AF_UNIX, SOCK_DGRAM } },
		{ "socket: Unix, packets", SYS_socket,
		    { AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC } },
		{ "socketpair", SYS_socketpair,
		    { AF_UNIX, SOCK_STREAM, 0, (long)page } },
		{ "bind", SYS_bind, { -1 } },
		{ "listen", SYS_listen, { -1 } },
		{ "setsockopt", SYS_setsockopt, { -1, SOL_SOCKET } },
		{ "getsockopt: of TCP", SYS_getsockopt, { -1, 6 } },
		{ "ioctl", SYS_ioctl, { -1 } },
		{ "fcntl", SYS_fcntl, { -1 } },
		{ "splice", SYS_splice, { -1, 0, -1, 0, 1 } },
		/* executable memory */
		{ "mmap: executable", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, ANONYMOUS, -1 } },
		{ "mprotect: executable", SYS_mprotect,
		    { (long)page, 4096, PROT_READ | PROT_EXEC } },
		{ "mprotect: executable only", SYS_mprotect,
		    { (long)page, 4096, PROT_EXEC } },
		{ "pkey_mprotect", SYS_pkey_mprotect,
		    { (long)page, 4096, PROT_READ, -1 } },
	};
	/* clang-format on */
	struct outcome outcome;
	const long *a;
	size_t i;
	long result;

	for (i = 0; i < CASES(attempts); i++) {
		a = attempts[i].arguments;
		errno = 0;
		result = syscall(
		    attempts[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (result == 0 && attempts[i].number == SYS_clone)
			_exit(0); /* the child */
		outcome.name = attempts[i].name;
		outcome.number = result == -1 ? errno : 0;
		report(out, &outcome, sizeof(outcome));
	}
}

static void
attempt_inside(int out)
{
	struct sandbox sandbox;

	enter(&sandbox);
	attempt_all(out);
}

Test(sandbox_enter, refuses_all_else)
{
	struct outcome inside[ATTEMPTS_MAX], outside[ATTEMPTS_MAX];
	struct sandbox sandbox;
	size_t i, len, in_vain = 0;

	cr_assert(eq(int, run(work_enter, &sandbox, sizeof(sandbox)), 0));
	needs(&sandbox, SECCOMP);
	cr_assert(eq(int, run(attempt_all, outside, sizeof(outside)), 0));
	cr_assert(eq(int, run(attempt_inside, inside, sizeof(inside)), 0));
	for (len = 0; len < ATTEMPTS_MAX && inside[len].name != NULL; len++)
		continue;
	cr_assert(gt(sz, len, 50));
	for (i = 0; i < len; i++) {
		cr_expect(eq(int, inside[i].number, EPERM), "%s: %s",
		    inside[i].name, strerror(inside[i].number));
		if (outside[i].number == EPERM) {
			cr_log_warn(
			    "%s: refused outside, too", outside[i].name);
			in_vain++;
		}
	}
	cr_expect(lt(sz, in_vain, len / 4), "this shows little here");
}

#ifdef __x86_64__
static void
call_another_architecture(int out)
{
	struct sandbox sandbox;

	(void)out;
	enter(&sandbox);
	/* The x32 ABI. */
	syscall(0x40000000 | SYS_write, -1, NULL, 0);
}

Test(sandbox_enter, kills_calls_of_another_architecture)
{
	struct sandbox sandbox;
	bool killed;
	int status;

	cr_assert(eq(int, run(work_enter, &sandbox, sizeof(sandbox)), 0));
	needs(&sandbox, SECCOMP);
	status = run(call_another_architecture, NULL, 0);
	killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	cr_expect(killed, "wait status %#x", status);
}
#endif

/* What is left. */

static int listener, control[2], doors, abstract_length;
static struct sockaddr_un address;

static int
listen_at(const struct sockaddr_un *at, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(bind(fd, (const struct sockaddr *)at, len) == 0);
	cr_assert(listen(fd, 8) == 0);
	return fd;
}

/* Hand a descriptor over, and take it at the other end. -1: no. */
static int
hand_over(int fd)
{
	char byte = 'x', room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	if (sendmsg(control[0], &message, MSG_NOSIGNAL) != 1)
		return -1;
	message.msg_controllen = sizeof(room);
	if (recvmsg(control[1], &message, MSG_CMSG_CLOEXEC) != 1 ||
	    (part = CMSG_FIRSTHDR(&message)) == NULL)
		return -1;
	memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

static bool
allocates(void)
{
	enum {
		PIECES = 20000
	};
	static char *pieces[PIECES];
	char *large = malloc(100 * MEGABYTE), *larger;
	size_t i;

	if (large == NULL)
		return false;
	memset(large, 1, 100 * MEGABYTE);
	if ((larger = realloc(large, 150 * MEGABYTE)) == NULL)
		return false;
	free(larger);
	for (i = 0; i < PIECES; i++)
		if ((pieces[i] = calloc(1, 1000)) == NULL)
			return false;
	for (i = 0; i < PIECES; i++)
		free(pieces[i]);
	return true;
}

/* Everything that a worker does, up to what it cannot: that is the report. */
static void
serve(int out)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd poll_fd = { .fd = out, .events = POLLOUT };
	struct sandbox sandbox;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int daemon, client, taken;
	char text[128], byte;
	void *page;

#define DO(step)                                                      \
	do {                                                          \
		errno = 0;                                            \
		if (!(step)) {                                        \
			snprintf(text, sizeof(text), "%s: %s", #step, \
			    strerror(errno));                         \
			report(out, text, sizeof(text));              \
			return;                                       \
		}                                                     \
	} while (0)
	enter(&sandbox);
	DO((daemon = socket(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) != -1);
	DO(connect(daemon, (struct sockaddr *)&address, sizeof(address)) == 0);
	DO((client = accept4(
		listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1);
	DO(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0);
	DO((taken = hand_over(client)) != -1);
	DO(close(client) == 0);
	DO(send(daemon, "a", 1, MSG_NOSIGNAL) == 1);
	DO(write(daemon, "b", 1) == 1);
	DO(epoll_ctl(doors, EPOLL_CTL_ADD, taken, &event) == 0);
	DO(epoll_wait(doors, &event, 1, 1000) == 1);
	DO(recv(taken, &byte, 1, 0) == 1 && byte == 'a');
	DO(read(taken, &byte, 1) == 1 && byte == 'b');
	DO(shutdown(daemon, SHUT_WR) == 0);
	DO(recv(taken, &byte, 1, 0) == 0);
	DO(poll(&poll_fd, 1, 0) == 1);
	DO(allocates());
	DO((page = mmap(NULL, 4096, PROT_READ, ANONYMOUS, -1, 0)) !=
	    MAP_FAILED);
	DO(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
	DO(munmap(page, 4096) == 0);
	DO(epoll_create1(EPOLL_CLOEXEC) != -1);
#undef DO
	report(out, "served", sizeof("served"));
}

Test(sandbox_enter, lets_a_worker_work)
{
	char directory[] = "/tmp/sandbox-XXXXXX", said[128];

	cr_assert(mkdtemp(directory) != NULL);
	address.sun_family = AF_UNIX;
	snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s/daemon", directory);
	listener = listen_at(&address, sizeof(address));
	cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control) == 0);
	doors = epoll_create1(EPOLL_CLOEXEC);
	cr_expect(eq(int, run(serve, said, sizeof(said)), 0));
	cr_expect(eq(str, (char *)said, "served"));
	unlink(address.sun_path);
	rmdir(directory);
}

static void
connect_to_abstract(int out)
{
	int number = 0, fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address,
		(socklen_t)abstract_length) == -1)
		number = errno;
	report(out, &number, sizeof(number));
}

static void
connect_to_abstract_inside(int out)
{
	struct sandbox sandbox;

	enter(&sandbox);
	connect_to_abstract(out);
}

/* The only thing that Landlock refuses and seccomp does not. */
Test(sandbox_enter, keeps_away_from_abstract_sockets)
{
	struct sandbox sandbox;
	int number, fd;

	cr_assert(eq(int, run(work_enter, &sandbox, sizeof(sandbox)), 0));
	needs(&sandbox, LANDLOCK);
	if (!sandbox.layers[LANDLOCK].on ||
	    atoi(sandbox.layers[LANDLOCK].detail + 4) < 6)
		cr_skip("landlock: %s", sandbox.layers[LANDLOCK].detail);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
	    "postern-test-%ld", (long)getpid());
	abstract_length = (int)(offsetof(struct sockaddr_un, sun_path) + 1 +
				strlen(address.sun_path + 1));
	fd = listen_at(&address, (socklen_t)abstract_length);
	run(connect_to_abstract, &number, sizeof(number));
	cr_expect(eq(int, number, 0));
	run(connect_to_abstract_inside, &number, sizeof(number));
	cr_expect(eq(int, number, EPERM));
	close(fd);
}
