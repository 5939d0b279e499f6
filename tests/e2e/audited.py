# SPDX-License-Identifier: MIT
"""What tests of the audit share: a program that has one, and its lines."""

import json

from program import give
from supervised import status
from wait import wait_until


class Audit:
    """The file of a program's audit, and those that it was before."""

    def __init__(self, home):
        self.folder = home / "audit"
        self.folder.mkdir()
        give(self.folder)
        self.path = self.folder / "audit.log"
        self.before = []

    def rotate(self):
        """Move the file away, as logrotate does."""
        old = self.folder / f"audit.log.{len(self.before)}"
        self.path.rename(old)
        self.before.append(old)

    def lines(self):
        """All lines, each of which is whole, the oldest file first."""
        found = []
        for path in [*self.before, self.path]:
            text = path.read_bytes() if path.exists() else b""
            assert not text or text.endswith(b"\n")
            found += map(json.loads, text.splitlines())
        return found

    def wait_lines(self, count, **fields):
        """So many lines with these fields, and no more."""
        def matching():
            return [line for line in self.lines() if all(
                line[key] == value for key, value in fields.items())]

        wait_until(lambda: len(matching()) >= count,
                   f"{count} lines of the audit")
        assert len(matching()) == count
        return matching()

    def wait_for_all(self, program, count):
        """Each of so many requests has its line or is counted as lost."""
        def there():
            return len(self.lines()) + status(program)["audit_lost"]

        wait_until(lambda: there() >= count, f"{count} lines of the audit")
        assert there() == count
