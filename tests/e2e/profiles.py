# SPDX-License-Identifier: MIT
"""Profiles that several tests use."""

# What no wildcard reaches.
ROOT_EQUIVALENT = """
ContainerCreate PutContainerArchive ContainerExec ImageBuild VolumeCreate
NetworkCreate PluginPull PluginEnable PluginUpgrade PluginCreate PluginSet
NodeUpdate SwarmInspect SwarmInit SwarmJoin SwarmUpdate SwarmUnlockkey
ServiceCreate ServiceUpdate Session Grpc CheckpointCreate CheckpointDelete
""".split()

EVERYTHING = "[allow]\noperation = *\n" + "".join(
    f"root-equivalent = {name}\n" for name in ROOT_EQUIVALENT)

# Nothing but what Recorder.heard() asks for.
ONLY_PING = "[allow]\noperation = SystemPing\n"


def allow(*operations):
    """A profile that allows these, and what Recorder.heard() asks for."""
    return ONLY_PING + "".join(
        f"root-equivalent = {name}\n" if name in ROOT_EQUIVALENT
        else f"operation = {name}\n" for name in operations)
