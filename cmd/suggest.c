/* SPDX-License-Identifier: MIT */
/* postern suggest: the smallest profile that allows what the log says was seen,
 * or the difference that makes of the profile that there is. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "policy/merge.h"
#include "policy/suggestion.h"

/* The system's service, and the user's own: whoever asks sees what that user
 * may see. */
static const char journal[] = "journalctl -o cat --no-pager -q "
			      "-u postern.service "
			      "--user-unit postern.service";

/* Where the log comes from. */
struct source {
	FILE *file;
	const char *name;
	bool is_journal;
};

static bool
source_open(struct source *source, const char *path)
{
	source->is_journal = path == NULL;
	source->name = path == NULL ? "the journal" : path;
	if (path == NULL) {
		source->file = popen(journal, "re");
	} else if (strcmp(path, "-") == 0) {
		source->name = "standard input";
		source->file = stdin;
	} else {
		source->file = fopen(path, "re");
	}
	if (source->file == NULL)
		fprintf(
		    stderr, "postern: %s: %s\n", source->name, strerror(errno));
	return source->file != NULL;
}

/* False: not all of it was read. */
static bool
source_close(struct source *source)
{
	bool ok = ferror(source->file) == 0;
	int status = 0;

	if (!ok)
		fprintf(
		    stderr, "postern: %s: %s\n", source->name, strerror(errno));
	if (source->is_journal)
		status = pclose(source->file);
	else if (source->file != stdin)
		fclose(source->file);
	if (status == 0)
		return ok;
	fprintf(stderr,
	    WIFEXITED(status) && WEXITSTATUS(status) == 127
		? "postern: there is no journalctl here: name the log's file, "
		  "or - for standard input\n"
		: "postern: journalctl could not read the journal: name the "
		  "log's file, or - for standard input\n");
	return false;
}

static bool
read_log(struct suggestion *suggestion, const char *path)
{
	unsigned long number = 0, broken = 0, first = 0;
	struct source source;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	bool ok;

	if (!source_open(&source, path))
		return false;
	while ((len = getline(&line, &size, source.file)) != -1) {
		if (len > 0 && line[len - 1] == '\n')
			len--;
		number++;
		if (suggestion_read(
			suggestion, (struct span){ line, (size_t)len }))
			continue;
		if (broken++ == 0)
			first = number;
	}
	free(line);
	ok = source_close(&source);
	if (broken > 0)
		fprintf(stderr,
		    "postern: %s: %lu line%s could not be read; the first is "
		    "line %lu\n",
		    source.name, broken, broken == 1 ? "" : "s", first);
	if (ok && suggestion_seen(suggestion) == 0) {
		fprintf(stderr,
		    "postern: %s says of no request that it came through the "
		    "door of %s; is the log's level info?\n",
		    source.name, suggestion_profile(suggestion));
		ok = false;
	}
	return ok;
}

/* The name for patch(1), which takes no absolute ones but in "/". */
static const char *
label_of(const char *file)
{
	char *here = getcwd(NULL, 0);
	size_t len = here == NULL ? 0 : strlen(here);
	const char *label = file;

	if (len > 1 && strncmp(file, here, len) == 0 && file[len] == '/')
		label = file + len + 1;
	while (strncmp(label, "./", 2) == 0)
		label += 2;
	free(here);
	return label;
}

static void
print_buf(struct buf *buf, FILE *stream)
{
	if (buf->len > 0)
		fwrite(buf_bytes(buf), 1, buf->len, stream);
}

static void
print_complaints(const struct complaints *complaints)
{
	struct buf text = { 0 };

	if (complaints_write(complaints, &text))
		print_buf(&text, stderr);
	buf_clear(&text);
}

/* Whether the profiles can be loaded with the one text in the other's place. */
static bool
is_good(const struct settings *settings, struct profile_source *source,
    struct span text)
{
	const struct name_lookup lookup =
	    files_known_names((struct files *)&settings->files);
	struct complaints complaints = { 0 };
	const struct span before = source->text;
	struct policy *policy;

	source->text = text;
	policy = policy_load(
	    settings->files.sources, settings->files.len, &lookup, &complaints);
	source->text = before;
	if (policy == NULL) {
		fputs("postern: what was seen cannot stand with what the file "
		      "says:\n",
		    stderr);
		print_complaints(&complaints);
	}
	complaints_clear(&complaints);
	policy_free(policy);
	return policy != NULL;
}

static int
print_merged(const struct settings *settings,
    const struct suggestion *suggestion, struct profile_source *source)
{
	const struct profile *profile =
	    policy_profile(settings->policy, source->name);
	struct merge merge = { 0 };
	int status = 0;

	merge_suggestion(
	    &merge, suggestion, profile, source->text, label_of(source->file));
	print_buf(&merge.remarks, stderr);
	if (profile->observes)
		fprintf(stderr,
		    "%s still observes: once mode = enforce, it denies\n",
		    profile->name);
	if (is_good(settings, source, buf_span(&merge.text)))
		print_buf(&merge.diff, stdout);
	else
		status = 1;
	merge_clear(&merge);
	return status;
}

static int
merge(const struct options *options, const struct suggestion *suggestion)
{
	const char *name = suggestion_profile(suggestion);
	struct settings settings;
	size_t i;
	int status;

	if ((status = settings_load(options, NULL, &settings)) != 0)
		return status;
	for (i = 0; i < settings.files.len; i++)
		if (strcmp(settings.files.sources[i].name, name) == 0)
			break;
	if (i == settings.files.len) {
		fprintf(stderr, "postern: no such profile: %s\n", name);
		status = 1;
	} else {
		status = print_merged(
		    &settings, suggestion, &settings.files.sources[i]);
	}
	settings_clear(&settings);
	return status;
}

static void
print(const struct suggestion *suggestion)
{
	struct buf out = { 0 };

	suggestion_write(suggestion, &out);
	print_buf(&out, stdout);
	buf_clear(&out);
}

int
command_suggest(const struct options *options, char **arguments)
{
	struct suggestion *suggestion;
	int status = 0;

	if (arguments[0] == NULL ||
	    (arguments[1] != NULL && arguments[2] != NULL))
		return command_usage("suggest takes PROFILE and perhaps FILE");
	if (!profile_name_is_good(span_of(arguments[0])))
		return command_usage(
		    "no profile can be called %s", arguments[0]);
	suggestion = suggestion_new(arguments[0]);
	if (!read_log(suggestion, arguments[1]))
		status = 1;
	else if (options->merge)
		status = merge(options, suggestion);
	else
		print(suggestion);
	suggestion_free(suggestion);
	return status;
}
