"""Reading a log by its hits: what was searched in vain is passed over, unread.

`None` among the pages or records stands for what is not searched yet: ask again later.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from orket_console.base.lines import LINE_CAP
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.history import LinesBefore, View
from orket_console.logs.hits.hitmap import BLOCK, HitMap, Stretch
from orket_console.logs.hits.hunt import Hunt
from orket_console.logs.pages import line_beginning, lines_between
from orket_console.logs.records import Lines, Record, read_record, read_records

_AT_ONCE: Final = 2 << 20
"""Bytes next to a place that are read without waiting for the search to come by."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Reads views by what `hunt` finds; `count` numbers their lines where it can."""

    hunt: Hunt
    count: LinesBefore

    def before(self, view: View) -> Iterator[list[Record] | None] | None:
        """Pages before the view's place, newest first; None for a log that is read as a whole."""
        hits = self.hunt.screen(view)
        return None if hits is None else self._before(view, hits)

    def behind(self, view: View) -> Iterator[Record | None] | None:
        """Records from the view's place on; None for a log that is read as a whole."""
        hits = self.hunt.screen(view)
        return None if hits is None else self._behind(view, hits)

    def _before(self, view: View, hits: HitMap) -> Iterator[list[Record] | None]:
        guard = Fingerprint(view.fd, view.at)
        stop = view.at
        while stop > 0:
            stretch = hits.below(stop)
            if stretch is None and view.at - stop < _AT_ONCE:
                stretch = Stretch(max(stop - BLOCK, 0), stop)
            if stretch is None:
                yield None
                continue
            if not guard.holds(view.fd):
                return
            if not stretch.empty:
                yield self._records(view, stretch, view.at)
            stop = stretch.start

    def _behind(self, view: View, hits: HitMap) -> Iterator[Record | None]:
        at = view.at
        while at < (size := os.fstat(view.fd).st_size):
            stretch = hits.above(at)
            if stretch is None and at - view.at < _AT_ONCE:
                stretch = Stretch(at, at + BLOCK)
            if stretch is None:
                yield None
                continue
            if not stretch.empty:
                yield from self._records(view, stretch, size)
            at = stretch.end

    def _records(self, view: View, stretch: Stretch, limit: int) -> list[Record]:
        """The records whose lines begin in a stretch, of those that end before `limit`."""
        start, end = (line_beginning(view.fd, each, limit) for each in (stretch.start, stretch.end))
        if start >= end:
            return []
        before = self.count(view.fd, start)
        number = None if before is None else before + 1
        if end - start <= LINE_CAP:
            raw = os.pread(view.fd, end - start, start)
            return read_records(Lines(raw[: raw.rfind(b"\n") + 1], start, number), view.source)
        lines = lines_between(view.fd, start, end)
        return [
            read_record(line, view.source, None if number is None else number + index)
            for index, line in enumerate(lines)
        ]
