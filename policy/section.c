/* SPDX-License-Identifier: MIT */
/* The keys of the sections that look inside requests: a new one is a row
 * here, a number in section.h, and the rule that asks for it. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/section.h"

#define WORDS SECTION_WORDS
#define LINES SECTION_LINES
#define FLAG  SECTION_FLAG
#define SIZE  SECTION_SIZE
#define CPUS  SECTION_CPUS

/* clang-format off */
const struct section_row section_rows[SECTION_KEYS] = {
	/* [number] = { section, key, kind, what it can lead to, check } */

	/* Where nothing is said, any image will do. */
	[CONTAINER_IMAGE] =
	    { "container", "image", WORDS, REACH_NOTHING, check_image },
	/* ... any user. */
	[CONTAINER_USER] =
	    { "container", "user", WORDS, REACH_NOTHING, check_user },
	/* ... nothing of the host. */
	[CONTAINER_BIND] =
	    { "container", "bind", WORDS, REACH_ROOT, check_bind },
	[CONTAINER_BIND_AS_ROOT] =
	    { "container", "bind-as-root", FLAG, REACH_ROOT, NULL },
	/* ... any named volume. */
	[CONTAINER_VOLUME] =
	    { "container", "volume", WORDS, REACH_NOTHING, NULL },
	/* ... "local". */
	[CONTAINER_VOLUME_DRIVER] =
	    { "container", "volume-driver", WORDS, REACH_OTHERS, NULL },
	/* ... any directory of the container. */
	[CONTAINER_TMPFS] =
	    { "container", "tmpfs", WORDS, REACH_NOTHING, check_path },
	/* ... "default", "bridge" and "none". */
	[CONTAINER_NETWORK] =
	    { "container", "network", WORDS, REACH_NOTHING, NULL },
	/* ... no ports. */
	[CONTAINER_PUBLISH] =
	    { "container", "publish", WORDS, REACH_NOTHING, check_publish },
	/* ... addresses of the daemon's choice. */
	[CONTAINER_ADDRESS] =
	    { "container", "address", FLAG, REACH_OTHERS, NULL },
	/* ... any servers; any names. */
	[CONTAINER_DNS] =
	    { "container", "dns", WORDS, REACH_NOTHING, NULL },
	[CONTAINER_EXTRA_HOST] =
	    { "container", "extra-host", WORDS, REACH_NOTHING, NULL },
	/* ... none of all these. */
	[CONTAINER_PRIVILEGED] =
	    { "container", "privileged", FLAG, REACH_ROOT, NULL },
	[CONTAINER_CAPABILITY] =
	    { "container", "capability", WORDS, REACH_ROOT, check_capability },
	[CONTAINER_DEVICE] =
	    { "container", "device", WORDS, REACH_ROOT, check_device },
	[CONTAINER_GPU] =
	    { "container", "gpu", FLAG, REACH_OTHERS, NULL },
	[CONTAINER_SECURITY_OPT] =
	    { "container", "security-opt", WORDS, REACH_ROOT, NULL },
	[CONTAINER_NAMESPACE] =
	    { "container", "namespace", WORDS, REACH_ROOT, check_namespace },
	[CONTAINER_RUNTIME] =
	    { "container", "runtime", WORDS, REACH_ROOT, NULL },
	/* ... a few of the container's own network. */
	[CONTAINER_SYSCTL] =
	    { "container", "sysctl", WORDS, REACH_OTHERS, NULL },
	/* ... those that bound a process alone, such as nofile and memlock. */
	[CONTAINER_ULIMIT] =
	    { "container", "ulimit", WORDS, REACH_NOTHING, check_ulimit },
	/* ... none of these. */
	[CONTAINER_CGROUP_PARENT] =
	    { "container", "cgroup-parent", WORDS, REACH_OTHERS, NULL },
	[CONTAINER_GROUP_ADD] =
	    { "container", "group-add", WORDS, REACH_OTHERS, NULL },
	/* ... the daemon's default, json-file, local and none. */
	[CONTAINER_LOG_DRIVER] =
	    { "container", "log-driver", WORDS, REACH_OTHERS, NULL },
	/* ... max-size, max-file, max-buffer-size, mode and compress; and tag,
	 * labels and env for the two that are files. */
	[CONTAINER_LOG_OPT] =
	    { "container", "log-opt", WORDS, REACH_OTHERS, NULL },
	/* ... any policy. */
	[CONTAINER_RESTART] =
	    { "container", "restart", WORDS, REACH_NOTHING, NULL },
	[CONTAINER_ANNOTATION] =
	    { "container", "annotation", WORDS, REACH_ROOT, NULL },
	/* Set on everything that is created. */
	[CONTAINER_LABEL] =
	    { "container", "label", WORDS, REACH_NOTHING, check_label },
	[CONTAINER_LABEL_REQUIRED] =
	    { "container", "label-required", WORDS, REACH_NOTHING, NULL },
	/* Where they are said, they are the most, and the default. */
	[CONTAINER_MEMORY_MAX] =
	    { "container", "memory-max", SIZE, REACH_NOTHING, NULL },
	[CONTAINER_CPUS_MAX] =
	    { "container", "cpus-max", CPUS, REACH_NOTHING, NULL },
	[CONTAINER_PIDS_MAX] =
	    { "container", "pids-max", SIZE, REACH_NOTHING, NULL },
	/* Whether a client may type into a container that it attaches to. */
	[CONTAINER_STDIN] =
	    { "container", "stdin", FLAG, REACH_OTHERS, NULL },
	/* Directories of containers that archives may be unpacked in. */
	[CONTAINER_ARCHIVE] =
	    { "container", "archive", WORDS, REACH_OTHERS, check_path },

	/* Without one, no command may be run. */
	[EXEC_COMMAND] =
	    { "exec", "command", LINES, REACH_OTHERS, check_command },
	/* Where nothing is said: any user; any directory; and any variables if
	 * any command may be run, else none. */
	[EXEC_USER] =
	    { "exec", "user", WORDS, REACH_NOTHING, check_user },
	[EXEC_ENV] =
	    { "exec", "env", WORDS, REACH_NOTHING, NULL },
	[EXEC_WORKING_DIR] =
	    { "exec", "working-dir", WORDS, REACH_NOTHING, check_path },
	[EXEC_PRIVILEGED] =
	    { "exec", "privileged", FLAG, REACH_ROOT, NULL },

	/* Where nothing is said: what is on Docker Hub. */
	[IMAGE_PULL] =
	    { "image", "pull", WORDS, REACH_NOTHING, check_image },
	/* ... none of these. */
	[IMAGE_PUSH] =
	    { "image", "push", WORDS, REACH_SECRETS, check_image },
	[IMAGE_TAG] =
	    { "image", "tag", WORDS, REACH_NOTHING, check_image },
	[IMAGE_LOAD] =
	    { "image", "load", FLAG, REACH_OTHERS, NULL },
	[IMAGE_IMPORT] =
	    { "image", "import", FLAG, REACH_NOTHING, NULL },
	/* ... Docker Hub. */
	[IMAGE_LOGIN] =
	    { "image", "login", WORDS, REACH_NOTHING, NULL },

	/* Where nothing is said: "default", "bridge" and "none". */
	[BUILD_NETWORK] =
	    { "build", "network", WORDS, REACH_OTHERS, NULL },
	/* ... any names. */
	[BUILD_EXTRA_HOST] =
	    { "build", "extra-host", WORDS, REACH_NOTHING, NULL },
	/* ... none of these. */
	[BUILD_REMOTE] =
	    { "build", "remote", WORDS, REACH_OTHERS, NULL },
	[BUILD_CGROUP_PARENT] =
	    { "build", "cgroup-parent", WORDS, REACH_OTHERS, NULL },
	[BUILD_SECURITY_OPT] =
	    { "build", "security-opt", WORDS, REACH_ROOT, NULL },
	[BUILD_ULIMIT] =
	    { "build", "ulimit", WORDS, REACH_NOTHING, check_ulimit },
	/* The most, and the default. */
	[BUILD_MEMORY_MAX] =
	    { "build", "memory-max", SIZE, REACH_NOTHING, NULL },

	/* Where nothing is said: any name. */
	[VOLUME_NAME] =
	    { "volume", "name", WORDS, REACH_NOTHING, NULL },
	/* ... "local", without options. */
	[VOLUME_DRIVER] =
	    { "volume", "driver", WORDS, REACH_OTHERS, NULL },
	[VOLUME_DRIVER_OPTION] =
	    { "volume", "driver-option", WORDS, REACH_ROOT, check_label },

	/* Where nothing is said: any name. */
	[NETWORK_NAME] =
	    { "network", "name", WORDS, REACH_NOTHING, NULL },
	/* ... "bridge", with harmless options, on addresses of its choice. */
	[NETWORK_DRIVER] =
	    { "network", "driver", WORDS, REACH_OTHERS, NULL },
	[NETWORK_OPTION] =
	    { "network", "option", WORDS, REACH_ROOT, check_label },
	[NETWORK_SUBNET] =
	    { "network", "subnet", WORDS, REACH_OTHERS, check_subnet },

	/* Where nothing is said: any name; none of the next two. */
	[SERVICE_NAME] =
	    { "service", "name", WORDS, REACH_NOTHING, NULL },
	[SERVICE_SECRET] =
	    { "service", "secret", WORDS, REACH_SECRETS, NULL },
	[SERVICE_CONFIG] =
	    { "service", "config", WORDS, REACH_SECRETS, NULL },
	/* ... any. */
	[SERVICE_CONSTRAINT] =
	    { "service", "constraint", WORDS, REACH_NOTHING, NULL },
	[SERVICE_REPLICAS_MAX] =
	    { "service", "replicas-max", SIZE, REACH_NOTHING, NULL },

	/* Without a name, no plugin. */
	[PLUGIN_NAME] =
	    { "plugin", "name", WORDS, REACH_OTHERS, check_image },
	[PLUGIN_PRIVILEGE] =
	    { "plugin", "privilege", WORDS, REACH_ROOT, check_label },
	[PLUGIN_SETTING] =
	    { "plugin", "setting", WORDS, REACH_ROOT, NULL },

	/* Without these, no Swarm is made, joined or changed. */
	[SWARM_ADDRESS] =
	    { "swarm", "address", WORDS, REACH_OTHERS, NULL },
	[SWARM_REMOTE] =
	    { "swarm", "remote", WORDS, REACH_ROOT, NULL },
	[SWARM_NODE_ROLE] =
	    { "swarm", "node-role", WORDS, REACH_ROOT, NULL },
};
/* clang-format on */

enum section_key
section_find(const char *section, const char *name)
{
	int key;

	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		if (strcmp(section_rows[key].section, section) == 0 &&
		    strcmp(section_rows[key].name, name) == 0)
			return (enum section_key)key;
	return KEY_NONE;
}
