"""Finding a turn among those of an opened run, and the next one that matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.runs.key import folder_name
from orket_console.runs.model import Run, Turn

_MOST_LISTED = 6


def pick_turn(turns: Sequence[Turn], key: TurnRef) -> Turn:
    """The turn that `key` names, by the rules of replay; of several the first in time.

    Raises `ConsoleError` (exit 1) with what there is instead.
    """
    issue = folder_name(key.issue)
    of_issue = [turn for turn in turns if folder_name(turn.ref.issue) == issue]
    found = [turn for turn in of_issue if turn.ref.index == key.index]
    if key.role:
        role = folder_name(key.role)
        exact = [turn for turn in found if folder_name(turn.ref.role) == role]
        found = exact or [t for t in found if folder_name(t.ref.role).endswith(role)]
    if found:
        return found[0]
    there = of_issue or list(turns)
    listed = ", ".join(str(turn.ref) for turn in there[:_MOST_LISTED])
    raise ConsoleError(
        f"no turn {key}",
        remedy=f"there is {listed}" if listed else "its run has no turns",
        exit_code=ExitCode.WRONG,
    )


def next_turn(
    turns: Sequence[Turn], at: int, step: int, wanted: Callable[[Turn], bool]
) -> int | None:
    """The index of the next turn that is wanted, from `at` on (not itself), or None.

    `step` is 1 or -1; `at` may lie just outside, to begin at an end.
    """
    where = at + step
    while 0 <= where < len(turns):
        if wanted(turns[where]):
            return where
        where += step
    return None


def next_failure(turns: Sequence[Turn], at: int, step: int) -> int | None:
    """The index of the next failed turn, as `next_turn` finds it."""
    return next_turn(turns, at, step, failed)


def failed(turn: Turn) -> bool:
    return turn.failed


def made_call(turn: Turn) -> bool:
    """Whether it asked for a tool."""
    return bool(turn.tools)


def changed_state(turn: Turn) -> bool:
    """Whether it asked for another state of its issue, refused or not."""
    return bool(turn.state_to) and turn.state_to != turn.state_from


def first_failure(turns: Sequence[Turn], step: int) -> Turn | None:
    """The first failed turn, or for a `step` of -1 the last; None for none."""
    found = next_failure(turns, -1 if step > 0 else len(turns), step)
    return turns[found] if found is not None else None


def next_failed_run(runs: Sequence[Run], session: str, step: int) -> Run | None:
    """The next run in the list, from `session` on, whose state is not well."""
    sessions = [run.session for run in runs]
    at = sessions.index(session) if session in sessions else -1
    where = at + step
    while 0 <= where < len(runs):
        if runs[where].failed:
            return runs[where]
        where += step
    return None


def run_at(runs: Sequence[Run], at: datetime) -> Run | None:
    """The run that went on at a moment: the last one that had begun; None before them all."""
    begun = [run for run in runs if run.started is not None and run.started <= at]
    return max(begun, key=lambda run: run.started or at, default=None)


def turn_at(turns: Sequence[Turn], at: datetime) -> Turn | None:
    """The last turn that was there at a moment; None before them all."""
    there = [turn for turn in turns if turn.at is not None and turn.at <= at]
    return max(there, key=lambda turn: turn.at or at, default=None)
