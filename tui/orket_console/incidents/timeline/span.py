"""The time that an incident is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.incidents.ledger.model import Incident

BEFORE: Final = timedelta(hours=1)
_FURTHEST: Final = timedelta(days=7)


def end_of(one: Incident) -> datetime | None:
    """When it was closed, and never before it was opened, whatever the clock said; None while it
    is open."""
    return one.closed and max(one.closed, one.opened)


def beginning_of(one: Incident) -> datetime:
    """An hour before it was opened, or before its failure was first seen; a week at the most."""
    first = one.opened
    diagnosis = one.captured.get("diagnosis")
    findings = diagnosis.get("findings") if isinstance(diagnosis, Mapping) else None
    for finding in findings if isinstance(findings, list) else []:
        if isinstance(finding, Mapping) and one.signature in ("", finding.get("signature")):
            since = parse_time(finding.get("since"))
            if since is not None and one.opened - _FURTHEST <= since < first:
                first = since
    return first - BEFORE
