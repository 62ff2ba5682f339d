"""The log probes: growing, silent, full of errors, damaged and gone."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orket_console.base.refs import LogRef
from orket_console.base.state import State
from orket_console.health.reading import Reading
from orket_console.health.records import read_tail

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def record(minutes_ago: float, event: str = "turn_start", **data: object) -> str:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return json.dumps({"timestamp": at, "role": "system", "event": event, "data": data}) + "\n"


def test_errors_lately_and_before(tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    log.write_text(
        record(25, "turn_failed")
        + record(15, "turn_failed")
        + record(9, "webhook", level="error", message="Missing webhook signature")
        + record(5, "sandbox_deploy_failed")
        + record(1, "turn_failed", error="model backend closed the connection")
        + record(0)
    )
    tail = read_tail(log, NOW)
    assert (tail.errors, tail.before, tail.records, tail.malformed) == (2, 1, 6, 0)
    assert tail.error_said == "turn_failed: model backend closed the connection"
    assert tail.newest_error is not None
    assert tail.last == NOW


async def test_rates_and_rotated_files_are_told(lived_root: Path, round_of: RoundOf) -> None:
    now = datetime.now(UTC).isoformat()
    line = json.dumps({"timestamp": now, "event": "turn_start", "data": {}}) + "\n"
    (lived_root / "orket.log").write_text(line * 25)
    (lived_root / "orket.log.1").write_text("x" * 2048)
    (lived_root / "orket.log.2.gz").write_text("x" * 2048)
    details = (await round_of(lived_root))["log-root"].details
    assert "2.5 records a minute in the last 10 min, 0 errors in all" in details
    assert "2 rotated files beside it, 4.1 KB" in details


async def test_a_clock_that_is_ahead(lived_root: Path, round_of: RoundOf) -> None:
    later = (datetime.now(UTC) + timedelta(hours=2, minutes=1)).isoformat()
    line = json.dumps({"timestamp": later, "event": "turn_start", "data": {}}) + "\n"
    (lived_root / "orket.log").write_text(line)
    reading = (await round_of(lived_root))["log-root"]
    assert (reading.state, reading.word) == (State.DEGRADED, "clock")
    assert reading.seen == "its newest record is 2h00m ahead of this host's clock"


def test_a_record_from_the_future_counts_as_now(tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    log.write_text(record(-3, "turn_failed"))
    assert read_tail(log, NOW).errors == 1


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "orket.log"
    log.write_text(record(60, "turn_failed") + record(5, "turn_failed", pad="x" * 3000) * 2000)
    tail = read_tail(log, NOW)
    assert tail.records is None
    assert tail.full
    assert tail.before is None
    assert 0 < tail.errors <= tail.lines < 2000


async def test_a_growing_log(lived_root: Path, round_of: RoundOf) -> None:
    reading = (await round_of(lived_root))["log-root"]
    assert (reading.state, reading.word) == (State.OK, "ok")
    assert reading.seen.startswith("1 records, last ")
    assert reading.evidence == (LogRef(str(lived_root / "orket.log"), 0),)


async def test_errors_lead_to_the_last_of_them(lived_root: Path, round_of: RoundOf) -> None:
    at = datetime.now(UTC).isoformat()
    line = json.dumps({"timestamp": at, "event": "turn_failed", "data": {"error": "x\x1b[2Jy"}})
    good = json.dumps({"timestamp": at, "event": "turn_start", "data": {}})
    log = lived_root / "workspace" / "default" / "orket.log"
    log.write_text(f"{good}\n{line}\n{good}\n")
    reading = (await round_of(lived_root))["log-default"]
    assert (reading.state, reading.word) == (State.DEGRADED, "errors")
    assert reading.seen == "1 in 10 min (was 0): turn_failed: x␛[2Jy"
    assert reading.evidence[0] == LogRef(str(log), len(good) + 1)


@pytest.mark.parametrize(
    ("content", "state", "word"),
    [
        (b"", State.INFO, "empty"),
        (b"half a line", State.DEGRADED, "malformed"),
        (b"\x00\xff" * 50_000, State.DEGRADED, "malformed"),
        (os.urandom(300_000) + b"\n", State.DEGRADED, "malformed"),
        (b"[" * 100_000 + b"\n", State.DEGRADED, "malformed"),
    ],
    ids=["empty", "half", "no-newline", "random", "nested"],
)
async def test_damaged_logs(
    lived_root: Path, round_of: RoundOf, content: bytes, state: State, word: str
) -> None:
    (lived_root / "orket.log").write_bytes(content)
    readings = await round_of(lived_root)
    assert (readings["log-root"].state, readings["log-root"].word) == (state, word)
    assert readings["log-default"].state is State.OK


async def test_a_log_that_is_not_there(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / "workspace" / "default" / "orket.log").unlink()
    reading = (await round_of(lived_root))["log-default"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "missing")
    assert reading.seen == "waiting for workspace/default/orket.log"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "fifo"])
async def test_something_else_in_its_place(
    lived_root: Path, round_of: RoundOf, make: Callable[[Path], None]
) -> None:
    (lived_root / "orket.log").unlink()
    make(lived_root / "orket.log")
    reading = (await round_of(lived_root))["log-root"]
    assert (reading.state, reading.word) == (State.DEGRADED, "unreadable")
    assert "not a regular file" in reading.seen


async def test_other_logs(lived_root: Path, round_of: RoundOf) -> None:
    assert (await round_of(lived_root))["log-others"].word == "none"
    run = lived_root / "workspace" / "runs" / "s1"
    run.mkdir(parents=True)
    (run / "orket.log").write_text(record(5))
    reading = (await round_of(lived_root))["log-others"]
    assert reading.state is State.OK
    assert reading.seen.startswith("1 log, workspace/runs/s1/orket.log: 1 records, last ")


async def test_a_crash_of_orket_itself(lived_root: Path, round_of: RoundOf) -> None:
    (lived_root / "workspace" / "default" / "orket_crash.log").write_text("CRITICAL boom\n")
    reading = (await round_of(lived_root))["log-others"]
    assert (reading.state, reading.word) == (State.DEGRADED, "crash")
    assert "orket_crash.log: 14 B" in reading.seen
