"""Follows standard input as it comes, without keeping it."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.base.lines import CHUNK, LineSplitter
from orket_console.logs.forms import Entries, form_of
from orket_console.logs.order import place
from orket_console.logs.records import Item, Numbered, Record
from orket_console.logs.sources import Source

_AT_ONCE: Final = 4 << 20


class Piped:
    """Lines from a descriptor, which is the caller's. `ended` once there can be no more."""

    def __init__(self, fd: int, clock: Clock) -> None:
        self._fd = fd
        self._clock = clock
        self._splitter = LineSplitter()
        self._entries: Entries | None = None
        self._number = 1
        self.ended = False

    @property
    def descriptor(self) -> int | None:
        """What can be read when something came; None at the end."""
        return None if self.ended else self._fd

    def poll(self) -> list[Item]:
        """What came since the last call, as it was written. Raises `ConsoleError`."""
        records: list[Record] = []
        left = _AT_ONCE
        while left > 0 and not self.ended and select.select([self._fd], [], [], 0)[0]:
            chunk = self._read()
            left -= len(chunk)
            if chunk:
                records += self._take(chunk)
            else:
                self.ended = True
                records += self._rest()
        return self._placed(records)

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, CHUNK)
        except OSError as error:
            raise ConsoleError(
                f"can't be read: {error.strerror}",
                where="standard input",
                remedy="name the file instead",
            ) from error

    def _take(self, chunk: bytes) -> list[Record]:
        if self._entries is None:
            self._entries = Entries(Source("-", "standard input", form_of(chunk), alone=True))
        records: list[Record] = []
        for line in self._splitter.feed(chunk):
            records += self._entries.take(Numbered(line, self._number))
            self._number += 1
        return records

    def _rest(self) -> list[Record]:
        if self._entries is None:
            return []
        last = self._take(b"\n") if self._splitter.pending else []
        return [*last, *self._entries.rest()]

    def _placed(self, records: Sequence[Record]) -> list[Item]:
        placed, _ = place(records, None, None, self._clock.now())
        return [each.item for each in placed]
