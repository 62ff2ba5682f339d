"""The difference between two texts, line by line: what to show side by side or unified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from orket_console.runs.compare.rules import Plain

MOST: Final = 4_000
"""Lines of each side that are compared; the rest is told by its count."""


class Kind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    """Only the left side has it."""
    ADDED = "added"
    """Only the right side has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the left side, of the right, or one of each. Lines are as they were written."""

    kind: Kind
    left: str
    right: str


def compare_lines(
    left: Sequence[str], right: Sequence[str], plain_left: Plain, plain_right: Plain
) -> tuple[Row, ...]:
    """All lines of both sides, in order, aligned; those alike but for the rules are `same`."""
    cut = max(len(left), len(right)) - MOST
    ours, theirs = left[:MOST], right[:MOST]
    rows = tuple(_rows(ours, theirs, list(map(plain_left, ours)), list(map(plain_right, theirs))))
    if cut <= 0:
        return rows
    rest = f"… {cut} more lines are not compared"
    alike = left[MOST:] == right[MOST:]
    return (*rows, Row(Kind.SAME if alike else Kind.CHANGED, rest, rest))


def differ(rows: Sequence[Row]) -> bool:
    return any(row.kind is not Kind.SAME for row in rows)


def hunks(rows: Sequence[Row], around: int = 3) -> tuple[tuple[Row, ...], ...]:
    """What differs, each with `around` lines that do not on both sides."""
    near = {
        at + step
        for at, row in enumerate(rows)
        if row.kind is not Kind.SAME
        for step in range(-around, around + 1)
    }
    groups: list[list[Row]] = []
    last = None
    for at in sorted(each for each in near if 0 <= each < len(rows)):
        if last is None or at != last + 1:
            groups.append([])
        groups[-1].append(rows[at])
        last = at
    return tuple(map(tuple, groups))


def unified(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Lines with their sign, ` `, `-` or `+`; a changed line comes as two."""
    pending: list[tuple[str, str]] = []
    for row in rows:
        if row.kind is Kind.CHANGED:
            yield "-", row.left
            pending.append(("+", row.right))
            continue
        yield from pending
        pending = []
        if row.kind is Kind.ADDED:
            yield "+", row.right
        else:
            yield ("-" if row.kind is Kind.REMOVED else " "), row.left
    yield from pending


def _rows(
    left: Sequence[str], right: Sequence[str], plain: list[str], other: list[str]
) -> Iterator[Row]:
    for tag, i, i_end, j, j_end in SequenceMatcher(
        None, plain, other, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            for ours, theirs in zip(left[i:i_end], right[j:j_end], strict=True):
                yield Row(Kind.SAME, ours, theirs)
            continue
        both = min(i_end - i, j_end - j)
        for ours, theirs in zip(left[i : i + both], right[j : j + both], strict=True):
            yield Row(Kind.CHANGED, ours, theirs)
        for ours in left[i + both : i_end]:
            yield Row(Kind.REMOVED, ours, "")
        for theirs in right[j + both : j_end]:
            yield Row(Kind.ADDED, "", theirs)
