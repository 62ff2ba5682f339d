"""What was counted, over time: bars that fit a screen, each with its severities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.survey.counts import Counts
from orket_console.logs.survey.ladder import LAST, STEPS, coarser
from orket_console.logs.survey.moments import moment_of

_FEW: Final = 100
"""One in so many lines may lie far off without the others being squeezed together for it."""
_FAR: Final = 4
"""Times the length of all others that far is."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Lines of one step of time, by severity; `second` is the epoch's, where it begins."""

    second: int
    counts: dict[Severity, int]

    @property
    def at(self) -> datetime | None:
        return moment_of(self.second)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def errors(self) -> int:
        return self.counts.get(Severity.ERROR, 0)

    @property
    def worst(self) -> Severity | None:
        return max(self.counts, default=None)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars next to each other, empty ones too; `step` is in seconds.

    `outside` counts lines dated so far off that they are left out.
    """

    step: int = 1
    bars: tuple[Bar, ...] = ()
    outside: int = 0

    @property
    def most(self) -> int:
        """Lines of the longest bar."""
        return max((bar.total for bar in self.bars), default=0)

    @property
    def end(self) -> datetime | None:
        """Where the last bar ends."""
        return moment_of(self.bars[-1].second + self.step) if self.bars else None


@dataclass(frozen=True, slots=True)
class Axis:
    """The time from the first to the last bucket that counts, cut into equal columns."""

    first: int = 0
    buckets: int = 1
    columns: int = 1

    def heights(self, counted: dict[int, int]) -> tuple[int, ...]:
        """Counts by bucket, as a count for each column."""
        found = [0] * self.columns
        for bucket, count in counted.items():
            if 0 <= bucket - self.first < self.buckets:
                found[(bucket - self.first) * self.columns // self.buckets] += count
        return tuple(found)


def axis(counts: Counts, columns: int) -> Axis:
    """At most so many columns, and no more than there are buckets."""
    totals = _totals(counts)
    if not totals:
        return Axis()
    low, high = _near(totals)
    return Axis(low, high - low + 1, min(columns, high - low + 1))


def timeline(counts: Counts, width: int) -> Timeline:
    """At most `width` bars, as fine as they were counted or as there is room for."""
    totals = _totals(counts)
    if not totals or width < 1:
        return Timeline()
    low, high = _near(totals)
    rung = counts.rung
    factor = 1
    while high // factor - low // factor >= width and rung < LAST:
        rung += 1
        factor = STEPS[rung] // STEPS[counts.rung]
    first, last = low // factor, high // factor
    first = max(first, last - width + 1)
    levels = {
        Severity(level): coarser(bars, counts.rung, rung) for level, bars in counts.bars.items()
    }
    made = tuple(
        Bar(
            bucket * STEPS[rung],
            {level: bars[bucket] for level, bars in levels.items() if bars.get(bucket)},
        )
        for bucket in range(first, last + 1)
    )
    inside = sum(bar.total for bar in made)
    return Timeline(STEPS[rung], made, sum(totals.values()) - inside)


def _totals(counts: Counts) -> dict[int, int]:
    totals: dict[int, int] = {}
    for bars in counts.bars.values():
        for bucket, count in bars.items():
            totals[bucket] = totals.get(bucket, 0) + count
    return totals


def _near(totals: dict[int, int]) -> tuple[int, int]:
    """The first and last bucket that are not just a few lines far from all others."""
    buckets = sorted(totals)
    few = sum(totals.values()) // _FEW
    low = _skipped(buckets, totals, few)
    high = _skipped([-bucket for bucket in reversed(buckets)], _mirrored(totals), few)
    return (low, -high) if low <= -high else (buckets[0], buckets[-1])


def _mirrored(totals: dict[int, int]) -> dict[int, int]:
    return {-bucket: count for bucket, count in totals.items()}


def _skipped(buckets: list[int], totals: dict[int, int], few: int) -> int:
    """Where to begin, so that at most `few` lines are left out, and only far ones."""
    start, left_out = buckets[0], 0
    for index, (bucket, following) in enumerate(pairwise(buckets)):
        left_out += totals[bucket]
        if left_out > few:
            break
        rest = buckets[-1] - following
        if following - bucket > _FAR * max(rest, len(buckets) - index):
            start = following
    return start
