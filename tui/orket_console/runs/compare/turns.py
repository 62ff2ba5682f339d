"""Two turns, part by part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from orket_console.base.text import shorten
from orket_console.runs.compare.align import number_issues
from orket_console.runs.compare.lines import Kind, Row, compare_lines, differ
from orket_console.runs.compare.order import ordered_as
from orket_console.runs.compare.parts import Part, PartName, parts_of
from orket_console.runs.compare.rules import ORDER, Names, Plain, plain_by
from orket_console.runs.model import RunDetail, Turn, Verdict
from orket_console.runs.turn import TurnDetail, open_turn
from orket_console.target.target import Target

_HALF: Final = {
    Verdict.RUNNING: "is still running",
    Verdict.UNFINISHED: "was never finished",
}
"""Turns of which parts are missing for that reason alone."""

Parts = Callable[[TurnDetail], tuple[Part, ...]]


@dataclass(frozen=True, slots=True)
class PartComparison:
    """One part of both turns. `summary` says in a line what differs, empty for nothing."""

    name: PartName
    differs: bool
    summary: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TurnComparison:
    """Two turns; one of them is None where a run has no such turn."""

    left: Turn | None
    right: Turn | None
    parts: tuple[PartComparison, ...]

    @property
    def differs(self) -> bool:
        return self.left is None or self.right is None or bool(self.first)

    @property
    def first(self) -> PartComparison | None:
        """The first part that differs; those after it may only follow from it."""
        return next((part for part in self.parts if part.differs), None)

    @property
    def summary(self) -> str:
        """What differs, in a line: `tool calls: write_file … instead of …`."""
        if self.left is None:
            return f"only the right one has this turn{_did(self.right)}"
        if self.right is None:
            return f"only the left one has this turn{_did(self.left)}"
        for turn, side in ((self.right, "right"), (self.left, "left")):
            if turn.verdict in _HALF:
                return f"the {side} one {_HALF[turn.verdict]}; {self.what}"
        return self.what

    @property
    def what(self) -> str:
        """The first part that differs, in a line."""
        return f"{self.first.name}: {self.first.summary}" if self.first else "the same"


def names_of_runs(left: RunDetail, right: RunDetail) -> tuple[Names, Names]:
    """The ids of two opened runs, those of issues that belong together with one number."""
    ours, theirs = number_issues(left.issues, right.issues)
    return _names(left, ours), _names(right, theirs)


def names_of_turns(
    left: tuple[RunDetail, Turn], right: tuple[RunDetail, Turn]
) -> tuple[Names, Names]:
    """The ids around two turns that were chosen by hand: their own issues are taken as one."""
    ours, theirs = names_of_runs(left[0], right[0])
    return _with_own(ours, left[1]), _with_own(theirs, right[1])


def _names(detail: RunDetail, issues: Mapping[str, int]) -> Names:
    return Names(detail.run.session, detail.run.build, issues)


def _with_own(names: Names, turn: Turn) -> Names:
    return Names(names.session, names.build, {**names.issues, turn.ref.issue: 0})


@dataclass(frozen=True, slots=True)
class By:
    """How turns are compared: what is taken out of each side, and in which parts."""

    plain: tuple[Plain, Plain]
    parts: Parts
    in_order: bool

    @classmethod
    def of(cls, names: tuple[Names, Names], off: Collection[str], parts: Parts) -> By:
        """`names` are the ids of the runs of each side; `off` rules that are not applied."""
        return cls((plain_by(names[0], off), plain_by(names[1], off)), parts, ORDER.name in off)


def compare_turns(
    target: Target,
    left: Turn,
    right: Turn,
    names: tuple[Names, Names],
    off: Collection[str] = (),
) -> TurnComparison:
    """Two turns as their folders hold them; `names` are the ids of the runs of each.

    `off` names rules that are not to be applied.
    """
    return compare_by(target, left, right, By.of(names, off, parts_of))


def compare_by(target: Target, left: Turn, right: Turn, by: By) -> TurnComparison:
    """Two turns of many that are compared in the same way."""
    ours = by.parts(open_turn(target, left))
    theirs = by.parts(open_turn(target, right))
    parts = tuple(_compare(one, other, by) for one, other in zip(ours, theirs, strict=True))
    return TurnComparison(left, right, parts)


def without_rows(comparison: TurnComparison) -> TurnComparison:
    """What it says of each part, without the lines that it says it of."""
    parts = tuple(replace(part, rows=()) for part in comparison.parts)
    return TurnComparison(comparison.left, comparison.right, parts)


def _compare(left: Part, right: Part, by: By) -> PartComparison:
    ours = left.lines
    theirs = right.lines if by.in_order else ordered_as(left, right, *by.plain)
    if left.partial or right.partial:
        known = min(len(ours), len(theirs))
        ours, theirs = ours[:known], theirs[:known]
    rows = compare_lines(ours, theirs, *by.plain)
    return PartComparison(left.name, differ(rows), _summary(rows), rows)


def _summary(rows: tuple[Row, ...]) -> str:
    """The first line that differs, and how many more do."""
    others = [row for row in rows if row.kind is not Kind.SAME]
    if not others:
        return ""
    first = next((row for row in others if (row.left + row.right).strip(" {}[],")), others[0])
    said = {
        Kind.CHANGED: f"“{_short(first.right)}” instead of “{_short(first.left)}”",
        Kind.REMOVED: f"“{_short(first.left)}” is missing",
        Kind.ADDED: f"“{_short(first.right)}” is new",
    }[first.kind]
    more = len(others) - 1
    return f"{said}, {more} more line{'' if more == 1 else 's'}" if more else said


def _short(line: str) -> str:
    return shorten(line, 60)


def _did(turn: Turn | None) -> str:
    """What a turn that stands alone did."""
    return f": {turn.asked}, {turn.verdict}" if turn is not None and turn.asked else ""
