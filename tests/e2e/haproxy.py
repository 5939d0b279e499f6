# SPDX-License-Identifier: MIT
"""The two well-known socket proxies that are HAProxy with variables: their
rules, in a real HAProxy with many frontends, one for each setting."""

import os
import re
import socket
import subprocess

from wait import wait_until

SECTIONS = """auth build commit configs containers distribution events exec
grpc images info networks nodes _ping plugins secrets services session swarm
system tasks version volumes""".split()
LIBPOD = """containers events exec generate images info manifests networks
_ping play pods secrets system version volumes""".split()
ON = ["EVENTS", "PING", "VERSION", "LIBPOD_PING", "LIBPOD_VERSION"]

START = r"^(/v[\d\.]+)?"
NAME = "/[a-zA-Z0-9_.-]+/"
ACTIONS = {"RESTARTS": "((stop)|(restart)|(kill))", "START": "start",
           "STOP": "stop", "PAUSE": "pause", "UNPAUSE": "unpause"}
CARRIES = {"ARCHIVE": "archive", "CHANGES": "change", "EXPORT": "export",
           "LOGS": "logs", "TOP": "top"}


def variable(section):
    return section.lstrip("_").upper()


def tecnativa():
    """[(verdict, variable, path)], in order; "POST" stands where it is
    asked about."""
    return [("post", "POST", "")] + [
        ("allow", f"ALLOW_{name}", f"/containers{NAME}{ACTIONS[name]}")
        for name in ("RESTARTS", "START", "STOP")] + [
        ("allow", variable(section), f"/{section}") for section in SECTIONS]


def linuxserver():
    both = f"(/libpod)?/(containers|pods){NAME}"
    return [("deny", f"ALLOW_{name}", both + word)
            for name, word in CARRIES.items()] + [
        ("allow", f"ALLOW_{name}", both + word)
        for name, word in ACTIONS.items()] + [
        ("allow", f"LIBPOD_ALLOW_{name}", f"/libpod/containers{NAME}{word}")
        for name, word in ACTIONS.items()] + [
        ("allow", f"LIBPOD_ALLOW_POD_{name}", f"/libpod/pods{NAME}{word}")
        for name, word in ACTIONS.items()] + [("post", "POST", "")] + [
        ("allow", variable(section), f"/{section}")
        for section in SECTIONS] + [
        ("allow", f"LIBPOD_{variable(section)}", f"/libpod/{section}")
        for section in LIBPOD]


RULES = {"tecnativa": tecnativa(), "linuxserver": linuxserver()}
VARIABLES = {kind: sorted({name for _, name, _ in rules})
             for kind, rules in RULES.items()}


class Haproxy:
    """settings: a list of (kind, {variable: value})."""

    def __init__(self, home, settings):
        self.home = home
        lines = ["defaults", "  mode http", "  timeout client 10s",
                 "  timeout server 10s", "  timeout connect 10s",
                 "backend daemon", "  http-request return status 200"]
        environment = {
            f"{name}_{number}": values.get(name, "1" if name in ON else "0")
            for number, (kind, values) in enumerate(settings)
            for name in VARIABLES[kind]}
        for number, (kind, _) in enumerate(settings):
            lines += [f"frontend f{number}",
                      f"  bind unix@{self.socket(number)}",
                      "  default_backend daemon"]
            for verdict, name, path in RULES[kind]:
                on = f"{{ env({name}_{number}) -m bool }}"
                where = f"{{ path,url_dec -m reg -i {START}{path} }}"
                lines.append({
                    "post": f"  http-request deny unless METH_GET or {on}",
                    "deny": f"  http-request deny if {where} !{on}",
                    "allow": f"  http-request allow if {where} {on}",
                }[verdict])
            lines.append("  http-request deny")
        config = home / "haproxy.cfg"
        config.write_text("\n".join(lines) + "\n")
        self.errors = open(home / "haproxy.log", "wb")
        self.process = subprocess.Popen(
            ["haproxy", "-db", "-f", config], stdin=subprocess.DEVNULL,
            env={**os.environ, **environment}, stdout=self.errors, stderr=self.errors)
        wait_until(lambda: self.answers(len(settings) - 1)
                   or self.process.poll() is not None, "HAProxy")
        assert self.process.poll() is None, \
            (home / "haproxy.log").read_text()

    def socket(self, number):
        return self.home / f"h{number}"

    def answers(self, number):
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect(str(self.socket(number)))
            except OSError:
                return False
        return True

    def verdicts(self, number, requests):
        """For each (method, target), whether it is let through."""
        found = []
        while len(found) < len(requests):
            rest = requests[len(found):]
            data = b"".join(
                f"{method} {target} HTTP/1.1\r\nHost: docker\r\n"
                "Content-Length: 0\r\n\r\n".encode()
                for method, target in rest)
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(20)
                sock.connect(str(self.socket(number)))
                sock.sendall(data)
                got, statuses = b"", []
                while len(statuses) < len(rest):
                    piece = sock.recv(1 << 16)
                    got += piece
                    statuses = re.findall(rb"HTTP/1\.[01] (\d{3})", got)
                    if not piece:
                        break
            assert statuses, "no answer"
            assert set(statuses) <= {b"200", b"403"}, set(statuses)
            found += [status == b"200" for status in statuses]
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.errors.close()
