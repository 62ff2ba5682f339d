"""The answers of earlier turns in a prompt: turns that run side by side end in any order."""

from __future__ import annotations

from collections import defaultdict

from orket_console.runs.compare.parts import Part
from orket_console.runs.compare.rules import Plain


def ordered_as(left: Part, right: Part, plain_left: Plain, plain_right: Plain) -> tuple[str, ...]:
    """The right part's lines, its answers that the left one has too in the left one's order."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for at, answer in enumerate(right.answers):
        places[plain_right("\n".join(right.lines[answer.start : answer.stop]))].append(at)
    found = [
        places[text].pop(0)
        for answer in left.answers
        if places[text := plain_left("\n".join(left.lines[answer.start : answer.stop]))]
    ]
    order = list(range(len(right.answers)))
    for slot, at in zip(sorted(found), found, strict=True):
        order[slot] = at
    if order == sorted(order):
        return right.lines
    first, last = right.answers[0].start, right.answers[-1].stop
    moved = [line for at in order for line in _lines(right, at)]
    return (*right.lines[:first], *moved, *right.lines[last:])


def _lines(part: Part, at: int) -> tuple[str, ...]:
    answer = part.answers[at]
    return part.lines[answer.start : answer.stop]
