# SPDX-License-Identifier: MIT
"""Requests, and scripts for the recorder, that several tests use."""

from wire import chunk, read_head, request, response

INFO = request("GET", "/info")
EVENTS = request("GET", "/events")
ATTACH = request("POST", "/containers/web/attach?stream=1",
                 "Connection: Upgrade", "Upgrade: tcp", body=b"")
LOAD = b"POST /images/load HTTP/1.1\r\nHost: d\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
RAW = "Content-Type: application/vnd.docker.raw-stream"
SWITCH = response(101, RAW, "Connection: Upgrade", "Upgrade: tcp",
                  reason="UPGRADED")
JSON = "Content-Type: application/json"
CREATE = request("POST", "/containers/create", JSON, body=b"{}")


def answers(*pieces):
    """A script: take a request head, send these pieces, and close."""
    def script(link):
        read_head(link)
        for piece in pieces:
            link.send(piece)
    return script


def streaming(link):
    """Answer with a stream that says one thing and then nothing."""
    link.request()
    link.send(response(200, "Transfer-Encoding: chunked") + chunk(b"tick"))
    link.rest()
