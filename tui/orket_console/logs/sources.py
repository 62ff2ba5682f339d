"""Which logs are read, and what state each is in.

Source: `Layout.logs()`. `runtime_events.jsonl` repeats lines of the log beside it without
their times, so it is named and not merged. Of very many logs those written last are followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from orket_console.base.text import one_line
from orket_console.target.layout import Layout

MOST: Final = 64
"""Logs that are open at once; those written longest ago are left out, and said to be."""
_CRASH_LOG: Final = "orket_crash.log"


class Form(StrEnum):
    """How the lines of a log are to be read."""

    EVENTS = "events"
    CRASHES = "crashes"
    """Text of Python's logging, an entry of several lines each: `orket_crash.log`."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """One log: its absolute path, and its name as the operator knows it (sanitised).

    With `alone` what was rotated away from it is not read as its older part.
    """

    path: str
    name: str
    form: Form = Form.EVENTS
    alone: bool = False


class SourceStatus(StrEnum):
    FOLLOWING = "following"
    READ = "read"
    WAITING = "waiting"
    """Not there, or not there any more: it starts by itself when it appears."""
    UNREADABLE = "unreadable"
    ROTATED = "rotated"
    """The older part of a log, read when reading comes so far back."""
    LEFT_OUT = "left out"
    OFF = "off"
    """Switched off by the operator."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One log's state; `detail` says what an operator would ask next; `size` is in bytes.

    `last` is the time of its last record, where that is known.
    """

    name: str
    path: str
    status: SourceStatus
    detail: str
    size: int | None
    last: datetime | None = None

    def sentence(self) -> str:
        """`waiting for workspace/default/orket.log`, `root/orket.log: permission denied`."""
        if self.status is SourceStatus.WAITING:
            return f"waiting for {self.name}" + (f" ({self.detail})" if self.detail else "")
        return f"{self.name}: {self.detail or self.status}"


@dataclass(frozen=True, slots=True)
class Sources:
    chosen: tuple[Source, ...]
    left_out: tuple[SourceState, ...]


def source_at(path: Path, layout: Layout) -> Source:
    form = Form.CRASHES if path.name == _CRASH_LOG else Form.EVENTS
    return Source(str(path), one_line(layout.shown(path)), form)


def find_sources(layout: Layout) -> Sources:
    """The logs to merge, the two main ones first, and those that are not, each with why."""
    left_out: list[SourceState] = []
    main: list[Path] = []
    others: list[tuple[int, Path]] = []
    for path in (*layout.logs(), *layout.crash_logs()):
        if path.name == "runtime_events.jsonl":
            why = "repeats the log beside it, without times"
            left_out.append(_left_out(path, layout, why))
        elif path in (layout.run_log, layout.server_log):
            main.append(path)
        else:
            others.append((_written(path), path))
    others.sort(key=lambda found: (-found[0], found[1]))
    room = MOST - len(main)
    why = f"written before the newest {MOST} logs"
    left_out += [_left_out(path, layout, why) for _, path in others[room:]]
    kept = main + sorted(path for _, path in others[:room])
    return Sources(tuple(source_at(path, layout) for path in kept), tuple(left_out))


def _left_out(path: Path, layout: Layout, why: str) -> SourceState:
    source = source_at(path, layout)
    return SourceState(source.name, source.path, SourceStatus.LEFT_OUT, why, None)


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
