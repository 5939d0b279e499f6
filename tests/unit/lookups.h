/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_LOOKUPS_H
#define TESTS_UNIT_LOOKUPS_H

#include "tests/unit/talk.h"

/* Requests about which the daemon is asked first, its questions and answers. */

#define LOOKUPS_PROFILE                                            \
	"[allow]\n"                                                \
	"operation = SystemPing ContainerCreate ContainerAttach\n" \
	"operation = PutContainerArchive\n"                        \
	"[container]\n"                                            \
	"archive = /data\n"

/* A container with one volume, "a", or with another one, "b". */
#define ONE "{\"Image\":\"web\",\"HostConfig\":{\"Binds\":[\"a:/a\"]}}"
#define TWO "{\"Image\":\"web\",\"HostConfig\":{\"Binds\":[\"a:/a\",\"b:/b\"]}}"
#define CREATE(fields, body, len)                                \
	"POST /containers/create HTTP/1.1\r\nHost: x\r\n" fields \
	"Content-Type: application/json\r\nContent-Length: " len \
	"\r\n\r\n" body
#define CREATE_OUT(body, len)                                    \
	"POST /containers/create HTTP/1.1\r\nHost: docker\r\n"   \
	"Content-Type: application/json\r\nContent-Length: " len \
	"\r\n\r\n" body
#define CREATE_ONE     CREATE("", ONE, "47")
#define CREATE_ONE_OUT CREATE_OUT(ONE, "47")
#define CREATE_TWO     CREATE("", TWO, "54")
#define CREATE_TWO_OUT CREATE_OUT(TWO, "54")

/* An archive for a container: what follows is its framing. */
#define PUT(version, fields, id, path, framing)                \
	"PUT " version "/containers/" id "/archive?path=" path \
	" HTTP/1.1\r\nHost: x\r\n" fields framing "\r\n"

/* What is asked of a volume, and the answer that it is a plain one. */
#define ID_QUARTER "0123456789abcdef"
#define ID	   ID_QUARTER ID_QUARTER ID_QUARTER ID_QUARTER
#define FOUND_REST "Content-Length: 73\r\n\r\n{\"Id\":\"" ID "\"}"
#define FOUND	   "HTTP/1.1 200 OK\r\n" FOUND_REST
#define ASK(name)  "GET /volumes/" name " HTTP/1.1\r\nHost: docker\r\n\r\n"
#define PLAIN(name) \
	"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"Name\":\"" name "\"}"

#endif
