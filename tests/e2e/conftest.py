# SPDX-License-Identifier: MIT
"""What the tests are given. Each test leaves nothing behind, and a door
that crashed fails the test that it served."""

import os
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

import engine
from profiles import EVERYTHING
from program import Postern
from recorder import Recorder

sys.dont_write_bytecode = True

TEST_SECONDS = 60


def pytest_configure(config):
    # Thousands of connections have both their other ends here.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    # Clean up as for ^C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not os.access(os.environ.get("POSTERN", ""), os.X_OK):
        pytest.exit("POSTERN must name the program to test", 2)


@pytest.fixture(autouse=True)
def time_limit():
    """What waits for ever fails, and says where."""
    def on_alarm(*_):
        raise TimeoutError(f"a test took over {TEST_SECONDS} s")

    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


@pytest.fixture
def home():
    """A directory with a short name: a socket's path has 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="pe", dir="/tmp"))
    # Started by root, the program becomes somebody else.
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def recorder(home):
    """A daemon that records; a test may set its script first."""
    recorder = Recorder(home / "daemon.sock")
    yield recorder
    recorder.shut()
    errors = [link.error for link in recorder.accepted if link.error]
    assert not errors, errors


@pytest.fixture
def postern(home):
    """postern(upstream, web=TEXT, ...) makes one that is not yet started,
    with these profiles."""
    made = []

    def make(upstream, **profiles):
        folder = home / f"p{len(made)}"
        folder.mkdir()
        one = Postern(folder, upstream)
        for name, text in profiles.items():
            one.profile(name, text)
        made.append(one)
        return one

    yield make
    try:
        for one in made:
            one.stop()
    finally:
        for one in made:
            one.kill()


@pytest.fixture
def serve(postern, recorder):
    """serve(TEXT) starts one in front of the recorder; its only door is
    "web"."""
    return lambda text, *arguments, **options: postern(
        recorder.path, web=text).start(*arguments, **options)


@pytest.fixture
def program(serve):
    """One whose door allows everything."""
    return serve(EVERYTHING)


@pytest.fixture(scope="session")
def dockerd():
    reason = engine.why_not()
    if reason:
        engine.cannot(reason)
    daemon = engine.Engine()
    try:
        yield daemon.start()
    finally:
        daemon.stop()


@pytest.fixture(params=engine.clients() or [None], ids=engine.client_id)
def docker_path(request):
    """Each docker command line client of the machine."""
    if request.param is None:
        engine.cannot("no docker command line client is here")
    return request.param
