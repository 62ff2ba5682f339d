"""What a record offers to filter on: only this, except this, or all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from orket_console.base.clock import stamp
from orket_console.logs.filter.filter import Filter
from orket_console.logs.filter.tree import both, term
from orket_console.logs.heads import named
from orket_console.logs.records import Record

_AROUND: Final = timedelta(minutes=1)
_EARLIEST: Final = datetime(2, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offer:
    """A part of an expression; `label` and `value` say what it is about."""

    label: str
    value: str
    expression: str


def values_of(record: Record) -> list[Offer]:
    """The keys of the filter language that the record has a value for, likeliest first."""
    data = record.head.data
    found = (
        ("event", ":", record.event),
        ("type", ":", named(data.type or "")),
        ("session", "=", record.session),
        ("issue", ":", record.issue),
        ("turn", ":", str(record.turn or "")),
        ("role", ":", record.role),
        ("level", ":", record.severity.word),
        ("model", ":", named(record.head.model)),
        ("status", ":", named(data.status or "")),
        ("source", "=", record.source),
    )
    return [Offer(key, value, term(key, value, sign)) for key, sign, value in found if value]


def belongings_of(record: Record) -> list[Offer]:
    """All that belongs together with the record, whatever the filter in force hides of it."""
    session, issue, turn = record.session, record.issue, record.turn
    of_session = term("session", session, "=") if session else ""
    of_issue = term("issue", issue) if issue else ""
    offers = []
    if of_session and of_issue and turn:
        whole = f"{of_session} {of_issue} turn:{turn}"
        offers.append(Offer("turn", f"{turn} of {issue} in {session}", whole))
    if of_issue:
        whole = f"{of_session} {of_issue}".strip()
        offers.append(Offer("issue", f"{issue} in {session}" if session else issue, whole))
    if of_session:
        offers.append(Offer("session", session, of_session))
    if record.at is not None and _EARLIEST < record.at < _LATEST:
        start, end = record.at - _AROUND, record.at + _AROUND
        whole = f"after:{stamp(start)} before:{stamp(end)}"
        offers.append(Offer("minute", "before and after it, in all logs", whole))
    return offers


def only(before: Filter, offer: Offer) -> str:
    """The filter in force, narrowed to records that have the value too."""
    return both(before.expression, before.tree, offer.expression)


def without(before: Filter, offer: Offer) -> str:
    """The filter in force, without records that have the value."""
    return both(before.expression, before.tree, f"-{offer.expression}")
