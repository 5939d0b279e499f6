/* SPDX-License-Identifier: MIT */
/* The symbolic links that an archive has made. They are kept sorted, each with
 * a slash at its end, and none lies below another one: therefore the only one
 * that a name can pass through is the last one that does not sort behind it,
 * and one search is enough however many components a name has. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/tar_parts.h"

enum {
	FIRST_LINKS = 16,
	FIRST_BYTES = 1024
};

void
tar_links_clear(struct tar_links *links)
{
	free(links->bytes);
	free(links->at);
	*links = (struct tar_links){ 0 };
}

static const char *
link_at(const struct tar_links *links, size_t i)
{
	return links->bytes + links->at[i];
}

/* How many sort before the name, which has its slash, or are the same. */
static size_t
count_before(const struct tar_links *links, struct span name)
{
	size_t first = 0, end = links->len, middle;
	const char *link;
	int order;

	while (first < end) {
		middle = first + (end - first) / 2;
		link = link_at(links, middle);
		order = strncmp(link, name.at, name.len);
		if (order < 0 || (order == 0 && link[name.len] == '\0'))
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

bool
tar_links_hold(const struct tar_links *links, struct span name)
{
	size_t before;

	assert(name.at[name.len] == '/');
	name.len++;
	before = count_before(links, name);
	return before > 0 &&
	       span_starts(name, span_of(link_at(links, before - 1)));
}

/* Memory for one more. */
static bool
grow(struct tar_links *links, size_t bytes)
{
	size_t size = links->size == 0 ? FIRST_LINKS : 2 * links->size;
	void *memory;

	if (links->len == links->size) {
		memory = realloc(links->at, size * sizeof(*links->at));
		if (memory == NULL)
			return false;
		links->at = memory;
		links->size = size;
	}
	size = links->bytes_size == 0 ? FIRST_BYTES : links->bytes_size;
	while (size < links->bytes_len + bytes)
		size *= 2;
	if (size > links->bytes_size) {
		if ((memory = realloc(links->bytes, size)) == NULL)
			return false;
		links->bytes = memory;
		links->bytes_size = size;
	}
	return true;
}

const char *
tar_links_add(struct tar_links *links, struct span name)
{
	size_t before;

	assert(name.at[name.len] == '/');
	name.len++;
	before = count_before(links, name);
	if (before < links->len &&
	    strncmp(link_at(links, before), name.at, name.len) == 0)
		return "a symbolic link in place of a directory with another";
	if (links->len == TAR_LINKS ||
	    links->bytes_len + name.len + 1 > TAR_LINKS_BYTES)
		return "too many symbolic links";
	if (!grow(links, name.len + 1))
		return "no memory";
	memmove(links->at + before + 1, links->at + before,
	    (links->len - before) * sizeof(*links->at));
	links->at[before] = (uint32_t)links->bytes_len;
	links->len++;
	memcpy(links->bytes + links->bytes_len, name.at, name.len);
	links->bytes_len += name.len;
	links->bytes[links->bytes_len++] = '\0';
	return NULL;
}
