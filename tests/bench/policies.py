# SPDX-License-Identifier: MIT
"""The profiles that postern is measured with."""

# What the cases ask for, and nothing else.
PLAIN = """\
[allow]
operation = SystemPing ContainerList ContainerCreate SystemEvents
operation = ContainerAttach ImageGet ImageLoad

[container]
image = nginx
stdin = yes

[image]
load = yes

[limits]
connections = 100000
"""

# The same is allowed by one that says much more: 40 lines.
POLICY = """\
[allow]
operation = SystemPing SystemVersion SystemInfo SystemEvents
operation = ImageLoad ImageCreate Network*
group = container:read image:read image:data volume:read
request = POST /containers/create
request = POST /containers/web-*/start
request = POST /containers/web-*/stop
request = POST /containers/web-*/restart
request = POST /containers/*/attach

[container]
stdin = yes
image = nginx redis:7.* ghcr.io/acme/* registry.example.com/team/*
user = nonroot root 0
bind = /srv/web/* /etc/localtime /srv/media/*:ro
volume = ci-cache-* web-*
tmpfs = /tmp /run/*
network = web-* backend
publish = 127.0.0.1:8000-8099
capability = NET_BIND_SERVICE CHOWN SETUID SETGID
memory-max = 16G

[image]
pull = docker.io/* ghcr.io/acme/*
load = yes

[network]
name = web-*

[volume]
name = ci-cache-*

[deny]
operation = NetworkPrune NetworkDelete ContainerPrune ImagePrune
request = POST /containers/postern/stop
request = DELETE /containers/*

[limits]
connections = 100000
body = 256K
"""

# Each request at its door is denied.
CLOSED = """\
[allow]
operation = SystemPing

[limits]
connections = 100000
"""

# As in a directory with many of them.
USUAL = """\
[profile]
extends = traefik

[limits]
connections = 64
"""
