"""The bands of the disk probe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from orket_console.base.state import State
from orket_console.health.disk import Room, judge, room
from orket_console.health.reading import Reading

GB = 1 << 30


@pytest.mark.parametrize(
    ("free", "total", "inodes_free", "inodes", "state"),
    [
        (61 * GB, 500 * GB, 900, 1000, State.OK),
        (20 * GB, 1000 * GB, 900, 1000, State.OK),
        (9 * GB, 1000 * GB, 900, 1000, State.DEGRADED),
        (GB - 1, 2 * GB, 900, 1000, State.DEGRADED),
        (100 << 20, 500 * GB, 900, 1000, State.FAILING),
        (61 * GB, 500 * GB, 40, 1000, State.DEGRADED),
        (61 * GB, 500 * GB, 5, 1000, State.FAILING),
        (61 * GB, 500 * GB, 0, 0, State.OK),
    ],
)
def test_bands(free: int, total: int, inodes_free: int, inodes: int, state: State) -> None:
    assert judge(Room("/", free, total, inodes_free, inodes)) is state


def test_a_folder_that_is_not_made_yet_has_the_room_of_the_one_above(tmp_path: Path) -> None:
    assert room(tmp_path / "not" / "yet").path == str(tmp_path)


async def test_the_folders_that_matter_are_looked_at(
    lived_root: Path,
    round_of: Callable[..., Awaitable[dict[str, Reading]]],
) -> None:
    reading = (await round_of(lived_root))["disk"]
    assert len(reading.details) == 3
    assert any(line.startswith(str(lived_root / ".orket/durable")) for line in reading.details)


async def test_too_little_room_is_said(
    lived_root: Path,
    round_of: Callable[..., Awaitable[dict[str, Reading]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(path: Path) -> Room:
        return Room(str(path), 5 << 20, 100 * GB, 900, 1000)

    # A full disk can't be had without filling this one.
    monkeypatch.setattr("orket_console.health.disk.room", full)
    reading = (await round_of(lived_root))["disk"]
    assert (reading.state, reading.word) == (State.FAILING, "full")
    assert reading.seen == f"5.2 MB free at {lived_root}"
