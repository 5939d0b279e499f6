# SPDX-License-Identifier: MIT
"""Requests that two readers could read in two ways. The door allows every
operation there is, so whatever is refused here is refused for how it is
said; and of a refused request the daemon gets not one byte. Beside it stands
the nearest request that is good, and what exactly the daemon gets of that."""

import time

import pytest

from profiles import EVERYTHING
from wire import TIMEOUT, Client, request

GET = b"GET /v1.41/info HTTP/1.1\r\n"
HOST = b"Host: d\r\n"
END = b"\r\n"
POST = b"POST /v1.41/containers/create HTTP/1.1\r\n" + HOST
START = b"POST /v1.41/containers/web/start HTTP/1.1\r\n" + HOST
EXEC = b"POST /v1.41/exec/e1/start HTTP/1.1\r\n" + HOST
LOAD = b"POST /v1.41/images/load HTTP/1.1\r\n" + HOST
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: tcp\r\n"
H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def get(target, *fields):
    return request("GET", target, *fields)


def post(target, *fields, body=b""):
    return request("POST", target, *fields, body=body)


def create(body):
    return post("/containers/create", "Content-Type: application/json",
                body=body)


REFUSED = {
    # The request line.
    "http_2_preface": H2_PREFACE,
    "http_2_version": b"GET /info HTTP/2.0\r\n" + HOST + END,
    "http_1_2": b"GET /info HTTP/1.2\r\n" + HOST + END,
    "http_0_9": b"GET /info\r\n",
    "http_1_01": b"GET /info HTTP/1.01\r\n" + HOST + END,
    "lower_case_version": b"GET /info http/1.1\r\n" + HOST + END,
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two_spaces": b"GET  /info HTTP/1.1\r\n" + HOST + END,
    "tab": b"GET\t/info HTTP/1.1\r\n" + HOST + END,
    "space_behind_version": b"GET /info HTTP/1.1 \r\n" + HOST + END,
    "leading_empty_line": b"\r\n" + GET + HOST + END,
    "leading_line_feed": b"\n" + GET + HOST + END,
    "method_with_bad_byte": b"G(T /info HTTP/1.1\r\n" + HOST + END,
    # Targets.
    "absolute_form": get("http://docker/info"),
    "absolute_form_of_a_socket": get("unix://x/info"),
    "authority_form": b"CONNECT docker:80 HTTP/1.1\r\n" + HOST + END,
    "asterisk_form": b"OPTIONS * HTTP/1.1\r\n" + HOST + END,
    "no_slash": get("info"),
    "fragment": get("/info#x"),
    "empty_segment_first": get("//info"),
    "empty_segment": get("/containers//json"),
    "two_slashes_at_end": get("/networks//"),
    "dot_segment": get("/./info"),
    "dot_dot_segment": get("/containers/../info"),
    "dot_dot_at_end": get("/containers/web/.."),
    "encoded_dot_dot": get("/containers/%2e%2e/info"),
    "encoded_slash": get("/containers%2Fjson"),
    "encoded_slash_lower_case": get("/containers%2fjson"),
    "encoded_version_slash": get("/v1.41%2Finfo"),
    "encoded_percent": get("/containers/%2577eb/json"),
    "encoded_nul": get("/containers/web%00/json"),
    "encoded_space": get("/containers/we%20b/json"),
    "encoded_question_mark": get("/info%3Fx"),
    "bad_escape": get("/containers/%zz/json"),
    "cut_escape": get("/info%4"),
    "parameter_segment": get("/info;x=y"),
    "backslash": get("/containers\\json"),
    "bytes_over_127": b"GET /inf\xc3\xb6 HTTP/1.1\r\n" + HOST + END,
    "encoded_bytes_over_127": get("/inf%c3%b6"),
    # API versions.
    "version_too_old": get("/v1.23/info"),
    "version_too_old_start": post("/v1.23/containers/web/start"),
    "version_without_minor": get("/v1/info"),
    "version_0": get("/v0.41/info"),
    "version_2": get("/v2.0/info"),
    "version_leading_zero": get("/v01.41/info"),
    "version_leading_zero_minor": get("/v1.041/info"),
    "version_three_parts": get("/v1.41.0/info"),
    "version_trailing_dot": get("/v1.41./info"),
    "version_two_dots": get("/v1..41/info"),
    "version_suffix": get("/v1.41-foo/info"),
    "version_letters": get("/v1.41x/info"),
    "version_alone": get("/v1.41"),
    "version_twice": get("/v1.41/v1.41/info"),
    "version_huge": get("/v1.99999999999/info"),
    "libpod_without_three_parts": get("/v4.3/libpod/info"),
    # Queries.
    "semicolon_in_query": get("/containers/json?all=1;limit=1"),
    "bad_escape_in_query": get("/containers/json?all=%zz"),
    "bad_escape_in_foreign_parameter": get("/containers/json?x=%1"),
    "nul_in_query": get("/containers/json?filters=%00"),
    "filters_that_are_not_json": get("/containers/json?filters=a%3Db"),
    "filters_of_two_forms": get(
        '/events?filters={"a":["b"],"c":{"d":true}}'),
    "parameter_twice": get("/containers/json?all=0&all=1"),
    "parameter_twice_encoded": get("/containers/json?all=0&%61ll=1"),
    "parameter_twice_empty_first": post(
        "/containers/prune?filters=&filters=%7B%7D"),
    "parameter_in_the_wrong_case": post("/containers/create?NAME=x",
                                        "Content-Type: application/json",
                                        body=b"{}"),
    "checkpoint_on_start": post("/containers/web/start?checkpoint=c"),
    "checkpoint_dir_on_start": post(
        "/containers/web/start?checkpoint-dir=/tmp"),
    "checkpoint_dir_on_list": get("/containers/web/checkpoints?dir=/etc"),
    # Fields.
    "no_host": GET + END,
    "two_hosts": GET + HOST + HOST + END,
    "two_hosts_one_empty": GET + HOST + b"Host:\r\n" + END,
    "host_with_path": GET + b"Host: d/x\r\n" + END,
    "host_with_user": GET + b"Host: a@d\r\n" + END,
    "host_with_space": GET + b"Host: a b\r\n" + END,
    "bare_line_feeds": b"GET /info HTTP/1.1\nHost: d\n\n",
    "one_bare_line_feed": GET + b"Host: d\n" + END,
    "bare_carriage_return": GET + b"Host: d\r\rX: y\r\n" + END,
    "carriage_return_in_value": GET + HOST + b"X: a\rb\r\n" + END,
    "nul_in_value": GET + HOST + b"X: a\0b\r\n" + END,
    "control_byte_in_value": GET + HOST + b"X: a\x01b\r\n" + END,
    "space_before_colon": GET + HOST + b"X : y\r\n" + END,
    "tab_before_colon": GET + HOST + b"Content-Length\t: 0\r\n" + END,
    "no_colon": GET + HOST + b"X\r\n" + END,
    "no_name": GET + HOST + b": x\r\n" + END,
    "bad_byte_in_name": GET + HOST + b"X(y: z\r\n" + END,
    "first_line_folded": GET + b" x: y\r\n" + HOST + END,
    "folded_value": GET + HOST + b"X: a\r\n b\r\n" + END,
    "folded_transfer_encoding":
        LOAD + b"Transfer-Encoding:\r\n chunked\r\n" + END + b"0\r\n\r\n",
    "folded_content_length":
        LOAD + b"X: a\r\n Content-Length: 40\r\n" + END + 40 * b"x",
    "expect_something_else":
        LOAD + b"Content-Length: 2\r\nExpect: 101-x\r\n" + END + b"ab",
    # Framing.
    "length_and_chunked":
        LOAD + b"Content-Length: 4\r\n" + CHUNKED + END + b"0\r\n\r\n",
    "chunked_and_length":
        LOAD + CHUNKED + b"Content-Length: 4\r\n" + END + b"0\r\n\r\n",
    "two_equal_lengths": LOAD + 2 * b"Content-Length: 2\r\n" + END + b"ab",
    "two_lengths": LOAD + b"Content-Length: 2\r\nContent-Length: 3\r\n" +
        END + b"abc",
    "list_of_lengths": LOAD + b"Content-Length: 2, 2\r\n" + END + b"ab",
    "length_with_plus": LOAD + b"Content-Length: +2\r\n" + END + b"ab",
    "length_with_minus": LOAD + b"Content-Length: -1\r\n" + END,
    "length_hexadecimal": LOAD + b"Content-Length: 0x2\r\n" + END + b"ab",
    "length_leading_zeros": LOAD + b"Content-Length: 002\r\n" + END + b"ab",
    "length_with_text": LOAD + b"Content-Length: 2 a\r\n" + END + b"ab",
    "length_huge": LOAD + b"Content-Length: 18446744073709551618\r\n" +
        END + b"ab",
    "length_empty": LOAD + b"Content-Length:\r\n" + END,
    "two_transfer_encodings": LOAD + 2 * CHUNKED + END + b"0\r\n\r\n",
    "gzip_chunked": LOAD + b"Transfer-Encoding: gzip, chunked\r\n" + END +
        b"0\r\n\r\n",
    "chunked_chunked": LOAD + b"Transfer-Encoding: chunked, chunked\r\n" +
        END + b"0\r\n\r\n",
    "identity": LOAD + b"Transfer-Encoding: identity\r\n" + END,
    "transfer_encoding_empty": LOAD + b"Transfer-Encoding:\r\n" + END,
    "transfer_encoding_quoted":
        LOAD + b'Transfer-Encoding: "chunked"\r\n' + END + b"0\r\n\r\n",
    "transfer_encoding_vertical_tab":
        LOAD + b"Transfer-Encoding: \x0bchunked\r\n" + END + b"0\r\n\r\n",
    "chunked_in_http_1_0":
        b"POST /images/load HTTP/1.0\r\nConnection: keep-alive\r\n" +
        CHUNKED + END + b"0\r\n\r\n" + GET + HOST + END,
    # Chunks of a body that is held: wrong before a byte went up.
    "chunk_size_hexadecimal_prefix":
        POST + JSON + CHUNKED + END + b"0x2\r\n{}\r\n0\r\n\r\n",
    "chunk_size_with_plus":
        POST + JSON + CHUNKED + END + b"+2\r\n{}\r\n0\r\n\r\n",
    "chunk_size_with_leading_space":
        POST + JSON + CHUNKED + END + b" 2\r\n{}\r\n0\r\n\r\n",
    "chunk_size_with_trailing_space":
        POST + JSON + CHUNKED + END + b"2 \r\n{}\r\n0\r\n\r\n",
    "chunk_size_missing":
        POST + JSON + CHUNKED + END + b"\r\n{}\r\n0\r\n\r\n",
    "chunk_size_of_17_digits":
        POST + JSON + CHUNKED + END + b"00000000000000002\r\n{}\r\n0\r\n\r\n",
    "chunk_size_over_32_bits":
        POST + JSON + CHUNKED + END + b"100000002\r\n{}\r\n0\r\n\r\n",
    "chunk_size_ends_in_line_feed":
        POST + JSON + CHUNKED + END + b"2\n{}\r\n0\r\n\r\n",
    "chunk_extension_ends_in_line_feed":
        POST + JSON + CHUNKED + END + b"2;a\n{}\r\n0\r\n\r\n",
    "chunk_data_too_long":
        POST + JSON + CHUNKED + END + b"2\r\n{}xx0\r\n\r\n",
    "chunk_data_ends_in_line_feed":
        POST + JSON + CHUNKED + END + b"2\r\n{}\n0\r\n\r\n",
    "chunk_trailer_without_colon":
        POST + JSON + CHUNKED + END + b"2\r\n{}\r\n0\r\nX\r\n\r\n",
    # Bodies.
    "form": post("/containers/web/rename?name=x",
                 "Content-Type: application/x-www-form-urlencoded",
                 body=b"name=y"),
    "form_with_parameter": post(
        "/containers/web/rename?name=x",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        body=b"name=y"),
    "form_in_capitals": post(
        "/containers/prune",
        "Content-Type: APPLICATION/X-WWW-FORM-URLENCODED", body=b"a=b"),
    "form_without_body": post(
        "/containers/web/kill",
        "Content-Type: application/x-www-form-urlencoded"),
    "form_chunked": b"POST /containers/web/rename HTTP/1.1\r\n" + HOST +
        FORM + CHUNKED + END + b"6\r\nname=y\r\n0\r\n\r\n",
    "form_for_build": post(
        "/build?networkmode=none",
        "Content-Type: application/x-www-form-urlencoded",
        body=4096 * b"\0" + b"&networkmode=host"),
    "multipart": post("/build?networkmode=none",
                      "Content-Type: multipart/form-data; boundary=x",
                      body=b"--x--"),
    "multipart_get": request("GET", "/containers/web/json",
                             "Content-Type: multipart/form-data; boundary=x",
                             body=b"--x--"),
    "json_and_form": POST + JSON + FORM + b"Content-Length: 2\r\n" + END +
        b"{}",
    "grpc": post("/grpc", "Content-Type: application/grpc", body=b""),
    "grpc_on_info": get("/info", "Content-Type: application/grpc+proto"),
    "compressed": post("/containers/create",
                       "Content-Type: application/json",
                       "Content-Encoding: gzip", body=b"{}"),
    "body_on_start": post("/containers/web/start",
                          "Content-Type: application/json",
                          body=b'{"Binds":["/:/h"]}'),
    "body_on_start_chunked": START + JSON + CHUNKED + END +
        b"12\r\n" + b'{"Binds":["/:/h"]}' + b"\r\n0\r\n\r\n",
    "body_on_stop": post("/containers/web/stop", body=b"x"),
    "two_objects_on_start": post("/containers/web/start",
                                 "Content-Type: application/json",
                                 body=b"{}{}"),
    "array_on_start": post("/containers/web/start",
                           "Content-Type: application/json", body=b"[]"),
    "body_on_get": request("GET", "/info", body=b"x"),
    "body_on_head": request("HEAD", "/_ping", body=b"x"),
    "body_on_delete": request("DELETE", "/containers/web", body=b"x"),
    "body_on_attach": post("/containers/web/attach", "Connection: Upgrade",
                           "Upgrade: tcp", body=b"x"),
    "no_body_where_one_is_needed": post("/containers/create",
                                        "Content-Type: application/json"),
    "json_key_twice": create(b'{"Image":"a","Image":"b"}'),
    "json_key_twice_inside": create(
        b'{"HostConfig":{"Privileged":true,"Privileged":false}}'),
    "json_key_twice_escaped": create(b'{"Image":"a","\\u0049mage":"b"}'),
    "json_object_twice": create(
        b'{"HostConfig":{"Privileged":true},"HostConfig":{}}'),
    "json_with_trailing_object": create(b"{}{}"),
    "json_with_trailing_junk": create(b"{} junk"),
    "json_cut": create(b'{"Image":"a"'),
    "json_with_byte_order_mark": create(b"\xef\xbb\xbf{}"),
    "json_with_invalid_utf_8": create(b'{"Image":"\xff"}'),
    "json_with_invalid_utf_8_in_a_key": create(b'{"Imag\xc0\xaf":"a"}'),
    "json_with_lone_surrogate": create(b'{"Image":"\\ud800"}'),
    "json_with_nul": create(b'{"Image":"a\0"}'),
    "json_with_escaped_nul": create(b'{"Image":"a\\u0000"}'),
    "json_with_comment": create(b"{/* */}"),
    "json_with_single_quotes": create(b"{'Image':'a'}"),
    "json_with_trailing_comma": create(b'{"Image":"a",}'),
    "json_with_nan": create(b'{"Memory":NaN}'),
    "json_with_leading_zero": create(b'{"Memory":01}'),
    "json_nested_too_deep": create(b'{"a":' + 5000 * b"[" + 5000 * b"]" +
                                   b"}"),
    "json_string_alone": create(b'"x"'),
    "json_number_alone": create(b"1"),
    "json_null_twice": create(b"null null"),
    "a_form_that_calls_itself_json": create(b"Image=a"),
    "json_without_type": post("/exec/e1/start", body=b'{"Detach":true}'),
    "json_by_another_name": post("/containers/create",
                                 "Content-Type: text/plain", body=b"{}"),
    "json_by_a_longer_name": post("/containers/create",
                                  "Content-Type: application/json5",
                                  body=b"{}"),
    "credentials_twice": request(
        "POST", "/images/create?fromImage=x", "X-Registry-Auth: e30=",
        "X-Registry-Auth: e31=", body=b""),
}

STATUS = {"expect_something_else": 417}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(program, recorder, name):
    with Client(program.door()) as client:
        client.send(REFUSED[name] + GET + HOST + END)
        answer = client.answer(
            "HEAD" if REFUSED[name].startswith(b"HEAD") else "GET")
        assert answer.status == STATUS.get(name, 400)
        assert answer.field("Connection") == "close"
        assert client.at_end()
    line = program.wait_log("refused", status=answer.status)
    assert line["profile"] == "web" and line["why"]
    assert recorder.heard(program.door()) == b""


EVERY_KIND = (
    b'\t{"a": [1, -2.5e3, true, false, null, "\\u00e9\\ud83d\\ude00'
    b'\xc3\xa9"], "A": {"a": {}, "b": []}}\r\n ')

# What is sent, and what the daemon gets.
GOOD = {
    "plain": (get("/info"), b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "versioned": (
        get("/v1.41/containers/json?all=1"),
        b"GET /v1.41/containers/json?all=1 HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "oldest_version": (
        get("/v1.24/info"),
        b"GET /v1.24/info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "future_version": (
        get("/v1.999/info"),
        b"GET /v1.999/info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "another_host": (
        request("GET", "/info", host="api.moby.localhost:80"),
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "empty_host": (
        b"GET /info HTTP/1.1\r\nHost: \r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "http_1_0_without_host": (
        b"GET /info HTTP/1.0\r\n\r\n",
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "escapes_in_path": (
        get("/%63ontainers/w%65b/json"),
        b"GET /containers/web/json HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "escaped_version": (
        get("/v1%2E41/info"),
        b"GET /v1.41/info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "image_with_registry": (
        get("/images/127.0.0.1:1/a/b@sha256:00/json"),
        b"GET /images/127.0.0.1:1/a/b@sha256:00/json HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "escapes_in_query": (
        get("/containers/json?%61ll=%31&filters={%22label%22:[%22a=b%22]}"),
        b"GET /containers/json?all=1&filters="
        b"%7B%22label%22%3A%5B%22a%3Db%22%5D%7D HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "spaces_in_query": (
        get("/containers/web/top?ps_args=-o%20pid+-e"),
        b"GET /containers/web/top?ps_args=-o+pid+-e HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "ampersand_in_value": (
        get("/events?since=%26all%3D1"),
        b"GET /events?since=%26all%3D1 HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "parameter_without_value": (
        get("/containers/json?all"),
        b"GET /containers/json?all= HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "empty_query": (
        get("/info?"), b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "unknown_parameters": (
        get("/containers/json?x=1&all=1&Image=b&x=2"),
        b"GET /containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "repeated_list_parameter": (
        get("/images/get?names=a&names=b"),
        b"GET /images/get?names=a&names=b HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "empty_checkpoint": (
        post("/containers/web/start?checkpoint="),
        b"POST /containers/web/start HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "known_fields": (
        get("/info", "User-Agent: x/1", "Accept: */*",
            "Accept-Encoding: gzip, deflate", "Connection: keep-alive"),
        b"GET /info HTTP/1.1\r\nHost: docker\r\nUser-Agent: x/1\r\n"
        b"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n\r\n"),
    "unknown_fields": (
        get("/info", "X-Meta-A: b", "Cookie: c", "Authorization: d",
            "X-HTTP-Method-Override: DELETE", "X-Forwarded-For: 1.2.3.4",
            "X-Registry-Auth: e30="),
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "white_space_around_a_value": (
        GET + HOST + b"User-Agent:\t x \t\r\n" + END,
        b"GET /v1.41/info HTTP/1.1\r\nHost: docker\r\n"
        b"User-Agent: x\r\n\r\n"),
    "upgrade_to_h2c": (
        get("/info", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "upgrade_where_nothing_hijacks": (
        get("/containers/json", "Connection: Upgrade", "Upgrade: tcp"),
        b"GET /containers/json HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "upgrade_to_another_protocol": (
        post("/containers/web/attach", "Connection: Upgrade",
             "Upgrade: h2c"),
        b"POST /containers/web/attach HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "registry_auth": (
        post("/images/create?fromImage=a&tag=1", "X-Registry-Auth: e30="),
        b"POST /images/create?fromImage=a&tag=1 HTTP/1.1\r\n"
        b"Host: docker\r\nX-Registry-Auth: e30=\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "empty_object_on_start": (
        post("/containers/web/start", "Content-Type: application/json",
             body=b" {\r\n}\n"),
        b"POST /containers/web/start HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "empty_chunked_body_on_start": (
        START + CHUNKED + END + b"0\r\n\r\n",
        b"POST /v1.41/containers/web/start HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "post_without_length": (
        b"POST /containers/web/stop?t=1 HTTP/1.1\r\n" + HOST + END,
        b"POST /containers/web/stop?t=1 HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Length: 0\r\n\r\n"),
    "delete_with_length_0": (
        request("DELETE", "/containers/web?force=True", body=b""),
        b"DELETE /containers/web?force=True HTTP/1.1\r\n"
        b"Host: docker\r\n\r\n"),
    "json": (
        post("/containers/create?name=x", "Content-Type: application/json",
             body=b'{"Image":"a"}'),
        b"POST /containers/create?name=x HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/json\r\nContent-Length: 13\r\n\r\n"
        b'{"Image":"a"}'),
    "json_with_every_kind_of_value": (
        create(EVERY_KIND),
        b"POST /containers/create HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(EVERY_KIND) + EVERY_KIND),
    "json_null": (
        post("/commit?container=web", "Content-Type: application/json",
             body=b"null\n"),
        b"POST /commit?container=web HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/json\r\nContent-Length: 5\r\n\r\n"
        b"null\n"),
    "networks_with_a_slash_at_the_end": (
        get("/v1.41/networks/"),
        b"GET /v1.41/networks/ HTTP/1.1\r\nHost: docker\r\n\r\n"),
    "json_with_a_character_set": (
        post("/containers/create",
             "Content-Type: Application/JSON; charset=utf-8", body=b"{}"),
        b"POST /containers/create HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
    "json_in_chunks": (
        POST + JSON + CHUNKED + END +
        b"1;a=b\r\n{\r\n00000001\r\n}\r\n0\r\nX: y\r\n\r\n",
        b"POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
    "commit_without_body": (
        post("/commit?container=web&repo=a"),
        b"POST /commit?container=web&repo=a HTTP/1.1\r\n"
        b"Host: docker\r\nContent-Length: 0\r\n\r\n"),
    "archive": (
        post("/images/load?quiet=1", "Content-Type: text/plain",
             body=b"tar"),
        b"POST /images/load?quiet=1 HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/x-tar\r\nContent-Length: 3\r\n\r\ntar"),
    "archive_in_chunks": (
        LOAD + b"Transfer-Encoding: Chunked\r\n" + END +
        b"3;x=y\r\ntar\r\n00000002\r\nab\r\n0\r\nX: y\r\n\r\n",
        b"POST /v1.41/images/load HTTP/1.1\r\nHost: docker\r\n"
        b"Content-Type: application/x-tar\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        b"3\r\ntar\r\n2\r\nab\r\n0\r\n\r\n"),
    "session_fields": (
        request("POST", "/session", "Connection: Upgrade", "Upgrade: h2c",
                "X-Docker-Expose-Session-Uuid: u",
                "X-Docker-Expose-Session-Grpc-Method: /a",
                "X-Docker-Expose-Session-Grpc-Method: /b", host=""),
        b"POST /session HTTP/1.1\r\nHost: docker\r\n"
        b"X-Docker-Expose-Session-Uuid: u\r\n"
        b"X-Docker-Expose-Session-Grpc-Method: /a\r\n"
        b"X-Docker-Expose-Session-Grpc-Method: /b\r\n"
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_and_written_anew(program, recorder, name):
    sent, expected = GOOD[name]
    with Client(program.door()) as client:
        assert client.ask(sent).status == 200
    assert recorder.heard(program.door()) == expected


@pytest.mark.parametrize("name", GOOD)
def test_good_when_sent_in_single_bytes(program, recorder, name):
    sent, expected = GOOD[name]
    with Client(program.door()) as client:
        for i in range(len(sent)):
            client.send(sent[i:i + 1])
        assert client.answer().status == 200
    assert recorder.heard(program.door()) == expected


# Everything behind these must be judged as requests of their own, however
# much it looks like a body or like a tunnel's bytes.
EVIL = b"DELETE /containers/victim HTTP/1.1\r\n" + HOST + END
ALLOWED_BUT_DELETE = EVERYTHING + "[deny]\noperation = ContainerDelete\n"

SMUGGLING = {
    "behind_a_plain_request": GET + HOST + END,
    "behind_an_upgrade_that_is_not_granted":
        b"POST /containers/web/attach?stream=1 HTTP/1.1\r\n" + HOST +
        UPGRADE + END,
    "behind_a_detached_exec":
        EXEC + UPGRADE + JSON + b"Content-Length: 15\r\n" + END +
        b'{"Detach":true}',
    "behind_a_session_that_is_not_granted":
        b"POST /session HTTP/1.1\r\n" + HOST +
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + END,
    "behind_an_upgrade_that_is_not_known": START + UPGRADE + END,
    "behind_an_upgrade_without_connection":
        b"POST /containers/web/attach HTTP/1.1\r\n" + HOST +
        b"Upgrade: tcp\r\n" + END,
    "behind_an_empty_chunked_body": LOAD + CHUNKED + END + b"0\r\n\r\n",
    "behind_trailers": LOAD + CHUNKED + END + b"0\r\nX: y\r\n\r\n",
    "behind_a_body_with_length":
        LOAD + b"Content-Length: 2\r\n" + END + b"ab",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_what_follows_is_judged(serve, recorder, name):
    program = serve(ALLOWED_BUT_DELETE)
    with Client(program.door()) as client:
        client.send(SMUGGLING[name] + EVIL + GET + HOST + END)
        assert client.answer().status == 200
        assert client.answer().status == 403
        assert client.answer().status == 200
    heard = recorder.heard(program.door())
    assert b"DELETE" not in heard
    assert heard.count(b" HTTP/1.1\r\n") == 2
    program.wait_log("decision", verdict="deny", operation="ContainerDelete")


LAST = {
    "connection_close": request("GET", "/info", "Connection: close"),
    "connection_close_in_a_list": request(
        "GET", "/info", "Connection: keep-alive, Close"),
    "http_1_0": b"GET /info HTTP/1.0\r\n\r\n",
    "http_1_0_keep_alive":
        b"GET /info HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
}


@pytest.mark.parametrize("name", LAST)
def test_nothing_follows_the_last_request(program, recorder, name):
    with Client(program.door()) as client:
        client.send(LAST[name] + EVIL)
        assert client.answer().status == 200
        assert client.at_end()
    assert recorder.heard(program.door()) == \
        b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"


def test_pipelined_behind_a_denied_hijack(serve, recorder):
    program = serve("[allow]\noperation = SystemPing\n")
    with Client(program.door()) as client:
        client.send(b"POST /containers/web/attach HTTP/1.1\r\n" + HOST +
                    UPGRADE + b"Content-Length: 0\r\n" + END + EVIL)
        assert client.answer().status == 403
        assert client.answer().status == 403
    assert recorder.heard(program.door()) == b""


def test_a_denied_body_is_not_read_as_requests(serve, recorder):
    program = serve("[allow]\noperation = SystemPing\n")
    ping = request("GET", "/_ping")
    with Client(program.door()) as client:
        client.send(post("/containers/create", body=ping) + ping)
        assert client.answer().status == 403
        # Closed, or read over: the body was no request of its own.
        rest = client.rest()
        assert rest.count(b"HTTP/1.1 ") <= 1
    assert recorder.heard(program.door()) in (
        b"", b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")


TOO_LARGE = {
    "long_target": (414, b"GET /info?" + 9000 * b"x" + b" HTTP/1.1\r\n" +
                    HOST + END),
    "endless_target": (414, b"GET /" + 20000 * b"x"),
    "large_head": (431, GET + HOST + b"X: " + 20000 * b"x" + b"\r\n" + END),
    "endless_head": (431, GET + HOST + b"X: " + 40000 * b"x"),
    "many_fields": (431, GET + HOST + 64 * b"X: y\r\n" + END),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large(program, recorder, name):
    status, sent = TOO_LARGE[name]
    with Client(program.door()) as client:
        client.send(sent)
        answer = client.answer()
        assert answer.status == status
        assert answer.field("Connection") == "close"
        assert client.at_end()
    assert recorder.heard(program.door()) == b""


def test_just_not_too_large(program, recorder):
    with Client(program.door()) as client:
        assert client.ask(
            get("/info?" + 8150 * "x")).status == 200
        assert client.ask(get("/info", "X: " + 12000 * "x")).status == 200
        assert client.ask(get("/info", *63 * ["X: y"])).status == 200
    heard = recorder.heard(program.door())
    assert heard == 3 * b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"


def test_a_trickled_head_gets_408(program, recorder):
    """The clock starts with a head's first byte: who says nothing at all,
    or nothing more, is left alone."""
    sent = GET + HOST
    with Client(program.door()) as idle, Client(program.door()) as used, \
            Client(program.door()) as client:
        assert used.ask(get("/info")).status == 200
        began = time.monotonic()
        client.sock.settimeout(.8)
        answer = None
        for i in range(20):
            client.send(sent[i:i + 1])
            try:
                answer = client.answer()
                break
            except TimeoutError:
                continue
        assert answer is not None and answer.status == 408
        assert 9 < time.monotonic() - began < 12
        client.sock.settimeout(TIMEOUT)
        assert client.at_end()
        assert used.ask(get("/info")).status == 200
        assert idle.ask(get("/info")).status == 200
    heard = recorder.heard(program.door())
    assert heard == 3 * b"GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"
