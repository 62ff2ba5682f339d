"""Between rows of the ledger and what they stand for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from orket_console.base.clock import parse_time
from orket_console.incidents.ledger.model import (
    Escalation,
    GateRun,
    Incident,
    Mark,
    Note,
    PassStep,
    RecoveryPass,
    SeenSignature,
    Sighting,
    StepKind,
    StepState,
    Turn,
    Who,
)

INCIDENT = (
    "id, title, failure, rule, signature, opened, opened_by, owner, captured, closed, closed_by, "
    "reason, reopened"
)
SIGNATURE = (
    "s.signature, s.failure, s.rule, s.title, s.first, s.last, s.count, s.evidence, s.present"
)
SIGHTING = "signature, at, evidence, run, id"
RECOVERY = (
    "id, incident, number, begun, begun_by, ended, clean, lacking, conditions, begun_mark, "
    "ended_mark"
)
STEP = "id, pass, position, key, kind, title, wants, state, at, by, evidence, reason"
GATE = "incident, pass, action, record, verdict, at"
NOTE = "id, incident, at, by, text"
ESCALATION = "id, incident, at, by, fields, path, url, answer"
TURN = "incident, at, by, what, detail, id"
Row = Sequence[Any]


def written(at: datetime) -> str:
    """A time so that texts sort as times do."""
    return at.isoformat(timespec="microseconds")


def optional(at: datetime | None) -> str | None:
    return None if at is None else written(at)


def encoded(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def encoded_who(who: Who) -> str:
    return encoded({"user": who.user, "host": who.host, "ssh": who.ssh})


def incident(row: Row) -> Incident:
    return Incident(
        id=row[0],
        title=row[1],
        failure=row[2],
        rule=row[3],
        signature=row[4],
        opened=_time(row[5]),
        opened_by=_who(row[6]),
        owner=_who(row[7]),
        captured=json.loads(row[8]),
        closed=parse_time(row[9]),
        closed_by=_who(row[10]) if row[10] else None,
        reason=row[11],
        reopened=row[12],
    )


def signature(row: Row) -> SeenSignature:
    """With the signature that it was merged into behind its own columns."""
    return SeenSignature(
        signature=row[0],
        failure=row[1],
        rule=row[2],
        title=row[3],
        first=_time(row[4]),
        last=_time(row[5]),
        count=row[6],
        evidence=parse_time(row[7]),
        present=bool(row[8]),
        merged_into=row[9] or "",
    )


def sighting(row: Row) -> Sighting:
    return Sighting(row[0], _time(row[1]), parse_time(row[2]), row[3], row[4])


def recovery_pass(row: Row) -> RecoveryPass:
    return RecoveryPass(
        id=row[0],
        incident=row[1],
        number=row[2],
        begun=_time(row[3]),
        begun_by=_who(row[4]),
        ended=parse_time(row[5]),
        clean=None if row[6] is None else bool(row[6]),
        lacking=tuple(json.loads(row[7])),
        conditions=json.loads(row[8]) if row[8] else None,
        begun_mark=_mark(row[9]),
        ended_mark=_mark(row[10]),
    )


def step(row: Row) -> PassStep:
    return PassStep(
        id=row[0],
        of_pass=row[1],
        position=row[2],
        key=row[3],
        kind=StepKind(row[4]),
        title=row[5],
        wants=row[6],
        state=StepState(row[7]),
        at=parse_time(row[8]),
        by=_who(row[9]) if row[9] else None,
        evidence=tuple(json.loads(row[10])),
        reason=row[11],
    )


def gate(row: Row) -> GateRun:
    return GateRun(row[0], row[1], row[2], row[3], row[4], _time(row[5]))


def note(row: Row) -> Note:
    return Note(row[0], row[1], _time(row[2]), _who(row[3]), row[4])


def escalation(row: Row) -> Escalation:
    answer: Mapping[str, Any] | None = json.loads(row[7]) if row[7] else None
    return Escalation(
        id=row[0],
        incident=row[1],
        at=_time(row[2]),
        by=_who(row[3]),
        fields=json.loads(row[4]),
        path=row[5],
        url=row[6],
        answer=answer,
    )


def turn(row: Row) -> Turn:
    return Turn(row[0], _time(row[1]), _who(row[2]), row[3], row[4], row[5])


def encoded_mark(mark: Mark) -> str:
    return encoded(msgspec.to_builtins(mark))


def _mark(text: str | None) -> Mark | None:
    """None for one that is not there, and for one that a ledger's editor made useless: times
    tell as much as they can then."""
    try:
        return msgspec.json.decode(text, type=Mark) if text else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def _who(text: str) -> Who:
    return Who(**json.loads(text))


def _time(text: str) -> datetime:
    at = parse_time(text)
    if at is None:
        raise sqlite3.DatabaseError(f"no time: {text!r}")
    return at
