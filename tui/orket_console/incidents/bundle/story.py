"""An incident as its report tells it, on paper and on a page: the same facts for both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from orket_console.base.state import State
from orket_console.health.history import Past
from orket_console.incidents.escalation.draft import from_document
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.model import (
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

    `root` is where the installation is; `escalation` are the names and texts of the fields that
    were drafted last, `findings` rules and what they conclude. `left_out` tells that older
    entries of the time are not told.
    """

    incident: Incident
    version: str
    root: str
    since: datetime
    until: datetime
    passes: tuple[tuple[RecoveryPass, tuple[PassStep, ...]], ...]
    gates: tuple[GateRun, ...]
    notes: tuple[Note, ...]
    escalation: tuple[tuple[str, str], ...]
    findings: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    left_out: bool
    rate: tuple[Rate, ...]
    latencies: tuple[Latency, ...]
    audit: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was read for it, besides the ledger."""

    version: str
    root: str
    since: datetime
    until: datetime
    findings: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    left_out: bool
    pasts: Mapping[str, Past]
    audit: str


def story_of(store: Store, number: int, told: Told) -> Story:
    found = passes(store, number)
    return Story(
        incident=find_incident(store, number),
        version=told.version,
        root=told.root,
        since=told.since,
        until=told.until,
        passes=tuple((each, tuple(steps(store, each.id))) for each in found),
        gates=tuple(gates(store, number)),
        notes=tuple(notes(store, number)),
        escalation=tuple(_fields(store, number)),
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


def _fields(store: Store, number: int) -> Iterator[tuple[str, str]]:
    """By the runbook's names; as they were kept where they are others."""
    for one in escalations(store, number)[-1:]:
        try:
            yield from from_document(one.fields).fields().items()
        except msgspec.ValidationError:
            yield from ((str(name), str(value)) for name, value in one.fields.items())
        if filed := one.url or one.path:
            yield "filed", filed


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


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
    last = story.passes[-1][0] if story.passes else None
    rows = [
        ("opened", f"{moment(one.opened)} UTC by {one.opened_by}"),
        ("closed", _closed(one)),
        ("recovery", f"pass {last.number} {judged(last)}" if last else "no pass was begun"),
        ("reopened", f"{one.reopened} times" if one.reopened else ""),
        ("failure class", one.failure or "–"),
        ("signature", one.signature or "–"),
        ("Orket", story.version or "unknown"),
        ("root", story.root),
        ("time told of", f"{moment(story.since)} to {moment(story.until)} UTC"),
        ("audit trail", story.audit),
    ]
    return [(name, value) for name, value in rows if value]


def _closed(one: Incident) -> str:
    if one.closed is None:
        return "not yet"
    return f"{moment(one.closed)} UTC by {one.closed_by}: {one.reason}"


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
