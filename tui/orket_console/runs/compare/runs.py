"""Two runs, turn by turn: the first that differs, and the good run to measure a bad one by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import State
from orket_console.runs.compare.align import align
from orket_console.runs.compare.parts import parts_of, shape_of
from orket_console.runs.compare.turns import Parts, TurnComparison, compare_turns, names_of_runs
from orket_console.runs.detail import open_run
from orket_console.runs.model import Run, RunDetail
from orket_console.runs.sessions import list_runs
from orket_console.target.target import Target

_LOOKED_THROUGH = 1000
"""Runs among which a good one is looked for."""


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs. `turns` are the pairs up to and with the first that differs; `pairs` counts
    all of them. `divergence` is that first one, None where every turn is alike. `measure`
    says how the left one was chosen and what of it was compared."""

    left: Run
    right: Run
    measure: str
    pairs: int
    turns: tuple[TurnComparison, ...]
    divergence: TurnComparison | None

    @property
    def summary(self) -> str:
        """In a line: where they part, or that they do not."""
        if self.divergence is None:
            same = f"all {self.pairs} turns are the same" if self.pairs else "neither has a turn"
            if self.left.status != self.right.status:
                return f"{same}, but one ended {self.left.status}, the other {self.right.status}"
            return same
        turn = self.divergence.right or self.divergence.left
        return f"{turn.ref if turn else ''}: {self.divergence.summary}"

    @property
    def differs(self) -> bool:
        return self.divergence is not None or self.left.status != self.right.status


def compare_runs(
    target: Target, left: RunDetail, right: RunDetail, off: Collection[str] = ()
) -> RunComparison:
    """`left` is the one to measure by. Reads both runs' turns up to the first that differs."""
    return _compare(target, left, right, parts_of, off, "as asked for")


def find_divergence(
    target: Target, clock: Clock, session: str, off: Collection[str] = ()
) -> RunComparison:
    """A run against the last one before it that ended well, of its epic or build.

    Where there is none, that of another epic is taken, and only tools, outcomes and states
    are compared. Raises `ConsoleError` (exit 3) where no run ended well.
    """
    detail = open_run(target, clock, session)
    good = _good_runs(target, clock, detail.run)
    kin = next((other for other in good if _is_kin(other, detail.run)), None)
    if kin is not None:
        measure = "the last good run of this epic"
        left = open_run(target, clock, kin.session)
        return _compare(target, left, detail, parts_of, off, measure)
    if not good:
        raise ConsoleError(
            f"no run before {detail.run.session} ended well",
            where=f"the newest {_LOOKED_THROUGH} runs",
            remedy="name the run to compare with",
            exit_code=ExitCode.CANNOT_TELL,
        )
    measure = "no run of this epic ended well: tools, outcomes and states of another epic's"
    left = open_run(target, clock, good[0].session)
    return _compare(target, left, detail, shape_of, off, measure)


def _compare(
    target: Target,
    left: RunDetail,
    right: RunDetail,
    parts: Parts,
    off: Collection[str],
    measure: str,
) -> RunComparison:
    names = names_of_runs(left, right)
    pairs = align(left, right)
    compared: list[TurnComparison] = []
    divergence: TurnComparison | None = None
    for pair in pairs:
        if pair.left is None or pair.right is None:
            comparison = TurnComparison(pair.left, pair.right, ())
        else:
            comparison = compare_turns(target, pair.left, pair.right, names, off, parts)
        compared.append(comparison)
        if comparison.differs:
            divergence = comparison
            break
    return RunComparison(left.run, right.run, measure, len(pairs), tuple(compared), divergence)


def _good_runs(target: Target, clock: Clock, run: Run) -> list[Run]:
    """Runs before `run` that ended well, newest first."""
    page = list_runs(target, clock, _LOOKED_THROUGH)
    return [other for other in page.runs if _is_good(other) and _is_before(other, run)]


def _is_good(run: Run) -> bool:
    return run.state is State.OK and not run.active


def _is_before(other: Run, run: Run) -> bool:
    if other.session == run.session or other.started is None:
        return False
    return run.started is None or other.started < run.started


def _is_kin(other: Run, run: Run) -> bool:
    same_epic = bool(other.name) and other.name == run.name
    return same_epic or (bool(other.build) and other.build == run.build)
