/* SPDX-License-Identifier: MIT */
/* Our own answers. The message may hold a client's bytes: it is escaped. */

#include "sockets/reply.h"
#include "core/limits.h"

static const char *
reason_phrase(unsigned status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 417:
		return "Expectation Failed";
	case 429:
		return "Too Many Requests";
	case 431:
		return "Request Header Fields Too Large";
	case 502:
		return "Bad Gateway";
	case 503:
		return "Service Unavailable";
	case 504:
		return "Gateway Timeout";
	}
	return "Error";
}

void
reply_write(const struct reply *reply, struct text *text)
{
	char memory[LIMIT_TARGET + 1024];
	struct text body = TEXT(memory);

	text_add(&body, SPAN("{\"message\":\"postern: "));
	text_json(&body, reply->message);
	text_add(&body, SPAN("\"}\n"));
	text_add(text, SPAN("HTTP/1.1 "));
	text_number(text, reply->status);
	text_char(text, ' ');
	text_add(text, span_of(reason_phrase(reply->status)));
	text_add(text, SPAN("\r\nContent-Type: application/json\r\n"
			    "Content-Length: "));
	text_number(text, body.len);
	text_add(text, SPAN("\r\n"));
	if (reply->status == 429 || reply->status == 503)
		text_add(text, SPAN("Retry-After: 1\r\n"));
	if (reply->close)
		text_add(text, SPAN("Connection: close\r\n"));
	text_add(text, SPAN("\r\n"));
	if (!reply->to_head)
		text_add(text, text_span(&body));
}
