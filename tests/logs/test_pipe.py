"""Standard input, followed as it comes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.logs.pipe import Piped
from orket_console.logs.records import Record


def told(piped: Piped) -> list[tuple[str, int | None]]:
    return [(item.what, item.ref.line) for item in piped.poll() if isinstance(item, Record)]


def test_lines_come_once_they_are_whole_and_the_last_at_the_end() -> None:
    ours, theirs = os.pipe()
    try:
        piped = Piped(ours, SystemClock())
        assert told(piped) == []
        os.write(theirs, b"one\ntw")
        assert told(piped) == [("one", 1)]
        os.write(theirs, b"o\nthree")
        assert told(piped) == [("two", 2)]
        assert piped.descriptor == ours
        os.close(theirs)
        assert told(piped) == [("three", 3)]
        assert piped.ended and piped.descriptor is None
    finally:
        os.close(ours)


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(ConsoleError, match="can't be read: Is a directory"):
            Piped(folder, SystemClock()).poll()
    finally:
        os.close(folder)
