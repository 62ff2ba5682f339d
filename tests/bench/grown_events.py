"""A webhook database with as many events as an old installation could have, made once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.bench.grown_log import CACHE

EVENTS: Final = 5_000_000
_BATCH: Final = 250_000
_SCHEMA: Final = """
CREATE TABLE pr_review_cycles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pr_key TEXT UNIQUE NOT NULL,
    repo_full_name TEXT NOT NULL, pr_number INTEGER NOT NULL,
    cycle_count INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'active',
    created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE review_failures (id INTEGER PRIMARY KEY AUTOINCREMENT, pr_key TEXT NOT NULL,
    cycle_number INTEGER NOT NULL, reviewer TEXT, reason TEXT, created_at TIMESTAMP);
CREATE TABLE webhook_events (id INTEGER PRIMARY KEY AUTOINCREMENT, event_type TEXT NOT NULL,
    pr_key TEXT, payload TEXT, result TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
"""


def grown_events() -> Path:
    """A rollback-journal database of the old version's shape with `EVENTS` deliveries."""
    path = CACHE / f"webhook-{EVENTS}.db"
    if path.exists():
        return path
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
        connection.execute("PRAGMA synchronous = off")
        for start in range(0, EVENTS, _BATCH):
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO webhook_events (event_type, pr_key, payload, result, created_at)"
                " VALUES (?, ?, ?, ?, datetime(1760000000 + ?, 'unixepoch'))",
                (_event(number) for number in range(start, start + _BATCH)),
            )
            connection.execute("COMMIT")
    partial.rename(path)
    return path


def _event(number: int) -> tuple[str, str, str, str, int]:
    kind = "pull_request_review" if number % 3 else "pull_request"
    result = "error" if number % 97 == 0 else "success"
    payload = f'{{"number": {number % 400}, "action": "submitted", "pad": "{number:0>40}"}}'
    return kind, f"acme/shop#{number % 400}", payload, result, number
