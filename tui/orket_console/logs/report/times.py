"""How many lines, warnings and errors there were over time, in bounded memory.

A time is counted by the beginning of its text, as UTC: `2026-11-23T05:17` for a minute. Where
there are too many of them, they are counted by hour, then by day, month, year.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.base.severity import Severity

_UTC: Final = "+00:00"
_LENGTHS: Final = (16, 13, 10, 7, 4)
_FULL: Final = "0001-01-01T00:00"
MOST: Final = 4_000


class Times:
    """Counts by minute, and the earliest and latest time."""

    def __init__(self) -> None:
        self.first = ""
        self.last = ""
        self.unit = _LENGTHS[0]
        self.lines: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    def add_all(self, stamps: list[str]) -> None:
        """Count the times of many lines, as they are written; those that are none are not."""
        low, high = min(stamps), max(stamps)
        # With one offset for all, the order of texts is that of times.
        even = "".join(stamps).count(_UTC) == len(stamps) and parse_time(low) and parse_time(high)
        if not even:
            for stamp in stamps:
                self.add(stamp)
            return
        self._widen(low, high)
        if low[: self.unit] == high[: self.unit]:
            self.lines[low[: self.unit]] += len(stamps)
        else:
            unit = self.unit
            self.lines.update([stamp[:unit] for stamp in stamps])
            self._bound()

    def add(self, stamp: str) -> None:
        utc = in_utc(stamp)
        if utc:
            self._widen(utc, utc)
            self.lines[utc[: self.unit]] += 1
            self._bound()

    def bad(self, stamp: str, severity: Severity) -> None:
        """A line that was counted was a warning or an error."""
        utc = stamp if stamp.endswith(_UTC) else in_utc(stamp)
        if utc:
            unit = utc[: self.unit]
            if unit in self.lines:
                (self.errors if severity >= Severity.ERROR else self.warnings)[unit] += 1

    def merge(self, other: Times) -> None:
        if other.first:
            self._widen(other.first, other.last)
        unit = max(self.unit, other.unit, key=_LENGTHS.index)
        self._coarsen(unit)
        other._coarsen(unit)
        self.lines.update(other.lines)
        self.warnings.update(other.warnings)
        self.errors.update(other.errors)
        self._bound()

    def _widen(self, first: str, last: str) -> None:
        self.first = min(self.first or first, first)
        self.last = max(self.last, last)

    def _bound(self) -> None:
        while len(self.lines) > MOST and self.unit > _LENGTHS[-1]:
            self._coarsen(_LENGTHS[_LENGTHS.index(self.unit) + 1])

    def _coarsen(self, unit: int) -> None:
        if unit == self.unit:
            return
        self.unit = unit
        for counts in (self.lines, self.warnings, self.errors):
            fine = list(counts.items())
            counts.clear()
            for stamp, count in fine:
                counts[stamp[:unit]] += count


def in_utc(stamp: str) -> str:
    """A written time in UTC, as Python writes it; empty for what is no time."""
    at = parse_time(stamp)
    return at.isoformat() if at else ""


def moment(beginning: str) -> datetime | None:
    """The time that the beginning of a time's text stands for."""
    return parse_time(beginning + _FULL[len(beginning) :]) if beginning else None


def as_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
