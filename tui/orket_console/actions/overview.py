"""The list of actions as pane and command show it: what each does, how it went last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orket_console.actions.catalogue import Action, catalogue_of, own_of
from orket_console.actions.conditions import conditions_of
from orket_console.actions.confirmation import Confirmation
from orket_console.actions.plan import Plan, plan
from orket_console.actions.preconditions import Finding
from orket_console.actions.records import Conditions, History, Record, history, took
from orket_console.actions.standing import stale
from orket_console.base.state import State
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action. `last` is its newest record's verdict in words, `started` when that was.

    `record` is that record's id, empty where it was never run. `stale` says what has changed
    since, where that is something its verdict depends on. `wanting` names the parameters
    that are all it needs to be ready. `steps` are the actions that a bundle consists of.
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


@dataclass(frozen=True, slots=True)
class Overview:
    """Every action of the catalogue, the records that could not be read, and what runs now.

    `problems` are the operator's own commands that can't be used, each with what is wrong in its
    file.
    """

    rows: tuple[ActionRow, ...]
    unreadable: tuple[str, ...]
    running: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """One action as it would run now with these parameters. Secrets are dots.

    `environment` says what it has otherwise than the console, `effect` and `changes` what it
    does, `undo` what undoes that, `backups` what is copied before it, and where to.
    `confirmation` is what the operator has to say first. `checks` are all that was looked at.
    `source` is where an operator's own command is declared, empty for the console's.
    """

    name: str
    title: str
    purpose: str
    runbook: str
    effect: str
    changes: str
    undo: str
    backups: tuple[str, ...]
    confirmation: Confirmation
    argv: tuple[str, ...]
    command: str
    cwd: str
    environment: tuple[str, ...]
    python: str
    timeout: float
    parameters: dict[str, str]
    ready: bool
    blocked: str
    checks: tuple[Finding, ...]
    notes: tuple[str, ...]
    last: Record | None
    stale: str = ""
    source: str = ""


def overview(target: Target) -> Overview:
    """Reads the records and looks at every precondition, with the default parameters."""
    kept = history(target)
    last = kept.last()
    now = conditions_of(target)
    actions = catalogue_of(target)
    rows = tuple(_row(plan(target, action, {}), last.get(action.name), now) for action in actions)
    running = tuple(r for r in kept.records if r.running)
    return Overview(rows, kept.unreadable, running, own_of(target).problems)


def detail(target: Target, action: Action, given: Mapping[str, str]) -> ActionDetail:
    """Everything there is to know before a run. Raises `ParameterError`."""
    return described(target, plan(target, action, given), history(target))


def described(target: Target, made: Plan, kept: History) -> ActionDetail:
    """`made` as it is shown, its secrets redacted."""
    action = made.action
    redact = target.redactor().redact
    last = kept.last().get(action.name)
    return ActionDetail(
        name=action.name,
        title=action.title,
        purpose=action.purpose,
        runbook=action.runbook,
        effect=made.effect.value,
        changes=made.changed,
        undo=made.undo,
        backups=made.backups,
        confirmation=made.confirmation,
        argv=tuple(redact(argument) for argument in made.argv),
        command=redact(made.command),
        cwd=str(made.cwd),
        environment=tuple(redact(change.shown) for change in made.changes),
        python=str(target.interpreter.path or ""),
        timeout=made.timeout,
        parameters={name: redact(value) for name, value in made.values.items()},
        ready=not made.blocked,
        blocked=made.blocked,
        checks=made.checks,
        notes=made.notes,
        last=last,
        stale=stale(last, conditions_of(target)) if last else "",
        source=action.source,
    )


def _row(made: Plan, record: Record | None, now: Conditions) -> ActionRow:
    action = made.action
    return ActionRow(
        name=action.name,
        title=action.title,
        does=made.effect.value,
        state=_state(record),
        last=record.word if record else "never",
        started=record.started if record else None,
        took=took(record.seconds) if record and record.seconds is not None else "",
        blocked=made.blocked,
        evidence=record.evidence if record else "",
        record=record.id if record else "",
        wanting=made.wanting if made.argv else (),
        writes=made.effect.writes,
        steps=tuple(step.action for step in action.steps),
        stale=stale(record, now) if record else "",
    )


def _state(record: Record | None) -> State:
    if record is None or record.verdict is None:
        return State.INFO
    return record.verdict.state


def moment(at: datetime, now: datetime) -> str:
    """A time of the same day as `05:12`, another as `22 Nov`; both in the zone to be shown."""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at:%Y-%m-%d}"
