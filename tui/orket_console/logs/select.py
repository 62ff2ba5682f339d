"""The last records of all logs that a filter and a span of time want."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import Unreadable, UnreadableError
from orket_console.base.moments import EXAMPLES, moment
from orket_console.logs.filter import Filter
from orket_console.logs.history import Reading, View, open_view, read_back
from orket_console.logs.packed import problem
from orket_console.logs.records import Item, Record
from orket_console.logs.sources import Source, Sources, SourceState, SourceStatus

_SLICE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until`, both included; None leaves that end open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return not self.ends_before(at) and not (self.until and at > self.until)

    def ends_before(self, at: datetime) -> bool:
        """Whether `at` and all before it lie outside."""
        return self.since is not None and at < self.since


@dataclass(frozen=True, slots=True)
class Last:
    """`items` oldest first, out of `scanned`; `more` tells that older ones match too."""

    items: tuple[Item, ...]
    scanned: int
    more: bool


@dataclass(frozen=True, slots=True)
class Selection(Last):
    """What was found, and the state of every log."""

    sources: tuple[SourceState, ...]

    @property
    def partial(self) -> bool:
        """Whether something that is there could not be read, or nothing is there."""
        statuses = [state.status for state in self.sources]
        return SourceStatus.UNREADABLE in statuses or SourceStatus.READ not in statuses


def parse_moment(text: str, now: datetime, option: str, *, local: bool = False) -> datetime:
    """A moment as a filter's `after:` takes it. Raises `ConsoleError` (exit 2)."""
    at = moment(text, now, local=local)
    if at is None:
        raise ConsoleError(
            f"{text!r} is no time",
            where=option,
            remedy=f"write one of {EXAMPLES}",
            exit_code=ExitCode.USAGE,
        )
    return at


def select(found: Sources, wanted: Filter, span: Span, limit: int, clock: Clock) -> Selection:
    """The last `limit` items that are wanted, read from the ends of the logs that were found.

    Reading goes back until there are enough, or the span begins, or the logs do.
    """
    views, states = _open(found)
    history = read_back(views, clock.now())
    try:
        last = last_items(history, wanted, span, limit)
    finally:
        history.close()
    return Selection(last.items, last.scanned, last.more, states)


def _open(found: Sources) -> tuple[list[View], tuple[SourceState, ...]]:
    views: list[View] = []
    states: list[SourceState] = []
    for source in found.chosen:
        try:
            view = open_view(source)
        except UnreadableError as error:
            states.append(_unread(source, error))
            continue
        views.append(view)
        why = problem(Path(source.path))
        status = SourceStatus.UNREADABLE if why else SourceStatus.READ
        states.append(SourceState(source.name, source.path, status, why, view.at))
    return views, (*states, *found.left_out)


def _unread(source: Source, error: UnreadableError) -> SourceState:
    if error.reason is Unreadable.MISSING:
        return SourceState(source.name, source.path, SourceStatus.WAITING, "not there", None)
    detail = " ".join((error.reason, error.detail)).strip()
    return SourceState(source.name, source.path, SourceStatus.UNREADABLE, detail, None)


def last_items(history: Reading, wanted: Filter, span: Span, limit: int) -> Last:
    """The last `limit` items of a history that are wanted, oldest first."""
    kept: deque[Item] = deque()
    scanned = 0
    while True:
        for placed in history.take(_SLICE):
            if span.ends_before(placed.key):
                return Last(tuple(kept), scanned, more=False)
            scanned += 1
            if not span.holds(placed.key) or not wants(wanted, placed.item):
                continue
            if len(kept) == limit:
                return Last(tuple(kept), scanned, more=True)
            kept.appendleft(placed.item)
        if history.ended:
            return Last(tuple(kept), scanned, more=False)


def wants(wanted: Filter, item: Item) -> bool:
    """Whether a filter wants an item; what happened to a log itself is for an empty one."""
    return wanted.wants(item) if isinstance(item, Record) else not wanted.expression


def chosen(wanted: Filter, items: list[Item]) -> list[Item]:
    """Those of the items that a filter wants."""
    return [item for item in items if wants(wanted, item)] if wanted.expression else items
