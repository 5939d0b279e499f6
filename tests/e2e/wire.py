# SPDX-License-Identifier: MIT
"""HTTP/1.1 on a socket, byte by byte: for clients and daemons that send
exactly what a test tells them to, and read strictly."""

import socket

TIMEOUT = 15


class Ended(Exception):
    """The other side closed before what was awaited had come."""


class Stream:
    """A connected socket with a buffer in front of it."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        sock.settimeout(TIMEOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.sock.sendall(data)

    def receive(self, size=65536):
        return self.sock.recv(size)

    def fill(self):
        data = self.receive()
        if not data:
            raise Ended(bytes(self.buffer))
        self.buffer += data

    def take(self, size):
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def exactly(self, size):
        while len(self.buffer) < size:
            self.fill()
        return self.take(size)

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        return self.take(self.buffer.index(mark) + len(mark))

    def rest(self):
        """All that comes until the other side closes."""
        try:
            while True:
                self.fill()
        except Ended:
            return self.take(len(self.buffer))
        except ConnectionResetError as reset:
            raise Ended(bytes(self.buffer)) from reset


class Message:
    """A request or a response. raw is all its bytes as they came."""

    def __init__(self, head):
        self.head = head
        self.raw = head
        self.body = b""
        lines = head[:-4].split(b"\r\n")
        self.line = lines[0].decode("latin-1")
        self.fields = []
        for line in lines[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon, f"no colon in {line!r}"
            self.fields.append((name, value.strip()))

    def field(self, name):
        """The value of the only field with this name, or None."""
        found = [v for n, v in self.fields if n.lower() == name.lower()]
        assert len(found) <= 1, f"{name} {len(found)} times in {self.head!r}"
        return found[0] if found else None

    @property
    def status(self):
        version, status, _ = (self.line + " ").split(" ", 2)
        assert version == "HTTP/1.1", self.line
        return int(status)

    @property
    def method(self):
        return self.line.split(" ")[0]

    @property
    def target(self):
        return self.line.split(" ")[1]


def read_chunk(stream):
    """One chunk: its bytes as they came and its data; b"" at the end."""
    line = stream.until(b"\r\n")
    size = int(line.split(b";")[0], 16)
    if size == 0:
        trailer = b""
        while not trailer.endswith(b"\r\n\r\n") and trailer != b"\r\n":
            trailer += stream.until(b"\r\n")
        return line + trailer, b""
    data = stream.exactly(size + 2)
    assert data.endswith(b"\r\n"), data[-20:]
    return line + data, data[:-2]


def read_body(stream, message, until_close):
    if message.field("Transfer-Encoding"):
        assert message.field("Transfer-Encoding").lower() == "chunked"
        assert message.field("Content-Length") is None
        data = None
        while data != b"":
            raw, data = read_chunk(stream)
            message.raw += raw
            message.body += data
        return
    if message.field("Content-Length") is not None:
        message.body = stream.exactly(int(message.field("Content-Length")))
    elif until_close:
        message.body = stream.rest()
    message.raw += message.body


def read_request(stream):
    message = Message(stream.until(b"\r\n\r\n"))
    read_body(stream, message, until_close=False)
    return message


def read_head(stream):
    return Message(stream.until(b"\r\n\r\n"))


def read_response(stream, method="GET"):
    message = read_head(stream)
    if message.status >= 200 and message.status not in (204, 304) \
            and method != "HEAD":
        read_body(stream, message, until_close=True)
    return message


def connect(path, timeout=TIMEOUT):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(timeout)
    sock.connect(str(path))
    return sock


class Client(Stream):
    """A client at a door."""

    def __init__(self, path):
        super().__init__(connect(path))

    def ask(self, request, method=None):
        """Send a request and read its answer."""
        self.send(request)
        return self.answer(method or request.split(b" ")[0].decode("latin-1"))

    def answer(self, method="GET"):
        return read_response(self, method)

    def at_end(self):
        """Wait until the door has closed; nothing more may come."""
        try:
            return self.rest() == b""
        except Ended:
            return False


def request(method, target, *fields, body=None, host="docker"):
    """A request's bytes as a plain client would send them."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def response(status, *fields, body=None, reason="X"):
    """A response's bytes as a daemon would send them."""
    lines = [f"HTTP/1.1 {status} {reason}", *fields]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")
