"""Where the operator is led to do a step: a place to look at, or an action to run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from orket_console.actions.catalogue import find_in
from orket_console.actions.confirmation import Ask, confirmation_of
from orket_console.actions.definition import Action
from orket_console.actions.preconditions import has_docker
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import ProbeRef, Ref, SessionRef, TurnRef
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.model import PassStep, StepKind, StepState
from orket_console.runs.key import parse_key
from orket_console.target.target import Target

_RESTARTS: Final = {
    "api": "restart-api",
    "api-key": "restart-api",
    "webhook": "restart-webhook",
    "env": "restart-webhook",
}
"""What makes a probe well that a step waits for; `.env` is waited for by the webhook class."""
_NO_DOCKER: Final = "skip-docker"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Run:
    """An action to run, which asks first, with the parameters without which it can't be run on
    this host."""

    action: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Show:
    """Evidence to choose from."""

    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Nothing but a look at everything closes it."""


Way = Run | Show | Look


@dataclass(frozen=True, slots=True)
class How:
    """A way in words: `action` is the name of the one to run, empty for none, `command` what is
    typed in a shell, and `shows` the evidence that is to be looked at."""

    action: str
    command: str
    shows: tuple[str, ...]


def how_of(
    target: Target, step: PassStep, findings: tuple[Finding, ...], done: Round | None
) -> How | None:
    """How an open step is done; None for one that is not open."""
    if step.state is not StepState.OPEN:
        return None
    kind, _, subject = step.key.partition(":")
    if kind == "query":
        return How("", f"orket-console webhooks query {subject}", ())
    match way_of(target, step, findings, done):
        case Run(action):
            command = shlex.join(("orket-console", *run_words(target, action)))
            return How(action, command, ())
        case Show(refs):
            turns = (ref for ref in refs if isinstance(ref, TurnRef))
            replay = next((f"orket-console replay {ref}" for ref in turns), "")
            return How("", replay, tuple(str(ref) for ref in refs[:_SHOWN]))
        case Look():
            return How("", "", ())


def run_words(target: Target, name: str) -> tuple[str, ...]:
    """The console's words to run an action, with the agreement that it asks for."""
    words = ("actions", "run", name)
    try:
        action = find_in(target, name)
    except ConsoleError:
        return words
    given = parameters_here(target, action)
    asked = confirmation_of(target, action.effect)
    agreed = {Ask.NOTHING: (), Ask.YES: ("--yes",), Ask.NAME: ("--confirm", asked.name)}
    return (*words, *_typed(given), *agreed[asked.ask])


def _typed(given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        yield from ("--param", f"{name}={value}")


def parameters_here(target: Target, action: Action) -> dict[str, str]:
    """Those without which an action can't be run on this host: no Docker build without Docker."""
    names = {parameter.name for parameter in action.parameters}
    if _NO_DOCKER not in names or has_docker(target.environment.get("PATH", os.defpath)):
        return {}
    return {_NO_DOCKER: "yes"}


def _run(target: Target, name: str) -> Run:
    try:
        return Run(name, parameters_here(target, find_in(target, name)))
    except ConsoleError:
        return Run(name)


def way_of(
    target: Target, step: PassStep, findings: tuple[Finding, ...], done: Round | None
) -> Way:
    """How a step that is open is done: `findings` are the incident's own, as last seen."""
    kind, _, subject = step.key.partition(":")
    match kind:
        case "action" | "gate":
            return _run(target, subject)
        case "probe" if step.kind is StepKind.ACTION:
            action = _RESTARTS.get(subject) or _action_for(subject, done)
            return Run(action) if action else Show((ProbeRef(subject),))
        case "probe" | "seen":
            return Show((ProbeRef(subject),))
        case "turn":
            return Show(_turn(subject))
        case "ran" | "quiet":
            return Show((SessionRef(subject),))
        case "cause":
            refs = (each.ref for one in findings for each in one.evidence)
            return Show(tuple(dict.fromkeys(refs)))
    return Look()


def _action_for(probe: str, done: Round | None) -> str:
    readings = done.readings if done else ()
    return next((one.action for one in readings if one.probe == probe), "")


def _turn(key: str) -> tuple[Ref, ...]:
    try:
        found = parse_key(key)
    except ConsoleError:
        return ()
    return (TurnRef(found.session, found.issue, found.index, found.role),)
