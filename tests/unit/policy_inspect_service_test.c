/* SPDX-License-Identifier: MIT */
/* Services: how many, where they are reached, and what they are given. */

#include <criterion/criterion.h>

#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define CREATE "POST /v1.45/services/create"
#define UPDATE "POST /v1.45/services/s/update?version=7"

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

#define A16  "aaaaaaaaaaaaaaaa"
#define A128 A16 A16 A16 A16 A16 A16 A16 A16
#define LONG A128 A128 A128 A128
#define AT   "TaskTemplate.ContainerSpec."

/* What passes as it is; and without asking the daemon. */
#define SAME(body) body, body

Test(service, services)
{
	static const struct inspections_row rows[] = {
		ROW("what harms nobody", "", CREATE,
		    SAME(BODY(
			",\"Labels\":{\"a\":\"b\"},"
			"\"Mode\":{\"Replicated\":{\"Replicas\":1000}},"
			"\"UpdateConfig\":{\"Parallelism\":1,\"Delay\":2,"
			"\"FailureAction\":\"rollback\",\"Monitor\":3,"
			"\"MaxFailureRatio\":0.5,\"Order\":\"start-first\"},"
			"\"RollbackConfig\":{\"Parallelism\":1,"
			"\"MaxFailureRatio\":0},"
			"\"EndpointSpec\":{\"Mode\":\"vip\"}")),
		    NO_FACTS),
		ROW("no body", "", CREATE, "", "400 no body", NO_FACTS),
		ROW("no container", "", CREATE,
		    "{\"Name\":\"s\",\"TaskTemplate\":{}}",
		    "400 " AT "Image (missing)", NO_FACTS),
		ROW("no task", "", CREATE, "{\"Name\":\"s\"}",
		    "400 " AT "Image (missing)", NO_FACTS),
		ROW("a name", "[service]\nname = s\n", CREATE, SAME(BODY("")),
		    NO_FACTS),
		ROW("another name", "[service]\nname = t\n", CREATE, BODY(""),
		    "403 Name = \"s\" (add [service] name = s*", NO_FACTS),
		ROW("no name", "[service]\nname = *\n", CREATE,
		    "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"i\"}}}",
		    "403 Name (missing, where [service] name*", NO_FACTS),
		ROW("everywhere", "", CREATE,
		    SAME(BODY(",\"Mode\":{\"Global\":{}}")), NO_FACTS),
		ROW("as many as may be", "[service]\nreplicas-max = 2\n",
		    CREATE,
		    SAME(BODY(",\"Mode\":{\"Replicated\":{\"Replicas\":2}}")),
		    NO_FACTS),
		ROW("one more", "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"Replicated\":{\"Replicas\":3}}"),
		    "403 Mode.Replicated.Replicas = 3 (more than [service] "
		    "replicas-max)",
		    NO_FACTS),
		ROW("less than none", "", CREATE,
		    BODY(",\"Mode\":{\"Replicated\":{\"Replicas\":-1}}"),
		    "400 Mode.Replicated.Replicas = -1*", NO_FACTS),
		ROW("everywhere, where they are counted",
		    "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"Global\":{}}"),
		    "403 Mode.Global (there may be more nodes than "
		    "replicas-max)",
		    NO_FACTS),
		ROW("a job", "[service]\nreplicas-max = 2\n", CREATE,
		    SAME(BODY(
			",\"Mode\":{\"ReplicatedJob\":{\"MaxConcurrent\":1,"
			"\"TotalCompletions\":2}}")),
		    NO_FACTS),
		ROW("a longer job", "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"ReplicatedJob\":{\"MaxConcurrent\":1,"
			 "\"TotalCompletions\":3}}"),
		    "403 Mode.ReplicatedJob.TotalCompletions = 3*", NO_FACTS),
		ROW("a wider job", "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"ReplicatedJob\":{\"MaxConcurrent\":3}}"),
		    "403 Mode.ReplicatedJob.MaxConcurrent = 3*", NO_FACTS),
		ROW("a job everywhere", "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"GlobalJob\":{}}"), "403 Mode.GlobalJob*",
		    NO_FACTS),
		ROW("as docker-py spells it", "[service]\nreplicas-max = 2\n",
		    CREATE,
		    SAME(BODY(",\"Mode\":{\"replicated\":{"
			      "\"Replicas\":2}}")),
		    NO_FACTS),
		ROW("too many as docker-py spells it",
		    "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"replicated\":{\"Replicas\":3}}"),
		    "403 Mode.replicated.Replicas = 3*", NO_FACTS),
		ROW("everywhere as docker-py spells it",
		    "[service]\nreplicas-max = 2\n", CREATE,
		    BODY(",\"Mode\":{\"global\":{}}"), "403 Mode.global*",
		    NO_FACTS),
		ROW("both spellings", "", CREATE,
		    BODY(",\"Mode\":{\"Global\":{},\"global\":{}}"),
		    "400 Mode.global (a field that stands twice)", NO_FACTS),
		ROW("a port", "", CREATE,
		    BODY(",\"EndpointSpec\":{\"Ports\":[{\"Protocol\":\"tcp\","
			 "\"TargetPort\":80,\"PublishedPort\":8090,"
			 "\"PublishMode\":\"ingress\"}]}"),
		    "403 EndpointSpec.Ports[0].PublishedPort = 8090 (add "
		    "[container] publish = 8090,*",
		    NO_FACTS),
		ROW("a port, allowed", "[container]\npublish = 8090\n", CREATE,
		    SAME(BODY(
			",\"EndpointSpec\":{\"Ports\":[{\"Name\":\"a\","
			"\"Protocol\":\"tcp\",\"TargetPort\":80,"
			"\"PublishedPort\":8090,\"PublishMode\":\"host\"}]}")),
		    NO_FACTS),
		ROW("the same of UDP", "[container]\npublish = 8090\n", CREATE,
		    BODY(",\"EndpointSpec\":{\"Ports\":[{\"Protocol\":\"udp\","
			 "\"TargetPort\":80,\"PublishedPort\":8090}]}"),
		    "403 EndpointSpec.Ports[0].PublishedPort = 8090 (add "
		    "[container] publish = 8090/udp,*",
		    NO_FACTS),
		ROW("allowed on one address",
		    "[container]\npublish = 127.0.0.1:8090\n", CREATE,
		    BODY(",\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80,"
			 "\"PublishedPort\":8090}]}"),
		    "403 EndpointSpec.Ports[0].PublishedPort*", NO_FACTS),
		ROW("any port", "[container]\npublish = 8090\n", CREATE,
		    BODY(",\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80}]}"),
		    "403 EndpointSpec.Ports[0].PublishedPort (add "
		    "[container] publish = random,*",
		    NO_FACTS),
		ROW("any port, allowed", "[container]\npublish = random\n",
		    CREATE,
		    SAME(BODY(
			",\"EndpointSpec\":{\"Ports\":[{\"TargetPort\":80}]}")),
		    NO_FACTS),
		ROW("no port", "[container]\npublish = *\n", CREATE,
		    BODY(
			",\"EndpointSpec\":{\"Ports\":[{\"PublishedPort\":65536}]"
			"}"),
		    "400 EndpointSpec.Ports[0].PublishedPort = 65536 (not a "
		    "port)",
		    NO_FACTS),
		ROW("a negative port", "[container]\npublish = *\n", CREATE,
		    BODY(
			",\"EndpointSpec\":{\"Ports\":[{\"PublishedPort\":-1}]}"),
		    "400 EndpointSpec.Ports[0].PublishedPort*", NO_FACTS),
		ROW("an unknown protocol", "[container]\npublish = 53/udp\n",
		    CREATE,
		    BODY(",\"EndpointSpec\":{\"Ports\":[{\"Protocol\":\"Udp\","
			 "\"PublishedPort\":53}]}"),
		    "400 EndpointSpec.Ports[0].Protocol = \"Udp\"*", NO_FACTS),
		ROW("a label", "[container]\nlabel = door=web\n", CREATE,
		    BODY(""),
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{"
		    "\"Image\":\"i\",\"Labels\":{\"door\":\"web\"}}},"
		    "\"Labels\":{\"door\":\"web\"}}",
		    NO_FACTS),
		ROW("a label of the task's", "[container]\nlabel = door=web\n",
		    CREATE, SPEC(",\"Labels\":{\"door\":\"other\"}"),
		    "403 " AT "Labels.door = \"other\"*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, versions)
{
	static const struct inspections_row rows[] = {
		ROW("a most that API 1.40 cannot say",
		    "[container]\npids-max = 9\n",
		    "POST /v1.40/services/create", BODY(""),
		    "403 TaskTemplate.Resources (for [container] pids-max*",
		    NO_FACTS),
		ROW("nor for what is less", "[container]\npids-max = 9\n",
		    "POST /v1.40/services/create",
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"I"
		    "mage\":\"i\"},\"Resources\":{\"Limits\":{\"Pids\":9}}}}",
		    "403 TaskTemplate.Resources (for*", NO_FACTS),
		ROW("in API 1.41", "[container]\npids-max = 9\n",
		    "POST /v1.41/services/create", BODY(""),
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"I"
		    "mage\":\"i\"},\"Resources\":{\"Limits\":{\"Pids\":9}}}}",
		    NO_FACTS),
		ROW("in the daemon's own", "[container]\npids-max = 9\n",
		    "POST /services/create", BODY(""),
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"I"
		    "mage\":\"i\"},\"Resources\":{\"Limits\":{\"Pids\":9}}}}",
		    NO_FACTS),
		ROW("another one, in API 1.40", "[container]\ncpus-max = 1\n",
		    "POST /v1.40/services/create",
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"I"
		    "mage\":\"i\"}}}",
		    "{\"Name\":\"s\",\"TaskTemplate\":{\"ContainerSpec\":{\"I"
		    "mage\":\"i\"},\"Resources\":{\"Limits\":{\"NanoCPUs\":10"
		    "00000000}}}}",
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, long_words)
{
	static const struct inspections_row rows[] = {
		ROW("a host's name", "[container]\nextra-host = *\n", CREATE,
		    SPEC(",\"Hosts\":[\"10.0.0.5 " LONG "\"]"),
		    "400 " AT "Hosts[0]*(too long)", NO_FACTS),
		ROW("a mode", "[container]\nsecurity-opt = *\n", CREATE,
		    SPEC(",\"Privileges\":{\"Seccomp\":{\"Mode\":\"" LONG
			 "\"}}"),
		    "400 " AT "Privileges.Seccomp.Mode*(too long)", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, updates)
{
	static const struct inspections_row rows[] = {
		ROW("as it is made", "", UPDATE, SAME(BODY("")), NO_FACTS),
		ROW("and refused", "", UPDATE, TASK(",\"Runtime\":\"plugin\""),
		    "403 TaskTemplate.Runtime*", NO_FACTS),
		ROW("back to what it was", "", UPDATE "&rollback=previous",
		    BODY(""),
		    "403 query.rollback = \"previous\" (what the service was*",
		    NO_FACTS),
		ROW("not back", "",
		    UPDATE "&rollback=none&registryAuthFrom=spec",
		    SAME(BODY("")), NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, secrets)
{
	static const struct inspections_row rows[] = {
		ROW("a secret", "", "POST /secrets/create",
		    SAME("{\"Name\":\"a\",\"Labels\":{\"a\":\"b\"},"
			 "\"Data\":\"cwo=\"}"),
		    NO_FACTS),
		ROW("an empty driver", "", "POST /secrets/create",
		    "{\"Name\":\"a\",\"Driver\":{}}", "{\"Name\":\"a\"}",
		    NO_FACTS),
		ROW("a driver", "", "POST /secrets/create",
		    "{\"Name\":\"a\",\"Driver\":{\"Name\":\"b\"}}",
		    "403 Driver (nothing allows it)", NO_FACTS),
		ROW("a template", "", "POST /secrets/create",
		    SAME("{\"Name\":\"a\",\"Templating\":{\"Name\":\"golang\"}"
			 "}"),
		    NO_FACTS),
		ROW("another template", "", "POST /secrets/create",
		    "{\"Name\":\"a\",\"Templating\":{\"Name\":\"b\"}}",
		    "403 Templating.Name = \"b\" (not golang)", NO_FACTS),
		ROW("a template's options", "", "POST /secrets/create",
		    "{\"Name\":\"a\",\"Templating\":{\"Name\":\"golang\","
		    "\"Options\":{\"a\":\"b\"}}}",
		    "403 Templating.Options (a field that is not known)",
		    NO_FACTS),
		ROW("nothing", "", "POST /secrets/create", "", "400 no body",
		    NO_FACTS),
		ROW("a label", "[container]\nlabel = door=web\n",
		    "POST /secrets/create", "{\"Name\":\"a\"}",
		    "{\"Name\":\"a\",\"Labels\":{\"door\":\"web\"}}", NO_FACTS),
		ROW("a secret that is changed", "",
		    "POST /secrets/a/update?version=1",
		    "{\"Name\":\"a\",\"Driver\":{\"Name\":\"b\"}}",
		    "403 Driver*", NO_FACTS),
		ROW("a config", "", "POST /configs/create",
		    SAME("{\"Name\":\"a\",\"Data\":\"cwo=\"}"), NO_FACTS),
		ROW("a config's driver", "", "POST /configs/create",
		    "{\"Name\":\"a\",\"Driver\":{\"Name\":\"b\"}}",
		    "403 Driver*", NO_FACTS),
		ROW("a config that is changed", "",
		    "POST /configs/a/update?version=1",
		    "{\"Name\":\"a\",\"Foo\":1}", "403 Foo = 1*", NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(service, secrets_of_tasks)
{
	static const struct inspections_row rows[] = {
		ROW("a secret", "", CREATE,
		    SPEC(
			",\"Secrets\":[{\"File\":{\"Name\":\"a\",\"UID\":\"0\","
			"\"GID\":\"0\",\"Mode\":292},\"SecretID\":\"x\","
			"\"SecretName\":\"db\"}]"),
		    "403 " AT
		    "Secrets[0].SecretName = \"db\" (add [service] secret = "
		    "db*",
		    NO_FACTS),
		ROW("a secret, allowed", "[service]\nsecret = db\n", CREATE,
		    SAME(SPEC(
			",\"Secrets\":[{\"File\":{\"Name\":\"a\",\"UID\":\"0\","
			"\"GID\":\"0\",\"Mode\":292},\"SecretID\":\"x\","
			"\"SecretName\":\"db\"}]")),
		    NO_FACTS),
		ROW("by its ID alone", "[service]\nsecret = *\n", CREATE,
		    SPEC(",\"Secrets\":[{\"SecretID\":\"x\"}]"),
		    "400 " AT "Secrets[0].SecretName (no name)", NO_FACTS),
		ROW("a config is no secret", "[service]\nconfig = db\n", CREATE,
		    SPEC(",\"Secrets\":[{\"SecretID\":\"x\","
			 "\"SecretName\":\"db\"}]"),
		    "403 *", NO_FACTS),
		ROW("a config", "[service]\nsecret = *\n", CREATE,
		    SPEC(",\"Configs\":[{\"ConfigID\":\"x\","
			 "\"ConfigName\":\"web\"}]"),
		    "403 " AT
		    "Configs[0].ConfigName = \"web\" (add [service] config = "
		    "web*",
		    NO_FACTS),
		ROW("a config, allowed", "[service]\nconfig = w*\n", CREATE,
		    SAME(SPEC(",\"Configs\":[{\"File\":{\"Name\":\"/etc/web\"},"
			      "\"ConfigID\":\"x\",\"ConfigName\":\"web\"}]")),
		    NO_FACTS),
		ROW("for credentials", "[service]\nconfig = w*\n", CREATE,
		    SPEC(
			",\"Configs\":[{\"Runtime\":{\"a\":1},\"ConfigID\":\"x\","
			"\"ConfigName\":\"web\"}]"),
		    "403 " AT "Configs[0].Runtime (a field that is not known)",
		    NO_FACTS),
		ROW("a file elsewhere", "[service]\nconfig = w*\n", CREATE,
		    SPEC(",\"Configs\":[{\"File\":{\"Name\":\"../etc/web\"},"
			 "\"ConfigID\":\"x\",\"ConfigName\":\"web\"}]"),
		    "403 " AT "Configs[0].File.Name = \"../etc/web\"*",
		    NO_FACTS),
	};

	inspections_check(rows, sizeof(rows) / sizeof(rows[0]));
}
