/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "policy/inspect/checks.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"

#define REQUEST(name, profile, request, body, wanted)                         \
	{                                                                     \
		name, "[container]\n" profile, "POST " request, body, wanted, \
		{                                                             \
			{                                                     \
				0                                             \
			}                                                     \
		}                                                             \
	}
#define HOST(name, profile, fields, wanted)          \
	REQUEST(name, profile, "/containers/create", \
	    "{\"Image\":\"a\",\"HostConfig\":{" fields "}}", wanted)
#define BECOMES(name, profile, fields, result) \
	HOST(name, profile, fields, "*\"HostConfig\":{" result "}*")
#define PASSES(name, profile, fields) BECOMES(name, profile, fields, fields)

static const struct inspections_row memory[] = {
	PASSES(
	    "nothing is said", "", "\"Memory\":9000000000,\"MemorySwap\":-1"),
	BECOMES("nothing is asked for", "memory-max = 1000\n", "",
	    "\"Memory\":1000,\"MemorySwap\":1000"),
	BECOMES("less", "memory-max = 1000\n", "\"Memory\":400",
	    "\"Memory\":400,\"MemorySwap\":800"),
	BECOMES("nearly all", "memory-max = 1000\n", "\"Memory\":501",
	    "\"Memory\":501,\"MemorySwap\":1000"),
	BECOMES("all", "memory-max = 1000\n", "\"Memory\":1000",
	    "\"Memory\":1000,\"MemorySwap\":1000"),
	HOST("one more", "memory-max = 1000\n", "\"Memory\":1001",
	    "403 HostConfig.Memory = 1001 (more than [container] memory-max)"),
	BECOMES("unlimited", "memory-max = 1000\n",
	    "\"Memory\":-1,\"MemorySwap\":-1",
	    "\"Memory\":1000,\"MemorySwap\":1000"),
	PASSES("swap", "memory-max = 1000\n",
	    "\"Memory\":400,\"MemorySwap\":1000"),
	BECOMES("swap alone", "memory-max = 1000\n", "\"MemorySwap\":600",
	    "\"MemorySwap\":600,\"Memory\":600"),
	HOST("more swap", "memory-max = 1000\n",
	    "\"Memory\":400,\"MemorySwap\":1001",
	    "403 *MemorySwap = 1001 (more than*"),
	HOST("a larger reservation", "memory-max = 1000\n",
	    "\"Memory\":1000,\"MemoryReservation\":1001",
	    "403 *MemoryReservation = 1001 (more than*"),
	BECOMES("the largest number", "memory-max = 9223372036854775807\n", "",
	    "\"Memory\":9223372036854775807,"
	    "\"MemorySwap\":9223372036854775807"),
};

Test(policy_inspect_resources, keep_memory_and_swap_within_the_most)
{
	inspections_check(memory, CASES(memory));
}

static const struct inspections_row cpus[] = {
	PASSES("nothing is said", "", "\"NanoCpus\":64000000000"),
	PASSES("nothing is said of a quota", "", "\"CpuQuota\":-1"),
	BECOMES("nothing is asked for", "cpus-max = 1.5\n", "",
	    "\"NanoCpus\":1500000000"),
	PASSES("all", "cpus-max = 1.5\n", "\"NanoCpus\":1500000000"),
	HOST("one more", "cpus-max = 1.5\n", "\"NanoCpus\":1500000001",
	    "403 HostConfig.NanoCpus = 1500000001 (more than [container] "
	    "cpus-max)"),
	BECOMES("unlimited", "cpus-max = 2\n",
	    "\"NanoCpus\":-1,\"CpuQuota\":0,\"CpuPeriod\":0",
	    "\"NanoCpus\":2000000000"),
	BECOMES("nothing", "cpus-max = 2\n", "\"NanoCpus\":0",
	    "\"NanoCpus\":2000000000"),
	BECOMES("a quota that beats the number", "cpus-max = 2\n",
	    "\"NanoCpus\":1000000000,\"CpuQuota\":-1",
	    "\"NanoCpus\":1000000000"),
	PASSES("a quota", "cpus-max = 1.5\n", "\"CpuQuota\":150000"),
	HOST("a larger quota", "cpus-max = 1.5\n", "\"CpuQuota\":150001",
	    "403 HostConfig.CpuQuota = 150001 (more than [container] "
	    "cpus-max)"),
	PASSES("a quota of a period", "cpus-max = 1.5\n",
	    "\"CpuQuota\":1500,\"CpuPeriod\":1000"),
	HOST("a larger quota of a period", "cpus-max = 1.5\n",
	    "\"CpuQuota\":1501,\"CpuPeriod\":1000", "403 *CpuQuota*"),
	HOST("the largest quota", "cpus-max = 1000\n",
	    "\"CpuQuota\":9223372036854775807,\"CpuPeriod\":1000000",
	    "403 *CpuQuota*"),
	BECOMES("a period alone", "cpus-max = 1.5\n", "\"CpuPeriod\":50000",
	    "\"CpuPeriod\":50000,\"CpuQuota\":75000"),
	HOST("too short a period", "cpus-max = 1\n", "\"CpuPeriod\":999",
	    "400 *CpuPeriod = 999 (not from 1000 to 1000000)"),
	HOST("too long a period", "cpus-max = 1\n", "\"CpuPeriod\":1000001",
	    "400 *CpuPeriod*"),
	HOST("less than a period", "cpus-max = 1\n", "\"CpuPeriod\":-1",
	    "400 *CpuPeriod*"),
	HOST("both", "cpus-max = 2\n",
	    "\"NanoCpus\":1000000000,\"CpuQuota\":1000",
	    "400 *NanoCpus = 1000000000 (with CpuQuota or CpuPeriod)"),
};

Test(policy_inspect_resources, keep_processors_within_the_most)
{
	inspections_check(cpus, CASES(cpus));
}

static const struct inspections_row pids[] = {
	PASSES("nothing is said", "", "\"PidsLimit\":-1"),
	BECOMES("nothing is asked for", "pids-max = 100\n", "",
	    "\"PidsLimit\":100"),
	BECOMES("null", "pids-max = 100\n", "\"PidsLimit\":null",
	    "\"PidsLimit\":100"),
	BECOMES("unlimited", "pids-max = 100\n", "\"PidsLimit\":0",
	    "\"PidsLimit\":100"),
	PASSES("all", "pids-max = 100\n", "\"PidsLimit\":100"),
	HOST("one more", "pids-max = 100\n", "\"PidsLimit\":101",
	    "403 HostConfig.PidsLimit = 101 (more than [container] "
	    "pids-max)"),
};

Test(policy_inspect_resources, keep_processes_within_the_most)
{
	inspections_check(pids, CASES(pids));
}

#define UPDATE(name, profile, fields, wanted) \
	REQUEST(name, profile, "/containers/web/update", "{" fields "}", wanted)
#define UPDATES(name, profile, fields) \
	UPDATE(name, profile, fields, "{" fields "}")

static const struct inspections_row updates[] = {
	UPDATES("nothing is said", "",
	    "\"Memory\":-1,\"CpuQuota\":-1,\"PidsLimit\":-1"),
	UPDATES("nothing is set", "memory-max = 1000\npids-max = 9\n",
	    "\"CpuShares\":2"),
	UPDATE("nothing but zeros", "memory-max = 1000\ncpus-max = 1\n",
	    "\"Memory\":0,\"MemorySwap\":0,\"NanoCpus\":0,\"CpuQuota\":0,"
	    "\"CpuPeriod\":0,\"CpuShares\":2",
	    "{\"CpuShares\":2}"),
	UPDATES("less", "memory-max = 1000\n", "\"Memory\":400"),
	UPDATE("more", "memory-max = 1000\n", "\"Memory\":1001",
	    "403 Memory = 1001 (more than [container] memory-max)"),
	UPDATE("unlimited", "memory-max = 1000\n", "\"Memory\":-1",
	    "403 Memory = -1 (more than [container] memory-max)"),
	UPDATE("unlimited swap", "memory-max = 1000\n", "\"MemorySwap\":-1",
	    "403 MemorySwap = -1 *"),
	UPDATES("fewer processes", "pids-max = 100\n", "\"PidsLimit\":9"),
	UPDATE("processes without a limit", "pids-max = 100\n",
	    "\"PidsLimit\":0",
	    "403 PidsLimit = 0 (more than [container] pids-max)"),
	UPDATE("the same, in another word", "pids-max = 100\n",
	    "\"PidsLimit\":-1", "403 PidsLimit = -1 *"),
	UPDATES("processors", "cpus-max = 2\n", "\"NanoCpus\":2000000000"),
	UPDATE("more processors", "cpus-max = 2\n", "\"NanoCpus\":2000000001",
	    "403 NanoCpus*"),
	UPDATES("a quota with its period", "cpus-max = 2\n",
	    "\"CpuQuota\":2000,\"CpuPeriod\":1000"),
	UPDATE("a larger quota with its period", "cpus-max = 2\n",
	    "\"CpuQuota\":2001,\"CpuPeriod\":1000", "403 CpuQuota*"),
	UPDATE("a quota of a period that may be short", "cpus-max = 2\n",
	    "\"CpuQuota\":2000", "403 CpuQuota = 2000 (*only together*"),
	UPDATE("a period of a quota that may be large", "cpus-max = 2\n",
	    "\"CpuPeriod\":1000", "403 CpuPeriod = 1000 (*only together*"),
	UPDATE("a quota without a limit", "cpus-max = 2\n", "\"CpuQuota\":-1",
	    "403 CpuQuota = -1 (more than*"),
	UPDATES("a quota, nothing being said", "", "\"CpuQuota\":2000"),
};

Test(policy_inspect_resources, keep_an_update_within_the_most)
{
	inspections_check(updates, CASES(updates));
}

#define ULIMIT(name, soft, hard)                                               \
	"\"Ulimits\":[{\"Name\":\"" name "\",\"Soft\":" soft ",\"Hard\":" hard \
	"}]"

static const struct inspections_row ulimits[] = {
	PASSES("of itself", "", ULIMIT("nofile", "1024", "65536")),
	PASSES("of itself, unlimited", "", ULIMIT("memlock", "-1", "-1")),
	HOST("precedence", "", ULIMIT("rtprio", "1", "99"),
	    "403 HostConfig.Ulimits[0].Name = \"rtprio\" (add [container] "
	    "ulimit = rtprio=99, or drop the field)"),
	HOST("what others share", "", ULIMIT("msgqueue", "1", "-1"),
	    "403 *ulimit = msgqueue, or drop the field)"),
	HOST("none of that name", "ulimit = nofile\n",
	    ULIMIT("nofiles", "1", "1"), "403 *no ulimit is called that*"),
	HOST("in capitals", "", ULIMIT("NOFILE", "1", "1"),
	    "403 *no ulimit is called that*"),
	PASSES("listed", "ulimit = rtprio\n", ULIMIT("rtprio", "1", "99")),
	PASSES("listed with its most", "ulimit = nofile=1000\n",
	    ULIMIT("nofile", "1000", "1000")),
	HOST("one more", "ulimit = nofile=1000\n",
	    ULIMIT("nofile", "1000", "1001"), "403 *ulimit = nofile=1001,*"),
	HOST("one more that is soft", "ulimit = nofile=1000\n",
	    ULIMIT("nofile", "1001", "1000"), "403 *"),
	HOST("unlimited", "ulimit = nofile=1000\n", ULIMIT("nofile", "1", "-1"),
	    "403 *ulimit = nofile,*"),
	PASSES("unlimited is listed", "ulimit = nofile\n",
	    ULIMIT("nofile", "-1", "-1")),
	HOST("not listed", "ulimit = nofile\n", ULIMIT("core", "0", "0"),
	    "403 *ulimit = core=0,*"),
};

Test(policy_inspect_resources, sets_harmless_or_listed_ulimits)
{
	inspections_check(ulimits, CASES(ulimits));
}

#define RESTART(name) "\"RestartPolicy\":{\"Name\":\"" name "\"}"

static const struct inspections_row restarts[] = {
	PASSES("any", "", RESTART("always")),
	PASSES("none", "restart = on-failure\n", RESTART("")),
	PASSES("no", "restart = on-failure\n", RESTART("no")),
	PASSES("listed", "restart = on-failure\n", RESTART("on-failure")),
	HOST("not listed", "restart = on-failure\n", RESTART("always"),
	    "403 HostConfig.RestartPolicy.Name = \"always\" (add [container] "
	    "restart = always, or drop the field)"),
	HOST("none of that name", "restart = *\n", RESTART("sometimes"),
	    "400 *no restart policy is called that*"),
};

Test(policy_inspect_resources, restarts_as_listed)
{
	inspections_check(restarts, CASES(restarts));
}

Test(policy_inspect_resources, knows_a_good_word)
{
	cr_expect(check_ulimit(SPAN("nofile")) == NULL);
	cr_expect(check_ulimit(SPAN("nofile=0")) == NULL);
	cr_expect(check_ulimit(SPAN("nofile=65536")) == NULL);
	cr_expect(check_ulimit(SPAN("nofile=-1")) != NULL);
	cr_expect(check_ulimit(SPAN("nofile=")) != NULL);
	cr_expect(check_ulimit(SPAN("nofiles")) != NULL);
	cr_expect(check_ulimit(SPAN("*")) != NULL);
	cr_expect(check_ulimit(SPAN("")) != NULL);
}
