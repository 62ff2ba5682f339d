"""The four fields, filled from what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from orket_console.base.clock import Clock
from orket_console.base.references import ref_of
from orket_console.base.refs import Ref, SessionRef, TurnRef
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.diagnosis.signature import explain
from orket_console.incidents.escalation.guards import guard_for
from orket_console.incidents.escalation.repro import repro_of
from orket_console.incidents.ledger.incidents import turns
from orket_console.incidents.ledger.model import Incident, StepState
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.signatures import same_as
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.returning import CAME_BACK, came_back
from orket_console.runs.compare.measure import measure_run
from orket_console.target.target import Target

_SHOWN = 8


class Draft(Struct, frozen=True):
    """An escalation record: a title, and the runbook's four fields, each a text in Markdown."""

    title: str
    signature: str
    repro: str
    hypothesis: str
    guard: str

    def fields(self) -> dict[str, str]:
        """By the runbook's names."""
        return {
            "failure signature": self.signature,
            "repro command": self.repro,
            "root-cause hypothesis": self.hypothesis,
            "proposed guard or test": self.guard,
        }


def draft(store: Store, target: Target, incident: Incident, looked: Looked, clock: Clock) -> Draft:
    """Reads the ledger, artifacts and what the look found: call it in a thread. No secret is in
    it: what turns wrote may hold some."""
    finding = _finding(store, incident, looked)
    refs = [each.ref for each in finding.evidence] if finding else _refs(_captured(incident))
    repro = repro_of(target, incident.rule, incident.failure, looked, finding, refs)
    back = " came back after a clean recovery pass" if came_back(store, incident) else ""
    guard = guard_for(incident.rule)
    made = Draft(
        title=f"{incident.name}: {incident.title.rstrip('.')}{back}",
        signature="\n".join(_signature(incident, finding)),
        repro="\n".join(
            (
                f"    {repro.command}",
                "",
                f"Expected: {repro.expects}.",
                f"Checked: {repro.seen}.",
            )
        ),
        hypothesis="\n".join(_hypothesis(store, target, incident, finding, refs, clock)).strip(
            "\n"
        ),
        guard=(
            f"- artifact: {guard.artifact}\n- assert: {guard.asserts}\n- where: {guard.when}"
            if guard
            else "To be found: no rule stands behind this incident."
        ),
    )
    return Draft(*map(target.redactor().redact, msgspec.structs.astuple(made)))


def _finding(store: Store, incident: Incident, looked: Looked) -> Finding | None:
    if not incident.signature:
        return None
    names = same_as(store, incident.signature)
    found = (one for one in looked.diagnosis.findings if one.signature in names)
    return next(found, None)


def _refs(captured: Mapping[str, Any]) -> list[Ref]:
    """What the finding showed when it was captured."""
    found = (ref_of(each) for each in captured.get("evidence", ()))
    return [ref for ref in found if ref is not None]


def _signature(incident: Incident, finding: Finding | None) -> Iterator[str]:
    if not incident.signature:
        yield "None: the incident was opened by hand."
        return
    yield f"`{incident.signature}`"
    yield ""
    if finding is not None:
        yield "What went in, as it was and as it counts:"
        for was, counts in explain(finding).went_in:
            yield f"- “{was}” → “{counts}”"
        return
    essence = _captured(incident).get("essence") or ()
    yield "What was seen when it was opened:"
    for was in essence:
        yield f"- “{was}”"


def _captured(incident: Incident) -> Mapping[str, Any]:
    """The finding as it was captured when the incident was opened."""
    found = incident.captured.get("diagnosis", {}).get("findings", ())
    return next((one for one in found if one.get("signature") == incident.signature), {})


def _hypothesis(
    store: Store,
    target: Target,
    incident: Incident,
    finding: Finding | None,
    refs: list[Ref],
    clock: Clock,
) -> Iterator[str]:
    captured = _captured(incident)
    said = finding.conclusion if finding else str(captured.get("conclusion", incident.title))
    sure = finding.confidence if finding else captured.get("confidence", "by hand")
    yield f"{said} (confidence: {sure})"
    yield ""
    yield from _evidence(finding, captured)
    if incident.failure == FailureClass.RUN:
        yield from _divergence(target, refs, clock)
    yield from _passes(store, incident)
    wrong_if = finding.wrong_if if finding else captured.get("wrong_if", "")
    if wrong_if:
        yield f"It would be wrong if {wrong_if}."


def _evidence(finding: Finding | None, captured: Mapping[str, Any]) -> Iterator[str]:
    if finding is not None:
        for each in finding.evidence[:_SHOWN]:
            yield f"- {each.what} ({each.ref})"
        return
    for kept in list(captured.get("evidence", ()))[:_SHOWN]:
        yield f"- {kept.get('what', '')} ({kept.get('shown', '')})"


def _divergence(target: Target, refs: list[Ref], clock: Clock) -> Iterator[str]:
    """Where the run first differs from a good one."""
    for ref in refs:
        if isinstance(ref, SessionRef | TurnRef):
            measure = measure_run(target, clock, ref.session)
            if measure is not None and measure.at is not None:
                yield f"- first divergence: {measure.at}: {measure.says} (good run {measure.good})"
                return


def _passes(store: Store, incident: Incident) -> Iterator[str]:
    """What each pass did, and how long it held."""
    for one in passes(store, incident.id):
        done = [step for step in steps(store, one.id) if step.state is not StepState.OPEN]
        how = "; ".join(_done(step.title, step.state, step.reason) for step in done)
        judged = {True: "clean", False: "not clean", None: "under way"}[one.clean]
        end = f" at {one.ended:%Y-%m-%d %H:%M:%S} UTC" if one.ended else ""
        yield f"- pass {one.number}, {judged}{end}: {how or 'no step done'}"
        if one.lacking and not one.clean:
            yield f"  - lacking: {'; '.join(one.lacking)}"
    for turn in turns(store, incident.id):
        if turn.what == CAME_BACK:
            yield f"- {turn.detail}"


def _done(title: str, state: StepState, reason: str) -> str:
    return title if state is StepState.CLOSED else f"{title} ({state}: {reason})"


def as_document(made: Draft) -> dict[str, Any]:
    """As the ledger keeps it."""
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain


def from_document(kept: Mapping[str, Any]) -> Draft:
    """As it was kept, or edited."""
    return msgspec.convert(dict(kept), Draft)
