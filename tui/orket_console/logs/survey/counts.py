"""What was counted in a part of the logs: cells, names, times; all of it bounded.

Two counts of neighbouring parts merge into the count of both. What is beyond a bound is
counted as others, so that the sums are always right.
"""

from __future__ import annotations

from typing import Final, TypeVar

from msgspec import Struct, field

from orket_console.base.severity import Severity
from orket_console.logs.survey.ladder import coarser, rung_of

MOST_CELLS: Final = 1_000
MOST_NAMES: Final = 1_000
MOST_BUCKETS: Final = 400
OTHERS: Final = "(others)"
NAMED: Final = ("role", "session", "model", "source")

Key = TypeVar("Key")


class Example(Struct, frozen=True):
    """A line of a log by the byte it begins at; `raw` is empty for one of great length."""

    source: str
    offset: int
    raw: bytes


class Cell(Struct):
    """Lines of one template and severity. Times are seconds of the epoch, None without any.

    `count` are those asked for, `before` those that came before the time asked for. `buckets`
    counts by time (the second of the epoch // the step of the rung).
    """

    severity: Severity
    event: str
    kind: str
    template: str
    example: Example | None = None
    count: int = 0
    before: int = 0
    first: int | None = None
    last: int | None = None
    buckets: dict[int, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Severity, str]:
        return self.severity, self.template

    def add(self, other: Cell) -> None:
        """Count another cell's lines here; both on the same rung."""
        self.count += other.count
        self.before += other.before
        self.first = _least(self.first, other.first)
        self.last = _most(self.last, other.last)
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count


class Counts(Struct):
    """Everything counted in a part of the logs. `rung` is the step of all buckets.

    `lines` were looked at and `matched` wanted. `names` counts by value, for each of `NAMED`.
    """

    lines: int = 0
    matched: int = 0
    rung: int = 0
    cells: dict[tuple[Severity, str], Cell] = field(default_factory=dict)
    bars: dict[int, dict[int, int]] = field(default_factory=dict)
    """By severity, then by bucket."""
    names: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in NAMED})

    def add(self, other: Counts) -> None:
        """Count another part as well; costs as much as is in that part. `other` is used up."""
        rung = max(self.rung, other.rung)
        self._climb(rung)
        other._climb(rung)
        self.lines += other.lines
        self.matched += other.matched
        for key, cell in other.cells.items():
            held = self.cells.get(key)
            if held is None:
                self.cells[key] = cell
            else:
                held.add(cell)
        for level, bars in other.bars.items():
            _sum(self.bars.setdefault(level, {}), bars)
        for name, counted in other.names.items():
            _sum(self.names[name], counted)
        self.bound()

    def bound(self) -> None:
        """Keep to the bounds. Twice the bound is let be, so that it is not done every time."""
        taken = {bucket for bars in self.bars.values() for bucket in bars}
        self._climb(rung_of(taken, self.rung, MOST_BUCKETS))
        if len(self.cells) > 2 * MOST_CELLS:
            self._bound_cells()
        for name, counted in self.names.items():
            if len(counted) > 2 * MOST_NAMES:
                self.names[name] = bounded(counted)

    def _climb(self, rung: int) -> None:
        if rung == self.rung:
            return
        for cell in self.cells.values():
            cell.buckets = coarser(cell.buckets, self.rung, rung)
        self.bars = {level: coarser(bars, self.rung, rung) for level, bars in self.bars.items()}
        self.rung = rung

    def _bound_cells(self) -> None:
        """Keep the worst and most frequent; of each severity the rest are one cell."""
        cells = sorted(self.cells.values(), key=lambda cell: (-cell.severity, -cell.count))
        self.cells = {cell.key: cell for cell in cells[:MOST_CELLS]}
        for cell in cells[MOST_CELLS:]:
            key = cell.severity, OTHERS
            if key not in self.cells:
                self.cells[key] = Cell(cell.severity, OTHERS, "", OTHERS)
            self.cells[key].add(cell)


def bounded(counted: dict[str, int]) -> dict[str, int]:
    """The largest counts, and the sum of all others."""
    kept = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in kept[MOST_NAMES:])
    found = dict(kept[:MOST_NAMES])
    if rest:
        found[OTHERS] = found.get(OTHERS, 0) + rest
    return found


def _sum(counted: dict[Key, int], other: dict[Key, int]) -> None:
    for key, count in other.items():
        counted[key] = counted.get(key, 0) + count


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _most(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)
