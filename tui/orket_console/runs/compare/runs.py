"""Two runs, turn by turn: the first that differs, and the good run to measure a bad one by."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import State
from orket_console.runs.compare.align import Pair, align
from orket_console.runs.compare.parts import parts_of, shape_of
from orket_console.runs.compare.rules import Names
from orket_console.runs.compare.turns import (
    By,
    Parts,
    TurnComparison,
    compare_by,
    names_of_runs,
    without_rows,
)
from orket_console.runs.detail import open_run
from orket_console.runs.model import Run, RunDetail, Turn, Verdict
from orket_console.runs.sessions import list_runs
from orket_console.runs.words import count
from orket_console.target.target import Target

_LOOKED_THROUGH = 1000
"""Runs among which a good one is looked for."""

GoOn = Callable[[int, int], bool]
"""Asked before each turn, with how many were compared and how many there are; False stops."""


class StoppedError(Exception):
    """The comparison was stopped before it came to an end."""


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs, compared so far. `turns` are the pairs that were: of the first that differs
    the parts with their rows are kept, of further ones what they say. `rest` are the pairs
    that were not yet; see `compare_further`.

    `waiting` pairs can't be compared: a run that is still at work hasn't come to them.
    `measure` says how the left one was chosen and what of it was compared; `names` are the
    ids of both.
    """

    left: Run
    right: Run
    measure: str
    turns: tuple[TurnComparison, ...]
    rest: tuple[Pair, ...]
    waiting: int
    names: tuple[Names, Names]
    how: By

    @property
    def pairs(self) -> int:
        """How many there are that can be compared."""
        return len(self.turns) + len(self.rest)

    @property
    def divergence(self) -> TurnComparison | None:
        """The first pair that differs; None where every turn so far is alike."""
        return next((turn for turn in self.turns if turn.differs), None)

    @property
    def differing(self) -> tuple[TurnComparison, ...]:
        """The pairs that differ, of those that were compared."""
        return tuple(turn for turn in self.turns if turn.differs)

    @property
    def same(self) -> int:
        """How many turns are the same before the first that differs."""
        first = self.divergence
        return self.turns.index(first) if first is not None else len(self.turns)

    @property
    def summary(self) -> str:
        """In a line: where they part, or that they do not."""
        if self.divergence is not None:
            turn = self.turn
            return f"{turn.ref if turn else ''}: {self.divergence.summary}"
        if self.running is not None:
            so_far = f"the same so far, {count(self.pairs, 'turn')}"
            to_come = f", {self.waiting} to come" if self.waiting else ""
            still = f"{self.running.session} is still running{to_come}"
            return f"{so_far if self.pairs else 'nothing to compare yet'}: {still}"
        same = f"all {self.pairs} turns are the same" if self.pairs else "neither has a turn"
        if self.left.status != self.right.status:
            return f"{same}, but one ended {self.left.status}, the other {self.right.status}"
        return same

    @property
    def turn(self) -> Turn | None:
        """The turn to look at: where the right run parts, else what it lacks."""
        first = self.divergence
        return None if first is None else first.right or first.left

    @property
    def running(self) -> Run | None:
        """The one that is still at work, None for none."""
        return next((run for run in (self.right, self.left) if run.active), None)

    @property
    def differs(self) -> bool:
        if self.divergence is not None:
            return True
        return self.running is None and self.left.status != self.right.status


def go_on_to_the_end(_done: int, _total: int) -> bool:
    return True


def compare_runs(
    target: Target,
    left: RunDetail,
    right: RunDetail,
    off: Collection[str] = (),
    go_on: GoOn = go_on_to_the_end,
) -> RunComparison:
    """`left` is the one to measure by. Reads both runs' turns up to the first that differs;
    `compare_further` reads on.

    Raises `StoppedError` where `go_on` says so.
    """
    return _compare(target, left, right, _Measured(parts_of, off, "the run that was named"), go_on)


def find_divergence(
    target: Target,
    clock: Clock,
    session: str,
    off: Collection[str] = (),
    go_on: GoOn = go_on_to_the_end,
) -> RunComparison:
    """A run against the last one before it that ended well, of its epic or build; else against
    the next one after it.

    Where there is none, that of another epic is taken, and only tools, outcomes and states
    are compared. Raises `ConsoleError` (exit 3) where no run ended well, `StoppedError` where
    `go_on` says so.
    """
    detail = open_run(target, clock, session)
    run = detail.run
    before, after = _good_runs(target, clock, run)
    for others, measure in (
        (before, "the last good run of this epic"),
        (after, "the next good run of this epic: there is none before"),
    ):
        kin = next((other for other in others if _is_kin(other, run)), None)
        if kin is not None:
            left = open_run(target, clock, kin.session)
            return _compare(target, left, detail, _Measured(parts_of, off, measure), go_on)
    if not before and not after:
        raise ConsoleError(
            f"no run but {run.session} ended well" if _is_good(run) else "no run ended well",
            where=f"the newest {_LOOKED_THROUGH} runs",
            remedy="name the run to compare with",
            exit_code=ExitCode.CANNOT_TELL,
        )
    measure = "tools, outcomes and states of another epic's run: none of this epic ended well"
    left = open_run(target, clock, (before or after)[0].session)
    return _compare(target, left, detail, _Measured(shape_of, off, measure), go_on)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What is compared, without which rules, and what that is called."""

    parts: Parts
    off: Collection[str]
    measure: str


def compare_further(
    target: Target,
    found: RunComparison,
    go_on: GoOn = go_on_to_the_end,
    most: int | None = 1,
) -> RunComparison:
    """The same up to the next turn that differs, or `most` of them; None for all there are.

    After the first that differs others may only follow from it. Raises `StoppedError` where
    `go_on` says so.
    """
    compared, rest, differing = list(found.turns), list(found.rest), 0
    known = found.divergence is not None
    while rest and (most is None or differing < most):
        if not go_on(len(compared), found.pairs):
            raise StoppedError
        pair = rest.pop(0)
        comparison = TurnComparison(pair.left, pair.right, ())
        if pair.left is not None and pair.right is not None:
            comparison = compare_by(target, pair.left, pair.right, found.how)
        if comparison.differs:
            differing += 1
            # The texts of thousands of turns would fill the memory.
            compared.append(without_rows(comparison) if known else comparison)
            known = True
        else:
            compared.append(TurnComparison(pair.left, pair.right, ()))
    return replace(found, turns=tuple(compared), rest=tuple(rest))


def _compare(
    target: Target, left: RunDetail, right: RunDetail, by: _Measured, go_on: GoOn
) -> RunComparison:
    names = names_of_runs(left, right)
    aligned = align(left, right)
    pairs = _there(aligned, left.run, right.run)
    begun = RunComparison(
        left=left.run,
        right=right.run,
        measure=by.measure,
        turns=(),
        rest=pairs,
        waiting=len(aligned) - len(pairs),
        names=names,
        how=By.of(names, by.off, by.parts),
    )
    return compare_further(target, begun, go_on)


def _there(aligned: tuple[Pair, ...], left: Run, right: Run) -> tuple[Pair, ...]:
    """The pairs that can be compared: without turns that a run still at work is busy with, and
    without those that it may come to yet."""
    pairs = [pair for pair in aligned if not (_is_at_work(pair.left) or _is_at_work(pair.right))]
    while right.active and pairs and pairs[-1].right is None:
        pairs.pop()
    if left.active:
        pairs = [pair for pair in pairs if pair.left is not None]
    return tuple(pairs)


def _is_at_work(turn: Turn | None) -> bool:
    return turn is not None and turn.verdict is Verdict.RUNNING


def _good_runs(target: Target, clock: Clock, run: Run) -> tuple[list[Run], list[Run]]:
    """Runs that ended well before `run` and after it, the nearest first."""
    page = list_runs(target, clock, _LOOKED_THROUGH)
    good = [other for other in page.runs if _is_good(other) and other.session != run.session]
    before = [other for other in good if _is_before(other, run)]
    after = [other for other in reversed(good) if _is_before(run, other)]
    return before, after


def _is_good(run: Run) -> bool:
    return run.state is State.OK and not run.active


def _is_before(one: Run, other: Run) -> bool:
    """A run without a start came last, as far as can be known."""
    return one.started is not None and (other.started is None or one.started < other.started)


def _is_kin(other: Run, run: Run) -> bool:
    same_epic = bool(other.name) and other.name == run.name
    return same_epic or (bool(other.build) and other.build == run.build)
