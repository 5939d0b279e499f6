/* SPDX-License-Identifier: MIT */
/* A configuration as one piece of sealed memory.
 *
 * A line of magic, then numbers of eight bytes and strings, which are a number
 * and so many bytes; all in one order, nothing left out, nothing behind the
 * last. The reader believes no length, and has the policy made anew from the
 * same texts: what a profile means is decided in one place only. */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "core/buf.h"
#include "core/limits.h"

#define MAGIC SPAN("postern " POSTERN_VERSION " bundle\n")

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
};

/* A bundle while it is made. */
struct writer {
	struct buf bytes;
	bool failed; /* without memory */
};

static void
write_bytes(struct writer *w, const void *bytes, size_t len)
{
	if (!w->failed && len > 0 && !buf_add(&w->bytes, bytes, len))
		w->failed = true;
}

static void
write_number(struct writer *w, uint64_t number)
{
	write_bytes(w, &number, sizeof(number));
}

static void
write_string(struct writer *w, struct span string)
{
	write_number(w, string.len);
	write_bytes(w, string.at, string.len);
}

static void
write_settings(struct writer *w, const struct settings *settings)
{
	const struct config *config = &settings->config;
	const struct files *files = &settings->files;
	const struct span magic = MAGIC;
	size_t i;

	/* A configuration that was not refused has both. */
	assert(config->upstream != NULL && config->directory != NULL);
	write_bytes(w, magic.at, magic.len);
	write_string(w, span_of(config->upstream));
	write_string(w, span_of(config->directory));
	write_number(w, config->log_format);
	write_number(w, config->log_level);
	write_number(w, config->head);
	write_number(w, config->drain);
	write_number(w, files->len);
	for (i = 0; i < files->len; i++) {
		write_string(w, span_of(files->sources[i].name));
		write_string(w, span_of(files->sources[i].file));
		write_string(w, files->sources[i].text);
	}
	write_number(w, files->ids_len);
	for (i = 0; i < files->ids_len; i++) {
		write_number(w, files->ids[i].is_group);
		write_string(w, span_of(files->ids[i].name));
		write_number(w, files->ids[i].id);
	}
}

static int
write_all(int fd, struct span bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		if ((n = write(fd, bytes.at, bytes.len)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
	return 0;
}

int
bundle_make(const struct settings *settings, struct err *err)
{
	struct writer w = { 0 };
	int fd = -1, result = -1;

	write_settings(&w, settings);
	if (w.failed)
		err_set(err, 0, "out of memory");
	else if ((fd = memfd_create(
		      "postern-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
		err_set(err, errno, "make memory for the configuration");
	else if (write_all(fd, buf_span(&w.bytes)) == -1)
		err_set(err, errno, "write the configuration to memory");
	else if (fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		err_set(err, errno, "seal the configuration");
	else
		result = fd;
	if (result == -1 && fd != -1)
		close(fd);
	buf_clear(&w.bytes);
	return result;
}

/* What is left to be read; each of these is false at something that cannot
 * be. */
static bool
read_bytes(struct span *rest, size_t len, struct span *bytes)
{
	if (len > rest->len)
		return false;
	*bytes = (struct span){ rest->at, len };
	rest->at += len;
	rest->len -= len;
	return true;
}

static bool
read_number(struct span *rest, uint64_t min, uint64_t max, uint64_t *number)
{
	struct span bytes;

	if (!read_bytes(rest, sizeof(*number), &bytes))
		return false;
	memcpy(number, bytes.at, sizeof(*number));
	return *number >= min && *number <= max;
}

static bool
read_span(struct span *rest, struct span *bytes)
{
	uint64_t len;

	return read_number(rest, 0, SIZE_MAX, &len) &&
	       read_bytes(rest, (size_t)len, bytes);
}

/* One with no NUL in it, which is the caller's to free. */
static bool
read_string(struct span *rest, char **string)
{
	struct span bytes;

	return read_span(rest, &bytes) &&
	       memchr(bytes.at, '\0', bytes.len) == NULL &&
	       (*string = strndup(bytes.at, bytes.len)) != NULL;
}

static bool
read_config(struct span *rest, struct config *config)
{
	uint64_t format, level, head, drain;

	if (!read_string(rest, &config->upstream) ||
	    !read_string(rest, &config->directory) ||
	    config->upstream[0] != '/' || config->directory[0] != '/' ||
	    strlen(config->upstream) > LIMIT_SOCKET_PATH ||
	    !read_number(rest, LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON, &format) ||
	    !read_number(rest, LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG, &level) ||
	    !read_number(rest, LIMIT_HEAD_MIN, LIMIT_HEAD_MAX, &head) ||
	    !read_number(rest, 0, LIMIT_DRAIN_MAX, &drain))
		return false;
	config->log_format = (enum log_format)format;
	config->log_level = (enum log_level)level;
	config->head = (size_t)head;
	config->drain = (unsigned)drain;
	return true;
}

static bool
read_source(struct span *rest, struct files *files)
{
	char *name = NULL, *file = NULL, *text = NULL;
	struct span bytes;
	bool good;

	good = read_string(rest, &name) && read_string(rest, &file) &&
	       read_span(rest, &bytes) &&
	       (text = malloc(bytes.len + 1)) != NULL;
	if (good) {
		memcpy(text, bytes.at, bytes.len);
		files_add(files, name, file, text, bytes.len);
	}
	free(name);
	free(file);
	return good;
}

static bool
read_id(struct span *rest, struct files *files)
{
	uint64_t is_group, id;
	char *name = NULL;
	bool good;

	good = read_number(rest, 0, 1, &is_group) && read_string(rest, &name) &&
	       read_number(rest, 0, UINT32_MAX, &id);
	if (good)
		files_add_id(files, is_group == 1, name, (unsigned long)id);
	free(name);
	return good;
}

static bool
read_files(struct span *rest, struct files *files)
{
	uint64_t count;

	if (!read_number(rest, 0, LIMIT_INI_FILES, &count))
		return false;
	for (; count > 0; count--)
		if (!read_source(rest, files))
			return false;
	if (!read_number(rest, 0, SIZE_MAX, &count))
		return false;
	for (; count > 0; count--)
		if (!read_id(rest, files))
			return false;
	return true;
}

static int
read_policy(struct settings *settings, struct err *err)
{
	struct files *files = &settings->files;
	struct name_lookup lookup = files_known_names(files);
	struct complaints complaints = { 0 };
	const struct complaint *first;

	settings->policy =
	    policy_load(files->sources, files->len, &lookup, &complaints);
	if (settings->policy != NULL)
		return 0;
	first = &complaints.list[0];
	err_set(err, 0, "the bundle's %s:%u: %s", first->file, first->line,
	    first->text);
	complaints_clear(&complaints);
	return -1;
}

static int
read_settings(struct span rest, struct settings *settings, struct err *err)
{
	struct span magic;

	if (!read_bytes(&rest, MAGIC.len, &magic) || !span_eq(magic, MAGIC))
		return err_set(
		    err, 0, "the bundle is none, or another version's");
	if (!read_config(&rest, &settings->config) ||
	    !read_files(&rest, &settings->files) || rest.len > 0)
		return err_set(err, 0, "the bundle is damaged");
	return read_policy(settings, err);
}

int
bundle_read(int fd, struct settings *settings, struct err *err)
{
	struct stat status;
	int seals, result;
	void *memory;
	size_t len;

	*settings = (struct settings){ 0 };
	config_init(&settings->config);
	if ((seals = fcntl(fd, F_GET_SEALS)) == -1)
		return err_set(err, errno, "look at the bundle's seals");
	if ((seals & SEALS) != SEALS)
		return err_set(err, 0, "the bundle is not sealed");
	if (fstat(fd, &status) == -1)
		return err_set(err, errno, "look at the bundle");
	len = (size_t)status.st_size;
	memory = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return err_set(err, errno, "map the bundle");
	result = read_settings((struct span){ memory, len }, settings, err);
	munmap(memory, len);
	if (result == -1)
		settings_clear(settings);
	return result;
}
