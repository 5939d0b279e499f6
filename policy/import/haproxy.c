/* SPDX-License-Identifier: MIT */
/* The two proxies that are HAProxy with variables: Tecnativa's and
 * linuxserver.io's. Paths are matched by their beginning, whatever the case of
 * their letters; a variable is on if it begins with a number that is not 0. */

#include <stdlib.h>
#include <string.h>

#include "policy/import/parts.h"
#include "policy/import/put.h"

#define GETS (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD))

#define BEFORE "^(?i)(/v[\\d.]+)?"
#define OBJECT "/[a-zA-Z0-9_.-]+/"

struct setting {
	const char *name;
	const char *path; /* behind BEFORE */
	bool on;	  /* unless it is set */
};

/* What a container, or a pod, can be asked to do. */
static const struct setting tecnativa_actions[] = {
	{"ALLOW_RESTARTS", "/containers" OBJECT "((stop)|(restart)|(kill))",
	    false								    },
	{ "ALLOW_START",	 "/containers" OBJECT "start",		       false},
	{ "ALLOW_STOP",	"/containers" OBJECT "stop",			     false},
};

#define ANY "(/libpod)?/(containers|pods)" OBJECT
static const struct setting linuxserver_denials[] = {
	{"ALLOW_ARCHIVE",  ANY "archive", false},
	{ "ALLOW_CHANGES", ANY "change",	 false},
	{ "ALLOW_EXPORT",  ANY "export",	false},
	{ "ALLOW_LOGS",	ANY "logs",    false},
	{ "ALLOW_TOP",     ANY "top",	  false},
};

#define CONTAINER "/libpod/containers" OBJECT
#define POD	  "/libpod/pods" OBJECT
static const struct setting linuxserver_actions[] = {
	{"ALLOW_RESTARTS",		    ANY "((stop)|(restart)|(kill))",	     false},
	{ "ALLOW_START",		 ANY "start",			      false},
	{ "ALLOW_STOP",		ANY "stop",			    false},
	{ "ALLOW_PAUSE",		 ANY "pause",			      false},
	{ "ALLOW_UNPAUSE",		   ANY "unpause",			  false},
	{ "LIBPOD_ALLOW_RESTARTS",	   CONTAINER "((stop)|(restart)|(kill))",
	    false								     },
	{ "LIBPOD_ALLOW_START",	CONTAINER "start",			   false},
	{ "LIBPOD_ALLOW_STOP",	       CONTAINER "stop",			 false},
	{ "LIBPOD_ALLOW_PAUSE",	CONTAINER "pause",			   false},
	{ "LIBPOD_ALLOW_UNPAUSE",	  CONTAINER "unpause",		       false},
	{ "LIBPOD_ALLOW_POD_RESTARTS", POD "((stop)|(restart)|(kill))",	false},
	{ "LIBPOD_ALLOW_POD_START",    POD "start",				 false},
	{ "LIBPOD_ALLOW_POD_STOP",	   POD "stop",			       false},
	{ "LIBPOD_ALLOW_POD_PAUSE",    POD "pause",				 false},
	{ "LIBPOD_ALLOW_POD_UNPAUSE",  POD "unpause",			     false},
};

static const struct setting sections[] = {
	{"AUTH",	  "/auth",	   false},
	{ "BUILD",	   "/build",	     false},
	{ "COMMIT",	    "/commit",       false},
	{ "CONFIGS",	     "/configs",	 false},
	{ "CONTAINERS",	"/containers",   false},
	{ "DISTRIBUTION", "/distribution", false},
	{ "EVENTS",	    "/events",       true },
	{ "EXEC",	  "/exec",	   false},
	{ "GRPC",	  "/grpc",	   false},
	{ "IMAGES",	    "/images",       false},
	{ "INFO",	  "/info",	   false},
	{ "NETWORKS",     "/networks",	   false},
	{ "NODES",	   "/nodes",	     false},
	{ "PING",	  "/_ping",	    true },
	{ "PLUGINS",	     "/plugins",	 false},
	{ "SECRETS",	     "/secrets",	 false},
	{ "SERVICES",     "/services",	   false},
	{ "SESSION",	     "/session",	 false},
	{ "SWARM",	   "/swarm",	     false},
	{ "SYSTEM",	    "/system",       false},
	{ "TASKS",	   "/tasks",	     false},
	{ "VERSION",	     "/version",	 true },
	{ "VOLUMES",	     "/volumes",	 false},
};

static const struct setting libpod_sections[] = {
	{"LIBPOD_CONTAINERS", "/libpod/containers", false},
	{ "LIBPOD_EVENTS",	   "/libpod/events",     false},
	{ "LIBPOD_EXEC",	 "/libpod/exec",	 false},
	{ "LIBPOD_GENERATE",  "/libpod/generate",	 false},
	{ "LIBPOD_IMAGES",	   "/libpod/images",     false},
	{ "LIBPOD_INFO",	 "/libpod/info",	 false},
	{ "LIBPOD_MANIFESTS", "/libpod/manifests",  false},
	{ "LIBPOD_NETWORKS",  "/libpod/networks",	 false},
	{ "LIBPOD_PING",	 "/libpod/_ping",	  true },
	{ "LIBPOD_PLAY",	 "/libpod/play",	 false},
	{ "LIBPOD_PODS",	 "/libpod/pods",	 false},
	{ "LIBPOD_SECRETS",   "/libpod/secrets",    false},
	{ "LIBPOD_SYSTEM",	   "/libpod/system",     false},
	{ "LIBPOD_VERSION",   "/libpod/version",    true },
	{ "LIBPOD_VOLUMES",   "/libpod/volumes",    false},
};

#define LEN(array) (sizeof(array) / sizeof(*(array)))

/* Those that say nothing about requests. */
static const char *const others[] = { "DISABLE_IPV6", "LOG_LEVEL", "TZ", "PUID",
	"PGID", "UMASK", "PATH", "HOME", "HOSTNAME" };

/* A number at its beginning that is not 0. */
static bool
is_on(const char *value)
{
	if (*value == '-' || *value == '+')
		value++;
	for (; *value >= '0' && *value <= '9'; value++)
		if (*value != '0')
			return true;
	return false;
}

static bool
is_number(const char *value)
{
	size_t digits;

	if (*value == '-' || *value == '+')
		value++;
	digits = strspn(value, "0123456789");
	return digits > 0 && value[digits] == '\0';
}

static bool
setting_is_on(const struct import *import, const struct setting *setting)
{
	const struct variable *variable;

	variable = variables_find(&import->variables, setting->name);
	if (variable == NULL || variable->value == NULL)
		return setting->on;
	return is_on(variable->value);
}

static const struct setting post = { "POST", "", false };

static void
add(struct import *import, bool allow, const struct setting *settings,
    size_t len)
{
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		if (setting_is_on(import, &settings[i]) != allow)
			continue;
		put(&text, BEFORE "%s", settings[i].path);
		put_span(&text, (struct span){ "", 1 });
		import_rule(import, 0, allow, METHODS_ALL, buf_span(&text).at,
		    settings[i].name);
		buf_clear(&text);
	}
}

static bool
is_among(const char *name, const struct setting *settings, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(settings[i].name, name) == 0)
			return true;
	return false;
}

static bool
is_setting(enum import_kind kind, const char *name)
{
	if (is_among(name, &post, 1) || is_among(name, sections, LEN(sections)))
		return true;
	if (kind == IMPORT_TECNATIVA)
		return is_among(
		    name, tecnativa_actions, LEN(tecnativa_actions));
	return is_among(name, linuxserver_denials, LEN(linuxserver_denials)) ||
	       is_among(name, linuxserver_actions, LEN(linuxserver_actions)) ||
	       is_among(name, libpod_sections, LEN(libpod_sections));
}

static bool
is_upper(const char *name)
{
	return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] ==
	       '\0';
}

static void
check_variable(struct import *import, const struct variable *variable)
{
	const char *name = variable->name;
	size_t i;

	if (is_setting(import->input->kind, name)) {
		if (variable->value == NULL)
			import_warn(import, variable->line,
			    "%s: has no value here, so its default is taken",
			    name);
		else if (!is_number(variable->value))
			import_warn(import, variable->line,
			    "%s=%s is no number: to this proxy it is %s", name,
			    variable->value,
			    is_on(variable->value) ? "on" : "off");
		return;
	}
	if (import->input->file == NULL || !is_upper(name))
		return;
	if (strcmp(name, "SOCKET_PATH") == 0) {
		import_warn(import, variable->line,
		    "SOCKET_PATH is not taken over: set upstream in "
		    "postern.ini");
		return;
	}
	for (i = 0; i < LEN(others); i++)
		if (strcmp(name, others[i]) == 0)
			return;
	import_warn(import, variable->line,
	    "%s: this proxy knows no such variable: it had no effect", name);
}

/* The commonest mistake with it. */
static void
check_actions(struct import *import)
{
	size_t i;

	if (setting_is_on(import, &post))
		return;
	for (i = 0; i < LEN(tecnativa_actions); i++)
		if (setting_is_on(import, &tecnativa_actions[i]))
			import_warn(import, 0,
			    "%s had no effect without POST=1",
			    tecnativa_actions[i].name);
}

static void
add_post(struct import *import)
{
	if (!setting_is_on(import, &post))
		import_rule(import, 0, false, METHODS_ALL & ~GETS, "^", "POST");
}

int
haproxy_read(struct import *import, struct err *err)
{
	bool tecnativa = import->input->kind == IMPORT_TECNATIVA;
	size_t i;

	if (source_read(import,
		tecnativa ? "docker-socket-proxy" : "linuxserver/socket-proxy",
		err) == -1)
		return -1;
	for (i = 0; i < import->variables.len; i++)
		check_variable(import, &import->variables.list[i]);
	import->rules.reading = READS_DECODED;
	if (tecnativa) {
		check_actions(import);
		add_post(import);
		add(import, true, tecnativa_actions, LEN(tecnativa_actions));
		add(import, true, sections, LEN(sections));
		return 0;
	}
	add(import, false, linuxserver_denials, LEN(linuxserver_denials));
	add(import, true, linuxserver_actions, LEN(linuxserver_actions));
	add_post(import);
	add(import, true, sections, LEN(sections));
	add(import, true, libpod_sections, LEN(libpod_sections));
	return 0;
}
