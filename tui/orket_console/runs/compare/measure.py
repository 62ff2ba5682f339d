"""A failed run beside a good one, in a line: what a turn's summary says of it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import TurnRef
from orket_console.runs.compare.runs import StoppedError, find_divergence
from orket_console.target.target import Target

_MOST: Final = 300
"""Turns that are compared unasked."""
_LONGEST: Final = 3.0
"""Seconds that it may take unasked."""


@dataclass(frozen=True, slots=True)
class Measure:
    """`good` is the run to measure by, `at` the turn of the other at which they part."""

    session: str
    good: str
    at: TurnRef
    says: str

    def line(self, ref: TurnRef) -> str:
        """As said at a turn of the run: `e6e7e39c first differs here: …`."""
        where = f"at {self.at.issue} #{self.at.index} {self.at.role}"
        return f"{self.good} first differs {'here' if ref == self.at else where}: {self.says}"


def measure_run(target: Target, clock: Clock, session: str) -> Measure | None:
    """Where a run first differs from a good one; None where there is none, where they are the
    same, and where it takes too long to find out."""
    until = monotonic() + _LONGEST

    def go_on(done: int, _total: int) -> bool:
        return done < _MOST and monotonic() < until

    try:
        found = find_divergence(target, clock, session, go_on=go_on)
    except (ConsoleError, StoppedError):
        return None
    if found.divergence is None or found.turn is None:
        return None
    return Measure(session, found.left.session, found.turn.ref, found.divergence.summary)
