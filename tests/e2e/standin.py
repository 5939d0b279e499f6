#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""standin.py SOCKET: a small stand-in for a Docker daemon, for trying out
doors on a machine that has none. It has one container, one image, one
network and one volume, and nothing that it is told changes anything."""

import http.server
import json
import os
import re
import socketserver
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

API = "1.41"
CONTAINER = "c0ffee" + 58 * "0"
IMAGE = "sha256:" + 64 * "5"
NETWORK = "ab" * 32
MADE = 1767225600
MADE_TEXT = "2026-01-01T00:00:00Z"

VERSION = {
    "Platform": {"Name": "stand-in"},
    "Components": [{"Name": "Engine", "Version": "0.0.0",
                    "Details": {"ApiVersion": API, "MinAPIVersion": "1.24"}}],
    "Version": "0.0.0", "ApiVersion": API, "MinAPIVersion": "1.24",
    "GitCommit": "none", "GoVersion": "none", "Os": "linux", "Arch": "amd64",
    "KernelVersion": "0.0.0", "BuildTime": MADE_TEXT,
}

INFO = {
    "ID": "STANDIN", "Containers": 1, "ContainersRunning": 1,
    "ContainersPaused": 0, "ContainersStopped": 0, "Images": 1,
    "Driver": "none", "DriverStatus": [], "Name": "stand-in",
    "ServerVersion": "0.0.0", "OperatingSystem": "stand-in",
    "OSType": "linux", "Architecture": "x86_64", "NCPU": 1,
    "MemTotal": 1 << 30, "KernelVersion": "0.0.0", "DockerRootDir": "/none",
    "Plugins": {"Volume": ["local"], "Network": ["bridge"],
                "Authorization": None, "Log": ["json-file"]},
    "Swarm": {"NodeID": "", "LocalNodeState": "inactive",
              "ControlAvailable": False, "RemoteManagers": None},
    "LoggingDriver": "json-file", "CgroupDriver": "cgroupfs",
    "Runtimes": {}, "DefaultRuntime": "runc", "SecurityOptions": [],
    "RegistryConfig": {"IndexConfigs": {}, "InsecureRegistryCIDRs": []},
    "ContainerdCommit": {"ID": "", "Expected": ""},
    "RuncCommit": {"ID": "", "Expected": ""},
    "InitCommit": {"ID": "", "Expected": ""}, "Warnings": None,
    "MemoryLimit": True, "SwapLimit": True, "OomKillDisable": True,
    "CPUShares": True, "CPUSet": True, "CpuCfsQuota": True,
    "CpuCfsPeriod": True, "IPv4Forwarding": True,
    "BridgeNfIptables": True, "BridgeNfIp6tables": True,
}

CONTAINERS = [{
    "Id": CONTAINER, "Names": ["/web"], "Image": "web:1", "ImageID": IMAGE,
    "Command": "serve", "Created": MADE, "Ports": [],
    "Labels": {"traefik.enable": "true"}, "State": "running",
    "Status": "Up a while", "HostConfig": {"NetworkMode": "bridge"},
    "NetworkSettings": {"Networks": {}}, "Mounts": [],
}]

INSPECTED = {
    "Id": CONTAINER, "Name": "/web", "Created": MADE_TEXT, "Path": "serve",
    "Args": [], "Image": IMAGE,
    "State": {"Status": "running", "Running": True, "Pid": 1, "ExitCode": 0,
              "StartedAt": MADE_TEXT},
    "Config": {"Image": "web:1", "Hostname": "web", "Env": [], "Tty": True,
               "Labels": {"traefik.enable": "true"}},
    "HostConfig": {"NetworkMode": "bridge"},
    "NetworkSettings": {"Networks": {}}, "Mounts": [],
}

IMAGES = [{
    "Id": IMAGE, "RepoTags": ["web:1"], "RepoDigests": None, "ParentId": "",
    "Created": MADE, "Size": 1 << 20, "VirtualSize": 1 << 20,
    "SharedSize": -1, "Containers": -1, "Labels": None,
}]

NETWORKS = [{
    "Id": NETWORK, "Name": "bridge", "Driver": "bridge", "Scope": "local",
    "Created": MADE_TEXT, "Internal": False, "Labels": {}, "Options": {},
    "IPAM": {"Driver": "default", "Config": []}, "Containers": {},
}]

VOLUMES = {"Volumes": [{
    "Name": "data", "Driver": "local", "Scope": "local",
    "Mountpoint": "/none/data", "CreatedAt": MADE_TEXT, "Labels": None,
    "Options": None,
}], "Warnings": None}

ANSWERS = {
    "/version": VERSION, "/info": INFO, "/containers/json": CONTAINERS,
    "/containers/web/json": INSPECTED,
    f"/containers/{CONTAINER}/json": INSPECTED, "/images/json": IMAGES,
    "/networks": NETWORKS, "/volumes": VOLUMES,
}


def event(action):
    now = time.time_ns()
    return json.dumps({
        "status": action, "id": CONTAINER, "from": "web:1",
        "Type": "container", "Action": action, "scope": "local",
        "Actor": {"ID": CONTAINER, "Attributes": {"name": "web"}},
        "time": now // 10**9, "timeNano": now}).encode() + b"\n"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass

    def version_string(self):
        return "Stand-in/0"

    def reply(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Api-Version", API)
        self.send_header("Ostype", "linux")
        self.send_header("Docker-Experimental", "false")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def complain(self, status, text):
        self.reply(status, json.dumps({"message": text}).encode() + b"\n")

    def do_GET(self):
        url = urlsplit(self.path)
        path = re.sub(r"^/v1\.[0-9]+(?=/)", "", url.path)
        if path == "/_ping":
            self.reply(200, b"OK", "text/plain; charset=utf-8")
        elif path == "/events" and self.command == "GET":
            self.events(parse_qs(url.query))
        elif path in ANSWERS:
            self.reply(200, json.dumps(ANSWERS[path]).encode() + b"\n")
        else:
            self.complain(404, "page not found")

    do_HEAD = do_GET

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        # Where a chunked body ends is of no interest to a stand-in.
        self.close_connection = bool(self.headers.get("Transfer-Encoding"))
        self.complain(501, "this is a stand-in: nothing can be changed here")

    do_PUT = do_DELETE = do_POST

    def events(self, query):
        """An event every few seconds, without end."""
        self.send_response(200)
        self.send_header("Api-Version", API)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        until = float(query.get("until", ["inf"])[0])
        while time.time() < until:
            line = event("health_status: healthy")
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(min(5, max(0, until - time.time())))
        self.wfile.write(b"0\r\n\r\n")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: standin.py SOCKET")
    path = sys.argv[1]
    if os.path.exists(path):
        os.unlink(path)
    with Server(path, Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"listening on {path}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
    os.unlink(path)


if __name__ == "__main__":
    main()
