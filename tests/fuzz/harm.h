/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_HARM_H
#define TESTS_FUZZ_HARM_H

#include "tests/fuzz/forbidden.h"

/* Values of a request that do harm, whatever the request is. */

/* Note what is wrong, if it is: the first of it counts. */
void harm_if(bool is, const char *what);

/* What was noted since it was asked last, or NULL. */
const char *harm_found(void);

/* Whether a text is one of several, which stand between blanks. "" always
 * is. */
bool harm_is_of(const char *text, const char *words);

/* Whether it is a name of a container, volume or network. */
bool harm_is_name(const char *text);

/* Whether a user is the one that is wanted; NULL: anybody. With group,
 * "nonroot" has one. */
bool harm_is_user(const char *wanted, bool group, const char *user);

/* Where something is mounted in a container. */
void harm_target(const char *target);

/* HostConfig.Binds[], Mounts[]. Set *writes if the host is written to. */
void harm_bind(const struct allowed *allowed, const char *bind, bool *writes);
void harm_mount(
    const struct allowed *allowed, const struct go_value *mount, bool *writes);

/* HostConfig.Tmpfs{}. */
void harm_tmpfs(const struct go_value *tmpfs);

/* The same for all else that several requests have. */
void harm_env(const struct go_value *env);
void harm_sysctls(const struct go_value *sysctls);
void harm_ulimits(const struct go_value *ulimits);
void
harm_capabilities(const struct allowed *allowed, const struct go_value *list);
void harm_network_name(const struct allowed *allowed, const char *name);
void harm_endpoint(const struct go_value *endpoint);
void harm_ports(const struct allowed *allowed, const struct go_value *bindings);
void harm_log(const char *type, const struct go_value *options);
void harm_label(const struct allowed *allowed, const struct go_value *labels);
void harm_image(const struct allowed *allowed, const char *image);

#endif
