/* SPDX-License-Identifier: MIT */
/* Containers: what one is made with, what is changed, and what comes in. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define NOTHING	       "[container]\n"
#define CREATE	       "POST /v1.41/containers/create"
#define UPDATE	       "POST /v1.41/containers/web/update"
#define CONFIG(fields) "{\"Image\":\"web\"," fields ",\"HostConfig\":{}}"
#define HOST(fields)   "{\"Image\":\"web\",\"HostConfig\":{" fields "}}"
#define BARE	       "{\"Image\":\"web\",\"HostConfig\":{}}"

Test(container_create, passes_what_reaches_nothing_of_the_host)
{
	static const char *const same[] = {
		CONFIG("\"Hostname\":\"a\",\"Domainname\":\"b\","
		       "\"Tty\":true,\"OpenStdin\":true,\"StdinOnce\":true"),
		CONFIG("\"AttachStdin\":true,\"AttachStdout\":true,"
		       "\"AttachStderr\":true,\"ArgsEscaped\":true"),
		CONFIG("\"Cmd\":[\"sh\",\"-c\",\"x\"],"
		       "\"Entrypoint\":[\"/e\"],\"Shell\":[\"sh\"],"
		       "\"OnBuild\":[\"RUN x\"]"),
		/* Not the image's. */
		CONFIG("\"Entrypoint\":[],\"Cmd\":[]"),
		CONFIG("\"Env\":[\"A=1\",\"B=\"],\"WorkingDir\":\"/w\""),
		CONFIG("\"Labels\":{\"a\":\"b\"},\"StopSignal\":\"SIGINT\","
		       "\"StopTimeout\":5"),
		CONFIG("\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],"
		       "\"Interval\":1,\"Timeout\":2,\"Retries\":3,"
		       "\"StartPeriod\":4,\"StartInterval\":5}"),
		CONFIG("\"Volumes\":{\"/data\":{}},"
		       "\"ExposedPorts\":{\"80/tcp\":{}},"
		       "\"NetworkDisabled\":true"),
		HOST("\"AutoRemove\":true,\"ReadonlyRootfs\":true,"
		     "\"Init\":true,\"CapDrop\":[\"ALL\"],\"Umask\":18"),
		HOST("\"Memory\":1048576,\"MemorySwap\":-1,"
		     "\"MemoryReservation\":4,\"MemorySwappiness\":0,"
		     "\"KernelMemory\":5,\"KernelMemoryTCP\":6,\"ShmSize\":7"),
		HOST("\"NanoCpus\":1,\"CpuShares\":2,\"CpuQuota\":0,"
		     "\"CpuPeriod\":0,\"CpusetCpus\":\"0\","
		     "\"CpusetMems\":\"0\",\"BlkioWeight\":300,"
		     "\"PidsLimit\":100"),
		HOST("\"OomScoreAdj\":500,\"OomKillDisable\":false,"
		     "\"Isolation\":\"default\",\"ConsoleSize\":[24,80]"),
		HOST("\"RestartPolicy\":{\"Name\":\"on-failure\","
		     "\"MaximumRetryCount\":3}"),
		HOST("\"StorageOpt\":{\"size\":\"1G\"},"
		     "\"Tmpfs\":{\"/run\":\"\"},\"VolumeDriver\":\"local\""),
		HOST("\"Dns\":[\"10.0.0.53\"],\"DnsOptions\":[\"ndots:2\"],"
		     "\"DnsSearch\":[\"example.com\"],"
		     "\"ExtraHosts\":[\"db:10.0.0.5\"]"),
		HOST("\"Privileged\":false,\"PublishAllPorts\":false,"
		     "\"NetworkMode\":\"default\",\"CgroupParent\":\"\","
		     "\"Runtime\":\"\",\"PidMode\":\"\",\"IpcMode\":\"\","
		     "\"UTSMode\":\"\",\"UsernsMode\":\"\","
		     "\"CgroupnsMode\":\"\",\"Cgroup\":\"\""),
	};
	struct inspections_row row = { .profile = NOTHING, .request = CREATE };
	size_t i;

	for (i = 0; i < CASES(same); i++) {
		row.name = row.body = row.wanted = same[i];
		inspections_check(&row, 1);
	}
}

Test(container_create, drops_what_is_empty_or_nobodys)
{
	static const struct inspections_row rows[] = {
		ROW("no HostConfig", NOTHING, CREATE, "{\"Image\":\"web\"}",
		    BARE, NO_FACTS),
		ROW("null", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"HostConfig\":null}", BARE, NO_FACTS),
		ROW("what older daemons would take, but empty", NOTHING, CREATE,
		    CONFIG("\"Privileged\":false,\"Binds\":null,\"Memory\":0"),
		    BARE, NO_FACTS),
		ROW("repeated parameters", NOTHING, CREATE,
		    CONFIG("\"name\":\"x\",\"Name\":\"x\","
			   "\"platform\":\"linux\""),
		    BARE, NO_FACTS),
		ROW("the client's file", NOTHING, CREATE,
		    HOST("\"ContainerIDFile\":\"/etc/passwd\""), BARE,
		    NO_FACTS),
		ROW("nothing of what nobody gets", NOTHING, CREATE,
		    HOST("\"VolumesFrom\":[],\"Links\":[],"
			 "\"BlkioWeightDevice\":[],"
			 "\"BlkioDeviceReadBps\":[],"
			 "\"BlkioDeviceWriteBps\":[],"
			 "\"BlkioDeviceReadIOps\":[],"
			 "\"BlkioDeviceWriteIOps\":[],"
			 "\"CpuRealtimePeriod\":0,\"CpuRealtimeRuntime\":0,"
			 "\"DeviceCgroupRules\":[],\"CpuCount\":0"),
		    BARE, NO_FACTS),
		ROW("the same as docker-py spells it", NOTHING, CREATE,
		    HOST("\"CPURealtimePeriod\":0,\"CPURealtimeRuntime\":0"),
		    BARE, NO_FACTS),
		ROW("variables that are not set", NOTHING, CREATE,
		    CONFIG("\"Env\":[\"EMPTY\",\"A=1\",\"no_proxy\"]"),
		    CONFIG("\"Env\":[\"A=1\"]"), NO_FACTS),
		ROW("one string", NOTHING, CREATE, CONFIG("\"Cmd\":\"sh\""),
		    CONFIG("\"Cmd\":[\"sh\"]"), NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

/* The nearest to what passes. */
Test(container_create, refuses_the_rest)
{
	static const struct inspections_row rows[] = {
		ROW("without an image", NOTHING, CREATE, "{\"HostConfig\":{}}",
		    "400 Image (an image is needed)", NO_FACTS),
		ROW("with an empty one", NOTHING, CREATE, "{\"Image\":\"\"}",
		    "400 Image = \"\" (*", NO_FACTS),
		ROW("no body", NOTHING, CREATE, "null", "400 *", NO_FACTS),
		ROW("what older daemons would take", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"Privileged\":true}",
		    "403 Privileged = true (a field that is not known)",
		    NO_FACTS),
		ROW("the same, with HostConfig", NOTHING, CREATE,
		    CONFIG("\"Memory\":1"),
		    "403 Memory = 1 (a field that is not known)", NO_FACTS),
		ROW("another case", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"hostconfig\":{\"Privileged\":true}}",
		    "400 hostconfig (a field in the wrong case)", NO_FACTS),
		ROW("all variables that begin so", NOTHING, CREATE,
		    CONFIG("\"Env\":[\"HOME\",\"P*\"]"),
		    "403 Env[1] = \"P*\" (a variable without a value)",
		    NO_FACTS),
		ROW("Podman's variables", NOTHING, CREATE,
		    CONFIG("\"EnvMerge\":[\"A=1\"]"),
		    "403 EnvMerge (a field that is not known)", NO_FACTS),
		ROW("privileged", NOTHING, CREATE, HOST("\"Privileged\":true"),
		    "403 HostConfig.Privileged = true (add [container] "
		    "privileged = yes, or drop the field)",
		    NO_FACTS),
		ROW("the last to be killed", NOTHING, CREATE,
		    HOST("\"OomScoreAdj\":-1"),
		    "403 HostConfig.OomScoreAdj = -1 (less than 0*", NO_FACTS),
		ROW("never killed", NOTHING, CREATE,
		    HOST("\"OomKillDisable\":true"),
		    "403 HostConfig.OomKillDisable = true (nothing *",
		    NO_FACTS),
		ROW("isolation", NOTHING, CREATE,
		    HOST("\"Isolation\":\"process\""),
		    "403 HostConfig.Isolation = \"process\" (nothing *",
		    NO_FACTS),
		ROW("another storage option", NOTHING, CREATE,
		    HOST("\"StorageOpt\":{\"Size\":\"1\"}"),
		    "403 HostConfig.StorageOpt.Size = \"1\" (nothing *",
		    NO_FACTS),
		ROW("a group", NOTHING, CREATE,
		    HOST("\"GroupAdd\":[\"docker\"]"),
		    "403 HostConfig.GroupAdd[0] = \"docker\" (add [container] "
		    "group-add = docker, *",
		    NO_FACTS),
		ROW("a runtime", NOTHING, CREATE, HOST("\"Runtime\":\"x\""),
		    "403 HostConfig.Runtime = \"x\" (add [container] runtime "
		    "= x, *",
		    NO_FACTS),
		ROW("a control group", NOTHING, CREATE,
		    HOST("\"CgroupParent\":\"/../..\""),
		    "403 HostConfig.CgroupParent = \"/../..\" (add *",
		    NO_FACTS),
		ROW("an annotation", NOTHING, CREATE,
		    HOST("\"Annotations\":{\"a\":\"b\"}"),
		    "403 HostConfig.Annotations.a = \"b\" (add [container] "
		    "annotation = a=b, *",
		    NO_FACTS),
		ROW("an address", NOTHING, CREATE,
		    CONFIG("\"MacAddress\":\"02:42:ac:11:00:99\""),
		    "403 MacAddress = * (add [container] address = yes, *",
		    NO_FACTS),
		ROW("another container's volumes", NOTHING, CREATE,
		    HOST("\"VolumesFrom\":[\"web\"]"),
		    "403 HostConfig.VolumesFrom (nothing allows it)", NO_FACTS),
		ROW("another container's variables", NOTHING, CREATE,
		    HOST("\"Links\":[\"web:w\"]"),
		    "403 HostConfig.Links (nothing allows it)", NO_FACTS),
		ROW("devices of the host", NOTHING, CREATE,
		    HOST("\"DeviceCgroupRules\":[\"a *:* rwm\"]"),
		    "403 HostConfig.DeviceCgroupRules (nothing allows it)",
		    NO_FACTS),
		ROW("paths of the host", NOTHING, CREATE,
		    HOST("\"BlkioDeviceReadBps\":[{\"Path\":\"/x\"}]"),
		    "403 HostConfig.BlkioDeviceReadBps (nothing allows it)",
		    NO_FACTS),
		ROW("real time", NOTHING, CREATE,
		    HOST("\"CpuRealtimeRuntime\":1"),
		    "403 HostConfig.CpuRealtimeRuntime = 1 (nothing *",
		    NO_FACTS),
		ROW("real time, as docker-py spells it", NOTHING, CREATE,
		    HOST("\"CPURealtimePeriod\":1"),
		    "403 HostConfig.CPURealtimePeriod = 1 (nothing *",
		    NO_FACTS),
		ROW("real time in another case", NOTHING, CREATE,
		    HOST("\"cpuRealtimePeriod\":0"),
		    "400 HostConfig.cpuRealtimePeriod = 0 (a field in *",
		    NO_FACTS),
		ROW("a list of capabilities", NOTHING, CREATE,
		    HOST("\"Capabilities\":[\"ALL\"]"),
		    "403 HostConfig.Capabilities (a field that is not *",
		    NO_FACTS),
		ROW("paths unmasked", NOTHING, CREATE,
		    HOST("\"ReadonlyPaths\":[]"),
		    "403 HostConfig.ReadonlyPaths (*", NO_FACTS),
		ROW("a namespace", NOTHING, CREATE,
		    HOST("\"PidMode\":\"host\""),
		    "403 HostConfig.PidMode = \"host\" (*", NO_FACTS),
		ROW("a device", NOTHING, CREATE,
		    HOST("\"Devices\":[{\"PathOnHost\":\"/dev/kmsg\"}]"),
		    "403 HostConfig.Devices[0]*", NO_FACTS),
		ROW("a capability", NOTHING, CREATE,
		    HOST("\"CapAdd\":[\"SYS_ADMIN\"]"),
		    "403 HostConfig.CapAdd[0] = \"SYS_ADMIN\" (*", NO_FACTS),
		ROW("a port", NOTHING, CREATE,
		    HOST("\"PortBindings\":{\"80/tcp\":"
			 "[{\"HostPort\":\"80\"}]}"),
		    "403 HostConfig.PortBindings.80/tcp[0]*", NO_FACTS),
		ROW("a log's address", NOTHING, CREATE,
		    HOST("\"LogConfig\":{\"Type\":\"syslog\"}"),
		    "403 HostConfig.LogConfig*", NO_FACTS),
		ROW("a network", NOTHING, CREATE,
		    HOST("\"NetworkMode\":\"host\""),
		    "403 HostConfig.NetworkMode = \"host\" (*", NO_FACTS),
		ROW("a security option", NOTHING, CREATE,
		    HOST("\"SecurityOpt\":[\"seccomp:unconfined\"]"),
		    "403 HostConfig.SecurityOpt[0] = *", NO_FACTS),
		ROW("a sysctl", NOTHING, CREATE,
		    HOST("\"Sysctls\":{\"kernel.shmmax\":\"1\"}"),
		    "403 HostConfig.Sysctls.kernel.shmmax = *", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(container_create, passes_what_a_line_allows)
{
	static const struct inspections_row rows[] = {
		ROW("privileged", "[container]\nprivileged = yes\n", CREATE,
		    HOST("\"Privileged\":true"), HOST("\"Privileged\":true"),
		    NO_FACTS),
		ROW("a group", "[container]\ngroup-add = 44\n", CREATE,
		    HOST("\"GroupAdd\":[\"44\"]"),
		    HOST("\"GroupAdd\":[\"44\"]"), NO_FACTS),
		ROW("another group", "[container]\ngroup-add = 44\n", CREATE,
		    HOST("\"GroupAdd\":[\"44\",\"0\"]"),
		    "403 HostConfig.GroupAdd[1] = \"0\" (*", NO_FACTS),
		ROW("a runtime", "[container]\nruntime = runc\n", CREATE,
		    HOST("\"Runtime\":\"runc\""), HOST("\"Runtime\":\"runc\""),
		    NO_FACTS),
		ROW("a control group", "[container]\ncgroup-parent = /apps\n",
		    CREATE, HOST("\"CgroupParent\":\"/apps\""),
		    HOST("\"CgroupParent\":\"/apps\""), NO_FACTS),
		ROW("an annotation", "[container]\nannotation = a=*\n", CREATE,
		    HOST("\"Annotations\":{\"a\":\"b\"}"),
		    HOST("\"Annotations\":{\"a\":\"b\"}"), NO_FACTS),
		ROW("an address", "[container]\naddress = yes\n", CREATE,
		    CONFIG("\"MacAddress\":\"02:42:ac:11:00:99\""),
		    CONFIG("\"MacAddress\":\"02:42:ac:11:00:99\""), NO_FACTS),
		ROW("a server", "[container]\ndns = 10.*\n", CREATE,
		    HOST("\"Dns\":[\"10.0.0.53\"]"),
		    HOST("\"Dns\":[\"10.0.0.53\"]"), NO_FACTS),
		ROW("another server", "[container]\ndns = 10.*\n", CREATE,
		    HOST("\"Dns\":[\"8.8.8.8\"]"),
		    "403 HostConfig.Dns[0] = \"8.8.8.8\" (add [container] dns "
		    "= 8.8.8.8, *",
		    NO_FACTS),
		ROW("a name", "[container]\nextra-host = db:*\n", CREATE,
		    HOST("\"ExtraHosts\":[\"db:10.0.0.5\"]"),
		    HOST("\"ExtraHosts\":[\"db:10.0.0.5\"]"), NO_FACTS),
		ROW("another name", "[container]\nextra-host = db:*\n", CREATE,
		    HOST("\"ExtraHosts\":[\"dc:10.0.0.5\"]"),
		    "403 HostConfig.ExtraHosts[0] = \"dc:10.0.0.5\" (*",
		    NO_FACTS),
		ROW("a limit that is not asked for",
		    "[container]\npids-max = 100\n", CREATE, BARE,
		    HOST("\"PidsLimit\":100"), NO_FACTS),
		ROW("a label", "[container]\nlabel = a=b\n", CREATE, BARE,
		    "{\"Image\":\"web\",\"HostConfig\":{},"
		    "\"Labels\":{\"a\":\"b\"}}",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(container_create, takes_no_name_that_could_be_an_id)
{
	static const struct inspections_row rows[] = {
		ROW("a name", NOTHING, CREATE "?name=web&platform=linux%2Farm",
		    BARE, BARE, NO_FACTS),
		ROW("with a slash", NOTHING, CREATE "?name=%2Fweb", BARE, BARE,
		    NO_FACTS),
		ROW("none", NOTHING, CREATE "?name=", BARE, BARE, NO_FACTS),
		ROW("hexadecimal, asked", NOTHING, CREATE "?name=db", BARE,
		    "ask /containers/db/json", NO_FACTS),
		ROW("no ID begins so", NOTHING, CREATE "?name=db", BARE, BARE,
		    {{ "/containers/db/json", 404, "" }			 }
			  ),
		ROW("it is there, by this name", NOTHING, CREATE "?name=db",
		    BARE, BARE,
		    { { "/containers/db/json", 200, "{\"Name\":\"/db\"}" }}
			    ),
		ROW("several IDs begin so", NOTHING, CREATE "?name=db", BARE,
		    "403 query.name = \"db\" (IDs begin so)",
		    { { "/containers/db/json", 400, "" }			 }
			  ),
		ROW("hexadecimal, almost", NOTHING, CREATE "?name=cafe-1", BARE,
		    BARE, NO_FACTS),
		ROW("hexadecimal", NOTHING, CREATE "?name=c154fda6180e", BARE,
		    "403 query.name = \"c154fda6180e\" (another's ID *",
		    { { "/containers/c154fda6180e/json", 200,
			"{\"Name\":\"/web\"}" }	}
			 ),
		ROW("hexadecimal, with a slash", NOTHING,
		    CREATE "?name=%2Fcafe", BARE,
		    "403 query.name = \"/cafe\" (another's ID *",
		    { { "/containers/cafe/json", 200,
			"{\"Name\":\"/web\"}" }	}
			 ),
		ROW("longer than an ID", NOTHING,
		    CREATE "?name=0123456789abcdef0123456789abcdef"
			   "0123456789abcdef0123456789abcdef0",
		    BARE, BARE, NO_FACTS),
		ROW("two slashes", NOTHING, CREATE "?name=%2Fa%2Fb", BARE,
		    "400 query.name = \"/a/b\" (not a name)", NO_FACTS),
		ROW("renamed", NOTHING,
		    "POST /v1.41/containers/web/rename?name=other", "", "",
		    NO_FACTS),
		ROW("renamed to an ID", NOTHING,
		    "POST /v1.41/containers/web/rename?name=0123", "",
		    "403 query.name = \"0123\" (another's ID *",
		    { { "/containers/0123/json", 200,
			"{\"Name\":\"/web\"}" }	}
			 ),
	};

	inspections_check(rows, CASES(rows));
}

Test(container_update, changes_limits_and_nothing_else)
{
	static const struct inspections_row rows[] = {
		ROW("limits", NOTHING, UPDATE,
		    "{\"Memory\":1,\"MemorySwap\":2,\"MemoryReservation\":3,"
		    "\"NanoCpus\":4,\"CpuShares\":5,\"CpusetCpus\":\"0\","
		    "\"CpusetMems\":\"0\",\"BlkioWeight\":6,\"PidsLimit\":7,"
		    "\"KernelMemory\":8,\"CpuPeriod\":9,\"CpuQuota\":10,"
		    "\"MemorySwappiness\":11,\"KernelMemoryTCP\":12,"
		    "\"RestartPolicy\":{\"Name\":\"no\"}}",
		    "{\"Memory\":1,\"MemorySwap\":2,\"MemoryReservation\":3,"
		    "\"NanoCpus\":4,\"CpuShares\":5,\"CpusetCpus\":\"0\","
		    "\"CpusetMems\":\"0\",\"BlkioWeight\":6,\"PidsLimit\":7,"
		    "\"KernelMemory\":8,\"CpuPeriod\":9,\"CpuQuota\":10,"
		    "\"MemorySwappiness\":11,\"KernelMemoryTCP\":12,"
		    "\"RestartPolicy\":{\"Name\":\"no\"}}",
		    NO_FACTS),
		ROW("what clients send empty", NOTHING, UPDATE,
		    "{\"Devices\":[],\"CgroupParent\":\"\",\"Ulimits\":null,"
		    "\"BlkioWeightDevice\":[],\"CpuRealtimePeriod\":0,"
		    "\"OomKillDisable\":false}",
		    "{\"OomKillDisable\":false}", NO_FACTS),
		ROW("more than the most", "[container]\npids-max = 10\n",
		    UPDATE, "{\"PidsLimit\":11}",
		    "403 PidsLimit = 11 (more than *", NO_FACTS),
		ROW("no limit any more", "[container]\npids-max = 10\n", UPDATE,
		    "{\"PidsLimit\":-1}", "403 PidsLimit = -1 (*", NO_FACTS),
		ROW("the most", "[container]\npids-max = 10\n", UPDATE,
		    "{\"PidsLimit\":10}", "{\"PidsLimit\":10}", NO_FACTS),
		ROW("a policy that is not listed",
		    "[container]\nrestart = no\n", UPDATE,
		    "{\"RestartPolicy\":{\"Name\":\"always\"}}",
		    "403 RestartPolicy.Name = \"always\" (*", NO_FACTS),
		ROW("a device", NOTHING, UPDATE,
		    "{\"Devices\":[{\"PathOnHost\":\"/dev/kmsg\"}]}",
		    "403 Devices (a field that is not known)", NO_FACTS),
		ROW("a control group", NOTHING, UPDATE,
		    "{\"CgroupParent\":\"/\"}", "403 CgroupParent = \"/\" (*",
		    NO_FACTS),
		ROW("never killed", NOTHING, UPDATE,
		    "{\"OomKillDisable\":true}",
		    "403 OomKillDisable = true (nothing *", NO_FACTS),
		ROW("real time", NOTHING, UPDATE, "{\"CpuRealtimePeriod\":1}",
		    "403 CpuRealtimePeriod = 1 (nothing *", NO_FACTS),
		ROW("real time, as docker-py spells it", NOTHING, UPDATE,
		    "{\"CPURealtimePeriod\":1}",
		    "403 CPURealtimePeriod = 1 (nothing *", NO_FACTS),
		ROW("a bind", NOTHING, UPDATE, "{\"Binds\":[\"/:/h\"]}",
		    "403 Binds (a field that is not known)", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

#define ATTACH "POST /v1.41/containers/web/attach?stdout=1&stream=1"
#define SOCKET "/containers/web/attach/ws?stream=1"
#define TYPES  "[container]\nstdin = yes\n"
#define IS(daemon)                                                         \
	{                                                                  \
		{                                                          \
			"/version", 200,                                   \
			    "{\"Components\":[{\"Name\":\"" daemon "\"}]}" \
		}                                                          \
	}

Test(container_attach, types_only_where_that_is_said)
{
	static const struct inspections_row rows[] = {
		ROW("types", NOTHING, ATTACH "&stdin=1", "",
		    "403 query.stdin = \"1\" (add [container] stdin = yes, *",
		    NO_FACTS),
		ROW("types, in other words", NOTHING, ATTACH "&stdin=off", "",
		    "403 query.stdin = \"off\" (*", NO_FACTS),
		ROW("does not", NOTHING, ATTACH "&stdin=0", "", "", NO_FACTS),
		ROW("does not, in other words", NOTHING, ATTACH "&stdin=False",
		    "", "", NO_FACTS),
		ROW("may", TYPES, ATTACH "&stdin=1", "", "", NO_FACTS),
		ROW("says nothing", NOTHING, ATTACH, "", "ask /version",
		    NO_FACTS),
		ROW("says nothing, to Docker", NOTHING, ATTACH, "", "",
		    IS("Engine")),
		ROW("says nothing, to an old Docker", NOTHING, ATTACH, "", "",
		    {{ "/version", 200, "{\"Version\":\"1.13\"}" }}
			     ),
		ROW("says nothing, to Podman", NOTHING, ATTACH, "",
		    "403 query.stdin (add [container] stdin = yes, *",
		    IS("Podman Engine")),
		ROW("may, and says nothing", TYPES, ATTACH, "", "", NO_FACTS),
		ROW("says nothing, to nobody", NOTHING, ATTACH, "",
		    "502 * (what the daemon says *",
		    { { "/version", 500, "" }		      }
			       ),
	};

	inspections_check(rows, CASES(rows));
}

Test(container_attach_websocket, types_always_before_version_1_42)
{
	static const struct inspections_row rows[] = {
		ROW("new", NOTHING, "GET /v1.42" SOCKET, "", "", NO_FACTS),
		ROW("newer", NOTHING, "GET /v1.56" SOCKET "&stdin=0", "", "",
		    NO_FACTS),
		ROW("new, and types", NOTHING, "GET /v1.42" SOCKET "&stdin=1",
		    "", "403 query.stdin = \"1\" (*", NO_FACTS),
		ROW("old", NOTHING, "GET /v1.41" SOCKET, "",
		    "403 query.stdin (add [container] stdin = yes, *",
		    NO_FACTS),
		ROW("old, and says no", NOTHING, "GET /v1.41" SOCKET "&stdin=0",
		    "", "403 query.stdin (*", NO_FACTS),
		ROW("unversioned", NOTHING, "GET " SOCKET, "",
		    "403 query.stdin (*", NO_FACTS),
		ROW("old, and may", TYPES, "GET /v1.41" SOCKET, "", "",
		    NO_FACTS),
		ROW("new, types, and may", TYPES,
		    "GET /v1.42" SOCKET "&stdin=1", "", "", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(container_delete, removes_containers_and_not_names)
{
	static const struct inspections_row rows[] = {
		ROW("a container", NOTHING,
		    "DELETE /v1.41/containers/web?force=1&v=1&link=0", "", "",
		    NO_FACTS),
		ROW("a name", NOTHING, "DELETE /v1.41/containers/web?link=1",
		    "", "403 query.link = \"1\" (it removes a name, *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

#define PUT   "PUT /v1.41/containers/web/archive?path="
#define FILES "[container]\narchive = /data /tmp/*\n"
#define ID16  "0123456789abcdef"
#define MOUNTED(mounts)                                                       \
	{                                                                     \
		"/containers/web/json", 200,                                  \
		    "{\"Id\":\"" ID16 ID16 ID16 ID16 "\",\"Mounts\":[" mounts \
		    "]}"                                                      \
	}

Test(put_container_archive, unpacks_where_that_is_said)
{
	static const struct inspections_row rows[] = {
		ROW("nowhere", NOTHING, PUT "%2Fdata", "",
		    "403 query.path = \"/data\" (add [container] archive = "
		    "/data, *",
		    NO_FACTS),
		ROW("asked", FILES, PUT "%2Fdata", "",
		    "ask /containers/web/json", NO_FACTS),
		ROW("there", FILES, PUT "%2Fdata", "", "", {MOUNTED("")							 }
			  ),
		ROW("a slash at the end", FILES, PUT "%2Fdata%2F", "", "",
		    { MOUNTED("")						   }
			   ),
		ROW("below it", FILES, PUT "%2Fdata%2Fa", "",
		    "403 query.path = \"/data/a\" (*", { MOUNTED("")						     }
		      ),
		ROW("below a star", FILES, PUT "%2Ftmp%2Fa%2Fb", "", "",
		    { MOUNTED("")						   }
			   ),
		ROW("the star's own", FILES, PUT "%2Ftmp", "",
		    "403 query.path = \"/tmp\" (*", { MOUNTED("")							  }
			   ),
		ROW("up again", FILES, PUT "%2Ftmp%2F..%2Fetc", "",
		    "403 query.path = \"/tmp/../etc\" (an absolute path *",
		    NO_FACTS),
		ROW("relative", FILES, PUT "data", "",
		    "403 query.path = \"data\" (an absolute path *", NO_FACTS),
		ROW("an empty path", FILES, PUT, "",
		    "403 query.path = \"\" (an absolute path *", NO_FACTS),
		ROW("no path", FILES, "PUT /v1.41/containers/web/archive", "",
		    "400 a path is needed", NO_FACTS),
		ROW("a container without an ID", FILES, PUT "%2Fdata", "",
		    "403 * (the daemon gives no ID)",
		    { { "/containers/web/json", 200,
			"{\"Id\":\"" ID16 "\",\"Mounts\":[]}" }}
			 ),
		ROW("no such container", FILES, PUT "%2Fdata", "",
		    "404 No such container: web",
		    { { "/containers/web/json", 404, "{}" }			    }
			     ),
		ROW("a daemon in trouble", FILES, PUT "%2Fdata", "",
		    "502 * (what the daemon says *",
		    { { "/containers/web/json", 500, "{}" }			    }
			     ),
	};

	inspections_check(rows, CASES(rows));
}

Test(put_container_archive, never_writes_through_to_the_host)
{
	static const struct inspections_row rows[] = {
		ROW("a directory to be written to", FILES, PUT "%2Fdata", "",
		    "403 container.Mounts[1] (a directory of the host, *",
		    {MOUNTED("{\"Type\":\"tmpfs\"},{\"Type\":\"bind\","
			      "\"RW\":true,\"Source\":\"/secret\"}")}
		      ),
		ROW("a directory to be read", FILES, PUT "%2Fdata", "", "",
		    { MOUNTED("{\"Type\":\"bind\",\"RW\":false}")			  }
			   ),
		ROW("nobody knows whether", FILES, PUT "%2Fdata", "",
		    "403 container.Mounts[0] (a directory *",
		    { MOUNTED("{\"Type\":\"bind\"}")				     }
		      ),
		ROW("what nobody knows", FILES, PUT "%2Fdata", "",
		    "403 container.Mounts[0] (a directory *",
		    { MOUNTED("{\"RW\":true}")					       }
			),
		ROW("a volume", FILES, PUT "%2Fdata", "", "ask /volumes/v",
		    { MOUNTED("{\"Type\":\"volume\",\"Name\":\"v\","
			      "\"RW\":true}")			      }
		       ),
		ROW("a plain volume", FILES, PUT "%2Fdata", "", "",
		    { MOUNTED("{\"Type\":\"volume\",\"Name\":\"v\","
			      "\"RW\":true}"),
			{ "/volumes/v", 200,
			    "{\"Name\":\"v\",\"Driver\":\"local\"}" } }
		       ),
		ROW("a directory in disguise", FILES, PUT "%2Fdata", "",
		    "403 container.Mounts[0] (add [volume] driver-option = "
		    "device=*, or drop the field)",
		    { MOUNTED("{\"Type\":\"volume\",\"Name\":\"v\","
			      "\"RW\":true}"),
			{ "/volumes/v", 200,
			    "{\"Name\":\"v\",\"Driver\":\"local\","
			    "\"Options\":{\"device\":\"/\"}}" } }
			 ),
		ROW("a volume without a name", FILES, PUT "%2Fdata", "",
		    "403 container.Mounts[0] (*",
		    { MOUNTED("{\"Type\":\"volume\",\"RW\":true}")			   }
		    ),
	};

	inspections_check(rows, CASES(rows));
}
