"""Rows of the runtime database as the Runs room has them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec

from orket_console.base.clock import parse_time
from orket_console.base.text import clean


class LedgerRow(msgspec.Struct, frozen=True):
    """One row of `run_ledger`.

    `statuses` counts issues by status as the run's summary recorded them at its end;
    `turns` is the summary's `transcript_turns`.
    """

    session: str
    kind: str
    name: str
    build: str
    status: str
    failure_class: str
    failure_reason: str
    started: datetime | None
    ended: datetime | None
    updated: datetime | None
    turns: int | None
    statuses: dict[str, int]
    traces: str


class SessionRow(msgspec.Struct, frozen=True):
    """One row of `sessions`."""

    session: str
    kind: str
    name: str
    status: str
    started: datetime | None
    ended: datetime | None


class IssueRow(msgspec.Struct, frozen=True):
    """One row of `issues`; `session` is mostly empty, so rows are found by `build` too."""

    issue: str
    session: str
    build: str
    seat: str
    summary: str
    status: str
    retries: int | None
    max_retries: int | None


class Move(msgspec.Struct, frozen=True):
    """One row of `card_transactions`: what was done to an issue's card, by whom."""

    row: int
    at: datetime | None
    role: str
    action: str


def ledger_row(record: dict[str, Any]) -> LedgerRow:
    turns, statuses = _summary(record["summary_json"])
    return LedgerRow(
        session=text(record["session_id"]),
        kind=text(record["run_type"]),
        name=text(record["run_name"]),
        build=text(record["build_id"]),
        status=text(record["status"]),
        failure_class=text(record["failure_class"]),
        failure_reason=text(record["failure_reason"]),
        started=parse_time(record["started_at"]),
        ended=parse_time(record["ended_at"]),
        updated=parse_time(record["updated_at"]),
        turns=turns,
        statuses=statuses,
        traces=text(record["artifact_json"]),
    )


def _summary(raw: object) -> tuple[int | None, dict[str, int]]:
    """`[transcript_turns, status_counts]`, as SQLite hands two extracted values out."""
    if not isinstance(raw, str):
        return None, {}
    try:
        turns, counts = json.loads(raw)
    except (ValueError, RecursionError):
        return None, {}
    statuses: dict[str, int] = {}
    for status, count in counts.items() if isinstance(counts, dict) else ():
        if isinstance(count, int):
            statuses[clean(str(status))] = count
    return whole(turns), statuses


def session_row(record: dict[str, Any]) -> SessionRow:
    return SessionRow(
        session=text(record["id"]),
        kind=text(record["type"]),
        name=text(record["name"]),
        status=text(record["status"]),
        started=parse_time(record["start_time"]),
        ended=parse_time(record["end_time"]),
    )


def issue_row(record: dict[str, Any]) -> IssueRow:
    return IssueRow(
        issue=text(record["id"]),
        session=text(record["session_id"]),
        build=text(record["build_id"]),
        seat=text(record["seat"]),
        summary=text(record["summary"]),
        status=text(record["status"]),
        retries=whole(record["retry_count"]),
        max_retries=whole(record["max_retries"]),
    )


def text(value: object) -> str:
    return "" if value is None else str(value)


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
