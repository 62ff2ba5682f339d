"""What the console itself knows: probes, findings, actions and the ledger. Few, so read whole.

Sources: `health.json`, `actions/*/result.json` and `ledger.db` of the state folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orket_console.actions.records import Record, history, took
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import Clock, parse_time
from orket_console.base.references import ref_of
from orket_console.base.refs import IncidentRef, OutputRef, ProbeRef, Ref
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.health.history import Moment
from orket_console.health.keeping import load_history
from orket_console.incidents.ledger.incidents import incidents, turns
from orket_console.incidents.ledger.model import Incident, PassStep, StepState
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.signatures import same_as, sightings, signatures
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import gates, notes
from orket_console.incidents.timeline.entry import WIDEST, Entry, Kind
from orket_console.target.target import Target


def probe_entries(target: Target, clock: Clock) -> Iterator[Entry]:
    """Each change of a probe that is kept: `API :8082 ok → refused`; and restarts."""
    known = load_history(target.state.health, Moment(clock.now(), clock.monotonic())).earlier
    for name, past in known.items():
        title = past.reading.title or name
        for change in past.changes:
            what = f"{title} {change.was_word} → {change.word}"
            yield Entry(change.at, Kind.PROBE, change.state, what, ProbeRef(name))
        for restart in past.restarts:
            what = f"{title}: another process answers than before"
            yield Entry(restart.at, Kind.PROBE, State.INFO, what, ProbeRef(name))


def action_entries(target: Target, store: Store | None, number: int | None) -> Iterator[Entry]:
    """Each run of an action, when it began; with a `number` gates of that incident are marked."""
    of_incident = {run.record for run in gates(store, number)} if store and number else set()
    for record in history(target).records:
        is_gate = record.conditions is not None or record.id in of_incident
        kind = Kind.GATE if is_gate else Kind.ACTION
        state = record.verdict.state if record.verdict else State.INFO
        yield Entry(record.started, kind, state, _said(record), OutputRef(record.id))


def _said(record: Record) -> str:
    spent = f" in {took(record.seconds)}" if record.seconds is not None else ""
    why = f": {record.evidence}" if record.evidence and record.verdict != Verdict.PASSED else ""
    return shorten(f"{record.title} {record.word}{spent}{why}", WIDEST)


def ledger_entries(store: Store, number: int | None) -> Iterator[Entry]:
    """Of one incident, or of all: its findings, what happened to it, steps, and notes.

    What has the same time follows one another as it does here.
    """
    yield from _appearances(store, number)
    for one in incidents(store):
        if number in (None, one.id):
            yield from _of_incident(store, one)


def _of_incident(store: Store, one: Incident) -> Iterator[Entry]:
    ref = IncidentRef(one.id)
    yield from _captured(one)
    for turn in turns(store, one.id):
        what = f"{one.name} {turn.what}{f': {turn.detail}' if turn.detail else ''}, {turn.by}"
        yield Entry(turn.at, Kind.INCIDENT, _turned(turn.what, turn.detail), what, ref)
    for each in passes(store, one.id):
        for step in steps(store, each.id):
            if step.state is not StepState.OPEN and step.at is not None:
                yield Entry(step.at, Kind.STEP, _step_state(step), _closed(step), _lead(step, ref))
    for note in notes(store, one.id):
        yield Entry(note.at, Kind.NOTE, State.INFO, f"{note.by}: {note.text}", ref)


def _captured(one: Incident) -> Iterator[Entry]:
    """The findings as they were when it was opened, each when it was first seen."""
    diagnosis = one.captured.get("diagnosis")
    findings = diagnosis.get("findings") if isinstance(diagnosis, Mapping) else None
    for finding in findings if isinstance(findings, list) else []:
        if not isinstance(finding, Mapping) or finding.get("follows"):
            continue
        said = finding.get("state")
        state = State(said) if said in set(State) else State.UNKNOWN
        what = f"{finding.get('conclusion', '')} ({finding.get('rule', '')})"
        at = parse_time(finding.get("since")) or one.opened
        yield Entry(at, Kind.FINDING, state, shorten(what, WIDEST), _evidence(finding))


def _evidence(finding: Mapping[str, Any]) -> Ref | None:
    evidence = finding.get("evidence")
    found = evidence if isinstance(evidence, list) else []
    refs = (ref_of(each) for each in found if isinstance(each, Mapping))
    return next((ref for ref in refs if ref is not None), None)


def _appearances(store: Store, number: int | None) -> Iterator[Entry]:
    """When the failures came up that the ledger counts."""
    known = {one.signature: one for one in signatures(store)}
    names = set(known)
    if number is not None:
        own = {one.signature for one in incidents(store) if one.id == number and one.signature}
        names = {name for signature in own for name in same_as(store, signature)}
    for seen in sightings(store, names) if names else ():
        one = known.get(seen.signature)
        title = one.title if one else seen.signature
        yield Entry(seen.at, Kind.FINDING, State.FAILING, f"seen: {title}")


def _turned(what: str, detail: str) -> State:
    if what == "pass ended":
        return State.OK if detail.endswith(" clean") and "not" not in detail else State.DEGRADED
    return State.FAILING if what == "reopened" else State.INFO


def _step_state(step: PassStep) -> State:
    return State.OK if step.state is StepState.CLOSED else State.DEGRADED


def _closed(step: PassStep) -> str:
    if step.state is StepState.CLOSED:
        proof = next((str(each.get("what", "")) for each in step.evidence), "")
        return shorten(f"{step.title}: {proof}", WIDEST)
    return shorten(f"{step.title}: {step.state} by {step.by}: {step.reason}", WIDEST)


def _lead(step: PassStep, otherwise: Ref) -> Ref:
    found = (ref_of(each) for each in step.evidence)
    return next((ref for ref in found if ref is not None), otherwise)
