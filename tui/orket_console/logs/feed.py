"""One followed log as placed records: what its follower gives, read and ordered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.lines import LineSplitter
from orket_console.logs.forms import Entries, entries
from orket_console.logs.history import View
from orket_console.logs.opened import Notice, Step
from orket_console.logs.order import Placed, place
from orket_console.logs.records import Marker, Record
from orket_console.logs.sources import Source, SourceState
from orket_console.logs.tail import Follower

_QUIET: Final = 0.2
"""Seconds that the last entry of a crash log is held back for more of it."""

_NEAR: Final = 1 << 13
"""Bytes before a log's end in which the time of its last record is looked for."""


class Feed:
    """One log: its follower, and the place that its next record is ordered by."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self.source = source
        self.follower = Follower(Path(source.path), clock)
        self._clock = clock
        self._entries = Entries(source)
        self._quiet_since: float | None = None
        self._before: datetime | None = None
        self._last_before: datetime | None = None

    def view(self) -> View | None:
        """This log at the place where `poll` goes on."""
        place = self.follower.place()
        return View(self.source, *place) if place is not None else None

    def poll(self) -> list[Placed]:
        """What is new in this log, placed, its notices among the records."""
        steps = self.follower.poll()
        if steps:
            self._quiet_since = None
            return self._placed(steps)
        return self._held_back() if self._entries.pending else []

    @property
    def restless(self) -> bool:
        return self._entries.pending or self.follower.restless

    def _held_back(self) -> list[Placed]:
        """An entry that may have gone on, once nothing came for a while."""
        now = self._clock.monotonic()
        if self._quiet_since is None:
            self._quiet_since = now
        if now - self._quiet_since < _QUIET:
            return []
        return self._flush(self._entries.rest(), self._clock.now())

    def _placed(self, steps: Sequence[Step]) -> list[Placed]:
        placed: list[Placed] = []
        records: list[Record] = []
        now = self._clock.now()
        for step in steps:
            if not isinstance(step, Notice):
                records += self._entries.take(step)
                continue
            placed += self._flush([*records, *self._entries.rest()], now)
            records = []
            marker = Marker(step.kind, now, self.source.name, step.what)
            placed.append(Placed(self._before or now, marker))
        return placed + self._flush(records, now)

    def _flush(self, records: Sequence[Record], now: datetime) -> list[Placed]:
        placed, self._before = place(records, self._before, None, now)
        return placed

    def state(self) -> SourceState:
        """What an operator is shown of it."""
        follower, source = self.follower, self.source
        last = self._before or self._last_before
        status, detail = follower.status, follower.detail
        return SourceState(source.name, source.path, status, detail, follower.size, last)

    def start_at_end(self) -> None:
        """Follow from the end of what there is."""
        self.follower.start_at_end()
        place = self.follower.place()
        if place is not None:
            fd, end, _ = place
            self._last_before = _last_time(fd, end, self.source)
            os.close(fd)


def _last_time(fd: int, end: int, source: Source) -> datetime | None:
    """The time of the last record before `end`, if it lies near."""
    start = max(end - _NEAR, 0)
    lines = LineSplitter(start).feed(os.pread(fd, end - start, start))
    for line in reversed(lines[1:] if start else lines):
        for record in entries([line], source, None):
            if record.at is not None:
                return record.at
    return None
