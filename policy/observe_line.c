/* SPDX-License-Identifier: MIT */
/* Lines of a profile out of what was asked for: what a file can hold, and what
 * the key's reader takes. */

#include <string.h>

#include "core/limits.h"
#include "policy/observe.h"

/* A set of rules that is smaller than none: nothing said lets anything pass, or
 * what is usual. Not among them are those that some requests could not do with:
 * numbers, which none of them need; labels; a service's name, which may be left
 * out; and a directory of a command's, which need not be plain. */
static const struct {
	enum section_key key;
	const char *nothing; /* or NULL: there is no such value */
} pins[] = {
	{CONTAINER_IMAGE,	   NULL},
 /* No volume is called that. */
	{ CONTAINER_VOLUME,	    "-" },
 /* Nothing can be mounted there. */
	{ CONTAINER_TMPFS,	   "/" },
 /* No address, and no name with one. */
	{ CONTAINER_DNS,	 "-" },
	{ CONTAINER_EXTRA_HOST, "-" },
	{ CONTAINER_ULIMIT,	    NULL},
 /* Always allowed. */
	{ CONTAINER_RESTART,    "no"},
	{ IMAGE_PULL,	      NULL},
	{ IMAGE_LOGIN,	       NULL},
	{ BUILD_EXTRA_HOST,	    "-" },
	{ BUILD_ULIMIT,		NULL},
	{ VOLUME_NAME,	       "-" },
	{ NETWORK_NAME,		"-" },
};

enum {
	PINS = sizeof(pins) / sizeof(pins[0])
};

bool
observe_pins(enum section_key key)
{
	size_t i;

	for (i = 0; i < PINS; i++)
		if (pins[i].key == key)
			return true;
	return false;
}

const char *
observe_nothing(enum section_key key)
{
	size_t i;

	for (i = 0; i < PINS; i++)
		if (pins[i].key == key)
			return pins[i].nothing;
	return NULL;
}

/* Whether a '*' in the key's words stands for any bytes. */
static bool
has_globs(enum section_key key)
{
	switch (key) {
	case CONTAINER_USER:
	case CONTAINER_BIND:
	case CONTAINER_TMPFS:
	case CONTAINER_PUBLISH:
	case CONTAINER_CAPABILITY:
	case CONTAINER_NAMESPACE:
	case CONTAINER_ULIMIT:
	case CONTAINER_ARCHIVE:
	case EXEC_USER:
	case BUILD_ULIMIT:
	case NETWORK_SUBNET:
		return false;
	default:
		return section_rows[key].kind == SECTION_WORDS;
	}
}

/* What a word cannot hold: blanks end it, ';' may begin a comment, and a '*' is
 * no star, but where no client wrote it, as for random ports. */
static bool
is_odd(enum section_key key, char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || c == ';' ||
	       (c == '*' && key != CONTAINER_PUBLISH);
}

/* A word; where bytes are not what they were, or were too many, with a '*'. */
static bool
write_word(enum section_key key, struct span value, struct text *written)
{
	bool globs = has_globs(key), odd, star = false;
	size_t i;

	for (i = 0; i < value.len; i++) {
		odd = is_odd(key, value.at[i]) ||
		      written->len + 2 >= written->size;
		if (odd && !globs)
			return false;
		if (!odd)
			text_char(written, value.at[i]);
		else if (!star)
			text_char(written, '*');
		star = odd;
	}
	return written->len > 0;
}

/* A line of JSON, in which a blank and a ';' would begin a comment. */
static bool
write_json(struct span value, struct text *written)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		if (value.at[i] == ';')
			text_add(written, SPAN("\\u003b"));
		else if (value.at[i] == 0x7f)
			text_add(written, SPAN("\\u007f"));
		else
			text_char(written, value.at[i]);
	}
	return !written->full;
}

bool
observe_writes(enum section_key key, struct span value, struct text *written)
{
	const struct section_row *row = &section_rows[key];
	size_t taken = strlen(row->name) + SPAN(" = ").len;
	bool ok = false;

	written->len = 0;
	written->full = false;
	/* The whole line must fit. */
	if (written->size > LIMIT_INI_LINE - taken)
		written->size = LIMIT_INI_LINE - taken;
	switch (row->kind) {
	case SECTION_WORDS:
		ok = write_word(key, value, written);
		break;
	case SECTION_LINES:
		ok = write_json(value, written);
		break;
	case SECTION_FLAG:
	case SECTION_SIZE:
	case SECTION_CPUS:
		text_add(written, value);
		ok = !written->full;
		break;
	}
	return ok &&
	       (row->check == NULL || row->check(text_span(written)) == NULL);
}
