/* SPDX-License-Identifier: MIT */
/* What is said and heard at the two ends of a session: see talk.h. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <unistd.h>

#include "core/text.h"
#include "policy/operation.h"
#include "tests/unit/talk.h"

void
talk_start(struct talk *t, const char *profile)
{
	rig_start(&t->rig, profile);
	t->client = rig_client(&t->rig, 0);
	t->daemon = -1;
}

void
talk_stop(struct talk *t)
{
	if (t->client != -1)
		close(t->client);
	if (t->daemon != -1)
		close(t->daemon);
	rig_stop(&t->rig);
}

int
talk_daemon(struct talk *t)
{
	if (t->daemon != -1)
		close(t->daemon);
	t->daemon = rig_daemon(&t->rig);
	cr_assert(ne(int, t->daemon, -1), "the daemon was not asked");
	return t->daemon;
}

void
talk_asked(struct talk *t, const char *profile, const char *request)
{
	talk_start(t, profile);
	talk_say(t, t->client, request);
	talk_heard(t, talk_daemon(t), "*");
}

void
talk_say(struct talk *t, int fd, const char *string)
{
	rig_say(&t->rig, fd, span_of(string));
}

static void
hear(struct talk *t, int fd, const char *wanted, bool last)
{
	char memory[8192];
	struct text text = TEXT(memory);
	struct span heard;
	bool ended;

	rig_turn(&t->rig);
	heard = rig_hear(fd, &ended);
	if (heard.len > 1000)
		heard.len = 1000;
	text_json(&text, heard);
	cr_expect(glob_matches(span_of(wanted), heard),
	    "wanted:\n%s\ngot:\n%.*s", wanted, SPAN_ARG(text_span(&text)));
	if (last)
		cr_expect(ended, "open behind: %s", wanted);
	else
		cr_expect(not(ended), "ended behind: %s", wanted);
}

void
talk_heard(struct talk *t, int fd, const char *wanted)
{
	hear(t, fd, wanted, false);
}

void
talk_heard_last(struct talk *t, int fd, const char *wanted)
{
	hear(t, fd, wanted, true);
}

void
talk_quiet(struct talk *t)
{
	talk_heard(t, t->client, "");
	if (t->daemon != -1)
		talk_heard(t, t->daemon, "");
}

void
talk_empty(const struct session *s)
{
	cr_expect(s->client.held.memory == NULL);
	cr_expect(s->client.out.memory == NULL);
	cr_expect(s->daemon.held.memory == NULL);
	cr_expect(s->daemon.out.memory == NULL);
}
