/* SPDX-License-Identifier: MIT */
/* Keeps a core from going idle, and leaves it to anybody else at once: to wake
 * a core that sleeps costs much, a virtual one most, and whoever sends a byte
 * pays for it. The slower a proxy is, the more often its clients sleep.
 *
 * Ends with whoever started it. */

#include <err.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int
main(void)
{
	const struct sched_param none = { 0 };
	volatile unsigned turns = 0;
	pid_t parent = getppid();

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		err(1, "the end of who started this");
	if (sched_setscheduler(0, SCHED_IDLE, &none) == -1)
		err(1, "SCHED_IDLE");
	for (;;)
		turns++;
}
