/* SPDX-License-Identifier: MIT */
/* postern watch: decisions as they are made. For people, a line each; what a
 * client sent is in it, so nothing reaches the terminal but printable ASCII. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ask.h"
#include "cmd/commands.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"

enum {
	WATCH_SECONDS = 10, /* for the head of the answer */
	LINE_MAX_BYTES = 64 * 1024,
	TIME_AT = 11, /* in 2026-11-22T06:57:43.123456Z, and so long */
	TIME_LEN = 12,
	ID_LEN = 12 /* of a container's ID, as Docker shows it */
};

struct colours {
	const char *good, *bad, *odd, *faint, *off;
};

static const struct colours colourful = { "\033[32m", "\033[31m", "\033[33m",
	"\033[2m", "\033[0m" };
static const struct colours plain = { "", "", "", "", "" };

/* What is watched, and how it is shown. */
struct view {
	const char *directory;
	char target[512];
	const struct colours *colours;
	bool json;
};

static bool
wants_colours(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && (none == NULL || *none == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

/* Bytes as they may be shown: the others are escaped. */
static void
show(struct span bytes)
{
	char memory[6];
	struct text text;
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		if (bytes.at[i] == '"' || bytes.at[i] == '\\') {
			putchar(bytes.at[i]);
			continue;
		}
		text = TEXT(memory);
		text_json(&text, (struct span){ bytes.at + i, 1 });
		fwrite(text.at, 1, text.len, stdout);
	}
}

static struct span
text_of(const struct json *line, const char *name)
{
	return json_text(json_member(line, name));
}

/* " KEY=VALUE", where there is one. */
static void
show_text(const struct json *line, const char *name, size_t most)
{
	struct span value = text_of(line, name);

	if (value.len == 0)
		return;
	if (value.len > most)
		value.len = most;
	printf(" %s=", name);
	show(value);
}

static void
show_number(const struct json *line, const char *name)
{
	const struct json *value = json_member(line, name);

	if (json_kind(value) == JSON_IS_INTEGER)
		printf(" %s=%lld", name, (long long)json_int(value));
}

static void
show_word(const struct json *line, const char *name, const char *before)
{
	struct span value = text_of(line, name);

	if (value.len == 0)
		return;
	fputs(before, stdout);
	show(value);
}

/* The lines of a profile that would allow it. */
static void
show_hint(const struct json *line)
{
	struct span rest = text_of(line, "hint"), hint;
	const char *before = " -- to allow it: ";

	while (span_word(&rest, "\n", &hint)) {
		fputs(before, stdout);
		show(hint);
		before = ", ";
	}
}

static void
show_peer(const struct view *view, const struct json *line)
{
	fputs(view->colours->faint, stdout);
	show_number(line, "uid");
	show_number(line, "pid");
	show_text(line, "container", ID_LEN);
	fputs(view->colours->off, stdout);
}

static void
show_decision(const struct view *view, const struct json *line)
{
	const struct colours *c = view->colours;
	struct span verdict = text_of(line, "verdict");
	bool allowed = span_eq(verdict, SPAN("allow"));

	fputs(allowed			       ? c->good
	      : span_eq(verdict, SPAN("deny")) ? c->bad
					       : c->odd,
	    stdout);
	show(verdict);
	fputs(c->off, stdout);
	show_word(line, "operation", " ");
	show_word(line, "method", " ");
	show_word(line, "target", " ");
	if (!allowed)
		show_text(line, "field", SIZE_MAX);
	show_peer(view, line);
	if (text_of(line, "hint").len > 0)
		show_hint(line);
	else if (!allowed)
		show_word(line, "reason", " -- ");
}

static void
show_refusal(const struct view *view, const struct json *line)
{
	printf("%srefuse%s", view->colours->odd, view->colours->off);
	printf(" %lld", (long long)json_int(json_member(line, "status")));
	show_word(line, "operation", " ");
	show_word(line, "target", " ");
	show_peer(view, line);
	show_word(line, "why", " -- ");
}

static void
show_time(const struct view *view, const struct json *line)
{
	struct span time = text_of(line, "time");

	if (time.len < TIME_AT + TIME_LEN)
		return;
	fputs(view->colours->faint, stdout);
	show((struct span){ time.at + TIME_AT, TIME_LEN });
	printf("%s ", view->colours->off);
}

static void
show_line(const struct view *view, const struct json *line)
{
	struct span event = text_of(line, "event");

	if (span_eq(event, SPAN("lost"))) {
		printf("%s... %lld that came too fast are not shown%s\n",
		    view->colours->odd,
		    (long long)json_int(json_member(line, "count")),
		    view->colours->off);
		return;
	}
	show_time(view, line);
	show_word(line, "profile", "");
	putchar(' ');
	if (span_eq(event, SPAN("refused")))
		show_refusal(view, line);
	else
		show_decision(view, line);
	putchar('\n');
}

/* One line of the stream, without its line feed. */
static void
take_line(const struct view *view, struct span text)
{
	struct json *line;
	const char *why;

	if (view->json) {
		fwrite(text.at, 1, text.len, stdout);
		putchar('\n');
		return;
	}
	if ((line = json_read(text, &why)) == NULL)
		return;
	show_line(view, line);
	json_free(line);
}

/* Lines that are whole. */
static void
take_lines(const struct view *view, struct buf *bytes)
{
	struct span all = buf_span(bytes);
	const char *end;
	size_t len;

	while ((end = memchr(all.at, '\n', all.len)) != NULL) {
		len = (size_t)(end - all.at);
		take_line(view, (struct span){ all.at, len });
		buf_take(bytes, len + 1);
		all = buf_span(bytes);
	}
}

/* Show what comes until it ends. False: it cannot be shown. */
static bool
follow(const struct view *view, int fd, struct buf *bytes)
{
	ssize_t n;
	char *room;

	for (;;) {
		if (bytes->len > 0)
			take_lines(view, bytes);
		if (fflush(stdout) == EOF)
			return false;
		if (bytes->len > LINE_MAX_BYTES ||
		    (room = buf_room(bytes, LIMIT_LOG_LINE)) == NULL)
			return true;
		n = recv(fd, room, LIMIT_LOG_LINE, 0);
		if (n > 0)
			buf_grew(bytes, (size_t)n);
		else if (n == 0 || errno != EINTR)
			return true;
	}
}

/* From one postern to the next, which an upgrade makes of it. */
static int
watch(const struct view *view)
{
	struct buf bytes = { 0 };
	bool again = false;
	struct err err;
	int fd;

	for (;;) {
		fd = ask_stream(
		    view->directory, view->target, WATCH_SECONDS, &bytes, &err);
		if (fd == -1)
			break;
		if (again)
			fputs("postern: it was replaced, and is watched "
			      "again; something may be missing here\n",
			    stderr);
		if (!follow(view, fd, &bytes)) {
			close(fd);
			buf_clear(&bytes);
			perror("postern: write");
			return 1;
		}
		close(fd);
		buf_clear(&bytes);
		again = true;
		/* Whatever takes its place needs a moment. */
		nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	}
	fprintf(
	    stderr, "postern: %s%s\n", again ? "it has ended: " : "", err.text);
	buf_clear(&bytes);
	return 1;
}

int
command_watch(const struct options *options, char **arguments)
{
	struct view view = { .json = options->json };
	const char *profile = arguments[0];
	struct settings settings;
	int exit_status;

	if (profile != NULL && arguments[1] != NULL)
		return command_usage("watch takes one profile, or none");
	if (profile != NULL && !profile_name_is_good(span_of(profile)))
		return command_usage("%s is no profile's name", profile);
	exit_status = settings_load_config(options, &settings);
	if (exit_status != 0)
		return exit_status;
	view.directory = settings.config.directory;
	view.colours = wants_colours() ? &colourful : &plain;
	snprintf(view.target, sizeof(view.target), "/watch%s%s",
	    profile == NULL ? "" : "?profile=", profile == NULL ? "" : profile);
	exit_status = watch(&view);
	settings_clear(&settings);
	return exit_status;
}
