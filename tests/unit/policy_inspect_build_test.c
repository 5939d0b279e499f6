/* SPDX-License-Identifier: MIT */
/* Builds: what their queries ask for. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define PASSES(name, profile, query)                                      \
	{                                                                 \
		(name), (profile), "POST /build?" query, "", "", NO_FACTS \
	}
#define REFUSED(name, profile, query, why)                                   \
	{                                                                    \
		(name), (profile), "POST /build?" query, "", (why), NO_FACTS \
	}

Test(build, parameters)
{
	static const struct inspections_row rows[] = {
		PASSES("what the CLI sends", "",
		    "buildargs=%7B%22A%22%3A%221%22%2C%22B%22%3Anull%7D&"
		    "cachefrom=%5B%22bb%3A1%22%5D&cgroupparent=&cpuperiod=0&"
		    "cpuquota=0&cpusetcpus=0&cpusetmems=&cpushares=100&"
		    "dockerfile=Dockerfile&labels=%7B%22l%22%3A%221%22%7D&"
		    "memory=0&memswap=0&networkmode=default&rm=1&shmsize=0&"
		    "target=&ulimits=null&version=1"),
		PASSES("what an old client sends", "",
		    "buildargs={}&cachefrom=[]&labels={}&remote=&session=&"
		    "outputs=&isolation=default&extrahosts=h:1.2.3.4"),
		REFUSED("BuildKit", "", "version=2",
		    "403 query.version = \"2\" (BuildKit needs Session and "
		    "Grpc, which are as good as root; set "
		    "DOCKER_BUILDKIT=0)"),
		REFUSED("its session", "", "session=x", "403 query.session*"),
		REFUSED("its context", "[build]\nremote = *\n",
		    "remote=client-session", "403 query.remote*BuildKit*"),
		REFUSED(
		    "its outputs", "", "outputs=%5B%5D", "403 query.outputs*"),
		REFUSED("isolation", "", "isolation=chroot",
		    "403 query.isolation*"),
		REFUSED("a name", "", "t=app:1",
		    "403 query.t = \"app:1\" (add [image] tag = app:1, *"),
		PASSES("names", "[image]\ntag = app:* lib\n", "t=app:1&t=lib"),
		REFUSED("a second name", "[image]\ntag = app\n",
		    "t=app:1&t=lib", "403 query.t = \"lib\"*"),
		REFUSED("no name", "[image]\ntag = *\n", "t=App",
		    "400 query.t = \"App\" (not the name of an image)"),
		PASSES("no network", "", "networkmode=none"),
		REFUSED("the host's network", "", "networkmode=host",
		    "403 query.networkmode = \"host\" (add [build] network = "
		    "host, *"),
		REFUSED("which no glob means", "[build]\nnetwork = *\n",
		    "networkmode=host", "403 *"),
		REFUSED("in any case", "[build]\nnetwork = *\n",
		    "networkmode=HOST", "403 *"),
		PASSES("but its word", "[build]\nnetwork = host\n",
		    "networkmode=host"),
		REFUSED("a container's", "[build]\nnetwork = container:*\n",
		    "networkmode=container:db", "403 *"),
		PASSES("a container's, listed",
		    "[build]\nnetwork = container:db\n",
		    "networkmode=container:db"),
		REFUSED("a namespace's", "[build]\nnetwork = *\n",
		    "networkmode=ns:/proc/1/ns/net", "403 *"),
		PASSES("a network", "[build]\nnetwork = web-*\n",
		    "networkmode=web-1"),
		REFUSED("another network", "[build]\nnetwork = web-*\n",
		    "networkmode=db", "403 *"),
		REFUSED("from elsewhere", "", "remote=https://git.example/x",
		    "403 query.remote*(add [build] remote = "
		    "https://git.example/x, *"),
		PASSES("from a place that is listed",
		    "[build]\nremote = https://git.example/*\n",
		    "remote=https://git.example/x"),
		REFUSED("from the host", "[build]\nremote = *\n", "remote=/etc",
		    "403 query.remote = \"/etc\" (not a URL)"),
		REFUSED("from beside the daemon", "[build]\nremote = *\n",
		    "remote=context", "403 *"),
		REFUSED("another host", "[build]\nextra-host = a:10.*\n",
		    "extrahosts=a:10.1.1.1&extrahosts=b:10.1.1.1",
		    "403 query.extrahosts = \"b:10.1.1.1\"*"),
		PASSES("a host", "[build]\nextra-host = a:10.*\n",
		    "extrahosts=a:10.1.1.1"),
		REFUSED("a control group", "", "cgroupparent=/b",
		    "403 query.cgroupparent*"),
		PASSES("a control group, listed",
		    "[build]\ncgroup-parent = /b\n", "cgroupparent=/b"),
		REFUSED("security", "", "securityopt=seccomp%3Dunconfined",
		    "403 query.securityopt*"),
		PASSES("security, listed",
		    "[build]\nsecurity-opt = seccomp=unconfined\n",
		    "securityopt=seccomp%3Dunconfined"),
		PASSES("a Dockerfile", "", "dockerfile=a/..b/Dockerfile.x"),
		REFUSED("one of the host", "", "dockerfile=/etc/shadow",
		    "403 query.dockerfile*(not a path in the context)"),
		REFUSED("one outside", "", "dockerfile=a/../../x",
		    "403 query.dockerfile*(a path with .. in it)"),
		REFUSED(
		    "one from elsewhere", "", "dockerfile=http://a/b", "403 *"),
		REFUSED("several", "", "dockerfile=%5B%22/etc/shadow%22%5D",
		    "403 *"),
	};

	inspections_check(rows, CASES(rows));
}

Test(build, json)
{
	static const struct inspections_row rows[] = {
		REFUSED("arguments that are no map", "", "buildargs=[]",
		    "400 query.buildargs = \"[]\" (JSON of the wrong kind)"),
		REFUSED("arguments that are no strings", "",
		    "buildargs=%7B%22A%22%3A1%7D", "400 *"),
		REFUSED("no JSON", "", "buildargs=%7B",
		    "400 query.buildargs = \"{\" (not JSON that can be read)"),
		REFUSED("a key twice", "",
		    "buildargs=%7B%22A%22%3A%221%22%2C%22A%22%3A%222%22%7D",
		    "400 *"),
		REFUSED("labels with null", "", "labels=%7B%22A%22%3Anull%7D",
		    "400 query.labels*"),
		PASSES("no labels", "", "labels=null"),
		REFUSED("a cache that is no array", "", "cachefrom=%7B%7D",
		    "400 query.cachefrom*"),
		REFUSED("a cache of numbers", "", "cachefrom=%5B1%5D",
		    "400 query.cachefrom*"),
	};

	inspections_check(rows, CASES(rows));
}

#define MEMORY "[build]\nmemory-max = 1M\n"

Test(build, memory)
{
	static const struct inspections_row rows[] = {
		PASSES("any", "", "memory=99999999999"),
		PASSES("the most", MEMORY, "memory=1048576&memswap=1048576"),
		REFUSED("more", MEMORY, "memory=1048577",
		    "403 query.memory = \"1048577\" (add [build] memory-max = "
		    "1048577, *"),
		REFUSED("no limit", MEMORY, "memory=0",
		    "403 query.memory (the client must set a limit, as with "
		    "--memory)"),
		REFUSED("nothing", MEMORY, "q=1", "403 query.memory*"),
		REFUSED("what is no number to the daemon", MEMORY, "memory=1M",
		    "400 query.memory = \"1M\" (not a number of bytes)"),
		REFUSED("more than there are", MEMORY,
		    "memory=18446744073709551617", "400 *"),
		PASSES("default swap", MEMORY, "memory=1024&memswap=0"),
		REFUSED("unlimited swap", MEMORY, "memory=1024&memswap=-1",
		    "400 query.memswap*"),
		REFUSED("more swap", MEMORY, "memory=1024&memswap=1048577",
		    "403 query.memswap*"),
		REFUSED("more shared memory", MEMORY,
		    "memory=1024&shmsize=1048577", "403 query.shmsize*"),
	};

	inspections_check(rows, CASES(rows));
}

Test(build, ulimits)
{
	static const struct inspections_row rows[] = {
		PASSES("listed", "[build]\nulimit = nofile=1024\n",
		    "ulimits=[%7B%22Name%22:%22nofile%22,%22Soft%22:100,"
		    "%22Hard%22:200%7D]"),
		REFUSED("more", "[build]\nulimit = nofile=1024\n",
		    "ulimits=[%7B%22Name%22:%22nofile%22,%22Soft%22:100,"
		    "%22Hard%22:2000%7D]",
		    "403 query.ulimits[0]*(add [build] ulimit = *"),
		REFUSED("no ulimit", "",
		    "ulimits=[%7B%22Name%22:%22x%22,%22Soft%22:1,"
		    "%22Hard%22:2%7D]",
		    "403 query.ulimits*"),
		REFUSED("another case", "[build]\nulimit = nofile=1024\n",
		    "ulimits=[%7B%22name%22:%22nofile%22,%22Hard%22:2%7D]",
		    "400 query.ulimits*"),
		REFUSED("no array", "", "ulimits=%7B%7D", "400 *"),
		REFUSED("no JSON", "", "ulimits=x",
		    "400 query.ulimits = \"x\" (not JSON that can be read)"),
	};

	inspections_check(rows, CASES(rows));
}
