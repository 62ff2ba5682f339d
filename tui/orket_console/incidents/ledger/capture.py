"""What is seen at the moment in which an incident is opened, so that later cleaning loses
nothing of it."""

from __future__ import annotations

from typing import Any

import msgspec

from orket_console.actions.conditions import conditions_of
from orket_console.base.refs import SessionRef
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.document import as_document, ref_document
from orket_console.incidents.diagnosis.finding import SETTLED, FailureClass, Finding
from orket_console.incidents.ledger.incidents import Opening
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.signatures import Seen
from orket_console.target.target import Target


def capture(target: Target, done: Round, diagnosis: Diagnosis) -> dict[str, Any]:
    """Probes, findings with their evidence, the version, and hashes of `.env` and schema.

    Reads what `actions.conditions` reads; call it in a thread.
    """
    identity = target.identity
    return {
        "at": done.at.isoformat(),
        "version": {
            "version": identity.version,
            "generation": identity.generation,
            "commit": identity.commit,
        },
        "conditions": msgspec.to_builtins(conditions_of(target)),
        "probes": readings_document(done),
        "diagnosis": as_document(diagnosis),
    }


def readings_document(done: Round) -> list[dict[str, Any]]:
    """What the probes saw, with what it can be opened by."""
    return [
        {
            **msgspec.to_builtins(reading),
            "evidence": [ref_document(ref) for ref in reading.evidence],
        }
        for reading in done.readings
    ]


def opening_from(
    finding: Finding, target: Target, done: Round, diagnosis: Diagnosis, by: Who
) -> Opening:
    """An incident of a finding; of one that follows from another, of that: nothing else is
    counted, and nothing else has to be mended."""
    finding = _led_by(finding, diagnosis)
    return Opening(
        title=finding.conclusion,
        at=done.at,
        by=by,
        captured=capture(target, done, diagnosis),
        failure=finding.failure,
        rule=finding.rule,
        signature=finding.signature,
    )


def _led_by(finding: Finding, diagnosis: Diagnosis) -> Finding:
    """The finding that explains it in the end. No rule folds under one that folds under it."""
    while finding.follows:
        finding = next(one for one in diagnosis.findings if one.rule == finding.follows)
    return finding


def opening_by_hand(
    title: str, target: Target, done: Round, diagnosis: Diagnosis, by: Who
) -> Opening:
    """An incident that an operator knows of, whatever was found."""
    return Opening(title=title, at=done.at, by=by, captured=capture(target, done, diagnosis))


def seen_in(diagnosis: Diagnosis) -> list[Seen]:
    """The findings that the ledger counts: those that something is wrong by, and that follow
    from no other."""
    return [
        Seen(one.signature, one.failure, one.rule, one.title, one.last, _run_of(one))
        for one in diagnosis.leading
        if one.state not in SETTLED and not one.late
    ]


def _run_of(one: Finding) -> str:
    """The newest run that failed so, and that none settled since."""
    refs = (each.ref for each in one.evidence) if one.failure is FailureClass.RUN else ()
    return next((ref.session for ref in refs if isinstance(ref, SessionRef)), "")
