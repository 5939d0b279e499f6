# SPDX-License-Identifier: MIT
"""Load: a fast stand-in for a daemon, and many clients that ask as fast as
they are answered, each kind in a process of its own. No client ever asks a
second time: what fails is written down, with its time and its kind."""

import collections
import contextlib
import errno
import multiprocessing
import os
import re
import select
import signal
import socket
import time

LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)\r\n", re.IGNORECASE)
LAST_ANSWERS = 5  # seconds, once it was told to stop
CONTEXT = multiprocessing.get_context("fork")


def split_message(data):
    """The first message's head and body, and its size; None if it is not
    whole."""
    end = data.find(b"\r\n\r\n")
    if end == -1:
        return None
    length = LENGTH.search(data, 0, end + 2)
    size = end + 4 + (int(length[1]) if length else 0)
    if len(data) < size:
        return None
    return data[:end + 2], data[end + 4:size], size


def answer_to(head, body):
    """A body comes back; where there is none, the target does."""
    if not body:
        body = head.split(b" ", 2)[1]
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


def serve_daemon(listener, answer):
    """The daemon's process. It ends when it is killed."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    links, held = {}, {}
    epoll = select.epoll()
    listener.setblocking(False)
    epoll.register(listener, select.EPOLLIN)

    def serve(fd):
        data = held.pop(fd, b"") + links[fd].recv(65536)
        answers = b""
        while (message := split_message(data)) is not None:
            head, body, size = message
            answers += answer(head, body)
            data = data[size:]
        if data:
            held[fd] = data
        if answers:
            links[fd].sendall(answers)
        elif not data:
            raise ConnectionResetError

    while True:
        for fd, _ in epoll.poll():
            if fd == listener.fileno():
                with contextlib.suppress(BlockingIOError):
                    link = listener.accept()[0]
                    links[link.fileno()] = link
                    epoll.register(link, select.EPOLLIN)
                continue
            try:
                serve(fd)
            except OSError:
                held.pop(fd, None)
                links.pop(fd).close()


class Daemon:
    """A daemon that says back what it was asked, or answers otherwise."""

    def __init__(self, path, answer=answer_to):
        self.path = str(path)
        self.answer = answer
        self.process = None

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path)
            os.chmod(self.path, 0o666)
            listener.listen(1024)
            self.process = CONTEXT.Process(
                target=serve_daemon, args=(listener, self.answer),
                daemon=True)
            self.process.start()
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


# at: when it failed; opened: when its connection was made, or None.
Failure = collections.namedtuple("Failure", "kind at opened client")
# Of a client that makes a connection for each request.
Visit = collections.namedtuple("Visit", "opened answered")


class Caller:
    """One client: kept, or with a connection for each request; and with a
    pause between an answer and its next request, or none."""

    def __init__(self, load, number, kept, pause):
        self.load = load
        self.name = f"{'kept' if kept else 'new'}-{number}"
        self.kept = kept
        self.pause = pause
        self.count = 0
        self.sock = None
        self.opened = None
        self.expected = None
        self.data = b""

    def ask(self):
        """Send the next request. Every fourth has a body."""
        if self.sock is None and not self.connect():
            return
        self.count += 1
        name = b"%s-%d" % (self.name.encode(), self.count)
        if self.count % 4 == 0:
            self.expected = b'{"Image":"%s"}' % name
            request = (b"POST /v1.41/containers/create HTTP/1.1\r\n"
                       b"Host: docker\r\nContent-Type: application/json\r\n"
                       b"Content-Length: %d\r\n\r\n%s"
                       % (len(self.expected), self.expected))
        else:
            self.expected = b"/v1.41/containers/%s/json" % name
            request = (b"GET %s HTTP/1.1\r\nHost: docker\r\n\r\n"
                       % self.expected)
        try:
            self.sock.send(request)
        except OSError as error:
            self.fail(f"{errno.errorcode[error.errno]} at sending")

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.setblocking(False)
        try:
            sock.connect(self.load.door)
        except OSError as error:
            sock.close()
            self.fail(f"{errno.errorcode[error.errno]} at connecting")
            return False
        self.sock = sock
        self.opened = time.monotonic()
        self.load.watch(self)
        return True

    def fail(self, kind):
        idle = self.sock is not None and self.expected is None
        self.load.failures.append(Failure(
            kind + (", idle" if idle else ""), time.monotonic(), self.opened,
            self.name))
        self.hang_up()
        # Not at once: a door that is gone would be asked without end. Who
        # was idle has its turn already.
        if not idle:
            self.load.rest(self, .001)

    def hang_up(self):
        if self.sock is not None:
            self.load.forget(self)
            self.sock.close()
        self.sock = self.opened = self.expected = None
        self.data = b""

    def on_bytes(self):
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            self.fail(f"{errno.errorcode[error.errno]} before an answer")
            return
        if not data:
            self.fail("EOF " + ("in an answer" if self.data else
                                "before an answer"))
            return
        self.data += data
        message = split_message(self.data)
        if message is not None:
            self.on_answer(*message)

    def on_answer(self, head, body, size):
        status = head[9:12].decode()
        if status != "200":
            self.fail(f"status {status}")
        elif body != self.expected or size != len(self.data):
            self.fail("another request's answer")
        else:
            self.load.answered += 1
            if not self.kept:
                self.load.visits.append(
                    Visit(self.opened, time.monotonic()))
            if self.kept:
                self.data, self.expected = b"", None
            else:
                self.hang_up()
            self.load.rest(self, self.pause)


class Callers:
    """Clients in one loop. What became of them is in its outcome."""

    def __init__(self, door, kept, new):
        self.door = str(door)
        self.answered = 0
        self.failures = []
        self.visits = []
        self.epoll = select.epoll()
        self.by_fd = {}
        self.ready = collections.deque()
        self.resting = []
        # Every other one is idle for a while between its requests.
        self.all = [Caller(self, i, True, .01 * (i % 2)) for i in range(kept)]
        self.all += [Caller(self, i, False, .002 * (i % 2))
                     for i in range(new)]
        self.ready.extend(self.all)

    def watch(self, caller):
        self.by_fd[caller.sock.fileno()] = caller
        self.epoll.register(caller.sock, select.EPOLLIN)

    def forget(self, caller):
        del self.by_fd[caller.sock.fileno()]

    def rest(self, caller, seconds):
        if seconds:
            self.resting.append((time.monotonic() + seconds, caller))
        else:
            self.ready.append(caller)

    def turn(self):
        """Let those ask who may, and see who is answered."""
        now = time.monotonic()
        for entry in [one for one in self.resting if one[0] <= now]:
            self.resting.remove(entry)
            self.ready.append(entry[1])
        for _ in range(len(self.ready)):
            self.ready.popleft().ask()
        self.receive(0 if self.ready else .002)

    def receive(self, seconds):
        for fd, _ in self.epoll.poll(seconds):
            caller = self.by_fd.get(fd)
            if caller is not None:
                caller.on_bytes()

    def finish(self):
        """No more requests; those under way are answered."""
        end = time.monotonic() + LAST_ANSWERS
        while time.monotonic() < end and any(
                caller.expected for caller in self.all):
            self.receive(.002)
        for caller in self.all:
            if caller.expected:
                caller.fail("no answer")

    def run(self, pipe):
        began = time.monotonic()
        while not pipe.poll():
            for _ in range(20):
                self.turn()
        self.finish()
        seconds = time.monotonic() - began
        pipe.send((self.answered, self.failures, self.visits, seconds))


class Load:
    """Clients of a door, while the block runs. Afterwards it has the sum of
    what became of their requests."""

    def __init__(self, door, kept=16, new=4):
        self.open_at_once = kept + new
        self.answered = 0
        self.failures = []
        self.visits = []
        self.seconds = 0
        self.parts = []
        # Those that keep their connections are the faster ones: so that the
        # others do not wait for them, they have a process of their own.
        for callers in ((door, kept, 0), (door, 0, new)):
            here, there = CONTEXT.Pipe()
            process = CONTEXT.Process(
                target=lambda pipe, *args: Callers(*args).run(pipe),
                args=(there, *callers), daemon=True)
            self.parts.append((process, here))

    def __enter__(self):
        for process, _ in self.parts:
            process.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            for _, pipe in self.parts:
                pipe.send("stop")
            for _, pipe in self.parts:
                assert pipe.poll(2 * LAST_ANSWERS), "the load does not end"
                answered, failures, visits, seconds = pipe.recv()
                self.answered += answered
                self.failures += failures
                self.visits += visits
                self.seconds = max(self.seconds, seconds)
        for process, _ in self.parts:
            process.kill()
            process.join()

    def kinds(self):
        return collections.Counter(one.kind for one in self.failures)

    def back_after(self, moment):
        """Seconds from that moment until a client was answered who came
        after it."""
        return min(visit.answered for visit in self.visits
                   if visit.opened >= moment) - moment

    def longest_visit(self):
        return max(visit.answered - visit.opened for visit in self.visits)

    def table(self, title):
        lines = [f"{title}: {self.answered} requests answered in "
                 f"{self.seconds:.1f} s, {self.answered / self.seconds:.0f} "
                 f"a second; longest visit "
                 f"{1000 * self.longest_visit():.1f} ms; "
                 f"{len(self.failures)} failed"]
        lines += [f"  {count:6} {kind}"
                  for kind, count in self.kinds().most_common()]
        return "\n".join(lines)
