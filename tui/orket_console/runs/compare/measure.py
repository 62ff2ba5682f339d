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
    """`good` is the run to measure by, `at` the turn of the other at which they part. Where
    that was not found in time, `good` is empty and `at` None; `says` tells why."""

    session: str
    good: str
    at: TurnRef | None
    says: str

    def line(self, ref: TurnRef) -> str:
        """As said at a turn of the run: `e6e7e39c first differs here: …`."""
        if self.at is None:
            return self.says
        where = f"at {self.at.issue} #{self.at.index} {self.at.role}"
        return f"{self.good} first differs {'here' if ref == self.at else where}: {self.says}"


def measure_run(target: Target, clock: Clock, session: str) -> Measure | None:
    """Where a run first differs from a good one, as far as that is soon found; None where
    there is no good one and where they are the same."""
    until = monotonic() + _LONGEST
    compared, there = 0, 0

    def go_on(done: int, total: int) -> bool:
        nonlocal compared, there
        compared, there = done, total
        return done < _MOST and monotonic() < until

    try:
        found = find_divergence(target, clock, session, go_on=go_on)
    except ConsoleError:
        return None
    except StoppedError:
        same = f"the first {compared:,} of {there:,} turns are as in a good run"
        return Measure(session, "", None, f"{same}: d compares them all")
    if found.divergence is None or found.turn is None:
        return None
    first = found.divergence
    says = first.what if first.left and first.right else first.summary
    return Measure(session, found.left.session, found.turn.ref, says)
