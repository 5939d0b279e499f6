# SPDX-License-Identifier: MIT
"""docker-py through doors, against a real daemon."""

import io
import tarfile
import threading
import time

import pytest

from engine import IMAGE, must_not_skip
from profiles import EVERYTHING
from wait import wait_until

if must_not_skip():
    import docker
else:
    docker = pytest.importorskip("docker")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:docker")


@pytest.fixture
def connect(dockerd, postern):
    """connect(PROFILE) is a client at such a door."""
    clients = []

    def make(profile):
        program = postern(dockerd.socket, web=profile).start()
        clients.append(docker.DockerClient(
            base_url=f"unix://{program.door()}", version="auto", timeout=20))
        clients[-1].program = program
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def direct(dockerd):
    client = docker.DockerClient(base_url=f"unix://{dockerd.socket}",
                                 version="auto", timeout=20)
    yield client
    for container in client.containers.list(all=True):
        container.remove(force=True, v=True)
    client.close()


@pytest.fixture
def client(connect, direct):
    return connect(EVERYTHING)


@pytest.fixture
def box(client):
    return client.containers.run(IMAGE, "sleep 1000", detach=True,
                                 name="box", network_mode="none")


def test_reads_alike(client, direct, box):
    assert client.version() == direct.version()
    assert client.ping() is True
    assert [c.id for c in client.containers.list()] == [box.id]
    assert client.containers.get("box").attrs == \
        direct.containers.get("box").attrs
    assert [i.id for i in client.images.list()] == \
        [i.id for i in direct.images.list()]
    assert sorted(n["Id"] for n in client.api.networks()) == \
        sorted(n["Id"] for n in direct.api.networks())
    assert client.api.volumes() == direct.api.volumes()
    assert client.api.inspect_image(IMAGE) == direct.api.inspect_image(IMAGE)


def test_a_life(client):
    container = client.containers.create(
        IMAGE, "sleep 1000", name="c1", network_mode="none",
        labels={"a": "b"})
    container.start()
    container.pause()
    container.unpause()
    container.rename("c2")
    container.restart(timeout=0)
    container.update(mem_limit="64m", memswap_limit="64m")
    container.kill()
    assert container.wait()["StatusCode"] == 137
    container.remove(v=True)
    assert client.containers.list(all=True, filters={"label": "a=b"}) == []


def test_run_and_read(client):
    assert client.containers.run(
        IMAGE, ["sh", "-c", "echo out; echo err >&2"], remove=True,
        network_mode="none", stderr=False) == b"out\n"


def test_a_failed_run_says_so(client):
    with pytest.raises(docker.errors.ContainerError) as error:
        client.containers.run(IMAGE, "sh -c 'exit 3'", network_mode="none")
    assert error.value.exit_status == 3


def test_exec(box):
    code, output = box.exec_run(["sh", "-c", "echo o; echo e >&2; exit 4"],
                                demux=True)
    assert (code, output) == (4, (b"o\n", b"e\n"))


def test_exec_streams(box):
    _, output = box.exec_run(
        ["sh", "-c", "for i in 1 2 3; do echo $i; sleep .2; done"],
        stream=True)
    began = time.monotonic()
    assert next(output) == b"1\n"
    assert time.monotonic() - began < .5
    assert b"".join(output) == b"2\n3\n"


def test_exec_detached(box):
    box.exec_run("touch /made", detach=True)
    wait_until(lambda: box.exec_run("rm /made").exit_code == 0, "the file")


def test_exec_over_a_socket(box):
    _, stream = box.exec_run("cat", stdin=True, tty=True, socket=True)
    sock = stream._sock
    sock.settimeout(10)
    sock.sendall(b"hello\n")
    got = b""
    while got.count(b"hello\r\n") < 2:
        data = sock.recv(100)
        assert data
        got += data
    assert got == b"hello\r\nhello\r\n"
    sock.close()


def test_attach_over_a_socket(client):
    container = client.containers.create(
        IMAGE, "cat", name="c1", stdin_open=True, network_mode="none")
    stream = container.attach_socket(
        params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    sock = stream._sock
    sock.settimeout(10)
    sock.sendall(b"hello\n")
    header = b""
    while len(header) < 14:
        data = sock.recv(14 - len(header))
        assert data
        header += data
    assert header == b"\x01\0\0\0\0\0\0\x06hello\n"
    stream.close()


def test_logs(client):
    container = client.containers.run(
        IMAGE, ["sh", "-c", "for i in 1 2 3; do echo $i; sleep .1; done"],
        detach=True, network_mode="none")
    assert b"".join(container.logs(stream=True, follow=True)) == b"1\n2\n3\n"
    assert container.logs(tail=1) == b"3\n"


def test_stats(client, box):
    assert box.stats(stream=False)["id"] == box.id
    stream = box.stats(stream=True, decode=True)
    assert next(stream)["id"] == box.id
    stream.close()


def test_archives(box):
    data = bytes(range(256)) * 20000
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("data")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    assert box.put_archive("/tmp", archive.getvalue())
    stream, stat = box.get_archive("/tmp/data")
    assert stat["name"] == "data" and stat["size"] == len(data)
    back = io.BytesIO(b"".join(stream))
    with tarfile.open(fileobj=back) as tar:
        assert tar.extractfile("data").read() == data


def test_build(client):
    image, log = client.images.build(
        fileobj=io.BytesIO(f"FROM {IMAGE}\nRUN echo hello\n".encode()),
        network_mode="none", tag="py:1", rm=True)
    assert any(line.get("stream") == "hello\n" for line in log)
    client.images.remove("py:1")
    assert image.id


def test_save_and_load(client):
    saved = b"".join(client.images.get(IMAGE).save(named=True))
    assert [IMAGE in i.tags for i in client.images.load(saved)] == [True]


def test_volumes_and_networks(client):
    volume = client.volumes.create("pyv", labels={"a": "b"})
    assert client.volumes.get("pyv").attrs["Labels"] == {"a": "b"}
    volume.remove()
    network = client.networks.create("pyn", internal=True)
    container = client.containers.create(IMAGE, "true", name="c1",
                                         network="pyn")
    network.disconnect(container)
    network.connect(container, aliases=["web"])
    networks = client.containers.get("c1").attrs["NetworkSettings"]
    assert "web" in networks["Networks"]["pyn"]["Aliases"]
    container.remove()
    network.remove()


def test_events(client, direct):
    events = client.events(decode=True, filters={"type": "container"})
    seen = []

    def read():
        for event in events:
            seen.append(event["Action"])
            if event["Action"] == "destroy":
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    client.program.wait_log("stream-start", operation="SystemEvents")
    direct.containers.create(IMAGE, "true", name="c1").remove()
    reader.join(10)
    assert seen == ["create", "destroy"]
    events.close()


def test_a_denial_is_an_error_of_its_class(connect, direct):
    client = connect("[profile]\nextends = readonly\n")
    assert client.containers.list(all=True) == []
    with pytest.raises(docker.errors.APIError) as error:
        client.containers.run(IMAGE, "true")
    assert error.value.response.status_code == 403
    assert error.value.is_client_error()
    assert error.value.explanation == (
        "postern: profile web does not allow ContainerCreate "
        "(POST /containers/create)")
    assert direct.containers.list(all=True) == []


def test_a_missing_thing_is_still_a_missing_thing(client):
    with pytest.raises(docker.errors.NotFound):
        client.containers.get("nothing")
