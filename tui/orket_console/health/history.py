"""What the rounds have seen so far: last ok, last change and the last readings of each probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.state import State
from orket_console.health.reading import Reading, Round

KEPT: Final = 60
"""Latencies, and changes, that are kept of each probe."""
_UNWATCHED: Final = 120.0
"""Seconds between two readings: more means that nobody looked for a while."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time by both clocks: wall for people, monotonic for spans."""

    at: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Change:
    """When a probe's state or word became another: what they were, and what they became."""

    moment: Moment
    was: State
    was_word: str
    state: State
    word: str

    @property
    def at(self) -> datetime:
        return self.moment.at


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no console looked."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One probe's past.

    `seen` is when it was looked at last, `first` when at first. `changes` are the last times
    at which its state or word became another, oldest first: the last of them tells since when it
    is what it is. `last_ok` is None when it was never seen ok. `latencies` are those of its last
    readings, oldest first, None where there was none. `restarts` are the last times at which
    another process answered than before. `gap` is the last time in which nobody looked: what
    changed then is dated at its end.
    """

    reading: Reading
    first: Moment
    seen: Moment
    changes: tuple[Change, ...]
    last_ok: Moment | None
    latencies: tuple[float | None, ...]
    pid: int
    restarts: tuple[Moment, ...]
    gap: Gap | None

    @property
    def changed(self) -> Moment | None:
        """When it became what it is; None while it has been so since it was first looked at."""
        return self.changes[-1].moment if self.changes else None

    def since_ok(self, now: float) -> float | None:
        """Seconds since it was last seen ok."""
        return now - self.last_ok.monotonic if self.last_ok else None

    def since_change(self, now: float) -> float | None:
        """Seconds since it last changed; None if it has not since it was first looked at."""
        return now - self.changed.monotonic if self.changed else None

    def flaps(self, now: float, within: float = 3600.0) -> int:
        """How often it changed in the last `within` seconds."""
        return sum(now - change.moment.monotonic <= within for change in self.changes)


@dataclass(frozen=True, slots=True)
class History:
    """The past of every probe, by name. `add` and `add_round` give a new one.

    `earlier` is the past that an earlier console saw, of probes that this one has not looked
    at yet: nothing of it is told as what is.
    """

    pasts: Mapping[str, Past]
    earlier: Mapping[str, Past]

    @classmethod
    def empty(cls) -> History:
        return cls({}, {})

    def past(self, probe: str) -> Past | None:
        return self.pasts.get(probe)

    def readings(self) -> tuple[Reading, ...]:
        """The newest reading of each probe."""
        return tuple(past.reading for past in self.pasts.values())

    def add(self, reading: Reading, moment: Moment) -> History:
        name = reading.probe
        before = self.pasts.get(name) or self.earlier.get(name)
        past = _next(before, reading, moment) if before else _begin(reading, moment)
        return History({**self.pasts, name: past}, self.earlier)

    def add_round(self, done: Round, monotonic: float) -> History:
        history = self
        for reading in done.readings:
            history = history.add(reading, Moment(done.at, monotonic))
        return history


def _begin(reading: Reading, moment: Moment) -> Past:
    return Past(
        reading=reading,
        first=moment,
        seen=moment,
        changes=(),
        last_ok=moment if reading.state is State.OK else None,
        latencies=(reading.ms,),
        pid=reading.pid,
        restarts=(),
        gap=None,
    )


def _next(past: Past, reading: Reading, moment: Moment) -> Past:
    was = past.reading
    same = (was.state, was.word) == (reading.state, reading.word)
    change = Change(moment, was.state, was.word, reading.state, reading.word)
    restarted = reading.pid and past.pid and reading.pid != past.pid
    unwatched = moment.monotonic - past.seen.monotonic > _UNWATCHED
    return Past(
        reading=reading,
        first=past.first,
        seen=moment,
        changes=past.changes if same else (*past.changes, change)[-KEPT:],
        last_ok=moment if reading.state is State.OK else past.last_ok,
        latencies=(*past.latencies, reading.ms)[-KEPT:],
        pid=reading.pid or past.pid,
        restarts=(*past.restarts, moment)[-KEPT:] if restarted else past.restarts,
        gap=Gap(past.seen.at, moment.at) if unwatched else past.gap,
    )


def bars(latencies: Sequence[float | None], width: int) -> str:
    """The newest `width` latencies as blocks, tallest for the slowest; a blank for none."""
    shown = latencies[-width:]
    most = max((value for value in shown if value is not None), default=0.0)
    if most <= 0:
        return " " * len(shown)
    blocks = "▁▂▃▄▅▆▇█"
    return "".join(
        " " if value is None else blocks[min(int(value / most * 7.999), 7)] for value in shown
    )
