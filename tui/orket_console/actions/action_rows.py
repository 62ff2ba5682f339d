"""One row of the list of actions: what it does, how it went last, and what that is worth now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from orket_console.actions.definition import Action
from orket_console.actions.durations import expected, known_tests
from orket_console.actions.left_over import left_alive
from orket_console.actions.plan import Plan
from orket_console.actions.records import Conditions, History, Record, took
from orket_console.actions.standing import stale
from orket_console.actions.steps import Standing, standings
from orket_console.actions.verdicts import Verdict
from orket_console.base.state import State
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action. `last` is its newest record's verdict in words, `started` when that was.

    `record` is that record's id, empty where it was never run. `stale` says what has changed
    since, where that is something its verdict depends on. `wanting` names the parameters
    that are all it needs to be ready. `expected` is how many seconds it takes by what passed
    with the same parameters, `tests` how many tests it had the last time. `left_alive` tells
    that processes of it live though nobody supervises them.

    `steps` are the actions that a bundle consists of; its `last` tells how many of them hold,
    and `next` is the title of the first that does not.
    """

    name: str
    title: str
    does: str
    state: State
    last: str
    started: datetime | None
    took: str
    blocked: str
    evidence: str
    record: str
    wanting: tuple[str, ...]
    writes: bool
    steps: tuple[str, ...] = ()
    stale: str = ""
    expected: float | None = None
    tests: int | None = None
    next: str = ""
    left_alive: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a bundle with the parameters it has there, and how it stands.

    `holds` tells that a resumed bundle leaves it out: it passed, and nothing has changed since.
    """

    name: str
    title: str
    parameters: dict[str, str]
    state: State
    last: str
    started: datetime | None
    took: str
    evidence: str
    record: str
    stale: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at once for all rows: the records, and the conditions of now."""

    target: Target
    kept: History
    now: Conditions


def row_of(looked: Looked, made: Plan) -> ActionRow:
    """The row of an action or a bundle; `made` is its plan with the default parameters."""
    action = made.action
    record = looked.kept.last().get(action.name)
    values = record.parameters if record else made.values
    row = ActionRow(
        name=action.name,
        title=action.title,
        does=f"{len(action.steps)} steps" if action.steps else made.effect.value,
        state=_state(record),
        last=_last(record),
        started=record.started if record else None,
        took=_took(record),
        blocked=made.blocked,
        evidence=record.evidence if record else "",
        record=record.id if record else "",
        wanting=made.wanting,
        writes=made.effect.writes,
        stale=stale(record, looked.now) if record else "",
        expected=expected(looked.kept, action.name, values),
        tests=known_tests(looked.kept, action.name, values),
        left_alive=record is not None and left_alive(record),
    )
    return _as_bundle(looked, row, action, made.values, record) if action.steps else row


def step_rows(looked: Looked, bundle: Action, values: Mapping[str, str]) -> tuple[StepRow, ...]:
    """The steps of a bundle with its checked parameters; none of what is no bundle."""
    if not bundle.steps:
        return ()
    found = standings(looked.target, bundle, values, looked.kept, looked.now)
    return tuple(_step_row(step) for step in found)


def _step_row(step: Standing) -> StepRow:
    record = step.record
    return StepRow(
        name=step.action.name,
        title=step.action.title,
        parameters=step.values,
        state=_state(record),
        last=_last(record),
        started=record.started if record else None,
        took=_took(record),
        evidence=record.evidence if record else "",
        record=record.id if record else "",
        stale=step.stale,
        holds=step.holds,
    )


def _as_bundle(
    looked: Looked, row: ActionRow, action: Action, values: Mapping[str, str], record: Record | None
) -> ActionRow:
    """The row with what the bundle's steps come to, in it or run by themselves.

    Its parameters are those of its last run.
    """
    before = record.parameters if record else {}
    own = {name: before.get(name, value) for name, value in values.items()}
    steps = standings(looked.target, action, own, looked.kept, looked.now)
    left = [step for step in steps if not step.holds]
    count, all_of_them = len(steps) - len(left), len(steps)
    named = replace(
        row,
        steps=tuple(step.action.name for step in steps),
        next=left[0].action.title if left else "",
    )
    if record is not None and record.running:
        return replace(named, last=f"running {_running(steps, record)} of {all_of_them}")
    if not left:
        newest = max(step.record.started for step in steps if step.record)
        return replace(named, last="passed", state=State.OK, started=newest)
    if record is None:
        return replace(named, last=f"{count} of {all_of_them}" if count else "never")
    if record.verdict is Verdict.PASSED:
        return replace(named, stale=_no_more(left[0]))
    return replace(named, last=f"{record.word}, {count} of {all_of_them}")


def _running(steps: tuple[Standing, ...], bundle: Record) -> int:
    """The number of the step that runs now, or is the next to."""
    of_it = [n for n, s in enumerate(steps, 1) if s.record and s.record.bundle == bundle.id]
    return of_it[-1] if of_it else 1


def _no_more(step: Standing) -> str:
    """Why a step does not hold though its bundle passed."""
    return f"{step.action.title}: {step.stale or f'{_last(step.record)} since'}"


def _last(record: Record | None) -> str:
    return record.word if record else "never"


def _took(record: Record | None) -> str:
    return took(record.seconds) if record and record.seconds is not None else ""


def _state(record: Record | None) -> State:
    if record is None or record.verdict is None:
        return State.INFO
    return record.verdict.state
