/* SPDX-License-Identifier: MIT */
#ifndef POLICY_PROFILE_BUILD_H
#define POLICY_PROFILE_BUILD_H

#include "policy/inifile.h"
#include "policy/profile.h"

/* A profile while its files are read; for this folder only. */
struct builder {
	struct policy *policy;
	struct profile *profile;
	const struct name_lookup *lookup;
	struct complaints *complaints;
	const char *file; /* being read */
	uint16_t file_index;
	char *extends; /* what this file extends, or NULL */
	unsigned extends_line;
};

/* One key, and what reads its value. */
struct key {
	const char *section;
	const char *name;
	void (*read)(struct builder *b, const struct inifile_entry *entry);
};

/* Where this entry stands. */
struct origin
builder_origin(const struct builder *b, const struct inifile_entry *entry);

/* Whether a key that may be set once is to be set now. A farther file's does
 * not count once a nearer one has set it; a second one in the same file is
 * complained about. */
bool builder_sets(
    struct builder *b, const struct inifile_entry *entry, struct origin *at);

/* Complain about this entry: "KEY = VALUE: why". */
void builder_refuse(
    struct builder *b, const struct inifile_entry *entry, const char *why);

/* Memory, or the end of the program: nothing has started yet. */
void *must(void *memory);

/* [allow] and [deny]: policy/rules.c */
void rules_operation(struct builder *b, const struct inifile_entry *entry);
void rules_group(struct builder *b, const struct inifile_entry *entry);
void rules_request(struct builder *b, const struct inifile_entry *entry);
void
rules_root_equivalent(struct builder *b, const struct inifile_entry *entry);

/* [container] and the other sections of section.h: policy/section_read.c */
void section_read(
    struct builder *b, const struct inifile_entry *entry, enum section_key key);
void section_clear(struct section_setting *setting);

/* [socket]: policy/door_options.c */
void door_options_mode(struct builder *b, const struct inifile_entry *entry);
void door_options_user(struct builder *b, const struct inifile_entry *entry);
void door_options_group(struct builder *b, const struct inifile_entry *entry);
void door_options_peers(struct builder *b, const struct inifile_entry *entry);
void door_options_path(struct builder *b, const struct inifile_entry *entry);

#endif
