/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_SHARED_H
#define POLICY_INSPECT_SHARED_H

#include "policy/inspect/parts.h"

/* What several inspectors judge alike; for this folder only. Rules ask the
 * key of their row, so that a table says which section is meant. */

/* image.c: references, as Docker completes them: "nginx" is
 * "docker.io/library/nginx:latest" (normalised, and so compared). */

/* Write the reference in full. False: it is none. An image's ID stays what it
 * is: "sha256:..." of 64 digits. */
bool image_complete(struct span reference, struct text *text);

/* Whether a reference matches one of the key's globs, both completed. */
bool image_matches(
    const struct inspection *in, enum section_key key, struct span reference);

/* Refuse it; the line would have the reference in full, of all tags only
 * where that is meant. */
bool image_refuse(struct inspection *in, enum section_key key,
    struct span reference, bool all_tags);

field_rule rule_image; /* must match, where the key says anything */

/* user.c */

field_rule rule_user; /* likewise; "nonroot" is a number but 0 */
bool user_is_allowed(
    const struct inspection *in, enum section_key key, struct span user);

/* The last word on a container's user: an empty one is the image's, which is
 * asked for and written into the object; where nothing is said, or a user is
 * written there, it stays. The image is the object's member of that name. */
bool user_finish(struct inspection *in, enum section_key key,
    struct json *object, const char *user_name, const char *image_name);

/* Whether it is a number but 0, and its group is, if it has one. */
bool user_is_nonroot(struct span user, bool *has_group);

/* names.c: whether something new may be called so. What stands before and
 * behind the name in the path of what is called so: "/containers/", "/json". */

bool name_is_free(struct inspection *in, const char *before, struct span name,
    const char *behind);

/* mounts.c: Mounts[] of containers and of services; HostConfig.Binds[]. */

extern const struct field mount_fields[];
field_rule rule_mount; /* on a whole object of them */
field_rule rule_bind;
field_rule rule_tmpfs;	     /* HostConfig.Tmpfs{} */
field_rule rule_volume_path; /* Config.Volumes{}: anonymous volumes */

/* Whether something of the host's is mounted to be written to: the object has
 * members Mounts and perhaps Binds. */
bool mounts_write_host(const struct json *object);

/* The last word on HostConfig: whoever may write to the host, not being root,
 * must not become root either. */
bool mounts_finish(struct inspection *in, struct json *host_config);

/* named_volume.c */

field_rule rule_volume_driver; /* a name: the key's, or "local" */
field_rule rule_pair;	       /* a map's NAME=VALUE must match the key */

/* Whether a volume, if there is one of that name, is kept by an allowed driver
 * without options that are not. Asked for; refused by itself. */
bool volume_is_plain(struct inspection *in, struct span name);

/* bind.c: lists of paths; a slash and a star behind one mean all below it. */

bool path_is_allowed(
    const struct inspection *in, enum section_key key, struct span path);

/* Whether CONTAINER_BIND has a path of the host's, and whether to write. */
bool
bind_is_allowed(const struct inspection *in, struct span path, bool *write);

/* Whether any line of CONTAINER_BIND lets containers write. */
bool bind_writes(const struct section_setting sections[]);

/* What a line of CONTAINER_BIND leads to, the profile being as it is. */
enum reach bind_reach(
    const struct section_setting sections[], const struct section_rule *rule);

/* ports.c */

/* A port of the host's, to be allowed by CONTAINER_PUBLISH. Address may be
 * empty (all), port 0 (any free one); protocol "tcp", "udp" or "sctp". */
bool port_is_allowed(const struct inspection *in, struct span address,
    unsigned port, struct span protocol);

extern const struct field port_binding_fields[];
field_rule rule_port_binding; /* PortBindings{}[] */
field_rule rule_publish_all;  /* PublishAllPorts */
field_rule rule_exposed_port; /* ExposedPorts{} */

/* privileges.c */

field_rule rule_capability;   /* CapAdd[], CapabilityAdd[] */
field_rule rule_security_opt; /* SecurityOpt[] */
field_rule rule_paths;	      /* MaskedPaths, ReadonlyPaths: RAW */
field_rule rule_namespace;    /* PidMode, IpcMode, UTSMode, UsernsMode,
			       * CgroupnsMode, Cgroup; by the row's name */
extern const struct field device_fields[];
field_rule rule_device; /* Devices[] */
extern const struct field device_request_fields[];
field_rule rule_device_request; /* DeviceRequests[] */
field_rule rule_directory;	/* WorkingDir */
field_rule rule_sysctl;		/* Sysctls{} */

/* networks.c: what a container is joined to. */

field_rule rule_network_mode; /* NetworkMode */
extern const struct field endpoint_fields[];
field_rule rule_endpoint; /* EndpointsConfig{}: by its name */

/* Whether a network may be joined: its name matches CONTAINER_NETWORK, or it
 * is "default", "bridge" or "none". What may also be an ID is asked for. */
bool network_is_allowed(struct inspection *in, struct span network);

/* resources.c: limits, with memory-max, cpus-max and pids-max. */

extern const struct field ulimit_fields[];
field_rule rule_ulimit;	      /* Ulimits[] */
field_rule rule_limit;	      /* Memory, NanoCpus, PidsLimit, ...; by the row's
			       * name: at most the key's, if that is said */
field_rule rule_restart_name; /* RestartPolicy.Name */

/* Set what is missing or unlimited to the most that is allowed. The object is
 * HostConfig, or the body of ContainerUpdate, where what is absent stays as
 * it was and is not set. */
bool resources_finish(struct inspection *in, struct json *object, bool update);

/* logs.c */

extern const struct field log_config_fields[]; /* Type, Config */
field_rule rule_log_config;		       /* LogConfig */

/* The same where Swarm has it, as TaskTemplate.LogDriver. */
extern const struct field log_driver_fields[]; /* Name, Options */
field_rule rule_log_driver;

/* labels.c: label = and label-required =, for the object that has a member
 * "Labels". */

bool labels_finish(struct inspection *in, struct json *object);

/* command.c: a whole command line against [exec] command =. */

bool command_is_allowed(const struct inspection *in, const struct json *argv);

/* The line that allows it, and as little else as there is room for. False: not
 * even its program fits. */
bool command_write(const struct json *argv, struct text *line);

#endif
