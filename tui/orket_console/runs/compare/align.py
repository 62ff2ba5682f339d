"""Which turns of two runs belong together: by issue, role and order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
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

    A turn that only the left run has stands before the next one of its issue that both have:
    there the right run passed it over. Where it never came back to the issue it stopped, which
    is told after all that it did.
    """
    numbers = number_issues(left.issues, right.issues)
    ours = _placed(left.turns, numbers[0])
    theirs = _placed(right.turns, numbers[1])
    passed, stopped = _only_left(ours, theirs)
    pairs: list[Pair] = []
    for place, turn in theirs.items():
        pairs += [Pair(other, None) for other in passed.get(place, ())]
        pairs.append(Pair(ours.get(place), turn))
    pairs += [Pair(turn, None) for turn in stopped]
    return tuple(pairs)


def _only_left(
    ours: Mapping[_Place, Turn], theirs: Mapping[_Place, Turn]
) -> tuple[dict[_Place, list[Turn]], list[Turn]]:
    """Turns that the right run passed over, by the place that it came to instead; and those
    that it never came to."""
    passed: defaultdict[_Place, list[Turn]] = defaultdict(list)
    waiting: defaultdict[int, list[Turn]] = defaultdict(list)
    for place, turn in ours.items():
        if place not in theirs:
            waiting[place[0]].append(turn)
        elif waiting[place[0]]:
            passed[place] = waiting.pop(place[0])
    left_over = {turn.path for turns in waiting.values() for turn in turns}
    return passed, [turn for turn in ours.values() if turn.path in left_over]


def number_issues(
    left: Sequence[Issue], right: Sequence[Issue]
) -> tuple[dict[str, int], dict[str, int]]:
    """A number from 1 for each issue, the same for those of both runs that belong together:
    by their id, else by what is asked for in them, else by their order in the run.

    Issues that ask for the same go together in order, too.
    """
    ours = {issue.issue: number for number, issue in enumerate(left, 1)}
    theirs: dict[str, int] = {}
    free, unnumbered = list(left), list(right)
    for key in (_id, _summary, _any):
        for one, other in _together(free, unnumbered, key):
            theirs[other.issue] = ours[one.issue]
        free = [issue for issue in free if ours[issue.issue] not in theirs.values()]
        unnumbered = [issue for issue in unnumbered if issue.issue not in theirs]
    for number, issue in enumerate(unnumbered, len(left) + 1):
        theirs[issue.issue] = number
    return ours, theirs


def _together(
    left: Sequence[Issue], right: Sequence[Issue], key: Callable[[Issue], Hashable]
) -> Iterator[tuple[Issue, Issue]]:
    """The k-th issue of a key on the left with the k-th of it on the right; None is no key."""
    by_key: defaultdict[Hashable, list[Issue]] = defaultdict(list)
    for issue in reversed(left):
        by_key[key(issue)].append(issue)
    for issue in right:
        if key(issue) is not None and by_key[key(issue)]:
            yield by_key[key(issue)].pop(), issue


def _id(issue: Issue) -> str:
    return issue.issue


def _summary(issue: Issue) -> str | None:
    return issue.summary or None


def _any(_issue: Issue) -> bool:
    return True


def _placed(turns: Sequence[Turn], numbers: dict[str, int]) -> dict[_Place, Turn]:
    counts: defaultdict[tuple[int, str], int] = defaultdict(int)
    placed: dict[_Place, Turn] = {}
    for turn in turns:
        of = (numbers.get(turn.ref.issue, 0), turn.ref.role)
        placed[*of, counts[of]] = turn
        counts[of] += 1
    return placed
