"""What is known of an issue's card, beyond its row in a run.

Source: `issues`, `pending_gate_requests` of the runtime database, the issue's last turns and
its policy violation report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orket_console.base.text import clean, shorten
from orket_console.runs.ledger import Ledger

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Card:
    """One row of `issues`; `depends_on` is None where it can't be read."""

    issue: str
    status: str
    build: str
    seat: str
    retries: int | None
    max_retries: int | None
    depends_on: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Gate:
    """A row of `pending_gate_requests` that waits for an answer."""

    request: str
    kind: str
    reason: str
    created: str


def read_cards(ledger: Ledger, issues: Sequence[str]) -> dict[str, Card]:
    names = ("status", "build_id", "seat", "retry_count", "max_retries", "depends_on_json")
    rows = ledger.records("issues", "id", {name: name for name in names}, issues)
    return {str(row["id"]): _card(row) for row in rows}


def read_gates(ledger: Ledger, issue: str) -> tuple[Gate, ...]:
    """Requests for an issue whose status is not a resolved one."""
    if not ledger.has("pending_gate_requests"):
        # Orket makes it when the first request is made.
        return ()
    names = ("issue_id", "status", "request_type", "reason", "created_at")
    rows = ledger.records(
        "pending_gate_requests", "request_id", {name: name for name in names}, [issue], "issue_id"
    )
    return tuple(
        Gate(
            request=shorten(str(row["request_id"]), 60),
            kind=shorten(str(row["request_type"] or "request"), 60),
            reason=shorten(str(row["reason"] or ""), _LONGEST),
            created=shorten(str(row["created_at"] or ""), 40),
        )
        for row in rows
        if str(row["status"]).lower() == "pending"
    )


def _card(row: Mapping[str, Any]) -> Card:
    return Card(
        issue=str(row["id"]),
        status=str(row["status"] or "").lower(),
        build=str(row["build_id"] or ""),
        seat=str(row["seat"] or ""),
        retries=row["retry_count"] if isinstance(row["retry_count"], int) else None,
        max_retries=row["max_retries"] if isinstance(row["max_retries"], int) else None,
        depends_on=_ids(row["depends_on_json"]),
    )


def _ids(raw: object) -> tuple[str, ...] | None:
    if raw is None or raw == "":
        return ()
    try:
        value = json.loads(str(raw))
    except (ValueError, RecursionError):
        return None
    return tuple(clean(str(item)) for item in value) if isinstance(value, list) else None
