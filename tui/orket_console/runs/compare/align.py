"""Which turns of two runs belong together: by issue, role and order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from orket_console.runs.model import Issue, RunDetail, Turn

_Place = tuple[int, str, int]
"""The issue's number in its run, the role, and the how many-th of them the turn is."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two turns that belong together; None where a run has none for the other's."""

    left: Turn | None
    right: Turn | None


def align(left: RunDetail, right: RunDetail) -> tuple[Pair, ...]:
    """All turns of both runs in pairs, in the order in which the right run came to them.

    The n-th issue of a run is taken for the n-th of the other, unless their ids or what is
    asked for in them say otherwise. What only the left run has stands behind the turn that
    came before it there.
    """
    numbers = number_issues(left.issues, right.issues)
    ours = _placed(left.turns, numbers[0])
    theirs = _placed(right.turns, numbers[1])
    pairs = [Pair(ours.get(place), turn) for place, turn in theirs.items()]
    before: Turn | None = None
    for place, turn in ours.items():
        if place not in theirs:
            pairs.insert(_behind(pairs, before), Pair(turn, None))
        before = turn
    return tuple(pairs)


def _behind(pairs: Sequence[Pair], before: Turn | None) -> int:
    if before is None:
        return 0
    return next(at for at, pair in enumerate(pairs, 1) if pair.left is before)


def number_issues(
    left: Sequence[Issue], right: Sequence[Issue]
) -> tuple[dict[str, int], dict[str, int]]:
    """A number from 1 for each issue, the same for those of both runs that belong together:
    by their id, else by what is asked for in them, else by their place in the run."""
    ours = {issue.issue: number for number, issue in enumerate(left, 1)}
    free = dict(enumerate(left, 1))
    theirs: dict[str, int] = {}
    for same in (_same_id, _same_summary):
        for issue in right:
            found = [number for number, other in free.items() if same(issue, other)]
            if issue.issue not in theirs and len(found) == 1:
                theirs[issue.issue] = found[0]
                del free[found[0]]
    for place, issue in enumerate(right, 1):
        if issue.issue not in theirs:
            theirs[issue.issue] = place if free.pop(place, None) else len(left) + place
    return ours, theirs


def _same_id(one: Issue, other: Issue) -> bool:
    return one.issue == other.issue


def _same_summary(one: Issue, other: Issue) -> bool:
    return bool(one.summary) and one.summary == other.summary


def _placed(turns: Sequence[Turn], numbers: dict[str, int]) -> dict[_Place, Turn]:
    counts: defaultdict[tuple[int, str], int] = defaultdict(int)
    placed: dict[_Place, Turn] = {}
    for turn in turns:
        of = (numbers.get(turn.ref.issue, 0), turn.ref.role)
        placed[*of, counts[of]] = turn
        counts[of] += 1
    return placed
