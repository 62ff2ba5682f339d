"""Where the operator is led to do a step: a place to look at, or an action to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import ProbeRef, Ref, TurnRef
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.model import PassStep, StepKind
from orket_console.runs.key import parse_key

_RESTARTS: Final = {"api": "restart-api", "webhook": "restart-webhook"}


@dataclass(frozen=True, slots=True)
class Run:
    """An action to run, which asks first."""

    action: str


@dataclass(frozen=True, slots=True)
class Show:
    """Evidence to choose from."""

    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Nothing but a look at everything closes it."""


Way = Run | Show | Look


def way_of(step: PassStep, findings: tuple[Finding, ...], done: Round | None) -> Way:
    """How a step that is open is done: `findings` are the incident's own, as last seen."""
    kind, _, subject = step.key.partition(":")
    match kind:
        case "action" | "gate":
            return Run(subject)
        case "probe" if step.kind is StepKind.ACTION:
            action = _RESTARTS.get(subject) or _action_for(subject, done)
            return Run(action) if action else Show((ProbeRef(subject),))
        case "probe" | "seen":
            return Show((ProbeRef(subject),))
        case "turn":
            return Show(_turn(subject))
        case "cause":
            refs = (each.ref for one in findings for each in one.evidence)
            return Show(tuple(dict.fromkeys(refs)))
    return Look()


def _action_for(probe: str, done: Round | None) -> str:
    readings = done.readings if done else ()
    return next((one.action or "" for one in readings if one.probe == probe), "")


def _turn(key: str) -> tuple[Ref, ...]:
    try:
        found = parse_key(key)
    except ConsoleError:
        return ()
    return (TurnRef(found.session, found.issue, found.index, found.role),)
