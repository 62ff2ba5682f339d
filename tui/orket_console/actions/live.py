"""The output of an action as a view shows it: its last lines, each of a bounded length."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orket_console.actions.pieces import Piece
from orket_console.actions.streams import Name

LINES_CAP: Final = 5000
LINE_CAP: Final = 2000
"""Lines that are held, and characters of one that are shown; the files hold all of it."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """One line as far as it has come. `text` is safe to show."""

    stream: Name
    text: str


class LiveOutput:
    """Grows while an action runs and forgets its oldest lines. `version` changes with it."""

    def __init__(self, pieces: Iterable[Piece] = (), most: int = LINES_CAP) -> None:
        self._lines: deque[OutputLine] = deque(maxlen=most)
        self._open = False
        self.dropped = 0
        self.version = 0
        for piece in pieces:
            self.add(piece)

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> OutputLine:
        return self._lines[index]

    @property
    def longest(self) -> int:
        """Characters of the longest line."""
        return max((len(line.text) for line in self._lines), default=0)

    def add(self, piece: Piece) -> None:
        """Take output on. A line without its end is shown, and goes on with the next piece."""
        *whole, last = piece.text.split("\n")
        for text in whole:
            self._put(piece.stream, text)
            self._open = False
        if last:
            self._put(piece.stream, last)
            self._open = True
        self.version += 1

    def _put(self, stream: Name, text: str) -> None:
        if self._open and self._lines[-1].stream == stream:
            text = self._lines.pop().text.removesuffix("…") + text
        elif len(self._lines) == self._lines.maxlen:
            self.dropped += 1
        shown = text if len(text) <= LINE_CAP else text[: LINE_CAP - 1] + "…"
        self._lines.append(OutputLine(stream, shown))
