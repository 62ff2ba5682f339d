"""The traces probe: the newest turn, whatever lies among the folders."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orket_console.base.refs import TurnRef
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.health.traces import newest_turns

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]


def turn(root: Path, where: str, minutes_ago: float | None) -> Path:
    folder = root / "workspace/default/observability" / where
    folder.mkdir(parents=True)
    if minutes_ago is not None:
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        (folder / "checkpoint.json").write_text(json.dumps({"captured_at": at.isoformat()}))
    return folder


async def test_the_newest_turn_by_its_checkpoint(bare_root: Path, round_of: RoundOf) -> None:
    turn(bare_root, "s1/iss-1/001_coder", 30)
    turn(bare_root, "s2/iss-2/022_lead_architect", 3)
    turn(bare_root, "s2/iss-2/023_coder", None)
    turn(bare_root, "s3/runtime_contracts/contract", 1)
    reading = (await round_of(bare_root))["traces"]
    assert (reading.state, reading.seen) == (State.OK, "last turn 3m00s ago, 3 sessions")
    assert reading.evidence == (TurnRef("s2", "iss-2", 22, "lead_architect"),)


async def test_a_half_written_checkpoint_leaves_the_folders_time(
    bare_root: Path, round_of: RoundOf
) -> None:
    folder = turn(bare_root, "s1/iss-1/001_coder", None)
    (folder / "checkpoint.json").write_text('{"captured_at": "2026-')
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    os.utime(folder, (an_hour_ago, an_hour_ago))
    assert (await round_of(bare_root))["traces"].seen == "last turn 1h00m ago, 1 session"


async def test_turns_of_webhook_runs_count(bare_root: Path, round_of: RoundOf) -> None:
    folder = bare_root / "observability" / "w1" / "iss-1" / "001_coder"
    folder.mkdir(parents=True)
    assert (await round_of(bare_root))["traces"].evidence == (TurnRef("w1", "iss-1", 1, "coder"),)


async def test_no_traces(bare_root: Path, round_of: RoundOf) -> None:
    reading = (await round_of(bare_root))["traces"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "empty")
    (bare_root / "workspace/default/observability").rmdir()
    reading = (await round_of(bare_root))["traces"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "missing")


async def test_links_are_not_followed(bare_root: Path, round_of: RoundOf) -> None:
    session = bare_root / "workspace/default/observability/s1"
    session.mkdir()
    (session / "loop").symlink_to(session)
    outside = bare_root.parent / "outside" / "001_coder"
    outside.mkdir(parents=True)
    (session / "iss-1").symlink_to(outside.parent)
    reading = (await round_of(bare_root))["traces"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "empty")


async def test_names_are_made_safe(bare_root: Path, round_of: RoundOf) -> None:
    turn(bare_root, "s1/\x1b[2Jiss/001_coder", 1)
    reading = (await round_of(bare_root))["traces"]
    assert "\x1b" not in repr(reading)


def test_many_turns_are_read_from_the_newest(bare_root: Path) -> None:
    session = bare_root / "workspace/default/observability/s1"
    for number in range(1, 200):
        folder = session / "iss-1" / f"{number:03}_coder"
        folder.mkdir(parents=True)
        os.utime(folder, (1_700_000_000 + number, 1_700_000_000 + number))
    indices = [one.index for one in newest_turns([session])]
    assert indices[0] == 199
    assert len(indices) < 100


def test_folders_that_are_no_turns_hide_none(bare_root: Path) -> None:
    issue = bare_root / "workspace/default/observability/s1/iss-1"
    (issue / "001_coder").mkdir(parents=True)
    os.utime(issue / "001_coder", (1_700_000_000, 1_700_000_000))
    for number in range(60):
        (issue / f"copy-{number}").mkdir()
    assert [one.index for one in newest_turns([issue.parent])] == [1]
