/* SPDX-License-Identifier: MIT */
/* From a request head to its meaning and back. What is written for the daemon
 * is made of the meaning alone: the method and path of an operation, its own
 * query parameters, a short list of fields, and a framing of ours. So no
 * trick of spelling gets any further than this file. */

#include <string.h>

#include "core/json.h"
#include "policy/filters.h"
#include "policy/request.h"

static bool
refuse(struct request_fault *fault, enum refusal refusal, const char *why)
{
	*fault = (struct request_fault){ refusal, why };
	return false;
}

/* The daemons read forms over the query, and route gRPC past the path. */
static const char *
check_content(const struct http_head *head)
{
	const struct span *type;
	size_t count;

	if (http_find(head, SPAN("Content-Encoding"), NULL) != NULL)
		return "a Content-Encoding";
	type = http_find(head, SPAN("Content-Type"), &count);
	if (count > 1)
		return "more than one Content-Type";
	if (type == NULL)
		return NULL;
	if (span_starts_nocase(
		*type, SPAN("application/x-www-form-urlencoded")) ||
	    span_starts_nocase(*type, SPAN("multipart/")))
		return "a form instead of a body";
	if (span_starts_nocase(*type, SPAN("application/grpc")))
		return "gRPC without an upgrade";
	return NULL;
}

static bool
read_connection(struct request *request, struct request_fault *fault)
{
	const struct http_head *head = request->head;
	const struct span *expect, *upgrade;
	size_t count;

	request->close = head->minor == 0 ||
			 http_lists(head, SPAN("Connection"), SPAN("close"));
	request->expect = false;
	expect = http_find(head, SPAN("Expect"), &count);
	if (count > 1 ||
	    (count == 1 && !span_eq_nocase(*expect, SPAN("100-continue"))))
		return refuse(
		    fault, REFUSAL_EXPECTATION, "an unknown expectation");
	/* RFC 9110 section 10.1.1: HTTP/1.0 clients do not wait. */
	if (count == 1 && head->minor == 1)
		request->expect = request->frame.kind != FRAME_NONE;

	/* Where nothing hijacks, or to another protocol, Upgrade is dropped:
	 * RFC 9110 section 7.8 leaves that to the server. */
	upgrade = http_find(head, SPAN("Upgrade"), &count);
	request->upgrade =
	    head->minor == 1 && count == 1 && request->operation != NULL &&
	    request->operation->upgrade != NULL &&
	    span_eq_nocase(*upgrade, span_of(request->operation->upgrade)) &&
	    http_lists(head, SPAN("Connection"), SPAN("upgrade"));
	return true;
}

/* A parameter in the operation's list. */
struct parameter {
	struct span name;
	bool repeats;
	bool refused;
	uint64_t bit; /* its own */
};

static bool
next_parameter(struct span *list, struct parameter *parameter)
{
	struct span word;

	if (!span_word(list, " ", &word))
		return false;
	parameter->bit <<= 1;
	parameter->refused = *word.at == '!';
	parameter->repeats = word.at[word.len - 1] == '*';
	parameter->name.at = word.at + parameter->refused;
	parameter->name.len =
	    word.len - parameter->refused - parameter->repeats;
	return true;
}

enum {
	PARAMETER_NAME_MAX = 64
};

/* Find a decoded name among an operation's parameters. A name that Podman,
 * which compares without case, would take for one is *folded. */
static bool
find_parameter(const struct operation *operation, struct span name,
    struct parameter *parameter, bool *folded)
{
	struct span list = span_of(operation->parameters);

	*folded = false;
	parameter->bit = 1;
	while (next_parameter(&list, parameter)) {
		if (span_eq(name, parameter->name))
			return true;
		/* Podman's own clients spell them as they like. */
		if (operation_is_libpod(operation) &&
		    span_eq_nocase(name, parameter->name))
			return true;
		if (span_eq_nocase(name, parameter->name))
			*folded = true;
	}
	return false;
}

static bool
check_filters(struct span value)
{
	char memory[LIMIT_TARGET];
	struct text decoded = TEXT(memory);

	target_decode(value, &decoded);
	return filters_are_good(text_span(&decoded));
}

/* Docker takes the first of two equal parameters and Podman the last, so
 * there must be one. */
static const char *
check_query(const struct request *request)
{
	struct span rest = request->target.query, name, value;
	char memory[PARAMETER_NAME_MAX];
	struct parameter parameter;
	struct text decoded;
	uint64_t seen = 0;
	bool folded;

	while (target_parameter(&rest, &name, &value)) {
		decoded = TEXT(memory);
		target_decode(name, &decoded);
		if (decoded.full)
			continue;
		if (!find_parameter(request->operation, text_span(&decoded),
			&parameter, &folded)) {
			if (folded)
				return "a query parameter in the wrong case";
			continue;
		}
		if (parameter.refused && value.len > 0)
			return "a query parameter that nobody may set";
		if (span_eq(parameter.name, SPAN("filters")) &&
		    !check_filters(value))
			return "filters that cannot be read";
		if ((seen & parameter.bit) != 0 && !parameter.repeats)
			return "a query parameter twice";
		seen |= parameter.bit;
	}
	return NULL;
}

/* Whether a field belongs to the operation. Those that it names in full must
 * be there once. */
static bool
is_operations_field(
    const struct operation *operation, struct span name, bool *once)
{
	struct span list = span_of(operation->fields), word;

	while (span_word(&list, " ", &word)) {
		*once = word.at[word.len - 1] != '*';
		if (*once && span_eq_nocase(name, word))
			return true;
		word.len--;
		if (!*once && span_starts_nocase(name, word))
			return true;
	}
	return false;
}

static bool
is_anybodys_field(struct span name)
{
	return span_eq_nocase(name, SPAN("Accept")) ||
	       span_eq_nocase(name, SPAN("Accept-Encoding")) ||
	       span_eq_nocase(name, SPAN("User-Agent"));
}

static const char *
check_fields(const struct request *request)
{
	const struct http_head *head = request->head;
	size_t i, count;
	bool once;

	for (i = 0; i < head->fields_len; i++) {
		if (!is_operations_field(
			request->operation, head->fields[i].name, &once) ||
		    !once)
			continue;
		http_find(head, head->fields[i].name, &count);
		if (count > 1)
			return "a field twice";
	}
	return NULL;
}

/* Podman's own API stands behind a version, but for its ping. */
static bool
has_place(const struct target *target)
{
	return target->api != TARGET_UNVERSIONED ||
	       !span_starts(target->path, SPAN("/libpod/")) ||
	       span_eq(target->path, SPAN("/libpod/_ping"));
}

bool
request_read(struct request *request, const struct http_head *head,
    struct request_fault *fault)
{
	const char *why;

	request->head = head;
	request->operation = NULL;
	request->id = SPAN("");
	if ((why = http_check_host(head)) != NULL)
		return refuse(fault, REFUSAL_MALFORMED, why);
	if (!frame_request(&request->frame, head))
		return refuse(fault, REFUSAL_MALFORMED, request->frame.why);
	if ((why = target_read(
		 &request->target, head->target, request->store)) != NULL ||
	    (why = check_content(head)) != NULL)
		return refuse(fault, REFUSAL_MALFORMED, why);
	request->method = method_of(head->method);
	if (has_place(&request->target))
		request->operation = operation_route(
		    request->method, request->target.path, request->arguments);
	if (!read_connection(request, fault))
		return false;
	if (request->operation == NULL)
		return true;
	if ((why = check_query(request)) != NULL ||
	    (why = check_fields(request)) != NULL)
		return refuse(fault, REFUSAL_MALFORMED, why);
	return true;
}

static bool
has_parameter(const struct request *request, const char *wanted)
{
	struct span rest = request->target.query, name, value;
	char memory[PARAMETER_NAME_MAX];
	struct text decoded;

	while (target_parameter(&rest, &name, &value)) {
		decoded = TEXT(memory);
		target_decode(name, &decoded);
		if (!decoded.full &&
		    span_eq(text_span(&decoded), span_of(wanted)))
			return true;
	}
	return false;
}

/* Clients send an empty object, and some an object of what the query says
 * already: the daemons read only that, so nothing is lost without it. */
static bool
says_nothing(const struct request *request, struct span body)
{
	struct json_cursor member = { 0 };
	struct json *document;
	const char *why;
	struct span rest = body, word;
	bool nothing;

	if (!span_word(&rest, " \t\r\n", &word))
		return true;
	if ((document = json_read(body, &why)) == NULL)
		return false;
	nothing = json_kind(document) == JSON_IS_OBJECT;
	while (nothing && json_next(document, &member))
		nothing = has_parameter(request, member.name);
	json_free(document);
	return nothing;
}

/* application/json, perhaps with parameters: RFC 9110 section 8.3.1. Podman's
 * client says nothing. */
static const char *
check_type(const struct request *request)
{
	const struct span *type;
	struct span rest, word;

	type = http_find(request->head, SPAN("Content-Type"), NULL);
	if (type == NULL && operation_is_libpod(request->operation))
		return NULL;
	if (type != NULL) {
		rest = *type;
		if (span_word(&rest, "; \t", &word) &&
		    span_eq_nocase(word, SPAN("application/json")))
			return NULL;
	}
	return "the body's Content-Type is not application/json";
}

const char *
request_check_body(const struct request *request, struct span body)
{
	switch (request->operation->body) {
	case BODY_NONE:
		if (!says_nothing(request, body))
			return "a body where the operation has none";
		return NULL;
	case BODY_JSON:
		return body.len > 0 ? check_type(request) : "a body is missing";
	case BODY_JSON_OR_NONE:
		return body.len > 0 ? check_type(request) : NULL;
	case BODY_STREAM:
		return NULL;
	}
	return "no body at all may come";
}

static void
write_query(const struct request *request, struct text *text)
{
	struct span rest = request->target.query, name, value;
	char name_memory[PARAMETER_NAME_MAX], value_memory[LIMIT_TARGET];
	struct text decoded_name, decoded_value;
	struct parameter parameter;
	char separator = '?';
	bool folded;

	while (target_parameter(&rest, &name, &value)) {
		decoded_name = TEXT(name_memory);
		decoded_value = TEXT(value_memory);
		target_decode(name, &decoded_name);
		if (decoded_name.full ||
		    !find_parameter(request->operation,
			text_span(&decoded_name), &parameter, &folded) ||
		    parameter.refused)
			continue;
		target_decode(value, &decoded_value);
		text_char(text, separator);
		text_add(text, parameter.name);
		text_char(text, '=');
		target_encode(text_span(&decoded_value), text);
		separator = '&';
	}
}

static void
write_fields(const struct request *request, struct text *text)
{
	const struct http_field *field;
	size_t i;
	bool once;

	for (i = 0; i < request->head->fields_len; i++) {
		field = &request->head->fields[i];
		if (is_anybodys_field(field->name) ||
		    is_operations_field(request->operation, field->name, &once))
			http_write_field(text, field->name, field->value);
	}
	if (request->upgrade) {
		http_write_field(text, SPAN("Connection"), SPAN("Upgrade"));
		http_write_field(text, SPAN("Upgrade"),
		    span_of(request->operation->upgrade));
	}
}

static void
write_framing(const struct request *request, const struct request_body *body,
    struct text *text)
{
	bool stream = request->operation->body == BODY_STREAM;

	if (body->kind == FRAME_NONE) {
		if (request->method == METHOD_POST ||
		    request->method == METHOD_PUT)
			text_add(text, SPAN("Content-Length: 0\r\n"));
		return;
	}
	if (stream)
		text_add(text, SPAN("Content-Type: application/x-tar\r\n"));
	else
		text_add(text, SPAN("Content-Type: application/json\r\n"));
	if (body->kind == FRAME_LENGTH) {
		text_add(text, SPAN("Content-Length: "));
		text_number(text, body->length);
		text_add(text, SPAN("\r\n"));
	} else {
		text_add(text, SPAN("Transfer-Encoding: chunked\r\n"));
	}
	if (stream && request->expect)
		text_add(text, SPAN("Expect: 100-continue\r\n"));
}

static void
write_path(const struct request *request, struct text *text)
{
	struct span path = request->target.path, name = request->arguments[0];
	size_t before;

	if (request->id.len > 0) {
		before = (size_t)(name.at - path.at);
		text_add(text, (struct span){ path.at, before });
		text_add(text, request->id);
		path.at += before + name.len;
		path.len -= before + name.len;
	}
	text_add(text, path);
}

void
request_write(const struct request *request, const struct request_body *body,
    struct text *text)
{
	text_add(text, span_of(method_name(request->method)));
	text_char(text, ' ');
	if (request->target.api != TARGET_UNVERSIONED) {
		text_add(text, SPAN("/v"));
		text_add(text, request->target.version);
	}
	write_path(request, text);
	write_query(request, text);
	text_add(text, SPAN(" HTTP/1.1\r\nHost: docker\r\n"));
	write_fields(request, text);
	write_framing(request, body, text);
	text_add(text, SPAN("\r\n"));
}

void
request_describe(const struct request *request, struct text *text)
{
	text_add(text, request->head->method);
	text_char(text, ' ');
	text_add(text, request->target.path);
}

/* Parameters whose values hold passwords, or may well. */
static const char secret_parameters[] =
    "additionalEnvVariables buildargs changes credentials driveropts "
    "logOptions";

/* In any case, since that is how a request was refused that has one so. */
static bool
is_secret(struct span name)
{
	struct span list = span_of(secret_parameters), word;

	while (span_word(&list, " ", &word))
		if (span_eq_nocase(name, word))
			return true;
	return false;
}

/* "https://user:password@host/": of a registry, or of a repository. */
static bool
may_hold_user(struct span value)
{
	char memory[LIMIT_TARGET];
	struct text decoded = TEXT(memory);
	const char *at;

	target_decode(value, &decoded);
	at = memmem(decoded.at, decoded.len, "://", 3);
	return at != NULL &&
	       memchr(at, '@', (size_t)(decoded.at + decoded.len - at)) != NULL;
}

/* What does not fit whole is cut. */
static void
put_some(struct text *text, struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.len && !text->full; i++)
		text_char(text, bytes.at[i]);
}

/* Write "name=value" as it was sent, if it is one of the operation's, or was
 * refused since it is spelled much like one. */
static bool
put_parameter(const struct operation *operation, char separator,
    struct span word, struct text *text)
{
	char memory[PARAMETER_NAME_MAX];
	struct text decoded = TEXT(memory);
	struct parameter parameter;
	struct span rest = word, name, value;
	bool folded;

	if (!target_parameter(&rest, &name, &value))
		return false;
	target_decode(name, &decoded);
	if (decoded.full || (!find_parameter(operation, text_span(&decoded),
				 &parameter, &folded) &&
				!folded))
		return false;
	put_some(text, (struct span){ &separator, 1 });
	if (value.len > 0 &&
	    (is_secret(text_span(&decoded)) || may_hold_user(value))) {
		put_some(text, name);
		put_some(text, SPAN("=..."));
	} else {
		put_some(text, word);
	}
	return true;
}

void
request_log_target(
    const struct operation *operation, struct span target, struct text *text)
{
	struct span path = target, rest = SPAN(""), word;
	const char *mark = NULL;
	char separator = '?';
	bool whole = true;

	if (target.len > 0)
		mark = memchr(target.at, '?', target.len);
	if (mark != NULL) {
		path.len = (size_t)(mark - target.at);
		rest = (struct span){ mark + 1, target.len - path.len - 1 };
	}
	put_some(text, path);
	while (span_word(&rest, "&", &word)) {
		if (operation != NULL &&
		    put_parameter(operation, separator, word, text))
			separator = '&';
		else
			whole = false;
	}
	if (!whole) {
		put_some(text, (struct span){ &separator, 1 });
		put_some(text, SPAN("..."));
	}
}
