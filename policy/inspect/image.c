/* SPDX-License-Identifier: MIT */
/* References to images: completing them as Docker does, and comparing them
 * with what a profile says. Domain, path, tag and digest are compared each
 * for itself, so that no '*' of a domain can reach into a path. What is
 * allowed is sent in full: then no daemon can take it for another image, be
 * it for an ID or for one of a registry that it tries first. */

#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/images.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

enum {
	NAME_MAX_LEN = 255, /* as in Docker: domain and path */
	TAG_MAX_LEN = 128,
	HEX_LEN = 64
};

/* A reference, or what a profile says of some. */
struct reference {
	bool any;	    /* "*" alone; of a profile's only */
	bool id;	    /* the digest is an image's ID */
	struct span domain; /* "docker.io" */
	struct text path;   /* "library/nginx" */
	struct span tag;    /* or empty */
	struct span digest; /* "sha256:..."; or empty */
	bool all_tags;
	char path_memory[NAME_MAX_LEN + sizeof("library/")];
};

static bool
is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* All bytes are small letters, digits, or one of the others. */
static bool
is_made_of(struct span s, const char *others)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_lower(s.at[i]) &&
		    (s.at[i] == '\0' || strchr(others, s.at[i]) == NULL))
			return false;
	return s.len > 0;
}

/* "example.com", "localhost:5000". */
static bool
is_domain(struct span s)
{
	struct span rest, label;
	const char *colon = memchr(s.at, ':', s.len);
	size_t i, labels = 0, dots = 0;

	rest = s;
	if (colon != NULL) {
		rest.len = (size_t)(colon - s.at);
		for (i = rest.len + 1; i < s.len; i++)
			if (s.at[i] < '0' || s.at[i] > '9')
				return false;
		if (rest.len + 1 == s.len)
			return false;
	}
	for (i = 0; i < rest.len; i++)
		dots += rest.at[i] == '.';
	for (; span_word(&rest, ".", &label); labels++)
		if (!is_made_of(label, "-") || label.at[0] == '-' ||
		    label.at[label.len - 1] == '-')
			return false;
	return labels == dots + 1;
}

/* Between letters and digits: one '.', one or two '_', or any number of
 * '-'. */
static bool
is_path_component(struct span s)
{
	size_t i, run;

	if (s.len == 0 || !is_lower(s.at[0]) || !is_lower(s.at[s.len - 1]))
		return false;
	for (i = 0; i < s.len; i += run) {
		for (run = 1; !is_lower(s.at[i]) && s.at[i + run] == s.at[i];)
			run++;
		if (is_lower(s.at[i]))
			continue;
		if (!is_lower(s.at[i + run]) ||
		    memchr("._-", s.at[i], 3) == NULL ||
		    (s.at[i] == '.' && run > 1) || (s.at[i] == '_' && run > 2))
			return false;
	}
	return true;
}

static bool
is_path(struct span s, bool glob)
{
	struct span component;
	const char *slash;

	for (;;) {
		slash = memchr(s.at, '/', s.len);
		component = s;
		if (slash != NULL)
			component.len = (size_t)(slash - s.at);
		if (glob ? !is_made_of(component, "._-*")
			 : !is_path_component(component))
			return false;
		if (slash == NULL)
			return true;
		s.len -= component.len + 1;
		s.at = slash + 1;
	}
}

static bool
is_tag(struct span s, bool glob)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.at[i];
		if (is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_' ||
		    (i > 0 && (c == '.' || c == '-')) || (glob && c == '*'))
			continue;
		return false;
	}
	return s.len > 0 && s.len <= TAG_MAX_LEN;
}

static bool
is_digest(struct span s, bool glob)
{
	const size_t prefix = SPAN("sha256:").len;

	if (glob)
		return is_made_of(s, ":*");
	return span_starts(s, SPAN("sha256:")) && s.len == prefix + HEX_LEN &&
	       value_is_hex((struct span){ s.at + prefix, HEX_LEN });
}

/* An ID in full, with or without "sha256:"; the digits. */
static bool
is_id(struct span s, struct span *digits)
{
	const size_t prefix = SPAN("sha256:").len;

	*digits = s;
	if (span_starts(s, SPAN("sha256:")))
		*digits = (struct span){ s.at + prefix, s.len - prefix };
	return digits->len == HEX_LEN && value_is_hex(*digits);
}

/* What is before the byte stays; what is behind it comes back. */
static struct span
cut(struct span *s, const char *at)
{
	struct span tail;

	tail = (struct span){ at + 1, s->len - (size_t)(at - s->at) - 1 };
	s->len = (size_t)(at - s->at);
	return tail;
}

/* The first component is a domain if it could be nothing else. */
static bool
split_domain(struct span *rest, struct span *domain, bool glob)
{
	const char *slash = memchr(rest->at, '/', rest->len);
	struct span first = *rest, tail;

	*domain = SPAN("docker.io");
	if (slash == NULL)
		return false;
	tail = cut(&first, slash);
	if (memchr(first.at, '.', first.len) == NULL &&
	    memchr(first.at, ':', first.len) == NULL &&
	    !span_eq(first, SPAN("localhost")) &&
	    !(glob && span_eq(first, SPAN("*"))))
		return false;
	if (!span_eq(first, SPAN("index.docker.io")))
		*domain = first;
	*rest = tail;
	return true;
}

/* Domain and path, which Docker Hub's own images leave out. */
static bool
read_name(struct reference *reference, struct span rest, bool glob)
{
	bool said = split_domain(&rest, &reference->domain, glob);

	if (rest.len == 0 || !is_path(rest, glob))
		return false;
	if (glob ? !is_made_of(reference->domain, ".:-*")
		 : !is_domain(reference->domain))
		return false;
	reference->path = TEXT(reference->path_memory);
	if (span_eq(reference->domain, SPAN("docker.io")) &&
	    memchr(rest.at, '/', rest.len) == NULL &&
	    !(glob && said && span_eq(rest, SPAN("*"))))
		text_add(&reference->path, SPAN("library/"));
	text_add(&reference->path, rest);
	return !reference->path.full &&
	       reference->domain.len + 1 + reference->path.len <= NAME_MAX_LEN;
}

/* Read a reference, or, as a glob, what a profile says. False: it is none. */
static bool
read_reference(struct reference *reference, struct span s, bool glob)
{
	const char *at, *slash;

	memset(reference, 0, sizeof(*reference));
	reference->domain = reference->tag = reference->digest = SPAN("");
	if (s.len == 0)
		return false;
	reference->any = glob && span_eq(s, SPAN("*"));
	reference->id = is_id(s, &reference->digest);
	if (reference->any || reference->id)
		return true;
	/* Could be the beginning of an ID. */
	if (span_starts(s, SPAN("sha256:")))
		return false;
	reference->digest = SPAN("");
	if ((at = memchr(s.at, '@', s.len)) != NULL) {
		reference->digest = cut(&s, at);
		if (!is_digest(reference->digest, glob))
			return false;
	}
	slash = memrchr(s.at, '/', s.len);
	at = memrchr(s.at, ':', s.len);
	if (at != NULL && (slash == NULL || at > slash)) {
		reference->tag = cut(&s, at);
		if (!is_tag(reference->tag, glob))
			return false;
	}
	return read_name(reference, s, glob);
}

static void
write_reference(const struct reference *reference, struct text *text)
{
	if (reference->id) {
		text_add(text, SPAN("sha256:"));
		text_add(text, reference->digest);
		return;
	}
	text_add(text, reference->domain);
	text_char(text, '/');
	text_add(text, text_span(&reference->path));
	if (reference->tag.len > 0 || reference->digest.len == 0) {
		text_char(text, ':');
		text_add(text,
		    reference->tag.len > 0 ? reference->tag : SPAN("latest"));
	}
	if (reference->digest.len > 0) {
		text_char(text, '@');
		text_add(text, reference->digest);
	}
}

bool
image_complete(struct span reference, struct text *text)
{
	struct reference read;

	if (!read_reference(&read, reference, false))
		return false;
	write_reference(&read, text);
	return !text->full;
}

/* Of a reference with a digest the daemons do not look at the tag, so that it
 * says nothing. */
static bool
tag_matches(struct span glob, const struct reference *reference)
{
	if (glob.len == 0 || span_eq(glob, SPAN("*")))
		return true;
	if (reference->digest.len > 0 || reference->all_tags)
		return false;
	return glob_matches(
	    glob, reference->tag.len > 0 ? reference->tag : SPAN("latest"));
}

static bool
rule_matches(struct span rule, const struct reference *reference)
{
	struct reference glob;

	if (!read_reference(&glob, rule, true))
		return false;
	if (glob.any)
		return true;
	if (glob.id || reference->id)
		return glob.id && reference->id &&
		       span_eq(glob.digest, reference->digest);
	if (!glob_matches(glob.domain, reference->domain) ||
	    !glob_matches(text_span(&glob.path), text_span(&reference->path)))
		return false;
	if (glob.digest.len > 0)
		return reference->digest.len > 0 &&
		       glob_matches(glob.digest, reference->digest);
	return tag_matches(glob.tag, reference);
}

static bool
key_matches(const struct inspection *in, enum section_key key,
    const struct reference *reference)
{
	const struct section_setting *setting = inspect_setting(in, key);
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (rule_matches(span_of(setting->rules[i].text), reference))
			return true;
	return false;
}

bool
image_matches(
    const struct inspection *in, enum section_key key, struct span reference)
{
	struct reference read;

	return read_reference(&read, reference, false) &&
	       key_matches(in, key, &read);
}

bool
image_refuse(struct inspection *in, enum section_key key, struct span reference,
    bool all_tags)
{
	char memory[NAME_MAX_LEN + TAG_MAX_LEN + 2 * HEX_LEN];
	struct text text = TEXT(memory);

	inspect_refuse(in, key, reference);
	if (!all_tags && image_complete(reference, &text))
		inspect_want(in, text_span(&text));
	return false;
}

/* nginx            any tag or digest of docker.io/library/nginx
 * nginx:1.*        these tags of it, and no digest
 * acme/web@sha256:0123...  this digest, whatever the tag
 * ghcr.io/acme/ *  all that is in there, and below (without the blank)
 * sha256:0123...   the image with this ID
 * *                any image
 * A '*' of a path stands for slashes too; one of a domain, a tag or a digest
 * stays in there. */
const char *
check_image(struct span word)
{
	struct reference read;

	return read_reference(&read, word, true)
		   ? NULL
		   : "an image is a name, in small letters, perhaps with a tag "
		     "or a digest, in which a '*' stands for any bytes";
}

/* Whether one of the names that the daemon says the image has is allowed. */
static bool
list_matches(
    const struct inspection *in, enum section_key key, const struct json *list)
{
	size_t i;

	for (i = 0; i < json_count(list); i++)
		if (image_matches(in, key, json_text(json_item(list, i))))
			return true;
	return false;
}

/* By the first of its names, if it has one, or else by its ID. */
static bool
refuse_id(struct inspection *in, struct span shown, const struct json *image,
    const struct reference *id)
{
	char memory[sizeof("sha256:") + HEX_LEN];
	struct text text = TEXT(memory);
	struct reference read;
	struct span name;

	name = json_text(json_item(json_member(image, "RepoTags"), 0));
	write_reference(id, &text);
	inspect_refuse(in, in->row->key, shown);
	inspect_want(
	    in, read_reference(&read, name, false) ? name : text_span(&text));
	return false;
}

/* An ID, or what may be the beginning of one: only the daemon knows what it is
 * called, and from then on it goes by its ID. */
static bool
judge_id(struct inspection *in, struct span id)
{
	const struct inspect_fact *fact;
	struct json *image;
	struct reference read;
	char memory[sizeof("sha256:") + HEX_LEN];
	struct text text = TEXT(memory);
	enum section_key key = in->row->key;
	bool ok;

	if ((fact = inspect_ask(in, "/images/%.*s/json", SPAN_ARG(id))) == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "image", id);
	if ((image = inspect_read_fact(in, fact)) == NULL)
		return false;
	if (!read_reference(
		&read, json_text(json_member(image, "Id")), false) ||
	    !read.id)
		ok = inspect_refuse_ever(in, "an image whose ID is not known");
	else if (!key_matches(in, key, &read) &&
		 !list_matches(in, key, json_member(image, "RepoTags")) &&
		 !list_matches(in, key, json_member(image, "RepoDigests")))
		ok = refuse_id(in, id, image, &read);
	else {
		write_reference(&read, &text);
		ok = inspect_replace(in, json_new_text(text_span(&text)));
	}
	json_free(image);
	return ok;
}

bool
rule_image(struct inspection *in, struct json *value)
{
	struct span string = json_text(value);
	struct reference read;
	char memory[NAME_MAX_LEN + TAG_MAX_LEN + 2 * HEX_LEN];
	struct text text = TEXT(memory);

	if (!inspect_is_set(in, in->row->key) ||
	    (string.len > 0 && inspect_matches(in, in->row->key, SPAN("*"))))
		return true;
	if (!read_reference(&read, string, false) && !value_is_hex(string))
		return inspect_malformed(in, "not the name of an image");
	if (read.id || value_is_hex(string))
		return judge_id(in, string);
	if (!key_matches(in, in->row->key, &read))
		return image_refuse(in, in->row->key, string, false);
	write_reference(&read, &text);
	return inspect_replace(in, json_new_text(text_span(&text)));
}

/* "NAME", "NAME:TAG" or "NAME@DIGEST". */
static bool
join(struct span name, struct span tag, struct text *text)
{
	text_add(text, name);
	if (tag.len > 0) {
		text_char(
		    text, memchr(tag.at, ':', tag.len) != NULL ? '@' : ':');
		text_add(text, tag);
	}
	return !text->full;
}

bool
image_judge(struct inspection *in, enum section_key key, struct span name,
    struct span tag, bool all_tags)
{
	char memory[NAME_MAX_LEN + TAG_MAX_LEN + 2 * HEX_LEN];
	struct text text = TEXT(memory);
	struct reference read;

	if (!read_reference(&read, name, false) || read.id)
		return inspect_malformed(in, "not the name of an image");
	/* Docker lets the one take the other's place, Podman joins both. */
	if (tag.len > 0 && (read.tag.len > 0 || read.digest.len > 0))
		return inspect_malformed(in, "a tag beside one in the name");
	if (!join(name, tag, &text) ||
	    !read_reference(&read, text_span(&text), false))
		return inspect_malformed(in, "not the tag of an image");
	read.all_tags = all_tags && read.tag.len == 0 && read.digest.len == 0;
	if (key_matches(in, key, &read))
		return true;
	if (key == IMAGE_PULL && !inspect_is_set(in, key) &&
	    span_eq(read.domain, SPAN("docker.io")))
		return true;
	return image_refuse(in, key, text_span(&text), read.all_tags);
}

bool
image_judge_repo(struct inspection *in, struct span repo)
{
	char memory[LIMIT_TARGET];
	struct text tag = TEXT(memory);

	if (repo.len == 0)
		return true;
	inspect_parameter(in, "tag", &tag);
	return image_judge(in, IMAGE_TAG, repo, text_span(&tag), false);
}
