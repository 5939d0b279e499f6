/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

Test(door_options, are_open_to_all_and_nobodys_in_particular)
{
	struct policy *policy = policies_web("");
	const struct door_options *door = &policy->profiles[0].door;

	cr_expect(eq(int, door->mode, 0666));
	cr_expect(door->user == (uid_t)-1);
	cr_expect(door->group == (gid_t)-1);
	cr_expect(door->path == NULL);
	cr_expect(eq(sz, door->peers_len, 0));
	policy_free(policy);
}

Test(door_options, take_each_key)
{
	static const struct {
		const char *name;
		const char *text;
		mode_t mode;
		uid_t user;
		gid_t group;
		const char *path;
	} rows[] = {
		ROW("three digits", "mode = 660", 0660, -1, -1, "none"),
		ROW("four digits", "mode = 0600", 0600, -1, -1, "none"),
		ROW("no mode", "mode = 000", 0, -1, -1, "none"),
		ROW("a user by name", "user = alice", 0666, 1000, -1, "none"),
		ROW("a user by number", "user = 7", 0666, 7, -1, "none"),
		ROW("root", "user = 0", 0666, 0, -1, "none"),
		ROW("the last user", "user = 4294967294", 0666, 4294967294, -1,
		    "none"),
		ROW("a group by name", "group = staff", 0666, -1, 50, "none"),
		ROW("a group by number", "group = 8", 0666, -1, 8, "none"),
		ROW("a path", "path = /srv/web.sock", 0666, -1, -1,
		    "/srv/web.sock"),
		ROW("a path below doors", "path = %p/docker.sock", 0666, -1, -1,
		    "web/docker.sock"),
		ROW("%p twice", "path = %p/a%p", 0666, -1, -1, "web/aweb"),
		ROW("%p alone", "path = %p", 0666, -1, -1, "web"),
		ROW("dots in a name", "path = a..b/.c", 0666, -1, -1,
		    "a..b/.c"),
	};
	const struct door_options *door;
	struct policy *policy;
	char text[128];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[socket]\n%s\n", rows[i].text);
		policy = policies_web(text);
		door = &policy->profiles[0].door;
		cr_expect(door->mode == rows[i].mode, "%s", rows[i].name);
		cr_expect(door->user == rows[i].user, "%s", rows[i].name);
		cr_expect(door->group == rows[i].group, "%s", rows[i].name);
		cases_same(rows[i].name,
		    span_of(door->path != NULL ? door->path : "none"),
		    span_of(rows[i].path));
		policy_free(policy);
	}
}

Test(door_options, add_peers_up)
{
	struct policy *policy = policies_web(
	    "[socket]\npeers = uid:1 gid:2\npeers = uid:alice\tgid:staff\n");
	const struct door_options *door = &policy->profiles[0].door;
	static const struct peer_rule wanted[] = {
		ROW(false, 1),
		ROW(true, 2),
		ROW(false, 1000),
		ROW(true, 50),
	};
	size_t i;

	cr_assert(eq(sz, door->peers_len, CASES(wanted)));
	for (i = 0; i < CASES(wanted); i++) {
		cr_expect(
		    door->peers[i].is_group == wanted[i].is_group, "%zu", i);
		cr_expect(eq(u32, door->peers[i].id, wanted[i].id), "%zu", i);
	}
	policy_free(policy);
}

Test(door_options, refuse_what_they_do_not_understand)
{
	static const struct {
		const char *text;
		const char *wanted;
	} rows[] = {
		ROW("mode = 8", "*octal*"),
		ROW("mode = 66", "*octal*"),
		ROW("mode = 00660", "*octal*"),
		ROW("mode = 0680", "*octal*"),
		ROW("mode = 0777", "*octal*"),
		ROW("mode = 4660", "*octal*"),
		ROW("mode = 1666", "*octal*"),
		ROW("mode = rw", "*octal*"),
		ROW("mode = -660", "*octal*"),
		ROW("mode = 0660 x", "*octal*"),
		ROW("mode = 0660\nmode = 0660",
		    "mode stands in line 2 already"),
		ROW("user = bob", "*no such user"),
		ROW("user = -1", "*no such user"),
		ROW("user = 4294967295", "*no such user"),
		ROW("user = 4294967296", "*no such user"),
		ROW("user = 4K", "*no such user"),
		ROW("user = alice bob", "*no such user"),
		ROW("user = 1\nuser = 1", "user stands in line 2 already"),
		ROW("group = alice", "*no such group"),
		ROW("group = 4294967295", "*no such group"),
		ROW("group = 1\ngroup = 1", "group stands in line 2 already"),
		ROW("peers = alice", "*alice: uid: or gid: and*"),
		ROW("peers = 1000", "*1000: uid: or gid: and*"),
		ROW("peers = uid:bob", "*uid:bob: *"),
		ROW("peers = uid:1K", "*uid:1K: *"),
		ROW("peers = uid:staff", "*uid:staff: *"),
		ROW("peers = gid:alice", "*gid:alice: *"),
		ROW("peers = uid:", "*uid:: *"),
		ROW("peers = UID:1", "*UID:1: *"),
		ROW("peers = pid:1", "*pid:1: *"),
		ROW("peers = uid:1,uid:2", "*uid:1,uid:2: *"),
		ROW("peers = uid:4294967295", "*uid:4294967295: *"),
		ROW("path = %n.sock", "*only %p*"),
		ROW("path = %", "*only %p*"),
		ROW("path = %%p", "*only %p*"),
		ROW("path = %p%", "*only %p*"),
		ROW("path = a/", "*name of a file*"),
		ROW("path = /", "*name of a file*"),
		ROW("path = a//b", "*name of a file*"),
		ROW("path = ../a", "*without . and ..*"),
		ROW("path = a/../b", "*without . and ..*"),
		ROW("path = ./a", "*without . and ..*"),
		ROW("path = a/..", "*without . and ..*"),
		ROW("path = .", "*without . and ..*"),
		ROW("path = a\npath = a", "path stands in line 2 already"),
	};
	char text[128], wanted[128];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(text, sizeof(text), "[socket]\n%s\n", rows[i].text);
		snprintf(wanted, sizeof(wanted), "web.ini:%d: %s\n",
		    strchr(rows[i].text, '\n') != NULL ? 3 : 2, rows[i].wanted);
		policies_refused_web(rows[i].text, text, wanted);
	}
}

Test(door_options, count_the_bytes_of_a_path_when_it_is_expanded)
{
	struct profile_source source = { NULL, "x.ini",
		SPAN("[socket]\npath = /%p%p\n") };
	char name[64];

	source.name = name;
	memset(name, 'a', sizeof(name));
	name[53] = '\0';
	policy_free(policies_load(&source, 1));
	name[53] = 'a';
	name[54] = '\0';
	policies_refused(
	    "109 bytes", &source, 1, "x.ini:2: *at most 107 bytes\n");
}
