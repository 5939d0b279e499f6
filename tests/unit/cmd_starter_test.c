/* SPDX-License-Identifier: MIT */
/* What "postern init" writes, as it is built in. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/starter.h"
#include "core/limits.h"
#include "policy/config.h"
#include "policy/profile.h"
#include "tests/unit/cases.h"

static const char *
starter_text(const char *name)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < starters_len; i++)
		if (strcmp(starters[i].name, name) == 0)
			text = starters[i].text;
	cr_assert(text != NULL, "%s", name);
	return text;
}

/* The text with each ";" taken away that a blank does not follow. The caller
 * frees it. */
static char *
uncomment(const char *text)
{
	char *made = malloc(strlen(text) + 1), *to = made;
	bool begins = true;

	cr_assert(made != NULL);
	for (; *text != '\0'; text++) {
		if (!begins || *text != ';' || text[1] == ' ' ||
		    text[1] == '\n')
			*to++ = *text;
		begins = *text == '\n';
	}
	*to = '\0';
	return made;
}

static void
read_settings(const char *text, struct config *config)
{
	struct complaints complaints = { 0 };
	struct buf lines = { 0 };

	config_init(config);
	config_read(config, span_of(text), "postern.ini", &complaints);
	complaints_write(&complaints, &lines);
	cr_assert(
	    eq(sz, complaints.len, 0), "%.*s", SPAN_ARG(buf_span(&lines)));
	buf_clear(&lines);
	complaints_clear(&complaints);
}

Test(starters, are_the_settings_and_one_profile)
{
	cr_assert(eq(sz, starters_len, 2));
	cr_expect(eq(str, (char *)starters[0].name, "postern.ini"));
	cr_expect(eq(str, (char *)starters[1].name, "profiles.d/readonly.ini"));
}

Test(starters, settings_change_nothing_as_they_are)
{
	struct config config;
	size_t i;

	read_settings(starter_text("postern.ini"), &config);
	for (i = 0; i < SETTINGS; i++)
		cr_expect(not(config.is_set[i]), "setting %zu", i);
	config_clear(&config);
}

Test(starters, settings_show_each_key_and_its_default)
{
	char *text = uncomment(starter_text("postern.ini"));
	struct config config, defaults;
	size_t i;

	config_init(&defaults);
	read_settings(text, &config);
	free(text);
	for (i = 0; i < SETTINGS; i++)
		cr_expect(config.is_set[i], "setting %zu", i);
	cr_expect(eq(str, config.upstream, "/var/run/docker.sock"));
	cr_expect(eq(str, config.directory, "/run/postern"));
	cr_expect(eq(str, config.profiles, "/etc/postern/profiles.d"));
	cr_expect(eq(str, config.user, "postern"));
	cr_expect(eq(uint, config.drain, defaults.drain));
	cr_expect(config.log_format == defaults.log_format);
	cr_expect(config.log_level == defaults.log_level);
	cr_expect(eq(sz, config.head, defaults.head));
	config_clear(&config);
}
