"""All logs of an installation as one stream that goes on: what is new, merged by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from orket_console.base.clock import Clock, size
from orket_console.logs.alarm import Alarm
from orket_console.logs.feed import Feed
from orket_console.logs.history import LinesBefore, Reading, Screen, read_back, source_of
from orket_console.logs.order import in_order
from orket_console.logs.packed import problem
from orket_console.logs.records import Item
from orket_console.logs.rotation import all_generations
from orket_console.logs.sources import (
    MOST,
    Source,
    Sources,
    SourceState,
    SourceStatus,
)
from orket_console.logs.watch import Watch

_LOOK_AGAIN: Final = 2.0
"""Seconds between two looks for logs that were not there before."""


class Stream:
    """Follows every log that `find` finds, now and later.

    `poll` is called from one thread, as often as is wanted.
    """

    def __init__(self, find: Callable[[], Sources], clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        self._found = Sources((), ())
        self._rotated: dict[str, tuple[SourceState, ...]] = {}
        self._off: frozenset[str] = frozenset()
        self._looked = 0.0
        self._watch = Watch()
        self._untold = False

    def open(self) -> None:
        """Open all logs at their ends."""
        self._look()
        for source in self._found.chosen:
            self._follow(source).start_at_end()
        self._watch_over()

    def switch(self, off: frozenset[str]) -> None:
        """Leave these logs out, by their paths; of the others, what is written from now on."""
        if off == self._off:
            return
        self._off = off
        for path in off & self._feeds.keys():
            self._feeds.pop(path).follower.close()
        for source in self._found.chosen:
            if source.path not in self._feeds and source.path not in off:
                self._follow(source).start_at_end()
        self._watch_over()

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

    @property
    def unread(self) -> bool:
        """Whether there is more than the last poll took."""
        return any(feed.follower.unread for feed in self._feeds.values())

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
        """Every log's state, each followed by its older parts; those left out come last."""
        states: list[SourceState] = []
        # One that went away is still followed, and not found any more.
        sources = (*self._found.chosen, *self.sources)
        for source in {source.path: source for source in sources}.values():
            feed = self._feeds.get(source.path)
            if feed is not None:
                states += (feed.state(), *self._rotated.get(source.path, ()))
            elif source.path in self._off:
                states.append(SourceState(source.name, source.path, SourceStatus.OFF, "", None))
        return (*states, *self._found.left_out)

    def close(self) -> None:
        self._watch.close()
        for feed in self._feeds.values():
            feed.follower.close()

    def _look_again(self) -> None:
        """Take up logs that are new; one that was only too old to be followed has its past."""
        now = self._clock.monotonic()
        if now - self._looked < _LOOK_AGAIN:
            return
        known = {state.path for state in self._found.left_out}
        self._look()
        chosen = {source.path for source in self._found.chosen}
        for path in [path for path in self._feeds if path not in chosen]:
            if len(self._feeds) >= MOST:
                self._feeds.pop(path).follower.close()
        for source in self._found.chosen:
            if source.path in self._feeds or source.path in self._off:
                continue
            feed = self._follow(source)
            if source.path in known:
                feed.start_at_end()
        self._watch_over()

    def _look(self) -> None:
        self._looked = self._clock.monotonic()
        self._found = self._find()
        self._rotated = {source.path: rotated_of(source) for source in self._found.chosen}

    def _follow(self, source: Source) -> Feed:
        feed = self._feeds[source.path] = Feed(source, self._clock)
        return feed

    def _watch_over(self) -> None:
        self._watch.over(Path(path) for path in self._feeds)


def rotated_of(source: Source) -> tuple[SourceState, ...]:
    """The states of what was rotated away from a log, newest first."""
    if source.alone:
        return ()
    states: list[SourceState] = []
    for older in reversed(all_generations(Path(source.path))):
        if older.path == Path(source.path):
            continue
        name = source_of(older.path, source).name
        why = problem(older.path)
        status = SourceStatus.UNREADABLE if why else SourceStatus.ROTATED
        states.append(SourceState(name, str(older.path), status, why, _size(older.path)))
    return tuple(states)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


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
