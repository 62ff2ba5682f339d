"""Which rows of an output are on screen, and where the cursor is: arithmetic, no drawing.

Rows are numbered from 0; those near the screen are held, others are asked for and stand as one
empty line until they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.actions.transcript import Row
from orket_console.ui.widgets.wrapping import breaks

_TAB: Final = 4
_MARGIN: Final = 300
"""Rows that are held above and below those on screen."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line on screen: characters `start` to `end` of a row's text; `row` is None until read."""

    number: int
    row: Row | None
    text: str
    start: int
    end: int


class OutputWindow:
    """`following` keeps the cursor on the newest row. `mark` is where a selection begins."""

    def __init__(self) -> None:
        self.length = 0
        self.cursor = 0
        self.following = True
        self.wrap = True
        self.left = 0
        self.mark: int | None = None
        self._width, self._height = 78, 10
        self._first = 0
        self._rows: Sequence[Row] = ()
        self._top, self._below = 0, 0
        self._paused_at = 0

    # -- what comes

    def resize(self, width: int, height: int) -> None:
        self._width, self._height = max(width, 10), max(height, 1)
        self._settle()

    def grow(self, length: int) -> None:
        self.length = length
        self._settle()

    def supply(self, first: int, rows: Sequence[Row]) -> None:
        """Rows that were wanted. The newest one may have become longer."""
        self._first, self._rows = first, rows
        self._settle()

    @property
    def wanted(self) -> tuple[int, int] | None:
        """The rows to be read now, from and to; None where those on screen are held."""
        near = range(max(self._top - 1, 0), min(self._top + self._height + 1, self.length))
        held = range(self._first, self._first + len(self._rows))
        if not near or (near[0] in held and near[-1] in held):
            return None
        return max(self._top - _MARGIN, 0), min(self._top + self._height + _MARGIN, self.length)

    @property
    def around(self) -> tuple[int, int]:
        """The rows to be read again when the newest may have changed."""
        start = self.length - self._height - _MARGIN if self.following else self._top - _MARGIN
        return max(start, 0), max(start, 0) + self._height + 2 * _MARGIN

    # -- where it is

    @property
    def at_end(self) -> bool:
        """Whether the newest row is, or may be, on screen."""
        return self._top + self._height >= self.length

    @property
    def new(self) -> int:
        """Rows that have come since following ended."""
        return 0 if self.following else max(self.length - self._paused_at, 0)

    @property
    def selected(self) -> tuple[int, int]:
        """The first and last row of the selection, which is the cursor's row without a mark."""
        mark = self.cursor if self.mark is None else self.mark
        return min(mark, self.cursor), max(mark, self.cursor)

    @property
    def top(self) -> int:
        """The row at the top of the screen."""
        return self._top

    # -- moving

    def follow(self) -> None:
        self.following = True
        self.left = 0
        self._settle()

    def pause(self) -> None:
        if self.following:
            self.following = False
            self._paused_at = self.length

    def go(self, row: int) -> None:
        """Put the cursor on a row and bring it into view, in the middle where it was not."""
        self.pause()
        self.cursor = min(max(row, 0), max(self.length - 1, 0))
        if not self._top <= self.cursor < self._top + self._height:
            self._top, self._below = max(self.cursor - self._height // 2, 0), 0
        self._settle()

    def move(self, step: int) -> None:
        """The cursor some rows on; at the newest one it stays, and goes on only by `follow`."""
        if step > 0 and self.following:
            return
        if self._scrolled_within(step):
            return
        self.pause()
        self.cursor = min(max(self.cursor + step, 0), max(self.length - 1, 0))
        self._settle()

    def page(self, direction: int) -> None:
        on_screen = {line.number for line in self.lines()}
        self.move(direction * max(len(on_screen) - 1, 1))

    def slide(self, step: int) -> None:
        """To the side, where lines are not wrapped."""
        widest = max((len(line.text) for line in self.lines()), default=0)
        self.left = min(max(self.left + step, 0), max(widest - self._width // 2, 0))

    def turn_wrap(self) -> None:
        self.wrap = not self.wrap
        self.left = 0
        self._settle()

    def _scrolled_within(self, step: int) -> bool:
        """On in a row that is higher than the screen, before the cursor leaves it."""
        if self._top != self.cursor or self.following:
            return False
        hidden = self._height_of(self._top) - self._below - self._height
        most = hidden if step > 0 else self._below
        if most <= 0:
            return False
        by = min(most, max(self._height // 2, 1))
        self._below += by if step > 0 else -by
        return True

    # -- what is on screen

    def lines(self) -> list[Line]:
        """The lines on screen, from the top."""
        found: list[Line] = []
        number, skip = self._top, self._below
        while len(found) < self._height and number < self.length:
            row = self._row(number)
            text = row.text.expandtabs(_TAB) if row else ""
            ends = [*self._breaks(text), len(text)]
            starts = [0, *ends[:-1]]
            parts = list(zip(starts, ends, strict=True))[skip:]
            found += [Line(number, row, text, start, end) for start, end in parts]
            number, skip = number + 1, 0
        return found[: self._height]

    def _row(self, number: int) -> Row | None:
        place = number - self._first
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def _breaks(self, text: str) -> list[int]:
        return breaks(text, self._width, self._width) if self.wrap else []

    def _height_of(self, number: int) -> int:
        row = self._row(number)
        return len(self._breaks(row.text.expandtabs(_TAB))) + 1 if row else 1

    def _heights(self, first: int, last: int) -> int:
        return sum(self._height_of(number) for number in range(first, last + 1))

    def _settle(self) -> None:
        """Put cursor and top where they can be, with the cursor in view."""
        newest = max(self.length - 1, 0)
        self.cursor = newest if self.following else min(self.cursor, newest)
        self._top = min(self._top, newest)
        self._below = min(self._below, self._height_of(self._top) - 1)
        if self.following:
            self._end_at(self.cursor)
        elif self.cursor < self._top:
            self._top, self._below = self.cursor, 0
        elif self.cursor > self._top and not self._is_in_view():
            if self._height_of(self.cursor) < self._height:
                self._end_at(self.cursor)
            else:
                self._top, self._below = self.cursor, 0
        if newest - self._top < self._height and self._left_empty(newest):
            self._end_at(newest)

    def _left_empty(self, newest: int) -> bool:
        """Whether lines of the screen are left below the newest row."""
        return self._heights(self._top, newest) - self._below < self._height

    def _is_in_view(self) -> bool:
        """Whether the cursor's row is on screen to its end."""
        if self.cursor - self._top >= self._height:
            return False
        return self._heights(self._top, self.cursor) - self._below <= self._height

    def _end_at(self, number: int) -> None:
        """The end of a row on the last line of the screen."""
        room = self._height - self._height_of(number)
        while room > 0 and number > 0:
            number -= 1
            room -= self._height_of(number)
        self._top, self._below = number, max(-room, 0)
