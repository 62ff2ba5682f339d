"""One incident as a tab or a report shows it, and the list of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orket_console.base.references import ref_of
from orket_console.base.refs import Ref
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.model import (
    Escalation,
    Incident,
    PassStep,
    RecoveryPass,
    StepState,
    Turn,
)
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.signatures import same_as, signatures
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import escalations
from orket_console.incidents.recovery.returning import came_back, is_due, last_clean
from orket_console.incidents.recovery.worked import Tried, what_worked


@dataclass(frozen=True, slots=True)
class Overview:
    """`names` are all signatures that count as its own. `of` is the last pass and `steps` its
    steps; `seen` how often the failure came up, this time among them, 0 where none stands
    behind the incident; `clean` when a pass for it was clean last; `came_back` the turn in
    which it came back after that, and `due` whether an escalation is asked for since."""

    incident: Incident
    names: frozenset[str]
    of: RecoveryPass | None
    steps: tuple[PassStep, ...]
    seen: int
    clean: datetime | None
    came_back: Turn | None
    due: bool
    worked: tuple[Tried, ...]
    escalation: Escalation | None


def overview(store: Store, number: int) -> Overview:
    """Raises `ConsoleError`, for a number that there is none of too."""
    one = find_incident(store, number)
    names = same_as(store, one.signature) if one.signature else frozenset()
    found = passes(store, one.id)
    drafted = escalations(store, one.id)
    clean = last_clean(store, names)
    return Overview(
        incident=one,
        names=names,
        of=found[-1] if found else None,
        steps=tuple(steps(store, found[-1].id)) if found else (),
        seen=sum(each.count for each in signatures(store) if each.signature in names),
        clean=clean.ended if clean else None,
        came_back=came_back(store, one),
        due=is_due(store, one),
        worked=tuple(what_worked(store, names)) if names else (),
        escalation=drafted[-1] if drafted else None,
    )


def closed_by(step: PassStep) -> str:
    """What closed a step, or what an open one waits for."""
    match step.state:
        case StepState.OPEN:
            return f"waits for: {step.wants}"
        case StepState.CLOSED:
            return next((str(proof.get("what", "")) for proof in step.evidence), "")
        case StepState.BY_HAND | StepState.SKIPPED:
            return f"{step.state}, {step.by}: {step.reason}"


def refs_of(documents: tuple[Mapping[str, Any], ...]) -> tuple[Ref, ...]:
    """All that can be opened of what closed a step."""
    return tuple(ref for each in documents if (ref := ref_of(each)) is not None)
