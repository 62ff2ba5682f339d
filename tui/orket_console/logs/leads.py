"""Where a record leads: the turn, pull request, delivery, session and issue that it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orket_console.base.refs import DeliveryRef, LogFilterRef, PullRef, Ref
from orket_console.logs.filter import term
from orket_console.logs.records import Record


@dataclass(frozen=True, slots=True)
class Lead:
    """A place, by the word for what it is and its name; both are safe to show."""

    kind: str
    name: str
    ref: Ref


def leads_of(record: Record) -> tuple[Lead, ...]:
    """All the places that a record names, the nearest first."""
    leads: list[Lead] = []
    if (turn := record.turn_ref) is not None:
        leads.append(Lead("turn", str(turn), turn))
    if (pull := _pull(record)) is not None:
        leads.append(Lead("pull request", str(pull), pull))
    if record.event == "webhook" or record.event.startswith("pr_"):
        leads.append(Lead("delivery", record.place, DeliveryRef(record.ref)))
    if (session := record.session_ref) is not None:
        leads.append(Lead("session", session.session, session))
    if record.issue:
        leads.append(Lead("issue", record.issue, LogFilterRef(term("issue", record.issue))))
    return tuple(leads)


def leads_anywhere(record: Record) -> bool:
    """Whether a record names any place, told without decoding all of it."""
    return bool(record.session or record.issue or record.event.startswith(("pr_", "webhook")))


def _pull(record: Record) -> PullRef | None:
    if not record.event.startswith(("pr_", "webhook")):
        return None
    content = record.content()
    data: Any = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        return None
    number = data.get("pr_number") or data.get("pr")
    if isinstance(number, str) and "#" in number:
        return PullRef(number.replace("/#", "#"))
    repo = data.get("repo")
    return PullRef(f"{repo}#{number}") if isinstance(repo, str) and number else None
