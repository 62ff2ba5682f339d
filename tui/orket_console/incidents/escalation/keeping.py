"""An escalation record in the ledger: the last draft, a new one, and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orket_console.incidents.escalation.draft import Draft, as_document, from_document
from orket_console.incidents.ledger.model import Escalation, Incident, Who
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import (
    add_escalation,
    escalations,
    file_escalation,
)
from orket_console.incidents.recovery.returning import is_due


def last_draft(store: Store, one: Incident) -> tuple[Draft, Escalation] | None:
    """The record as it was kept last; None where none was drafted since the failure came back:
    an older one does not tell of that."""
    drafted = escalations(store, one.id)
    if not drafted or is_due(store, one):
        return None
    return from_document(drafted[-1].fields), drafted[-1]


def keep(store: Store, one: Incident, made: Draft, at: datetime, by: Who) -> Escalation:
    """The record in the ledger: the last one if it says the same, and is none of before the
    failure came back."""
    last = last_draft(store, one)
    if last is not None and last[0] == made:
        return last[1]
    return add_escalation(store, one.id, at, by, as_document(made))


def keep_path(store: Store, kept: Escalation, path: str, at: datetime, by: Who) -> Escalation:
    """The file that it was written to."""
    return file_escalation(store, kept, at, by, path=path, url=kept.url, answer=kept.answer)


def keep_issue(
    store: Store, kept: Escalation, url: str, answer: Mapping[str, Any], at: datetime, by: Who
) -> Escalation:
    """The issue that was made of it, with Gitea's answer."""
    return file_escalation(store, kept, at, by, path=kept.path, url=url, answer=answer)
