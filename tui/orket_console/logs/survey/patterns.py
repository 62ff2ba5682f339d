"""Patterns: how often each template came, when, how bad, and whether it is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.lines import Line
from orket_console.base.severity import Severity
from orket_console.logs.filter import term
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source
from orket_console.logs.survey.counts import OTHERS, Cell, Counts, Example
from orket_console.logs.survey.moments import moment_of, second_of
from orket_console.logs.survey.timeline import axis

LATELY: Final = 600
"""Seconds."""
_SPARKS: Final = 24


@dataclass(frozen=True, slots=True)
class Pattern:
    """Lines that say the same. `before` counts those older than the time asked for.

    `new` tells that it was not seen before the moment compared with. `sparks` are counts over
    the time that all patterns share. `term` is what a filter says for it; empty for others.
    """

    template: str
    severity: Severity
    event: str
    count: int
    before: int
    new: bool
    first: datetime | None
    last: datetime | None
    sparks: tuple[int, ...]
    term: str
    example: Example | None


def patterns(counts: Counts, moment: datetime | None, sparks: int = _SPARKS) -> tuple[Pattern, ...]:
    """New ones first, then the worst, then the most frequent.

    New is what was first seen at `moment` or after; without one, or where nothing was
    written before it, nothing is.
    """
    over_time = axis(counts, sparks)
    since = second_of(moment) if moment is not None and has_earlier(counts, moment) else None
    found = [
        Pattern(
            template=cell.template,
            severity=cell.severity,
            event=cell.event,
            count=cell.count,
            before=cell.before,
            new=_is_new(cell, since),
            first=_moment(cell.first),
            last=_moment(cell.last),
            sparks=over_time.heights(cell.buckets),
            term="" if cell.template == OTHERS else _term(cell),
            example=cell.example,
        )
        for cell in counts.cells.values()
        if cell.count
    ]
    return tuple(sorted(found, key=lambda p: (not p.new, -p.severity, -p.count, p.template)))


def lately(counts: Counts) -> datetime | None:
    """The moment to compare with when none is chosen: `LATELY` before the newest line."""
    newest = max((cell.last for cell in counts.cells.values() if cell.last is not None), default=0)
    return moment_of(newest - LATELY)


def has_earlier(counts: Counts, moment: datetime | None) -> bool:
    """Whether anything is older than a moment: without that, everything would be new."""
    if moment is None:
        return False
    since = second_of(moment)
    return any(
        cell.before or (cell.first is not None and cell.first < since)
        for cell in counts.cells.values()
    )


def example_of(example: Example, sources: Sequence[Source]) -> Record | None:
    """The line of an example as a record; None for one that was not kept."""
    named = [source for source in sources if example.source.startswith(source.name)]
    if not example.raw or not named:
        return None
    source = max(named, key=lambda source: len(source.name))
    path = source.path + example.source.removeprefix(source.name)
    line = Line(example.raw, example.offset, len(example.raw))
    return read_record(line, Source(path, example.source))


def _is_new(cell: Cell, since: int | None) -> bool:
    if since is None or cell.first is None or cell.template == OTHERS:
        return False
    return not cell.before and cell.first >= since


def _moment(second: int | None) -> datetime | None:
    return None if second is None else moment_of(second)


def _term(cell: Cell) -> str:
    return term("pattern", cell.template)
