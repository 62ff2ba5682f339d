"""Whether the audit records in a bundle are as they were written, as far as they prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from orket_console.actions.audit_export import Export, Exported
from orket_console.actions.trail import is_as_written, link_of
from orket_console.base.state import State


@dataclass(frozen=True, slots=True)
class Proof:
    """`proved` of `records` prove themselves; the others have a secret in them that was removed.

    `faults` say what is not as it was written; `gaps` which records were left out.
    """

    state: State
    records: int
    proved: int
    gaps: tuple[tuple[int, int], ...]
    faults: tuple[str, ...]

    @property
    def what(self) -> str:
        if self.faults:
            return f"FORGED: {self.faults[0]}"
        if self.state is State.UNKNOWN:
            return "it has no audit records that can be read"
        said = f"{self.records} records, {self.proved} proved by their lines"
        left = self.records - self.proved
        return f"{said}, {left} by their place in the chain alone" if left else said


def audit_of(document: object) -> Export | None:
    """The slice that a bundle holds; None for what is none."""
    try:
        return msgspec.convert(document, Export, strict=False)
    except msgspec.ValidationError:
        return None


def prove(audit: Export | None) -> Proof:
    """Follow the slice: each record its own hash, each bound to the one before it."""
    if audit is None:
        return Proof(State.UNKNOWN, 0, 0, (), ())
    faults: list[str] = []
    proved = 0
    before: Exported | None = None
    for record in audit.records:
        fault = record.fault or _fault(record) or _misplaced(record, before)
        if fault:
            faults.append(f"record {record.seq} {fault}")
        elif not record.redacted:
            proved += 1
        before = record
    faults += _beyond(audit, before)
    if audit.verification.state is State.FAILING:
        faults.append(f"the trail itself was at fault: {audit.verification.what}")
    state = State.FAILING if faults else State.OK
    gaps = tuple(_gaps(audit))
    return Proof(state, len(audit.records), proved, gaps, tuple(faults))


def _fault(record: Exported) -> str:
    """What is wrong with a record in itself."""
    line = record.line.encode("utf-8", "surrogatepass")
    link = link_of(line)
    if link is None:
        return "can't be read: it was edited"
    if (link.seq, link.previous, link.hash) != (record.seq, record.previous, record.hash):
        return "is not the one that its line is of"
    if _said(line) != record.record:
        return "says something else than its line"
    if not record.redacted and not is_as_written(line, link):
        return "was edited"
    if record.redacted and "•••" not in record.line:
        return "is said to be redacted, and is not"
    return ""


def _misplaced(record: Exported, before: Exported | None) -> str:
    if before is None:
        return ""
    if record.seq <= before.seq:
        return "is not in its place"
    if record.seq == before.seq + 1 and record.previous != before.hash:
        return "does not follow from the one before it"
    return ""


def _beyond(audit: Export, last: Exported | None) -> Iterator[str]:
    seq, own = audit.head
    if last is not None and seq and last.seq > seq:
        yield f"record {last.seq} is later than the head of the trail"
    if last is not None and seq == last.seq and own != last.hash:
        yield f"record {last.seq} is not the one that was written last"


def _said(line: bytes) -> Mapping[str, Any] | None:
    found = msgspec.json.decode(line)
    return found if isinstance(found, dict) else None


def _gaps(audit: Export) -> Iterator[tuple[int, int]]:
    expected = 1
    for record in audit.records:
        if record.seq > expected:
            yield expected, record.seq - 1
        expected = record.seq + 1
    # It is taken to the head of the trail: what lacks there was taken out.
    if audit.head[0] >= expected:
        yield expected, audit.head[0]
