"""A recovery pass from its beginning to its judgement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from orket_console.actions.conditions import conditions_of
from orket_console.actions.records import Record, history
from orket_console.actions.standing import stale
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger.incidents import take_over
from orket_console.incidents.ledger.model import (
    GateRun,
    Incident,
    PassStep,
    RecoveryPass,
    StepState,
    Who,
)
from orket_console.incidents.ledger.passes import (
    Closing,
    begin_pass,
    close_step,
    end_pass,
    pass_under_way,
    reopen_step,
    steps,
)
from orket_console.incidents.ledger.signatures import same_as
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import gates, record_gate
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.marks import mark_of
from orket_console.incidents.recovery.plan import CAUSE, GATES, plan_for
from orket_console.incidents.recovery.wants import Scene, cause_in, proof
from orket_console.target.target import Target

_HELD: Final = ("gate:", "gone:", "probe:")
"""Steps that are open again when what closed them holds no more."""
_CLOCK: Final = "a look from after the pass began: the clock was set back, or another look is due"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pass stands: its steps, and what keeps it from being clean (empty when nothing).
    `looked` is the look that tells it; `signatures` are all that count as its incident's."""

    of: RecoveryPass
    steps: tuple[PassStep, ...]
    lacking: tuple[str, ...]
    looked: Looked
    signatures: frozenset[str] = frozenset()

    @property
    def next(self) -> PassStep | None:
        """The first that is open."""
        return next((step for step in self.steps if step.state is StepState.OPEN), None)


def begin(
    store: Store, target: Target, incident: Incident, looked: Looked, clock: Clock, by: Who
) -> RecoveryPass:
    """Begin the next pass, its steps from what is found now. Raises `ConsoleError` (exit 2)
    while one is under way, and for an incident that is closed. Reads the ends of the logs."""
    if incident.closed is not None:
        raise ConsoleError(
            f"{incident.name} is closed: {incident.reason}",
            remedy="it opens by itself when its failure comes back; or open another",
            exit_code=ExitCode.USAGE,
        )
    names = _names(store, incident)
    found = [one for one in looked.diagnosis.findings if one.signature in names]
    planned = plan_for(found[0] if found else None, incident.failure)
    # What was written of the cause is there now; a repair may be quicker than the next look.
    cause = cause_in(found, looked.done.at)
    told = [replace(step, evidence=cause) if step.key == CAUSE else step for step in planned]
    mark = mark_of(target, looked)
    return begin_pass(store, incident.id, told, clock.now(), by, mark)


def advance(
    store: Store, target: Target, incident: Incident, looked: Looked, clock: Clock, by: Who
) -> Standing | None:
    """Close what evidence closes now, open again what holds no more; None without a pass.

    Reads records, conditions and artifacts: call it in a thread.
    """
    under_way = pass_under_way(store, incident.id)
    if under_way is None:
        return None
    scene = scene_of(store, target, incident, looked, clock, under_way)
    _note_runs(store, incident, under_way, scene.records)
    for step in steps(store, under_way.id):
        found = proof(scene, step.key) if _may_change(step) else ()
        if step.state is StepState.OPEN and found:
            _close(store, step, Closing(StepState.CLOSED, clock.now(), by, found))
        elif step.state is StepState.CLOSED and _may_change(step) and not found:
            reopen_step(store, step.id)
    return standing(store, under_way, scene)


def standing(store: Store, of: RecoveryPass, scene: Scene) -> Standing:
    found = tuple(steps(store, of.id))
    lacking = tuple(_lacking(found, scene))
    return Standing(of, found, lacking, scene.looked, scene.signatures)


def close_by_hand(
    store: Store, incident: Incident, step: PassStep, at: datetime, by: Who, reason: str
) -> PassStep:
    """By an operator's word, which is marked so. Raises `ConsoleError` (exit 2) without a
    reason."""
    closed = close_step(store, step.id, Closing(StepState.BY_HAND, at, by, reason=reason))
    take_over(store, incident.id, at, by)
    return closed


def skip(
    store: Store, incident: Incident, step: PassStep, at: datetime, by: Who, reason: str
) -> PassStep:
    """Leave a step out. Raises `ConsoleError` (exit 2) without a reason."""
    closed = close_step(store, step.id, Closing(StepState.SKIPPED, at, by, reason=reason))
    take_over(store, incident.id, at, by)
    return closed


def judge(store: Store, target: Target, stands: Standing, at: datetime, by: Who) -> RecoveryPass:
    """End the pass: clean, or with what it lacks. Raises `ConsoleError` (exit 2) where another
    operator changed meanwhile what it stands by."""
    conditions = msgspec.to_builtins(conditions_of(target))
    closed = [step for step in stands.steps if step.state is not StepState.OPEN]
    mark = mark_of(target, stands.looked, stands.of.begun_mark)
    return end_pass(store, stands.of, at, by, stands.lacking, conditions, closed, mark)


def scene_of(
    store: Store,
    target: Target,
    incident: Incident,
    looked: Looked,
    clock: Clock,
    of: RecoveryPass,
) -> Scene:
    return Scene(
        target=target,
        clock=clock,
        looked=looked,
        records=history(target).records,
        conditions=conditions_of(target),
        since=of.begun,
        signatures=_names(store, incident),
        mark=of.begun_mark,
    )


ByWord = Callable[[Store, Incident, PassStep, datetime, Who, str], PassStep]
"""`close_by_hand` and `skip`."""


def _names(store: Store, incident: Incident) -> frozenset[str]:
    return same_as(store, incident.signature) if incident.signature else frozenset()


def _close(store: Store, step: PassStep, closing: Closing) -> None:
    """Leave alone what another operator closed between our look and now."""
    try:
        close_step(store, step.id, closing)
    except ConsoleError as error:
        if error.exit_code is not ExitCode.USAGE:
            raise


def _may_change(step: PassStep) -> bool:
    """Whether evidence has a say in it now: what was looked at once stays looked at."""
    return step.state is StepState.OPEN or step.key.startswith(_HELD)


def _lacking(found: Sequence[PassStep], scene: Scene) -> list[str]:
    """The finding, and every gate of the verification, for the installation as it is now."""
    lacking = [_CLOCK] if scene.is_before else []
    if not any(step.key == "gone:" and step.state is StepState.BY_HAND for step in found):
        lacking += [f"still found: {one.title}" for one in scene.present()[:1]]
        if unseen := scene.unseen():
            lacking.append(f"it can't be told whether it is found still: {unseen}")
    runs = {action: scene.last_run(action) for action in GATES}
    for action, run in runs.items():
        if run is None:
            lacking.append(f"{action} was not run in this pass")
        elif run.verdict is not Verdict.PASSED:
            lacking.append(f"{action} {run.word}")
        elif why := stale(run, scene.conditions):
            lacking.append(f"{action} holds no more: {why}")
    lacking += [f"open: {step.title}" for step in found if _is_left(step)]
    return lacking


def _is_left(step: PassStep) -> bool:
    return step.state is StepState.OPEN and not step.key.startswith(("gate:", "gone:"))


def _note_runs(
    store: Store, incident: Incident, of: RecoveryPass, records: Sequence[Record]
) -> None:
    """Write down what was run in this pass, by the ids of its records."""
    known = {run.record: run.verdict for run in gates(store, incident.id)}
    for one in records:
        if one.started >= of.begun and known.get(one.id) != one.word:
            run = GateRun(incident.id, of.id, one.action, one.id, one.word, one.started)
            record_gate(store, run)
