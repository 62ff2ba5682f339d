"""Logs to write to, and lines as Orket writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orket_console.base.lines import Line
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source

START = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC)

LineOf = Callable[..., bytes]
RecordOf = Callable[..., Record]


class SteppingClock:
    """A clock that goes on by half a second at every look, so that waits end."""

    def __init__(self) -> None:
        self._looks = 0

    def now(self) -> datetime:
        return START + timedelta(seconds=self._looks / 2)

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks / 2


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def line_of() -> LineOf:
    """A line of an Orket log, newline and all; `after` is in seconds from a fixed start."""

    def written(event: str, after: float = 0.0, role: str = "system", **data: Any) -> bytes:
        record = {
            "timestamp": (START + timedelta(seconds=after)).isoformat(),
            "role": role,
            "event": event,
            "data": data,
        }
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"

    return written


@pytest.fixture
def record_of(line_of: LineOf) -> RecordOf:
    """A record of an event, or of raw bytes."""

    def read(event: str | bytes, *args: Any, **data: Any) -> Record:
        raw = event if isinstance(event, bytes) else line_of(event, *args, **data)[:-1]
        return read_record(Line(raw, 0, len(raw)), Source("/srv/orket/orket.log", "root/orket.log"))

    return read


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log's path in a folder of its own; nothing is there yet."""
    folder = tmp_path / "log"
    folder.mkdir()
    return folder / "orket.log"
