"""A diagnosis as a document: plain data, the same for the same artifacts but for its times."""

from __future__ import annotations

import msgspec

from orket_console.base.refs import Ref
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.finding import Finding, Step


def as_document(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "state": diagnosis.state,
        "findings": [finding_document(one) for one in diagnosis.findings],
        "sessions": [{"session": c.session, "rule": c.rule} for c in diagnosis.sessions],
        "looked": list(diagnosis.looked),
        "unread": list(diagnosis.unread),
    }


def finding_document(one: Finding) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(one)
    return {
        **plain,
        "evidence": [{"what": each.what, **ref_document(each.ref)} for each in one.evidence],
        "next": [_step(step) for step in one.next],
    }


def ref_document(ref: Ref) -> dict[str, object]:
    """Where evidence can be opened: its kind, how it is shown, and its parts."""
    fields: dict[str, object] = msgspec.to_builtins(ref)
    return {"kind": type(ref).__name__.removesuffix("Ref").lower(), "shown": str(ref), **fields}


def _step(step: Step) -> dict[str, object]:
    return {"text": step.text, "ref": ref_document(step.ref) if step.ref else None}
