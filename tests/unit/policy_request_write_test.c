/* SPDX-License-Identifier: MIT */
/* What the daemon gets of a request: its meaning, in our own spelling. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* Between the request line and the end of most heads. */
#define TAIL " HTTP/1.1\r\nHost: x\r\n\r\n"
#define HOST " HTTP/1.1\r\nHost: docker\r\n"

static struct policies_reading reading;

/* Write the request as a session would that has its body at hand. */
static struct span
write_request(char *memory, size_t size)
{
	struct text text = { memory, 0, size, false };
	struct request_body body = { FRAME_NONE, 0 };

	if (reading.request.operation->body == BODY_STREAM)
		body = (struct request_body){ reading.request.frame.kind,
			reading.request.frame.left };
	else if (reading.request.operation->body != BODY_NONE &&
		 reading.request.frame.kind != FRAME_NONE)
		body = (struct request_body){ FRAME_LENGTH, 2 };
	request_write(&reading.request, &body, &text);
	cr_assert(not(text.full));
	return text_span(&text);
}

struct written {
	const char *name;
	struct span in;
	const char *operation;
	struct span out;
};

/* What is written is what was wanted; and written again, it is the same. */
static void
check_written(const struct written *row)
{
	static char memory[64 * 1024], again[sizeof(memory)];
	struct span out;

	cr_assert(policies_read(&reading, row->name, row->in), "%s: %s",
	    row->name, reading.fault.why);
	cr_assert(reading.request.operation != NULL, "%s", row->name);
	cases_same(row->name, span_of(reading.request.operation->name),
	    span_of(row->operation));
	out = write_request(memory, sizeof(memory));
	cases_same(row->name, out, row->out);
	cr_assert(policies_read(&reading, row->name, out), "%s: again: %s",
	    row->name, reading.fault.why);
	cases_same(row->name, span_of(reading.request.operation->name),
	    span_of(row->operation));
	cases_same(row->name, write_request(again, sizeof(again)), out);
}

#define WRITTEN(name, in, operation, out)                \
	{                                                \
		(name), SPAN(in), (operation), SPAN(out) \
	}

Test(request_write, writes_method_and_path_of_the_operation)
{
	static const struct written rows[] = {
		WRITTEN("a ping", "GET /_ping" TAIL, "SystemPing",
		    "GET /_ping" HOST "\r\n"),
		WRITTEN("another method", "HEAD /_ping" TAIL, "SystemPingHead",
		    "HEAD /_ping" HOST "\r\n"),
		WRITTEN("a version", "GET /v1.41/containers/json" TAIL,
		    "ContainerList", "GET /v1.41/containers/json" HOST "\r\n"),
		WRITTEN("an argument", "GET /containers/web/json" TAIL,
		    "ContainerInspect", "GET /containers/web/json" HOST "\r\n"),
		WRITTEN("an escape", "GET /containers/we%62/json" TAIL,
		    "ContainerInspect", "GET /containers/web/json" HOST "\r\n"),
		WRITTEN("an escape in the route", "GET /%5fping" TAIL,
		    "SystemPing", "GET /_ping" HOST "\r\n"),
		WRITTEN("an escaped version", "GET /%761.41/_ping" TAIL,
		    "SystemPing", "GET /v1.41/_ping" HOST "\r\n"),
		WRITTEN("an image's name",
		    "GET /images/r:5000/a%40sha256%3Ab/json" TAIL,
		    "ImageInspect",
		    "GET /images/r:5000/a@sha256:b/json" HOST "\r\n"),
		WRITTEN("a list under its other path",
		    "GET /v1.41/networks/" TAIL, "NetworkList",
		    "GET /v1.41/networks/" HOST "\r\n"),
		WRITTEN("options", "OPTIONS /a/b" TAIL, "SystemOptions",
		    "OPTIONS /a/b" HOST "\r\n"),
		WRITTEN("HTTP/1.0", "GET /_ping HTTP/1.0\r\n\r\n", "SystemPing",
		    "GET /_ping" HOST "\r\n"),
		WRITTEN("libpod", "GET /v4.3.1/libpod/containers/json" TAIL,
		    "ContainerListLibpod",
		    "GET /v4.3.1/libpod/containers/json" HOST "\r\n"),
		WRITTEN("libpod's ping", "GET /v5.0.0/libpod/_ping" TAIL,
		    "SystemPingLibpod", "GET /v5.0.0/libpod/_ping" HOST "\r\n"),
		WRITTEN("libpod's ping without a version",
		    "GET /libpod/_ping" TAIL, "SystemPingLibpod",
		    "GET /libpod/_ping" HOST "\r\n"),
		WRITTEN("an escaped slash in an image's name of libpod's",
		    "GET /v4.3.1/libpod/images/r%2Fa%2Fb:1/json" TAIL,
		    "ImageInspectLibpod",
		    "GET /v4.3.1/libpod/images/r/a/b:1/json" HOST "\r\n"),
		WRITTEN("an empty Host", "GET /_ping HTTP/1.1\r\nHost:\r\n\r\n",
		    "SystemPing", "GET /_ping" HOST "\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_written(&rows[i]);
}

Test(request_write, writes_the_querys_known_parameters)
{
	static const struct written rows[] = {
		WRITTEN("known and unknown",
		    "GET /containers/json?foo=1&all=1&bar" TAIL,
		    "ContainerList", "GET /containers/json?all=1" HOST "\r\n"),
		WRITTEN("only unknown", "GET /containers/json?x=1&y=2" TAIL,
		    "ContainerList", "GET /containers/json" HOST "\r\n"),
		WRITTEN("an empty query", "GET /containers/json?" TAIL,
		    "ContainerList", "GET /containers/json" HOST "\r\n"),
		WRITTEN("empty parameters",
		    "GET /containers/json?&&all=1&" TAIL, "ContainerList",
		    "GET /containers/json?all=1" HOST "\r\n"),
		WRITTEN("a name alone", "GET /containers/json?all" TAIL,
		    "ContainerList", "GET /containers/json?all=" HOST "\r\n"),
		WRITTEN("no name", "GET /containers/json?=1" TAIL,
		    "ContainerList", "GET /containers/json" HOST "\r\n"),
		WRITTEN("the order is kept",
		    "GET /containers/json?limit=1&all=1" TAIL, "ContainerList",
		    "GET /containers/json?limit=1&all=1" HOST "\r\n"),
		WRITTEN("raw JSON",
		    "GET /events?filters={\"type\":[\"container\"]}" TAIL,
		    "SystemEvents",
		    "GET /events?filters=%7B%22type%22%3A%5B%22container%22"
		    "%5D%7D" HOST "\r\n"),
		WRITTEN("escapes are spelled one way",
		    "GET /events?f%69lters=%7b%7D&since=a%20b+c%2Bd" TAIL,
		    "SystemEvents",
		    "GET /events?filters=%7B%7D&since=a+b+c%2Bd" HOST "\r\n"),
		WRITTEN("separators in a value",
		    "GET /events?since=1%26until%3d2%3bx=%23" TAIL,
		    "SystemEvents",
		    "GET /events?since=1%26until%3D2%3Bx%3D%23" HOST "\r\n"),
		WRITTEN("a '?' in a value", "GET /events?since=a?b" TAIL,
		    "SystemEvents", "GET /events?since=a%3Fb" HOST "\r\n"),
		WRITTEN("a line's end in a value",
		    "GET /events?since=a%0d%0aX:%20y" TAIL, "SystemEvents",
		    "GET /events?since=a%0D%0AX%3A+y" HOST "\r\n"),
		WRITTEN("bytes that are no ASCII", "GET /events?since=%ff" TAIL,
		    "SystemEvents", "GET /events?since=%FF" HOST "\r\n"),
		WRITTEN("one that may be repeated",
		    "GET /images/get?names=a&names=b" TAIL, "ImageGetAll",
		    "GET /images/get?names=a&names=b" HOST "\r\n"),
		WRITTEN("another operation's",
		    "GET /_ping?all=1&filters=x" TAIL, "SystemPing",
		    "GET /_ping" HOST "\r\n"),
		WRITTEN("half of a name and more than it",
		    "GET /containers/json?al=1&alll=1&all%20=1" TAIL,
		    "ContainerList", "GET /containers/json" HOST "\r\n"),
		WRITTEN("marks of the table are no names",
		    "POST /containers/web/start?%21checkpoint=1" TAIL,
		    "ContainerStart",
		    "POST /containers/web/start" HOST
		    "Content-Length: 0\r\n\r\n"),
		WRITTEN("a forbidden one without a value",
		    "POST /containers/web/start?checkpoint=&checkpoint-dir" TAIL,
		    "ContainerStart",
		    "POST /containers/web/start" HOST
		    "Content-Length: 0\r\n\r\n"),
		WRITTEN("a folded one of libpod's, spelled one way",
		    "GET /v4.3.1/libpod/images/search?LISTTAGS=1&term=x" TAIL,
		    "ImageSearchLibpod",
		    "GET /v4.3.1/libpod/images/search?listTags=1&term=x" HOST
		    "\r\n"),
		WRITTEN("one of libpod's that is a path of the host",
		    "GET /v4.3.1/libpod/images/search?authfile=/a&term=x" TAIL,
		    "ImageSearchLibpod",
		    "GET /v4.3.1/libpod/images/search?term=x" HOST "\r\n"),
		WRITTEN("those of libpod's that reach other containers",
		    "DELETE /v4.3.1/libpod/containers/a?depend=true&all=1&v=1" TAIL,
		    "ContainerDeleteLibpod",
		    "DELETE /v4.3.1/libpod/containers/a?v=1" HOST "\r\n"),
		WRITTEN("a folded one of other operations",
		    "GET /_ping?ALL=1" TAIL, "SystemPing",
		    "GET /_ping" HOST "\r\n"),
		WRITTEN("a name longer than any",
		    "GET /containers/json?all"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaa=1&all=2" TAIL,
		    "ContainerList", "GET /containers/json?all=2" HOST "\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_written(&rows[i]);
}

#define PING(fields)	 "GET /_ping HTTP/1.1\r\nHost: x\r\n" fields "\r\n"
#define PING_OUT(fields) "GET /_ping" HOST fields "\r\n"

Test(request_write, writes_fields_that_have_a_meaning)
{
	static const struct written rows[] = {
		WRITTEN("anybody's",
		    PING("Accept: a\r\nAccept-Encoding: b\r\n"
			 "User-Agent: c\r\n"),
		    "SystemPing",
		    PING_OUT("Accept: a\r\nAccept-Encoding: b\r\n"
			     "User-Agent: c\r\n")),
		WRITTEN("anybody's in another case", PING("ACCEPT: a\r\n"),
		    "SystemPing", PING_OUT("ACCEPT: a\r\n")),
		WRITTEN("all the others",
		    PING("Accept-Language: a\r\nAuthorization: Basic b\r\n"
			 "Cookie: c\r\nForwarded: d\r\nOrigin: e\r\n"
			 "Range: bytes=0-1\r\nReferer: f\r\nTE: trailers\r\n"
			 "Trailer: g\r\nVia: h\r\nX-Forwarded-For: i\r\n"
			 "X-HTTP-Method-Override: DELETE\r\n"
			 "X-Original-URL: /info\r\nX-Registry-Auth: j\r\n"
			 "X-Registry-Config: k\r\nKeep-Alive: l\r\n"
			 "Proxy-Connection: close\r\n"),
		    "SystemPing", PING_OUT("")),
		WRITTEN("Connection names nothing away",
		    PING("Accept: a\r\nConnection: Accept, keep-alive\r\n"),
		    "SystemPing", PING_OUT("Accept: a\r\n")),
		WRITTEN("a name that begins like one",
		    PING("Acceptable: a\r\nUser-Agent-X: b\r\n"), "SystemPing",
		    PING_OUT("")),
		WRITTEN("the operation's own",
		    "POST /images/a/push HTTP/1.1\r\nHost: x\r\n"
		    "X-Registry-Auth: secret\r\nX-Registry-Config: x\r\n\r\n",
		    "ImagePush",
		    "POST /images/a/push" HOST "X-Registry-Auth: secret\r\n"
		    "Content-Length: 0\r\n\r\n"),
		WRITTEN("fields with any end",
		    "GET /containers/a/attach/ws HTTP/1.1\r\nHost: x\r\n"
		    "Origin: o\r\nSec-WebSocket-Key: k\r\n"
		    "Sec-WebSocket-Version: 13\r\nSec-WebSocketX: y\r\n\r\n",
		    "ContainerAttachWebsocket",
		    "GET /containers/a/attach/ws" HOST "Origin: o\r\n"
		    "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n"
		    "\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_written(&rows[i]);
}

#define ATTACH(fields) \
	"POST /containers/a/attach HTTP/1.1\r\nHost: x\r\n" fields "\r\n"
#define ATTACH_OUT(fields) \
	"POST /containers/a/attach" HOST fields "Content-Length: 0\r\n\r\n"
#define UPGRADED "Connection: Upgrade\r\nUpgrade: tcp\r\n"

Test(request_write, upgrades_where_the_operation_hijacks_and_was_asked_to)
{
	static const struct written rows[] = {
		WRITTEN("asked",
		    ATTACH("Connection: Upgrade\r\nUpgrade: tcp\r\n"),
		    "ContainerAttach", ATTACH_OUT(UPGRADED)),
		WRITTEN("in any case and list",
		    ATTACH("upgrade: TCP\r\nconnection: x, UPGRADE\r\n"),
		    "ContainerAttach", ATTACH_OUT(UPGRADED)),
		WRITTEN(
		    "not asked", ATTACH(""), "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("without Connection", ATTACH("Upgrade: tcp\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("without Upgrade", ATTACH("Connection: Upgrade\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("with another Connection",
		    ATTACH("Connection: upgraded\r\nUpgrade: tcp\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("to another protocol",
		    ATTACH("Connection: Upgrade\r\nUpgrade: h2c\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("to a list of protocols",
		    ATTACH("Connection: Upgrade\r\nUpgrade: tcp, h2c\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("twice",
		    ATTACH("Connection: Upgrade\r\nUpgrade: tcp\r\n"
			   "Upgrade: tcp\r\n"),
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("in HTTP/1.0",
		    "POST /containers/a/attach HTTP/1.0\r\n"
		    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
		    "ContainerAttach", ATTACH_OUT("")),
		WRITTEN("where nothing hijacks",
		    PING("Connection: Upgrade\r\nUpgrade: tcp\r\n"),
		    "SystemPing", PING_OUT("")),
		WRITTEN("HTTP/2 where nothing hijacks",
		    PING("Connection: Upgrade, HTTP2-Settings\r\n"
			 "Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
		    "SystemPing", PING_OUT("")),
		WRITTEN("a WebSocket",
		    "GET /containers/a/attach/ws HTTP/1.1\r\nHost: x\r\n"
		    "Connection: keep-alive, Upgrade\r\n"
		    "Upgrade: WebSocket\r\n\r\n",
		    "ContainerAttachWebsocket",
		    "GET /containers/a/attach/ws" HOST
		    "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
		WRITTEN("a session",
		    "POST /session HTTP/1.1\r\nHost: x\r\n"
		    "Connection: Upgrade\r\nUpgrade: h2c\r\n"
		    "X-Docker-Expose-Session-Uuid: u\r\n"
		    "X-Docker-Expose-Sessio: v\r\n\r\n",
		    "Session",
		    "POST /session" HOST "X-Docker-Expose-Session-Uuid: u\r\n"
		    "Connection: Upgrade\r\nUpgrade: h2c\r\n"
		    "Content-Length: 0\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_written(&rows[i]);
}

Test(request_write, frames_and_types_bodies_itself)
{
	static const struct written rows[] = {
		WRITTEN("a held body",
		    "POST /auth HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n",
		    "SystemAuth",
		    "POST /auth" HOST "Content-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n"),
		WRITTEN("a held body in chunks",
		    "POST /auth HTTP/1.1\r\nHost: x\r\n"
		    "Transfer-Encoding: Chunked\r\n\r\n",
		    "SystemAuth",
		    "POST /auth" HOST "Content-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n"),
		WRITTEN("no body", "POST /auth" TAIL, "SystemAuth",
		    "POST /auth" HOST "Content-Length: 0\r\n\r\n"),
		WRITTEN("a body of no bytes",
		    "POST /auth HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n",
		    "SystemAuth",
		    "POST /auth" HOST "Content-Length: 0\r\n\r\n"),
		WRITTEN("a body that is dropped",
		    "POST /containers/a/stop HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n",
		    "ContainerStop",
		    "POST /containers/a/stop" HOST "Content-Length: 0\r\n\r\n"),
		WRITTEN("a method that needs none", "DELETE /containers/a" TAIL,
		    "ContainerDelete", "DELETE /containers/a" HOST "\r\n"),
		WRITTEN("a stream with a length",
		    "POST /images/load HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: application/json\r\n"
		    "Content-Length: 12345\r\n\r\n",
		    "ImageLoad",
		    "POST /images/load" HOST
		    "Content-Type: application/x-tar\r\n"
		    "Content-Length: 12345\r\n\r\n"),
		WRITTEN("a stream in chunks",
		    "POST /images/load HTTP/1.1\r\nHost: x\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n",
		    "ImageLoad",
		    "POST /images/load" HOST
		    "Content-Type: application/x-tar\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n"),
		WRITTEN("a stream that waits",
		    "POST /images/load HTTP/1.1\r\nHost: x\r\n"
		    "Expect: 100-Continue\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n",
		    "ImageLoad",
		    "POST /images/load" HOST
		    "Content-Type: application/x-tar\r\n"
		    "Transfer-Encoding: chunked\r\n"
		    "Expect: 100-continue\r\n\r\n"),
		WRITTEN("a held body whose client waits",
		    "POST /auth HTTP/1.1\r\nHost: x\r\n"
		    "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
		    "SystemAuth",
		    "POST /auth" HOST "Content-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n"),
		WRITTEN("an expectation without a body",
		    "POST /images/load HTTP/1.1\r\nHost: x\r\n"
		    "Expect: 100-continue\r\n\r\n",
		    "ImageLoad",
		    "POST /images/load" HOST "Content-Length: 0\r\n\r\n"),
		WRITTEN("an expectation in HTTP/1.0",
		    "POST /images/load HTTP/1.0\r\n"
		    "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
		    "ImageLoad",
		    "POST /images/load" HOST
		    "Content-Type: application/x-tar\r\n"
		    "Content-Length: 2\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_written(&rows[i]);
}

/* 2 KiB more than thrice the client's head are always enough. */
Test(request_write, needs_no_more_room_than_it_says)
{
	static char memory[3 * CASES_LARGEST + 2048];
	struct span in, out;

	in = cases_repeat("GET /events?since=", "\"", 8000, TAIL);
	cr_assert(policies_read(&reading, "quotes", in));
	out = write_request(memory, 3 * in.len + 2048);
	cr_expect(gt(sz, out.len, 24000));
}

Test(request_write, says_when_there_is_no_room)
{
	char memory[32];
	struct text text = TEXT(memory);
	const struct request_body body = { FRAME_NONE, 0 };

	cr_assert(policies_read(&reading, "a ping", SPAN(PING(""))));
	request_write(&reading.request, &body, &text);
	cr_expect(text.full);
}
