/* SPDX-License-Identifier: MIT */
/* What the containers of services are like. */

#include <criterion/criterion.h>

#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define CREATE "POST /v1.45/services/create"
#define OLD    "POST /v1.43/services/create"

/* With members of ContainerSpec, of TaskTemplate, and of the whole. */
#define IMAGE "{\"Image\":\"i\""
#define SPEC(members)                                                        \
	"{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":" IMAGE members \
	"}}}"
#define TASK(members)                                                \
	"{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":" IMAGE \
	"}" members "}}"
#define BODY(members)                                                \
	"{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":" IMAGE \
	"}}" members "}"
#define AT "TaskTemplate.ContainerSpec."

/* What passes as it is; and what the daemon says, if it is asked. */
#define SAME(body) body, body
#define FACT(...)                   \
	{                           \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

Test(service, containers_of_tasks)
{
	static const struct inspections_row rows[] = {
		ROW("plain", "", CREATE, SAME(SPEC("")), NO_FACTS),
		ROW("what harms nobody", "", CREATE,
		    SAME(SPEC(
			",\"Labels\":{\"a\":\"b\"},\"Command\":[\"sh\"],"
			"\"Args\":[\"-c\",\"id\"],\"Hostname\":\"{{.Node.ID}}\","
			"\"Env\":[\"A=1\"],\"Dir\":\"/\",\"User\":\"1000\","
			"\"Init\":true,\"StopSignal\":\"SIGINT\","
			"\"StopGracePeriod\":5,\"TTY\":true,\"OpenStdin\":true,"
			"\"ReadOnly\":true,\"Healthcheck\":{\"Test\":[\"NONE\"],"
			"\"Interval\":1,\"Timeout\":2,\"Retries\":3,"
			"\"StartPeriod\":4,\"StartInterval\":5},"
			"\"DNSConfig\":{\"Nameservers\":[\"10.0.0.53\"],"
			"\"Search\":[\"a\"],\"Options\":[\"b\"]},"
			"\"Isolation\":\"default\",\"CapabilityDrop\":[\"ALL\"],"
			"\"OomScoreAdj\":10")),
		    NO_FACTS),
		ROW("empty fields", "", CREATE,
		    SPEC(",\"Foo\":{},\"Env\":null"), SPEC(""), NO_FACTS),
		ROW("an unknown field", "", CREATE, SPEC(",\"Foo\":1"),
		    "403 " AT "Foo = 1 (a field that is not known)", NO_FACTS),
		ROW("another case", "", CREATE, SPEC(",\"image\":\"j\""),
		    "400 " AT "image*", NO_FACTS),
		ROW("another image", "[container]\nimage = j\n", CREATE,
		    SPEC(""),
		    "403 " AT "Image = \"i\" (add [container] image = *",
		    NO_FACTS),
		ROW("that image", "[container]\nimage = i\n", CREATE, SPEC(""),
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{"
		    "\"Image\":\"docker.io/library/i:latest\"}}}",
		    NO_FACTS),
		ROW("another user", "[container]\nuser = 1000\n", CREATE,
		    SPEC(",\"User\":\"0\""),
		    "403 " AT "User = \"0\" (add [container] user = 0*",
		    NO_FACTS),
		ROW("no user", "[container]\nuser = 1000\n", CREATE, SPEC(""),
		    "ask /images/i/json", NO_FACTS),
		ROW("the image's user", "[container]\nuser = 1000\n", CREATE,
		    SPEC(""), SPEC(",\"User\":\"1000\""),
		    FACT("/images/i/json", 200,
			"{\"Config\":{\"User\":\"1000\"}}")),
		ROW("an image without a user", "[container]\nuser = 1000\n",
		    CREATE, SPEC(""), "403 " AT "User*",
		    FACT("/images/i/json", 200, "{\"Config\":{}}")),
		ROW("a variable that is not set", "", CREATE,
		    SPEC(",\"Env\":[\"HOME\"]"), SPEC(",\"Env\":[]"), NO_FACTS),
		ROW("all variables that begin so", "", CREATE,
		    SPEC(",\"Env\":[\"H*\"]"), "403 " AT "Env[0] = \"H*\"*",
		    NO_FACTS),
		ROW("a group", "", CREATE, SPEC(",\"Groups\":[\"44\"]"),
		    "403 " AT
		    "Groups[0] = \"44\" (add [container] group-add = 44*",
		    NO_FACTS),
		ROW("a group, allowed", "[container]\ngroup-add = 44\n", CREATE,
		    SAME(SPEC(",\"Groups\":[\"44\"]")), NO_FACTS),
		ROW("a capability", "", CREATE,
		    SPEC(",\"CapabilityAdd\":[\"CAP_CHOWN\"]"),
		    "403 " AT "CapabilityAdd[0] = \"CAP_CHOWN\"*", NO_FACTS),
		ROW("a capability, allowed",
		    "[container]\ncapability = CHOWN\n", CREATE,
		    SAME(SPEC(",\"CapabilityAdd\":[\"CAP_CHOWN\"]")), NO_FACTS),
		ROW("all capabilities", "[container]\ncapability = CHOWN\n",
		    CREATE, SPEC(",\"CapabilityAdd\":[\"ALL\"]"),
		    "403 " AT "CapabilityAdd[0] = \"ALL\"*", NO_FACTS),
		ROW("a sysctl", "", CREATE,
		    SPEC(",\"Sysctls\":{\"kernel.shmmax\":\"1\"}"),
		    "403 " AT "Sysctls.kernel.shmmax = \"1\"*", NO_FACTS),
		ROW("a sysctl, allowed",
		    "[container]\nsysctl = kernel.shmmax\n", CREATE,
		    SAME(SPEC(",\"Sysctls\":{\"kernel.shmmax\":\"1\"}")),
		    NO_FACTS),
		ROW("a limit", "", CREATE,
		    SAME(SPEC(",\"Ulimits\":[{\"Name\":\"nofile\",\"Hard\":200,"
			      "\"Soft\":100}]")),
		    NO_FACTS),
		ROW("a limit that others feel", "", CREATE,
		    SPEC(",\"Ulimits\":[{\"Name\":\"nice\",\"Hard\":200,"
			 "\"Soft\":100}]"),
		    "403 " AT "Ulimits[0].Name = \"nice\"*", NO_FACTS),
		ROW("spared when memory is short", "", CREATE,
		    SPEC(",\"OomScoreAdj\":-1"),
		    "403 " AT "OomScoreAdj = -1 (others would be killed*",
		    NO_FACTS),
		ROW("another isolation", "", CREATE,
		    SPEC(",\"Isolation\":\"hyperv\""),
		    "403 " AT "Isolation = \"hyperv\" (not default)", NO_FACTS),
		ROW("a DNS server", "[container]\ndns = 10.0.0.53\n", CREATE,
		    SAME(SPEC(
			",\"DNSConfig\":{\"Nameservers\":[\"10.0.0.53\"]}")),
		    NO_FACTS),
		ROW("another DNS server", "[container]\ndns = 10.0.0.53\n",
		    CREATE,
		    SPEC(",\"DNSConfig\":{\"Nameservers\":[\"10.0.0.54\"]}"),
		    "403 " AT "DNSConfig.Nameservers[0] = \"10.0.0.54\"*",
		    NO_FACTS),
		ROW("a host's name", "[container]\nextra-host = db:10.0.0.5\n",
		    CREATE, SAME(SPEC(",\"Hosts\":[\"10.0.0.5 db\"]")),
		    NO_FACTS),
		ROW("another address",
		    "[container]\nextra-host = db:10.0.0.5\n", CREATE,
		    SPEC(",\"Hosts\":[\"10.0.0.6 db\"]"),
		    "403 " AT
		    "Hosts[0] = \"10.0.0.6 db\" (add [container] extra-host "
		    "= db:10.0.0.6*",
		    NO_FACTS),
		ROW("any host's name", "", CREATE,
		    SAME(SPEC(",\"Hosts\":[\"10.0.0.6 db\"]")), NO_FACTS),
		ROW("two names", "[container]\nextra-host = db:10.0.0.5\n",
		    CREATE, SPEC(",\"Hosts\":[\"10.0.0.5 db evil\"]"),
		    "400 " AT "Hosts[0]*", NO_FACTS),
		ROW("a name behind a tab", "", CREATE,
		    SPEC(",\"Hosts\":[\"10.0.0.5\\tdb\"]"),
		    "400 " AT "Hosts[0]*", NO_FACTS),
		ROW("a name alone", "", CREATE, SPEC(",\"Hosts\":[\"db\"]"),
		    "400 " AT "Hosts[0]*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, privileges_of_tasks)
{
	static const struct inspections_row rows[] = {
		ROW("empty", "", CREATE,
		    SPEC(",\"Privileges\":{\"CredentialSpec\":null,"
			 "\"SELinuxContext\":null,\"NoNewPrivileges\":false}"),
		    SPEC(",\"Privileges\":{\"NoNewPrivileges\":false}"),
		    NO_FACTS),
		ROW("as ever", "", CREATE,
		    SAME(SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Disable\":false,"
			"\"User\":\"\"},\"Seccomp\":{\"Mode\":\"default\"},"
			"\"AppArmor\":{\"Mode\":\"default\"},"
			"\"NoNewPrivileges\":true}")),
		    NO_FACTS),
		ROW("credentials", "[container]\nsecurity-opt = *\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"CredentialSpec\":{\"File\":\"a\"}}"),
		    "403 " AT "Privileges.CredentialSpec (nothing allows it)",
		    NO_FACTS),
		ROW("no seccomp",
		    "[container]\nsecurity-opt = apparmor=unconfined\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"Seccomp\":{\"Mode\":\"unconfined\"}}"),
		    "403 " AT "Privileges.Seccomp.Mode = \"unconfined\" (add "
		    "[container] security-opt = seccomp=unconfined*",
		    NO_FACTS),
		ROW("no seccomp, allowed",
		    "[container]\nsecurity-opt = seccomp=unconfined\n", CREATE,
		    SAME(SPEC(
			",\"Privileges\":{\"Seccomp\":{\"Mode\":\"unconfined\"}}")),
		    NO_FACTS),
		ROW("a profile",
		    "[container]\nsecurity-opt = seccomp=unconfined\n", CREATE,
		    SPEC(",\"Privileges\":{\"Seccomp\":{\"Mode\":\"custom\","
			 "\"Profile\":\"e30=\"}}"),
		    "403 " AT "Privileges.Seccomp.Mode = \"custom\"*",
		    NO_FACTS),
		ROW("a profile by no mode",
		    "[container]\nsecurity-opt = seccomp=*\n", CREATE,
		    SPEC(",\"Privileges\":{\"Seccomp\":{"
			 "\"Profile\":\"e30=\"}}"),
		    "403 " AT "Privileges.Seccomp (a profile without Mode "
		    "custom)",
		    NO_FACTS),
		ROW("no AppArmor", "[container]\nsecurity-opt = seccomp=*\n",
		    CREATE,
		    SPEC(
			",\"Privileges\":{\"AppArmor\":{\"Mode\":\"disabled\"}}"),
		    "403 " AT "Privileges.AppArmor.Mode = \"disabled\" (add "
		    "[container] security-opt = apparmor=unconfined*",
		    NO_FACTS),
		ROW("no AppArmor, allowed",
		    "[container]\nsecurity-opt = apparmor=unconfined\n", CREATE,
		    SAME(SPEC(
			",\"Privileges\":{\"AppArmor\":{\"Mode\":\"disabled\"}}")),
		    NO_FACTS),
		ROW("no SELinux", "[container]\nsecurity-opt = label=type:*\n",
		    CREATE,
		    SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Disable\":true}}"),
		    "403 " AT "Privileges.SELinuxContext.Disable = true (add "
		    "[container] security-opt = label=disable*",
		    NO_FACTS),
		ROW("no SELinux, allowed",
		    "[container]\nsecurity-opt = label=disable\n", CREATE,
		    SAME(SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Disable\":true}}")),
		    NO_FACTS),
		ROW("a context",
		    "[container]\nsecurity-opt = label=user:u label=role:r "
		    "label=type:t label=level:l\n",
		    CREATE,
		    SAME(SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"User\":\"u\","
			"\"Role\":\"r\",\"Type\":\"t\",\"Level\":\"l\"}}")),
		    NO_FACTS),
		ROW("another user",
		    "[container]\nsecurity-opt = label=type:*\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"User\":\"u\"}}"),
		    "403 *label=user:u*", NO_FACTS),
		ROW("another role",
		    "[container]\nsecurity-opt = label=type:*\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Role\":\"r\"}}"),
		    "403 *label=role:r*", NO_FACTS),
		ROW("another type",
		    "[container]\nsecurity-opt = label=role:*\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Type\":\"t\"}}"),
		    "403 *label=type:t*", NO_FACTS),
		ROW("another level",
		    "[container]\nsecurity-opt = label=role:*\n", CREATE,
		    SPEC(
			",\"Privileges\":{\"SELinuxContext\":{\"Level\":\"l\"}}"),
		    "403 *label=level:l*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, mounts_of_tasks)
{
	static const struct inspections_row rows[] = {
		ROW("a path of the host's", "", CREATE,
		    SPEC(",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv\","
			 "\"Target\":\"/t\"}]"),
		    "403 " AT
		    "Mounts[0].Source = \"/srv\" (add [container] bind = "
		    "/srv:rw*",
		    NO_FACTS),
		ROW("the same, allowed",
		    "[container]\nbind = /srv:rw\nbind-as-root = yes\n", CREATE,
		    SAME(SPEC(
			",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv\","
			"\"Target\":\"/t\"}]")),
		    NO_FACTS),
		ROW("its neighbour",
		    "[container]\nbind = /srv:rw\nbind-as-root = yes\n", CREATE,
		    SPEC(",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srw\","
			 "\"Target\":\"/t\"}]"),
		    "403 " AT "Mounts[0].Source = \"/srw\"*", NO_FACTS),
		ROW("a template for a source",
		    "[container]\nbind = /srv/*:rw\nbind-as-root = yes\n",
		    CREATE,
		    SPEC(",\"Mounts\":[{\"Type\":\"bind\","
			 "\"Source\":\"/srv/{{print `..`}}/etc\","
			 "\"Target\":\"/t\"}]"),
		    "403 " AT "Mounts[0] (a mount with a template in it)",
		    NO_FACTS),
		ROW("braces that are none",
		    "[container]\nbind = /srv/*:rw\nbind-as-root = yes\n",
		    CREATE,
		    SAME(SPEC(
			",\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/{a}\","
			"\"Target\":\"/t\"}]")),
		    NO_FACTS),
		ROW("a template for a target", "", CREATE,
		    SPEC(
			",\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/{{print "
			"`proc`}}\"}]"),
		    "403 " AT "Mounts[0] (a mount with a template in it)",
		    NO_FACTS),
		ROW("a template for an option",
		    "[container]\nvolume-driver = *\n[volume]\ndriver-option "
		    "= device=*\n",
		    CREATE,
		    SPEC(
			",\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/t\","
			"\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{\"devi"
			"ce\":\"{{.Node.ID}}\"}}}}]"),
		    "403 " AT "Mounts[0] (a mount with a template in it)",
		    NO_FACTS),
		ROW("written to by a user, by API 1.45",
		    "[container]\nbind = /srv:rw\nuser = nonroot\n", CREATE,
		    SPEC(
			",\"User\":\"1000:1000\",\"Mounts\":[{\"Type\":\"bind\","
			"\"Source\":\"/srv\",\"Target\":\"/t\"}]"),
		    SPEC(
			",\"User\":\"1000:1000\",\"Mounts\":[{\"Type\":\"bind\","
			"\"Source\":\"/srv\",\"Target\":\"/t\"}],"
			"\"Privileges\":{\"NoNewPrivileges\":true}"),
		    NO_FACTS),
		ROW("by API 1.43",
		    "[container]\nbind = /srv:rw\nuser = nonroot\n", OLD,
		    SPEC(
			",\"User\":\"1000:1000\",\"Mounts\":[{\"Type\":\"bind\","
			"\"Source\":\"/srv\",\"Target\":\"/t\"}]"),
		    "403 " AT "Mounts (to write to the host, not being root*",
		    NO_FACTS),
		ROW("by none", "[container]\nbind = /srv:rw\nuser = nonroot\n",
		    "POST /services/create",
		    SPEC(
			",\"User\":\"1000:1000\",\"Mounts\":[{\"Type\":\"bind\","
			"\"Source\":\"/srv\",\"Target\":\"/t\"}]"),
		    "403 " AT "Mounts (to write to the host, not being root*",
		    NO_FACTS),
		ROW("read only, by API 1.43",
		    "[container]\nbind = /srv:rw\nuser = nonroot\n", OLD,
		    SAME(SPEC(
			",\"User\":\"1000:1000\",\"Mounts\":[{\"Type\":\"bind\","
			"\"Source\":\"/srv\",\"Target\":\"/t\","
			"\"ReadOnly\":true}]")),
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, resources_of_tasks)
{
	static const struct inspections_row rows[] = {
		ROW("none, none said", "", CREATE,
		    SAME(TASK(
			",\"Resources\":{\"Limits\":{},\"Reservations\":{}}")),
		    NO_FACTS),
		ROW("none",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE, TASK(""),
		    TASK(",\"Resources\":{\"Limits\":{\"NanoCPUs\":1500000000,"
			 "\"MemoryBytes\":67108864,\"Pids\":100}}"),
		    NO_FACTS),
		ROW("no limit",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    TASK(",\"Resources\":{\"Limits\":{\"NanoCPUs\":0,"
			 "\"MemoryBytes\":-1,\"Pids\":0}}"),
		    TASK(",\"Resources\":{\"Limits\":{\"NanoCPUs\":1500000000,"
			 "\"MemoryBytes\":67108864,\"Pids\":100}}"),
		    NO_FACTS),
		ROW("the most",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    SAME(TASK(
			",\"Resources\":{\"Limits\":{\"NanoCPUs\":1500000000,"
			"\"MemoryBytes\":67108864,\"Pids\":100}}")),
		    NO_FACTS),
		ROW("less",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    SAME(TASK(",\"Resources\":{\"Limits\":{\"NanoCPUs\":1,"
			      "\"MemoryBytes\":2,\"Pids\":3}}")),
		    NO_FACTS),
		ROW("too much memory",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    TASK(
			",\"Resources\":{\"Limits\":{\"MemoryBytes\":67108865}}"),
		    "403 TaskTemplate.Resources.Limits.MemoryBytes = "
		    "67108865 (more than [container] memory-max)",
		    NO_FACTS),
		ROW("too many processors",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    TASK(
			",\"Resources\":{\"Limits\":{\"NanoCPUs\":1500000001}}"),
		    "403 TaskTemplate.Resources.Limits.NanoCPUs*", NO_FACTS),
		ROW("too many processes",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE, TASK(",\"Resources\":{\"Limits\":{\"Pids\":101}}"),
		    "403 TaskTemplate.Resources.Limits.Pids = 101*", NO_FACTS),
		ROW("too much reserved",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    TASK(
			",\"Resources\":{\"Reservations\":{\"MemoryBytes\":671088"
			"65}}"),
		    "403 TaskTemplate.Resources.Reservations.MemoryBytes*",
		    NO_FACTS),
		ROW("swap",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE,
		    SAME(TASK(
			",\"Resources\":{\"Limits\":{\"NanoCPUs\":1500000000,"
			"\"MemoryBytes\":67108864,\"Pids\":100},"
			"\"SwapBytes\":67108864,\"MemorySwappiness\":0}")),
		    NO_FACTS),
		ROW("too much swap",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE, TASK(",\"Resources\":{\"SwapBytes\":67108865}"),
		    "403 TaskTemplate.Resources.SwapBytes*", NO_FACTS),
		ROW("all swap",
		    "[container]\nmemory-max = 64M\ncpus-max = 1.5\npids-max "
		    "= 100\n",
		    CREATE, TASK(",\"Resources\":{\"SwapBytes\":-1}"),
		    "403 TaskTemplate.Resources.SwapBytes = -1*", NO_FACTS),
		ROW("all swap, none said", "", CREATE,
		    SAME(TASK(",\"Resources\":{\"SwapBytes\":-1}")), NO_FACTS),
		ROW("a GPU", "", CREATE,
		    TASK(
			",\"Resources\":{\"Reservations\":{\"GenericResources\":["
			"{\"DiscreteResourceSpec\":{\"Kind\":\"gpu\","
			"\"Value\":1}}]}}"),
		    "403 TaskTemplate.Resources.Reservations.GenericResources"
		    "[0] (add [container] gpu = yes*",
		    NO_FACTS),
		ROW("a GPU, allowed", "[container]\ngpu = yes\n", CREATE,
		    SAME(TASK(
			",\"Resources\":{\"Reservations\":{\"GenericResources\":["
			"{\"DiscreteResourceSpec\":{\"Kind\":\"gpu\","
			"\"Value\":1}},{\"NamedResourceSpec\":{\"Kind\":\"gpu\","
			"\"Value\":\"a\"}}]}}")),
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, tasks)
{
	static const struct inspections_row rows[] = {
		ROW("what harms nobody", "", CREATE,
		    SAME(TASK(
			",\"RestartPolicy\":{\"Condition\":\"any\",\"Delay\":1,"
			"\"MaxAttempts\":2,\"Window\":3},"
			"\"Placement\":{\"Constraints\":[\"node.role==manager\"],"
			"\"Preferences\":[{\"Spread\":{\"SpreadDescriptor\":\"a\""
			"}}],\"MaxReplicas\":1,"
			"\"Platforms\":[{\"Architecture\":\"a\",\"OS\":\"b\"}]},"
			"\"ForceUpdate\":1,\"Runtime\":\"container\"")),
		    NO_FACTS),
		ROW("a plugin", "", CREATE, TASK(",\"Runtime\":\"plugin\""),
		    "403 TaskTemplate.Runtime = \"plugin\" (not container)",
		    NO_FACTS),
		ROW("a plugin's description", "", CREATE,
		    TASK(",\"PluginSpec\":{\"Name\":\"a\"}"),
		    "403 TaskTemplate.PluginSpec (nothing allows it)",
		    NO_FACTS),
		ROW("a container of another's", "", CREATE,
		    TASK(",\"NetworkAttachmentSpec\":{\"ContainerID\":\"a\"}"),
		    "403 TaskTemplate.NetworkAttachmentSpec (nothing allows "
		    "it)",
		    NO_FACTS),
		ROW("a constraint",
		    "[service]\nconstraint = node.labels.tier==*\n", CREATE,
		    SAME(TASK(
			",\"Placement\":{\"Constraints\":[\"node.labels.tier==web"
			"\"]}")),
		    NO_FACTS),
		ROW("another constraint",
		    "[service]\nconstraint = node.labels.tier==*\n", CREATE,
		    TASK(
			",\"Placement\":{\"Constraints\":[\"node.role==manager\"]"
			"}"),
		    "403 TaskTemplate.Placement.Constraints[0] = "
		    "\"node.role==manager\" (add [service] constraint = *",
		    NO_FACTS),
		ROW("a network", "[container]\nnetwork = Web\n", CREATE,
		    SAME(TASK(
			",\"Networks\":[{\"Target\":\"Web\",\"Aliases\":[\"a\"]}]")),
		    NO_FACTS),
		ROW("another network", "[container]\nnetwork = Web\n", CREATE,
		    TASK(",\"Networks\":[{\"Target\":\"Dmz\"}]"),
		    "403 TaskTemplate.Networks[0].Target = \"Dmz\" (add "
		    "[container] network = Dmz*",
		    NO_FACTS),
		ROW("a network by its ID", "[container]\nnetwork = *\n", CREATE,
		    TASK(",\"Networks\":[{\"Target\":\"uxh62h978hhm\"}]"),
		    "ask /networks/uxh62h978hhm", NO_FACTS),
		ROW("the host's network by its ID",
		    "[container]\nnetwork = *\n", CREATE,
		    TASK(",\"Networks\":[{\"Target\":\"40817fd7\"}]"),
		    "403 TaskTemplate.Networks[0].Target = \"40817fd7\" (add "
		    "[container] namespace = network:host*",
		    FACT("/networks/40817fd7", 200,
			"{\"Name\":\"host\",\"Driver\":\"host\"}")),
		ROW("the host's network, allowed",
		    "[container]\nnamespace = network:host\n", CREATE,
		    SAME(TASK(",\"Networks\":[{\"Target\":\"40817fd7\"}]")),
		    FACT("/networks/40817fd7", 200,
			"{\"Name\":\"host\",\"Driver\":\"host\"}")),
		ROW("options of a network", "[container]\nnetwork = *\n",
		    CREATE,
		    TASK(",\"Networks\":[{\"Target\":\"Web\","
			 "\"DriverOpts\":{\"a\":\"b\"}}]"),
		    "403 TaskTemplate.Networks[0].DriverOpts (a field that "
		    "is not known)",
		    NO_FACTS),
		ROW("a network where old clients have it",
		    "[container]\nnetwork = Web\n", CREATE,
		    BODY(",\"Networks\":[{\"Target\":\"Dmz\"}]"),
		    "403 Networks[0].Target = \"Dmz\"*", NO_FACTS),
		ROW("a log", "", CREATE,
		    SAME(TASK(",\"LogDriver\":{\"Name\":\"json-file\","
			      "\"Options\":{\"max-size\":\"1m\"}}")),
		    NO_FACTS),
		ROW("a log elsewhere", "", CREATE,
		    TASK(",\"LogDriver\":{\"Name\":\"syslog\"}"),
		    "403 TaskTemplate.LogDriver.Name = \"syslog\" (add "
		    "[container] log-driver = syslog*",
		    NO_FACTS),
		ROW("a log's address", "[container]\nlog-driver = syslog\n",
		    CREATE,
		    TASK(",\"LogDriver\":{\"Name\":\"syslog\","
			 "\"Options\":{\"syslog-address\":\"unix:///a\"}}"),
		    "403 TaskTemplate.LogDriver.Options.syslog-address = "
		    "\"unix:///a\"*",
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}
