"""The list of actions as pane and command show it: what each does, how it went last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orket_console.actions.action_rows import ActionRow, Looked, StepRow, row_of, step_rows
from orket_console.actions.after import After, after
from orket_console.actions.catalogue import Action, catalogue_of, own_of
from orket_console.actions.conditions import conditions_of
from orket_console.actions.confirmation import Confirmation
from orket_console.actions.durations import expected, known_tests
from orket_console.actions.plan import Plan, plan
from orket_console.actions.preconditions import Finding
from orket_console.actions.records import History, Record, history
from orket_console.actions.standing import stale
from orket_console.target.target import Target

__all__ = ["ActionDetail", "ActionRow", "Overview", "described", "detail", "moment", "overview"]


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
    `source` is where an operator's own command is declared, empty for the console's. `expected`
    is how many seconds it took before with these parameters, `tests` how many tests it had.
    `steps` are those of a bundle as they stand; `after` is what follows from its last run.
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
    expected: float | None = None
    tests: int | None = None
    steps: tuple[StepRow, ...] = ()
    after: After | None = None


def overview(target: Target) -> Overview:
    """Reads the records and looks at every precondition, with the default parameters."""
    kept = history(target)
    looked = Looked(target, kept, conditions_of(target))
    rows = tuple(row_of(looked, plan(target, action, {})) for action in catalogue_of(target))
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
    looked = Looked(target, kept, conditions_of(target))
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
        stale=stale(last, looked.now) if last else "",
        source=action.source,
        expected=expected(kept, action.name, made.values),
        tests=known_tests(kept, action.name, made.values),
        steps=step_rows(looked, action, made.values),
        after=after(target, last, kept) if last else None,
    )


def moment(at: datetime, now: datetime) -> str:
    """A time of the same day as `05:12`, another as `22 Nov`; both in the zone to be shown."""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at:%Y-%m-%d}"
