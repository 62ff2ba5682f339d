"""A comparison as lines of a screen: beside one another or one below the other, wrapped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, zip_longest
from typing import Final

from orket_console.runs.compare.folding import Section, common_ends
from orket_console.runs.compare.lines import Kind, Row
from orket_console.runs.words import count
from orket_console.ui.widgets.wrapping import breaks

MOST_SHOWN: Final = 2_000
"""Characters of one line; the rest is told by its count."""
MOST_LINES: Final = 8_000
"""Lines of the screen that one part is laid out in."""
_LONG: Final = 400
"""Characters that are the same at an end of two long lines before they are left out."""
_KEPT: Final = 80
_MOST_MARKED: Final = 0.8
"""Of a line: where more of it differs, what differs is not marked within it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of one side, or a part of it that was wrapped: `first` or one after it.

    `sign` is ` `, `-` or `+`; `marked` are the characters that differ in it.
    """

    sign: str
    text: str
    marked: tuple[int, int]
    first: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the screen: two pieces, or one alone, or what is said of a fold.

    `section` is the index of the section that it belongs to.
    """

    section: int
    left: Piece | None = None
    right: Piece | None = None
    fold: str = ""


def lay_out(
    rows: Sequence[Row], parts: Sequence[Section], opened: Collection[int], width: int
) -> list[Line]:
    """One below the other, in `width` cells; sections in `opened` are not folded."""
    return _bounded(_lay(rows, parts, opened, width, beside=False))


def lay_beside(
    rows: Sequence[Row], parts: Sequence[Section], opened: Collection[int], width: int
) -> list[Line]:
    """The left side at the left and the right one at the right, each in `width` cells."""
    return _bounded(_lay(rows, parts, opened, width, beside=True))


def _bounded(lines: Iterator[Line]) -> list[Line]:
    """As many as can be laid out while a key waits; the last one says that there are more."""
    laid = list(islice(lines, MOST_LINES))
    if (more := next(lines, None)) is not None:
        laid.append(Line(more.section, fold="the rest is not shown here"))
    return laid


def _lay(
    rows: Sequence[Row],
    parts: Sequence[Section],
    opened: Collection[int],
    width: int,
    *,
    beside: bool,
) -> Iterator[Line]:
    for index, part in enumerate(parts):
        if part.folded and index not in opened:
            yield Line(index, fold=f"{count(part.stop - part.start, 'line')} the same")
            continue
        shown = rows[part.start : part.stop]
        if beside:
            for row in shown:
                for one, other in zip_longest(*_both(row, width)):
                    yield Line(index, one, other)
            continue
        yield from (Line(index, piece) for row in shown for piece in _both(row, width)[0])
        if part.differs:
            yield from (Line(index, None, piece) for row in shown for piece in _both(row, width)[1])


def _both(row: Row, width: int) -> tuple[list[Piece], list[Piece]]:
    """The pieces of both sides of a row; none for a side that it does not have."""
    left, right = row.left.expandtabs(4), row.right.expandtabs(4)
    match row.kind:
        case Kind.SAME:
            return _pieces(" ", left, width), _pieces(" ", right, width)
        case Kind.REMOVED:
            return _pieces("-", left, width), []
        case Kind.ADDED:
            return [], _pieces("+", right, width)
    head, tail = common_ends(left, right)
    return _changed("-", left, head, tail, width), _changed("+", right, head, tail, width)


def _changed(sign: str, text: str, head: int, tail: int, width: int) -> list[Piece]:
    """A line of which `head` characters at its beginning and `tail` at its end are the same."""
    stop = len(text) - tail
    before, after = text[:head], text[stop:]
    if head > _LONG:
        before = f"… {head - _KEPT} characters the same … {before[-_KEPT:]}"
    if tail > _LONG:
        after = f"{after[:_KEPT]} … {tail - _KEPT} characters the same"
    middle = text[head:stop]
    first = len(before)
    marked = (first, first + len(middle))
    if len(middle) > _MOST_MARKED * len(text):
        marked = (0, 0)
    return _pieces(sign, before + middle + after, width, marked)


def _pieces(sign: str, text: str, width: int, marked: tuple[int, int] = (0, 0)) -> list[Piece]:
    if len(text) > MOST_SHOWN:
        text = f"{text[:MOST_SHOWN]} … {len(text) - MOST_SHOWN} more characters"
    room = max(width, 4)
    offsets = [0, *breaks(text, room, room), len(text)]
    return [
        Piece(
            sign,
            text[at:stop],
            (min(max(marked[0], at), stop) - at, min(max(marked[1], at), stop) - at),
            first=at == 0,
        )
        for at, stop in pairwise(offsets)
    ]
