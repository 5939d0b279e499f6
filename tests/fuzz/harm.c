/* SPDX-License-Identifier: MIT */
/* Values that do harm: see harm.h. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/harm.h"

static const char *found;

const char *
harm_found(void)
{
	const char *what = found;

	found = NULL;
	return what;
}

void
harm_if(bool is, const char *what)
{
	if (is && found == NULL)
		found = what;
}

/* Whether a text is one of several, which stand between blanks. "" always
 * is. */
bool
harm_is_of(const char *text, const char *words)
{
	size_t len = strlen(text);
	const char *at = words;

	if (len == 0)
		return true;
	if (strchr(text, ' ') != NULL)
		return false;
	while ((at = strstr(at, text)) != NULL) {
		if ((at == words || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
		at++;
	}
	return false;
}

bool
harm_is_name(const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.-";

	return *text != '\0' && strchr("_.-", *text) == NULL &&
	       strspn(text, good) == strlen(text);
}

/* A path as the daemons make it shorter, by its words alone. False: it is too
 * long, or relative. */
static bool
clean(const char *path, char out[1024])
{
	size_t len = 0, word;

	if (*path != '/' || strlen(path) > 1000)
		return false;
	while (*path != '\0') {
		while (*path == '/')
			path++;
		word = strcspn(path, "/");
		if (word == 2 && strncmp(path, "..", 2) == 0) {
			while (len > 0 && out[--len] != '/')
				continue;
		} else if (word > 0 && (word != 1 || *path != '.')) {
			out[len++] = '/';
			memcpy(out + len, path, word);
			len += word;
		}
		path += word;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return true;
}

/* Where it is mounted in the container. */
void
harm_target(const char *target)
{
	char path[1024];

	harm_if(!clean(target, path), "a target that is relative");
	if (found != NULL)
		return;
	harm_if(strcmp(path, "/") == 0 || strcmp(path, "/proc") == 0 ||
		    strncmp(path, "/proc/", 6) == 0,
	    "a target in /proc, or /");
	harm_if(strpbrk(target, ",:") != NULL, "',' or ':' in a target");
}

static void
check_volume_name(const struct allowed *allowed, const char *name)
{
	harm_if(!harm_is_name(name), "a volume that may be a path");
	harm_if(strcmp(name, "trap") == 0, "a volume that is a directory");
	harm_if(strcmp(name, "other") == 0, "a volume of a foreign driver");
	harm_if(allowed->volume != NULL && strncmp(name, allowed->volume,
					       strlen(allowed->volume)) != 0,
	    "a volume of another name");
}

static void
check_host_path(const struct allowed *allowed, const char *source, bool writes)
{
	size_t len = allowed->bind == NULL ? 0 : strlen(allowed->bind);
	char path[1024];

	harm_if(len == 0, "a path of the host's");
	harm_if(!clean(source, path), "a relative path of the host's");
	harm_if(strpbrk(source, ",:") != NULL, "',' or ':' in a path");
	if (found != NULL)
		return;
	harm_if(allowed->bind[len - 1] == '/'
		    ? strncmp(path, allowed->bind, len) != 0
		    : strcmp(path, allowed->bind) != 0,
	    "another path of the host's");
	harm_if(writes && !allowed->writes, "a path of the host's, writable");
}

/* SOURCE:TARGET:MODE, TARGET alone, or the first two. */
void
harm_bind(const struct allowed *allowed, const char *bind, bool *writes)
{
	static const char harmless[] = "rw ro private rprivate consistent "
				       "cached delegated nosuid nodev noexec";
	static const char of_volumes[] = "z Z copy nocopy";
	char text[2048], *mode = NULL, *target, *word, *rest;
	bool read_only = false;

	harm_if(snprintf(text, sizeof(text), "%s", bind) >= (int)sizeof(text),
	    "a bind that is too long");
	if (found != NULL)
		return;
	target = strchr(text, ':');
	if (target == NULL) {
		harm_target(text);
		return;
	}
	*target++ = '\0';
	if ((mode = strchr(target, ':')) != NULL)
		*mode++ = '\0';
	harm_target(target);
	rest = mode;
	while (rest != NULL && (word = strsep(&rest, ",")) != NULL) {
		harm_if(!harm_is_of(word, harmless) &&
			    (*text == '/' || !harm_is_of(word, of_volumes)),
		    "a mode of a bind");
		if (strcmp(word, "ro") == 0)
			read_only = true;
	}
	if (*text != '/') {
		check_volume_name(allowed, text);
		return;
	}
	check_host_path(allowed, text, !read_only);
	*writes = *writes || !read_only;
}

/* NAME, or NAME=VALUE. A tmpfs takes what other mounts do: "remount". */
static void
check_tmpfs_option(const char *option)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(option, "="), option);
	harm_if(!harm_is_of(name,
		    "exec noexec suid nosuid dev nodev rw ro sync async "
		    "dirsync atime noatime diratime nodiratime relatime "
		    "norelatime strictatime nostrictatime tmpcopyup "
		    "notmpcopyup size mode uid gid nr_inodes nr_blocks"),
	    "an option of a tmpfs");
}

void
harm_tmpfs(const struct go_value *tmpfs)
{
	const struct go_value *one;
	char text[1024], *rest, *option;

	for (one = go_first(tmpfs); one != NULL; one = one->next) {
		harm_target(one->name);
		snprintf(text, sizeof(text), "%s", go_text(one));
		rest = text;
		while ((option = strsep(&rest, ",")) != NULL)
			check_tmpfs_option(option);
	}
}

void
harm_mount(
    const struct allowed *allowed, const struct go_value *mount, bool *writes)
{
	const char *type = go_text(go_get(mount, "Type"));
	const char *source = go_text(go_get(mount, "Source"));
	const char *subpath = go_text(go_get(mount, "VolumeOptions.Subpath"));
	const bool read_only = go_truth(go_get(mount, "ReadOnly"));
	const struct go_value *option, *word;

	harm_target(go_text(go_get(mount, "Target")));
	harm_if(strpbrk(source, ",:") != NULL, "',' or ':' in a source");
	if (strcmp(type, "volume") == 0) {
		if (*source != '\0')
			check_volume_name(allowed, source);
	} else if (strcmp(type, "bind") == 0) {
		check_host_path(allowed, source, !read_only);
		*writes = *writes || !read_only;
	} else {
		harm_if(strcmp(type, "tmpfs") != 0, "a kind of mount");
		harm_if(*source != '\0', "a tmpfs from somewhere");
	}
	harm_if(!harm_is_of(go_text(go_get(mount, "BindOptions.Propagation")),
		    "private rprivate"),
	    "mounts that propagate");
	harm_if(go_truth(go_get(mount, "BindOptions.CreateMountpoint")),
	    "directories made on the host");
	harm_if(go_truth(go_get(mount, "BindOptions.ReadOnlyNonRecursive")),
	    "what is mounted below, writable");
	harm_if(
	    !go_is_empty(go_get(mount, "VolumeOptions.DriverConfig.Options")),
	    "a volume's options");
	harm_if(!harm_is_of(
		    go_text(go_get(mount, "VolumeOptions.DriverConfig.Name")),
		    "local"),
	    "a volume's driver");
	harm_if(*subpath == '/' || strstr(subpath, "..") == subpath ||
		    strstr(subpath, "/../") != NULL || strchr(subpath, ','),
	    "a way out of a volume");
	harm_if(!go_is_empty(go_get(mount, "ImageOptions")) ||
		    !go_is_empty(go_get(mount, "ClusterOptions")),
	    "a mount of an image, or a cluster's");
	harm_if(!harm_is_of(go_text(go_get(mount, "Consistency")),
		    "default consistent cached delegated"),
	    "a consistency, which Podman writes beside the rest");
	for (option = go_first(go_get(mount, "TmpfsOptions.Options"));
	     option != NULL; option = option->next) {
		check_tmpfs_option(go_text(go_first(option)));
		for (word = go_first(option); word != NULL; word = word->next)
			harm_if(strchr(go_text(word), ',') != NULL,
			    "several options of a tmpfs in one");
	}
}

/* A number in its only spelling, but 0. */
static bool
is_id(const char *text, size_t len)
{
	return len > 0 && *text != '0' && strspn(text, "0123456789") >= len &&
	       strtoll(text, NULL, 10) <= 2147483647;
}

bool
harm_is_user(const char *wanted, bool group, const char *user)
{
	size_t len = strcspn(user, ":");

	if (wanted == NULL)
		return true;
	if (strcmp(wanted, "nonroot") != 0)
		return strcmp(wanted, user) == 0;
	if (!is_id(user, len))
		return false;
	if (user[len] == '\0')
		return !group;
	return is_id(user + len + 1, strlen(user + len + 1));
}

void
harm_env(const struct go_value *env)
{
	const struct go_value *variable;

	for (variable = go_first(env); variable != NULL;
	     variable = variable->next)
		harm_if(strchr(go_text(variable), '=') == NULL,
		    "a variable of the daemon's own");
}

void
harm_sysctls(const struct go_value *sysctls)
{
	const struct go_value *sysctl;

	for (sysctl = go_first(sysctls); sysctl != NULL; sysctl = sysctl->next)
		harm_if(!harm_is_of(sysctl->name,
			    "net.core.somaxconn "
			    "net.ipv4.ip_unprivileged_port_start "
			    "net.ipv4.ping_group_range"),
		    "a sysctl");
}

/* Daemons take it in any case. */
void
harm_ulimits(const struct go_value *ulimits)
{
	const struct go_value *ulimit;
	const char *name;

	for (ulimit = go_first(ulimits); ulimit != NULL;
	     ulimit = ulimit->next) {
		name = go_text(go_get(ulimit, "Name"));
		harm_if(strcasecmp(name, "rtprio") == 0 ||
			    strcasecmp(name, "nice") == 0 ||
			    strcasecmp(name, "msgqueue") == 0 ||
			    strcasecmp(name, "sigpending") == 0,
		    "a ulimit");
	}
}

void
harm_capabilities(const struct allowed *allowed, const struct go_value *list)
{
	const struct go_value *capability;
	const char *name;

	harm_if(*go_text(list) != '\0', "a capability as a string");
	for (capability = go_first(list); capability != NULL;
	     capability = capability->next) {
		name = go_text(capability);
		if (strncasecmp(name, "CAP_", 4) == 0)
			name += 4;
		harm_if(allowed->capability == NULL ||
			    strcasecmp(name, allowed->capability) != 0,
		    "a capability");
	}
}

void
harm_network_name(const struct allowed *allowed, const char *name)
{
	harm_if(!harm_is_of(name, "default bridge none") &&
		    (allowed->network == NULL ||
			strcmp(name, allowed->network) != 0),
	    "a network");
}

void
harm_endpoint(const struct go_value *endpoint)
{
	const struct go_value *one;

	for (one = go_first(go_get(endpoint, "IPAMConfig.LinkLocalIPs"));
	     one != NULL; one = one->next)
		harm_if(*go_text(one) != '\0', "an address beside others");
	harm_if(
	    *go_text(go_get(endpoint, "IPAMConfig.IPv4Address")) != '\0' ||
		*go_text(go_get(endpoint, "IPAMConfig.IPv6Address")) != '\0' ||
		*go_text(go_get(endpoint, "MacAddress")) != '\0' ||
		*go_text(go_get(endpoint, "IPAddress")) != '\0' ||
		*go_text(go_get(endpoint, "GlobalIPv6Address")) != '\0',
	    "an address of one's choice");
	harm_if(!go_is_empty(go_get(endpoint, "Links")), "a link");
	harm_if(!go_is_empty(go_get(endpoint, "DriverOpts")),
	    "a network driver's options");
}

/* 127.0.0.1, which may be spelled as an IPv6 address. */
static bool
is_loopback(const char *text)
{
	static const unsigned char mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff, 127, 0, 0, 1 };
	struct in6_addr address;

	return strcmp(text, "127.0.0.1") == 0 ||
	       (inet_pton(AF_INET6, text, &address) == 1 &&
		   memcmp(&address, mapped, sizeof(mapped)) == 0);
}

/* Ports of the host's, by words that an old port parser takes: "80",
 * "8000-8010". */
void
harm_ports(const struct allowed *allowed, const struct go_value *bindings)
{
	const struct go_value *port, *binding;
	const char *text;
	char *end;
	long first, last;

	for (port = go_first(bindings); port != NULL; port = port->next) {
		/* With none, daemons to 29 take a free port on all addresses.
		 */
		harm_if(go_first(port) == NULL,
		    "a port that is published without a binding");
		for (binding = go_first(port); binding != NULL;
		     binding = binding->next) {
			harm_if(
			    allowed->first_port == 0, "a port of the host's");
			harm_if(
			    !is_loopback(go_text(go_get(binding, "HostIp"))),
			    "an address of the host's");
			text = go_text(go_get(binding, "HostPort"));
			first = last = strtol(text, &end, 10);
			if (*end == '-')
				last = strtol(end + 1, &end, 10);
			harm_if(*text == '\0' || *end != '\0' ||
				    first < allowed->first_port ||
				    last > allowed->last_port || first > last,
			    "another port of the host's");
			harm_if(
			    strchr(port->name, '/') != NULL &&
				strcmp(strchr(port->name, '/'), "/tcp") != 0,
			    "another protocol");
		}
	}
}

void
harm_log(const char *type, const struct go_value *options)
{
	const struct go_value *option;

	harm_if(!harm_is_of(type, "json-file local none"), "a log driver");
	for (option = go_first(options); option != NULL; option = option->next)
		harm_if(
		    !harm_is_of(option->name,
			"max-size max-file max-buffer-size mode compress") &&
			(!harm_is_of(type, "json-file local") ||
			    *type == '\0' ||
			    !harm_is_of(option->name,
				"tag labels labels-regex env env-regex")),
		    "a log driver's option");
}

void
harm_label(const struct allowed *allowed, const struct go_value *labels)
{
	if (allowed->label != NULL)
		harm_if(
		    strcmp(go_text(go_get(labels, allowed->label)), "web") != 0,
		    "no label, or another");
}

void
harm_image(const struct allowed *allowed, const char *image)
{
	static const char *const prefixes[] = { "docker.io/",
		"index.docker.io/", "library/" };
	size_t i, len;

	harm_if(*image == '\0', "no image");
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(image, prefixes[i], strlen(prefixes[i])) == 0)
			image += strlen(prefixes[i]);
	if (allowed->image == NULL)
		return;
	len = strlen(allowed->image);
	harm_if(strncmp(image, allowed->image, len) != 0 ||
		    (image[len] != '\0' && image[len] != ':' &&
			image[len] != '@') ||
		    strchr(image, '/') != NULL,
	    "another image");
}
