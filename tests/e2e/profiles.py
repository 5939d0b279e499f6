# SPDX-License-Identifier: MIT
"""Profiles that several tests use."""

# What no wildcard reaches, and what nobody looks into.
ROOT_EQUIVALENT = """
PluginCreate SwarmInspect SwarmUnlockkey Session Grpc CheckpointCreate
CheckpointDelete
""".split()

# Whose requests are looked into, unless they are allowed as root-equivalent.
INSPECTED = """
ConfigCreate ConfigUpdate ContainerAttach ContainerAttachWebsocket
ContainerCreate ContainerDelete ContainerExec ContainerRename ContainerUpdate
ExecStart ImageBuild ImageCommit ImageCreate ImageLoad ImagePush
ImageTag NetworkConnect NetworkCreate NetworkDisconnect NodeUpdate
PluginEnable PluginPull PluginSet PluginUpgrade PutContainerArchive
SecretCreate SecretUpdate ServiceCreate ServiceUpdate SwarmInit SwarmJoin
SwarmUnlock SwarmUpdate SystemAuth VolumeCreate VolumeUpdate
""".split()

# Nothing of a request is judged but its method and its path.
EVERYTHING = "[allow]\noperation = *\n" + "".join(
    f"root-equivalent = {name}\n" for name in ROOT_EQUIVALENT + INSPECTED)

# Nothing but what Recorder.heard() asks for.
ONLY_PING = "[allow]\noperation = SystemPing\n"


def allow(*operations):
    """A profile that allows these, unjudged, and what Recorder.heard() asks
    for."""
    return ONLY_PING + "".join(
        f"root-equivalent = {name}\n" if name in ROOT_EQUIVALENT + INSPECTED
        else f"operation = {name}\n" for name in operations)
