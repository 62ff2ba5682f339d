"""What Orket's databases have in them: the tables and columns that the console reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orket_console.base.sqlite import Answer, Caps, Database, read

Shape = Mapping[str, tuple[str, ...]]
"""Tables with their columns."""

RUNTIME: Final[Shape] = {
    "sessions": ("id", "type", "name", "department", "status", "start_time", "end_time"),
    "issues": ("id", "build_id", "seat", "summary", "status", "retry_count", "created_at"),
    "run_ledger": (
        "session_id",
        "run_type",
        "run_name",
        "build_id",
        "status",
        "failure_class",
        "failure_reason",
        "artifact_json",
        "started_at",
        "ended_at",
    ),
}
WEBHOOK: Final[Shape] = {
    "pr_review_cycles": ("pr_key", "repo_full_name", "pr_number", "cycle_count", "status"),
    "review_failures": ("pr_key", "cycle_number", "reviewer", "reason", "created_at"),
    "webhook_events": ("event_type", "pr_key", "payload", "result", "created_at"),
}

_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') LIMIT 500"


def tables(database: Database, caps: Caps) -> Answer:
    """The names of all tables and views, a row each. Raises `DatabaseError`."""
    return read(database, _TABLES, caps=caps)


def differences(database: Database, expected: Shape, present: set[str], caps: Caps) -> list[str]:
    """What is missing of the expected, a phrase each: `no table x`, `x has no column y`.

    Raises `DatabaseError`.
    """
    missing: list[str] = []
    for table, columns in expected.items():
        if table not in present:
            missing.append(f"no table {table}")
            continue
        found = {row[1] for row in read(database, f"PRAGMA table_info({table})", caps=caps).rows}
        missing += [f"{table} has no column {c}" for c in columns if c not in found]
    return missing
