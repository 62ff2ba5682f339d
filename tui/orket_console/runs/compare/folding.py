"""What of a comparison is shown: its differences, and what is the same around them folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from orket_console.runs.compare.lines import Kind, Row

AROUND: Final = 3
"""Lines that are the same and shown beside a difference."""
_AT_ONCE: Final = 1_000
"""Characters of two lines that are compared at once."""
_WORTH_IT: Final = 2
"""Fewer lines than these are shown, not folded."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows from `start` to before `stop`: a difference, lines beside one, or `folded` ones."""

    start: int
    stop: int
    differs: bool
    folded: bool


def sections(rows: Sequence[Row], around: int = AROUND) -> tuple[Section, ...]:
    """All rows in order; with no difference at all everything is folded."""
    return tuple(_sections(rows, around))


def _sections(rows: Sequence[Row], around: int) -> Iterator[Section]:
    at = 0
    for differs, group in groupby(rows, key=lambda row: row.kind is not Kind.SAME):
        stop = at + sum(1 for _ in group)
        if differs:
            yield Section(at, stop, differs=True, folded=False)
        else:
            first = at if at == 0 else at + around
            last = stop if stop == len(rows) else stop - around
            yield from _same(at, stop, first, last)
        at = stop


def _same(start: int, stop: int, first: int, last: int) -> Iterator[Section]:
    """Lines that are the same, of which those from `first` to `last` are folded."""
    if last - first < _WORTH_IT:
        yield Section(start, stop, differs=False, folded=False)
        return
    if first > start:
        yield Section(start, first, differs=False, folded=False)
    yield Section(first, last, differs=False, folded=True)
    if stop > last:
        yield Section(last, stop, differs=False, folded=False)


def common_ends(left: str, right: str) -> tuple[int, int]:
    """How many characters two lines have in common at their beginning and at their end."""
    head = _common(left, right)
    tail = _common(left[head:][::-1], right[head:][::-1])
    return head, tail


def _common(left: str, right: str) -> int:
    """How many characters from the first on are the same; lines of megabytes take no longer
    than reading them does."""
    at, shorter = 0, min(len(left), len(right))
    while at + _AT_ONCE <= shorter and left[at : at + _AT_ONCE] == right[at : at + _AT_ONCE]:
        at += _AT_ONCE
    while at < shorter and left[at] == right[at]:
        at += 1
    return at
