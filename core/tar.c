/* SPDX-License-Identifier: MIT */
/* The archive as a stream: headers are collected, judged and written anew,
 * contents pass through. Nothing is written of an entry before all that is
 * said about it was read and allowed. */

#include <stdlib.h>
#include <string.h>

#include "core/tar_parts.h"

struct tar {
	enum state {
		FAILED = 0,
		AT_HEADER,
		IN_EXTRA,  /* a PAX header's records, a GNU long name */
		IN_DATA,   /* a file's contents */
		IN_FILL,   /* between contents and the next block */
		AT_SECOND, /* behind the first of the two last blocks */
		AT_END
	} state;
	uint64_t limit;	  /* bytes that may still come */
	uint64_t left;	  /* IN_DATA: bytes to come */
	size_t fill;	  /* IN_FILL: bytes to come */
	uint32_t entries; /* that were written */
	char flag;	  /* IN_EXTRA: of its header */
	bool pax;	  /* extra is of a PAX header, otherwise GNU's */
	struct tar_extra extra;
	struct tar_links links;
	size_t len;	/* of what came of a block or of records */
	size_t want;	/* IN_EXTRA: how much that will be */
	size_t sent;	/* of pending */
	size_t pending; /* bytes of written to be sent */
	char block[TAR_BLOCK];
	char written[TAR_WRITTEN];
	char path[TAR_NAME + 1];   /* extra.path, if GNU's */
	char link[TAR_NAME + 1];   /* extra.link, if GNU's */
	char name[TAR_NAME + 2];   /* clean, of the entry */
	char target[TAR_NAME + 2]; /* clean, of a hard link */
	char why[256];
	char records[TAR_RECORDS];
};

/* One call of tar_pass(). */
struct pass {
	struct tar *tar;
	struct span *in;
	char *out;
	size_t room;
};

struct tar *
tar_new(uint64_t limit)
{
	struct tar *tar = calloc(1, sizeof(*tar));

	if (tar != NULL) {
		tar->state = AT_HEADER;
		tar->limit = limit;
	}
	return tar;
}

void
tar_free(struct tar *tar)
{
	if (tar == NULL)
		return;
	tar_links_clear(&tar->links);
	free(tar);
}

static bool
fail(struct tar *tar, struct span name, const char *why)
{
	enum {
		SHOWN = 100,
		QUOTED = 128 /* of that, what there is room for */
	};
	struct text text = { tar->why, 0, QUOTED, false };
	size_t i;

	for (i = 0; i < name.len && i < SHOWN && !text.full; i++)
		text_json(&text, (struct span){ name.at + i, 1 });
	text.size = sizeof(tar->why) - 1;
	if (i < name.len)
		text_add(&text, SPAN("..."));
	if (name.len > 0)
		text_add(&text, SPAN(": "));
	text_add(&text, span_of(why));
	tar->why[text.len] = '\0';
	tar->state = FAILED;
	return false;
}

static bool
fail_unnamed(struct tar *tar, const char *why)
{
	return fail(tar, (struct span){ "", 0 }, why);
}

/* Take up to so many bytes of the input. */
static struct span
take(struct pass *p, uint64_t most)
{
	struct span bytes = *p->in;

	if (bytes.len > most)
		bytes.len = (size_t)most;
	p->in->at += bytes.len;
	p->in->len -= bytes.len;
	p->tar->limit -= bytes.len;
	return bytes;
}

/* Collect bytes until there are so many. False while some are missing. */
static bool
collect(struct pass *p, char *to, size_t want)
{
	struct span bytes = take(p, want - p->tar->len);

	if (bytes.len > 0)
		memcpy(to + p->tar->len, bytes.at, bytes.len);
	p->tar->len += bytes.len;
	if (p->tar->len < want)
		return false;
	p->tar->len = 0;
	return true;
}

static bool
is_zero(struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.len; i++)
		if (bytes.at[i] != '\0')
			return false;
	return true;
}

static size_t
fill_of(uint64_t size)
{
	return (size_t)(-size % TAR_BLOCK);
}

/* Judging an entry. */

/* What kind of file the mode says it is, where it does: docker cp does. The
 * values are those of struct stat. */
static bool
mode_fits(uint32_t mode, enum tar_type type)
{
	enum {
		REGULAR = 0100000,
		DIRECTORY = 0040000,
		SYMBOLIC = 0120000
	};

	switch (mode & ~07777U) {
	case 0:
		return true;
	case REGULAR:
		return type == TAR_FILE || type == TAR_HARD_LINK;
	case DIRECTORY:
		return type == TAR_DIRECTORY;
	case SYMBOLIC:
		return type == TAR_SYMBOLIC_LINK;
	}
	return false;
}

static const char *
judge_mode(const struct tar_entry *entry, uint32_t mode)
{
	if (!mode_fits(mode, entry->type))
		return "a mode of another type of file";
	if ((mode & 04000) != 0)
		return entry->type == TAR_DIRECTORY ? "a setuid directory"
						    : "a setuid file";
	if ((mode & 02000) != 0)
		return entry->type == TAR_DIRECTORY ? "a setgid directory"
						    : "a setgid file";
	if ((mode & 01000) != 0 && entry->type != TAR_DIRECTORY)
		return "a sticky file";
	return NULL;
}

/* In v7 archives a slash makes a directory. */
static const char *
judge_flag(char flag, bool directory, enum tar_type *type)
{
	switch (flag) {
	case '\0':
		*type = directory ? TAR_DIRECTORY : TAR_FILE;
		return NULL;
	case TAR_DIRECTORY:
		*type = TAR_DIRECTORY;
		return NULL;
	case TAR_FILE:
	case TAR_HARD_LINK:
	case TAR_SYMBOLIC_LINK:
		*type = (enum tar_type)flag;
		return directory ? "a directory's name on something else"
				 : NULL;
	case '3':
	case '4':
		return "a device";
	case '6':
		return "a FIFO";
	case '7':
		return "a contiguous file";
	case 'S':
		return "a sparse file";
	}
	return "an unknown type of entry";
}

static const char *
judge_target(struct tar *tar, struct tar_entry *entry, struct span target)
{
	const char *why;
	bool directory;

	switch (entry->type) {
	case TAR_FILE:
	case TAR_DIRECTORY:
		return target.len > 0 ? "a target of no link" : NULL;
	case TAR_SYMBOLIC_LINK:
		entry->target = target;
		return tar_name_target(entry->name, target);
	case TAR_HARD_LINK:
		break;
	}
	if (target.len > 0 && *target.at == '/')
		return "a hard link to an absolute name";
	why = tar_name_clean(target, tar->target, &entry->target, &directory);
	if (why == NULL && directory)
		why = "a hard link to a directory";
	if (why == NULL && tar_links_hold(&tar->links, entry->target))
		why = "a hard link through a symbolic link of this archive";
	return why;
}

static const char *
judge_entry(struct tar *tar, const struct tar_header *header,
    struct tar_entry *entry, bool directory)
{
	const struct tar_extra *extra = &tar->extra;
	struct span target = header->link;
	const char *why;

	*entry = (struct tar_entry){
		.name = entry->name,
		.mode = header->mode & 01777,
		.uid = extra->has & TAR_HAS_UID ? extra->uid : header->uid,
		.gid = extra->has & TAR_HAS_GID ? extra->gid : header->gid,
		.size = extra->has & TAR_HAS_SIZE ? extra->size : header->size,
		.mtime =
		    extra->has & TAR_HAS_MTIME ? extra->mtime : header->mtime,
	};
	if (extra->has & TAR_HAS_LINK)
		target = extra->link;
	if ((why = judge_flag(header->flag, directory, &entry->type)) != NULL ||
	    (why = judge_mode(entry, header->mode)) != NULL ||
	    (why = judge_target(tar, entry, target)) != NULL)
		return why;
	if (entry->type != TAR_FILE && entry->size > 0)
		return "contents of no file";
	if (entry->size > tar->limit)
		return "larger than the archive may be";
	if (tar_links_hold(&tar->links, entry->name))
		return "a name through a symbolic link of this archive";
	if (entry->type == TAR_SYMBOLIC_LINK)
		return tar_links_add(&tar->links, entry->name);
	return NULL;
}

/* Reading it. */

static struct span
full_name(struct tar *tar, const struct tar_header *header, char *memory)
{
	struct text text = { memory, 0, TAR_BLOCK, false };

	if (tar->extra.has & TAR_HAS_PATH)
		return tar->extra.path;
	if (header->prefix.len == 0)
		return header->name;
	text_add(&text, header->prefix);
	text_char(&text, '/');
	text_add(&text, header->name);
	return text_span(&text);
}

static bool
read_entry(struct tar *tar, const struct tar_header *header)
{
	char memory[TAR_BLOCK];
	struct span raw = full_name(tar, header, memory);
	struct text text = { tar->written, 0, sizeof(tar->written), false };
	struct tar_entry entry = { 0 };
	const char *why;
	bool directory;

	why = tar_name_clean(raw, tar->name, &entry.name, &directory);
	if (why == NULL)
		why = judge_entry(tar, header, &entry, directory);
	if (why == NULL && tar->entries == TAR_ENTRIES)
		why = "too many entries";
	if (why != NULL)
		return fail(tar, raw, why);
	tar_write(&text, &entry, tar->entries == 0);
	tar->sent = 0;
	tar->pending = text.len;
	tar->entries++;
	tar->extra = (struct tar_extra){ 0 };
	tar->pax = false;
	tar->left = entry.size;
	tar->fill = fill_of(entry.size);
	tar->state = entry.size > 0 ? IN_DATA : AT_HEADER;
	return true;
}

/* A header that only says more about the next entry. */
static bool
begin_extra(struct tar *tar, const struct tar_header *header)
{
	const bool gnu = header->flag == 'L' || header->flag == 'K';
	const size_t most = gnu ? TAR_NAME + 2 : TAR_RECORDS;

	if (tar->pax || (!gnu && tar->extra.has != 0))
		return fail_unnamed(tar, "a second header for one entry");
	if (header->size > most)
		return fail_unnamed(
		    tar, gnu ? "a name that is too long"
			     : "a PAX header that is too large");
	tar->flag = header->flag;
	tar->want = (size_t)header->size;
	tar->fill = fill_of(header->size);
	tar->state = IN_EXTRA;
	return true;
}

/* A GNU long name, with its NUL or without. Kept apart: two can come. */
static const char *
read_long_name(struct tar *tar, struct span name)
{
	const bool link = tar->flag == 'K';
	const unsigned int has = link ? TAR_HAS_LINK : TAR_HAS_PATH;
	struct span kept = { link ? tar->link : tar->path, name.len };

	if ((tar->extra.has & has) != 0)
		return "a second header for one entry";
	if (name.len > 0 && name.at[name.len - 1] == '\0')
		kept.len--;
	if (kept.len == 0)
		return "an empty name";
	if (kept.len > TAR_NAME + 1)
		return "a name that is too long";
	memcpy(link ? tar->link : tar->path, name.at, kept.len);
	*(link ? &tar->extra.link : &tar->extra.path) = kept;
	tar->extra.has |= has;
	return NULL;
}

static bool
read_extra(struct tar *tar)
{
	const struct span bytes = { tar->records, tar->want };
	struct tar_extra global;
	struct span key = { "", 0 };
	const char *why;

	switch (tar->flag) {
	case 'g':
		why = tar_pax_read(&global, bytes, true);
		key = global.key;
		break;
	case 'x':
		why = tar_pax_read(&tar->extra, bytes, false);
		key = tar->extra.key;
		tar->pax = true;
		break;
	default:
		why = read_long_name(tar, bytes);
		break;
	}
	if (why != NULL)
		return fail(tar, key, why);
	tar->state = tar->fill > 0 ? IN_FILL : AT_HEADER;
	return true;
}

/* Each of these takes a step, and returns false if it can take none: more
 * input, or room, is needed, or it failed. */

static bool
pass_header(struct pass *p)
{
	struct tar *tar = p->tar;
	struct tar_header header;
	const char *why;

	if (!collect(p, tar->block, TAR_BLOCK))
		return false;
	if (is_zero((struct span){ tar->block, TAR_BLOCK })) {
		if (tar->pax || tar->extra.has != 0)
			return fail_unnamed(
			    tar, "a header for an entry that is missing");
		tar->state = AT_SECOND;
		return true;
	}
	if ((why = tar_header_read(&header, tar->block)) != NULL)
		return fail_unnamed(tar, why);
	switch (header.flag) {
	case 'x':
	case 'g':
	case 'L':
	case 'K':
		return begin_extra(tar, &header);
	}
	return read_entry(tar, &header);
}

static bool
pass_extra(struct pass *p)
{
	return collect(p, p->tar->records, p->tar->want) && read_extra(p->tar);
}

static bool
pass_data(struct pass *p)
{
	struct tar *tar = p->tar;
	struct span bytes;

	bytes = take(p, tar->left < p->room ? tar->left : p->room);
	if (bytes.len == 0)
		return false;
	memcpy(p->out, bytes.at, bytes.len);
	p->out += bytes.len;
	p->room -= bytes.len;
	tar->left -= bytes.len;
	if (tar->left == 0) {
		memset(tar->written, 0, tar->fill);
		tar->sent = 0;
		tar->pending = tar->fill;
		tar->state = tar->fill > 0 ? IN_FILL : AT_HEADER;
	}
	return true;
}

/* Nobody reads what stands there, and it is not passed on. */
static bool
pass_fill(struct pass *p)
{
	struct span bytes = take(p, p->tar->fill);

	p->tar->fill -= bytes.len;
	if (p->tar->fill > 0)
		return false;
	p->tar->state = AT_HEADER;
	return true;
}

static bool
pass_second(struct pass *p)
{
	struct tar *tar = p->tar;

	if (!collect(p, tar->block, TAR_BLOCK))
		return false;
	if (!is_zero((struct span){ tar->block, TAR_BLOCK }))
		return fail_unnamed(tar, "one block of zeros in the middle");
	memset(tar->written, 0, 2 * TAR_BLOCK);
	tar->sent = 0;
	tar->pending = 2 * TAR_BLOCK;
	tar->state = AT_END;
	return true;
}

static bool
pass_end(struct pass *p)
{
	if (!is_zero(take(p, p->in->len)))
		return fail_unnamed(p->tar, "bytes behind the end");
	return false;
}

/* Send what was written. */
static void
send_pending(struct pass *p)
{
	struct tar *tar = p->tar;
	size_t len = tar->pending < p->room ? tar->pending : p->room;

	if (len == 0)
		return;
	memcpy(p->out, tar->written + tar->sent, len);
	tar->sent += len;
	tar->pending -= len;
	p->out += len;
	p->room -= len;
}

static bool
step(struct pass *p)
{
	switch (p->tar->state) {
	case FAILED:
		return false;
	case AT_HEADER:
		return pass_header(p);
	case IN_EXTRA:
		return pass_extra(p);
	case IN_DATA:
		return pass_data(p);
	case IN_FILL:
		return pass_fill(p);
	case AT_SECOND:
		return pass_second(p);
	case AT_END:
		return pass_end(p);
	}
	return false;
}

enum tar_result
tar_pass(
    struct tar *tar, struct span *in, char *out, size_t room, size_t *written)
{
	struct span allowed = *in;
	struct pass p = { tar, &allowed, out, room };

	if (allowed.len > tar->limit)
		allowed.len = (size_t)tar->limit;
	do
		send_pending(&p);
	while (tar->pending == 0 && step(&p));
	*written = room - p.room;
	in->len -= (size_t)(allowed.at - in->at);
	in->at = allowed.at;
	if (tar->state != FAILED && in->len > 0 && tar->limit == 0 &&
	    tar->pending == 0)
		fail_unnamed(tar, "larger than it may be");
	if (tar->state == FAILED)
		return TAR_BAD;
	return tar->state == AT_END && tar->pending == 0 ? TAR_DONE : TAR_MORE;
}

const char *
tar_why(const struct tar *tar)
{
	return tar->why;
}
