"""The difference between two texts, line by line: what to show side by side or unified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from orket_console.runs.compare.rules import Plain

MOST: Final = 4_000
"""Lines of each side that are compared; the rest is told by its count."""


_MOST_PAIRS: Final = 300_000


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
    """All lines of both sides, in order, aligned; those alike but for the rules are `same`.

    What is alike at the beginning and the end is not counted towards `MOST`.
    """
    plain = [plain_left(line) for line in left]
    other = [plain_right(line) for line in right]
    head = _alike(plain, other)
    tail = _alike(plain[head:][::-1], other[head:][::-1])
    ours, theirs = (slice(head, len(side) - tail) for side in (left, right))
    return (
        *map(_same, left[:head], right[:head]),
        *_middle((left[ours], right[theirs]), (plain[ours], other[theirs])),
        *map(_same, left[len(left) - tail :], right[len(right) - tail :]),
    )


def _alike(plain: Sequence[str], other: Sequence[str]) -> int:
    """How many lines from the first on are the same."""
    pairs = zip(plain, other, strict=False)
    shorter = min(len(plain), len(other))
    return next((at for at, (one, two) in enumerate(pairs) if one != two), shorter)


def _same(left: str, right: str) -> Row:
    return Row(Kind.SAME, left, right)


def _middle(
    written: tuple[Sequence[str], Sequence[str]], plain: tuple[list[str], list[str]]
) -> Iterator[Row]:
    """What begins and ends with a difference."""
    cut = max(map(len, written)) - MOST
    yield from _rows(written[0][:MOST], written[1][:MOST], plain[0][:MOST], plain[1][:MOST])
    if cut > 0:
        rest = f"… {cut} more lines are not compared"
        yield Row(Kind.CHANGED, rest, rest)


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
    counts = Counter(other)
    # Lines that are many on both sides are compared each with each: then not by all of them.
    many = sum(counts[line] for line in plain) > _MOST_PAIRS
    for tag, i, i_end, j, j_end in SequenceMatcher(None, plain, other, autojunk=many).get_opcodes():
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
