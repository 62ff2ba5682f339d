"""The order in which the pieces of an action's two streams came, as it is kept."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final, NamedTuple

from orket_console.actions.kept import kept_part
from orket_console.actions.streams import NAMES, Name

_AT_ONCE: Final = 64 << 10


class Stretch(NamedTuple):
    """Bytes of one stream that came one after another: they begin `used` bytes after the
    beginning of the entry at `order` in the file."""

    stream: Name
    length: int
    order: int
    used: int


class Order:
    """Reads the file from one place on, and what is added to it."""

    def __init__(self, path: Path, start: int = 0, used: int = 0) -> None:
        self._path = path
        self._next = start
        self._half = b""
        self._entries: deque[tuple[Name, int, int]] = deque()
        self._used = used

    def run(self, most: int) -> Stretch | None:
        """The next bytes of one stream, `most` at most; None where there are none yet."""
        if not self._entries and not self._more():
            return None
        stream, _, order = self._entries[0]
        used, length = self._used, 0
        while length < most and self._entries and self._entries[0][0] == stream:
            left = self._entries[0][1] - self._used
            if left > most - length:
                self._used += most - length
                length = most
            else:
                # What is to be skipped may reach over more than one entry.
                length += max(left, 0)
                self._used = max(-left, 0)
                self._entries.popleft()
        return Stretch(stream, length, order, used)

    def _more(self) -> bool:
        """Take on what was added; false where nothing was."""
        added = kept_part(self._path, self._next, _AT_ONCE)
        *lines, half = (self._half + added).split(b"\n")
        at = self._next - len(self._half)
        for line in lines:
            word, _, number = line.partition(b" ")
            if word in NAMES and number.isdigit() and int(number):
                self._entries.append((NAMES[word], int(number), at))
            at += len(line) + 1
        self._next += len(added)
        self._half = half
        return bool(self._entries)
