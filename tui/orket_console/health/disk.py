"""Room on the disks: of the installation, its databases, and the console's own state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.base.clock import size
from orket_console.base.files import something_at
from orket_console.base.state import State, worst
from orket_console.health.look import Look
from orket_console.health.reading import Reading

FULL: Final = 200 << 20
LOW: Final = 1 << 30
LOW_SHARE: Final = 0.05
AMPLE: Final = 10 << 30
"""Below `FULL` a disk is full; it is low below `LOW`, or with less than `LOW_SHARE` of it free
unless that is `AMPLE`: 4 % of a large disk is no trouble."""
FULL_INODES: Final = 0.01
LOW_INODES: Final = 0.05


@dataclass(frozen=True, slots=True)
class Room:
    """Free and whole of one file system, in bytes and in inodes (0 whole: it has none)."""

    path: str
    free: int
    total: int
    inodes_free: int
    inodes: int

    def __str__(self) -> str:
        share = f"{100 * self.free // max(self.total, 1)} %"
        inodes = f", {100 * self.inodes_free // self.inodes} % of inodes" if self.inodes else ""
        return f"{self.path}: {size(self.free)} of {size(self.total)} free ({share}{inodes})"


async def probe_disk(look: Look) -> Reading:
    """Source: `statvfs` of the root, the databases' folder and the state folder."""
    return await look.in_thread("disk", lambda: _probe(look))


def _probe(look: Look) -> Reading:
    target = look.target
    rooms: list[Room] = []
    lines: list[str] = []
    for path in (target.path, target.layout.durable, target.state.path):
        try:
            rooms.append(room(path))
        except OSError as error:
            lines.append(f"{path}: {error.strerror or error}")
    if not rooms:
        return Reading(State.UNKNOWN, "unreadable", lines[0], tuple(lines))
    state = worst(judge(one) for one in rooms)
    tightest = min((one for one in rooms if judge(one) is state), key=lambda one: one.free)
    lines = [*(str(one) for one in rooms), *lines]
    if state is State.OK:
        return Reading(state, "ok", f"{size(tightest.free)} free", tuple(lines))
    by_bytes = _byte_state(tightest) is state
    what = size(tightest.free) if by_bytes else f"{tightest.inodes_free} inodes"
    return Reading(
        state,
        "full" if state is State.FAILING else "low",
        f"{what} free at {tightest.path}",
        tuple(lines),
        remedy="make room: Orket loses log lines and writes without it",
    )


def room(path: Path) -> Room:
    """The file system that `path`, or the nearest folder above it that exists, lies on."""
    existing = next(one for one in (path, *path.parents) if something_at(one))
    info = os.statvfs(existing)
    return Room(
        path=str(existing),
        free=info.f_bavail * info.f_frsize,
        total=info.f_blocks * info.f_frsize,
        inodes_free=info.f_favail,
        inodes=info.f_files,
    )


def judge(one: Room) -> State:
    return worst((_byte_state(one), _inode_state(one)))


def _byte_state(one: Room) -> State:
    if one.free < FULL:
        return State.FAILING
    small = one.free < LOW_SHARE * one.total and one.free < AMPLE
    return State.DEGRADED if one.free < LOW or small else State.OK


def _inode_state(one: Room) -> State:
    if one.inodes == 0:
        return State.OK
    share = one.inodes_free / one.inodes
    if share < FULL_INODES:
        return State.FAILING
    return State.DEGRADED if share < LOW_INODES else State.OK
