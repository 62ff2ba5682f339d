"""Time: aware UTC inside, one chosen zone on screen, durations from a monotonic clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, for durations."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that stands still, for pictures and tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return 0.0


def parse_time(text: object) -> datetime | None:
    """An ISO 8601 or SQLite timestamp as aware UTC; None for what is no time.

    Naive values are UTC: SQLite's CURRENT_TIMESTAMP is, and Orket's log has an offset.
    """
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if parsed.tzinfo is None:
        return parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        return None


def ago(seconds: float) -> str:
    """A span in its two largest units, or from a day on in days: `9s`, `4m12s`, `2h03m`, `2d`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d"


def since(then: datetime, now: datetime) -> str:
    """How long ago `then` was; a moment still to come says so."""
    span = now - then
    if span < timedelta(seconds=-1):
        return f"in {ago(-span.total_seconds())}"
    return ago(span.total_seconds())


def stamp(at: datetime) -> str:
    """A moment as `2026-11-23T05:17:37.485257Z`, always with its fraction."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def size(count: int) -> str:
    """Bytes as `512 B`, `21 KB`, `1.4 MB`, `61 GB`."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            small = unit != "B" and amount < 9.95
            return f"{amount:.1f} {unit}" if small else f"{amount:.0f} {unit}"
        amount /= 1000
    raise AssertionError("unreachable: the loop ends at TB")
