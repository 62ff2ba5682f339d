"""Which process writes to a database just now, as the kernel's table of locks tells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from orket_console.target.processes import Owner, owner

_LOCKS: Final = Path("/proc/locks")
_WAL_WRITER: Final = range(120, 121)
"""The byte of the `-shm` file that SQLite's one writer locks in WAL mode."""
_WRITER: Final = range(0x40000000, 0x40000002)
"""The bytes of the database file (pending, reserved) that the one writer locks else."""


def writers(database: Path, root: Path) -> list[Owner]:
    """Processes that hold the writer's lock of an SQLite database; `root` is the
    installation's. Source: `/proc/locks`. Empty where there is none, or no such table."""
    try:
        table = _LOCKS.read_text("ascii", "replace")
    except OSError:
        return []
    places = (database, _WRITER), (Path(f"{database}-shm"), _WAL_WRITER)
    wanted = {inode: locked for path, locked in places if (inode := _inode(path))}
    pids = {pid for line in table.splitlines() if (pid := _writer(line, wanted))}
    found = (owner(pid, root) for pid in sorted(pids))
    return [one for one in found if one is not None]


def _inode(path: Path) -> str:
    """`major:minor:inode` as the table writes it; empty for a file that is not there."""
    try:
        info = path.stat()
    except OSError:
        return ""
    return f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"


def _writer(line: str, wanted: dict[str, range]) -> int:
    """The process of a line such as `1: POSIX ADVISORY WRITE 116 fe:00:2146329 120 120`; 0 where
    it is another lock, or one that is only waited for."""
    match line.split():
        case [_, "POSIX", _, "WRITE", pid, place, start, end] if place in wanted:
            held = range(int(start), int(end) + 1) if end.isdigit() else range(int(start), 1 << 62)
            locked = wanted[place]
            overlaps = held.start < locked.stop and locked.start < held.stop
            return int(pid) if overlaps and pid.isdigit() else 0
    return 0
