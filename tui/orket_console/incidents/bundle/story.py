"""An incident as its report tells it, on paper and on a page: the same facts for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.clock import stamp
from orket_console.base.state import State
from orket_console.health.history import Past
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.model import (
    Escalation,
    GateRun,
    Incident,
    Note,
    PassStep,
    RecoveryPass,
)
from orket_console.incidents.ledger.passes import passes, steps
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import escalations, gates, notes
from orket_console.incidents.timeline.entry import Entry

BUCKETS: Final = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """Troubles of one part of the time: what failed, and what was a warning."""

    start: datetime
    failing: int
    degraded: int


@dataclass(frozen=True, slots=True)
class Latency:
    """The last readings of one probe in milliseconds, None where nothing answered."""

    title: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """`since` and `until` are the time that it tells of; `audit` says how the trail verified.

    `left_out` counts entries of the time that are not told.
    """

    incident: Incident
    version: str
    since: datetime
    until: datetime
    passes: tuple[tuple[RecoveryPass, tuple[PassStep, ...]], ...]
    gates: tuple[GateRun, ...]
    notes: tuple[Note, ...]
    escalation: Escalation | None
    findings: tuple[str, ...]
    entries: tuple[Entry, ...]
    left_out: bool
    rate: tuple[Rate, ...]
    latencies: tuple[Latency, ...]
    audit: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was read for it, besides the ledger."""

    version: str
    since: datetime
    until: datetime
    findings: tuple[str, ...]
    entries: tuple[Entry, ...]
    left_out: bool
    pasts: Mapping[str, Past]
    audit: str


def story_of(store: Store, number: int, told: Told) -> Story:
    found = passes(store, number)
    drafted = escalations(store, number)
    return Story(
        incident=find_incident(store, number),
        version=told.version,
        since=told.since,
        until=told.until,
        passes=tuple((each, tuple(steps(store, each.id))) for each in found),
        gates=tuple(gates(store, number)),
        notes=tuple(notes(store, number)),
        escalation=drafted[-1] if drafted else None,
        findings=told.findings,
        entries=told.entries,
        left_out=told.left_out,
        rate=tuple(_rate(told)),
        latencies=tuple(
            Latency(past.reading.title or name, past.latencies)
            for name, past in told.pasts.items()
            if any(value is not None for value in past.latencies)
        ),
        audit=told.audit,
    )


def judged(one: RecoveryPass) -> str:
    match one.clean:
        case None:
            return "under way"
        case True:
            return "clean"
        case False:
            return f"not clean: {'; '.join(one.lacking)}"


def facts(story: Story) -> list[tuple[str, str]]:
    """The head of the report: names and values."""
    one = story.incident
    rows = [
        ("opened", f"{stamp(one.opened)} by {one.opened_by}"),
        ("closed", f"{stamp(one.closed)} by {one.closed_by}: {one.reason}" if one.closed else "–"),
        ("failure class", one.failure or "–"),
        ("signature", one.signature or "–"),
        ("reopened", f"{one.reopened} times" if one.reopened else ""),
        ("Orket", story.version or "unknown"),
        ("time told of", f"{stamp(story.since)} to {stamp(story.until)}"),
        ("audit trail", story.audit),
    ]
    return [(name, value) for name, value in rows if value]


def _rate(told: Told) -> list[Rate]:
    seconds = max((told.until - told.since).total_seconds(), 1.0)
    failing, degraded = [0] * BUCKETS, [0] * BUCKETS
    for entry in told.entries:
        share = (entry.at - told.since).total_seconds() / seconds
        place = min(max(int(share * BUCKETS), 0), BUCKETS - 1)
        if entry.state is State.FAILING:
            failing[place] += 1
        elif entry.state is State.DEGRADED:
            degraded[place] += 1
    return [
        Rate(told.since + timedelta(seconds=seconds * place / BUCKETS), bad, warned)
        for place, (bad, warned) in enumerate(zip(failing, degraded, strict=True))
    ]
