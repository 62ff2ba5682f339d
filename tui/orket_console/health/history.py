"""What the rounds have seen so far: last ok, last change and the last readings of each probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.state import State
from orket_console.health.reading import Reading, Round

KEPT: Final = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time by both clocks: wall for people, monotonic for spans."""

    at: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Past:
    """One probe's past.

    `changed` is when its state or word last became what it is, None while it has been so
    since the console first looked; `last_ok` None when it was never seen ok. `latencies` are
    those of its last readings, oldest first, None where there was none.
    """

    reading: Reading
    first: Moment
    changed: Moment | None
    last_ok: Moment | None
    latencies: tuple[float | None, ...]

    def since_ok(self, now: float) -> float | None:
        """Seconds since it was last seen ok."""
        return now - self.last_ok.monotonic if self.last_ok else None

    def since_change(self, now: float) -> float | None:
        """Seconds since it last changed; None if it has not since the console first looked."""
        return now - self.changed.monotonic if self.changed else None


@dataclass(frozen=True, slots=True)
class History:
    """The past of every probe, by name. `add` and `add_round` give a new one."""

    pasts: dict[str, Past]

    @classmethod
    def empty(cls) -> History:
        return cls({})

    def past(self, probe: str) -> Past | None:
        return self.pasts.get(probe)

    def readings(self) -> tuple[Reading, ...]:
        """The newest reading of each probe."""
        return tuple(past.reading for past in self.pasts.values())

    def add(self, reading: Reading, moment: Moment) -> History:
        return History(
            {**self.pasts, reading.probe: _next(self.past(reading.probe), reading, moment)}
        )

    def add_round(self, done: Round, monotonic: float) -> History:
        history = self
        for reading in done.readings:
            history = history.add(reading, Moment(done.at, monotonic))
        return history


def _next(past: Past | None, reading: Reading, moment: Moment) -> Past:
    is_ok = reading.state is State.OK
    if past is None:
        return Past(reading, moment, None, moment if is_ok else None, (reading.ms,))
    same = (past.reading.state, past.reading.word) == (reading.state, reading.word)
    return Past(
        reading=reading,
        first=past.first,
        changed=past.changed if same else moment,
        last_ok=moment if is_ok else past.last_ok,
        latencies=(*past.latencies, reading.ms)[-KEPT:],
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
