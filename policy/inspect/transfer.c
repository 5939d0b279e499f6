/* SPDX-License-Identifier: MIT */
/* Images that come and go: from and to registries, out of archives, and the
 * names that they get; and the table of all that is judged of images. A name
 * that somebody trusts must not come to mean another image, so every way to
 * give one is judged by the same key. */

#include <string.h>

#include "policy/inspect/images.h"

/* A parameter, or nothing. */
static struct span
parameter(const struct inspection *in, const char *name, struct text *text)
{
	inspect_parameter(in, name, text);
	return text_span(text);
}

/* A name without a tag is pulled with all its tags. */
static bool
judge_from_image(struct inspection *in, struct span value)
{
	char source_memory[LIMIT_TARGET], tag_memory[LIMIT_TARGET];
	struct text source = TEXT(source_memory), tag = TEXT(tag_memory);

	if (value.len == 0)
		return true;
	if (parameter(in, "fromSrc", &source).len > 0)
		return inspect_malformed(in, "fromSrc beside it");
	return image_judge(
	    in, IMAGE_PULL, value, parameter(in, "tag", &tag), true);
}

static bool
judge_from_src(struct inspection *in, struct span value)
{
	if (value.len == 0)
		return true;
	if (!span_eq(value, SPAN("-")))
		return inspect_refuse_ever(
		    in, "the daemon would connect there; import from a file");
	return inspect_setting(in, IMAGE_IMPORT)->yes ||
	       inspect_refuse(in, IMAGE_IMPORT, SPAN("yes"));
}

/* clang-format off */
static const struct parameter_rule create_parameters[] = {
	{ "fromImage", judge_from_image, IMAGE_PULL },
	{ "fromSrc", judge_from_src, IMAGE_IMPORT },
	{ "repo", image_judge_repo, IMAGE_TAG },
	/* and changes, message, platform, tag */
	{ 0 }
};
/* clang-format on */

static bool
finish_create(struct inspection *in, struct json *body)
{
	char image_memory[LIMIT_TARGET], source_memory[LIMIT_TARGET];
	struct text image = TEXT(image_memory), source = TEXT(source_memory);

	(void)body;
	return parameter(in, "fromImage", &image).len > 0 ||
	       parameter(in, "fromSrc", &source).len > 0 ||
	       inspect_malformed(in, "neither fromImage nor fromSrc");
}

/* A name without a tag is pushed with all its tags. */
static bool
finish_push(struct inspection *in, struct json *body)
{
	char memory[LIMIT_TARGET];
	struct text tag = TEXT(memory);
	size_t before = inspect_down(in, "name");
	bool ok;

	(void)body;
	in->value = in->request->arguments[0];
	ok = image_judge(
	    in, IMAGE_PUSH, in->value, parameter(in, "tag", &tag), true);
	in->value = (struct span){ NULL, 0 };
	inspect_up(in, before);
	return ok;
}

/* clang-format off */
static const struct parameter_rule tag_parameters[] = {
	{ "repo", image_judge_repo, IMAGE_TAG },
	{ 0 }
};
/* clang-format on */

static bool
finish_tag(struct inspection *in, struct json *body)
{
	char memory[LIMIT_TARGET];
	struct text repo = TEXT(memory);

	(void)body;
	return parameter(in, "repo", &repo).len > 0 ||
	       inspect_malformed(in, "repo is missing");
}

/* An archive brings the names of its images along. */
static bool
finish_load(struct inspection *in, struct json *body)
{
	size_t before = inspect_down(in, "body");
	bool ok;

	(void)body;
	ok = inspect_setting(in, IMAGE_LOAD)->yes ||
	     inspect_refuse(in, IMAGE_LOAD, SPAN("yes"));
	inspect_up(in, before);
	return ok;
}

/* The host of a registry's address, which may be a URL: Docker connects there
 * and does not look at the rest. Docker Hub has several. */
static bool
registry_host(struct span address, struct span *host)
{
	static const char *const schemes[] = { "https://", "http://" };
	static const char *const hubs[] = { "", "index.docker.io",
		"registry-1.docker.io" };
	const char *slash;
	size_t i;

	*host = address;
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!span_starts(*host, span_of(schemes[i])))
			continue;
		host->at += strlen(schemes[i]);
		host->len -= strlen(schemes[i]);
		if (host->len == 0)
			return false;
		break;
	}
	if ((slash = memchr(host->at, '/', host->len)) != NULL)
		host->len = (size_t)(slash - host->at);
	if (slash != NULL && host->len == 0)
		return false;
	for (i = 0; i < host->len; i++)
		if (host->at[i] <= ' ' || host->at[i] >= 0x7f ||
		    strchr("@?#\\%[]", host->at[i]) != NULL)
			return false;
	for (i = 0; i < sizeof(hubs) / sizeof(hubs[0]); i++)
		if (span_eq(*host, span_of(hubs[i])))
			*host = SPAN("docker.io");
	return true;
}

static bool
judge_login(struct inspection *in, struct span address)
{
	struct span host;

	if (!registry_host(address, &host))
		return inspect_malformed(in, "not a registry's address");
	if (inspect_is_set(in, IMAGE_LOGIN)
		? inspect_matches(in, IMAGE_LOGIN, host)
		: span_eq(host, SPAN("docker.io")))
		return true;
	return inspect_refuse(in, IMAGE_LOGIN, host);
}

static bool
rule_login(struct inspection *in, struct json *value)
{
	return judge_login(in, json_text(value));
}

/* clang-format off */
static const struct field login_fields[] = {
	{ "auth", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "email", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "identitytoken", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "password", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "registrytoken", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "serveraddress", SHAPE_STRING, rule_login, IMAGE_LOGIN, NULL },
	{ "username", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* Without an address it is Docker Hub. */
static bool
finish_login(struct inspection *in, struct json *body)
{
	size_t before;
	bool ok;

	in->parent = NULL;
	if (body != NULL && json_member(body, "serveraddress") != NULL)
		return true;
	before = inspect_down(in, "serveraddress");
	ok = judge_login(in, SPAN(""));
	inspect_up(in, before);
	return ok;
}

/* clang-format off */
const struct inspector image_inspectors[] = {
	{ .operation = "ImageCreate",
	    .parameters = create_parameters,
	    .finish = finish_create },
	{ .operation = "ImagePush",
	    .finish = finish_push,
	    .keys = { IMAGE_PUSH } },
	{ .operation = "ImageTag",
	    .parameters = tag_parameters,
	    .finish = finish_tag },
	{ .operation = "ImageLoad",
	    .finish = finish_load,
	    .keys = { IMAGE_LOAD } },
	{ .operation = "ImageCommit",
	    .fields = commit_fields,
	    .parameters = commit_parameters },
	{ .operation = "ImageBuild",
	    .parameters = build_parameters,
	    .finish = build_finish },
	{ .operation = "SystemAuth",
	    .fields = login_fields,
	    .finish = finish_login },
	{ 0 }
};
/* clang-format on */
