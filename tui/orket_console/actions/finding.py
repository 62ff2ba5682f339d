"""Finding text in an action's output, page by page, while that grows or not."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from orket_console.actions.rows import Raw
from orket_console.actions.transcript import Transcript
from orket_console.base.text import one_line

_PICTURES: Final = {0x2400 + code: chr(code) for code in range(0x20)}
_MOST: Final = 1_000_000
"""Rows with a hit that are remembered; beyond them it is only known that there are more."""
_FROM_THE_END: Final = 20_000
"""Rows in which evidence is looked for: it stands at the end of what a command prints."""
_ENOUGH: Final = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a row stands among the hits: `number` of `count` from 1, 0 where it is none.

    `whole` tells that all was searched and that none was left out.
    """

    number: int
    count: int
    whole: bool


class Search:
    """The rows that hold a text, in order. Lower case finds upper case too (ASCII letters)."""

    def __init__(self, transcript: Transcript, text: str) -> None:
        self.text = text
        self._transcript = transcript
        # As it is written on screen, so it can be looked for.
        self._needle = text.translate(_PICTURES).encode("utf-8", "surrogateescape")
        self._folds = text == text.lower()
        self._rows = array("Q")
        self._searched = 0
        self._more = False

    @property
    def whole(self) -> bool:
        """Whether all rows that are complete were searched."""
        return self._searched >= self._transcript.complete

    def step(self) -> bool:
        """Search one page more; whether there was one. For a thread."""
        length = self._transcript.length
        if not self._needle or self._searched >= length:
            return False
        block, after, parts = self._transcript.page_bytes(self._searched)
        needle = self._needle
        complete = self._transcript.complete
        if any(needle in self._folded(part) for part in parts):
            block, raw = self._transcript.page_of(self._searched)
            after = block.first + len(raw)
            self._take(block.first, raw, self._searched)
        # The row that is not complete is looked at again when it is.
        self._searched = max(min(after, complete), self._searched)
        return self._searched < complete

    def standing(self, row: int) -> Standing:
        index = bisect_left(self._rows, row)
        is_hit = index < len(self._rows) and self._rows[index] == row
        number = index + 1 if is_hit else 0
        return Standing(number, len(self._rows), whole=self.whole and not self._more)

    def next(self, row: int, step: int) -> int | None:
        """The nearest hit below (step 1) or above (step -1) a row, round the ends."""
        if not self._rows:
            return None
        index = bisect_right(self._rows, row) if step > 0 else bisect_left(self._rows, row) - 1
        return self._rows[index % len(self._rows)]

    def settled(self, row: int, step: int) -> int | None:
        """`next`, as soon as no page that is still to be searched can change it."""
        found = self.next(row, step)
        if found is None or self.whole:
            return found
        if step > 0:
            return found if found > row else None
        return found if found < row <= self._searched else None

    def _take(self, first: int, raw: list[Raw], start: int) -> None:
        for number in range(start - first, len(raw)):
            if not self._is_in(raw, number):
                continue
            if len(self._rows) >= _MOST:
                self._more = True
                return
            if not self._rows or self._rows[-1] < first + number:
                self._rows.append(first + number)

    def _is_in(self, raw: list[Raw], number: int) -> bool:
        """Whether a hit begins in this row; it may end in the next part of a long line."""
        content = self._folded(raw[number].content)
        if number + 1 < len(raw) and raw[number + 1].goes_on:
            content += self._folded(raw[number + 1].content)[: len(self._needle) - 1]
        return self._needle in content

    def _folded(self, content: bytes) -> bytes:
        return content.lower() if self._folds else content


def row_of(transcript: Transcript, evidence: str) -> int | None:
    """The last row that says what a verdict was given for; None where it stands in none.

    `evidence` is on one line, and may be shortened.
    """
    said = evidence.removesuffix("…")[:_ENOUGH]
    end = transcript.length
    if not said:
        return None
    for stop in range(end, max(end - _FROM_THE_END, 0), -_ENOUGH):
        start = max(stop - _ENOUGH, 0)
        rows = transcript.read(start, stop)
        for number, row in reversed(list(enumerate(rows))):
            if said in one_line(row.text):
                return start + number
    return None
