/* SPDX-License-Identifier: MIT */
#ifndef POLICY_INIFILE_H
#define POLICY_INIFILE_H

#include "core/span.h"
#include "policy/complaint.h"

/* An INI file, read strictly: inih does the reading, behind a line reader
 * that refuses what inih is lenient about. Lines count from 1. */

/* One "key = value". Strings are good until the callback returns; the value
 * is without the white space around it and may be empty. */
struct inifile_entry {
	const char *section;
	const char *key;
	const char *value;
	unsigned line;
};

/* Read a whole file's text; call on_entry for every entry that is well
 * formed, in order, and on_section (which may be NULL) at each section's
 * line. The file's name is for complaints. */
void
inifile_read(struct span text, const char *file, struct complaints *complaints,
    void (*on_section)(void *arg, const char *section, unsigned line),
    void (*on_entry)(void *arg, const struct inifile_entry *entry), void *arg);

#endif
