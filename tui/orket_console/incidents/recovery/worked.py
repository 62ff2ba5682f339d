"""What was tried against a failure before, and how often that ended in a clean pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from orket_console.incidents.ledger.incidents import incidents
from orket_console.incidents.ledger.model import PassStep, StepKind, StepState
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.store import Store

_DONE = (StepState.CLOSED, StepState.BY_HAND)


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was done in `tried` passes, `clean` of which were clean."""

    key: str
    title: str
    tried: int
    clean: int

    def __str__(self) -> str:
        return f"{self.title}: {self.clean} of {self.tried} clean"


def what_worked(store: Store, signatures: Iterable[str]) -> list[Tried]:
    """Of all judged passes for failures that count as these; what worked most often first."""
    wanted = frozenset(signatures)
    tried: Counter[str] = Counter()
    clean: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for incident in incidents(store):
        if incident.signature not in wanted:
            continue
        for one in passes(store, incident.id):
            done = {step.key: step.title for step in _did(steps(store, one.id))}
            if one.clean is None:
                continue
            titles |= done
            tried.update(done.keys())
            clean.update(done.keys() if one.clean else ())
    found = [Tried(key, titles[key], tried[key], clean[key]) for key in tried]
    return sorted(found, key=lambda one: (-one.clean / one.tried, -one.tried, one.title))


def _did(found: Iterable[PassStep]) -> Iterable[PassStep]:
    """What changed something: checks and gates are part of every pass."""
    return (one for one in found if one.kind is StepKind.ACTION and one.state in _DONE)
