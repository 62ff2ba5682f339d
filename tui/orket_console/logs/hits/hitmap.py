"""What is known of one log: in which blocks lines that are wanted begin, and how many."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 1 << 18
"""Bytes of a block: what is read to come to one hit. A log of 10 GB has 40,000, in 160 KB."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes `start` to `end`, read for the lines that begin in them; empty to go on from."""

    start: int
    end: int

    @property
    def empty(self) -> bool:
        return self.start == self.end


class HitMap:
    """Grows from a line's beginning `at` in both directions, as the log is searched.

    `size` bytes of the log are searched; what is written later is not. One thread adds, any
    thread asks.
    """

    def __init__(self, size: int, at: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._counts = array("I", bytes(array("I").itemsize * (size // BLOCK + 1)))
        self._low = self._high = min(at, size)
        self._hits = 0
        self._abandoned = False

    @property
    def whole(self) -> bool:
        return self._low == 0 and self._high == self.size

    @property
    def bounds(self) -> tuple[int, int]:
        """From where to where it is searched."""
        return self._low, self._high

    @property
    def searched(self) -> int:
        """Bytes."""
        return self._high - self._low

    @property
    def hits(self) -> int:
        """Lines found so far."""
        return self._hits

    def add(self, start: int, end: int, counts: Mapping[int, int]) -> None:
        """What was found in the next stretch below or above, by block."""
        with self._lock:
            for block, count in counts.items():
                self._counts[block] += count
                self._hits += count
            if end == self._low:
                self._low = start
            elif start == self._high:
                self._high = end
            else:
                raise ValueError(f"{start} to {end} is not beside {self._low} to {self._high}")

    def abandon(self) -> None:
        """It will not be searched further: the rest has to be read."""
        self._abandoned = True

    def covers(self, offset: int) -> bool:
        """Whether the search has come by a place, so that it goes on from there."""
        return offset >= self.size or self._low <= offset <= self._high

    def below(self, stop: int) -> Stretch | None:
        """Where to look next for hits before `stop`; None while it isn't searched yet.

        The stretch ends at `stop`, or everything between was searched in vain.
        """
        with self._lock:
            if stop > self.size:
                return Stretch(max(self.size, stop - BLOCK), stop)
            if not self._low < stop <= self._high:
                return Stretch(max(stop - BLOCK, 0), stop) if self._abandoned else None
            block = (stop - 1) // BLOCK
            while block >= 0 and (block + 1) * BLOCK > self._low:
                if self._counts[block]:
                    end = min((block + 1) * BLOCK, stop)
                    return Stretch(max(block * BLOCK, self._low), end)
                block -= 1
            return Stretch(self._low, self._low)

    def above(self, start: int) -> Stretch | None:
        """Where to look next for hits from `start` on; None while it isn't searched yet."""
        with self._lock:
            if start >= self.size:
                return Stretch(start, start + BLOCK)
            if not self._low <= start < self._high:
                return Stretch(start, start + BLOCK) if self._abandoned else None
            block = start // BLOCK
            while block * BLOCK < self._high:
                if self._counts[block]:
                    begin = max(block * BLOCK, start)
                    return Stretch(begin, min((block + 1) * BLOCK, self._high))
                block += 1
            return Stretch(self._high, self._high)

    def before_block(self, offset: int) -> tuple[int, int]:
        """Hits in the blocks before the one `offset` lies in, and where that one begins."""
        block = min(offset, self.size) // BLOCK
        with self._lock:
            return sum(self._counts[:block]), block * BLOCK
