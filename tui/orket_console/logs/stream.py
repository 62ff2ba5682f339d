"""All logs of an installation as one stream that goes on: what is new, merged by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import Clock, size
from orket_console.logs.alarm import Alarm
from orket_console.logs.forms import Entries
from orket_console.logs.history import LinesBefore, Reading, Screen, View, read_back
from orket_console.logs.order import Placed, in_order, place
from orket_console.logs.records import Item, Marker, Record
from orket_console.logs.sources import (
    MOST,
    Source,
    Sources,
    SourceState,
    SourceStatus,
)
from orket_console.logs.tail import Follower, Notice, Step
from orket_console.logs.watch import Watch

_LOOK_AGAIN: Final = 2.0
"""Seconds between two looks for logs that were not there before."""
_QUIET: Final = 0.2
"""Seconds that the last entry of a crash log is held back for more of it."""


class _Feed:
    """One log: its follower, and the place that its next record is ordered by."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self.source = source
        self.follower = Follower(Path(source.path), clock)
        self._clock = clock
        self._entries = Entries(source)
        self._quiet_since: float | None = None
        self._before: datetime | None = None

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
        follower = self.follower
        return SourceState(
            self.source.name, self.source.path, follower.status, follower.detail, follower.size
        )


class Stream:
    """Follows every log that `find` finds, now and later.

    `poll` is called from one thread, as often as is wanted.
    """

    def __init__(self, find: Callable[[], Sources], clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._feeds: dict[str, _Feed] = {}
        self._left_out: tuple[SourceState, ...] = ()
        self._looked = 0.0
        self._watch = Watch()
        self._untold = False

    def open(self) -> None:
        """Open all logs at their ends."""
        found = self._find()
        self._left_out = found.left_out
        self._looked = self._clock.monotonic()
        for source in found.chosen:
            feed = self._feeds[source.path] = _Feed(source, self._clock)
            feed.follower.start_at_end()
        self._watch.over(Path(path) for path in self._feeds)

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(feed.source for feed in self._feeds.values())

    def past(self, screen: Screen | None = None) -> Reading:
        """What the logs held before the place where `poll` goes on."""
        views = [view for feed in self._feeds.values() if (view := feed.view())]
        for view in views:
            view.screen = screen
        return read_back(views, self._clock.now())

    def poll(self) -> list[Item]:
        """What was written to any log since the last call, in order of time."""
        self._look_again()
        told = self._watch.took_note()
        batches = [batch for feed in self._feeds.values() if (batch := feed.poll())]
        if batches and self._untold and not told:
            self._watch.missed()
        self._untold = False
        if len(batches) == 1:
            return [placed.item for placed in batches[0]]
        return [placed.item for placed in in_order(batches)]

    def wait(self, alarm: Alarm, restless: float, idle: float) -> None:
        """Until a log changes or the alarm is rung; no longer than so many seconds.

        `restless` counts where changes are not told, or a log is being replaced.
        """
        news = self._watch.descriptor
        if news is None or any(feed.restless for feed in self._feeds.values()):
            alarm.wait(restless)
        else:
            self._untold = not alarm.wait(idle, news)

    def number(self, count: LinesBefore) -> None:
        """Number what comes from now on, in logs whose lines were too many to be counted."""
        for feed in self._feeds.values():
            feed.follower.number(count)

    def states(self) -> tuple[SourceState, ...]:
        """Every log's state, the ones that are not followed last."""
        return (*(feed.state() for feed in self._feeds.values()), *self._left_out)

    def close(self) -> None:
        self._watch.close()
        for feed in self._feeds.values():
            feed.follower.close()

    def _look_again(self) -> None:
        """Take up logs that are new; one that was only too old to be followed has its past."""
        now = self._clock.monotonic()
        if now - self._looked < _LOOK_AGAIN:
            return
        self._looked = now
        found = self._find()
        known = {state.path for state in self._left_out}
        self._left_out = found.left_out
        chosen = {source.path for source in found.chosen}
        for path in [path for path in self._feeds if path not in chosen]:
            if len(self._feeds) >= MOST:
                self._feeds.pop(path).follower.close()
        for source in found.chosen:
            if source.path in self._feeds:
                continue
            feed = self._feeds[source.path] = _Feed(source, self._clock)
            if source.path in known:
                feed.follower.start_at_end()
        self._watch.over(Path(path) for path in self._feeds)


def counted(states: Sequence[SourceState]) -> str:
    """`4 sources`, and what an operator must know of the others."""
    read = [s for s in states if s.status in (SourceStatus.FOLLOWING, SourceStatus.READ)]
    total = sum(state.size or 0 for state in read)
    said = [f"{len(read)} source{'' if len(read) == 1 else 's'}, {size(total)}"]
    said += [
        state.sentence()
        for state in states
        if state.status in (SourceStatus.WAITING, SourceStatus.UNREADABLE)
    ]
    return " · ".join(said)
