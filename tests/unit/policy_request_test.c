/* SPDX-License-Identifier: MIT */
/* Requests that are understood, and those that are not. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

/* Between the request line and the end of most heads. */
#define TAIL	     " HTTP/1.1\r\nHost: x\r\n\r\n"
#define PING(fields) "GET /_ping HTTP/1.1\r\nHost: x\r\n" fields "\r\n"

static struct policies_reading reading;

Test(request_read, refuses_what_readers_could_read_differently)
{
	static const struct {
		const char *name;
		struct span in;
		unsigned status;
		const char *why;
	} rows[] = {
		CASE("no Host", "GET /_ping HTTP/1.1\r\n\r\n", 400, "no Host"),
		CASE("two Hosts", PING("Host: x\r\n"), 400,
		    "more than one Host"),
		CASE("two framings",
		    PING("Content-Length: 1\r\n"
			 "Transfer-Encoding: chunked\r\n"),
		    400, "Content-Length with Transfer-Encoding"),
		CASE("two lengths",
		    PING("Content-Length: 1\r\nContent-Length: 1\r\n"), 400,
		    "more than one Content-Length"),
		CASE("another coding", PING("Transfer-Encoding: gzip\r\n"), 400,
		    "a transfer coding other than chunked"),
		CASE("an old version", "GET /v1.23/_ping" TAIL, 400,
		    "an API version that is not v1.24 or later"),
		CASE("two slashes", "GET //_ping" TAIL, 400,
		    "an empty segment in the path"),
		CASE("an escaped slash", "GET /containers%2fjson" TAIL, 400,
		    "an escaped '/' or '%' in the path"),
		CASE("a dot segment", "GET /a/../_ping" TAIL, 400,
		    "a dot segment in the path"),
		CASE("an absolute target", "GET http://x/_ping" TAIL, 400,
		    "a target that is not an absolute path"),
		CASE("a ';' in the query", "GET /events?a=1;since=2" TAIL, 400,
		    "a ';' in the query"),
		CASE("a NUL in the query", "GET /events?since=1%00" TAIL, 400,
		    "a bad escape in the query"),
		CASE("a NUL in a name", "GET /events?since%00=1" TAIL, 400,
		    "a bad escape in the query"),
		CASE("a coded body", PING("Content-Encoding: gzip\r\n"), 400,
		    "a Content-Encoding"),
		CASE("a form",
		    PING("Content-Type: application/x-www-form-urlencoded\r\n"),
		    400, "a form instead of a body"),
		CASE("a form in another case",
		    PING("Content-Type: APPLICATION/x-www-form-urlencoded; "
			 "charset=utf-8\r\n"),
		    400, "a form instead of a body"),
		CASE("a form in parts",
		    PING("Content-Type: multipart/form-data; boundary=x\r\n"),
		    400, "a form instead of a body"),
		CASE("gRPC", PING("Content-Type: application/grpc+proto\r\n"),
		    400, "gRPC without an upgrade"),
		CASE("two types",
		    PING("Content-Type: application/json\r\n"
			 "Content-Type: text/plain\r\n"),
		    400, "more than one Content-Type"),
		CASE("another expectation", PING("Expect: 200-ok\r\n"), 417,
		    "an unknown expectation"),
		CASE("two expectations",
		    PING("Expect: 100-continue\r\nExpect: 100-continue\r\n"),
		    417, "an unknown expectation"),
		CASE("a parameter twice",
		    "GET /containers/json?all=1&limit=2&all=1" TAIL, 400,
		    "a query parameter twice"),
		CASE("a parameter twice, once escaped",
		    "GET /containers/json?all=1&%61ll=0" TAIL, 400,
		    "a query parameter twice"),
		CASE("the last parameter twice",
		    "GET /containers/json?size=1&size=1" TAIL, 400,
		    "a query parameter twice"),
		CASE("a folded parameter", "GET /containers/json?ALL=1" TAIL,
		    400, "a query parameter in the wrong case"),
		CASE("a folded parameter in an escape",
		    "GET /containers/json?%41ll=1" TAIL, 400,
		    "a query parameter in the wrong case"),
		CASE("a folded one that may be repeated",
		    "GET /images/get?Names=a" TAIL, 400,
		    "a query parameter in the wrong case"),
		CASE("a checkpoint",
		    "POST /containers/a/start?checkpoint=c" TAIL, 400,
		    "a query parameter that nobody may set"),
		CASE("a checkpoint's directory",
		    "POST /containers/a/start?checkpoint-dir=%2F" TAIL, 400,
		    "a query parameter that nobody may set"),
		CASE("a folded checkpoint",
		    "POST /containers/a/start?Checkpoint=" TAIL, 400,
		    "a query parameter in the wrong case"),
		CASE("a directory to list",
		    "GET /containers/a/checkpoints?dir=/" TAIL, 400,
		    "a query parameter that nobody may set"),
		CASE("a folded parameter of libpod's twice",
		    "GET /v4.3.1/libpod/containers/json?all=0&ALL=1" TAIL, 400,
		    "a query parameter twice"),
		CASE("a secret of libpod's",
		    "GET /v4.3.1/libpod/secrets/a/json?showsecret=1" TAIL, 400,
		    "a query parameter that nobody may set"),
		CASE("a secret of libpod's, folded",
		    "GET /v4.3.1/libpod/secrets/a/json?ShowSecret=1" TAIL, 400,
		    "a query parameter that nobody may set"),
		CASE("a Docker version before libpod",
		    "GET /v1.41/libpod/containers/json" TAIL, 400,
		    "a Docker API version before libpod"),
		CASE("credentials twice",
		    "POST /images/a/push HTTP/1.1\r\nHost: x\r\n"
		    "X-Registry-Auth: a\r\nx-registry-auth: b\r\n\r\n",
		    400, "a field twice"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(
		    not(policies_read(&reading, rows[i].name, rows[i].in)),
		    "%s", rows[i].name);
		cr_expect(
		    refusal_status(reading.fault.refusal) == rows[i].status,
		    "%s: %u", rows[i].name,
		    refusal_status(reading.fault.refusal));
		cases_same(rows[i].name, span_of(reading.fault.why),
		    span_of(rows[i].why));
	}
}

Test(request_read, understands_requests_that_are_no_operation)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		CASE("an unknown path", "GET /nothing" TAIL),
		CASE("another method", "DELETE /_ping" TAIL),
		CASE("an unknown method", "PATCH /_ping" TAIL),
		CASE("CONNECT", "CONNECT /_ping" TAIL),
		CASE("a method in lower case", "get /_ping" TAIL),
		CASE("a slash behind it", "GET /_ping/" TAIL),
		CASE("the root", "GET /" TAIL),
		CASE("nothing of libpod's", "GET /v4.3.1/libpod/nothing" TAIL),
		CASE("libpod without a version", "GET /libpod/info" TAIL),
		CASE("libpod with options", "OPTIONS /v4.3.1/libpod/x" TAIL),
		CASE("with a query and fields",
		    "GET /nothing?all=1&all=1 HTTP/1.1\r\nHost: x\r\n"
		    "X-Registry-Auth: a\r\nX-Registry-Auth: b\r\n\r\n"),
		CASE("with an upgrade",
		    "GET /nothing HTTP/1.1\r\nHost: x\r\n"
		    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_expect(policies_read(&reading, rows[i].name, rows[i].in),
		    "%s: %s", rows[i].name, reading.fault.why);
		cr_expect(
		    reading.request.operation == NULL, "%s", rows[i].name);
		cr_expect(not(reading.request.upgrade), "%s", rows[i].name);
	}
}

Test(request_read, knows_whether_the_connection_ends)
{
	static const struct {
		const char *name;
		struct span in;
		bool close;
	} rows[] = {
		CASE("1.1", PING(""), false),
		CASE("close", PING("Connection: close\r\n"), true),
		CASE("close in a list",
		    PING("Connection: x\r\nConnection: y, Close\r\n"), true),
		CASE("keep-alive", PING("Connection: keep-alive\r\n"), false),
		CASE("1.0", "GET /_ping HTTP/1.0\r\n\r\n", true),
		CASE("1.0 and keep-alive",
		    "GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		    true),
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_assert(policies_read(&reading, rows[i].name, rows[i].in));
		cr_expect(
		    reading.request.close == rows[i].close, "%s", rows[i].name);
	}
}

Test(request_check_body, takes_what_the_operation_has)
{
	static const struct {
		const char *name;
		struct span line;
		struct span body;
		bool good;
	} rows[] = {
#define STOP	SPAN("POST /containers/a/stop" TAIL)
#define WAIT_10 SPAN("POST /containers/a/stop?t=10" TAIL)
#define PLAIN(path, fields) \
	SPAN("POST " path " HTTP/1.1\r\nHost: x\r\n" fields "\r\n")
#define JSON  "Content-Type: application/json\r\n"
#define AUTH  PLAIN("/auth", JSON)
#define SAVE  PLAIN("/commit", JSON)
#define BUILD SPAN("POST /build" TAIL)
		ROW("none", STOP, SPAN(""), true),
		ROW("an empty object", STOP, SPAN("{}"), true),
		ROW("an empty object and blanks", STOP, SPAN("\r\n { \t}\n"),
		    true),
		ROW("blanks", STOP, SPAN(" \r\n\t"), true),
		ROW("half an object", STOP, SPAN("{"), false),
		ROW("the other half", STOP, SPAN("}"), false),
		ROW("two objects", STOP, SPAN("{}{}"), false),
		ROW("an array", STOP, SPAN("[]"), false),
		ROW("a key", STOP, SPAN("{\"t\":1}"), false),
		ROW("a key of the query", WAIT_10, SPAN("{\"t\":1}"), true),
		ROW("another one", WAIT_10, SPAN("{\"t\":1,\"x\":1}"), false),
		ROW("the same in another case", WAIT_10, SPAN("{\"T\":1}"),
		    false),
		ROW("an array of it", WAIT_10, SPAN("[{\"t\":1}]"), false),
		ROW("a NUL", STOP, SPAN("\0"), false),
		ROW("a NUL inside", STOP, SPAN("{\0}"), false),
		ROW("a NUL behind", STOP, SPAN("{}\0"), false),
		ROW("a form", STOP, SPAN("t=1"), false),
		ROW("JSON", AUTH, SPAN("{\"username\":\"u\"}"), true),
		ROW("no JSON", AUTH, SPAN(""), false),
		ROW("JSON by no name", PLAIN("/auth", ""), SPAN("{}"), false),
		ROW("JSON by another name",
		    PLAIN("/auth", "Content-Type: text/plain\r\n"), SPAN("{}"),
		    false),
		ROW("JSON by a longer name",
		    PLAIN("/auth", "Content-Type: application/jsonx\r\n"),
		    SPAN("{}"), false),
		ROW("JSON and a parameter",
		    PLAIN("/auth",
			"Content-Type: Application/JSON;charset=utf-8\r\n"),
		    SPAN("{}"), true),
		ROW("JSON or none", SAVE, SPAN("{}"), true),
		ROW("none", SAVE, SPAN(""), true),
		ROW("JSON or none by no name", PLAIN("/commit", ""), SPAN("{}"),
		    false),
		ROW("a stream", BUILD, SPAN("any\0thing"), true),
	};
	const char *why;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		cr_assert(policies_read(&reading, rows[i].name, rows[i].line));
		why = request_check_body(
		    &reading.request, (struct span){ cases_guard(rows[i].body),
					  rows[i].body.len });
		cr_expect(
		    rows[i].good == (why == NULL), "%s: %s", rows[i].name, why);
	}
}

Test(request_describe, leaves_version_and_query_out)
{
	char memory[128];
	struct text text = TEXT(memory);

	cr_assert(policies_read(&reading, "a stop",
	    SPAN("POST /v1.41/containers/we%62/stop?t=1" TAIL)));
	request_describe(&reading.request, &text);
	cases_same(
	    "for people", text_span(&text), SPAN("POST /containers/web/stop"));
}

/* Check a request's target for logs; it may have been refused. */
static void
check_logged(const char *name, const char *target, const char *wanted)
{
	static char line[CASES_LARGEST];
	char memory[LIMIT_LOG_TARGET];
	struct text text = TEXT(memory);

	snprintf(line, sizeof(line), "%s" TAIL, target);
	policies_read(&reading, name, span_of(line));
	request_log_target(
	    reading.request.operation, reading.head.target, &text);
	cases_same(name, text_span(&text), span_of(wanted));
}

#define CREATE "/v1.41/containers/create"

Test(request_log_target, has_what_the_operation_has)
{
	static const struct {
		const char *name, *target, *wanted;
	} rows[] = {
		{"no query",				  "GET /v1.41/info",				 "/v1.41/info"			       },
		{ "an empty query",			    "GET /info?",					  "/info"				  },
		{ "empty parameters",			      "GET /events?&&since=1&",
		    "/events?since=1"														    },
		{ "all of it",				"POST " CREATE "?name=a&platform=b",
		    CREATE "?name=a&platform=b"													  },
		{ "as it was spelled",			       "GET /%65vents?f%69lters=%7b}&since=a+b",
		    "/%65vents?f%69lters=%7b}&since=a+b"												 },
		{ "names alone",				 "GET /containers/json?all&size=",
		    "/containers/json?all&size="													 },
		{ "settings",				 "POST " CREATE "?Image=a&name=b&Env=A%3D1&Env=B",
		    CREATE "?name=b&..."														 },
		{ "settings alone",			    "POST " CREATE "?Env=A%3D1",
		    CREATE "?..."															},
		{ "one that is called like what is left out",
		    "POST " CREATE "?name=...&...",								CREATE "?name=...&..."		   },
		{ "no name",				  "POST " CREATE "?=A",				   CREATE "?..."			 },
		{ "one that is Podman's",			  "POST /build?t=a&secrets=b",
		    "/build?t=a&..."														     },
		{ "Podman's",				 "POST /v4.3.1/libpod/build?T=a&secrets=b&Env=c",
		    "/v4.3.1/libpod/build?T=a&secrets=b&..."											     },
		{ "one that begins so",			"POST " CREATE "?names=a",
		    CREATE "?..."															},
		{ "refused: twice",			    "POST " CREATE "?name=a&name=b&Env=A",
		    CREATE "?name=a&name=b&..."													  },
		{ "refused: another case",			   "POST " CREATE "?Name=a&Env=A",
		    CREATE "?Name=a&..."														 },
		{ "refused: nobody may",
		    "POST /containers/a/start?checkpoint=b&Env=A",						 "/containers/a/start?checkpoint=b&..."},
		{ "no operation",				  "POST /containers/a/creat?name=a&Env=A",
		    "/containers/a/creat?..."													    },
		{ "no operation, no query",		    "POST /containers/a/creat",
		    "/containers/a/creat"														},
		{ "no version",				"POST /v1.2/containers/create?name=a&Env=A",
		    "/v1.2/containers/create?..."													},
		{ "a bad query",				 "POST " CREATE "?name=a&Env=A%",
		    CREATE "?..."															},
		{ "a fragment",				"POST " CREATE "?Env=A#b",			   CREATE "?..."			 },
		{ "no path",				  "POST containers?Env=A",			      "containers?..."		       },
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_logged(rows[i].name, rows[i].target, rows[i].wanted);
}

Test(request_log_target, has_no_values_that_may_be_secret)
{
	static const struct {
		const char *name, *target, *wanted;
	} rows[] = {
		{"build arguments",
		    "POST /build?t=a&buildargs=%7B%22A%22%3A%221%22%7D&q=1",		    "/build?t=a&buildargs=...&q=1"			   },
		{ "another spelling",	      "POST /build?build%61rgs=A",
		    "/build?build%61rgs=..."													 },
		{ "another case",		  "POST /build?BuildArgs=A",
		    "/build?BuildArgs=..."													   },
		{ "another case of Podman's",
		    "POST /v4.3.1/libpod/build?buildArgs=A",				 "/v4.3.1/libpod/build?buildArgs=..."			 },
		{ "no build arguments",	"POST /build?buildargs=&t=a",
		    "/build?buildargs=&t=a"													  },
		{ "instructions",
		    "POST /commit?container=a&changes=ENV+A%3D1&changes=CMD+b",		    "/commit?container=a&changes=...&changes=..."		  },
		{ "credentials",
		    "POST /v4.3.1/libpod/images/pull?reference=a&credentials=a:b",	    "/v4.3.1/libpod/images/pull?reference=a&credentials=..."},
		{ "a unit's environment",
		    "GET /v4.3.1/libpod/generate/a/systemd?additionalEnvVariables=A",
		    "/v4.3.1/libpod/generate/a/systemd?additionalEnvVariables=..."								   },
		{ "a secret's driver",
		    "POST /v4.3.1/libpod/secrets/create?name=a&driveropts=b",		    "/v4.3.1/libpod/secrets/create?name=a&driveropts=..."	  },
		{ "a log's driver",
		    "POST /v4.3.1/libpod/play/kube?logOptions=a",			    "/v4.3.1/libpod/play/kube?logOptions=..."		      },
		{ "a URL with a user",
		    "POST /build?remote=https%3A%2F%2Fu%3Ap%40h/x.git",		      "/build?remote=..."					},
		{ "the same as it is",
		    "POST /images/create?fromSrc=http://u:p@h/x",			    "/images/create?fromSrc=..."				 },
		{ "a URL without",		   "POST /build?remote=https%3A%2F%2Fh/x.git",
		    "/build?remote=https%3A%2F%2Fh/x.git"											    },
		{ "a digest",		      "POST /plugins/pull?remote=a/b@sha256:c",
		    "/plugins/pull?remote=a/b@sha256:c"											      },
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check_logged(rows[i].name, rows[i].target, rows[i].wanted);
}

/* Wherever the end of it falls. */
Test(request_log_target, is_cut_where_there_is_no_more_room)
{
	static const struct span whole =
	    SPAN("/build?t=a&buildargs=...&q=1&...");
	static const struct span line =
	    SPAN("POST /build?t=a&Env=B&buildargs=secret&q=1 HTTP/1.1\r\n"
		 "Host: x\r\n\r\n");
	char memory[64];
	struct text text;
	size_t size;

	cr_assert(policies_read(&reading, "a build", line));
	for (size = 0; size < sizeof(memory); size++) {
		text = (struct text){ memory, 0, size, false };
		request_log_target(
		    reading.request.operation, reading.head.target, &text);
		cases_same("cut", text_span(&text),
		    (struct span){
			whole.at, size < whole.len ? size : whole.len });
		cr_expect(text.full == (size < whole.len));
	}
}
