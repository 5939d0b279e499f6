# SPDX-License-Identifier: MIT
"""Archives that are unpacked in a container of a real daemon, through a door
that looks at each entry and writes them anew."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import random
import shutil
import subprocess
import tarfile
from urllib.parse import quote

import pytest

import engine
from api import TIGHT, Api, direct, door, folders
from engine import IMAGE, Command
from program import is_sanitized
from wait import wait_until
from wire import Client, chunk, read_response, request, response

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:docker")

PROFILE = TIGHT + "[container]\narchive = /data /data/*\n"
TAR = "Content-Type: application/x-tar"


@pytest.fixture
def box(direct):
    """A running container of that name, with a directory."""
    direct.create("box", {"Image": IMAGE, "Cmd": [
        "sh", "-c", "mkdir -p /data/sub /other; exec sleep 1000"]})
    direct.json("POST /containers/box/start")
    wait_until(lambda: direct("GET /containers/box/archive?path=/data/sub")
               .status == 200, "the directory")
    return "box"


@pytest.fixture
def ask(door, box):
    return door(PROFILE)


def member(name, **fields):
    made = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def archive(*members, format=tarfile.GNU_FORMAT):
    """Of members, or pairs of one and its contents."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format) as tar:
        for each in members:
            one, data = each if isinstance(each, tuple) else (each, b"")
            one.size = len(data)
            tar.addfile(one, io.BytesIO(data))
    return made.getvalue()


def put(ask, data, path="/data", name="box"):
    return ask(f"PUT /containers/{name}/archive?path={quote(path)}", data,
               TAR)


def tree(data):
    """What is in an archive."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for each in tar:
            content = tar.extractfile(each).read() if each.isreg() else b""
            found[each.name] = (
                each.type, each.linkname, each.mode & 0o7777, each.uid,
                each.gid, int(each.mtime) if each.isreg() else 0,
                hashlib.sha256(content).hexdigest())
    return found


def there(direct, path="/data"):
    answer = direct(f"GET /containers/box/archive?path={path}")
    assert answer.status == 200, answer.raw
    return tree(answer.body)


def plant(folder):
    """A tree with a bit of everything that is harmless."""
    data = random.Random(1)
    (folder / "empty").mkdir(parents=True)
    for size in (0, 1, 511, 512, 513, 10240, 1 << 19):
        (folder / f"f{size}").write_bytes(data.randbytes(size))
    (folder / "f1").chmod(0o755)
    (folder / "f511").chmod(0o600)
    os.utime(folder / "f512", (10 ** 9, 10 ** 9))
    os.chown(folder / "f513", 1000, 70000)
    deep = folder.joinpath(*["d" * 60] * 5)
    deep.mkdir(parents=True)
    (deep / ("n" * 200)).write_text("long")
    (folder / "m\u00fcsli \\n'\"*").write_text("odd")
    (folder / "link").symlink_to("f513")
    (deep / "up").symlink_to("../../f512")
    (folder / "nowhere").symlink_to("not/there")
    (folder / "hard").hardlink_to(folder / "f10240")


def test_docker_cp_copies_the_same_as_without_a_door(
        ask, direct, docker_path, home):
    plant(home / "tree")
    for sock in (direct.sock, ask.sock):
        docker = Command(docker_path, sock, home)
        name = "a" if sock == direct.sock else "b"
        docker.ok("cp", f"{home}/tree", f"box:/data/{name}")
        docker.ok("cp", f"{home}/tree/f512", "box:/data/sub/")
        docker.ok("cp", "-a", f"{home}/tree/f513", f"box:/data/{name}513")
        docker.ok("cp", f"{home}/tree/.", "box:/data/sub")
        docker.ok("cp", "-", f"box:/data/{name}", stdin=archive(
            (member("typed"), b"typed")))
    trees = [{name.removeprefix(folder): (*each[:1], each[1].removeprefix(
        f"{folder}/"), *each[2:]) for name, each in
        there(direct, f"/data/{folder}").items()} for folder in "ab"]
    assert len(trees[0]) > 20
    assert trees[0] == trees[1]
    assert there(direct, "/data/a513")["a513"] == \
        there(direct, "/data/b513")["b513"]
    # And what comes out is what went in.
    docker.ok("cp", "box:/data/b", str(home / "out"))
    (home / "out" / "typed").unlink()
    assert subprocess.run(["diff", "-r", "--no-dereference", home / "tree",
                           home / "out"], check=False).returncode == 0


def test_docker_py_puts_an_archive(ask, direct):
    docker = (__import__("docker") if engine.must_not_skip()
              else pytest.importorskip("docker"))
    data = random.Random(2).randbytes(1 << 20)
    client = docker.DockerClient(base_url=f"unix://{ask.sock}", timeout=20)
    packed = archive((member("put", mode=0o640, uid=5, mtime=7), data))
    assert client.containers.get("box").put_archive("/data", packed)
    client.close()
    assert there(direct, "/data/put") == tree(packed)


def zstd(data):
    if shutil.which("zstd") is None:
        engine.cannot("no zstd here")
    return subprocess.run(["zstd", "-q"], input=data, capture_output=True,
                          check=True).stdout


@pytest.mark.parametrize("format, pack", [
    (tarfile.USTAR_FORMAT, bytes), (tarfile.GNU_FORMAT, bytes),
    (tarfile.PAX_FORMAT, bytes), (tarfile.GNU_FORMAT, gzip.compress),
    (tarfile.PAX_FORMAT, bz2.compress), (tarfile.GNU_FORMAT, lzma.compress),
    (tarfile.PAX_FORMAT, zstd)],
    ids=["ustar", "gnu", "pax", "gzip", "bzip2", "xz", "zstd"])
def test_what_was_packed_is_unpacked(ask, direct, home, format, pack):
    plant(home / "tree")
    made = io.BytesIO()

    def fits(each):
        # What has no place in such a header.
        if format == tarfile.USTAR_FORMAT and (
                len(each.name) > 90 or not each.name.isascii()):
            return None
        each.mtime = int(each.mtime)
        return each

    with tarfile.open(fileobj=made, mode="w", format=format) as tar:
        tar.add(home / "tree", "tree", filter=fits)
    packed = pack(made.getvalue())
    answer = put(ask, packed)
    assert answer.status == 200, answer.raw
    assert there(direct, "/data/tree") == tree(made.getvalue())
    # Cut, and with something behind it.
    for bad in (packed[:-len(packed) // 3], packed + b"x" * 600):
        answer = put(ask, bad)
        assert answer.status in (400, 403), answer.raw


GOOD = (member("good"), b"good")
LINK = {"type": tarfile.SYMTYPE}
HARD = {"type": tarfile.LNKTYPE}

# What is in an archive, and what the client is told of it.
REFUSED = {
    "bad: a setuid file": [(member("bad", mode=0o4755), b"x")],
    "bad: a setgid file": [(member("bad", mode=0o2755), b"x")],
    "bad/: a setgid directory": [
        member("bad", mode=0o2755, type=tarfile.DIRTYPE)],
    "bad: a sticky file": [(member("bad", mode=0o1755), b"x")],
    "bad: a device": [member("bad", type=tarfile.CHRTYPE, devmajor=1,
                             devminor=3)],
    "disk: a device": [member("disk", type=tarfile.BLKTYPE, devmajor=8)],
    "bad: a FIFO": [member("bad", type=tarfile.FIFOTYPE)],
    '../other/bad: a name with ".."': [(member("../other/bad"), b"x")],
    'sub/../../bad: a name with ".."': [(member("sub/../../bad"), b"x")],
    '/../other/bad: a name with ".."': [(member("/../other/bad"), b"x")],
    "bad: a symbolic link to an absolute name": [
        member("bad", linkname="/other", **LINK)],
    "bad: a symbolic link out of the archive": [
        member("bad", linkname="../other", **LINK)],
    "bad/bad: a name through a symbolic link of this archive": [
        member("bad", linkname="sub", **LINK), (member("bad/bad"), b"x")],
    'bad: a name with ".."': [member("bad", linkname="../other/x", **HARD)],
    "SCHILY.xattr.security.capability: an extended attribute": [
        (member("bad", pax_headers={
            "SCHILY.xattr.security.capability": "x"}), b"x")],
    '.wh.good: a name with ".wh.", which means to delete': [
        (member(".wh.good"), b"")],
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_is_not_unpacked(ask, direct, why):
    form = tarfile.PAX_FORMAT
    before = there(direct), there(direct, "/other")
    for first in ([], [GOOD]):
        packed = archive(*first, *REFUSED[why], format=form)
        for data in (packed, gzip.compress(packed)):
            answer = put(ask, data)
            assert answer.status == 403, answer.raw
            assert json.loads(answer.body)["message"] == f"postern: {why}"
            # An archive streams: what came before may be there.
            inside = there(direct)
            inside.pop("data/good", None)
            if "through" in why:
                inside.pop("data/bad", None)
            assert inside.keys() == before[0].keys()
            assert there(direct, "/other") == before[1]


@pytest.mark.parametrize("path", [
    "/", "/other", "/datax", "/dat", "/data/../other", "/data/./sub",
    "/data//sub", "data", "../data", "", "/DATA", "/proc/self"])
def test_only_where_the_profile_says(ask, direct, path):
    before = there(direct, "/other")
    answer = put(ask, archive(GOOD), path)
    assert answer.status in (400, 403), answer.raw
    assert there(direct, "/other") == before
    assert "data/good" not in there(direct)


def test_never_where_the_host_is_mounted(ask, direct, folders):
    for name, mount in {
            "c1": {"Binds": [f"{folders['work']}:/data"]},
            "c2": {"Binds": [f"{folders['work']}:/elsewhere"]},
            "c3": {"Mounts": [{"Type": "bind", "Target": "/data",
                               "Source": str(folders["work"])}]}}.items():
        direct.create(name, {"Image": IMAGE, "Cmd": ["true"],
                             "HostConfig": mount})
        answer = put(ask, archive(GOOD), name=name)
        assert answer.status == 403
        assert b"container.Mounts[0]" in answer.body
        assert str(folders["work"]).encode() not in answer.body
        assert [each.name for each in folders["work"].iterdir()] == ["file"]
    # What can only be read, and volumes, are not in the way.
    direct.create("c4", {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {
        "Binds": [f"{folders['shared']}:/ro:ro", "vol1:/data"]}})
    assert put(ask, archive(GOOD), name="c4").status == 200
    assert [each.name for each in folders["shared"].iterdir()] == ["file"]


def anonymous(program):
    """Bytes of memory, of the worker, that are no file's."""
    return int(program.status_of_worker()["RssAnon"].split()[0]) * 1024


def test_a_large_tree_streams(ask, direct):
    """Without the memory that it would take to hold it."""
    block = random.Random(3).randbytes(1 << 20)
    before = most = anonymous(ask.program)
    with Client(ask.sock) as client:
        client.send(request("PUT", "/containers/box/archive?path=/data", TAR,
                            "Transfer-Encoding: chunked"))
        for number in range(200):
            client.send(chunk(archive(
                (member(f"big/{number}"), block))[:512 + len(block)]))
            if number % 10 == 0:
                most = max(most, anonymous(ask.program))
        client.send(chunk(1024 * b"\0") + chunk(b""))
        client.sock.settimeout(40)
        answer = read_response(client, "PUT")
    assert answer.status == 200, answer.raw
    assert is_sanitized() or most < before + (4 << 20)
    done = direct("GET /containers/box/archive?path=/data/big/199")
    assert tree(done.body)["199"][-1] == hashlib.sha256(block).hexdigest()


def test_an_archive_goes_to_the_container_that_was_looked_at(
        serve, recorder):
    """Whoever is called that by then."""
    full = 64 * "a"

    def script(link):
        while True:
            message = link.request()
            said = {"Id": full, "Mounts": []}
            link.send(response(200, "Content-Type: application/json",
                               body=json.dumps(said).encode()))

    recorder.script = script
    ask = Api(serve(PROFILE).door())
    assert put(ask, archive(GOOD)).status == 200
    target = [each.target for link in recorder.links
              for each in link.requests if each.method == "PUT"]
    assert target == [f"/containers/{full}/archive?path=%2Fdata"]
