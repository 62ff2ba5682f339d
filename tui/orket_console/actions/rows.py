"""An action's output as rows: its lines, what is very long of them in parts.

A row ends at a newline, where the other stream comes in, and after `WIDEST` bytes. Where it ends
depends on the output alone and never on the pieces in which it was read.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from orket_console.actions.streams import Name

WIDEST: Final = 1000
"""Bytes of one row; a longer line goes on in the next one."""
_CONTINUES: Final = range(0x80, 0xC0)
_LONGEST_CHARACTER: Final = 4


class Raw(NamedTuple):
    """One row as it was kept. `goes_on` tells that it belongs to the line of the row before."""

    stream: Name
    content: bytes
    goes_on: bool


class Splitter:
    """Takes output in any pieces and gives the rows that are complete. `held` is the beginning
    of one that isn't."""

    def __init__(self, *, goes_on: bool = False) -> None:
        self.held = b""
        self.goes_on = goes_on
        self._stream: Name = "stdout"

    def feed(self, stream: Name, content: bytes) -> list[Raw]:
        """The rows that `content` completes."""
        rows = self._turned(stream)
        *whole, rest = (self.held + content).split(b"\n")
        for line in whole:
            rows += self._cut(line)
            rows.append(Raw(stream, self.held, self.goes_on))
            self.goes_on = False
        rows += self._cut(rest)
        return rows

    def count(self, stream: Name, content: bytes) -> int:
        """How many rows `content` completes: `feed` for whoever wants to know no more."""
        turned = len(self._turned(stream))
        lines = (self.held + content).split(b"\n")
        if max(map(len, lines)) > WIDEST:
            return turned + len(self.feed(stream, content))
        self.held = lines[-1]
        self.goes_on = self.goes_on and len(lines) == 1
        return turned + len(lines) - 1

    def last(self) -> list[Raw]:
        """The row that is not complete, if there is one."""
        return [Raw(self._stream, self.held, self.goes_on)] if self.held else []

    def _turned(self, stream: Name) -> list[Raw]:
        """What stands open ends where the other stream comes in."""
        rows = self.last() if stream != self._stream else []
        if rows:
            self.held, self.goes_on = b"", False
        self._stream = stream
        return rows

    def _cut(self, line: bytes) -> list[Raw]:
        """Rows of the beginning of a long line; its end is held."""
        rows: list[Raw] = []
        start = 0
        while len(line) - start > WIDEST:
            end = _whole(line, start, start + WIDEST)
            rows.append(Raw(self._stream, line[start:end], self.goes_on))
            self.goes_on = True
            start = end
        self.held = line[start:]
        return rows


def _whole(line: bytes, start: int, end: int) -> int:
    """The last place up to `end` that is not inside a character."""
    for place in range(end, max(end - _LONGEST_CHARACTER, start), -1):
        if line[place] not in _CONTINUES:
            return place
    return end
