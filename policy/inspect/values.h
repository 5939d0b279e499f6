/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INSPECT_VALUES_H
#define POLICY_INSPECT_VALUES_H

#include "policy/inspect/parts.h"

/* What stands inside strings, and small help with members; for this folder
 * only. */

/* A decimal number, with no sign and no zeros before it. */
bool value_number(struct span text, uint64_t max, uint64_t *number);

/* Cut s at the first such byte; without one, all of it is in *before. */
bool
value_cut(struct span s, char at, struct span *before, struct span *behind);

/* Judge an option by its name and value: "NAME=VALUE" must match one of the
 * key's globs. Refuses by itself. */
bool value_pair_is_allowed(struct inspection *in, enum section_key key,
    struct span name, struct span value);

/* IPv4 and IPv6 in one space: 127.0.0.1 is ::ffff:127.0.0.1, as in Go. */
struct address {
	unsigned char bytes[16];
	bool is_v4;
};

/* "127.0.0.1" or "::1", without a zone. */
bool value_address(struct span text, struct address *address);

struct subnet {
	struct address address;
	unsigned bits; /* of the 128 */
};

/* "172.31.0.0/16" or "fd00::/64". What stands behind the bits is nothing. */
bool value_subnet(struct span text, struct subnet *subnet);

/* An address is a subnet of one. */
struct subnet value_only(const struct address *address);

bool value_holds(const struct subnet *outer, const struct subnet *inner);

/* Hexadecimal digits, in small letters, and at least one. */
bool value_is_hex(struct span text);

/* The whole ID of a container, a command or a network. */
bool value_is_id(struct span text);

/* Whether it has a component "..": a star in a rule stands for anything, but
 * not for the way up. */
bool value_goes_up(struct span path);

/* Whether a path may lead to /proc, where a runtime's own descriptors lead out
 * of the container: CVE-2024-21626. */
bool value_is_in_proc(struct span path);

/* Make an object's member the one that a refusal is about. */
void value_go(struct inspection *in, struct json *object, const char *name);

#endif
