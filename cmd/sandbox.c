/* SPDX-License-Identifier: MIT */
/* The worker's sandbox: five layers, each of which would do some of it alone.
 * What a worker must be able to do in here is little: take connections from
 * doors, connect to the daemon's socket by its path, move bytes, write log
 * lines, and allocate memory. All else is refused with EPERM, for good.
 *
 * Never allow here what makes a file, a process, executable memory or a socket
 * of another family. And never let Landlock handle connect(2) to sockets in
 * the file system, as it may once be able to: the daemon's is one. */

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/sandbox.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER true
#endif
#endif
#if !defined(UNDER_SANITIZER) && defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER true
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER false
#endif

/* What is allowed, and why. Every worker that has something to do makes all of
 * these system calls, but for those that say "sometimes". */
static const struct {
	const char *name;
	const char *why;
} calls[] = {
	/* clang-format off */
	/* connections */
	{ "accept4", "clients, at the doors" },
	{ "socket", "to the daemon" },
	{ "connect", "to the daemon" },
	{ "getsockopt", "who the peer is, and its process" },
	{ "recvfrom", "bytes in" },
	{ "sendmsg", "bytes out; to the supervisor; connections handed over" },
	{ "sendto", "bytes out that had to wait" },
	{ "recvmsg", "the supervisor; connections handed over" },
	{ "shutdown", "half-closed tunnels" },
	{ "close", "connections that have ended" },
	{ "recv", "sometimes: recvfrom, on 32-bit ARM" },
	{ "send", "sometimes: sendto, on 32-bit ARM" },
	/* waiting */
	{ "epoll_ctl", "what to wait for" },
	{ "epoll_wait", "waiting" },
	{ "epoll_pwait", "sometimes: epoll_wait, where there is none" },
	{ "epoll_create1", "sometimes: libev, told of what was handed over" },
	{ "poll", "whether a client is gone, or the log is full" },
	{ "ppoll", "sometimes: poll, where there is none" },
	{ "ppoll_time64", "sometimes: ppoll, on 32-bit machines" },
	{ "restart_syscall", "sometimes: poll, after SIGSTOP and SIGCONT" },
	{ "clock_gettime", "sometimes: where the vDSO has no clock" },
	{ "clock_gettime64", "sometimes: the same, on 32-bit machines" },
	{ "gettimeofday", "sometimes: the same, by older C libraries" },
	/* the log, and signals, which wake libev up */
	{ "write", "log lines, and those of the audit" },
	{ "writev", "sometimes: last words of the C library" },
	{ "read", "sometimes: libev's eventfd" },
	{ "rt_sigreturn", "sometimes: a signal" },
	/* memory */
	{ "brk", "sometimes: malloc" },
	{ "mmap", "sometimes: malloc of much" },
	{ "mmap2", "sometimes: mmap, on 32-bit machines" },
	{ "mprotect", "sometimes: musl's malloc" },
	{ "mremap", "sometimes: realloc of much" },
	{ "munmap", "sometimes: free of much" },
	{ "madvise", "sometimes: free" },
	{ "getrandom", "sometimes: secrets of malloc and of hash tables" },
	{ "futex", "sometimes: locks in the C library" },
	/* the end */
	{ "exit_group", "the end" },
	/* clang-format on */
};

enum {
	SOCKET_TYPE_MASK = 0xf, /* without SOCK_NONBLOCK and SOCK_CLOEXEC */
	CONDITIONS_MAX = 2
};

/* What an argument, by its number, must be once it is masked. */
static const struct {
	const char *name;
	unsigned argument;
	uint64_t mask;
	uint64_t value;
} conditions[] = {
	{"socket",	    0, UINT64_MAX,	   AF_UNIX	   },
	{ "socket",	    1, SOCKET_TYPE_MASK, SOCK_STREAM},
	{ "getsockopt", 1, UINT64_MAX,       SOL_SOCKET },
	{ "mmap",	  2, PROT_EXEC,	0	  },
	{ "mmap2",	   2, PROT_EXEC,	 0	   },
	{ "mprotect",   2, PROT_EXEC,	    0	      },
};

enum layer {
	NO_NEW_PRIVILEGES = 0,
	CAPABILITIES,
	RLIMITS,
	LANDLOCK,
	SECCOMP
};

static const char *const layer_names[SANDBOX_LAYERS] = { "no-new-privileges",
	"capabilities", "rlimits", "landlock", "seccomp" };

static int
enter_no_new_privileges(struct sandbox_layer *layer, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set(err, errno, "PR_SET_NO_NEW_PRIVS");
	/* Others of the same user may not look into it (ptrace(2), /proc). */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return err_set(err, errno, "PR_SET_DUMPABLE");
	layer->on = true;
	return 0;
}

static int
enter_capabilities(struct sandbox_layer *layer, struct err *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int number, dropped;
	size_t i;

	/* Linux before 4.3 has no ambient ones. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return err_set(err, errno, "PR_CAP_AMBIENT_CLEAR_ALL");
	/* EINVAL: behind the last one. EPERM: an ordinary user may not, and has
	 * no use for it: there are no new privileges. */
	number = 0;
	do {
		dropped = prctl(PR_CAPBSET_DROP, number++, 0, 0, 0);
	} while (dropped == 0);
	if (errno != EINVAL && errno != EPERM)
		return err_set(err, errno, "PR_CAPBSET_DROP");
	if (errno == EPERM && prctl(PR_CAPBSET_READ, 0, 0, 0, 0) == 1)
		snprintf(layer->detail, sizeof(layer->detail),
		    "none; the bounding set is as it was");
	memset(data, 0, sizeof(data));
	if (syscall(SYS_capset, &header, data) == -1)
		return err_set(err, errno, "capset");
	if (syscall(SYS_capget, &header, data) == -1)
		return err_set(err, errno, "capget");
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i].effective | data[i].permitted |
			data[i].inheritable) != 0)
			return err_set(err, 0, "capabilities are left");
	layer->on = true;
	return 0;
}

static int
enter_rlimits(struct sandbox_layer *layer, struct err *err)
{
	static const struct {
		const char *name;
		int resource;
		bool breaks_sanitizers;
	} rows[] = {
		{"RLIMIT_CORE",	 RLIMIT_CORE,     false},
		{ "RLIMIT_NPROC",	  RLIMIT_NPROC,	true },
		{ "RLIMIT_MEMLOCK",  RLIMIT_MEMLOCK,  false},
		{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE, false},
	};
	static const struct rlimit none = { 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (UNDER_SANITIZER && rows[i].breaks_sanitizers)
			snprintf(layer->detail, sizeof(layer->detail),
			    "without %s, under sanitizers", rows[i].name);
		else if (setrlimit(rows[i].resource, &none) == -1)
			return err_set(err, errno, "%s", rows[i].name);
	}
	layer->on = true;
	return 0;
}

/* Whether the layer must stay off here. The leak check reads files, makes a
 * thread and traces this process with it. */
static bool
is_under_sanitizer(struct sandbox_layer *layer)
{
	if (UNDER_SANITIZER)
		snprintf(layer->detail, sizeof(layer->detail),
		    "off under sanitizers: their leak check needs files and "
		    "ptrace");
	return UNDER_SANITIZER;
}

/* linux/landlock.h, of which there may be an older one, or none. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

enum {
	LANDLOCK_QUERY_VERSION = 1
};

struct landlock_rules {
	uint64_t handled_files;
	uint64_t handled_network;
	uint64_t scoped;
};

/* All rights on files that the ABI has, ending with EXECUTE to MAKE_SYM, REFER,
 * TRUNCATE, IOCTL_DEV. Of later ones none is known here, and one gates
 * connect(2) to sockets in the file system. */
static uint64_t
landlock_files(int abi)
{
	unsigned rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;

	return (UINT64_C(1) << rights) - 1;
}

static int
enter_landlock(struct sandbox_layer *layer, struct err *err)
{
	struct landlock_rules rules = { 0 };
	int abi, number, fd;

	if (is_under_sanitizer(layer))
		return 0;
	abi = (int)syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_QUERY_VERSION);
	if (abi == -1 &&
	    (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM)) {
		snprintf(layer->detail, sizeof(layer->detail),
		    errno == ENOSYS	  ? "this kernel has none"
		    : errno == EOPNOTSUPP ? "this kernel was started without it"
					  : "a seccomp filter from outside "
					    "forbids it");
		return 0;
	}
	if (abi == -1)
		return err_set(err, errno, "ask for the ABI");
	rules.handled_files = landlock_files(abi);
	if (abi >= 4)
		rules.handled_network = 3; /* TCP's bind and connect */
	if (abi >= 6)
		rules.scoped = 3; /* abstract Unix sockets, signals */
	/* An older kernel takes the larger struct, what it does not know in it
	 * being zero. Nothing is allowed, since there is no rule. */
	fd =
	    (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd == -1)
		return err_set(err, errno, "make a ruleset for ABI %d", abi);
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1) {
		number = errno;
		close(fd);
		return err_set(err, number, "restrict this process");
	}
	close(fd);
	snprintf(layer->detail, sizeof(layer->detail), "ABI %d", abi);
	layer->on = true;
	return 0;
}

/* Returns 0, or a negated error number, like libseccomp. */
static int
allow(scmp_filter_ctx filter, const char *name)
{
	struct scmp_arg_cmp wanted[CONDITIONS_MAX];
	int number = seccomp_syscall_resolve_name(name);
	unsigned len = 0;
	size_t i;

	/* This architecture, or this libseccomp, has none of that name. */
	if (number < 0)
		return 0;
	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (strcmp(conditions[i].name, name) == 0)
			wanted[len++] =
			    (struct scmp_arg_cmp){ conditions[i].argument,
				    SCMP_CMP_MASKED_EQ, conditions[i].mask,
				    conditions[i].value };
	return seccomp_rule_add_exact_array(
	    filter, SCMP_ACT_ALLOW, number, len, wanted);
}

static int
enter_seccomp(struct sandbox_layer *layer, struct err *err)
{
	const size_t len = sizeof(calls) / sizeof(calls[0]);
	scmp_filter_ctx filter;
	int result;
	size_t i;

	if (is_under_sanitizer(layer))
		return 0;
	if ((filter = seccomp_init(SCMP_ACT_ERRNO(EPERM))) == NULL)
		return err_set(err, 0, "out of memory");
	result = seccomp_attr_set(
	    filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (result < 0)
		err_set(err, -result, "refuse other architectures");
	for (i = 0; i < len && result == 0; i++)
		if ((result = allow(filter, calls[i].name)) < 0)
			err_set(err, -result, "allow %s", calls[i].name);
	if (result == 0 && (result = seccomp_load(filter)) < 0)
		err_set(err, -result, "load the filter");
	seccomp_release(filter);
	if (result < 0)
		return -1;
	layer->on = true;
	return 0;
}

int
sandbox_enter(struct sandbox *sandbox, struct err *err)
{
	static int (*const enter[SANDBOX_LAYERS])(
	    struct sandbox_layer *, struct err *) = {
		[NO_NEW_PRIVILEGES] = enter_no_new_privileges,
		[CAPABILITIES] = enter_capabilities,
		[RLIMITS] = enter_rlimits,
		[LANDLOCK] = enter_landlock,
		[SECCOMP] = enter_seccomp,
	};
	size_t i;

	*sandbox = (struct sandbox){ 0 };
	for (i = 0; i < SANDBOX_LAYERS; i++)
		snprintf(sandbox->layers[i].name,
		    sizeof(sandbox->layers[i].name), "%s", layer_names[i]);
	/* seccomp is last: it leaves no system call for the others. */
	for (i = 0; i < SANDBOX_LAYERS; i++)
		if (enter[i](&sandbox->layers[i], err) == -1)
			return err_context(err, "sandbox, %s", layer_names[i]);
	return 0;
}
