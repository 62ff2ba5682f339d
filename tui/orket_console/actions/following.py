"""The output of an action as it is being kept, read by whoever watches."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from orket_console.actions.kept import kept_length, kept_part
from orket_console.actions.pieces import Piece
from orket_console.actions.streams import NAMES, ORDER, Name
from orket_console.base.text import decode

AT_ONCE: Final = 1 << 20
"""Bytes that one look hands on, or little more."""


class Follower:
    """Hands on what both streams hold, in the order in which it came, and then what is added.

    Reads `stdout`, `stderr` and `order` in an action's folder, in which an entry follows its
    content. `skipped` bytes at the beginning are left out, so that at most `most` are read of
    what was there before.
    """

    def __init__(self, folder: Path, most: int | None = None) -> None:
        self._folder = folder
        self._next = 0
        self._half = b""
        self._entries: list[tuple[Name, int]] = []
        self._at: dict[Name, int] = dict.fromkeys(NAMES.values(), 0)
        kept = sum(kept_length(folder / name) for name in self._at)
        self.skipped = 0 if most is None else max(kept - most, 0)
        self._to_skip = self.skipped

    def read(self) -> list[Piece]:
        """What came since the last look; empty when nothing did. Never waits."""
        pieces: list[Piece] = []
        room = AT_ONCE
        while room > 0 and (self._entries or self._more_entries()):
            stream, length = self._run()
            start = self._at[stream]
            self._at[stream] += length
            left_out = min(length, self._to_skip)
            self._to_skip -= left_out
            if content := kept_part(self._folder / stream, start + left_out, length - left_out):
                pieces.append(Piece(stream, decode(content)))
            room -= length - left_out
        return pieces

    def _run(self) -> tuple[Name, int]:
        """The next entries of one stream as one, as far as one look goes: reads are dear."""
        stream, length = self._entries.pop()
        while self._entries and self._entries[-1][0] == stream and length < AT_ONCE:
            length += self._entries.pop()[1]
        return stream, length

    def _more_entries(self) -> bool:
        """Take on what was added to the order; false where nothing was."""
        added = kept_part(self._folder / ORDER, self._next, AT_ONCE)
        self._next += len(added)
        *lines, self._half = (self._half + added).split(b"\n")
        for line in reversed(lines):
            word, _, number = line.partition(b" ")
            if word in NAMES and number.isdigit():
                self._entries.append((NAMES[word], int(number)))
        return bool(self._entries)
