/* SPDX-License-Identifier: MIT */
/* Where HTTP messages end, read fast from a peer that is trusted: both ends of
 * the benchmark use it, never anything that is measured. It knows what those
 * ends and a real daemon send, and no more. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/bench/message.h"

static bool
begins(const char *line, const char *name)
{
	return strncasecmp(line, name, strlen(name)) == 0;
}

static void
take_start(struct message *message, const char *line)
{
	memcpy(message->start, line, strlen(line) + 1);
	message->status = 0;
	message->chunked = message->length_known = false;
	message->left = message->body = 0;
	if (message->is_response && begins(line, "HTTP/1.") &&
	    strlen(line) >= 12)
		message->status = (unsigned)strtoul(line + 9, NULL, 10);
	message->state = MESSAGE_FIELDS;
}

static void
take_field(struct message *message, const char *line)
{
	if (begins(line, "Content-Length:")) {
		message->left = strtoull(line + 15, NULL, 10);
		message->length_known = true;
	} else if (begins(line, "Transfer-Encoding: chunked")) {
		message->chunked = true;
	}
}

static void
end_head(struct message *message)
{
	if (message->chunked)
		message->state = MESSAGE_CHUNK;
	else if (message->length_known || !message->is_response ||
		 message->status == 204 || message->status == 304)
		message->state = MESSAGE_BODY;
	else
		message->state = MESSAGE_ENDLESS;
}

static enum message_event
take_line(struct message *message, const char *line)
{
	switch (message->state) {
	case MESSAGE_START:
		take_start(message, line);
		if (message->is_response && message->status == 0)
			return MESSAGE_BAD;
		return MESSAGE_MORE;
	case MESSAGE_FIELDS:
		if (line[0] != '\0') {
			take_field(message, line);
			return MESSAGE_MORE;
		}
		end_head(message);
		return MESSAGE_HEAD;
	case MESSAGE_CHUNK:
		message->left = strtoull(line, NULL, 16);
		message->body += message->left;
		message->state = MESSAGE_TRAILER;
		if (message->left > 0) {
			message->left += 2;
			message->state = MESSAGE_DATA;
		}
		return MESSAGE_MORE;
	case MESSAGE_TRAILER:
		if (line[0] != '\0')
			return MESSAGE_MORE;
		message->state = MESSAGE_START;
		return MESSAGE_DONE;
	case MESSAGE_BODY:
	case MESSAGE_DATA:
	case MESSAGE_ENDLESS:
		break;
	}
	return MESSAGE_BAD;
}

/* Up to the end of the line; what is too long for the memory is cut. */
static enum message_event
read_line(struct message *message, const char *bytes, size_t len, size_t *used)
{
	const char *end = memchr(bytes, '\n', len);
	size_t part = end == NULL ? len : (size_t)(end - bytes);
	size_t room = sizeof(message->line) - 1 - message->line_len;

	*used += end == NULL ? part : part + 1;
	if (part > room)
		part = room;
	memcpy(message->line + message->line_len, bytes, part);
	message->line_len += part;
	if (end == NULL)
		return MESSAGE_MORE;
	if (message->line_len > 0 &&
	    message->line[message->line_len - 1] == '\r')
		message->line_len--;
	message->line[message->line_len] = '\0';
	message->line_len = 0;
	return take_line(message, message->line);
}

static size_t
skip(struct message *message, size_t len)
{
	size_t part = message->left < len ? (size_t)message->left : len;

	message->left -= part;
	return part;
}

enum message_event
message_read(
    struct message *message, const char *bytes, size_t len, size_t *used)
{
	enum message_event event;
	size_t part;

	*used = 0;
	for (;;) {
		if (message->state == MESSAGE_BODY && message->left == 0) {
			message->state = MESSAGE_START;
			return MESSAGE_DONE;
		}
		if (*used == len)
			return MESSAGE_MORE;
		switch (message->state) {
		case MESSAGE_BODY:
			part = skip(message, len - *used);
			message->body += part;
			*used += part;
			break;
		case MESSAGE_DATA:
			*used += skip(message, len - *used);
			if (message->left == 0)
				message->state = MESSAGE_CHUNK;
			break;
		case MESSAGE_ENDLESS:
			message->body += len - *used;
			*used = len;
			break;
		case MESSAGE_START:
		case MESSAGE_FIELDS:
		case MESSAGE_CHUNK:
		case MESSAGE_TRAILER:
			event = read_line(
			    message, bytes + *used, len - *used, used);
			if (event != MESSAGE_MORE)
				return event;
			break;
		}
	}
}
