"""Everything that happened, merged by time and read page by page.

Every source is read from a moment back, and no further than the page asks for. What the console
itself keeps is few and read whole; logs, turns and deliveries are read as they are needed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from orket_console.base.clock import Clock
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.timeline.deliveries import delivery_entries
from orket_console.incidents.timeline.entry import Entry, Kind, Pause, Wanted
from orket_console.incidents.timeline.records import log_entries
from orket_console.incidents.timeline.told import action_entries, ledger_entries, probe_entries
from orket_console.incidents.timeline.turns import Turns
from orket_console.runs.index import TurnIndex
from orket_console.target.target import Target

PAGE: Final = 100
_PAUSES: Final = 4
_STRAYS: Final = 200
"""Entries that are too old one after another, before all that follow are taken to be."""
_UNWANTED: Final = 500
"""Entries that a filter refuses which take about as long as what comes before a pause."""
_OF_DELIVERIES: Final = frozenset(
    {
        "pr_escalated",
        "pr_escalation_failed",
        "pr_merge_failed",
        "pr_merged",
        "pr_reject_failed",
        "pr_rejected",
        "webhook",
    }
)
_LEDGER: Final = (Kind.INCIDENT, Kind.STEP, Kind.NOTE, Kind.FINDING)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries oldest first.

    `reached` is how far reading came, where it stopped before there were enough; `more` tells
    that there may be others beyond.
    """

    entries: tuple[Entry, ...]
    more: bool
    reached: datetime | None = None


class Walk:
    """From a moment back: `take` gives page after page. Close it when it is done with."""

    def __init__(self, sources: list[Iterator[Entry | Pause]], wanted: Wanted) -> None:
        self._sources = sources
        self._wanted = wanted
        self._merged = heapq.merge(*sources, key=lambda one: one.at, reverse=True)
        self._peeked: Entry | None = None

    def take(self, count: int = PAGE, pauses: int | None = _PAUSES) -> Page:
        """The next `count` entries further back, fewer where reading would take long.

        With `pauses` None it goes on until there are as many, or the beginning.
        """
        taken: deque[Entry] = deque()
        if self._peeked is not None:
            taken.append(self._peeked)
            self._peeked = None
        left = None if pauses is None else pauses * _UNWANTED
        for one in self._merged:
            is_wanted = isinstance(one, Entry) and self._wanted.takes(one)
            if is_wanted and len(taken) >= count:
                self._peeked = cast("Entry", one)
                return Page(tuple(taken), more=True)
            if is_wanted:
                taken.appendleft(cast("Entry", one))
            elif left is not None:
                left -= _UNWANTED if isinstance(one, Pause) else 1
                if left <= 0:
                    return Page(tuple(taken), more=True, reached=one.at)
        return Page(tuple(taken), more=False)

    def until(self, since: datetime) -> Iterator[Entry]:
        """What is wanted from here back to `since`, newest first.

        Where a clock was set back what was written before has later times: it is not missed.
        """
        strays = 0
        for one in self._merged:
            strays = strays + 1 if one.at < since else 0
            if strays == _STRAYS or (strays and isinstance(one, Pause)):
                return
            if strays:
                continue
            if isinstance(one, Entry) and self._wanted.takes(one):
                yield one

    def close(self) -> None:
        self._merged.close()
        for source in self._sources:
            if hasattr(source, "close"):
                source.close()


class Timeline:
    """What happened on one installation. Any thread may ask, one at a time.

    `store` is its ledger, None where there is none; `index` one of its turns that is kept
    already.
    """

    def __init__(
        self, target: Target, clock: Clock, store: Store | None, index: TurnIndex | None = None
    ) -> None:
        self._target, self._clock, self._store = target, clock, store
        self._turns = Turns(target, clock, index)

    def back(self, wanted: Wanted, until: datetime | None = None) -> Walk:
        """From `until` (None: from now) back."""
        return Walk(list(self._sources(wanted, until)), wanted)

    def _sources(self, wanted: Wanted, until: datetime | None) -> Iterator[Iterator[Entry | Pause]]:
        if wanted.has_kind(Kind.LOG):
            yield log_entries(self._target, self._clock, until, self._told_twice(wanted))
        if wanted.has_kind(Kind.TURN):
            yield self._turns.entries(until)
        if wanted.has_kind(Kind.DELIVERY):
            yield delivery_entries(self._target, self._clock, until)
        told = [one for one in self._told(wanted) if until is None or one.at <= until]
        # What is told first happened first: also of what has the same time, the newest first.
        told.reverse()
        told.sort(key=lambda one: one.at, reverse=True)
        yield cast("Iterator[Entry | Pause]", iter(told))

    def _told_twice(self, wanted: Wanted) -> frozenset[str]:
        """Events of the log that deliveries are made of."""
        return _OF_DELIVERIES if wanted.has_kind(Kind.DELIVERY) else frozenset()

    def _told(self, wanted: Wanted) -> Iterator[Entry]:
        if wanted.has_kind(Kind.PROBE):
            yield from probe_entries(self._target, self._clock)
        if wanted.has_kind(Kind.ACTION) or wanted.has_kind(Kind.GATE):
            yield from action_entries(self._target, self._store, wanted.incident)
        if self._store is not None and any(map(wanted.has_kind, _LEDGER)):
            yield from ledger_entries(self._store, wanted.incident)
