"""When lines were written, to the second, and on which side of the times asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from orket_console.base.clock import parse_time

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LENGTH: Final = len("2026-11-23T05:17:37")
ZONE: Final = LENGTH + len(".316632")


UNDATED: Final = -(1 << 62)
"""The second of lines before the first that has a time."""


class Side(IntEnum):
    WANTED = 0
    BEFORE = 1
    AFTER = 2


class Moments:
    """Reads one timestamp after another. What has none was written when the one before was."""

    def __init__(self, since: datetime | None, until: datetime | None) -> None:
        self._since = since
        self._until = until
        self.second = UNDATED
        self.side = Side.WANTED

    def read(self, timestamp: str) -> bool:
        """Take up a timestamp; whether all of its second with its zone are on the same side."""
        at = parse_time(timestamp) if timestamp else None
        if at is None:
            return False
        self.second = second_of(at)
        self.side = self._side(at)
        # Without a fraction of six digits the zone is not where it is looked for.
        if len(timestamp) <= ZONE or timestamp[LENGTH] != ".":
            return False
        return self.second not in self._edges

    @property
    def _edges(self) -> list[int]:
        return [second_of(at) for at in (self._since, self._until) if at is not None]

    def _side(self, at: datetime) -> Side:
        if self._since is not None and at < self._since:
            return Side.BEFORE
        return Side.AFTER if self._until is not None and at > self._until else Side.WANTED


def second_of(at: datetime) -> int:
    """Seconds of the epoch, rounded down."""
    between = at - EPOCH
    return between.days * 86_400 + between.seconds


def moment_of(second: int) -> datetime | None:
    """The other way round; None for what no calendar has."""
    try:
        return datetime.fromtimestamp(second, UTC)
    except (OverflowError, OSError, ValueError):
        return None
