# SPDX-License-Identifier: MIT
"""Waiting for something, instead of sleeping."""

import time


def wait_until(condition, what, seconds=10):
    """Wait until the condition returns something true, and return that."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(.005)
